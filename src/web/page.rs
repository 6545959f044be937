//! The page: what is out of sync, what is said about it, and what was not checked. Works without scripts.

use askama::Template;

use crate::report::annotation::values;
use crate::report::table::shorten_commit;
use crate::report::text::time;
use crate::report::{DriftReport, Report};

#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    report: &'a Report,
    when: String,
    commit: String,
    drifts: Vec<Row<'a>>,
}

struct Row<'a> {
    drift: &'a DriftReport,
    verdict: &'static str,
    values: Vec<String>,
    since: String,
}

pub(super) fn render(report: &Report) -> askama::Result<String> {
    let rows = report.drifts.iter().map(|drift| Row {
        drift,
        verdict: drift.verdict.map_or("not drift", |verdict| verdict.as_str()),
        values: drift.attributes.iter().map(values).collect(),
        since: time(drift.first_seen),
    });
    let index = Index {
        report,
        when: report.scan.started_at.map_or("never".to_owned(), time),
        commit: report.scan.commit.as_deref().map_or("no commit", shorten_commit).to_owned(),
        drifts: rows.collect(),
    };
    index.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::sample;
    use crate::report::{Coverage, ScanReport};

    #[test]
    fn text_of_repositories_is_shown_and_not_run() {
        let mut drift = sample("shop", "<script>alert(1)</script>", 2, 4);
        drift.source = None;
        let report = Report::new(ScanReport::default(), Coverage::default(), vec![DriftReport::from(&drift)]);
        let page = render(&report).unwrap();
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("DesiredCount: declared 2, applied 2, live 4 (drifted)"), "{page}");
    }
}

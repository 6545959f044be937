//! The report as Markdown: for a job summary or a comment on a pull request.

use super::table::shorten_commit;
use super::text::inline;
use super::{DriftReport, Report};

/// GitHub takes no longer comment (65,536 characters), so the drifts are cut where it would be too long.
const MAX_CHARS: usize = 60_000;

/// The whole report.
pub fn render(report: &Report) -> String {
    let summary = &report.summary;
    let commit = report.scan.commit.as_deref().map(|commit| format!(" at `{}`", shorten_commit(commit)));
    let mut out = format!(
        "## driftledger{}\n\n| unexplained | contradicted | overdue | explained | accepted | pending | codified | stale |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n| {} | {} | {} | {} | {} | {} | {} | {} |\n\n",
        commit.unwrap_or_default(),
        summary.unexplained,
        summary.contradicted,
        summary.overdue,
        summary.explained,
        summary.accepted,
        summary.pending,
        summary.codified,
        summary.stale,
    );
    let mut left_out = 0;
    for drift in report.drifts.iter().filter(|drift| drift.is_manual_change()) {
        let block = block(drift);
        if out.chars().count() + block.chars().count() > MAX_CHARS {
            left_out += 1;
        } else {
            out.push_str(&block);
        }
    }
    if left_out > 0 {
        out.push_str(&format!("…and {left_out} more drifts.\n\n"));
    }
    let (resources, attributes) = (report.coverage.resources, report.coverage.attributes);
    out.push_str(&format!(
        "Checked {} of {} resources; {} attributes could not be verified, {} problems.\n",
        resources.checked,
        resources.declared,
        attributes.unverifiable,
        report.coverage.problems.len(),
    ));
    for problem in &report.coverage.problems {
        out.push_str(&format!("- {}: {}\n", escape(&problem.scope), escape(&problem.message)));
    }
    out
}

fn block(drift: &DriftReport) -> String {
    let verdict = drift.verdict.map(|verdict| verdict.as_str()).unwrap_or_default();
    let source = drift.source.as_ref().map(|source| format!(" ({}:{})", escape(&source.file), source.line));
    let mut out = format!(
        "<details><summary><b>{verdict}</b> {} <code>{}</code>{}</summary>\n\n| attribute | declared | applied | live | standing |\n\
         | --- | --- | --- | --- | --- |\n",
        escape(&drift.resource_type),
        escape(&drift.address),
        source.unwrap_or_default(),
    );
    let cell = |value: &Option<serde_json::Value>| value.as_ref().map_or("–".to_owned(), |v| escape(&inline(v)));
    for attribute in &drift.attributes {
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            escape(&attribute.path.to_string()),
            cell(&attribute.declared),
            cell(&attribute.applied),
            cell(&attribute.live),
            attribute.standing,
        ));
    }
    for explanation in drift.accounting_records() {
        out.push_str(&format!("\n{}: {}\n", escape(&explanation.record), escape(&explanation.because.join("; "))));
    }
    for violation in &drift.violations {
        out.push_str(&format!("\n⚠ {}: {}\n", violation.rule, escape(&violation.message)));
    }
    out + "\n</details>\n\n"
}

/// Values come from repositories and services; none may end a cell or start markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\r' => out.push(' '),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '@' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

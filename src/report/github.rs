//! GitHub Actions: annotations as workflow commands on standard output.
//!
//! GitHub shows ten annotations of each level a step and silently drops the rest, so the worst come first and the
//! last place says how many more there are (actions/toolkit `docs/problem-matchers.md`; discussion 26680).

use super::annotation::{Annotation, Level};

const PER_LEVEL: usize = 10;

/// Workflow commands, one a line.
pub fn render(annotations: &[Annotation]) -> String {
    let mut out = String::new();
    for level in [Level::Error, Level::Warning, Level::Notice] {
        let of_level: Vec<_> = annotations.iter().filter(|annotation| annotation.level == level).collect();
        let shown = if of_level.len() > PER_LEVEL { PER_LEVEL - 1 } else { of_level.len() };
        for annotation in of_level.iter().take(shown) {
            out.push_str(&command(level, annotation));
        }
        if of_level.len() > shown {
            let more = of_level.len() - shown;
            out.push_str(&format!("::{} title=driftledger::and {more} more; see the job's log\n", name(level)));
        }
    }
    out
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    }
}

fn command(level: Level, annotation: &Annotation) -> String {
    let place = annotation
        .source
        .as_ref()
        .map(|source| format!("file={},line={},", property(&source.file), source.line))
        .unwrap_or_default();
    format!("::{} {place}title={}::{}\n", name(level), property(&annotation.title), data(&annotation.message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SourceReport;

    fn annotation(level: Level, title: &str) -> Annotation {
        Annotation {
            level,
            rule: "gate.block".into(),
            title: title.into(),
            message: "100% sure\nsecond line".into(),
            source: Some(SourceReport { file: "a,b.tf".into(), line: 3, column: None }),
            fingerprint: "f".into(),
            group: "shop".into(),
        }
    }

    #[test]
    fn a_command_escapes_what_would_end_it() {
        let text = render(&[annotation(Level::Error, "AWS::ECS::Service web")]);
        assert_eq!(
            text,
            "::error file=a%2Cb.tf,line=3,title=AWS%3A%3AECS%3A%3AService web::100%25 sure%0Asecond line\n"
        );
    }

    #[test]
    fn what_github_would_drop_is_counted_instead() {
        let many: Vec<_> = (0..13).map(|n| annotation(Level::Warning, &format!("w{n}"))).collect();
        let text = render(&many);
        assert_eq!(text.lines().count(), 10);
        assert!(text.ends_with("::and 4 more; see the job's log\n"), "{text}");
    }
}

//! JUnit XML: a test suite a stack, a test case a remark; errors are failures.

use super::annotation::{Annotation, Level};
use std::collections::BTreeMap;

/// One XML document. `stacks` get a suite even when there is nothing to say, so that a clean run is not an empty one.
pub fn render(annotations: &[Annotation], stacks: &[String]) -> String {
    let mut suites: BTreeMap<&str, Vec<&Annotation>> =
        stacks.iter().map(|stack| (stack.as_str(), Vec::new())).collect();
    for annotation in annotations {
        suites.entry(&annotation.group).or_default().push(annotation);
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"driftledger\">\n");
    for (stack, cases) in suites {
        suite(&mut out, stack, &cases);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, stack: &str, cases: &[&Annotation]) {
    let failures = cases.iter().filter(|case| case.level == Level::Error).count();
    let tests = cases.len().max(1);
    out.push_str(&format!("  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\">\n", escape(stack)));
    if cases.is_empty() {
        out.push_str(&format!("    <testcase classname=\"{}\" name=\"no manual change\"/>\n", escape(stack)));
    }
    for case in cases {
        let head = format!(
            "    <testcase classname=\"{}\" name=\"{}\"{}",
            escape(stack),
            escape(&case.title),
            case.source.as_ref().map_or(String::new(), |s| format!(
                " file=\"{}\" line=\"{}\"",
                escape(&s.file),
                s.line
            )),
        );
        let (open, close) = match case.level {
            Level::Error => (format!("<failure type=\"{}\">", escape(&case.rule)), "</failure>"),
            Level::Warning | Level::Notice => ("<system-out>".to_owned(), "</system-out>"),
        };
        out.push_str(&format!("{head}>\n      {open}{}{close}\n    </testcase>\n", escape(&case.message)));
    }
    out.push_str("  </testsuite>\n");
}

/// Escapes markup, and drops control characters, which XML 1.0 cannot hold even escaped.
fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_failures_and_a_clean_stack_is_a_passed_test() {
        let annotation = Annotation {
            level: Level::Error,
            rule: "gate.block".into(),
            title: "x < \"y\"".into(),
            message: "a & b \u{1}".into(),
            source: None,
            fingerprint: "f".into(),
            group: "shop".into(),
        };
        insta::assert_snapshot!(render(&[annotation], &["clean".to_owned(), "shop".to_owned()]), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="driftledger">
          <testsuite name="clean" tests="1" failures="0">
            <testcase classname="clean" name="no manual change"/>
          </testsuite>
          <testsuite name="shop" tests="1" failures="1">
            <testcase classname="shop" name="x &lt; &quot;y&quot;">
              <failure type="gate.block">a &amp; b �</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}

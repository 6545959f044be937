//! The report as Markdown: for a job summary or a comment on a pull request.

use super::annotation::of_whole;
use super::difference::Difference;
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

/// Lines of one difference that are shown in a comment.
const DIFF_LINES: usize = 60;

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
    for attribute in &drift.attributes {
        let is_short = Difference::of(attribute).is_short();
        let cell = |value: &Option<serde_json::Value>| match value {
            Some(value) if is_short => escape(&inline(value)),
            Some(_) => "below".to_owned(),
            None => "–".to_owned(),
        };
        out.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            escape(&of_whole(attribute).unwrap_or_else(|| attribute.path.to_string())),
            cell(&attribute.declared),
            cell(&attribute.applied),
            cell(&attribute.live),
            attribute.standing,
        ));
    }
    for attribute in &drift.attributes {
        let difference = Difference::of(attribute);
        if !difference.is_short() {
            let (path, from, to) = (attribute.path.to_string(), difference.from.name, difference.to.name);
            out.push_str(&format!("\n{}: - {from}, + {to}\n\n{}", escape(&path), difference.fenced(DIFF_LINES)));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use crate::report::tests::sample;
    use serde_json::json;

    #[test]
    fn a_document_is_a_diff_below_the_table_and_a_short_value_a_cell() {
        let mut drift = sample("shop", "web", 2, 4);
        let mut attribute = drift.attributes[0].clone();
        attribute.path = "PolicyDocument".parse().unwrap();
        let policy =
            |action: &str| Some(Value::from_json(&json!({"Statement": [{"Action": action, "Effect": "Allow"}]})));
        (attribute.declared, attribute.applied) = (policy("s3:Get*"), policy("s3:Get*"));
        attribute.live = policy("s3:*```");
        drift.attributes.push(attribute);
        insta::assert_snapshot!(block(&DriftReport::from(&drift)), @r#"
        <details><summary><b>unexplained</b> AWS::ECS::Service <code>web</code> (infra/main.tf:7)</summary>

        | attribute | declared | applied | live | standing |
        | --- | --- | --- | --- | --- |
        | DesiredCount | 2 | 2 | 4 | drifted |
        | PolicyDocument | below | below | below | drifted |

        PolicyDocument: - declared, + live

        ````diff
          {
            "Statement": [
              {
        -       "Action": "s3:Get*",
        +       "Action": "s3:*```",
                "Effect": "Allow"
              }
            ]
        ````

        </details>
        "#);
    }
}

//! The report for a person at a terminal.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::annotation::{of_whole, values_line};
use super::difference::Difference;
use super::text::{inline, shorten, time};
use super::{AttributeReport, Coverage, DriftReport, Report, Summary, UndeclaredCoverage};
use crate::matching::IGNORE_RULE;
use crate::model::{Presence, Standing, Verdict};

/// Whether colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// For a terminal.
    Ansi,
    /// For a file or a pipe.
    Plain,
}

/// A colour by what it means.
#[derive(Clone, Copy, Debug)]
pub enum Tone {
    /// Somebody has to act.
    Bad,
    /// Somebody should look.
    Doubtful,
    /// All is well.
    Good,
    /// Less important than the rest.
    Faint,
    /// A heading.
    Strong,
}

impl Tone {
    /// Its parameter of the escape sequence (ECMA-48, SGR).
    fn code(self) -> &'static str {
        match self {
            Self::Bad => "31",
            Self::Doubtful => "33",
            Self::Good => "32",
            Self::Faint => "2",
            Self::Strong => "1",
        }
    }
}

impl Colour {
    /// The text in a colour.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        self.escape(tone.code(), text)
    }

    /// The text in a colour and bold: what stands out among text of that colour.
    pub fn emphasise(self, tone: Tone, text: &str) -> String {
        self.escape(&format!("1;{}", tone.code()), text)
    }

    fn escape(self, code: &str, text: &str) -> String {
        match self {
            Self::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// The tone of a verdict.
pub fn tone(verdict: Option<Verdict>) -> Tone {
    match verdict {
        Some(Verdict::Unexplained | Verdict::Contradicted | Verdict::Overdue) => Tone::Bad,
        Some(Verdict::Explained) => Tone::Good,
        Some(Verdict::Accepted) | None => Tone::Faint,
    }
}

/// The whole report.
pub fn render(report: &Report, colour: Colour) -> String {
    let mut out = heading(report, colour);
    for stack in &report.scan.stacks {
        let drifts: Vec<_> = report.drifts.iter().filter(|drift| &drift.stack == stack).collect();
        out.push_str(&format!("\n{}\n", colour.paint(Tone::Strong, stack)));
        if drifts.is_empty() {
            let unchecked = report.scan.nothing_checked.contains(stack);
            let text = if unchecked { colour.paint(Tone::Doubtful, "nothing was checked") } else { NOTHING.to_owned() };
            out.push_str(&format!("  {text}\n"));
        }
        for drift in drifts {
            out.push_str(&drift_block(drift, colour));
        }
    }
    out.push_str(&coverage(&report.coverage, colour));
    out.push_str(&format!("\n{}\n", summary(&report.summary, colour)));
    out
}

const NOTHING: &str = "nothing out of sync";

fn heading(report: &Report, colour: Colour) -> String {
    let commit = report.scan.commit.as_deref().map(|commit| format!("  commit {}", shorten_commit(commit)));
    let at = report.scan.started_at.map(|at| format!("  {}", time(at))).unwrap_or_default();
    let title = colour.paint(Tone::Strong, &format!("scan {}", report.scan.id));
    format!("{title}{at}{}\n", commit.unwrap_or_default())
}

/// The first twelve digits of a commit's id.
pub fn shorten_commit(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn drift_block(drift: &DriftReport, colour: Colour) -> String {
    let label = match drift.verdict {
        Some(verdict) => verdict.as_str().to_uppercase(),
        None => "PENDING OR CODIFIED".to_owned(),
    };
    let stale =
        if drift.stale { colour.paint(Tone::Doubtful, "  stale: not seen by this scan") } else { String::new() };
    let mut out = format!(
        "  {}  {} {}  {}{stale}\n",
        colour.paint(tone(drift.verdict), &label),
        drift.resource_type,
        colour.paint(Tone::Strong, &drift.address),
        colour.paint(Tone::Faint, drift.id.as_str()),
    );
    let mut line = |text: &str| out.push_str(&format!("      {text}\n"));
    if drift.presence == Presence::Missing {
        line(if drift.is_manual_change() {
            "removed by hand: declared, and not there"
        } else {
            "declared, and not deployed yet"
        });
    }
    if drift.presence == Presence::Unmanaged && drift.attributes.is_empty() {
        line("made by hand: there, and not declared");
    }
    for attribute in &drift.attributes {
        attribute_lines(attribute, colour).lines().for_each(&mut line);
    }
    if let Some(source) = &drift.source {
        line(&colour.paint(Tone::Faint, &format!("declared at {}:{}", source.file, source.line)));
    }
    if drift.is_manual_change() {
        line(&colour.paint(Tone::Faint, &when_and_who(drift)));
    }
    records(drift, colour, &mut line);
    out
}

/// Lines of one difference that are shown in a table; `explain` shows all.
const DIFF_LINES: usize = 24;

/// `DesiredCount: 2 → 4`, with the third value where it tells something; long values and documents as a diff.
fn attribute_lines(attribute: &AttributeReport, colour: Colour) -> String {
    if let Some(whole) = of_whole(attribute) {
        return whole;
    }
    let difference = Difference::of(attribute);
    let note = attribute.note.as_deref().map(|note| format!("; {note}")).unwrap_or_default();
    if !difference.is_short() {
        let (from, to) = (difference.from.name, difference.to.name);
        let head = format!("{}: - {from}, + {to} ({}{note})", attribute.path, attribute.standing);
        return format!("{head}\n{}", difference.render(colour, "  ", DIFF_LINES));
    }
    let text = match attribute.standing {
        Standing::Drifted => difference.in_line(colour, Tone::Bad),
        Standing::Pending => difference.in_line(colour, Tone::Good),
        Standing::Codified => {
            let show = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), inline);
            format!("{}, was {}", show(&attribute.live), show(&attribute.applied))
        }
        Standing::Conflict | Standing::InSync | Standing::Unverifiable => return values_line(attribute),
    };
    format!("{}: {text} ({}{note})", attribute.path, attribute.standing)
}

fn when_and_who(drift: &DriftReport) -> String {
    let (from, to) = drift.changed_between;
    let when = match from {
        Some(from) if from == to => format!("changed at {}", time(to)),
        Some(from) => format!("changed between {} and {}", time(from), time(to)),
        None => format!("changed before {}", time(to)),
    };
    let who = drift.actor.as_ref().map(|actor| format!(" by {}", actor.name)).unwrap_or_default();
    let due = match (drift.verdict, drift.due_at) {
        (Some(Verdict::Unexplained), Some(due)) => format!("; to be recorded by {}", time(due)),
        (Some(Verdict::Overdue), Some(due)) => format!("; should have been recorded by {}", time(due)),
        _ => String::new(),
    };
    format!("{when}{who}{due}")
}

fn records(drift: &DriftReport, colour: Colour, line: &mut impl FnMut(&str)) {
    for explanation in &drift.explanations {
        let source = explanation.source.as_deref().map(|source| format!("  {source}")).unwrap_or_default();
        let is_accepted = drift.verdict == Some(Verdict::Accepted) && explanation.record == IGNORE_RULE;
        match explanation.tier {
            Some(tier) => line(&format!("{} ({tier:?}){source}", colour.paint(Tone::Strong, &explanation.record))),
            None if is_accepted => {}
            None => line(&colour.paint(Tone::Faint, &format!("not {}{source}", explanation.record))),
        }
        let indent = if is_accepted { "" } else { "  " };
        explanation.because.iter().for_each(|sentence| line(&format!("{indent}{sentence}")));
    }
    for violation in &drift.violations {
        line(&format!("{} {}", colour.paint(Tone::Doubtful, &format!("! {}:", violation.rule)), violation.message));
    }
}

/// What was looked at, and every gap by name.
pub fn coverage(coverage: &Coverage, colour: Colour) -> String {
    let (resources, attributes) = (coverage.resources, coverage.attributes);
    let mut out = format!(
        "\n{}  {} of {} resources, {} attributes; {} unverifiable, {} ignored\n",
        colour.paint(Tone::Strong, "checked"),
        resources.checked,
        resources.declared,
        attributes.checked,
        attributes.unverifiable,
        attributes.ignored,
    );
    out.push_str(&undeclared(coverage.undeclared));
    for skipped in &coverage.skipped {
        out.push_str(&format!("  not read: {} × {} ({})\n", skipped.count, skipped.resource_type, skipped.reason));
    }
    for moved in &coverage.controlled {
        let (from, to) = (short(&moved.declared), short(&moved.live));
        out.push_str(&format!("  no drift: {} {} {from} → {to} ({})\n", moved.address, moved.path, moved.reason));
    }
    for left in &coverage.ignored {
        let (from, to) = (short(&left.declared), short(&left.live));
        out.push_str(&format!("  ignored: {} {} {from} → {to} (ignore_changes)\n", left.address, left.path));
    }
    for problem in &coverage.problems {
        let place = problem.source.as_ref().map_or(problem.scope.clone(), |at| format!("{}:{}", at.file, at.line));
        let remedy = problem.remedy.as_deref().map(|remedy| format!("\n    {remedy}")).unwrap_or_default();
        let stack = problem.stack.as_deref().map(|stack| format!("[{stack}] ")).unwrap_or_default();
        out.push_str(&format!(
            "  {} {stack}{place}: {}{remedy}\n",
            colour.paint(Tone::Doubtful, "problem"),
            problem.message
        ));
    }
    out
}

/// A value in a line that has others: a document would fill the screen.
fn short(value: &Option<serde_json::Value>) -> String {
    const MOST: usize = 60;
    let text = value.as_ref().map_or("nothing".to_owned(), serde_json::Value::to_string);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text,
    }
}

/// What is watched though nobody declares it; empty where nothing is.
fn undeclared(coverage: UndeclaredCoverage) -> String {
    if coverage.is_empty() {
        return String::new();
    }
    let recorded = match (coverage.recorded, coverage.new_fields) {
        (0, 0) => String::new(),
        (recorded, 0) => format!("; {recorded} of them recorded by this scan, and nothing said of them"),
        (recorded, new) => format!("; {recorded} of them recorded by this scan, {new} values of new fields"),
    };
    format!("  watched: {} undeclared values{recorded}\n", coverage.watched)
}

/// The counts in one line.
pub fn summary(summary: &Summary, colour: Colour) -> String {
    let bad = |count: usize, name: &str| {
        let text = format!("{count} {name}");
        if count > 0 { colour.paint(Tone::Bad, &text) } else { text }
    };
    let stale = if summary.stale > 0 { format!(", {} stale", summary.stale) } else { String::new() };
    format!(
        "{}, {}, {}, {} explained, {} accepted; {} attributes pending, {} codified{stale}",
        bad(summary.unexplained, "unexplained"),
        bad(summary.contradicted, "contradicted"),
        bad(summary.overdue, "overdue"),
        summary.explained,
        summary.accepted,
        summary.pending,
        summary.codified,
    )
}

/// Rows under headings, without a frame; numbers to the right.
pub fn rows(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(headings.iter().map(|heading| heading.to_uppercase()));
    for row in rows {
        table.add_row(row.into_iter().map(|cell| {
            let number = cell.parse::<f64>().is_ok();
            let cell = Cell::new(shorten(&cell, 120));
            if number { cell.set_alignment(CellAlignment::Right) } else { cell }
        }));
    }
    table.trim_fmt() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttributePath, Basis, Drift, Value};
    use crate::report::tests::sample;
    use crate::report::{ResourceCoverage, ScanReport};
    use serde_json::{Value as Json, json};

    fn drift_with(path: &str, declared: &Json, live: &Json, basis: Basis) -> Drift {
        let mut drift = sample("shop", "web", 2, 4);
        let mut attribute = drift.attributes[0].clone();
        let side = |json: &Json| (!json.is_null()).then(|| Value::from_json(json));
        attribute.path = path.parse().unwrap_or(AttributePath::root());
        (attribute.declared, attribute.applied) = (side(declared), side(declared));
        if basis == Basis::Baseline {
            attribute.declared = None;
            attribute.note = Some("nobody declares it".to_owned());
        }
        (attribute.live, attribute.basis) = (side(live), basis);
        drift.attributes.push(attribute);
        drift
    }

    fn blocks(drift: &Drift) -> String {
        drift_block(&DriftReport::from(drift), Colour::Plain)
    }

    #[test]
    fn short_values_stand_in_a_line_and_documents_are_diffed() {
        let policy = |action: &str| json!({"Statement": [{"Action": action, "Effect": "Allow", "Resource": "*"}]});
        let drift = drift_with("PolicyDocument", &policy("s3:GetObject"), &policy("s3:*"), Basis::Declaration);
        insta::assert_snapshot!(blocks(&drift), @r#"
          UNEXPLAINED  AWS::ECS::Service web  d-381dada72f98
              DesiredCount: 2 → 4 (drifted)
              PolicyDocument: - declared, + live (drifted)
                  {
                    "Statement": [
                      {
                -       "Action": "s3:GetObject",
                +       "Action": "s3:*",
                        "Effect": "Allow",
                        "Resource": "*"
                      }
              declared at infra/main.tf:7
              changed before 2026-03-01 12:00:00Z
        "#);
        let drift = drift_with("Timeout", &json!(30), &json!(60), Basis::Baseline);
        assert!(blocks(&drift).contains("Timeout: 30 → 60 (drifted; nobody declares it)"), "{}", blocks(&drift));
    }

    #[test]
    fn a_secret_is_its_fingerprint() {
        let drift = drift_with("Password", &json!("sensitive:0a"), &json!("sensitive:0b"), Basis::Declaration);
        assert!(blocks(&drift).contains("Password: sensitive:0a → sensitive:0b"), "{}", blocks(&drift));
    }

    #[test]
    fn a_stack_of_which_nothing_was_checked_is_not_called_clean() {
        let scan = ScanReport {
            stacks: vec!["seen".into(), "unseen".into()],
            nothing_checked: vec!["unseen".into()],
            ..ScanReport::default()
        };
        let shown = render(&Report::new(scan, Coverage::default(), Vec::new()), Colour::Plain);
        assert!(shown.contains("\nseen\n  nothing out of sync\n"), "{shown}");
        assert!(shown.contains("\nunseen\n  nothing was checked\n"), "{shown}");
    }

    #[test]
    fn what_is_watched_is_told_beside_what_is_checked() {
        let shown = |watched, recorded, new_fields| {
            let resources = ResourceCoverage { declared: 2, checked: 2, unknown: 0 };
            let undeclared = UndeclaredCoverage { watched, recorded, new_fields };
            coverage(&Coverage { resources, undeclared, ..Coverage::default() }, Colour::Plain)
        };
        assert!(!shown(0, 0, 0).contains("watched"));
        assert!(shown(7, 0, 0).ends_with("  watched: 7 undeclared values\n"));
        assert!(shown(7, 7, 0).contains("7 undeclared values; 7 of them recorded by this scan"));
        assert!(shown(7, 3, 3).contains("3 of them recorded by this scan, 3 values of new fields"));
    }
}

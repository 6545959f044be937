//! The report for a person at a terminal.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::annotation::values_line;
use super::text::{inline, shorten, time};
use super::{AttributeReport, Coverage, DriftReport, Report, Summary};
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

impl Colour {
    /// The text in a colour.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Bad => "31",
            Tone::Doubtful => "33",
            Tone::Good => "32",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
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
            out.push_str("  nothing out of sync\n");
        }
        for drift in drifts {
            out.push_str(&drift_block(drift, colour));
        }
    }
    out.push_str(&coverage(&report.coverage, colour));
    out.push_str(&format!("\n{}\n", summary(&report.summary, colour)));
    out
}

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
    drift.attributes.iter().for_each(|attribute| line(&attribute_line(attribute, colour)));
    if let Some(source) = &drift.source {
        line(&colour.paint(Tone::Faint, &format!("declared at {}:{}", source.file, source.line)));
    }
    if drift.is_manual_change() {
        line(&colour.paint(Tone::Faint, &when_and_who(drift)));
    }
    records(drift, colour, &mut line);
    out
}

/// `DesiredCount: 2 → 4`, with the third value where it tells something.
fn attribute_line(attribute: &AttributeReport, colour: Colour) -> String {
    let show = |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), inline);
    let (declared, live) = (show(&attribute.declared), show(&attribute.live));
    let text = match attribute.standing {
        Standing::Drifted => format!("{declared} → {}", colour.paint(Tone::Bad, &live)),
        Standing::Pending => format!("{live} → {declared}"),
        Standing::Codified => format!("{live}, was {}", show(&attribute.applied)),
        Standing::Conflict | Standing::InSync | Standing::Unverifiable => return values_line(attribute),
    };
    let note = attribute.note.as_deref().map(|note| format!("; {note}")).unwrap_or_default();
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
    for skipped in &coverage.skipped {
        out.push_str(&format!("  not read: {} × {} ({})\n", skipped.count, skipped.resource_type, skipped.reason));
    }
    for moved in &coverage.controlled {
        let value = |side: &Option<serde_json::Value>| side.as_ref().map_or("nothing".to_owned(), |v| v.to_string());
        let (from, to) = (value(&moved.declared), value(&moved.live));
        out.push_str(&format!("  no drift: {} {} {from} → {to} ({})\n", moved.address, moved.path, moved.reason));
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

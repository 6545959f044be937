//! Change-request forms in Markdown: a heading with the record's id, and sections under it; and change logs, which are
//! tables with a record in each row.
//!
//! Also reads the body of a file with front matter, which fills in what the front matter leaves out. Unknown headings
//! are kept as text.

mod approvals;
mod table;

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::MAX_RECORDS_OF_FILE;
use super::draft::{Draft, Origin, Quoted, Told, complete};
use super::words::{filled, is_written};
use crate::ledger::prose::extract::{Row, in_prose};
use crate::ledger::prose::labels::{Label, Section};
use crate::ledger::prose::markdown::{Kind, Line};
use crate::ledger::prose::sections::{Part, labelled, parts, place, ticked};
use crate::ledger::prose::steps::steps;
use crate::ledger::prose::{normalised, pattern};
use crate::model::RecordStep;

/// `Change Request #CR-2024-001`, `Change #12345`, `CR-2024-001: more memory`.
const HEADING: &str = r"(?x) ^
    (?: (?<named> .{0,40}? \b(?i:change)\b [^\#]{0,40}? ) (?:
            \# \s* (?<a> [A-Za-z]{0,20} -? \d [A-Za-z0-9.-]{0,60} )
          | [:\s] \s* (?<b> [A-Z]{2,10} (?: -? \d+ )+ (?: -[A-Z0-9]+ )* ) )
      | \#? (?<c> [A-Z]{2,10} (?: -? \d+ )+ (?: -[A-Z0-9]+ )* )
    )
    (?: \s* [:\-–—|\s] \s* (?<rest> .* ) )? $";

static HEADING_REGEX: LazyLock<Regex> = LazyLock::new(|| pattern(HEADING));

/// The id and the words after it of a heading that starts a record; whether the heading says that it does.
struct Start {
    id: String,
    rest: Option<String>,
    is_named: bool,
}

fn start(line: &Line<'_>) -> Option<Start> {
    let Kind::Heading(..=6, title) = &line.kind else { return None };
    let parts = HEADING_REGEX.captures(title)?;
    let id = ["a", "b", "c"].iter().find_map(|name| parts.name(name))?.as_str().trim_end_matches(['.', '-']).to_owned();
    let rest = parts.name("rest").and_then(|rest| filled(rest.as_str())).map(str::to_owned);
    Some(Start { id, rest, is_named: parts.name("named").is_some() })
}

/// The ids of the headings and table rows that may be records.
pub(super) fn ids(lines: &[Line<'_>]) -> impl Iterator<Item = String> {
    let headings = lines.iter().filter_map(|line| start(line).map(|start| start.id));
    headings.chain(table::ids(lines))
}

/// The records whose headings are among the lines, or else the rows of a change log.
pub(super) fn forms(file: &Arc<str>, lines: &[Line<'_>], told: &mut Told) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(start) = start(line) else { continue };
        if drafts.len() == MAX_RECORDS_OF_FILE {
            break;
        }
        let inside = extent(line, lines.get(index + 1..).unwrap_or_default());
        let parts = parts(file, &line.row, inside);
        // An id alone in a heading may be any ticket; with the sections of a form under it, it is a record.
        if !start.is_named && !parts.iter().any(|part| part.section != Section::Other) && !has_label(&parts) {
            continue;
        }
        let mut draft = Draft::new(Quoted { text: start.id, at: place(file, &line.row), origin: Origin::Prose });
        fill(file, &mut draft, &parts, told);
        draft.summary = draft.summary.take().or(start.rest);
        draft.body = raw(inside);
        drafts.push(draft);
    }
    if drafts.is_empty() { table::rows(file, lines) } else { drafts }
}

/// Fills in what the body under front matter says and the front matter does not.
pub(super) fn fill_from_body(file: &Arc<str>, draft: &mut Draft, lines: &[Line<'_>], told: &mut Told) {
    let mut body = Draft::new(draft.id.clone());
    let Some(first) = lines.first() else { return };
    let parts = parts(file, &first.row, lines);
    fill(file, &mut body, &parts, told);
    let text = raw(lines);
    draft.body = if draft.body.is_empty() { text } else { format!("{}\n{text}", draft.body) };
    let title = lines.iter().find_map(|line| match &line.kind {
        Kind::Heading(1, title) => Some(title.clone()),
        _ => None,
    });
    body.summary = body.summary.take().or(title);
    draft.complete(body);
}

/// The lines of the record that `heading` starts: to the next heading that is no smaller, the next record, or the end
/// of the fence around it.
fn extent<'a>(heading: &Line<'_>, after: &'a [Line<'a>]) -> &'a [Line<'a>] {
    let Kind::Heading(level, _) = heading.kind else { return &[] };
    let is_end = |line: &Line<'_>| {
        line.depth < heading.depth
            || start(line).is_some_and(|start| start.is_named)
            || matches!(line.kind, Kind::Heading(other, _) if other <= level && line.depth == heading.depth)
    };
    let end = after.iter().position(is_end).unwrap_or(after.len());
    after.get(..end).unwrap_or_default()
}

fn raw(lines: &[Line<'_>]) -> String {
    lines.iter().map(|line| line.row.text).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn has_label(parts: &[Part<'_>]) -> bool {
    parts.iter().flat_map(|part| &part.lines).any(|line| labelled(line).is_some())
}

fn fill(file: &Arc<str>, draft: &mut Draft, parts: &[Part<'_>], told: &mut Told) {
    for part in parts {
        if !matches!(part.section, Section::Approvals | Section::Testing) {
            for line in &part.lines {
                if let Some((label, value)) = labelled(line) {
                    set(file, draft, label, value, &line.row);
                }
            }
        }
        match part.section {
            Section::Summary => draft.summary = draft.summary.take().or_else(|| first_words(part)),
            Section::Type => draft.change_type = draft.change_type.take().or_else(|| choice(file, part, "type", told)),
            Section::Risk => draft.risk = draft.risk.take().or_else(|| choice(file, part, "risk", told)),
            Section::State => draft.state = draft.state.take().or_else(|| choice(file, part, "state", told)),
            Section::Outcome => draft.outcome = draft.outcome.take().or_else(|| choice(file, part, "outcome", told)),
            Section::Reason => draft.reason = draft.reason.take().or_else(|| first_quoted(file, part)),
            Section::Review => draft.review = draft.review.take().or_else(|| first_words(part)),
            Section::Steps => {
                let steps = steps(file, part);
                draft.steps.extend(steps.forward);
                draft.rollback.extend(steps.back);
            }
            Section::Rollback => {
                let steps = steps(file, part);
                draft.rollback.extend(steps.forward.into_iter().chain(steps.back));
            }
            Section::Approvals => draft.approvals.extend(approvals::approvals(file, part, told)),
            Section::Resources => draft.selectors.extend(part.lines.iter().filter_map(|line| bullet(line))),
            // What was run is told under headings of all kinds; what was tested is not what was changed.
            Section::Other | Section::Window => {
                let steps = steps(file, part);
                draft.steps.extend(steps.forward.into_iter().filter(|step| !step.commands.is_empty()));
                draft.rollback.extend(steps.back);
            }
            Section::Testing => {}
        }
    }
    let mut seen = BTreeSet::new();
    draft.selectors.retain(|name| seen.insert(name.clone()));
}

fn set(file: &Arc<str>, draft: &mut Draft, label: Label, value: &str, row: &Row<'_>) {
    let quoted = || Quoted { text: value.to_owned(), at: place(file, row), origin: Origin::Prose };
    let text = || filled(value).map(str::to_owned);
    let field = match label {
        Label::Summary => return complete(&mut draft.summary, text()),
        Label::Environment => return complete(&mut draft.environment, text()),
        Label::OnCall => return complete(&mut draft.on_call, text()),
        Label::Implementer => return complete(&mut draft.implementer, text()),
        Label::Requester => return complete(&mut draft.requester, text()),
        Label::Incident => return complete(&mut draft.incident, text()),
        Label::Review => return complete(&mut draft.review, text()),
        Label::Resources => return draft.selectors.extend(names(value)),
        Label::ApprovedBy => return draft.approvals.extend(approvals::approved_by(file, value, row)),
        Label::RollbackPlan => {
            let commands = in_prose(file, &[Row { number: row.number, text: value }]);
            return draft.rollback.extend(text().map(|text| RecordStep { text, commands }));
        }
        Label::PlannedDate => &mut draft.planned.date,
        Label::PlannedTime => &mut draft.planned.time,
        Label::PlannedStart => &mut draft.planned.start,
        Label::PlannedEnd => &mut draft.planned.end,
        Label::Duration => &mut draft.planned.duration,
        Label::ActualStart => &mut draft.actual.start,
        Label::ActualEnd => &mut draft.actual.end,
        Label::Type => &mut draft.change_type,
        Label::Risk => &mut draft.risk,
        Label::Reason => &mut draft.reason,
        Label::State => &mut draft.state,
        Label::Outcome => &mut draft.outcome,
        Label::Expires => &mut draft.expires,
    };
    complete(field, is_written(value).then(quoted));
}

/// The names in `user-service, orders and the "billing" queue`: what is in code marks, else what commas divide.
fn names(value: &str) -> Vec<String> {
    let in_marks: Vec<&str> = value.split('`').skip(1).step_by(2).collect();
    let names = if in_marks.is_empty() { value.split([',', ';']).collect() } else { in_marks };
    names.into_iter().filter_map(filled).map(str::to_owned).collect()
}

fn bullet(line: &Line<'_>) -> Option<String> {
    let text = line.row.text.trim_start();
    let item = text.strip_prefix(['-', '*', '+']).filter(|item| item.starts_with(' '))?;
    if labelled(line).is_some() {
        return None;
    }
    names(item.trim()).into_iter().next()
}

/// The one box that is ticked, or the text where there are no boxes.
fn choice(file: &Arc<str>, part: &Part<'_>, what: &str, told: &mut Told) -> Option<Quoted> {
    let boxes: Vec<_> = part.lines.iter().filter_map(|line| Some((line, ticked(line)?))).collect();
    if boxes.is_empty() {
        return first_quoted(file, part);
    }
    let mut chosen = boxes.iter().filter(|(_, (is_ticked, _))| *is_ticked);
    match (chosen.next(), chosen.next()) {
        (Some((line, (_, text))), None) => {
            Some(Quoted { text: (*text).to_owned(), at: place(file, &line.row), origin: Origin::Prose })
        }
        (first, _) => {
            let count = if first.is_none() { "no" } else { "more than one" };
            told.warn(&part.at, format!("{count} box is ticked for the {what}; left out"), "tick exactly one");
            None
        }
    }
}

/// The first line of text that is no labelled value.
fn first_line<'a>(part: &Part<'a>) -> Option<&'a Line<'a>> {
    let is_text = |line: &&&Line<'_>| line.kind == Kind::Text && is_written(line.row.text) && labelled(line).is_none();
    part.lines.iter().find(is_text).copied()
}

fn first_quoted(file: &Arc<str>, part: &Part<'_>) -> Option<Quoted> {
    let line = first_line(part)?;
    let text = line.row.text.trim().trim_start_matches(['-', '*', '+']).trim().to_owned();
    Some(Quoted { text, at: place(file, &line.row), origin: Origin::Prose })
}

fn first_words(part: &Part<'_>) -> Option<String> {
    let line = first_line(part)?;
    filled(line.row.text.trim().trim_start_matches(['-', '+'])).map(str::to_owned)
}

/// The cells of a row of a table; `None` for a line that is none, or only rules one off. `\|` is no border.
fn cells(line: &Line<'_>) -> Option<Vec<String>> {
    let row = line.row.text.trim();
    let inner = row.strip_prefix('|').filter(|_| line.kind == Kind::Text)?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    for piece in inner.split_inclusive('|') {
        let Some(cell) = cells.last_mut() else { break };
        match (piece.strip_suffix("\\|"), piece.strip_suffix('|')) {
            (Some(text), _) => cell.extend([text, "|"]),
            (None, Some(text)) => {
                cell.push_str(text);
                cells.push(String::new());
            }
            (None, None) => cell.push_str(piece),
        }
    }
    let is_rule = cells.iter().all(|cell| !cell.trim().is_empty() && cell.trim().chars().all(|c| c == '-' || c == ':'));
    (!is_rule).then(|| cells.iter().map(|cell| cell.trim().to_owned()).collect())
}

/// Where a table has one of some columns, by the words of its first row.
fn column(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|cell| normalised(cell) == *name))
}

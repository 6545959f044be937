//! The approvals of a form: boxes, tables and signatures. A blank place is an approval that was not given.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::super::draft::{ApprovalDraft, Origin, Quoted, Told};
use super::super::words::filled;
use super::{Part, cells, column, place, ticked};
use crate::ledger::prose::extract::Row;
use crate::ledger::prose::markdown::{Kind, Line};
use crate::ledger::prose::normalised;
use crate::ledger::prose::pattern;
use crate::model::ApprovalForm;

static DATE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d{4}-\d{2}-\d{2}.*$"));

/// The approvals of a section.
pub(super) fn approvals(file: &Arc<str>, part: &Part<'_>, told: &mut Told) -> Vec<ApprovalDraft> {
    let mut approvals = Vec::new();
    let mut header: Option<Vec<String>> = None;
    for line in part.lines.iter().filter(|line| line.kind == Kind::Text) {
        if let Some(cells) = cells(line) {
            match &header {
                Some(header) => approvals.extend(from_table(file, header, &cells, &line.row)),
                None => header = Some(cells),
            }
        } else if let Some((is_ticked, text)) = ticked(line) {
            let approval = from_text(file, text, &line.row, is_ticked, ApprovalForm::Checkbox);
            if is_ticked && approval.who.is_none() {
                let remedy = "write who agreed beside the box";
                told.warn(&place(file, &line.row), "an approval is ticked without a name and does not count", remedy);
            }
            approvals.push(approval);
        } else if let Some(text) = item(line) {
            // Without a box, only a date says that the person named has agreed.
            approvals.push(from_text(file, text, &line.row, DATE.is_match(text), ApprovalForm::Field));
        }
    }
    approvals
}

/// The approval in `**Approved by:** Jane Doe, 2024-01-19`.
pub(super) fn approved_by(file: &Arc<str>, value: &str, row: &Row<'_>) -> Vec<ApprovalDraft> {
    let (who, when) = person(file, value, row);
    let form = form_of(value, ApprovalForm::Field);
    vec![ApprovalDraft { given: who.is_some() && !says_no(value), who, role: None, when, form }]
}

fn item<'a>(line: &Line<'a>) -> Option<&'a str> {
    let text = line.row.text.trim();
    let item = text.strip_prefix(['-', '*', '+']).unwrap_or(text).trim();
    item.contains(':').then_some(item)
}

/// `Engineering Lead: Jane Doe, 2024-01-19`, `Jane Doe (CTO)`.
fn from_text(file: &Arc<str>, text: &str, row: &Row<'_>, agreed: bool, form: ApprovalForm) -> ApprovalDraft {
    let (role, value) = match (text.split_once(':'), text.split_once('(')) {
        // A time of day has a colon too.
        (Some((role, value)), _) if !role.contains(|c: char| c.is_ascii_digit()) => (role, value),
        (_, Some((who, role))) if DATE.find(role).is_none() => (role.trim_end_matches(')'), who),
        _ => (text, ""),
    };
    let (who, when) = person(file, value, row);
    ApprovalDraft {
        given: agreed && who.is_some() && !says_no(text),
        who,
        role: filled(role).map(str::to_owned),
        when,
        form: form_of(text, form),
    }
}

/// Whether somebody wrote into the place for a name that there is no approval: `Jane (rejected)`.
fn says_no(text: &str) -> bool {
    const WORDS: &[&str] = &["not", "rejected", "declined", "denied", "refused", "pending", "awaiting", "deferred"];
    normalised(text).split('_').any(|word| WORDS.contains(&word))
}

fn form_of(text: &str, form: ApprovalForm) -> ApprovalForm {
    if text.to_lowercase().contains("verbal") { ApprovalForm::Verbal } else { form }
}

/// A name and the date after it.
fn person(file: &Arc<str>, value: &str, row: &Row<'_>) -> (Option<String>, Option<Quoted>) {
    let date = DATE.find(value);
    let (name, _) = value.split_at(date.map_or(value.len(), |date| date.start()));
    let name = name.trim().trim_end_matches(['(', ',', '-', '–', '—']).trim();
    let name = [" on", " at", " (verbal)", " (verbally)"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let when = date.map(|date| Quoted {
        text: date.as_str().trim().trim_end_matches([')', '.', ',']).to_owned(),
        at: place(file, row),
        origin: Origin::Prose,
    });
    (filled(name.trim_end_matches(',')).map(str::to_owned), when)
}

fn from_table(file: &Arc<str>, header: &[String], cells: &[String], row: &Row<'_>) -> Option<ApprovalDraft> {
    let cell = |names: &[&str]| column(header, names).and_then(|index| filled(cells.get(index)?));
    let role = cell(&["role", "title", "group", "team"]);
    let who = cell(&["name", "who", "person", "approver", "approved_by"]);
    let when = cell(&["date", "when", "at", "time", "approved_at"]);
    let decision = column(header, &["decision", "status", "approved", "approval"]);
    let agreed = match decision {
        Some(index) => cells.get(index).is_some_and(|cell| is_yes(cell)),
        None => when.is_some(),
    };
    (role.is_some() || who.is_some()).then(|| ApprovalDraft {
        given: agreed && who.is_some(),
        who: who.map(str::to_owned),
        role: role.map(str::to_owned),
        when: when.map(|text| Quoted { text: text.to_owned(), at: place(file, row), origin: Origin::Prose }),
        form: ApprovalForm::Field,
    })
}

fn is_yes(cell: &str) -> bool {
    ["yes", "approved", "approve", "x", "ok", "granted"].contains(&normalised(cell).as_str())
        || ["✓", "✔", "✅", "[x]"].contains(&cell.trim())
}

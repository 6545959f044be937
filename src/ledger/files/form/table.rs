//! Change logs: Markdown tables with a record in each row. Each row says at least which change, when and what.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::super::draft::{Draft, Origin, Quoted};
use super::super::words::filled;
use super::super::{MAX_RECORDS_OF_FILE, pattern};
use super::{cells, column, place, set};
use crate::ledger::prose::extract::{Row, in_prose};
use crate::ledger::prose::labels::{Label, label};
use crate::ledger::prose::markdown::Line;
use crate::ledger::prose::normalised;
use crate::model::RecordStep;

/// The columns that may hold the id.
const ID_COLUMNS: &[&str] = &["id", "change_id", "change_request", "cr", "record", "ticket", "change"];

static ID: LazyLock<Regex> = LazyLock::new(|| pattern(r"^#?([A-Za-z]{0,20}-?\d[A-Za-z0-9.-]{0,60})$"));

/// What a column of a change log holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Commands,
    Labelled(Label),
    Other,
}

impl Column {
    fn of(header: &str) -> Self {
        match normalised(header).as_str() {
            // A log tells of what happened, a form of what is planned.
            "date" | "when" | "time" | "date_time" => Self::Labelled(Label::ActualStart),
            "by" | "author" | "person" => Self::Labelled(Label::Implementer),
            "what" => Self::Labelled(Label::Summary),
            "command" | "commands" | "steps" => Self::Commands,
            other => label(other).map_or(Self::Other, Self::Labelled),
        }
    }
}

struct Entry<'a> {
    id: String,
    row: Row<'a>,
    columns: Vec<(Column, String, String)>,
}

fn entries<'a>(lines: &[Line<'a>]) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    let mut header: Option<(usize, Vec<String>)> = None;
    for line in lines {
        if !line.row.text.trim_start().starts_with('|') {
            header = None;
            continue;
        }
        let Some(cells) = cells(line) else { continue };
        match &header {
            None => header = Some((column(&cells, ID_COLUMNS).unwrap_or(usize::MAX), cells)),
            Some((id_column, names)) => {
                let id = cells.get(*id_column).and_then(|cell| ID.captures(cell.trim_matches('`')));
                let Some(id) = id.and_then(|parts| Some(parts.get(1)?.as_str().to_owned())) else { continue };
                let columns = names.iter().zip(cells).enumerate().filter(|(index, _)| index != id_column);
                let columns = columns.map(|(_, (name, cell))| (Column::of(name), name.clone(), cell)).collect();
                entries.push(Entry { id, row: line.row, columns });
            }
        }
        if entries.len() == MAX_RECORDS_OF_FILE {
            break;
        }
    }
    // A table with ids may be about anything; one that says when and what is a change log.
    let has = |entry: &Entry<'_>, label| entry.columns.iter().any(|(column, ..)| *column == Column::Labelled(label));
    entries.retain(|entry| has(entry, Label::ActualStart) && has(entry, Label::Summary));
    entries
}

/// The ids of the rows of change logs.
pub(super) fn ids(lines: &[Line<'_>]) -> impl Iterator<Item = String> {
    entries(lines).into_iter().map(|entry| entry.id)
}

/// The records in the rows of change logs.
pub(super) fn rows(file: &Arc<str>, lines: &[Line<'_>]) -> Vec<Draft> {
    entries(lines).into_iter().map(|entry| draft(file, entry)).collect()
}

fn draft(file: &Arc<str>, entry: Entry<'_>) -> Draft {
    let mut draft = Draft::new(Quoted { text: entry.id, at: place(file, &entry.row), origin: Origin::Prose });
    let mut body = Vec::new();
    for (column, name, cell) in &entry.columns {
        match column {
            Column::Labelled(label) => set(file, &mut draft, *label, cell, &entry.row),
            Column::Commands if filled(cell).is_none() => {}
            Column::Commands => {
                let commands = in_prose(file, &[Row { number: entry.row.number, text: cell }]);
                draft.steps.push(RecordStep { text: cell.clone(), commands });
            }
            Column::Other => {}
        }
        if !cell.is_empty() {
            body.push(format!("{name}: {cell}"));
        }
    }
    draft.body = body.join("\n");
    draft
}

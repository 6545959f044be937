//! The sections of a text: what each is about, its lines, and the labelled values and boxes among them.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::extract::Row;
use super::labels::{Label, Section, label, section};
use super::markdown::{Kind, Line};
use super::pattern;
use crate::model::Location;

static LABELLED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^\s*(?:[-*+]\s+)?(?:\*\*|__)?([A-Za-z][A-Za-z /-]{1,40}?)(?:\*\*|__)?\s*:(?:\*\*|__)?\s*(.*)$")
});

static BOX: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*(?:(?:[-*+]|\d{1,3}[.)])\s+)?\[\s*([xX✓✔]?)\s*\]\s*(.*)$"));

/// A section of a form: what it is about, and its lines without the heading.
pub(in crate::ledger) struct Part<'a> {
    pub(in crate::ledger) section: Section,
    pub(in crate::ledger) at: Location,
    pub(in crate::ledger) lines: Vec<&'a Line<'a>>,
}

/// The sections of a record. One whose own heading says nothing known is about what the section around it is.
pub(in crate::ledger) fn parts<'a>(file: &Arc<str>, heading: &Row<'_>, inside: &'a [Line<'a>]) -> Vec<Part<'a>> {
    let mut around: Vec<(u8, Section)> = Vec::new();
    let top = Part { section: Section::Other, at: place(file, heading), lines: Vec::new() };
    let mut parts = vec![top];
    for line in inside {
        if let Some((level, title)) = heading_of(line) {
            around.retain(|(other, _)| *other < level);
            let inherited = around.last().map_or(Section::Other, |(_, section)| *section);
            let own = Some(section(&title)).filter(|own| *own != Section::Other);
            let is_in_rollback = inherited == Section::Rollback;
            let section = if is_in_rollback { inherited } else { own.unwrap_or(inherited) };
            around.push((level, section));
            parts.push(Part { section, at: place(file, &line.row), lines: Vec::new() });
        } else if let Some(part) = parts.last_mut() {
            part.lines.push(line);
        }
    }
    parts
}

/// The level and title of a heading. A line like `Rollback:` is one too: what follows must not count as done.
fn heading_of(line: &Line<'_>) -> Option<(u8, String)> {
    match &line.kind {
        Kind::Heading(level, title) => Some((*level, title.clone())),
        Kind::Text => {
            let title = line.row.text.trim().trim_start_matches(['-', '*', '+']).trim().strip_suffix(':')?;
            (title.chars().count() <= 40 && section(title) == Section::Rollback).then(|| (7, title.to_owned()))
        }
        _ => None,
    }
}

pub(in crate::ledger) fn place(file: &Arc<str>, row: &Row<'_>) -> Location {
    let column = row.text.chars().take_while(|c| c.is_whitespace()).count() + 1;
    Location::new(Arc::clone(file), row.number, u32::try_from(column).unwrap_or(u32::MAX))
}

pub(in crate::ledger) fn labelled<'a>(line: &Line<'a>) -> Option<(Label, &'a str)> {
    if line.kind != Kind::Text {
        return None;
    }
    if let Some((name, value)) = line.row.text.trim().strip_prefix('|').and_then(|row| row.split_once('|')) {
        let value = value.trim().strip_suffix('|')?;
        return Some((label(name)?, value.trim())).filter(|_| !value.contains('|'));
    }
    let parts = LABELLED.captures(line.row.text)?;
    let (name, value) = (parts.get(1)?.as_str(), parts.get(2)?.as_str());
    Some((label(name)?, value.trim()))
}

/// Whether a line has a box, whether it is ticked, and what stands beside it.
pub(in crate::ledger) fn ticked<'a>(line: &Line<'a>) -> Option<(bool, &'a str)> {
    let parts = BOX.captures(line.row.text).filter(|_| line.kind == Kind::Text)?;
    Some((!parts.get(1)?.is_empty(), parts.get(2)?.as_str().trim()))
}

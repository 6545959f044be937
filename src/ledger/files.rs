//! Change records in the files of a repository: what they say, and when they were really written.
//!
//! Formats: YAML (see [`document`]), JSON and JSON Lines with the same fields, Markdown with front matter, and
//! change-request forms in Markdown. Everything that a record quotes is data; nothing is ever executed. Knows no drift.

pub mod document;
mod draft;
mod form;
mod places;
mod structured;
pub(in crate::ledger) mod time;
pub(in crate::ledger) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use jiff::tz::TimeZone;
use regex::Regex;

use super::prose::{markdown, pattern};
use crate::model::{ChangeRecord, Location, Problem, ProblemKind};
use crate::repo::git::{GitError, History, Reach, Recorded, Repository};
use crate::repo::{ReadError, Tree};
use draft::{Draft, Told, about};

/// The most that is read of one file.
const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;
/// The most records of one file.
const MAX_RECORDS_OF_FILE: usize = 10_000;
/// The most records of one folder.
const MAX_RECORDS: usize = 100_000;
/// Longer lines are cut off: no person wrote them.
const MAX_LINE_BYTES: usize = 256 * 1024;

/// How the files of a ledger are read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The zone of times that are written without one.
    pub time_zone: TimeZone,
}

impl Default for Settings {
    fn default() -> Self {
        Self { time_zone: TimeZone::UTC }
    }
}

/// What the files of a folder say.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The records, in the order of their files and lines.
    pub records: Vec<ChangeRecord>,
    /// Why files or records do not count.
    pub problems: Vec<Problem>,
    /// What their writers should look at. The records count all the same.
    pub warnings: Vec<Problem>,
}

/// Reads the records below `folder`, and from `history` when each was written.
///
/// Files that plainly are no records are passed over: `README`s, templates (`template.md`, `_new.yaml`), files without
/// an id, a heading with one or front matter with one. Where two records have the same id, the first counts.
pub fn read(tree: &Tree, folder: &str, history: &History, settings: &Settings) -> Read {
    let mut told = Told::default();
    let mut drafts = Vec::new();
    let walk = tree.walk(folder);
    told.problems.extend(walk.unread.iter().map(ReadError::problem));
    for path in walk.files.iter().filter(|path| Format::of(path).is_some() && !is_no_record(path)) {
        match tree.read_text(path) {
            Ok(text) => drafts.extend(drafts_of(path, &text, &mut told)),
            Err(error) => told.problems.push(error.problem()),
        }
        if drafts.len() > MAX_RECORDS {
            let message = format!("more than {MAX_RECORDS} records; the rest is not read");
            told.problems.push(Problem::new(ProblemKind::Record, folder, message).remedy("archive old records"));
            drafts.truncate(MAX_RECORDS);
            break;
        }
    }
    let mut records: Vec<ChangeRecord> = Vec::new();
    let mut seen: BTreeMap<String, Location> = BTreeMap::new();
    for draft in drafts {
        let (id, at) = (draft.id.text.trim().to_owned(), draft.at.clone());
        if let Some(first) = seen.get(&id) {
            told.problem(&at, format!("another record with the id of {first}"), "give one of the two its own id");
            continue;
        }
        let Some(mut record) = draft.finish(&settings.time_zone, &mut told) else { continue };
        record.recorded_at = match history.recorded(&at.file, &id) {
            Recorded::At(time) => Some(time),
            Recorded::NotCommitted => {
                told.warn(&at, "not committed yet, so there is no proof of when it was written", "commit it");
                None
            }
            Recorded::NotAfter(_) | Recorded::Unknown => None,
        };
        seen.insert(id, at);
        records.push(record);
    }
    told.warnings.extend(reach_warning(folder, history.reach));
    told.problems.sort_by(|a, b| a.at.cmp(&b.at));
    told.warnings.sort_by(|a, b| a.at.cmp(&b.at));
    Read { records, problems: told.problems, warnings: told.warnings }
}

/// The history of the records below `folder`: for each id in each file, the first commit that holds it.
///
/// # Errors
/// See [`Repository::file_history`].
pub fn history(repository: &Repository, folder: &str) -> Result<History, GitError> {
    repository.file_history(folder, ids)
}

/// What a text of a service says of the record with this id: a form in it is read as one. Where the record stands in its
/// life is the service's to tell. The record's places are left out, for there is no file.
pub(in crate::ledger) fn of_text(id: &str, text: &str, zone: &TimeZone) -> Read {
    let file: Arc<str> = id.into();
    let at = Location::new(Arc::clone(&file), 1, 1);
    let mut told = Told::default();
    let mut draft = Draft::new(draft::Quoted { text: id.to_owned(), at, origin: draft::Origin::Prose });
    let end = text.floor_char_boundary(MAX_FILE_BYTES);
    form::fill_from_body(&file, &mut draft, &markdown::lines(text.get(..end).unwrap_or(text), 1), &mut told);
    draft.state = None;
    let mut record = draft.finish(zone, &mut told);
    for step in record.iter_mut().flat_map(|record| record.steps.iter_mut().chain(&mut record.rollback)) {
        step.commands.iter_mut().for_each(|command| command.at = None);
    }
    Read { records: record.into_iter().collect(), problems: told.problems, warnings: told.warnings }
}

/// What the missing part of a history means for the records.
fn reach_warning(folder: &str, reach: Reach) -> Option<Problem> {
    let (message, remedy) = match reach {
        Reach::Complete => return None,
        Reach::None => (
            "no git history: when records were written is not known",
            "run in a git checkout; a date written in a file proves nothing",
        ),
        Reach::Cut => (
            "the git history is cut off: when older records were written is not known",
            "fetch the whole history: `fetch-depth: 0`, or `git fetch --unshallow`",
        ),
    };
    Some(Problem::new(ProblemKind::Record, folder, message).remedy(remedy))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Yaml,
    Json,
    JsonLines,
    Markdown,
}

impl Format {
    fn of(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        Some(match extension.to_lowercase().as_str() {
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            "jsonl" => Self::JsonLines,
            "md" => Self::Markdown,
            _ => return None,
        })
    }
}

fn is_no_record(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    stem.starts_with('_') || stem == "readme" || stem.ends_with("template")
}

/// The records of one file.
fn drafts_of(path: &str, text: &str, told: &mut Told) -> Vec<Draft> {
    let file: Arc<str> = path.into();
    let start = Location::new(Arc::clone(&file), 1, 1);
    if text.len() > MAX_FILE_BYTES {
        told.problem(&start, "larger than 4 MiB; not read", "a record is text: keep logs and data elsewhere");
        return Vec::new();
    }
    if text.lines().any(|line| line.len() > MAX_LINE_BYTES) {
        told.problem(&start, "a line is longer than 256 KiB; not read", "keep data elsewhere");
        return Vec::new();
    }
    let drafts = match Format::of(path) {
        Some(Format::Yaml) => structured::yaml(&file, text, 1, told),
        Some(Format::Json) => structured::json(&file, text, 1, told),
        Some(Format::JsonLines) => structured::json_lines(&file, text, told),
        Some(Format::Markdown) => markdown_drafts(&file, text, told),
        None => Vec::new(),
    };
    if drafts.len() >= MAX_RECORDS_OF_FILE {
        let message = format!("{MAX_RECORDS_OF_FILE} records or more in one file; the rest is not read");
        told.problem(&start, message, "divide the file");
    }
    drafts
}

fn markdown_drafts(file: &Arc<str>, text: &str, told: &mut Told) -> Vec<Draft> {
    let Some((front_matter, body, body_line)) = front_matter(text) else {
        return form::forms(file, &markdown::lines(text, 1), told);
    };
    let drafts = structured::yaml(file, front_matter, 2, told);
    let lines = markdown::lines(body, body_line);
    match <[Draft; 1]>::try_from(drafts) {
        Ok([mut draft]) => {
            form::fill_from_body(file, &mut draft, &lines, told);
            vec![draft]
        }
        // Front matter of another program, such as a site generator's.
        Err(drafts) if drafts.is_empty() => form::forms(file, &lines, told),
        Err(drafts) => {
            let message = "front matter with several records";
            told.problems
                .extend(drafts.iter().map(|draft| about(&draft.at, message).remedy("one file for each record")));
            Vec::new()
        }
    }
}

/// The front matter of a text, the body after it, and the number of the body's first line.
fn front_matter(text: &str) -> Option<(&str, &str, u32)> {
    let rest = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n"))?;
    let mut length = 0;
    for (line, number) in rest.split_inclusive('\n').zip(2_u32..) {
        if ["---", "..."].contains(&line.trim_end()) {
            let (front_matter, after) = rest.split_at(length);
            return Some((front_matter, after.strip_prefix(line).unwrap_or_default(), number + 1));
        }
        length += line.len();
    }
    None
}

/// `id: CR-1`, `"id": "CR-1"`.
static ID_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?m)(?:^|[{,])\s*(?:-\s+)?["']?id["']?\s*:\s*["']?([A-Za-z0-9#][A-Za-z0-9._/#-]{0,99})"#)
});

/// The ids that one version of a file holds. It errs on the side of too many: an id that is none is never asked for.
fn ids(path: &str, text: &str) -> BTreeSet<String> {
    if Format::of(path).is_none() {
        return BTreeSet::new();
    }
    let mut ids: BTreeSet<String> =
        ID_FIELD.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect();
    if Format::of(path) == Some(Format::Markdown) {
        ids.extend(form::ids(&markdown::lines(text, 1)));
    }
    ids
}

#[cfg(test)]
mod tests;

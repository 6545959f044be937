//! Records in YAML, JSON, JSON Lines and front matter: files into drafts. The fields are those of [`Document`].

use std::sync::Arc;

use serde::Deserialize;

use super::MAX_RECORDS_OF_FILE;
use super::document::{ApprovalFields, Document, Many, Scalar, SpanFields, StepFields, TextOr};
use super::draft::{ApprovalDraft, Draft, Origin, Quoted, SpanDraft, Told, about};
use super::places::Places;
use super::words::{Worded, filled};
use crate::ledger::prose::extract::{Row, in_code, in_prose};
use crate::model::{ApprovalForm, CommandLine, Location, Problem, RecordStep};

/// Fields that other files hardly have. A file without an id is a forgotten one only if it has two of these.
const TELLING: &[&str] = &["summary", "steps", "rollback", "approvals", "outcome", "risk", "planned", "implementer"];

/// How a file writes texts of several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// As lines.
    Yaml,
    /// As `\n` within one line.
    Json,
}

/// The records of a YAML file: one, a list, or one in each of several documents. `first` is the number of its first
/// line in the file.
pub(super) fn yaml(file: &Arc<str>, text: &str, first: u32, told: &mut Told) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let looks = serde_yaml::Deserializer::from_str(text);
    let documents = serde_yaml::Deserializer::from_str(text);
    let mut lines = document_lines(text).into_iter();
    for (look, document) in looks.zip(documents).take(MAX_RECORDS_OF_FILE) {
        let (start, lines) = lines.next().unwrap_or_default();
        let place = |error: &serde_yaml::Error| {
            let (line, column) = error.location().map_or((start + 1, 1), |at| (at.line(), at.column()));
            Location::new(Arc::clone(file), first.saturating_add(number(line.saturating_sub(1))), number(column))
        };
        match serde_yaml::Value::deserialize(look) {
            Ok(value) if looks_like_a_record(&keys_of_yaml(&value)) => {}
            Ok(_) => continue,
            Err(error) => {
                told.problems.push(invalid(&place(&error), &error.to_string()));
                break;
            }
        }
        match Many::<Document>::deserialize(document) {
            Ok(Many(documents)) => {
                let first = first.saturating_add(number(start));
                drafts.extend(drafts_of(file, documents, &lines, first, Notation::Yaml, told));
            }
            Err(error) => told.problems.push(invalid(&place(&error), &error.to_string())),
        }
    }
    drafts
}

/// The records of a JSON file: one or a list.
pub(super) fn json(file: &Arc<str>, text: &str, first: u32, told: &mut Told) -> Vec<Draft> {
    let place = |error: &serde_json::Error| {
        let line = first.saturating_add(number(error.line().saturating_sub(1)));
        Location::new(Arc::clone(file), line, number(error.column()).max(1))
    };
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) if looks_like_a_record(&keys_of_json(&value)) => {}
        Ok(_) => return Vec::new(),
        Err(error) => {
            told.problems.push(invalid(&place(&error), &error.to_string()));
            return Vec::new();
        }
    }
    match serde_json::from_str::<Many<Document>>(text) {
        Ok(Many(documents)) => {
            let lines: Vec<&str> = text.lines().collect();
            drafts_of(file, documents, &lines, first, Notation::Json, told)
        }
        Err(error) => {
            told.problems.push(invalid(&place(&error), &error.to_string()));
            Vec::new()
        }
    }
}

/// The records of a JSON Lines file: one a line. A broken line leaves the others alone.
pub(super) fn json_lines(file: &Arc<str>, text: &str, told: &mut Told) -> Vec<Draft> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.take(MAX_RECORDS_OF_FILE).flat_map(|(line, number)| json(file, line, number, told)).collect()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The lines of each document of a YAML stream, with the index of its first one.
fn document_lines(text: &str) -> Vec<(usize, Vec<&str>)> {
    let mut documents: Vec<(usize, Vec<&str>)> = vec![(0, Vec::new())];
    let mut has_content = false;
    for (line, index) in text.lines().zip(0..) {
        let is_marker = line == "---" || line.starts_with("--- ");
        if is_marker && has_content {
            documents.push((index, Vec::new()));
        }
        has_content |= is_marker || !line.trim().is_empty() && !line.starts_with(['#', '%']);
        if let Some((_, lines)) = documents.last_mut() {
            lines.push(line);
        }
    }
    documents
}

fn keys_of_yaml(value: &serde_yaml::Value) -> Vec<&str> {
    match value {
        serde_yaml::Value::Mapping(fields) => fields.keys().filter_map(serde_yaml::Value::as_str).collect(),
        serde_yaml::Value::Sequence(entries) => entries.first().map(keys_of_yaml).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn keys_of_json(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::Object(fields) => fields.keys().map(String::as_str).collect(),
        serde_json::Value::Array(entries) => entries.first().map(keys_of_json).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn looks_like_a_record(keys: &[&str]) -> bool {
    keys.contains(&"id") || keys.iter().filter(|key| TELLING.contains(key)).count() >= 2
}

/// A problem for what serde says, without the values that it quotes: they may be secrets.
fn invalid(at: &Location, message: &str) -> Problem {
    let quoted = |after: &str| {
        let (_, rest) = message.split_once(after)?;
        let (name, _) = rest.split_once('`')?;
        Some(name.chars().take(40).collect::<String>())
    };
    if let Some(name) = quoted("unknown field `") {
        let near = nearest(&name)
            .map_or("remove it, or put it under `description`".to_owned(), |near| format!("did you mean `{near}`?"));
        return about(at, format!("unknown field `{name}`")).remedy(near);
    }
    if let Some(name) = quoted("missing field `") {
        return about(at, format!("the field `{name}` is missing")).remedy(format!("add `{name}:`"));
    }
    if message.contains("duplicate ") {
        return about(at, "the same field twice").remedy("keep one of them");
    }
    if message.contains("invalid type: ") || message.contains("invalid value: ") {
        let expected = ["a text or a group of fields", "a text", "one entry or a list of them"];
        let expected = expected.iter().find(|words| message.contains(&format!("expected {words}")));
        let expected = expected.copied().unwrap_or("another kind of value");
        return about(at, format!("expected {expected} here"))
            .remedy("see the record format; quote texts that look like numbers");
    }
    let (what, _) = message.split_once(" at line ").unwrap_or((message, ""));
    let is_plain = !what.contains(['"', '`', '\'']);
    let what = if is_plain { what } else { "it cannot be parsed" };
    about(at, format!("not a valid record: {what}")).remedy("correct the syntax")
}

/// The field that a wrong name was probably meant for.
fn nearest(name: &str) -> Option<&'static str> {
    const ALIASES: &[(&str, &str)] = &[
        ("status", "state"),
        ("title", "summary"),
        ("services", "resources"),
        ("backout", "rollback"),
        ("rollback_plan", "rollback"),
        ("approved_by", "approvals"),
        ("environment_name", "environment"),
        ("env", "environment"),
        ("commands", "steps"),
        ("author", "requester"),
        ("notes", "description"),
        ("expiry", "expires"),
        ("expires_at", "expires"),
        ("postmortem", "review"),
        ("window", "planned"),
    ];
    let name = crate::ledger::prose::normalised(name);
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, field)| *field);
    alias.or_else(|| {
        let close = |field: &&&str| similar::TextDiff::from_chars(name.as_str(), **field).ratio() >= 0.75;
        Document::FIELDS.iter().find(close).copied()
    })
}

fn drafts_of(
    file: &Arc<str>,
    documents: Vec<Document>,
    lines: &[&str],
    first: u32,
    notation: Notation,
    told: &mut Told,
) -> Vec<Draft> {
    let starts = starts(file, lines, documents.len());
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let spans = starts.iter().copied().zip(ends);
    let drafts = documents.iter().zip(spans).map(|(document, (start, end))| {
        let lines = lines.get(start..end).unwrap_or_default();
        let places = Places::new(file, lines, first.saturating_add(number(start)));
        Builder { file, places, notation, told }.draft(document)
    });
    drafts.take(MAX_RECORDS_OF_FILE).collect()
}

/// The indices of the lines where the records of a list start: at the mark before each id.
fn starts(file: &Arc<str>, lines: &[&str], count: usize) -> Vec<usize> {
    let places = Places::new(file, lines, 1);
    let mut starts = vec![0];
    let mut id_line = places.line_of_key("id", 0);
    while let Some(last) = id_line.filter(|_| starts.len() < count) {
        id_line = places.line_of_key("id", last + 1);
        let between = lines.get(last + 1..=id_line.unwrap_or(last)).unwrap_or_default();
        let mark = between.iter().rposition(|line| line.trim_start().starts_with(['-', '{']));
        starts.push(last + mark.map_or(0, |mark| mark + 1));
    }
    // Ids that are written in a way that is not recognised: the record is at least somewhere after the last one.
    starts.resize(count, starts.last().copied().unwrap_or(0));
    starts
}

struct Builder<'a> {
    file: &'a Arc<str>,
    places: Places<'a>,
    notation: Notation,
    told: &'a mut Told,
}

impl Builder<'_> {
    fn draft(&mut self, document: &Document) -> Draft {
        let mut draft =
            Draft::new(Quoted { text: document.id.0.clone(), at: self.places.record(), origin: Origin::Field });
        draft.summary = text(document.summary.as_ref());
        draft.body = body(document);
        draft.change_type = self.field(document.change_type.as_ref(), &["type"]);
        draft.risk = self.field(document.risk.as_ref(), &["risk"]);
        draft.reason = self.field(document.reason.as_ref(), &["reason"]);
        draft.state = self.field(document.state.as_ref(), &["state"]);
        draft.environment = text(document.environment.as_ref());
        draft.requester = text(document.requester.as_ref());
        draft.implementer = text(document.implementer.as_ref());
        draft.approvals = document.approvals.0.iter().map(|TextOr(fields)| self.approval(fields)).collect();
        draft.steps = document.steps.0.iter().map(|TextOr(fields)| self.step(fields)).collect();
        draft.rollback = document.rollback.0.iter().map(|TextOr(fields)| self.step(fields)).collect();
        draft.selectors = texts(&document.resources);
        draft.planned = self.span(document.planned.as_ref(), "planned");
        draft.actual = self.span(document.actual.as_ref(), "actual");
        draft.outcome = self.field(document.outcome.as_ref(), &["outcome"]);
        draft.incident = text(document.incident.as_ref());
        draft.review = text(document.review.as_ref());
        draft.expires = self.field(document.expires.as_ref(), &["expires"]);
        draft.scenario = self.field(document.scenario.as_ref(), &["scenario"]);
        draft.expected_outcome = text(document.expected_outcome.as_ref());
        draft.notified = texts(&document.notified);
        draft.follow_ups = texts(&document.follow_up);
        draft.links = texts(&document.links);
        draft
    }

    fn field(&self, value: Option<&Scalar>, path: &[&str]) -> Option<Quoted> {
        value.map(|value| Quoted { text: value.0.clone(), at: self.places.key(path), origin: Origin::Field })
    }

    fn span(&self, fields: Option<&SpanFields>, name: &str) -> SpanDraft {
        let Some(fields) = fields else { return SpanDraft::default() };
        SpanDraft {
            start: self.field(fields.start.as_ref(), &[name, "start"]),
            end: self.field(fields.end.as_ref(), &[name, "end"]),
            duration: self.field(fields.duration.as_ref(), &[name, "duration"]),
            ..SpanDraft::default()
        }
    }

    fn approval(&mut self, fields: &ApprovalFields) -> ApprovalDraft {
        let who = text(fields.who.as_ref());
        let form = fields.form.as_ref().map(|form| ApprovalForm::of(&form.0));
        if form == Some(None) {
            let at = self.places.key(&["approvals", "form"]);
            let remedy = format!("write one of {}", ApprovalForm::choices());
            self.told.warn(&at, "the approval's form is not known and is taken for a field", remedy);
        }
        ApprovalDraft {
            given: who.is_some(),
            who,
            role: text(fields.role.as_ref()),
            when: self.field(fields.at.as_ref(), &["approvals", "at"]),
            form: form.flatten().unwrap_or(ApprovalForm::Field),
        }
    }

    fn step(&mut self, fields: &StepFields) -> RecordStep {
        let mut step = RecordStep { text: text(fields.text.as_ref()).unwrap_or_default(), commands: Vec::new() };
        if let Some(text) = &fields.text {
            step.commands.extend(self.commands(&text.0, in_prose));
        }
        for commands in &fields.commands.0 {
            step.commands.extend(self.commands(&commands.0, in_code));
        }
        step
    }

    fn commands(&mut self, text: &str, find: fn(&Arc<str>, &[Row<'_>]) -> Vec<CommandLine>) -> Vec<CommandLine> {
        let start = self.places.line_of(text);
        let rows: Vec<Row<'_>> = text
            .lines()
            .zip(0..)
            .map(|(text, index)| Row {
                number: if self.notation == Notation::Yaml { start.saturating_add(index) } else { start },
                text,
            })
            .collect();
        let mut commands = find(self.file, &rows);
        for command in &mut commands {
            command.at = command.at.take().map(|at| self.places.on_line(at.line, &command.text));
        }
        commands
    }
}

fn text(value: Option<&Scalar>) -> Option<String> {
    filled(&value?.0).map(str::to_owned)
}

fn texts(values: &Many<Scalar>) -> Vec<String> {
    values.0.iter().filter_map(|value| text(Some(value))).collect()
}

/// What a record says besides its fields of the model, one labelled line each.
fn body(document: &Document) -> String {
    let one = |label: &str, value: &Option<Scalar>| value.as_ref().map(|value| format!("{label}: {}", value.0.trim()));
    let many = |label: &str, values: &Many<Scalar>| {
        let texts: Vec<&str> = values.0.iter().map(|value| value.0.trim()).collect();
        (!texts.is_empty()).then(|| format!("{label}: {}", texts.join("; ")))
    };
    let parts = [
        document.description.as_ref().map(|value| value.0.trim().to_owned()),
        one("reason", &document.reason),
        one("expected outcome", &document.expected_outcome),
        one("impact", &document.impact),
        many("risks", &document.risks),
        many("testing", &document.testing),
        many("monitoring", &document.monitoring),
        many("notified", &document.notified),
        many("follow-up", &document.follow_up),
        many("links", &document.links),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

//! Records made of what services answer: texts, fields of any type, people and comments.
//!
//! What a field of the service says counts before what a text says, and where a record stands in its life is told by the
//! service alone.

use std::collections::BTreeMap;

use base64::Engine as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::Told;
use crate::config::{RecordField, SignOff, SignOffBy};
use crate::ledger::files::words::Worded;
use crate::ledger::files::{self, time};
use crate::ledger::prose::{self, Markup, normalised};
use crate::model::{
    Approval, ApprovalForm, ChangeRecord, ChangeType, Outcome, Problem, ProblemKind, Reason, RecordState, RecordStep,
    Risk, Scenario, Window,
};

/// The most comments of one record that are read.
const MAX_COMMENTS: usize = 500;

/// What a record is made with.
#[derive(Clone, Debug)]
pub struct Writing {
    /// The kind of source.
    pub source: &'static str,
    /// How its texts are marked up.
    pub markup: Markup,
    /// The zone of times in texts that name none.
    pub zone: TimeZone,
}

/// A comment on a record.
#[derive(Clone, Debug, Default)]
pub struct Comment {
    /// Who wrote it, under the name by which they are told.
    pub author: Option<String>,
    /// All names of that person.
    pub names: Vec<String>,
    /// Whether a program wrote it.
    pub is_program: bool,
    /// When.
    pub at: Option<Timestamp>,
    /// What it says, in Markdown.
    pub text: String,
}

pub(super) fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

impl Writing {
    /// The record that a text makes by itself: a form in it is read as one, anything else is text.
    pub fn record(&self, id: &str, summary: &str, text: &str, told: &mut Told) -> Option<ChangeRecord> {
        let read = files::of_text(id, text, &self.zone);
        told.problems.extend(read.problems.into_iter().map(|problem| self.about(id, problem)));
        told.warnings.extend(read.warnings.into_iter().map(|problem| self.about(id, problem)));
        let record = read.records.into_iter().next()?;
        Some(ChangeRecord { source: self.source.to_owned(), summary: summary.trim().to_owned(), at: None, ..record })
    }

    fn about(&self, id: &str, problem: Problem) -> Problem {
        Problem { scope: format!("{} {id}", self.source), at: None, snippet: None, ..problem }
    }

    /// A text of the source as Markdown: of a document of Atlassian's format, of a text in the source's own markup, or
    /// of anything else that has a text.
    pub fn markdown(&self, value: &Json) -> String {
        match value {
            Json::String(text) => prose::to_markdown(text, self.markup).into_owned(),
            value if value.get("type").and_then(Json::as_str) == Some("doc") => prose::adf_to_markdown(value),
            value => texts(value).join("\n"),
        }
    }

    /// A point in time of a field.
    pub fn time(&self, text: &str) -> Option<Timestamp> {
        time::moment(text, &self.zone, time::Edge::Start).ok().map(|moment| moment.at)
    }

    /// Takes over what a field of the service says. A value that cannot be read is told and left out.
    pub fn set(&self, record: &mut ChangeRecord, field: RecordField, value: &Json, told: &mut Told) {
        let all = texts(value);
        let Some(first) = all.first().cloned() else { return };
        let mut is_read = true;
        match field {
            RecordField::ChangeType => is_read = word::<ChangeType>(&first, &mut record.change_type),
            RecordField::Risk => is_read = word::<Risk>(&first, &mut record.risk),
            // A reason in somebody's own words is no mistake.
            RecordField::Reason => record.reason = Reason::of(&first).or(record.reason),
            RecordField::Scenario => is_read = word::<Scenario>(&first, &mut record.scenario),
            RecordField::Outcome => {
                let mut outcome = None;
                is_read = word::<Outcome>(&first, &mut outcome);
                record.outcome = outcome.unwrap_or(record.outcome);
            }
            RecordField::Environment => record.environment = Some(first),
            RecordField::Implementer => record.implementer = Some(first),
            RecordField::Incident => record.incident = Some(first),
            RecordField::Review => record.review = Some(first),
            RecordField::ExpectedOutcome => record.expected_outcome = Some(self.markdown(value).trim().to_owned()),
            RecordField::Notified => record.notified = all,
            RecordField::Resources => {
                let names = all.iter().flat_map(|names| names.split([',', ';', '\n'])).map(str::trim);
                add_new(&mut record.selectors, names.filter(|name| !name.is_empty()));
            }
            RecordField::Steps => replace(&mut record.steps, self.steps(&record.id, value).steps),
            RecordField::Rollback => replace(&mut record.rollback, self.steps(&record.id, value).into_all()),
            RecordField::Approvals => record.approvals.extend(all.into_iter().map(asked)),
            RecordField::PlannedStart => is_read = self.edge(&first, &mut record.planned, |window| &mut window.start),
            RecordField::PlannedEnd => is_read = self.edge(&first, &mut record.planned, |window| &mut window.end),
            RecordField::ActualStart => is_read = self.edge(&first, &mut record.actual, |window| &mut window.start),
            RecordField::ActualEnd => is_read = self.edge(&first, &mut record.actual, |window| &mut window.end),
            RecordField::Expires => {
                record.expires_at = self.time(&first);
                is_read = record.expires_at.is_some();
            }
        }
        if !is_read {
            let message = format!("{} has an unknown value; left out", field.as_str());
            let problem = Problem::new(ProblemKind::Record, format!("{} {}", self.source, record.id), message);
            told.warnings.push(problem.remedy("see which field is read for it, and its values, in `fields`"));
        }
    }

    fn steps(&self, id: &str, value: &Json) -> prose::Prose {
        let mut found = prose::read(&id.into(), &self.markdown(value), Markup::Markdown);
        for step in found.steps.iter_mut().chain(&mut found.rollback) {
            step.commands.iter_mut().for_each(|command| command.at = None);
        }
        found
    }

    fn edge(&self, text: &str, window: &mut Option<Window>, end: fn(&mut Window) -> &mut Option<Timestamp>) -> bool {
        let at = self.time(text);
        if at.is_some() {
            *end(window.get_or_insert(Window { start: None, end: None })) = at;
        }
        at.is_some()
    }

    /// Takes over what comments say: steps that somebody reports, and agreement.
    pub fn add_comments(&self, record: &mut ChangeRecord, comments: &[Comment], sign_off: &SignOff) {
        for comment in comments.iter().take(MAX_COMMENTS) {
            let found = self.steps(&record.id, &Json::String(comment.text.clone()));
            let quotes = |step: &RecordStep| !step.commands.is_empty();
            record.steps.extend(found.steps.into_iter().filter(quotes));
            record.rollback.extend(found.rollback.into_iter().filter(quotes));
            record.body.push_str("\n\n");
            record.body.push_str(comment.text.trim());
            if signs(comment, record, sign_off) {
                record.approvals.push(given(comment.author.clone(), comment.at, ApprovalForm::Comment));
            }
        }
    }
}

/// When a change was recorded in the course of an incident: that is opened before anything is done, so its first message
/// that quotes a command counts, or else its first one.
pub fn first_said(comments: &[Comment]) -> Option<Timestamp> {
    let source = "comment".into();
    let quotes = |comment: &&Comment| {
        let found = prose::read(&source, &comment.text, Markup::Markdown);
        found.steps.iter().chain(&found.rollback).any(|step| !step.commands.is_empty())
    };
    let said = || comments.iter().filter(|comment| !comment.text.is_empty());
    let quoted = said().filter(quotes).filter_map(|comment| comment.at).min();
    quoted.or_else(|| said().filter_map(|comment| comment.at).min())
}

/// Whether a comment is agreement to a record.
fn signs(comment: &Comment, record: &ChangeRecord, sign_off: &SignOff) -> bool {
    let is = |name: &str, other: &str| name.trim().eq_ignore_ascii_case(other.trim().trim_start_matches('@'));
    let may_sign = sign_off.signers.is_empty()
        || sign_off.signers.iter().any(|signer| comment.names.iter().any(|name| is(name, signer)));
    if comment.is_program || comment.author.is_none() || !may_sign {
        return false;
    }
    match sign_off.by {
        SignOffBy::Nothing => false,
        // Whoever makes the change writes comments about it all the time.
        SignOffBy::AnyComment => ![&record.requester, &record.implementer]
            .into_iter()
            .flatten()
            .any(|own| comment.names.iter().any(|name| is(name, own))),
        SignOffBy::Phrase => sign_off.phrases.iter().any(|phrase| says(&comment.text, phrase)),
    }
}

/// Words before a phrase that make it something else than agreement.
const DENIALS: [&str; 30] = [
    "_not_",
    "_never_",
    "_no_",
    "_cannot_",
    "_t_",
    "_until_",
    "_unless_",
    "_once_",
    "_when_",
    "_if_",
    "_before_",
    "_be_",
    "_get_",
    "_need_",
    "_needs_",
    "_who_",
    "_was_",
    "_without_",
    "_please_",
    "_waiting_",
    "_awaiting_",
    "_pending_",
    "_request_",
    "_requested_",
    "_requires_",
    "_should_",
    "_must_",
    "_can_",
    "_could_",
    "_will_",
];

/// Whether a text has a phrase, in a clause of its own words that neither asks nor denies.
fn says(text: &str, phrase: &str) -> bool {
    let phrase = format!("_{}_", normalised(phrase));
    let own = text.lines().filter(|line| !line.trim_start().starts_with('>'));
    let mut clauses = own.flat_map(|line| line.split_inclusive(['.', ',', ';', '!', '?', ':']));
    phrase.len() > 2
        && clauses.any(|clause| {
            let words = format!("_{}_", normalised(clause));
            let found = words.split_once(&phrase).filter(|_| !clause.ends_with('?'));
            found.is_some_and(|(before, _)| {
                let before = format!("{before}_");
                !DENIALS.iter().any(|denial| before.contains(denial))
            })
        })
}

/// An approval that was given.
pub fn given(who: Option<String>, at: Option<Timestamp>, form: ApprovalForm) -> Approval {
    Approval { given: who.is_some(), who, role: None, at, form }
}

/// Somebody who was asked.
pub fn asked(who: String) -> Approval {
    Approval { who: Some(who), role: None, at: None, form: ApprovalForm::Field, given: false }
}

/// The state of a record that its source leaves open: agreed to, if everybody agreed who was asked, and one at least.
pub fn state_by_approvals(approvals: &[Approval]) -> RecordState {
    if approvals.iter().any(|approval| approval.given) { RecordState::Approved } else { RecordState::Review }
}

/// What a name stands for, by a table of the configuration, whatever its case.
pub fn configured(states: &BTreeMap<String, RecordState>, name: &str) -> Option<RecordState> {
    states.iter().find(|(own, _)| own.trim().eq_ignore_ascii_case(name.trim())).map(|(_, state)| *state)
}

/// The texts of a value of any type: a text, a number, a choice, a person, or a list of them.
pub fn texts(value: &Json) -> Vec<String> {
    let named = ["display_value", "displayName", "value", "name", "summary", "key", "login", "emailAddress"];
    match value {
        Json::Null => Vec::new(),
        Json::String(text) if text.trim().is_empty() => Vec::new(),
        Json::String(text) => vec![text.trim().to_owned()],
        Json::Number(number) => vec![number.to_string()],
        Json::Bool(truth) => vec![truth.to_string()],
        Json::Array(all) => all.iter().flat_map(texts).collect(),
        Json::Object(fields) if fields.get("type").and_then(Json::as_str) == Some("doc") => {
            let text = prose::adf_to_markdown(value).trim().to_owned();
            if text.is_empty() { Vec::new() } else { vec![text] }
        }
        Json::Object(fields) => {
            let found = named.iter().find_map(|name| fields.get(*name).filter(|value| !value.is_null()));
            found.map(texts).unwrap_or_default()
        }
    }
}

fn word<T: Worded>(text: &str, place: &mut Option<T>) -> bool {
    let read = T::of(text);
    *place = read.or(*place);
    read.is_some()
}

fn replace<T>(place: &mut Vec<T>, other: Vec<T>) {
    if !other.is_empty() {
        *place = other;
    }
}

/// Adds the texts that are not there yet.
pub fn add_new<'a>(all: &mut Vec<String>, more: impl IntoIterator<Item = &'a str>) {
    for text in more {
        if !all.iter().any(|known| known == text) {
            all.push(text.to_owned());
        }
    }
}

/// The text at a pointer into a value.
pub fn text_at<'a>(value: &'a Json, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The entries of a list at a pointer into a value.
pub fn list_at<'a>(value: &'a Json, pointer: &str) -> &'a [Json] {
    value.pointer(pointer).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The members of an object that are wanted, as they are.
pub fn cut(value: &Json, wanted: &[&str]) -> Json {
    let members = wanted.iter().filter_map(|name| Some(((*name).to_owned(), value.get(*name)?.clone())));
    members.filter(|(_, value)| !value.is_null()).collect::<serde_json::Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn writing() -> Writing {
        Writing { source: "jira", markup: Markup::Markdown, zone: TimeZone::UTC }
    }

    fn comment(author: &str, text: &str) -> Comment {
        Comment {
            author: Some(author.to_owned()),
            names: vec![author.to_owned(), format!("id-{author}")],
            text: text.to_owned(),
            ..Comment::default()
        }
    }

    #[test]
    fn a_comment_signs_by_its_words_or_its_author() {
        let mut record = ChangeRecord::new("OPS-1", "jira");
        record.implementer = Some("dana".to_owned());
        let check = |by: SignOffBy, signers: &[&str], author: &str, text: &str, expect: bool| {
            let signers = signers.iter().map(|text| (*text).to_owned()).collect();
            let sign_off = SignOff { by, signers, ..SignOff::default() };
            assert_eq!(signs(&comment(author, text), &record, &sign_off), expect, "{by:?} {author}: {text}");
        };
        let (any, phrase, nothing) = (SignOffBy::AnyComment, SignOffBy::Phrase, SignOffBy::Nothing);
        check(any, &[], "kim", "ok then", true);
        check(any, &[], "dana", "done at ten", false);
        check(any, &["kim"], "lee", "ok then", false);
        check(any, &["@Kim"], "kim", "ok then", true);
        check(any, &["id-kim"], "kim", "ok then", true);
        check(phrase, &[], "kim", "Approved, go ahead", true);
        check(phrase, &[], "kim", "sign off by me", true);
        check(phrase, &[], "dana", "approved by myself", true);
        check(phrase, &[], "kim", "looks like an unapproved change", false);
        check(phrase, &[], "kim", "this is not yet approved", false);
        check(phrase, &[], "kim", "I will not sign off on that", false);
        check(phrase, &[], "kim", "can this be approved", false);
        check(phrase, &[], "kim", "approved?", false);
        check(phrase, &[], "kim", "please approve", false);
        check(phrase, &[], "kim", "waiting for sign-off", false);
        check(phrase, &[], "kim", "> approved\nby whom", false);
        check(phrase, &[], "kim", "no objections, approved", true);
        check(phrase, &["lee"], "kim", "approved", false);
        check(nothing, &[], "kim", "approved", false);
        let bot = Comment { is_program: true, ..comment("kim", "approved") };
        assert!(!signs(&bot, &record, &SignOff::default()));
    }

    #[test]
    fn a_value_of_any_type_has_texts() {
        let check = |value: Json, expect: &[&str]| assert_eq!(texts(&value), expect, "{value}");
        check(json!("High "), &["High"]);
        check(json!({"id": "10", "value": "High", "child": {"value": "x"}}), &["High"]);
        check(json!([{"displayName": "Kim"}, {"displayName": "Lee"}]), &["Kim", "Lee"]);
        check(json!({"display_value": "3 - Low", "value": "3"}), &["3 - Low"]);
        check(
            json!({"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a b"}]}]}),
            &["a b"],
        );
        check(json!(5), &["5"]);
        check(json!(["", null, {}]), &[]);
    }

    #[test]
    fn a_field_counts_before_the_text_and_an_unreadable_one_is_told() {
        let mut told = Told::default();
        let text = "Risk: low\n\n## Steps\n\n```\nkubectl scale deploy/web --replicas=3\n```\n";
        let mut record = writing().record("OPS-1", "scale", text, &mut told).unwrap();
        assert_eq!(record.risk, Some(Risk::Low));
        assert_eq!(record.steps[0].commands[0].at, None);
        writing().set(&mut record, RecordField::Risk, &json!({"value": "High"}), &mut told);
        writing().set(&mut record, RecordField::ChangeType, &json!("whatever"), &mut told);
        writing().set(&mut record, RecordField::PlannedStart, &json!("2024-01-20T10:00:00.000+0900"), &mut told);
        writing().set(&mut record, RecordField::Rollback, &json!("kubectl scale deploy/web --replicas=1"), &mut told);
        assert_eq!((record.risk, record.change_type), (Some(Risk::High), None));
        assert_eq!(record.planned.unwrap().start, Some("2024-01-20T01:00:00Z".parse().unwrap()));
        assert_eq!(record.rollback[0].commands[0].text, "kubectl scale deploy/web --replicas=1");
        let told: Vec<_> =
            told.warnings.iter().map(|problem| (problem.scope.as_str(), problem.message.as_str())).collect();
        assert_eq!(told, [("jira OPS-1", "change_type has an unknown value; left out")]);
    }
}

//! A record as its file says it, before its words, times and people are understood: what all formats have in common.
//!
//! Knows no format and no git. A field that decides whether the record may explain anything (id, state, expiry) breaks
//! the record when it cannot be read. So does every field of a structured format, whose writer chose a schema; in
//! running text an unreadable value is left out with a warning.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::time::{Doubt, Edge, Moment, TimeError, clock_range, duration, moment};
use super::words::{Worded, filled, is_written};
use crate::model::{
    Approval, ApprovalForm, ChangeRecord, ChangeType, Location, Outcome, Problem, ProblemKind, Reason, RecordState,
    RecordStep, Risk, Scenario, Window,
};

/// The most characters of an id.
const MAX_ID_CHARS: usize = 100;

/// A value as it was written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) text: String,
    pub(super) at: Location,
    pub(super) origin: Origin,
}

/// What kind of text a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A field of YAML, JSON or front matter.
    Field,
    /// Running text.
    Prose,
}

/// A span of time as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SpanDraft {
    pub(super) start: Option<Quoted>,
    pub(super) end: Option<Quoted>,
    pub(super) duration: Option<Quoted>,
    /// The day, where the hours stand apart from it.
    pub(super) date: Option<Quoted>,
    /// The hour, or two of them with a dash.
    pub(super) time: Option<Quoted>,
}

/// An approval as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApprovalDraft {
    pub(super) who: Option<String>,
    pub(super) role: Option<String>,
    pub(super) when: Option<Quoted>,
    pub(super) form: ApprovalForm,
    pub(super) given: bool,
}

/// A record as it was written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) at: Location,
    pub(super) id: Quoted,
    pub(super) summary: Option<String>,
    pub(super) body: String,
    pub(super) change_type: Option<Quoted>,
    pub(super) risk: Option<Quoted>,
    pub(super) reason: Option<Quoted>,
    pub(super) state: Option<Quoted>,
    pub(super) environment: Option<String>,
    pub(super) requester: Option<String>,
    pub(super) implementer: Option<String>,
    /// Who is named to be at hand; taken for the implementer where nobody is named as such.
    pub(super) on_call: Option<String>,
    pub(super) approvals: Vec<ApprovalDraft>,
    pub(super) steps: Vec<RecordStep>,
    pub(super) rollback: Vec<RecordStep>,
    pub(super) selectors: Vec<String>,
    pub(super) planned: SpanDraft,
    pub(super) actual: SpanDraft,
    pub(super) outcome: Option<Quoted>,
    pub(super) incident: Option<String>,
    pub(super) review: Option<String>,
    pub(super) expires: Option<Quoted>,
    pub(super) scenario: Option<Quoted>,
    pub(super) expected_outcome: Option<String>,
    pub(super) notified: Vec<String>,
    pub(super) follow_ups: Vec<String>,
    pub(super) links: Vec<String>,
}

/// What reading told besides the records.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Why a record does not count.
    pub(super) problems: Vec<Problem>,
    /// What its writer should look at.
    pub(super) warnings: Vec<Problem>,
}

impl Told {
    pub(super) fn warn(&mut self, at: &Location, message: impl Into<String>, remedy: impl Into<String>) {
        self.warnings.push(about(at, message).remedy(remedy));
    }

    pub(super) fn problem(&mut self, at: &Location, message: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(about(at, message).remedy(remedy));
    }
}

/// A problem of a record at a place.
pub(super) fn about(at: &Location, message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Record, &*at.file, message).at(Some(at.clone()))
}

impl Draft {
    /// A record of which only the id is known.
    pub(super) fn new(id: Quoted) -> Self {
        Self {
            at: id.at.clone(),
            id,
            summary: None,
            body: String::new(),
            change_type: None,
            risk: None,
            reason: None,
            state: None,
            environment: None,
            requester: None,
            implementer: None,
            on_call: None,
            approvals: Vec::new(),
            steps: Vec::new(),
            rollback: Vec::new(),
            selectors: Vec::new(),
            planned: SpanDraft::default(),
            actual: SpanDraft::default(),
            outcome: None,
            incident: None,
            review: None,
            expires: None,
            scenario: None,
            expected_outcome: None,
            notified: Vec::new(),
            follow_ups: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Takes over what another text about the same record says and this one does not.
    pub(super) fn complete(&mut self, other: Self) {
        complete(&mut self.summary, other.summary);
        complete(&mut self.change_type, other.change_type);
        complete(&mut self.risk, other.risk);
        complete(&mut self.reason, other.reason);
        complete(&mut self.state, other.state);
        complete(&mut self.environment, other.environment);
        complete(&mut self.requester, other.requester);
        complete(&mut self.implementer, other.implementer);
        complete(&mut self.on_call, other.on_call);
        complete(&mut self.outcome, other.outcome);
        complete(&mut self.incident, other.incident);
        complete(&mut self.review, other.review);
        complete(&mut self.expires, other.expires);
        complete(&mut self.scenario, other.scenario);
        complete(&mut self.expected_outcome, other.expected_outcome);
        complete_default(&mut self.planned, other.planned);
        complete_default(&mut self.actual, other.actual);
        complete_default(&mut self.steps, other.steps);
        complete_default(&mut self.rollback, other.rollback);
        complete_default(&mut self.approvals, other.approvals);
        complete_default(&mut self.selectors, other.selectors);
    }

    /// The record, or the problems that keep it from counting.
    pub(super) fn finish(self, zone: &TimeZone, told: &mut Told) -> Option<ChangeRecord> {
        let mut reading = Reading { zone, told, is_broken: false };
        reading.id(&self.id);
        let (change_type, kind_as_reason) = reading.change_type(self.change_type.as_ref());
        let risk = reading.word::<Risk>(self.risk.as_ref(), "risk", Weight::Minor);
        // A reason in the writer's own words is kept with the text and is no mistake.
        let reason = self.reason.as_ref().and_then(|reason| Reason::of(&reason.text)).or(kind_as_reason);
        let approvals: Vec<Approval> = self.approvals.into_iter().map(|draft| reading.approval(draft)).collect();
        let state = match self.state.as_ref().filter(|state| is_written(&state.text)) {
            Some(_) => reading.word::<RecordState>(self.state.as_ref(), "state", Weight::Decisive),
            None => Some(state_by_approvals(&approvals)),
        };
        let scenario = reading.word::<Scenario>(self.scenario.as_ref(), "scenario", Weight::Minor);
        let outcome = reading.word::<Outcome>(self.outcome.as_ref(), "outcome", Weight::Minor).unwrap_or_default();
        let planned = reading.window(&self.planned);
        let actual = reading.window(&self.actual);
        let expires_at = reading.moment(self.expires.as_ref(), Edge::End, Weight::Decisive);
        let is_broken = reading.is_broken;
        let state = state.filter(|_| !is_broken)?;
        Some(ChangeRecord {
            at: Some(self.at),
            summary: self.summary.unwrap_or_default(),
            body: self.body,
            change_type,
            risk,
            reason,
            scenario,
            state,
            requester: self.requester,
            implementer: self.implementer.or(self.on_call),
            approvals,
            notified: self.notified,
            steps: self.steps,
            rollback: self.rollback,
            expected_outcome: self.expected_outcome,
            selectors: self.selectors,
            environment: self.environment,
            planned,
            actual,
            outcome,
            incident: self.incident,
            review: self.review,
            expires_at,
            follow_ups: self.follow_ups,
            links: self.links,
            ..ChangeRecord::new(self.id.text.trim(), "files")
        })
    }
}

/// Fills an empty place.
pub(super) fn complete<T>(place: &mut Option<T>, other: Option<T>) {
    if place.is_none() {
        *place = other;
    }
}

fn complete_default<T: Default + PartialEq>(place: &mut T, other: T) {
    if *place == T::default() {
        *place = other;
    }
}

/// The state of a record that names none: in review until every approval that it lists is given. So a record without
/// state and approvals is not approved.
fn state_by_approvals(approvals: &[Approval]) -> RecordState {
    let all_given = !approvals.is_empty() && approvals.iter().all(|approval| approval.given);
    if all_given { RecordState::Approved } else { RecordState::Review }
}

/// How much hangs on a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Whether the record may explain anything.
    Decisive,
    /// Less.
    Minor,
}

struct Reading<'a> {
    zone: &'a TimeZone,
    told: &'a mut Told,
    is_broken: bool,
}

impl Reading<'_> {
    /// Notes a value that cannot be read.
    fn unreadable(&mut self, value: &Quoted, weight: Weight, message: String, remedy: String) {
        if value.origin == Origin::Field || weight == Weight::Decisive {
            self.is_broken = true;
            self.told.problem(&value.at, message, remedy);
        } else {
            self.told.warn(&value.at, format!("{message}; left out"), remedy);
        }
    }

    fn id(&mut self, id: &Quoted) {
        let text = id.text.trim();
        let is_id = |c: char| c.is_ascii_alphanumeric() || "-_./#".contains(c);
        if text.is_empty() || text.len() > MAX_ID_CHARS || !text.chars().all(is_id) {
            let remedy = "an id has letters, digits and `-_./#`, at most 100 of them: `CR-2024-001`";
            self.unreadable(id, Weight::Decisive, "the id cannot be used".to_owned(), remedy.to_owned());
        }
    }

    fn word<T: Worded>(&mut self, value: Option<&Quoted>, field: &str, weight: Weight) -> Option<T> {
        let value = value.filter(|value| is_written(&value.text))?;
        let read = T::of(&value.text);
        if read.is_none() {
            let message = format!("{field} has an unknown value");
            self.unreadable(value, weight, message, format!("write one of {}", T::choices()));
        }
        read
    }

    /// The type, or the reason that some templates ask for under that name (`Bug Fix`, `Security Fix`).
    fn change_type(&mut self, value: Option<&Quoted>) -> (Option<ChangeType>, Option<Reason>) {
        match value.and_then(|value| Reason::of(&value.text)) {
            Some(reason) => (None, Some(reason)),
            None => (self.word(value, "type", Weight::Minor), None),
        }
    }

    fn approval(&mut self, draft: ApprovalDraft) -> Approval {
        let at = self.moment(draft.when.as_ref(), Edge::Start, Weight::Minor);
        Approval { given: draft.given && draft.who.is_some(), who: draft.who, role: draft.role, at, form: draft.form }
    }

    fn moment(&mut self, value: Option<&Quoted>, edge: Edge, weight: Weight) -> Option<Timestamp> {
        let value = value.filter(|value| filled(&value.text).is_some())?;
        match moment(&value.text, self.zone, edge) {
            Ok(Moment { at, doubt }) => {
                if let Some(doubt) = doubt {
                    self.told.warn(&value.at, doubt.to_string(), cure(doubt));
                }
                Some(at)
            }
            Err(error) => {
                self.unreadable(value, weight, error.to_string(), cure_of_error(error).to_owned());
                None
            }
        }
    }

    fn window(&mut self, span: &SpanDraft) -> Option<Window> {
        let (start, end) = with_date(span);
        let start = self.moment(start.as_ref().or(span.start.as_ref()), Edge::Start, Weight::Minor);
        let mut until = self.moment(end.as_ref().or(span.end.as_ref()), Edge::End, Weight::Minor);
        if let Some(value) = span.duration.as_ref().filter(|value| filled(&value.text).is_some()) {
            match (duration(&value.text), start) {
                (Ok(length), Some(start)) if until.is_none() => until = start.checked_add(length).ok(),
                (Ok(_), _) => {}
                (Err(error), _) => {
                    self.unreadable(value, Weight::Minor, error.to_string(), cure_of_error(error).to_owned());
                }
            }
        }
        if let (Some(from), Some(to)) = (start, until)
            && to < from
        {
            let value = span.end.as_ref().or(span.time.as_ref()).or(span.start.as_ref())?;
            let message = "the time span ends before it starts".to_owned();
            self.unreadable(value, Weight::Minor, message, "exchange the two ends".to_owned());
            return None;
        }
        (start.is_some() || until.is_some()).then_some(Window { start, end: until })
    }
}

/// Start and end of a span whose day and hours stand apart.
fn with_date(span: &SpanDraft) -> (Option<Quoted>, Option<Quoted>) {
    let Some(date) = span.date.as_ref().filter(|date| filled(&date.text).is_some()) else { return (None, None) };
    let on_day = |time: &Quoted, text: &str| {
        Some(Quoted { text: format!("{} {text}", date.text.trim()), at: time.at.clone(), origin: time.origin })
    };
    match span.time.as_ref().filter(|time| filled(&time.text).is_some()) {
        Some(time) => match clock_range(&time.text) {
            Some((from, to)) => (on_day(time, &from), on_day(time, &to)),
            None => (on_day(time, time.text.trim()), None),
        },
        None => (Some(date.clone()), span.duration.is_none().then(|| date.clone())),
    }
}

fn cure(doubt: Doubt) -> String {
    match doubt {
        Doubt::NoZone => "add the zone: `2024-01-20 10:00 Europe/Berlin` or `2024-01-20T10:00:00Z`".to_owned(),
        Doubt::Abbreviation(_, offset) => format!("write the offset `{offset}` or a zone like `America/New_York`"),
        Doubt::ClockChange => "write the time with its offset: `2024-10-27T02:30:00+01:00`".to_owned(),
    }
}

fn cure_of_error(error: TimeError) -> &'static str {
    match error {
        TimeError::Form | TimeError::Range => "write it as `2024-01-20T10:00:00Z` or `2024-01-20 10:00 Europe/Berlin`",
        TimeError::Zone | TimeError::AmbiguousZone => "write an offset like `+01:00` or a zone like `Europe/Berlin`",
        TimeError::Duration => "write it as `15 minutes`, `1h 30m` or `PT15M`, at most a year",
    }
}

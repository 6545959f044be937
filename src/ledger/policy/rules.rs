//! What breaks each rule, in a sentence that also says what would cure it.

use jiff::Timestamp;

use super::{ChangeTime, Field, People, Policy, Rule, RuleSettings};
use crate::model::{Approval, ApprovalForm, ChangeRecord, ChangeType, Outcome, RecordState};

/// A record and what it is judged by.
pub(super) struct Case<'a> {
    pub record: &'a ChangeRecord,
    /// When the change happened, if that is known.
    pub change: Option<ChangeTime>,
    /// Whether the change still stands as a drift.
    pub is_open: bool,
    pub policy: &'a Policy,
    pub people: &'a People,
    pub now: Timestamp,
}

/// A record without a type is held to the rules of a normal change.
pub(super) fn type_of(record: &ChangeRecord) -> ChangeType {
    record.change_type.unwrap_or(ChangeType::Normal)
}

/// What is wrong, if the rule is broken.
pub(super) fn check(rule: Rule, settings: &RuleSettings, case: &Case<'_>) -> Option<String> {
    match rule {
        Rule::NoApproval => no_approval(case),
        Rule::SelfApproved => self_approved(case),
        Rule::ImplementedBeforeApproval => implemented_before_approval(case),
        Rule::Late => late(settings, case),
        Rule::NoRollbackPlan => no_rollback_plan(case.record),
        Rule::OutsideWindow => outside_window(case),
        Rule::MissingField => missing_field(settings, case.record),
        Rule::NoReview => no_review(settings, case),
        Rule::NoIncidentLink => no_incident_link(case.record),
        Rule::NotCodified => not_codified(settings, case),
        // Only all drifts together show it; see `matching::over_broad`.
        Rule::OverBroad => None,
    }
}

fn given(record: &ChangeRecord) -> impl Iterator<Item = &Approval> {
    record.approvals.iter().filter(|approval| approval.given)
}

/// Who made the change, as the record says.
fn changer(record: &ChangeRecord) -> Option<&str> {
    record.implementer.as_deref().or(record.requester.as_deref())
}

fn no_approval(case: &Case<'_>) -> Option<String> {
    let record = case.record;
    if record.state == RecordState::Review {
        return Some("the record is still waiting for approval; let an approver decide and set its state".into());
    }
    let mut approvals = given(record).peekable();
    if approvals.peek().is_none() {
        let asked = record.approvals.iter().find_map(|approval| approval.role.as_deref().or(approval.who.as_deref()));
        let who = asked.map_or_else(|| "somebody other than the implementer".to_owned(), |who| format!("{who:?}"));
        return Some(format!("nobody approved the change; have {who} sign it with a name"));
    }
    let only_spoken = approvals.all(|approval| approval.form == ApprovalForm::Verbal);
    only_spoken.then(|| "the approval was only given by word of mouth; have it confirmed in writing".into())
}

fn self_approved(case: &Case<'_>) -> Option<String> {
    let changer = changer(case.record)?;
    let mut approvers = given(case.record).map(|approval| approval.who.as_deref()).peekable();
    approvers.peek()?;
    let only_self = approvers.all(|who| who.is_some_and(|who| case.people.are_same(who, changer)));
    let name = case.people.person(changer);
    only_self.then(|| format!("{name} made the change and alone approved it; have somebody else approve it too"))
}

fn implemented_before_approval(case: &Case<'_>) -> Option<String> {
    let change = case.change?;
    let first = given(case.record).filter_map(|approval| approval.at).min()?;
    let done = change.latest();
    (done < first).then(|| {
        format!("the change was made by {done} and first approved at {first}; ask for approval before, or record an emergency")
    })
}

fn late(settings: &RuleSettings, case: &Case<'_>) -> Option<String> {
    let within = settings.within.unwrap_or(case.policy.record_within);
    let change = case.change?.latest();
    // What no commit holds yet is recorded now at the earliest.
    let recorded = case.record.recorded_at.unwrap_or(case.now);
    let delay = recorded.duration_since(change);
    (delay > within.duration()).then(|| {
        let verb = if case.record.recorded_at.is_some() { "was recorded" } else { "is still not committed" };
        format!(
            "the change of {change} {verb} {delay:#} later, {within} are allowed; record changes when they are made"
        )
    })
}

fn no_rollback_plan(record: &ChangeRecord) -> Option<String> {
    let has_plan = record.rollback.iter().any(|step| !step.commands.is_empty() || !step.text.trim().is_empty());
    (!has_plan).then(|| "the record does not say how to take the change back; add the commands under `rollback`".into())
}

fn outside_window(case: &Case<'_>) -> Option<String> {
    let planned = case.record.planned?;
    let change = case.change?;
    let before = planned.start.is_some_and(|start| change.latest() < start);
    let after = planned.end.zip(change.earliest()).is_some_and(|(end, earliest)| earliest > end);
    let bound = |bound: Option<Timestamp>| bound.map_or_else(|| "open".to_owned(), |bound| format!("{bound:.0}"));
    (before || after).then(|| {
        let at = if before { change.latest() } else { change.earliest().unwrap_or(change.latest()) };
        let (start, end) = (bound(planned.start), bound(planned.end));
        format!("the change was made at {at:.0}, outside its window {start} to {end}; have the window moved before")
    })
}

fn missing_field(settings: &RuleSettings, record: &ChangeRecord) -> Option<String> {
    let missing: Vec<&str> = settings.fields.iter().filter_map(|field| missing_name(*field, record)).collect();
    (!missing.is_empty()).then(|| format!("the record does not say {}; add it", missing.join(", ")))
}

/// What is missing, in words; `None` if it is there or not to be expected yet.
fn missing_name(field: Field, record: &ChangeRecord) -> Option<&'static str> {
    let is_done = matches!(record.state, RecordState::Implemented | RecordState::Closed);
    let is_blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    let has_steps = record.steps.iter().any(|step| !step.commands.is_empty() || !step.text.trim().is_empty());
    let (is_missing, name) = match field {
        Field::Summary => (record.summary.trim().is_empty(), "what it is about (`summary`)"),
        Field::Risk => (record.risk.is_none(), "how risky it is (`risk`)"),
        Field::Reason => (record.reason.is_none(), "why (`reason`)"),
        Field::Requester => (is_blank(&record.requester), "who asked for it (`requester`)"),
        Field::Implementer => (is_blank(&record.implementer), "who made it (`implementer`)"),
        Field::Steps => (!has_steps, "what was done (`steps`)"),
        Field::Resources => (record.selectors.is_empty(), "what it touches (`resources`)"),
        Field::Environment => (is_blank(&record.environment), "in which environment (`environment`)"),
        Field::Time => (record.planned.is_none() && record.actual.is_none(), "when (`planned` or `actual`)"),
        Field::Outcome => (is_done && record.outcome == Outcome::Unknown, "how it ended (`outcome`)"),
    };
    is_missing.then_some(name)
}

fn no_review(settings: &RuleSettings, case: &Case<'_>) -> Option<String> {
    let since = case.change.map(ChangeTime::latest).or(case.record.recorded_at)?;
    let age = case.now.duration_since(since);
    let is_due = settings.within.is_none_or(|within| age > within.duration());
    (case.record.review.is_none() && is_due)
        .then(|| format!("the emergency change of {since} was not reviewed; hold a review and link it under `review`"))
}

fn no_incident_link(record: &ChangeRecord) -> Option<String> {
    record.incident.is_none().then(|| "the emergency change names no incident; add it under `incident`".into())
}

fn not_codified(settings: &RuleSettings, case: &Case<'_>) -> Option<String> {
    let since = case.change.filter(|_| case.is_open)?.latest();
    let within = settings.within?;
    let is_due = case.now.duration_since(since) > within.duration();
    is_due.then(|| format!("the change of {since} is not in the repository after {within}; commit it, or take it back"))
}

//! Change records from Jira: issues of Jira Cloud and of Jira Data Center, with their comments and the changes of their
//! status.
//!
//! Facts: Atlassian's OpenAPI document of the platform REST API v3, "Rate limiting", and the documentation of the REST
//! API of Jira Data Center; the guide's list of traps. Search in Jira Cloud tells no total and, unless asked, nothing but
//! ids; a time in JQL is read in the zone of the user who asks, to the minute; issues are ordered by when they were made,
//! because in an order by changes they would jump from page to page.

#[cfg(feature = "http")]
mod fetch;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::files::words::Worded;
use super::prose::{Markup, normalised};
use super::source::compose::{
    Comment, Writing, add_new, asked, configured, given, list_at, state_by_approvals, text_at, texts,
};
#[cfg(feature = "http")]
use super::source::{Pass, http::Http};
use super::source::{Service, Told};
use crate::config::{Api, Jira, JiraEdition, RecordField};
use crate::model::{ApprovalForm, ChangeRecord, ChangeType, Outcome, RecordState, Window};

/// The names that fields have where nothing else is configured: those of Jira Service Management's change projects.
const FIELD_NAMES: &[(RecordField, &[&str])] = &[
    (RecordField::ChangeType, &["Change type"]),
    (RecordField::Risk, &["Change risk", "Risk"]),
    (RecordField::Reason, &["Change reason"]),
    (RecordField::Scenario, &["Emergency scenario"]),
    (RecordField::Environment, &["Target environment"]),
    (RecordField::Implementer, &["Implementer"]),
    (RecordField::Approvals, &["Approvals", "Approvers"]),
    (RecordField::Notified, &["Notified"]),
    (RecordField::Resources, &["Affected services", "Affected resources"]),
    (RecordField::Steps, &["Implementation plan"]),
    (RecordField::Rollback, &["Backout plan", "Rollback plan"]),
    (RecordField::ExpectedOutcome, &["Expected outcome"]),
    (RecordField::Outcome, &["Change outcome", "Outcome"]),
    (RecordField::PlannedStart, &["Change start date", "Planned start"]),
    (RecordField::PlannedEnd, &["Change completion date", "Planned end"]),
    (RecordField::ActualStart, &["Actual start"]),
    (RecordField::ActualEnd, &["Actual end"]),
    (RecordField::Incident, &["Incident"]),
    (RecordField::Review, &["Post-incident review"]),
    (RecordField::Expires, &["Expires"]),
];

/// What statuses of Jira's own workflows mean. `None`: what was agreed to decides.
const STATES: &[(&str, Option<RecordState>)] = &[
    ("to_do", None),
    ("todo", None),
    ("open", None),
    ("reopened", None),
    ("selected_for_development", None),
    ("backlog", Some(RecordState::Draft)),
    ("planning", Some(RecordState::Draft)),
    ("awaiting_approval", Some(RecordState::Review)),
    ("waiting_for_approval", Some(RecordState::Review)),
    ("under_review", Some(RecordState::Review)),
    ("peer_review", Some(RecordState::Review)),
    ("peer_review_change_manager_approval", Some(RecordState::Review)),
    ("awaiting_cab_approval", Some(RecordState::Review)),
    ("awaiting_implementation", Some(RecordState::Scheduled)),
    ("work_in_progress", Some(RecordState::Implementing)),
    ("in_review", Some(RecordState::Implemented)),
    ("resolved", Some(RecordState::Closed)),
    ("done", Some(RecordState::Closed)),
    ("completed", Some(RecordState::Closed)),
    ("failed", Some(RecordState::Closed)),
    ("rolled_back", Some(RecordState::Closed)),
];

/// Resolutions of issues that ended without the change.
const WITHOUT_CHANGE: &[(&str, RecordState)] = &[
    ("won_t_do", RecordState::Cancelled),
    ("won_t_fix", RecordState::Cancelled),
    ("duplicate", RecordState::Cancelled),
    ("cancelled", RecordState::Cancelled),
    ("canceled", RecordState::Cancelled),
    ("withdrawn", RecordState::Cancelled),
    ("cannot_reproduce", RecordState::Cancelled),
    ("incomplete", RecordState::Cancelled),
    ("not_a_bug", RecordState::Cancelled),
    ("declined", RecordState::Rejected),
    ("rejected", RecordState::Rejected),
];

/// Where an issue stands, as far as its status tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Is(RecordState),
    /// What was agreed to decides.
    Open,
}

static UTC: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::UTC);

impl Service for Jira {
    fn name(&self) -> &'static str {
        "jira"
    }

    fn api(&self) -> &Api {
        &self.api
    }

    fn history_days(&self) -> u32 {
        self.history_days
    }

    fn selection(&self) -> Json {
        json!([self.edition, self.jql, self.fields, self.history_days])
    }

    #[cfg(feature = "http")]
    fn page<'a>(&'a self, http: &'a Http, pass: &'a Pass) -> super::source::Answer<'a> {
        Box::pin(fetch::page(self, http, pass))
    }

    fn record(&self, body: &Json, told: &mut Told) -> Option<ChangeRecord> {
        let writing = Writing {
            source: "jira",
            markup: match self.edition {
                // Version 3 of the API has documents where texts are marked up; what is left is plain.
                JiraEdition::Cloud => Markup::Plain,
                JiraEdition::DataCenter => Markup::JiraWiki,
            },
            zone: TimeZone::get(&self.time_zone).unwrap_or_else(|_| UTC.clone()),
        };
        let key = text_at(body, "/key")?;
        let fields = body.get("fields")?;
        let summary = text_at(fields, "/summary").unwrap_or_default();
        let description = writing.markdown(fields.get("description").unwrap_or(&Json::Null));
        let mut record = writing.record(key, summary, &description, told)?;
        record.url = Some(format!("{}/browse/{key}", (self as &dyn Service).url()));
        record.recorded_at = text_at(fields, "/created").and_then(|text| writing.time(text));
        record.requester = fields.get("reporter").and_then(person).or(record.requester);
        record.implementer = fields.get("assignee").and_then(person).or(record.implementer);
        let issue_type = text_at(fields, "/issuetype/name").unwrap_or_default();
        record.change_type = ChangeType::of(issue_type).or(record.change_type);
        add_new(&mut record.selectors, list_at(fields, "/components").iter().filter_map(|part| text_at(part, "/name")));
        self.set_fields(&mut record, body, &writing, told);
        links(&mut record, fields);
        let comments: Vec<_> = list_at(body, "/comments").iter().map(|found| comment(found, &writing)).collect();
        writing.add_comments(&mut record, &comments, &self.sign_off);
        self.set_state(&mut record, body, &writing);
        Some(record)
    }
}

impl Jira {
    fn set_fields(&self, record: &mut ChangeRecord, body: &Json, writing: &Writing, told: &mut Told) {
        for (field, _) in FIELD_NAMES {
            let Some(value) = body.pointer(&format!("/values/{}", field.as_str())) else { continue };
            match field {
                RecordField::Approvals => record.approvals.extend(approvals(value, writing)),
                RecordField::Implementer => record.implementer = person(value).or(record.implementer.take()),
                field => writing.set(record, *field, value, told),
            }
        }
    }

    /// The state, how it ended, when it was carried out and who moved it to where it was agreed to.
    fn set_state(&self, record: &mut ChangeRecord, body: &Json, writing: &Writing) {
        let mut moves: Vec<Move> =
            list_at(body, "/moves").iter().filter_map(|found| self.moved(found, writing)).collect();
        moves.sort_by_key(|moved| moved.at);
        for moved in moves.iter().filter(|moved| moved.to == Status::Is(RecordState::Approved)) {
            record.approvals.push(given(moved.by.clone(), Some(moved.at), ApprovalForm::Field));
        }
        let name = text_at(body, "/fields/status/name").unwrap_or_default();
        let category = text_at(body, "/fields/status/statusCategory/key").unwrap_or_default();
        record.state = match self.status(name, category) {
            Status::Is(state) => state,
            Status::Open => state_by_approvals(&record.approvals),
        };
        let resolution = text_at(body, "/fields/resolution/name").unwrap_or_default();
        let without = WITHOUT_CHANGE.iter().find(|(word, _)| *word == normalised(resolution));
        if let Some((_, state)) = without.filter(|_| record.state.can_explain()) {
            record.state = *state;
        }
        if record.outcome == Outcome::Unknown {
            let told = [name, resolution].into_iter().find_map(Outcome::of);
            record.outcome = told.filter(|outcome| *outcome != Outcome::Success).unwrap_or_default();
        }
        if record.actual.is_none() && record.planned.is_some() {
            record.actual = carried_out(&moves);
        }
    }

    fn status(&self, name: &str, category: &str) -> Status {
        if let Some(state) = configured(&self.states, name) {
            return Status::Is(state);
        }
        let word = normalised(name);
        let known = STATES.iter().find(|(own, _)| *own == word).map(|(_, state)| *state);
        match known.or_else(|| RecordState::of(name).map(Some)) {
            Some(Some(state)) => Status::Is(state),
            Some(None) => Status::Open,
            None => match category {
                "done" => Status::Is(RecordState::Closed),
                "indeterminate" => Status::Is(RecordState::Implementing),
                _ => Status::Open,
            },
        }
    }

    fn moved(&self, found: &Json, writing: &Writing) -> Option<Move> {
        Some(Move {
            at: writing.time(text_at(found, "/created")?)?,
            by: found.get("author").and_then(person),
            to: self.status(text_at(found, "/to")?, ""),
        })
    }
}

/// A change of the status.
struct Move {
    at: Timestamp,
    by: Option<String>,
    to: Status,
}

/// When a change that was planned was carried out, by the moves of its issue. An issue that was written afterwards is
/// moved through its workflow afterwards too, which is why this holds for planned ones alone.
fn carried_out(moves: &[Move]) -> Option<Window> {
    let begins = |moved: &&Move| moved.to == Status::Is(RecordState::Implementing);
    let ends = |moved: &&Move| matches!(moved.to, Status::Is(RecordState::Implemented | RecordState::Closed));
    let start = moves.iter().find(begins)?.at;
    let end = moves.iter().filter(|moved| moved.at >= start).find(ends).map(|moved| moved.at);
    Some(Window { start: Some(start), end })
}

/// Somebody, under the name that says most: the mail address, which other systems know too, or else the name shown.
fn person(user: &Json) -> Option<String> {
    names(user).into_iter().next()
}

fn names(user: &Json) -> Vec<String> {
    let own = ["/emailAddress", "/displayName", "/name", "/key", "/accountId"];
    let named: Vec<String> = own.iter().filter_map(|path| text_at(user, path)).map(str::to_owned).collect();
    if named.is_empty() { texts(user) } else { named }
}

fn comment(found: &Json, writing: &Writing) -> Comment {
    let author = found.get("author").unwrap_or(&Json::Null);
    Comment {
        author: person(author),
        names: names(author),
        is_program: text_at(author, "/accountType") == Some("app"),
        at: text_at(found, "/created").and_then(|text| writing.time(text)),
        text: writing.markdown(found.get("body").unwrap_or(&Json::Null)),
    }
}

/// The approvals of Jira Service Management, with the decision of each person, or a plain list of people, who were asked.
fn approvals(value: &Json, writing: &Writing) -> Vec<crate::model::Approval> {
    let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let mut found = Vec::new();
    for approval in all {
        if approval.get("approvers").is_none() {
            found.extend(person(approval).map(asked));
            continue;
        }
        let at = text_at(approval, "/completedDate/iso8601").and_then(|text| writing.time(text));
        for one in list_at(approval, "/approvers") {
            let who = one.get("approver").and_then(person);
            let role = text_at(approval, "/name").map(str::to_owned);
            let agreed = text_at(one, "/approverDecision") == Some("approved");
            let approval = if agreed {
                given(who, at, ApprovalForm::Field)
            } else {
                match who {
                    Some(who) => asked(who),
                    None => continue,
                }
            };
            found.push(crate::model::Approval { role, ..approval });
        }
    }
    found
}

/// The issues that an issue is linked with: those of incidents and reviews for what they are, the others by key.
fn links(record: &mut ChangeRecord, fields: &Json) {
    for link in list_at(fields, "/issuelinks") {
        let Some(other) = link.get("outwardIssue").or_else(|| link.get("inwardIssue")) else { continue };
        let Some(key) = text_at(other, "/key") else { continue };
        let kind = normalised(text_at(other, "/fields/issuetype/name").unwrap_or_default());
        if kind.contains("review") || kind.contains("postmortem") || kind.contains("post_mortem") {
            record.review.get_or_insert_with(|| key.to_owned());
        } else if kind.contains("incident") {
            record.incident.get_or_insert_with(|| key.to_owned());
        }
        add_new(&mut record.links, [key]);
    }
}

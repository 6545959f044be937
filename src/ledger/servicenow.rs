//! Change records from ServiceNow: change requests with their approvals and tasks, by the Table API.
//!
//! Facts: ServiceNow's documentation of the Table API, of the states of changes and of their types; the guide's list of
//! traps. A condition on a field that an instance does not know is passed over in silence and all rows come back, so that
//! what comes back is held against what was asked. A time in a query that stands there as text is in UTC ("SOAP web
//! service and time zones", ServiceNow community); of a field's two values, the one to show is in the zone and language
//! of the user.

#[cfg(feature = "http")]
mod fetch;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::files::words::Worded;
use super::prose::{Markup, normalised};
use super::source::compose::{Comment, Writing, add_new, asked, configured, given, list_at, state_by_approvals};
#[cfg(feature = "http")]
use super::source::{Pass, http::Http};
use super::source::{Service, Told};
use crate::config::{Api, RecordField, ServiceNow};
use crate::model::{Approval, ApprovalForm, ChangeRecord, ChangeType, Outcome, RecordState, Risk};

/// What the states of change requests mean as they are shipped. `Review` comes after the change there.
const STATES: &[(&str, RecordState)] = &[
    ("new", RecordState::Draft),
    ("assess", RecordState::Review),
    ("authorize", RecordState::Review),
    ("scheduled", RecordState::Scheduled),
    ("implement", RecordState::Implementing),
    ("review", RecordState::Implemented),
    ("closed", RecordState::Closed),
    ("canceled", RecordState::Cancelled),
    ("cancelled", RecordState::Cancelled),
];

/// The fields that hold a fact of a record on every instance.
const FIELDS: &[(RecordField, &str)] = &[
    (RecordField::PlannedStart, "start_date"),
    (RecordField::PlannedEnd, "end_date"),
    (RecordField::ActualStart, "work_start"),
    (RecordField::ActualEnd, "work_end"),
    (RecordField::Implementer, "assigned_to"),
    (RecordField::Steps, "implementation_plan"),
    (RecordField::Rollback, "backout_plan"),
];

/// The fields of which a record's text is made.
const TEXTS: [&str; 5] = ["description", "justification", "risk_impact_analysis", "close_notes", "review_comments"];
/// The fields that name what a change touches.
const SELECTORS: [&str; 3] = ["cmdb_ci", "business_service", "service_offering"];

impl Service for ServiceNow {
    fn name(&self) -> &'static str {
        "servicenow"
    }

    fn api(&self) -> &Api {
        &self.api
    }

    fn history_days(&self) -> u32 {
        self.history_days
    }

    fn selection(&self) -> Json {
        json!([self.query, self.fields, self.history_days])
    }

    #[cfg(feature = "http")]
    fn page<'a>(&'a self, http: &'a Http, pass: &'a Pass) -> super::source::Answer<'a> {
        Box::pin(fetch::page(self, http, pass))
    }

    fn record(&self, body: &Json, told: &mut Told) -> Option<ChangeRecord> {
        // Dates of the service are in UTC; those in its texts are in the zone of whoever wrote them.
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let writing = Writing { source: "servicenow", markup: Markup::Plain, zone };
        let utc = Writing { zone: TimeZone::UTC, ..writing.clone() };
        let change = body.get("change")?;
        let number = shown(change, "number")?;
        let text: Vec<String> = TEXTS.iter().filter_map(|name| shown(change, name)).collect();
        let text = writing.markdown(&Json::String(text.join("\n\n")));
        let summary = shown(change, "short_description").unwrap_or_default();
        let mut record = writing.record(&number, &summary, &text, told)?;
        let id = value(change, "sys_id").unwrap_or_default();
        let url = (self as &dyn Service).url();
        record.url = Some(format!("{url}/nav_to.do?uri=change_request.do%3Fsys_id%3D{id}"));
        record.recorded_at = value(change, "sys_created_on").and_then(|text| utc.time(&text));
        record.requester = shown(change, "requested_by").or(record.requester);
        record.change_type = value(change, "type").and_then(|word| ChangeType::of(&word)).or(record.change_type);
        record.risk = shown(change, "risk").and_then(|word| risk(&word)).or(record.risk);
        record.outcome = shown(change, "close_code").and_then(|word| Outcome::of(&word)).unwrap_or(record.outcome);
        let touched: Vec<String> = SELECTORS.iter().filter_map(|name| shown(change, name)).collect();
        add_new(&mut record.selectors, touched.iter().map(String::as_str));
        for (field, name) in FIELDS {
            let told_value = match field {
                RecordField::PlannedStart
                | RecordField::PlannedEnd
                | RecordField::ActualStart
                | RecordField::ActualEnd => value(change, name),
                _ => shown(change, name),
            };
            if let Some(text) = told_value {
                utc.set(&mut record, *field, &Json::String(text), told);
            }
        }
        for (field, name) in &self.fields {
            if let Some(text) = shown(change, name) {
                writing.set(&mut record, *field, &Json::String(text), told);
            }
        }
        links(&mut record, change);
        writing.add_comments(&mut record, &self.notes(body, change, &writing), &Default::default());
        record.approvals.extend(list_at(body, "/approvals").iter().filter_map(|approval| agreed(approval, &utc)));
        record.state = self.state(&record, change);
        Some(record)
    }
}

impl ServiceNow {
    /// The journal of a change, and what its tasks say was done.
    fn notes(&self, body: &Json, change: &Json, writing: &Writing) -> Vec<Comment> {
        let tasks = list_at(body, "/tasks").iter();
        let of_tasks = tasks.flat_map(|task| {
            ["short_description", "description", "work_notes", "close_notes"].map(|name| shown(task, name))
        });
        let texts = std::iter::once(shown(change, "work_notes")).chain(of_tasks).flatten();
        let note = |text: String| Comment { text: writing.markdown(&Json::String(text)), ..Comment::default() };
        texts.map(note).collect()
    }

    fn state(&self, record: &ChangeRecord, change: &Json) -> RecordState {
        let name = shown(change, "state").unwrap_or_default();
        let word = normalised(&name);
        let shipped = || STATES.iter().find(|(own, _)| *own == word).map(|(_, state)| *state);
        let approval = value(change, "approval").map(|word| normalised(&word)).unwrap_or_default();
        let state = configured(&self.states, &name).or_else(shipped).or_else(|| RecordState::of(&name));
        let state = state.unwrap_or_else(|| match approval.as_str() {
            "approved" => RecordState::Approved,
            _ => state_by_approvals(&record.approvals),
        });
        let is_on_hold = value(change, "on_hold").as_deref() == Some("true");
        match state {
            state if approval == "rejected" && state.can_explain() => RecordState::Rejected,
            RecordState::Review | RecordState::Approved | RecordState::Scheduled if is_on_hold => RecordState::Deferred,
            state => state,
        }
    }
}

/// A field's value: of two, the one that does not depend on who asks.
fn value(row: &Json, name: &str) -> Option<String> {
    part(row, name, "value")
}

/// A field as it is shown.
fn shown(row: &Json, name: &str) -> Option<String> {
    part(row, name, "display_value").or_else(|| part(row, name, "value"))
}

fn part(row: &Json, name: &str, part: &str) -> Option<String> {
    let field = row.get(name)?;
    let text = match field.get(part).unwrap_or(field) {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// `3 - Moderate` and `Moderate`: some lists show the number as well, and numbers mean other things on other instances.
fn risk(shown: &str) -> Option<Risk> {
    let word = shown.rsplit(" - ").next().unwrap_or(shown);
    Risk::of(word)
}

fn agreed(approval: &Json, utc: &Writing) -> Option<Approval> {
    let who = shown(approval, "approver")?;
    Some(match value(approval, "state").unwrap_or_default().as_str() {
        "approved" => {
            let at = value(approval, "sys_updated_on").and_then(|text| utc.time(&text));
            given(Some(who), at, ApprovalForm::Field)
        }
        "requested" | "rejected" => asked(who),
        _ => return None,
    })
}

/// The records that a change is part of, or was written for.
fn links(record: &mut ChangeRecord, change: &Json) {
    for name in ["parent", "correlation_id"] {
        let Some(other) = shown(change, name) else { continue };
        if other.to_uppercase().starts_with("INC") {
            record.incident.get_or_insert_with(|| other.clone());
        }
        add_new(&mut record.links, [other.as_str()]);
    }
    if shown(change, "review_comments").is_some() {
        record.review = record.review.take().or_else(|| record.url.clone());
    }
}

//! Change records from incident.io: incidents, with their updates and their post-mortems.
//!
//! Facts: incident.io's OpenAPI document. What was done and why stands in updates, summary, custom fields and the
//! post-mortem; notes of the timeline have no API.

#[cfg(feature = "http")]
mod fetch;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::prose::{Markup, normalised};
use super::source::compose::{Comment, Writing, add_new, configured, first_said, list_at, text_at, texts};
#[cfg(feature = "http")]
use super::source::{Pass, http::Http};
use super::source::{Service, Told};
use crate::config::{Api, IncidentIo};
use crate::model::{ChangeRecord, ChangeType, RecordKind, RecordState, Window};

/// What the categories of statuses mean.
const CATEGORIES: &[(&str, RecordState)] = &[
    ("triage", RecordState::Review),
    ("live", RecordState::Implementing),
    ("paused", RecordState::Implementing),
    ("learning", RecordState::Closed),
    ("closed", RecordState::Closed),
    ("declined", RecordState::Cancelled),
    ("merged", RecordState::Cancelled),
    ("canceled", RecordState::Cancelled),
];

/// Timestamps of an incident that tell when it began and when it was over, the first that is set.
const BEGINS: [&str; 4] = ["impact_started", "started_at", "reported_at", "declared_at"];
const ENDS: [&str; 4] = ["fixed_at", "resolved_at", "impact_ended", "closed_at"];

impl Service for IncidentIo {
    fn name(&self) -> &'static str {
        "incident_io"
    }

    fn api(&self) -> &Api {
        &self.api
    }

    fn public_url(&self) -> Option<&'static str> {
        Some("https://api.incident.io")
    }

    fn history_days(&self) -> u32 {
        self.history_days
    }

    fn selection(&self) -> Json {
        json!([self.history_days])
    }

    #[cfg(feature = "http")]
    fn page<'a>(&'a self, http: &'a Http, pass: &'a Pass) -> super::source::Answer<'a> {
        Box::pin(fetch::page(http, pass))
    }

    fn record(&self, body: &Json, told: &mut Told) -> Option<ChangeRecord> {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let writing = Writing { source: "incident_io", markup: Markup::Markdown, zone };
        let incident = body.get("incident")?;
        let id = text_at(incident, "/reference")?;
        let text = text_at(incident, "/summary").unwrap_or_default();
        let mut record = writing.record(id, text_at(incident, "/name").unwrap_or_default(), text, told)?;
        record.kind = RecordKind::Incident;
        record.change_type = Some(ChangeType::Emergency);
        record.incident = Some(id.to_owned());
        record.url = text_at(incident, "/permalink").map(str::to_owned);
        record.requester = incident.pointer("/creator/user").and_then(person);
        record.implementer = lead(incident).or(record.implementer);
        record.review = text_at(incident, "/postmortem_document_url").map(str::to_owned).or(record.review);
        for pointer in ["/external_issue_reference/issue_name", "/external_issue_reference/issue_permalink"] {
            add_new(&mut record.links, text_at(incident, pointer));
        }
        self.set_fields(&mut record, incident, &writing, told);
        let updates: Vec<Comment> = list_at(body, "/updates").iter().map(|update| said(update, &writing)).collect();
        record.recorded_at =
            first_said(&updates).or(text_at(incident, "/created_at").and_then(|text| writing.time(text)));
        writing.add_comments(&mut record, &updates, &self.sign_off);
        if let Some(text) = text_at(body, "/postmortem") {
            let written = Comment { text: text.to_owned(), ..Comment::default() };
            writing.add_comments(&mut record, &[written], &self.sign_off);
            record.review.get_or_insert_with(|| record.url.clone().unwrap_or_default());
        }
        record.actual = record.actual.or(window(incident, &writing));
        let name = text_at(incident, "/incident_status/name").unwrap_or_default();
        let category = normalised(text_at(incident, "/incident_status/category").unwrap_or_default());
        let known = CATEGORIES.iter().find(|(own, _)| *own == category).map(|(_, state)| *state);
        record.state = configured(&self.states, name).or(known).unwrap_or(RecordState::Review);
        Some(record)
    }
}

impl IncidentIo {
    /// What custom fields say: those that the configuration names, and any other as text.
    fn set_fields(&self, record: &mut ChangeRecord, incident: &Json, writing: &Writing, told: &mut Told) {
        for entry in list_at(incident, "/custom_field_entries") {
            let Some(name) = text_at(entry, "/custom_field/name") else { continue };
            let values: Vec<String> = list_at(entry, "/values").iter().flat_map(one_value).collect();
            let is =
                |own: &str| own.trim().eq_ignore_ascii_case(name) || text_at(entry, "/custom_field/id") == Some(own);
            match self.fields.iter().find(|(_, own)| is(own)) {
                Some((field, _)) => writing.set(record, *field, &json!(values), told),
                None if !values.is_empty() => {
                    let note = Comment { text: values.join("\n"), ..Comment::default() };
                    writing.add_comments(record, &[note], &self.sign_off);
                }
                None => {}
            }
        }
    }
}

/// The value of a custom field, in whichever member its type has it.
fn one_value(value: &Json) -> Vec<String> {
    let members =
        ["value_text", "value_link", "value_numeric", "value_timestamp", "value_option", "value_catalog_entry"];
    members.iter().find_map(|name| value.get(*name).filter(|value| !value.is_null())).map(texts).unwrap_or_default()
}

fn person(user: &Json) -> Option<String> {
    names(user).into_iter().next()
}

fn names(user: &Json) -> Vec<String> {
    ["/email", "/name", "/slack_user_id", "/id"]
        .iter()
        .filter_map(|path| text_at(user, path))
        .map(str::to_owned)
        .collect()
}

/// Who leads an incident, who is answerable for what is done in its course.
fn lead(incident: &Json) -> Option<String> {
    let roles = list_at(incident, "/incident_role_assignments").iter();
    let mut leads = roles.filter(|role| text_at(role, "/role/role_type") == Some("lead"));
    leads.find_map(|role| role.get("assignee").and_then(person))
}

fn said(update: &Json, writing: &Writing) -> Comment {
    let user = update.pointer("/updater/user").unwrap_or(&Json::Null);
    Comment {
        author: person(user),
        names: names(user),
        is_program: user.is_null(),
        at: text_at(update, "/created_at").and_then(|text| writing.time(text)),
        text: text_at(update, "/message").unwrap_or_default().to_owned(),
    }
}

/// When it began and when it was over, by its timestamps.
fn window(incident: &Json, writing: &Writing) -> Option<Window> {
    let told = |wanted: &[&str]| {
        wanted.iter().find_map(|name| {
            let mut all = list_at(incident, "/incident_timestamp_values").iter();
            let found =
                all.find(|one| text_at(one, "/incident_timestamp/name").is_some_and(|own| normalised(own) == *name))?;
            writing.time(text_at(found, "/value/value")?)
        })
    };
    let start = told(&BEGINS).or(text_at(incident, "/created_at").and_then(|text| writing.time(text)));
    start.map(|start| Window { start: Some(start), end: told(&ENDS).filter(|end| *end >= start) })
}

//! Change records from PagerDuty: incidents, with the notes on them.
//!
//! Facts: PagerDuty's OpenAPI document. No list of incidents is filtered by change: what changed since is told by the log
//! entries, notes among them. A range of time is at most six months long.

#[cfg(feature = "http")]
mod fetch;
#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::prose::Markup;
use super::source::compose::{Comment, Writing, add_new, first_said, list_at, text_at};
#[cfg(feature = "http")]
use super::source::{Pass, http::Http};
use super::source::{Service, Told};
use crate::config::{Api, PagerDuty};
use crate::model::{ChangeRecord, ChangeType, RecordKind, RecordState, Window};

impl Service for PagerDuty {
    fn name(&self) -> &'static str {
        "pagerduty"
    }

    fn api(&self) -> &Api {
        &self.api
    }

    fn public_url(&self) -> Option<&'static str> {
        Some("https://api.pagerduty.com")
    }

    fn authorization(&self, _: Option<&str>, token: &str) -> String {
        format!("Token token={token}")
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("accept", "application/vnd.pagerduty+json;version=2")]
    }

    fn history_days(&self) -> u32 {
        self.history_days
    }

    fn selection(&self) -> Json {
        json!([self.services, self.history_days])
    }

    #[cfg(feature = "http")]
    fn page<'a>(&'a self, http: &'a Http, pass: &'a Pass) -> super::source::Answer<'a> {
        Box::pin(fetch::page(self, http, pass))
    }

    fn record(&self, body: &Json, told: &mut Told) -> Option<ChangeRecord> {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let writing = Writing { source: "pagerduty", markup: Markup::Markdown, zone };
        let incident = body.get("incident")?;
        let id = text_at(incident, "/id")?;
        let time = |pointer: &str| text_at(incident, pointer).and_then(|text| writing.time(text));
        let text = text_at(incident, "/body/details").or(text_at(incident, "/description")).unwrap_or_default();
        let mut record = writing.record(id, text_at(incident, "/title").unwrap_or_default(), text, told)?;
        record.kind = RecordKind::Incident;
        record.change_type = Some(ChangeType::Emergency);
        record.incident = Some(id.to_owned());
        record.url = text_at(incident, "/html_url").map(str::to_owned);
        record.implementer =
            text_at(incident, "/assignments/0/assignee/summary").map(str::to_owned).or(record.implementer);
        add_new(&mut record.selectors, text_at(incident, "/service/summary"));
        let is_over = text_at(incident, "/status") == Some("resolved");
        record.state = if is_over { RecordState::Closed } else { RecordState::Implementing };
        let notes: Vec<Comment> = list_at(body, "/notes").iter().map(|note| said(note, &writing)).collect();
        record.recorded_at = first_said(&notes).or(time("/created_at"));
        writing.add_comments(&mut record, &notes, &self.sign_off);
        let resolved = time("/resolved_at").or(time("/last_status_change_at")).filter(|_| is_over);
        let window = time("/created_at").map(|start| Window { start: Some(start), end: resolved });
        record.actual = record.actual.or(window);
        Some(record)
    }
}

fn said(note: &Json, writing: &Writing) -> Comment {
    let own = ["/user/email", "/user/summary", "/user/id"];
    let names: Vec<String> = own.iter().filter_map(|path| text_at(note, path)).map(str::to_owned).collect();
    Comment {
        author: names.first().cloned(),
        is_program: text_at(note, "/user/type").is_some_and(|kind| !kind.starts_with("user")),
        names,
        at: text_at(note, "/created_at").and_then(|text| writing.time(text)),
        text: text_at(note, "/content").unwrap_or_default().to_owned(),
    }
}

//! Change records from Confluence: pages that a CQL finds, with their comments.
//!
//! Facts: Atlassian's documentation of the content API, which Cloud and Data Center share, and of CQL. A time in CQL is
//! read in the zone of the user who asks.

#[cfg(feature = "http")]
mod fetch;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use jiff::tz::TimeZone;
use regex::Regex;
use serde_json::{Value as Json, json};

use super::files::words::Worded;
use super::prose::{Markup, pattern};
use super::source::compose::{Comment, Writing, configured, list_at, state_by_approvals, text_at};
#[cfg(feature = "http")]
use super::source::{Pass, http::Http};
use super::source::{Service, Told};
use crate::config::{Api, Confluence};
use crate::model::{ChangeRecord, RecordKind, RecordState};

/// An id at the start of a title: `CR-2024-001: more memory`, `[OPS-12] more memory`.
static ID: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\W{0,3}([A-Z]{2,10}(?:-\d+)+)\b"));

impl Service for Confluence {
    fn name(&self) -> &'static str {
        "confluence"
    }

    fn api(&self) -> &Api {
        &self.api
    }

    fn history_days(&self) -> u32 {
        self.history_days
    }

    fn selection(&self) -> Json {
        json!([self.cql, self.history_days])
    }

    #[cfg(feature = "http")]
    fn page<'a>(&'a self, http: &'a Http, pass: &'a Pass) -> super::source::Answer<'a> {
        Box::pin(fetch::page(self, http, pass))
    }

    fn record(&self, body: &Json, told: &mut Told) -> Option<ChangeRecord> {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let writing = Writing { source: "confluence", markup: Markup::Html, zone };
        let title = text_at(body, "/title")?;
        let written = ID.captures(title).and_then(|found| Some(found.get(1)?.as_str().to_owned()));
        let id = written.unwrap_or(format!("page-{}", text_at(body, "/id")?));
        let text = writing.markdown(body.get("body").unwrap_or(&Json::Null));
        let mut record = writing.record(&id, title, &text, told)?;
        record.kind = RecordKind::Page;
        record.url = Some(format!("{}{}", (self as &dyn Service).url(), text_at(body, "/webui").unwrap_or_default()));
        record.recorded_at = text_at(body, "/created").and_then(|text| writing.time(text));
        let author = body.get("author").and_then(|user| names(user).into_iter().next());
        record.implementer = record.implementer.or_else(|| author.clone());
        record.requester = author.or(record.requester);
        let comments: Vec<Comment> = list_at(body, "/comments").iter().map(|found| said(found, &writing)).collect();
        writing.add_comments(&mut record, &comments, &self.sign_off);
        let labels = || list_at(body, "/labels").iter().filter_map(Json::as_str);
        let configured = labels().find_map(|label| configured(&self.states, label));
        let state = configured.or_else(|| labels().find_map(RecordState::of));
        record.state = state.unwrap_or_else(|| state_by_approvals(&record.approvals));
        Some(record)
    }
}

fn names(user: &Json) -> Vec<String> {
    let own = ["/email", "/displayName", "/username", "/accountId"];
    own.iter().filter_map(|path| text_at(user, path)).map(str::to_owned).collect()
}

fn said(comment: &Json, writing: &Writing) -> Comment {
    let user = comment.get("author").unwrap_or(&Json::Null);
    let names = names(user);
    Comment {
        author: names.first().cloned(),
        names,
        is_program: text_at(user, "/accountType") == Some("app"),
        at: text_at(comment, "/created").and_then(|text| writing.time(text)),
        text: writing.markdown(comment.get("body").unwrap_or(&Json::Null)),
    }
}

//! Change records from GitHub: issues and pull requests with a label, their comments, and reviews, which are agreement.
//!
//! Facts: GitHub's OpenAPI document, "Rate limits for the REST API".

#[cfg(feature = "http")]
mod fetch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::prose::Markup;
use super::source::compose::{Comment, Writing, configured, given, list_at, state_by_approvals, text_at};
#[cfg(feature = "http")]
use super::source::{Pass, http::Http};
use super::source::{Service, Told};
use crate::config::{Api, GitHub};
use crate::model::{ApprovalForm, ChangeRecord, ChangeType, Reason, RecordKind, RecordState, Risk};

use super::files::words::Worded;

impl Service for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn api(&self) -> &Api {
        &self.api
    }

    fn public_url(&self) -> Option<&'static str> {
        Some("https://api.github.com")
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]
    }

    fn history_days(&self) -> u32 {
        self.history_days
    }

    fn selection(&self) -> Json {
        json!([self.repositories, self.labels, self.history_days])
    }

    #[cfg(feature = "http")]
    fn page<'a>(&'a self, http: &'a Http, pass: &'a Pass) -> super::source::Answer<'a> {
        Box::pin(fetch::page(self, http, pass))
    }

    fn record(&self, body: &Json, told: &mut Told) -> Option<ChangeRecord> {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let writing = Writing { source: "github", markup: Markup::Markdown, zone };
        let issue = body.get("issue")?;
        let id = format!("{}#{}", text_at(body, "/repository")?, issue.get("number")?);
        let text = text_at(issue, "/body").unwrap_or_default();
        let mut record = writing.record(&id, text_at(issue, "/title").unwrap_or_default(), text, told)?;
        let is_pull = issue.get("pull_request").is_some();
        record.kind = if is_pull { RecordKind::PullRequest } else { RecordKind::Change };
        record.url = text_at(issue, "/html_url").map(str::to_owned);
        record.recorded_at = text_at(issue, "/created_at").and_then(|text| writing.time(text));
        record.requester = text_at(issue, "/user/login").map(str::to_owned).or(record.requester);
        let assigned = text_at(issue, "/assignees/0/login").map(str::to_owned);
        let author = is_pull.then(|| record.requester.clone()).flatten();
        record.implementer = record.implementer.or(assigned).or(author);
        let labels: Vec<&str> = list_at(issue, "/labels").iter().filter_map(name_of).collect();
        // `risk: high` and `emergency` say what a form would.
        for word in labels.iter().map(|label| label.rsplit([':', '/']).next().unwrap_or(label)) {
            record.change_type = record.change_type.or(ChangeType::of(word));
            record.risk = record.risk.or(Risk::of(word));
            record.reason = record.reason.or(Reason::of(word));
        }
        record.approvals.extend(reviews(body, &writing));
        let comments: Vec<Comment> = list_at(body, "/comments").iter().map(|found| said(found, &writing)).collect();
        writing.add_comments(&mut record, &comments, &self.sign_off);
        record.state = self.state(&record, issue, &labels);
        Some(record)
    }
}

impl GitHub {
    fn state(&self, record: &ChangeRecord, issue: &Json, labels: &[&str]) -> RecordState {
        let by_label = labels.iter().find_map(|label| configured(&self.states, label));
        let is_closed = text_at(issue, "/state") == Some("closed");
        let is_merged = text_at(issue, "/pull_request/merged_at").is_some();
        let is_dropped = match record.kind {
            RecordKind::PullRequest => is_closed && !is_merged,
            _ => matches!(text_at(issue, "/state_reason"), Some("not_planned" | "duplicate")),
        };
        if is_dropped {
            return RecordState::Cancelled;
        }
        let is_draft = issue.get("draft").and_then(Json::as_bool) == Some(true);
        by_label.unwrap_or_else(|| match (is_closed, is_draft) {
            (true, _) => RecordState::Closed,
            (false, true) => RecordState::Draft,
            (false, false) => state_by_approvals(&record.approvals),
        })
    }
}

fn name_of(label: &Json) -> Option<&str> {
    label.as_str().or_else(|| text_at(label, "/name"))
}

/// Those whose last word on a pull request is that they agree. A comment is no word on it.
fn reviews(body: &Json, writing: &Writing) -> Vec<crate::model::Approval> {
    let mut last: BTreeMap<&str, &Json> = BTreeMap::new();
    for review in list_at(body, "/reviews") {
        let decides = matches!(text_at(review, "/state"), Some("APPROVED" | "CHANGES_REQUESTED" | "DISMISSED"));
        if let (true, Some(who)) = (decides, text_at(review, "/user/login")) {
            last.insert(who, review);
        }
    }
    let agreed = last.into_iter().filter(|(_, review)| text_at(review, "/state") == Some("APPROVED"));
    let approval = |(who, review): (&str, &Json)| {
        let at = text_at(review, "/submitted_at").and_then(|text| writing.time(text));
        given(Some(who.to_owned()), at, ApprovalForm::Review)
    };
    agreed.map(approval).collect()
}

fn said(comment: &Json, writing: &Writing) -> Comment {
    let login = text_at(comment, "/user/login").map(str::to_owned);
    Comment {
        names: login.clone().into_iter().collect(),
        author: login,
        is_program: text_at(comment, "/user/type") == Some("Bot"),
        at: text_at(comment, "/created_at").and_then(|text| writing.time(text)),
        text: text_at(comment, "/body").unwrap_or_default().to_owned(),
    }
}

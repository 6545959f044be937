//! Asking GitHub for issues and pull requests, repository by repository.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::name_of;
use crate::config::GitHub;
use crate::ledger::source::compose::{cut, list_at, text_at};
use crate::ledger::source::http::{Failure, Http};
use crate::ledger::source::{Item, Page, Pass};

/// Entries of a page, at most; the most that the API gives.
const PAGE_SIZE: &str = "100";
/// Pages of comments or reviews of one issue, at most.
const MAX_PARTS: usize = 10;

/// What is kept of an issue.
const FIELDS: [&str; 13] = [
    "number",
    "title",
    "body",
    "state",
    "state_reason",
    "draft",
    "labels",
    "user",
    "assignees",
    "html_url",
    "created_at",
    "updated_at",
    "pull_request",
];

/// The mark of a page: the repository, by its place in the configuration, and the page of its issues.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mark {
    repository: usize,
    /// The path and query of the page; `None`: the first.
    page: Option<String>,
}

pub(super) async fn page(source: &GitHub, http: &Http, pass: &Pass) -> Result<Page, Failure> {
    let first = Mark { repository: 0, page: None };
    let mark: Mark = pass.page.clone().and_then(|mark| serde_json::from_value(mark).ok()).unwrap_or(first);
    let Some(repository) = source.repositories.get(mark.repository) else { return Ok(Page::default()) };
    let answer = match &mark.page {
        Some(page) => http.get(page, &[]).await?,
        None => {
            let since = pass.since.to_string();
            // By when they were made: in an order by changes, issues would jump from page to page.
            let query = [
                ("state", "all"),
                ("since", since.as_str()),
                ("sort", "created"),
                ("direction", "asc"),
                ("per_page", PAGE_SIZE),
            ];
            http.get(&format!("repos/{repository}/issues"), &query).await?
        }
    };
    let issues = answer.body.as_array().ok_or(Failure::Unreadable("the answer has no issues"))?;
    let mut items = Vec::new();
    for issue in issues.iter().filter(|issue| is_wanted(source, issue)) {
        items.push(item(http, repository, issue).await?);
    }
    let another = Mark { repository: mark.repository + 1, page: None };
    let next = match answer.next {
        Some(page) => Some(Mark { page: Some(page), ..mark }),
        None => (another.repository < source.repositories.len()).then_some(another),
    };
    Ok(Page { items, next: next.map(|mark| json!(mark)) })
}

fn is_wanted(source: &GitHub, issue: &Json) -> bool {
    let is = |label: &str| source.labels.iter().any(|own| own.eq_ignore_ascii_case(label));
    list_at(issue, "/labels").iter().filter_map(name_of).any(is)
}

async fn item(http: &Http, repository: &str, issue: &Json) -> Result<Item, Failure> {
    let number = issue.get("number").and_then(Json::as_u64).ok_or(Failure::Unreadable("an issue has no number"))?;
    let mut comments = Vec::new();
    if issue.get("comments").and_then(Json::as_u64) != Some(0) {
        comments = whole(http, &format!("repos/{repository}/issues/{number}/comments")).await?;
    }
    let mut reviews = Vec::new();
    if issue.get("pull_request").is_some() {
        reviews = whole(http, &format!("repos/{repository}/pulls/{number}/reviews")).await?;
    }
    let mut kept = cut(issue, &FIELDS);
    if let Some(members) = kept.as_object_mut() {
        members.entry("user").and_modify(|user| *user = cut(user, &["login", "type"]));
        members.entry("labels").and_modify(|labels| {
            *labels = list_at(labels, "").iter().filter_map(name_of).collect();
        });
        members.entry("assignees").and_modify(|people| {
            *people = list_at(people, "").iter().map(|user| cut(user, &["login"])).collect();
        });
        members.entry("pull_request").and_modify(|pull| *pull = cut(pull, &["merged_at"]));
    }
    let said = |all: &[Json], time: &str, what: &[&str]| -> Vec<Json> {
        let one = |found: &Json| {
            let mut kept = cut(found, &[what, &[time]].concat());
            if let (Some(members), Some(user)) = (kept.as_object_mut(), found.get("user")) {
                members.insert("user".to_owned(), cut(user, &["login", "type"]));
            }
            kept
        };
        all.iter().map(one).collect()
    };
    let body = json!({
        "repository": repository,
        "issue": kept,
        "comments": said(&comments, "created_at", &["body"]),
        "reviews": said(&reviews, "submitted_at", &["state"]),
    });
    let changed_at = text_at(issue, "/updated_at").and_then(|text| text.parse().ok());
    Ok(Item { id: format!("{repository}#{number}"), changed_at, body })
}

async fn whole(http: &Http, path: &str) -> Result<Vec<Json>, Failure> {
    let mut answer = http.get(path, &[("per_page", PAGE_SIZE)]).await?;
    let mut all: Vec<Json> = list_at(&answer.body, "").to_vec();
    for _ in 1..MAX_PARTS {
        let Some(next) = answer.next.take() else { break };
        answer = http.get(&next, &[]).await?;
        all.extend(list_at(&answer.body, "").iter().cloned());
    }
    Ok(all)
}

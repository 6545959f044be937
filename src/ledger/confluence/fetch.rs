//! Asking Confluence for pages, page by page.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::config::Confluence;
use crate::ledger::source::compose::{cut, list_at, text_at};
use crate::ledger::source::http::{Failure, Http};
use crate::ledger::source::{Item, Page, Pass};

/// Pages of an answer, at most: with their texts the API gives no more.
const PAGE_SIZE: &str = "50";
/// Answers of comments on one page, at most.
const MAX_PARTS: usize = 20;
/// How far the zone is behind UTC that is furthest behind. Whoever asks, a time in UTC that is so much earlier is none
/// after the one that is meant; what was not changed since that is left out here.
const FURTHEST_BEHIND: SignedDuration = SignedDuration::from_hours(12);
/// What is kept of a person.
const PERSON: [&str; 5] = ["email", "displayName", "username", "accountId", "accountType"];

pub(super) async fn page(source: &Confluence, http: &Http, pass: &Pass) -> Result<Page, Failure> {
    let answer = match pass.page.as_ref().and_then(Json::as_str) {
        Some(next) => http.get(next, &[]).await?.body,
        None => {
            let since = pass.since.checked_sub(FURTHEST_BEHIND).unwrap_or(pass.since).to_zoned(TimeZone::UTC);
            let since = since.strftime("%Y-%m-%d %H:%M");
            let cql = format!("({}) and lastmodified >= \"{since}\" order by created asc", source.cql);
            let expand = "body.storage,version,history,metadata.labels";
            http.get("rest/api/content/search", &[("cql", &cql), ("expand", expand), ("limit", PAGE_SIZE)]).await?.body
        }
    };
    let pages =
        answer.get("results").and_then(Json::as_array).ok_or(Failure::Unreadable("the answer has no results"))?;
    let mut items = Vec::new();
    for found in pages {
        let changed_at: Option<Timestamp> = text_at(found, "/version/when").and_then(|text| text.parse().ok());
        if changed_at.is_none_or(|changed| changed >= pass.since) {
            items.push(item(http, found, changed_at).await?);
        }
    }
    Ok(Page { items, next: next(&answer).map(|path| json!(path)) })
}

/// The path of the next answer. Links begin after the context of the site, with it in some versions.
fn next(answer: &Json) -> Option<&str> {
    let path = text_at(answer, "/_links/next")?;
    let context = text_at(answer, "/_links/context").unwrap_or_default();
    Some(path.strip_prefix(context).unwrap_or(path))
}

async fn item(http: &Http, found: &Json, changed_at: Option<Timestamp>) -> Result<Item, Failure> {
    let id = text_at(found, "/id").ok_or(Failure::Unreadable("a page has no id"))?;
    let mut comments: Vec<Json> = Vec::new();
    let mut path = format!("rest/api/content/{id}/child/comment");
    let mut query = vec![("expand", "body.storage,history"), ("limit", PAGE_SIZE)];
    for _ in 0..MAX_PARTS {
        let answer = http.get(&path, &query).await?.body;
        comments.extend(list_at(&answer, "/results").iter().map(written));
        let Some(next) = next(&answer) else { break };
        path = next.to_owned();
        query.clear();
    }
    let mut body = written(found);
    let labels: Vec<&str> =
        list_at(found, "/metadata/labels/results").iter().filter_map(|label| text_at(label, "/name")).collect();
    if let Some(members) = body.as_object_mut() {
        members.extend([
            ("id".to_owned(), json!(id)),
            ("title".to_owned(), json!(found.get("title"))),
            ("webui".to_owned(), json!(found.pointer("/_links/webui"))),
            ("labels".to_owned(), json!(labels)),
            ("comments".to_owned(), json!(comments)),
        ]);
    }
    Ok(Item { id: id.to_owned(), changed_at, body })
}

/// What a page or a comment says, who wrote it and when.
fn written(found: &Json) -> Json {
    json!({
        "body": found.pointer("/body/storage/value"),
        "created": found.pointer("/history/createdDate"),
        "author": found.pointer("/history/createdBy").map(|user| cut(user, &PERSON)),
    })
}

//! Asking Jira for issues, page by page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::FIELD_NAMES;
use crate::config::{Jira, JiraEdition, RecordField};
use crate::ledger::source::compose::{cut, list_at, text_at};
use crate::ledger::source::http::{Failure, Http};
use crate::ledger::source::{Item, Page, Pass};

/// Issues of a page, at most; Jira answers with fewer where it likes.
const PAGE_SIZE: &str = "100";
/// Pages of comments or of the history of one issue, at most.
const MAX_PARTS: usize = 50;

/// The fields that every issue has.
const FIELDS: [&str; 12] = [
    "summary",
    "description",
    "issuetype",
    "status",
    "resolution",
    "created",
    "updated",
    "reporter",
    "assignee",
    "components",
    "issuelinks",
    "comment",
];
/// What is kept of a person.
const PERSON: [&str; 6] = ["emailAddress", "displayName", "name", "key", "accountId", "accountType"];

/// The mark of a page: the same question, and where in its answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Mark {
    jql: String,
    /// The ids of the fields, by the names of the configuration.
    fields: BTreeMap<String, String>,
    /// Where the page begins: Cloud's token, Data Center's number of the first issue.
    at: Option<Json>,
}

pub(super) async fn page(jira: &Jira, http: &Http, pass: &Pass) -> Result<Page, Failure> {
    let mark = match pass.page.clone().map(serde_json::from_value) {
        Some(Ok(mark)) => mark,
        _ => first(jira, http, pass.since).await?,
    };
    let fields: Vec<&str> = FIELDS.into_iter().chain(mark.fields.values().map(String::as_str)).collect();
    let fields = fields.join(",");
    let mut query = vec![
        ("jql", mark.jql.as_str()),
        ("fields", fields.as_str()),
        ("expand", "changelog"),
        ("maxResults", PAGE_SIZE),
    ];
    let at = mark.at.as_ref().map(|at| at.as_str().map_or_else(|| at.to_string(), str::to_owned));
    if let Some(at) = &at {
        query.push((jira.edition.at(), at));
    }
    let answer = http.get(&format!("{}/{}", jira.edition.api(), jira.edition.search()), &query).await?.body;
    let issues =
        answer.get("issues").and_then(Json::as_array).ok_or(Failure::Unreadable("the answer has no issues"))?;
    let mut items = Vec::new();
    for issue in issues {
        items.push(item(jira, http, issue, &mark).await?);
    }
    let next = jira.edition.next(&answer, issues.len()).map(|at| json!(Mark { at: Some(at), ..mark }));
    Ok(Page { items, next })
}

impl JiraEdition {
    fn api(self) -> &'static str {
        match self {
            Self::Cloud => "rest/api/3",
            Self::DataCenter => "rest/api/2",
        }
    }

    fn search(self) -> &'static str {
        match self {
            Self::Cloud => "search/jql",
            Self::DataCenter => "search",
        }
    }

    fn at(self) -> &'static str {
        match self {
            Self::Cloud => "nextPageToken",
            Self::DataCenter => "startAt",
        }
    }

    /// Where the next page begins. Cloud tells a token and no total, Data Center a total.
    fn next(self, answer: &Json, count: usize) -> Option<Json> {
        match self {
            Self::Cloud => {
                let is_last = answer.get("isLast").and_then(Json::as_bool) == Some(true);
                answer.get("nextPageToken").filter(|token| token.is_string() && !is_last).cloned()
            }
            Self::DataCenter => {
                let number = |name: &str| answer.get(name).and_then(Json::as_u64);
                let end = number("startAt").unwrap_or(0) + u64::try_from(count).unwrap_or(0);
                (count > 0 && number("total").is_some_and(|total| end < total)).then(|| json!(end))
            }
        }
    }
}

/// The first page's mark: the question in the words of this site, in the zone of the user who asks.
async fn first(jira: &Jira, http: &Http, since: Timestamp) -> Result<Mark, Failure> {
    let api = jira.edition.api();
    let myself = http.get(&format!("{api}/myself"), &[]).await?.body;
    let zone = text_at(&myself, "/timeZone").and_then(|name| TimeZone::get(name).ok());
    // Without a zone, from where the day is that is furthest behind: too much is read, and nothing missed.
    let zone = zone.unwrap_or_else(|| TimeZone::fixed(jiff::tz::offset(-12)));
    let since = since.to_zoned(zone).strftime("%Y/%m/%d %H:%M").to_string();
    let known = http.get(&format!("{api}/field"), &[]).await?.body;
    let jql = format!("({}) AND updated >= \"{since}\" ORDER BY created ASC, key ASC", jira.jql);
    Ok(Mark { jql, fields: field_ids(jira, &known)?, at: None })
}

/// The ids of the fields that hold what differs from site to site. One that is configured and is not there is a mistake.
fn field_ids(jira: &Jira, known: &Json) -> Result<BTreeMap<String, String>, Failure> {
    let known = known.as_array().ok_or(Failure::Unreadable("the answer has no fields"))?;
    let find = |name: &str| {
        let by = |path: &'static str| {
            known.iter().find(|field| text_at(field, path).is_some_and(|own| own.eq_ignore_ascii_case(name.trim())))
        };
        by("/id").or_else(|| by("/name")).and_then(|field| text_at(field, "/id")).map(str::to_owned)
    };
    let mut ids = BTreeMap::new();
    for (field, names) in FIELD_NAMES {
        let id = match jira.fields.get(field) {
            Some(name) => Some(find(name).ok_or_else(|| missing(*field))?),
            None => names.iter().find_map(|name| find(name)),
        };
        ids.extend(id.map(|id| (field.as_str().to_owned(), id)));
    }
    Ok(ids)
}

fn missing(field: RecordField) -> Failure {
    Failure::Unexpected(format!(
        "there is no field as `fields.{}` names it, or its user may not see it",
        field.as_str()
    ))
}

/// What is kept of an issue.
async fn item(jira: &Jira, http: &Http, issue: &Json, mark: &Mark) -> Result<Item, Failure> {
    let (Some(id), Some(key)) = (text_at(issue, "/id"), text_at(issue, "/key")) else {
        return Err(Failure::Unreadable("an issue has no id"));
    };
    let fields = issue.get("fields").unwrap_or(&Json::Null);
    let changed_at: Option<Timestamp> = text_at(fields, "/updated").and_then(|text| text.parse().ok());
    let comments = whole(jira, http, key, "comment", "comments", fields.get("comment")).await?;
    let histories = match jira.edition {
        JiraEdition::Cloud => whole(jira, http, key, "changelog", "histories", issue.get("changelog")).await?,
        // Data Center answers the whole history with the issue.
        JiraEdition::DataCenter => list_at(issue, "/changelog/histories").to_vec(),
    };
    let values: serde_json::Map<String, Json> = mark
        .fields
        .iter()
        .filter_map(|(name, id)| Some((name.clone(), fields.get(id).filter(|value| !value.is_null())?.clone())))
        .collect();
    let mut kept = cut(fields, &FIELDS);
    if let Some(members) = kept.as_object_mut() {
        members.remove("comment");
        for name in ["reporter", "assignee"] {
            members.entry(name).and_modify(|user| *user = cut(user, &PERSON));
        }
        members.entry("issuelinks").and_modify(|links| *links = links_of(links));
    }
    let body = json!({
        "key": key,
        "fields": kept,
        "values": values,
        "comments": comments.iter().map(comment).collect::<Vec<_>>(),
        "moves": histories.iter().flat_map(moves).collect::<Vec<_>>(),
    });
    Ok(Item { id: id.to_owned(), changed_at, body })
}

/// All entries of a list that search answers only the first ones of: 20 comments, 40 changes.
async fn whole(
    jira: &Jira,
    http: &Http,
    key: &str,
    part: &str,
    entries: &str,
    told: Option<&Json>,
) -> Result<Vec<Json>, Failure> {
    let total =
        |answer: &Json| answer.get("total").and_then(Json::as_u64).and_then(|total| usize::try_from(total).ok());
    let pointer = format!("/{entries}");
    if let Some(told) = told {
        let found = list_at(told, &pointer);
        if total(told).is_none_or(|total| total <= found.len()) {
            return Ok(found.to_vec());
        }
    }
    let mut found: Vec<Json> = Vec::new();
    for _ in 0..MAX_PARTS {
        let start = found.len().to_string();
        let path = format!("{}/issue/{key}/{part}", jira.edition.api());
        let answer = http.get(&path, &[("startAt", &start), ("maxResults", PAGE_SIZE)]).await?.body;
        // The history of one issue is a page of `values` where that of a search is one of `histories`.
        let more =
            [pointer.as_str(), "/values"].into_iter().map(|path| list_at(&answer, path)).find(|all| !all.is_empty());
        let Some(more) = more else { break };
        found.extend(more.iter().cloned());
        if total(&answer).is_none_or(|total| total <= found.len()) {
            break;
        }
    }
    Ok(found)
}

fn comment(found: &Json) -> Json {
    let mut kept = cut(found, &["body", "created", "updated"]);
    if let (Some(members), Some(author)) = (kept.as_object_mut(), found.get("author")) {
        members.insert("author".to_owned(), cut(author, &PERSON));
    }
    kept
}

/// The changes of the status in an entry of the history.
fn moves(history: &Json) -> Vec<Json> {
    let of_status = |item: &&Json| text_at(item, "/field").is_some_and(|field| field.eq_ignore_ascii_case("status"));
    let moves = list_at(history, "/items").iter().filter(of_status);
    let kept = |item: &Json| {
        let author = history.get("author").map(|author| cut(author, &PERSON));
        json!({"created": history.get("created"), "author": author, "to": item.get("toString")})
    };
    moves.map(kept).collect()
}

fn links_of(links: &Json) -> Json {
    let other = |issue: &Json| json!({"key": issue.get("key"), "fields": {"issuetype": {"name": issue.pointer("/fields/issuetype/name")}}});
    let kept = |link: &Json| {
        let side = ["outwardIssue", "inwardIssue"].into_iter().find_map(|side| Some((side, link.get(side)?)));
        side.map(|(side, issue)| json!({side: other(issue)}))
    };
    links.as_array().into_iter().flatten().filter_map(kept).collect()
}

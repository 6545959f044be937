//! Asking incident.io for incidents, page by page.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::ledger::source::compose::{cut, list_at, text_at};
use crate::ledger::source::http::{Failure, Http};
use crate::ledger::source::{Item, Page, Pass};

/// Incidents of a page, at most; the most that the API gives.
const PAGE_SIZE: &str = "100";
/// Pages of updates of one incident, at most.
const MAX_PARTS: usize = 20;

/// What is kept of an incident.
const FIELDS: [&str; 13] = [
    "id",
    "reference",
    "name",
    "summary",
    "creator",
    "incident_status",
    "incident_role_assignments",
    "incident_timestamp_values",
    "custom_field_entries",
    "external_issue_reference",
    "postmortem_document_url",
    "permalink",
    "created_at",
];

pub(super) async fn page(http: &Http, pass: &Pass) -> Result<Page, Failure> {
    // The filter takes a day; what was not changed since the time itself is left out here.
    let since = pass.since.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string();
    let mut query = vec![
        ("page_size", PAGE_SIZE),
        ("sort_by", "created_at_oldest_first"),
        ("updated_at[gte]", since.as_str()),
        ("mode[one_of]", "standard"),
        ("mode[one_of]", "retrospective"),
    ];
    if let Some(after) = pass.page.as_ref().and_then(Json::as_str) {
        query.push(("after", after));
    }
    let answer = http.get("v2/incidents", &query).await?.body;
    let incidents =
        answer.get("incidents").and_then(Json::as_array).ok_or(Failure::Unreadable("the answer has no incidents"))?;
    let mut items = Vec::new();
    for incident in incidents {
        let changed_at: Option<Timestamp> = text_at(incident, "/updated_at").and_then(|text| text.parse().ok());
        if changed_at.is_none_or(|changed| changed >= pass.since) {
            items.push(item(http, incident, changed_at).await?);
        }
    }
    let next = answer.pointer("/pagination_meta/after").filter(|after| after.is_string() && !incidents.is_empty());
    Ok(Page { items, next: next.cloned() })
}

async fn item(http: &Http, incident: &Json, changed_at: Option<Timestamp>) -> Result<Item, Failure> {
    let id = text_at(incident, "/id").ok_or(Failure::Unreadable("an incident has no id"))?;
    let updates = updates(http, id).await?;
    let postmortem = postmortem(http, incident).await?;
    let kept: Vec<Json> = updates.iter().map(|update| cut(update, &["message", "updater", "created_at"])).collect();
    let body = json!({"incident": cut(incident, &FIELDS), "updates": kept, "postmortem": postmortem});
    Ok(Item { id: id.to_owned(), changed_at, body })
}

async fn updates(http: &Http, id: &str) -> Result<Vec<Json>, Failure> {
    let mut all: Vec<Json> = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PARTS {
        let mut query = vec![("incident_id", id), ("page_size", PAGE_SIZE)];
        query.extend(after.as_deref().map(|after| ("after", after)));
        let answer = http.get("v2/incident_updates", &query).await?.body;
        let more = list_at(&answer, "/incident_updates");
        all.extend(more.iter().cloned());
        after = text_at(&answer, "/pagination_meta/after").filter(|_| !more.is_empty()).map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    Ok(all)
}

/// The text of the last post-mortem of an incident.
async fn postmortem(http: &Http, incident: &Json) -> Result<Option<String>, Failure> {
    let Some(id) = list_at(incident, "/postmortem_document_ids").last().and_then(Json::as_str) else { return Ok(None) };
    let answer = match http.get(&format!("v1/postmortem_documents/{id}/content"), &[]).await {
        Ok(answer) => answer.body,
        // It is kept elsewhere, or was thrown away.
        Err(Failure::Refused(404, _)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let members = ["/content/markdown", "/markdown", "/content"];
    Ok(members.iter().find_map(|path| text_at(&answer, path)).map(str::to_owned))
}

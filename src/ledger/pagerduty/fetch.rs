//! Asking PagerDuty: for all incidents of a time, or for those that log entries tell of.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::config::PagerDuty;
use crate::ledger::source::compose::{cut, list_at, text_at};
use crate::ledger::source::http::{Failure, Http};
use crate::ledger::source::{Item, Page, Pass};

/// Entries of a page, at most; the most that the API gives.
const PAGE_SIZE: usize = 100;
/// A range that is asked for at once. More than 10,000 entries of one are not given, nor more than six months.
const RANGE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What is kept of an incident.
const FIELDS: [&str; 11] = [
    "id",
    "title",
    "description",
    "body",
    "status",
    "created_at",
    "resolved_at",
    "last_status_change_at",
    "html_url",
    "service",
    "assignments",
];

/// The mark of a page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Mark {
    /// Where the range begins.
    from: Timestamp,
    /// The number of the first entry in it.
    offset: usize,
}

pub(super) async fn page(source: &PagerDuty, http: &Http, pass: &Pass) -> Result<Page, Failure> {
    let first = Mark { from: pass.since, offset: 0 };
    let mark: Mark = pass.page.clone().and_then(|mark| serde_json::from_value(mark).ok()).unwrap_or(first);
    // A clock that goes ahead of this machine's is no reason to miss the last minutes.
    let end = pass.began.checked_add(SignedDuration::from_hours(1)).unwrap_or(pass.began);
    let to = mark.from.checked_add(RANGE).unwrap_or(end).min(end);
    let (since, until, offset) = (mark.from.to_string(), to.to_string(), mark.offset.to_string());
    let size = PAGE_SIZE.to_string();
    let mut query = vec![("since", since.as_str()), ("until", &until), ("limit", &size), ("offset", &offset)];
    let (answer, incidents) = if pass.is_full {
        query.push(("sort_by", "created_at:asc"));
        query.extend(source.services.iter().map(|service| ("service_ids[]", service.as_str())));
        let answer = http.get("incidents", &query).await?.body;
        let incidents = list(&answer, "incidents")?.to_vec();
        (answer, incidents)
    } else {
        let answer = http.get("log_entries", &query).await?.body;
        let incidents = told(source, http, list(&answer, "log_entries")?).await?;
        (answer, incidents)
    };
    let mut items = Vec::new();
    for incident in &incidents {
        items.push(item(http, incident).await?);
    }
    let has_more = answer.get("more").and_then(Json::as_bool) == Some(true);
    let next = match has_more {
        true => Some(Mark { offset: mark.offset + entries(&answer), ..mark }),
        false => (to < end).then_some(Mark { from: to, offset: 0 }),
    };
    Ok(Page { items, next: next.map(|mark| json!(mark)) })
}

fn list<'a>(answer: &'a Json, name: &str) -> Result<&'a [Json], Failure> {
    let all = answer.get(name).and_then(Json::as_array);
    all.map(Vec::as_slice).ok_or(Failure::Unreadable("the answer has no list of what was asked for"))
}

/// How many entries an answer has, which may be fewer than were asked for.
fn entries(answer: &Json) -> usize {
    ["/incidents", "/log_entries"].iter().map(|path| list_at(answer, path).len()).max().unwrap_or(0).max(1)
}

/// The incidents that log entries tell of, each once.
async fn told(source: &PagerDuty, http: &Http, entries: &[Json]) -> Result<Vec<Json>, Failure> {
    let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| text_at(entry, "/incident/id")).collect();
    let mut incidents = Vec::new();
    for id in ids {
        let incident = match http.get(&format!("incidents/{id}"), &[]).await {
            Ok(answer) => answer.body.get("incident").cloned().unwrap_or(Json::Null),
            Err(Failure::Refused(404, _)) => continue,
            Err(failure) => return Err(failure),
        };
        let service = text_at(&incident, "/service/id").unwrap_or_default();
        if source.services.is_empty() || source.services.iter().any(|own| own == service) {
            incidents.push(incident);
        }
    }
    Ok(incidents)
}

async fn item(http: &Http, incident: &Json) -> Result<Item, Failure> {
    let id = text_at(incident, "/id").ok_or(Failure::Unreadable("an incident has no id"))?;
    let answer = http.get(&format!("incidents/{id}/notes"), &[]).await?.body;
    let notes: Vec<Json> =
        list_at(&answer, "/notes").iter().map(|note| cut(note, &["id", "user", "content", "created_at"])).collect();
    let own =
        ["/updated_at", "/last_status_change_at", "/created_at"].iter().filter_map(|path| text_at(incident, path));
    let of_notes = notes.iter().filter_map(|note| text_at(note, "/created_at"));
    let changed_at = own.chain(of_notes).filter_map(|text| text.parse().ok()).max();
    let body = json!({"incident": cut(incident, &FIELDS), "notes": notes});
    Ok(Item { id: id.to_owned(), changed_at, body })
}

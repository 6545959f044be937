//! Asking ServiceNow for change requests, page by page: first those that were changed, then those of which only an
//! approval was.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{FIELDS, SELECTORS, TEXTS, value};
use crate::config::ServiceNow;
use crate::ledger::source::compose::list_at;
use crate::ledger::source::http::{Answered, Failure, Http};
use crate::ledger::source::{Item, Page, Pass};

/// Rows of a page, at most.
const PAGE_SIZE: &str = "100";
/// Rows of the approvals and tasks of one page, at most at once.
const PARTS_SIZE: &str = "1000";
const MAX_PARTS: usize = 20;

const CHANGES: &str = "change_request";
const APPROVALS: &str = "sysapproval_approver";
const TASKS: &str = "change_task";

/// The fields that every change request has, besides those of the tables beside this.
const OWN: [&str; 15] = [
    "sys_id",
    "number",
    "short_description",
    "state",
    "approval",
    "type",
    "risk",
    "close_code",
    "requested_by",
    "parent",
    "correlation_id",
    "on_hold",
    "work_notes",
    "sys_created_on",
    "sys_updated_on",
];
const OF_APPROVAL: &str = "sysapproval,approver,state,sys_updated_on";
const OF_TASK: &str = "change_request,number,short_description,description,work_notes,close_notes,state";

/// The mark of a page.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Mark {
    /// Whether it is a page of changes of which an approval was changed.
    of_approvals: bool,
    offset: usize,
}

/// The changes of a page, how many rows it took, and whether there are more.
struct Found {
    changes: Vec<Json>,
    taken: usize,
    has_more: bool,
}

pub(super) async fn page(source: &ServiceNow, http: &Http, pass: &Pass) -> Result<Page, Failure> {
    let mark: Mark = pass.page.clone().and_then(|mark| serde_json::from_value(mark).ok()).unwrap_or_default();
    let asking = Asking { source, http, since: pass.since };
    let found = match mark.of_approvals {
        true => asking.by_approvals(mark.offset).await?,
        false => asking.changed(mark.offset).await?,
    };
    let items = asking.items(&found.changes).await?;
    let next = match (found.has_more && found.taken > 0, mark.of_approvals) {
        (true, _) => Some(Mark { offset: mark.offset + found.taken, ..mark }),
        // A pass over everything has read all approvals with their changes.
        (false, false) if !pass.is_full => Some(Mark { of_approvals: true, offset: 0 }),
        (false, _) => None,
    };
    Ok(Page { items, next: next.map(|mark| json!(mark)) })
}

struct Asking<'a> {
    source: &'a ServiceNow,
    http: &'a Http,
    since: Timestamp,
}

impl Asking<'_> {
    /// The rows of a page that were changed, and whether there are more. Ordered by when they were made: in an order by
    /// changes they would jump from page to page.
    async fn changed(&self, offset: usize) -> Result<Found, Failure> {
        let query = self.narrowed(&format!("sys_updated_on>={}", self.since()));
        let query = format!("{query}^ORDERBYsys_created_on^ORDERBYsys_id");
        let answer = self.rows(CHANGES, &query, &self.fields(), PAGE_SIZE, offset).await?;
        let rows = self.checked(&answer)?;
        for row in &rows {
            let updated = time(row, "sys_updated_on");
            if updated.is_some_and(|updated| updated.as_second() < self.since.as_second()) {
                let message = "the service answers with changes that were not asked for: it knows no part of the query";
                return Err(Failure::Unexpected(message.to_owned()));
            }
        }
        Ok(Found { taken: rows.len(), changes: rows, has_more: answer.next.is_some() })
    }

    /// The changes of a page of approvals that were changed, and whether there are more.
    async fn by_approvals(&self, offset: usize) -> Result<Found, Failure> {
        let query = format!("sys_updated_on>={}^ORDERBYsys_created_on^ORDERBYsys_id", self.since());
        let answer = self.rows(APPROVALS, &query, OF_APPROVAL, PAGE_SIZE, offset).await?;
        let approvals = list_at(&answer.body, "/result");
        let ids: BTreeSet<String> = approvals.iter().filter_map(|row| value(row, "sysapproval")).collect();
        let mut changes = Vec::new();
        if !ids.is_empty() {
            let ids: Vec<String> = ids.into_iter().collect();
            // The others were read already.
            let query = self.narrowed(&format!("sys_updated_on<{}^sys_idIN{}", self.since(), ids.join(",")));
            changes = self.all(CHANGES, &query, &self.fields()).await?;
            changes.retain(|row| value(row, "sys_id").is_some_and(|id| ids.contains(&id)));
        }
        Ok(Found { changes, taken: approvals.len(), has_more: answer.next.is_some() })
    }

    /// What is kept of changes, with their approvals and tasks.
    async fn items(&self, rows: &[Json]) -> Result<Vec<Item>, Failure> {
        let ids: Vec<String> = rows.iter().filter_map(|row| value(row, "sys_id")).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = ids.join(",");
        let approvals = self.all(APPROVALS, &format!("sysapprovalIN{ids}"), OF_APPROVAL).await?;
        let tasks = self.all(TASKS, &format!("change_requestIN{ids}"), OF_TASK).await?;
        let of = |all: &[Json], field: &str, id: &str| -> Vec<Json> {
            all.iter().filter(|part| value(part, field).as_deref() == Some(id)).cloned().collect()
        };
        let item = |row: &Json| {
            let id = value(row, "sys_id")?;
            let body = json!({
                "change": row,
                "approvals": of(&approvals, "sysapproval", &id),
                "tasks": of(&tasks, "change_request", &id),
            });
            Some(Item { changed_at: time(row, "sys_updated_on"), id, body })
        };
        Ok(rows.iter().filter_map(item).collect())
    }

    /// All rows that a query finds.
    async fn all(&self, table: &str, query: &str, fields: &str) -> Result<Vec<Json>, Failure> {
        let query = format!("{query}^ORDERBYsys_id");
        let mut all = Vec::new();
        for _ in 0..MAX_PARTS {
            let answer = self.rows(table, &query, fields, PARTS_SIZE, all.len()).await?;
            let rows = list_at(&answer.body, "/result");
            all.extend(rows.iter().cloned());
            if answer.next.is_none() || rows.is_empty() {
                break;
            }
        }
        Ok(all)
    }

    async fn rows(
        &self,
        table: &str,
        query: &str,
        fields: &str,
        limit: &str,
        offset: usize,
    ) -> Result<Answered, Failure> {
        let offset = offset.to_string();
        let parameters = [
            ("sysparm_query", query),
            ("sysparm_fields", fields),
            ("sysparm_display_value", "all"),
            ("sysparm_exclude_reference_link", "true"),
            ("sysparm_limit", limit),
            ("sysparm_offset", &offset),
        ];
        self.http.get(&format!("api/now/table/{table}"), &parameters).await
    }

    /// A condition together with the configured query. What follows `^NQ` is a query of its own.
    fn narrowed(&self, condition: &str) -> String {
        let own = self.source.query.trim().trim_matches('^');
        if own.is_empty() {
            return condition.to_owned();
        }
        let parts = own.split("^NQ").map(|part| format!("{part}^{condition}"));
        parts.collect::<Vec<_>>().join("^NQ")
    }

    /// The fields that are asked for: those of records, and those of the query, which shows that they are known.
    fn fields(&self) -> String {
        let shipped = OWN.into_iter().chain(TEXTS).chain(SELECTORS).chain(FIELDS.iter().map(|(_, name)| *name));
        let own = self.source.fields.values().map(String::as_str);
        let mut seen = BTreeSet::new();
        let all = shipped.chain(own).chain(queried(&self.source.query)).filter(|name| seen.insert(*name));
        all.collect::<Vec<_>>().join(",")
    }

    /// The rows of an answer, which have every field that the configuration names: of one that is not known, the Table
    /// API passes over the condition and leaves the field out.
    fn checked(&self, answer: &Answered) -> Result<Vec<Json>, Failure> {
        let rows = answer
            .body
            .get("result")
            .and_then(Json::as_array)
            .ok_or(Failure::Unreadable("the answer has no result"))?;
        let configured = queried(&self.source.query).chain(self.source.fields.values().map(String::as_str));
        for name in configured {
            if rows.first().is_some_and(|row| row.get(name).is_none()) {
                let message = format!("the service knows no field {name}, or its user may not read it");
                return Err(Failure::Unexpected(message));
            }
        }
        Ok(rows.clone())
    }

    fn since(&self) -> String {
        self.since.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// The fields that an encoded query has conditions on.
fn queried(query: &str) -> impl Iterator<Item = &str> {
    let conditions = query.split('^').filter(|part| !part.starts_with("ORDERBY"));
    conditions.filter_map(|part| {
        let part = part.strip_prefix("NQ").or_else(|| part.strip_prefix("OR")).unwrap_or(part);
        let end = part.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.'))?;
        part.get(..end).filter(|name| !name.is_empty())
    })
}

fn time(row: &Json, name: &str) -> Option<Timestamp> {
    let text = value(row, name)?;
    format!("{}Z", text.replacen(' ', "T", 1)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_query_are_found() {
        let check = |query: &str, expect: &[&str]| assert_eq!(queried(query).collect::<Vec<_>>(), expect, "{query}");
        check("active=true^u_team=ops^ORcmdb_ci.name=web", &["active", "u_team", "cmdb_ci.name"]);
        check("stateIN1,2^NQpriority<=2^ORDERBYnumber", &["state", "priority"]);
        check("", &[]);
    }
}

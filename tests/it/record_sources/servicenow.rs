//! ServiceNow as it is: a condition on a field that it does not know is passed over in silence, and the field is left out
//! of the rows; every field has a value and what is shown of it, dates in the zone of the user; booleans are texts.

use std::collections::BTreeMap;

use driftledger::model::{ProblemKind, RecordState};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::server::{Answer, Asked};
use super::{NOON, World, at, minutes};

const PAGE: usize = 2;
const UTC: &str = "%Y-%m-%d %H:%M:%S";

#[derive(Clone)]
struct Change {
    changed: Timestamp,
    says: String,
    /// When somebody agreed, and the row of it was changed.
    approved: Option<Timestamp>,
}

#[derive(Default)]
pub struct Fake {
    changes: BTreeMap<usize, Change>,
    /// Whether it passes over every condition.
    is_deaf: bool,
}

fn text(text: &str) -> Json {
    json!({"display_value": text, "value": text})
}

fn date(at: Timestamp) -> Json {
    let zone = TimeZone::get("America/Los_Angeles").unwrap();
    let utc = at.to_zoned(TimeZone::UTC).strftime(UTC).to_string();
    json!({"display_value": at.to_zoned(zone).strftime(UTC).to_string(), "value": utc})
}

impl Fake {
    fn change(number: usize, change: &Change) -> Json {
        json!({
            "sys_id": text(&format!("id{number}")), "number": text(&format!("CHG003000{number}")),
            "short_description": text("scaling"), "description": text(&change.says),
            "implementation_plan": text("kubectl scale deploy/web --replicas=3"), "backout_plan": text(""),
            "state": {"display_value": "Implement", "value": "-1"}, "approval": {"display_value": "Approved", "value": "approved"},
            "type": {"display_value": "Normal", "value": "normal"}, "risk": text("Low"), "on_hold": text("false"),
            "active": text("true"), "sys_created_on": date(at("2026-02-01T08:00:00Z")), "sys_updated_on": date(change.changed),
        })
    }

    fn approval(number: usize, at: Timestamp) -> Json {
        json!({"sysapproval": text(&format!("id{number}")), "approver": text("Kim Roe"), "state": text("approved"), "sys_updated_on": date(at)})
    }

    /// Whether a row satisfies one of the queries that `^NQ` parts.
    fn satisfies(row: &Json, query: &str) -> bool {
        query.split("^NQ").any(|query| query.split('^').all(|condition| Self::holds(row, condition)))
    }

    fn holds(row: &Json, condition: &str) -> bool {
        let value = |name: &str| row[name]["value"].as_str();
        if let Some((name, wanted)) = condition.split_once(">=") {
            return value(name).is_none_or(|own| own >= wanted);
        }
        if let Some((name, wanted)) = condition.split_once('<') {
            return value(name).is_none_or(|own| own < wanted);
        }
        if let Some((name, wanted)) = condition.split_once("IN").filter(|(name, _)| !name.contains('=')) {
            return value(name).is_none_or(|own| wanted.split(',').any(|one| one == own));
        }
        condition.split_once('=').is_none_or(|(name, wanted)| value(name).is_none_or(|own| own == wanted))
    }
}

impl super::Fake for Fake {
    fn source(&self) -> Json {
        json!({"kind": "servicenow", "query": "active=true"})
    }

    fn id(&self, number: usize) -> String {
        format!("CHG003000{number}")
    }

    fn write(&mut self, number: usize, changed: Timestamp, says: &str) {
        self.changes.insert(number, Change { changed, says: says.to_owned(), approved: Some(changed) });
    }

    fn remove(&mut self, number: usize) {
        self.changes.remove(&number);
    }

    fn agree(&mut self, number: usize, at: Timestamp) {
        self.changes.get_mut(&number).unwrap().approved = Some(at);
    }

    fn answer(&mut self, asked: &Asked) -> Answer {
        let table = asked.path.strip_prefix("/api/now/table/").unwrap();
        let query = if self.is_deaf { "" } else { asked.get("sysparm_query") };
        let (conditions, order) = query.split_once("^ORDERBY").unwrap_or((query, "none"));
        assert!(self.is_deaf || !order.starts_with("sys_updated_on"), "rows would jump from page to page: {query}");
        assert_eq!(asked.get("sysparm_display_value"), "all");
        let all: Vec<Json> = match table {
            "change_request" => self.changes.iter().map(|(number, change)| Self::change(*number, change)).collect(),
            "sysapproval_approver" => {
                let approvals = self.changes.iter().filter_map(|(number, change)| Some((number, change.approved?)));
                approvals.map(|(number, at)| Self::approval(*number, at)).collect()
            }
            "change_task" => Vec::new(),
            _ => {
                return Answer::error(
                    400,
                    json!({"error": {"message": "Invalid table", "detail": null}, "status": "failure"}),
                );
            }
        };
        let found: Vec<&Json> =
            all.iter().filter(|row| conditions.is_empty() || Self::satisfies(row, conditions)).collect();
        let offset = asked.number("sysparm_offset", 0);
        // An instance has a limit of its own.
        let limit =
            asked.number("sysparm_limit", 10_000).min(PAGE.max(if table == "change_request" { 0 } else { 100 }));
        let fields: Vec<&str> = asked.get("sysparm_fields").split(',').collect();
        let cut = |row: &Json| -> Json {
            let members = fields.iter().filter_map(|name| Some(((*name).to_owned(), row.get(*name)?.clone())));
            members.collect::<serde_json::Map<_, _>>().into()
        };
        let rows: Vec<Json> = found.iter().skip(offset).take(limit).map(|row| cut(row)).collect();
        let has_more = offset + rows.len() < found.len();
        let is_page = table == "change_request";
        let next = format!("<{}{}?sysparm_offset={}>;rel=\"next\"", asked.url, asked.path, offset + limit);
        Answer { link: has_more.then_some(next), is_page, ..Answer::ok(json!({"result": rows})) }
    }
}

fn one() -> Fake {
    let mut fake = Fake::default();
    super::Fake::write(&mut fake, 1, at("2026-03-01T11:00:00Z"), "scaled");
    fake
}

#[tokio::test]
async fn a_change_is_read_with_its_approvals_and_dates_in_utc() {
    let world = World::new(one()).await;
    let records = world.read(at(NOON)).await;
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((record.state, record.steps.len()), (RecordState::Implementing, 1));
    assert_eq!(record.recorded_at, Some(at("2026-02-01T08:00:00Z")));
    assert_eq!((record.approvals[0].given, record.approvals[0].at), (true, Some(at("2026-03-01T11:00:00Z"))));
}

#[tokio::test]
async fn an_approval_that_comes_later_is_seen_though_its_change_stays_as_it_was() {
    let mut fake = one();
    fake.changes.get_mut(&1).unwrap().approved = None;
    super::Fake::write(&mut fake, 2, at("2026-03-01T11:30:00Z"), "other");
    let world = World::new(fake).await;
    let given = |records: &[driftledger::model::ChangeRecord]| {
        records.iter().find(|record| record.id == "CHG0030001").unwrap().approvals.len()
    };
    assert_eq!(given(&world.read(at(NOON)).await), 0);
    world.server.with(|fake| fake.agree(1, at("2026-03-01T12:05:00Z")));
    assert_eq!(given(&world.read(at(NOON).checked_add(minutes(10)).unwrap()).await), 1);
}

#[tokio::test]
async fn a_query_that_the_service_passes_over_is_noticed() {
    let world = World::new(one()).await;
    let mut source = world.source();
    source["query"] = json!("u_no_such_field=5");
    world.configure(&source);
    let (records, problem) = world.fail(at(NOON)).await;
    assert_eq!((records.len(), problem.kind), (0, ProblemKind::Service));
    assert!(problem.message.contains("u_no_such_field"), "{}", problem.message);
}

#[tokio::test]
async fn rows_that_were_not_asked_for_are_noticed() {
    let mut fake = one();
    super::Fake::write(&mut fake, 2, at("2020-03-01T11:00:00Z"), "long ago");
    fake.is_deaf = true;
    let world = World::new(fake).await;
    let (records, problem) = world.fail(at(NOON)).await;
    assert_eq!(records.len(), 0);
    assert!(problem.message.contains("not asked for"), "{}", problem.message);
}

#[tokio::test]
async fn each_part_of_a_query_is_narrowed() {
    let mut fake = one();
    super::Fake::write(&mut fake, 2, at("2020-03-01T11:00:00Z"), "long ago");
    let world = World::new(fake).await;
    let mut source = world.source();
    source["query"] = json!("active=true^NQrisk=Low");
    world.configure(&source);
    assert_eq!(world.read(at(NOON)).await.len(), 1);
}

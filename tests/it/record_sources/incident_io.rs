//! incident.io as it is: pages with a cursor, a filter by day, updates and the text of post-mortems apart.

use std::collections::BTreeMap;

use driftledger::model::{RecordKind, RecordState};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::server::{Answer, Asked};
use super::{NOON, World, at};

const PAGE: usize = 2;

#[derive(Default)]
pub struct Fake {
    incidents: BTreeMap<usize, (Timestamp, String)>,
    /// Ids of issues elsewhere that incidents are tied to.
    pub issues: BTreeMap<usize, &'static str>,
}

impl Fake {
    fn incident(&self, number: usize) -> Json {
        let (changed, _) = &self.incidents[&number];
        json!({
            "id": format!("01{number}"), "reference": format!("INC-{number}"), "name": format!("incident {number}"),
            "summary": "It was slow.", "permalink": format!("https://app.incident.io/shop/incidents/{number}"),
            "incident_status": {"name": "Fixing", "category": "live"}, "created_at": "2026-02-01T08:00:00Z",
            "updated_at": changed.to_string(), "creator": {"user": {"name": "ana", "email": "ana@example.com"}},
            "custom_field_entries": [], "incident_role_assignments": [], "incident_timestamp_values": [],
            "external_issue_reference": self.issues.get(&number).map(|name| json!({"issue_name": name})),
            "postmortem_document_ids": if number == 9 { json!(["pm9"]) } else { json!([]) },
        })
    }

    fn page<T: Clone>(all: &[T], asked: &Asked, id: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        let after = asked.query.get("after");
        let start = after.map_or(0, |after| all.iter().position(|one| id(one) == *after).unwrap() + 1);
        let page: Vec<T> = all.iter().skip(start).take(PAGE).cloned().collect();
        // The cursor is the last entry of the page, also where nothing comes after it.
        let next = page.last().filter(|_| start + page.len() < all.len()).map(id);
        (page, next)
    }
}

impl super::Fake for Fake {
    fn source(&self) -> Json {
        json!({"kind": "incident_io"})
    }

    fn id(&self, number: usize) -> String {
        format!("INC-{number}")
    }

    fn write(&mut self, number: usize, changed: Timestamp, says: &str) {
        self.incidents.insert(number, (changed, says.to_owned()));
    }

    fn remove(&mut self, number: usize) {
        self.incidents.remove(&number);
    }

    fn answer(&mut self, asked: &Asked) -> Answer {
        match asked.path.as_str() {
            "/v2/incidents" => {
                let since: jiff::civil::Date = asked.get("updated_at[gte]").parse().unwrap();
                let since = since.to_zoned(TimeZone::UTC).unwrap().timestamp();
                let found: Vec<usize> = self
                    .incidents
                    .iter()
                    .filter(|(_, (changed, _))| *changed >= since)
                    .map(|(number, _)| *number)
                    .collect();
                let (page, after) = Self::page(&found, asked, ToString::to_string);
                let incidents: Vec<_> = page.iter().map(|number| self.incident(*number)).collect();
                Answer::page(json!({"incidents": incidents, "pagination_meta": {"after": after, "page_size": PAGE}}))
            }
            "/v2/incident_updates" => {
                let number: usize = asked.get("incident_id").strip_prefix("01").unwrap().parse().unwrap();
                let (changed, says) = &self.incidents[&number];
                let updates: Vec<Json> = (0..3)
                    .map(|number| {
                        let message = if number == 2 { says.clone() } else { format!("update {number}") };
                        json!({"id": number.to_string(), "message": message, "created_at": changed.to_string(),
                               "updater": {"user": {"name": "dana", "email": "dana@example.com"}}})
                    })
                    .collect();
                let (page, after) = Self::page(&updates, asked, |update| update["id"].as_str().unwrap().to_owned());
                Answer::ok(json!({"incident_updates": page, "pagination_meta": {"after": after, "page_size": PAGE}}))
            }
            "/v1/postmortem_documents/pm9/content" => Answer::ok(
                json!({"content": {"markdown": "## Rollback\n\n```\nkubectl scale deploy/web --replicas=1\n```"}}),
            ),
            _ => Answer::error(404, json!({"type": "not_found", "errors": [{"message": "no such thing"}]})),
        }
    }
}

#[tokio::test]
async fn updates_of_every_page_and_the_post_mortem_are_part_of_the_record() {
    let mut fake = Fake::default();
    super::Fake::write(&mut fake, 9, at("2026-03-01T11:00:00Z"), "`kubectl scale deploy/web --replicas=3`");
    let world = World::new(fake).await;
    let records = world.read(at(NOON)).await;
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((record.kind, record.state), (RecordKind::Incident, RecordState::Implementing));
    assert_eq!(record.steps[0].commands[0].text, "kubectl scale deploy/web --replicas=3");
    assert_eq!(record.rollback[0].commands[0].text, "kubectl scale deploy/web --replicas=1");
    assert_eq!(record.recorded_at, Some(at("2026-03-01T11:00:00Z")));
}

#[tokio::test]
async fn a_change_in_jira_and_here_is_one() {
    let mut tickets = super::jira::Fake::cloud();
    super::Fake::write(&mut tickets, 1, at("2026-03-01T11:00:00Z"), "scaled");
    let mut incidents = Fake { issues: [(4, "OPS-1")].into(), ..Fake::default() };
    super::Fake::write(&mut incidents, 4, at("2026-03-01T11:00:00Z"), "`kubectl scale deploy/web --replicas=3`");
    super::Fake::write(&mut incidents, 5, at("2026-03-01T11:00:00Z"), "something else");
    let (jira, incident_io) = (World::new(tickets).await, World::new(incidents).await);
    jira.configure_all(&[jira.source(), incident_io.source()]);
    let records = jira.read(at(NOON)).await;
    assert_eq!(super::ids(&records), ["INC-5", "OPS-1"]);
    let one = records.iter().find(|record| record.id == "OPS-1").unwrap();
    assert!(one.goes_by("INC-4") && one.aliases.len() == 1);
    assert_eq!((one.incident.as_deref(), one.steps.len()), (Some("INC-4"), 1));
}

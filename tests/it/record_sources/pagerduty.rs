//! PagerDuty as it is: no range beyond six months, no filter by change, notes apart, and log entries of everything.

use std::collections::BTreeMap;

use driftledger::model::{RecordKind, RecordState};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::server::{Answer, Asked};
use super::{NOON, World, at, minutes};

const PAGE: usize = 2;

#[derive(Default)]
pub struct Fake {
    /// When each began, and its notes.
    incidents: BTreeMap<usize, (Timestamp, Vec<(Timestamp, String)>)>,
}

impl Fake {
    fn incident(&self, number: usize) -> Json {
        let (created, _) = &self.incidents[&number];
        json!({
            "id": format!("PINC{number}"), "incident_number": number, "title": format!("incident {number}"), "status": "resolved",
            "created_at": created.to_string(), "last_status_change_at": created.to_string(), "service": {"id": "PS1", "summary": "checkout"},
            "html_url": format!("https://shop.pagerduty.com/incidents/PINC{number}"), "assignments": [],
        })
    }

    fn range(asked: &Asked) -> Result<(Timestamp, Timestamp), Answer> {
        let time = |name: &str| asked.get(name).parse::<Timestamp>().unwrap();
        let (since, until) = (time("since"), time("until"));
        if until.duration_since(since) > SignedDuration::from_hours(24 * 180) {
            let message = "The time range must not exceed 6 months";
            return Err(Answer::error(
                400,
                json!({"error": {"message": "Invalid Input Provided", "errors": [message]}}),
            ));
        }
        Ok((since, until))
    }

    fn page(name: &str, all: &[Json], asked: &Asked) -> Answer {
        let offset = asked.number("offset", 0);
        let page: Vec<_> = all.iter().skip(offset).take(PAGE.min(asked.number("limit", 25))).cloned().collect();
        let more = offset + page.len() < all.len();
        let is_page = !page.is_empty();
        Answer {
            is_page,
            ..Answer::ok(json!({name: page, "limit": PAGE, "offset": offset, "more": more, "total": null}))
        }
    }
}

impl super::Fake for Fake {
    fn source(&self) -> Json {
        json!({"kind": "pagerduty"})
    }

    fn id(&self, number: usize) -> String {
        format!("PINC{number}")
    }

    fn write(&mut self, number: usize, changed: Timestamp, says: &str) {
        let created = changed.checked_sub(minutes(5)).unwrap();
        let (_, notes) = self.incidents.entry(number).or_insert((created, Vec::new()));
        notes.push((changed, says.to_owned()));
    }

    fn remove(&mut self, number: usize) {
        self.incidents.remove(&number);
    }

    fn answer(&mut self, asked: &Asked) -> Answer {
        let of = |id: &str| id.strip_prefix("PINC").and_then(|number| number.parse::<usize>().ok()).unwrap();
        let parts: Vec<_> = asked.path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["incidents"] => match Self::range(asked) {
                Err(error) => error,
                Ok((since, until)) => {
                    let found = self.incidents.iter().filter(|(_, (created, _))| (since..until).contains(created));
                    let found: Vec<_> = found.map(|(number, _)| self.incident(*number)).collect();
                    Self::page("incidents", &found, asked)
                }
            },
            ["log_entries"] => match Self::range(asked) {
                Err(error) => error,
                Ok((since, until)) => {
                    let all = self
                        .incidents
                        .iter()
                        .flat_map(|(number, (_, notes))| notes.iter().map(move |(at, _)| (number, at)));
                    let found = all.filter(|(_, at)| (since..until).contains(*at));
                    let entry = |(number, at): (&usize, &Timestamp)| json!({"type": "annotate_log_entry", "created_at": at.to_string(), "incident": {"id": format!("PINC{number}")}});
                    Self::page("log_entries", &found.map(entry).collect::<Vec<_>>(), asked)
                }
            },
            ["incidents", id] => Answer::ok(json!({"incident": self.incident(of(id))})),
            ["incidents", id, "notes"] => {
                let (_, notes) = &self.incidents[&of(id)];
                let note = |(at, says): &(Timestamp, String)| json!({"user": {"summary": "Dana", "type": "user_reference"}, "content": says, "created_at": at.to_string()});
                Answer::ok(json!({"notes": notes.iter().map(note).collect::<Vec<_>>()}))
            }
            _ => Answer::error(404, json!({"error": {"message": "Not Found"}})),
        }
    }
}

#[tokio::test]
async fn a_note_on_an_old_incident_is_found_by_its_log_entry() {
    let mut fake = Fake::default();
    super::Fake::write(&mut fake, 1, at("2026-01-01T11:00:00Z"), "looking");
    super::Fake::write(&mut fake, 2, at("2026-03-01T11:50:00Z"), "looking");
    let world = World::new(fake).await;
    assert_eq!(world.read(at(NOON)).await.len(), 2);
    world.server.with(|fake| fake.write(1, at("2026-03-01T12:05:00Z"), "`kubectl scale deploy/web --replicas=3`"));
    let records = world.read(at(NOON).checked_add(minutes(10)).unwrap()).await;
    let record = records.iter().find(|record| record.id == "PINC1").unwrap();
    assert_eq!((record.kind, record.state), (RecordKind::Incident, RecordState::Closed));
    assert_eq!(record.steps[0].commands[0].text, "kubectl scale deploy/web --replicas=3");
}

#[tokio::test]
async fn years_are_asked_for_in_parts() {
    let mut fake = Fake::default();
    super::Fake::write(&mut fake, 1, at("2025-04-01T11:00:00Z"), "looking");
    let world = World::new(fake).await;
    let mut source = world.source();
    source["history_days"] = json!(365);
    world.configure(&source);
    assert_eq!(world.read(at(NOON)).await.len(), 1);
}

//! Confluence as it is: links to the next answer without the context of the site, comments apart, times in CQL in the zone
//! of the user, who is in Los Angeles.

use std::collections::BTreeMap;

use driftledger::model::RecordKind;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::server::{Answer, Asked};
use super::{NOON, World, at};

const PAGE: usize = 2;

#[derive(Default)]
pub struct Fake {
    pages: BTreeMap<usize, (Timestamp, String)>,
    /// The questions of answers that go on.
    cursors: BTreeMap<String, (usize, String)>,
}

impl Fake {
    fn found(&self, cql: &str) -> Vec<usize> {
        assert!(
            cql.starts_with("(space = OPS) and lastmodified >= \"") && cql.ends_with("order by created asc"),
            "{cql}"
        );
        let since = cql.split('"').nth(1).unwrap();
        let since = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M", since).unwrap();
        let since = since.to_zoned(TimeZone::get("America/Los_Angeles").unwrap()).unwrap().timestamp();
        self.pages.iter().filter(|(_, (changed, _))| *changed >= since).map(|(number, _)| *number).collect()
    }

    fn page(&self, number: usize) -> Json {
        let (changed, says) = &self.pages[&number];
        json!({
            "id": number.to_string(), "type": "page", "title": format!("CR-{number}: scaling"),
            "body": {"storage": {"value": format!("<p>{says}</p>"), "representation": "storage"}},
            "version": {"when": changed.to_string(), "number": 3},
            "history": {"createdDate": "2026-02-01T08:00:00.000Z", "createdBy": {"displayName": "Dana", "accountId": "5b1"}},
            "metadata": {"labels": {"results": [{"name": "implemented"}]}}, "_links": {"webui": format!("/spaces/OPS/pages/{number}")},
        })
    }
}

impl super::Fake for Fake {
    fn source(&self) -> Json {
        json!({"kind": "confluence", "cql": "space = OPS"})
    }

    fn id(&self, number: usize) -> String {
        format!("CR-{number}")
    }

    fn write(&mut self, number: usize, changed: Timestamp, says: &str) {
        self.pages.insert(number, (changed, says.to_owned()));
    }

    fn remove(&mut self, number: usize) {
        self.pages.remove(&number);
    }

    fn answer(&mut self, asked: &Asked) -> Answer {
        if asked.path.ends_with("/child/comment") {
            return Answer::ok(json!({"results": [
                {"body": {"storage": {"value": "<p>seen</p>"}}, "history": {"createdDate": "2026-03-01T10:00:00.000Z", "createdBy": {"displayName": "Kim"}}},
            ], "_links": {"context": "/wiki"}}));
        }
        assert_eq!(asked.path, "/rest/api/content/search");
        let (start, cql) = match asked.query.get("cursor") {
            Some(cursor) => self.cursors[cursor].clone(),
            None => (0, asked.get("cql").to_owned()),
        };
        let found = self.found(&cql);
        let page: Vec<_> = found.iter().skip(start).take(PAGE).map(|number| self.page(*number)).collect();
        let mut links = json!({"base": "https://example.atlassian.net/wiki", "context": "/wiki"});
        let end = start + page.len();
        if end < found.len() {
            let cursor = format!("c{end}");
            links["next"] =
                json!(format!("/rest/api/content/search?next=true&cursor={cursor}&expand=body.storage&limit={PAGE}"));
            self.cursors.insert(cursor, (end, cql));
        }
        Answer::page(json!({"results": page, "size": page.len(), "_links": links}))
    }
}

#[tokio::test]
async fn a_page_is_a_record_under_the_id_in_its_title() {
    let mut fake = Fake::default();
    super::Fake::write(&mut fake, 7, at("2026-03-01T11:00:00Z"), "scaled");
    let world = World::new(fake).await;
    let records = world.read(at(NOON)).await;
    assert_eq!((super::ids(&records), records[0].kind), (vec!["CR-7"], RecordKind::Page));
    assert!(records[0].body.contains("seen"));
}

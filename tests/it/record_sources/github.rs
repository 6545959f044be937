//! GitHub as it is: pull requests among the issues, pages by the header `Link`, reviews and comments apart. Requests are
//! held against its own OpenAPI document.

use std::collections::BTreeMap;

use driftledger::model::{ApprovalForm, RecordKind, RecordState};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::server::{Answer, Asked};
use super::{NOON, World, at, openapi};

const PAGE: usize = 2;

#[derive(Default)]
pub struct Fake {
    issues: BTreeMap<usize, (Timestamp, String)>,
}

impl Fake {
    /// Every other issue is a pull request, and one has another label.
    fn issue(&self, number: usize) -> Json {
        let (changed, says) = &self.issues[&number];
        let label = if number == 99 { "question" } else { "change" };
        let mut issue = json!({
            "number": number, "title": format!("change {number}"), "body": says, "state": "open", "comments": 1,
            "user": {"login": "dana", "type": "User"}, "labels": [{"name": label}], "assignees": [],
            "html_url": format!("https://github.com/shop/infra/issues/{number}"),
            "created_at": "2026-02-01T08:00:00Z", "updated_at": changed.to_string(),
        });
        if number.is_multiple_of(2) {
            issue["pull_request"] = json!({"merged_at": null});
        }
        issue
    }
}

impl super::Fake for Fake {
    fn source(&self) -> Json {
        json!({"kind": "github", "repositories": ["shop/empty", "shop/infra"]})
    }

    fn id(&self, number: usize) -> String {
        format!("shop/infra#{number}")
    }

    fn write(&mut self, number: usize, changed: Timestamp, says: &str) {
        self.issues.insert(number, (changed, says.to_owned()));
    }

    fn remove(&mut self, number: usize) {
        self.issues.remove(&number);
    }

    fn answer(&mut self, asked: &Asked) -> Answer {
        openapi::check("github", asked);
        match asked.path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
            ["repos", "shop", "empty", "issues"] => Answer::ok(json!([])),
            ["repos", "shop", "infra", "issues"] => {
                assert_eq!((asked.get("state"), asked.get("sort")), ("all", "created"));
                let since: Timestamp = asked.get("since").parse().unwrap();
                let found = self.issues.iter().filter(|(_, (changed, _))| *changed >= since);
                let found: Vec<_> = found.map(|(number, _)| self.issue(*number)).collect();
                let page = asked.number("page", 1);
                let rows: Vec<_> = found.iter().skip((page - 1) * PAGE).take(PAGE).cloned().collect();
                let since = asked.get("since");
                let next = format!(
                    "<{}{}?state=all&since={since}&sort=created&direction=asc&per_page={PAGE}&page={}>; rel=\"next\", <x>; rel=\"last\"",
                    asked.url,
                    asked.path,
                    page + 1
                );
                Answer { link: (page * PAGE < found.len()).then_some(next), ..Answer::page(json!(rows)) }
            }
            ["repos", "shop", "infra", "issues", _, "comments"] => Answer::ok(json!([
                {"user": {"login": "lee", "type": "User"}, "body": "on it", "created_at": "2026-03-01T10:00:00Z"},
            ])),
            ["repos", "shop", "infra", "pulls", _, "reviews"] => Answer::ok(json!([
                {"user": {"login": "kim", "type": "User"}, "state": "APPROVED", "submitted_at": "2026-03-01T10:00:00Z"},
            ])),
            _ => Answer::error(404, json!({"message": "Not Found"})),
        }
    }
}

#[tokio::test]
async fn issues_and_pull_requests_with_the_label_are_records() {
    let mut fake = Fake::default();
    for number in [1, 2, 99] {
        super::Fake::write(&mut fake, number, at("2026-03-01T11:00:00Z"), "scaled");
    }
    let world = World::new(fake).await;
    let records = world.read(at(NOON)).await;
    assert_eq!(super::ids(&records), ["shop/infra#1", "shop/infra#2"]);
    let told: Vec<_> = records.iter().map(|record| (record.kind, record.state)).collect();
    assert_eq!(told, [(RecordKind::Change, RecordState::Review), (RecordKind::PullRequest, RecordState::Approved)]);
    assert_eq!(records[1].approvals[0].form, ApprovalForm::Review);
}

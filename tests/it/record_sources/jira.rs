//! Jira as it is: search answers ids unless told, in pages without a total (Cloud); times in JQL are those of the user,
//! who is in Tokyo; only the first comments come along; the mark of a page expires.

use std::collections::BTreeMap;

use driftledger::model::{ApprovalForm, RecordState};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::server::{Answer, Asked, Fault};
use super::{NOON, World, at, minutes};

const PAGE: usize = 2;
/// Comments that come along with an issue.
const COMMENTS: usize = 20;

#[derive(Clone)]
pub struct Issue {
    pub created: Timestamp,
    pub changed: Timestamp,
    pub says: String,
    pub status: (&'static str, &'static str),
    pub comments: Vec<(String, String)>,
}

pub struct Fake {
    is_cloud: bool,
    pub issues: BTreeMap<usize, Issue>,
    /// Marks of pages that are still good: the first issue of the page, and the question.
    marks: BTreeMap<String, (usize, String)>,
    zone: TimeZone,
}

impl Fake {
    pub fn cloud() -> Self {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        Self { is_cloud: true, issues: BTreeMap::new(), marks: BTreeMap::new(), zone }
    }

    pub fn data_center() -> Self {
        Self { is_cloud: false, ..Self::cloud() }
    }

    fn time(&self, time: Timestamp) -> String {
        time.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S.000%z").to_string()
    }

    fn text(&self, text: &str) -> Json {
        if !self.is_cloud {
            return json!(text);
        }
        let line = |line: &str| json!({"type": "paragraph", "content": [{"type": "text", "text": line}]});
        json!({"type": "doc", "version": 1, "content": text.lines().map(line).collect::<Vec<_>>()})
    }

    fn person(&self, name: &str) -> Json {
        if self.is_cloud {
            json!({"accountId": format!("id-{name}"), "accountType": "atlassian", "displayName": name})
        } else {
            json!({"name": name, "key": name, "displayName": name})
        }
    }

    fn comment(&self, issue: &Issue, (author, text): &(String, String)) -> Json {
        json!({"author": self.person(author), "body": self.text(text), "created": self.time(issue.changed)})
    }

    fn comments(&self, issue: &Issue, start: usize, count: usize) -> Json {
        let page: Vec<_> = issue.comments.iter().skip(start).take(count).map(|own| self.comment(issue, own)).collect();
        json!({"comments": page, "startAt": start, "maxResults": count, "total": issue.comments.len()})
    }

    /// The issues that a JQL finds, as this user's clock reads the time in it.
    fn found(&self, jql: &str) -> Vec<usize> {
        assert!(
            jql.starts_with("(project = OPS) AND updated >= \"") && jql.ends_with("ORDER BY created ASC, key ASC"),
            "{jql}"
        );
        let (_, rest) = jql.split_once('"').unwrap();
        let (since, _) = rest.split_once('"').unwrap();
        let since = jiff::civil::DateTime::strptime("%Y/%m/%d %H:%M", since).unwrap();
        let since = since.to_zoned(self.zone.clone()).unwrap().timestamp();
        self.issues.iter().filter(|(_, issue)| issue.changed >= since).map(|(number, _)| *number).collect()
    }

    fn issue(&self, number: usize, fields: &str, expand: &str) -> Json {
        let issue = &self.issues[&number];
        let all = json!({
            "summary": format!("change {number}"),
            "description": self.text(&issue.says),
            "issuetype": {"name": "Change"},
            "status": {"name": issue.status.0, "statusCategory": {"key": issue.status.1}},
            "created": self.time(issue.created),
            "updated": self.time(issue.changed),
            "reporter": self.person("dana"),
            "assignee": self.person("dana"),
            "comment": self.comments(issue, 0, COMMENTS),
            "customfield_10042": {"value": "High"},
        });
        let mut answer = json!({"id": (10_000 + number).to_string(), "fields": {}});
        for field in fields.split(',').filter(|field| !field.is_empty()) {
            answer["key"] = json!(format!("OPS-{number}"));
            if let Some(value) = all.get(field) {
                answer["fields"][field] = value.clone();
            }
        }
        if expand == "changelog" {
            answer["changelog"] = json!({"histories": [], "total": 0});
        }
        answer
    }

    fn search(&mut self, asked: &Asked) -> Answer {
        let (start, jql) = if self.is_cloud {
            match asked.query.get("nextPageToken") {
                None => (0, asked.get("jql").to_owned()),
                Some(mark) => match self.marks.get(mark) {
                    Some((start, jql)) if jql == asked.get("jql") => (*start, jql.clone()),
                    _ => return Answer::error(400, json!({"errorMessages": ["the token has expired"]})),
                },
            }
        } else {
            (asked.number("startAt", 0), asked.get("jql").to_owned())
        };
        let found = self.found(&jql);
        let page: Vec<usize> =
            found.iter().skip(start).take(PAGE.min(asked.number("maxResults", 50))).copied().collect();
        let end = start + page.len();
        let issues: Vec<_> =
            page.iter().map(|number| self.issue(*number, asked.get("fields"), asked.get("expand"))).collect();
        if !self.is_cloud {
            return Answer::page(json!({"issues": issues, "startAt": start, "maxResults": PAGE, "total": found.len()}));
        }
        let mut body = json!({"issues": issues, "isLast": end >= found.len()});
        if end < found.len() {
            let mark = format!("page-{end}");
            self.marks.insert(mark.clone(), (end, jql));
            body["nextPageToken"] = json!(mark);
        }
        Answer::page(body)
    }
}

impl super::Fake for Fake {
    fn source(&self) -> Json {
        let edition = if self.is_cloud { "cloud" } else { "data_center" };
        json!({"kind": "jira", "edition": edition, "jql": "project = OPS"})
    }

    fn id(&self, number: usize) -> String {
        format!("OPS-{number}")
    }

    fn write(&mut self, number: usize, changed: Timestamp, says: &str) {
        let (status, comments) = (("Done", "done"), Vec::new());
        let created = self.issues.get(&number).map_or(changed, |issue| issue.created);
        self.issues.insert(number, Issue { created, changed, says: says.to_owned(), status, comments });
    }

    fn remove(&mut self, number: usize) {
        self.issues.remove(&number);
    }

    fn expire_pages(&mut self) {
        self.marks.clear();
    }

    fn answer(&mut self, asked: &Asked) -> Answer {
        let api = if self.is_cloud { "/rest/api/3" } else { "/rest/api/2" };
        let path = asked.path.strip_prefix(api).unwrap_or_else(|| panic!("{} is not of this edition", asked.path));
        match path {
            "/myself" => Answer::ok(json!({"displayName": "reader", "timeZone": "Asia/Tokyo"})),
            "/field" => Answer::ok(json!([
                {"id": "summary", "name": "Summary"},
                {"id": "customfield_10042", "name": "Change risk", "custom": true},
            ])),
            "/search/jql" if self.is_cloud => self.search(asked),
            "/search" if !self.is_cloud => self.search(asked),
            _ => {
                let key = path.strip_prefix("/issue/").and_then(|path| path.strip_suffix("/comment")).unwrap();
                let number: usize = key.strip_prefix("OPS-").unwrap().parse().unwrap();
                Answer::ok(self.comments(&self.issues[&number], asked.number("startAt", 0), 3))
            }
        }
    }
}

fn one(says: &str) -> Fake {
    let mut fake = Fake::cloud();
    super::Fake::write(&mut fake, 1, at("2026-03-01T11:00:00Z"), says);
    fake
}

#[tokio::test]
async fn fields_are_found_by_their_names_and_all_comments_are_read() {
    let mut fake = one("kubectl scale deploy/web --replicas=3");
    let issue = fake.issues.get_mut(&1).unwrap();
    issue.status = ("To Do", "new");
    issue.comments = (0..30).map(|number| ("lee".to_owned(), format!("note {number}"))).collect();
    issue.comments.push(("kim".to_owned(), "Approved.".to_owned()));
    let world = World::new(fake).await;
    let records = world.read(at(NOON)).await;
    let [record] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(record.risk, Some(driftledger::model::Risk::High));
    assert_eq!(record.steps[0].commands[0].text, "kubectl scale deploy/web --replicas=3");
    let approval = &record.approvals[0];
    assert_eq!((approval.who.as_deref(), approval.form), (Some("kim"), ApprovalForm::Comment));
    assert_eq!(record.state, RecordState::Approved);
    assert_eq!(record.requester.as_deref(), Some("dana"));
    assert_eq!(record.url, Some(format!("{}/browse/OPS-1", world.server.url)));
}

#[tokio::test]
async fn a_time_is_told_in_the_zone_of_the_user() {
    let world = World::new(one("scaled")).await;
    world.read(at(NOON)).await;
    world.server.forget_requests();
    world.read(at(NOON).checked_add(minutes(10)).unwrap()).await;
    let asked = world.server.requests();
    let search = asked.iter().find(|asked| asked.path.ends_with("/search/jql")).unwrap();
    // Ten minutes before the newest change, 11:00 in UTC.
    assert!(search.get("jql").contains("updated >= \"2026/03/01 19:50\""), "{}", search.get("jql"));
}

#[tokio::test]
async fn a_pass_whose_page_has_expired_begins_again() {
    let (world, expect) = super::five(Fake::cloud()).await;
    world.server.fail(Fault::AfterPages(1));
    world.fail(at(NOON)).await;
    world.server.fail(Fault::None);
    world.server.with(|fake| fake.expire_pages());
    assert_eq!(super::ids(&world.read(at("2026-03-01T12:10:00Z")).await), expect);
}

#[tokio::test]
async fn a_configured_field_that_is_not_there_is_told() {
    let world = World::new(one("scaled")).await;
    let mut source = world.source();
    source["fields"] = json!({"environment": "Stage"});
    world.configure(&source);
    let (_, problem) = world.fail(at(NOON)).await;
    assert!(problem.message.contains("fields.environment"), "{}", problem.message);
}

#[tokio::test]
async fn another_question_is_read_anew_and_kept_apart() {
    let world = World::new(one("scaled")).await;
    world.read(at(NOON)).await;
    let mut source = world.source();
    source["fields"] = json!({"risk": "customfield_10042"});
    world.configure(&source);
    world.server.fail(Fault::Refuses(401));
    let (records, _) = world.fail(at(NOON)).await;
    assert!(records.is_empty());
}

//! Change records from services: each is a small server that behaves as the real one does, traps included. One table of
//! behaviours runs over all of them; what is peculiar to one stands in its own file.

mod command;
mod confluence;
mod github;
mod incident_io;
mod jira;
mod openapi;
mod pagerduty;
#[cfg(all(feature = "kubernetes", feature = "cluster"))]
mod scan;
mod server;
mod servicenow;

use std::path::Path;

use driftledger::app::App;
use driftledger::clock::Clock;
use driftledger::config::{self, ConfigFile};
use driftledger::ledger::files::Read as Ledger;
use driftledger::model::{ChangeRecord, Problem, ProblemKind};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use server::{Fault, Server};

/// What every source is asked with, and nobody may be told.
pub const TOKEN: &str = "hunter2-very-secret";
/// When tests begin.
pub const NOON: &str = "2026-03-01T12:00:00Z";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// A service with records that tests write.
pub trait Fake: Send {
    /// The source, as a configuration has it: kind and what belongs to it besides `api`.
    fn source(&self) -> serde_json::Value;
    /// The id that the product gives a record.
    fn id(&self, number: usize) -> String;
    /// Writes a record, or changes it, so that it says something.
    fn write(&mut self, number: usize, changed: Timestamp, says: &str);
    fn remove(&mut self, number: usize);
    /// Forgets the marks of pages that were answered.
    fn expire_pages(&mut self) {}
    /// Has somebody agree to a record, where that leaves it unchanged.
    fn agree(&mut self, _number: usize, _at: Timestamp) {}
    /// Answers a request.
    fn answer(&mut self, asked: &server::Asked) -> server::Answer;
}

/// A repository whose records are kept by a service, and the service.
pub struct World {
    folder: TempDir,
    pub server: Server,
}

impl World {
    pub async fn new(fake: impl Fake + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), format!("{TOKEN}\n")).unwrap();
        let mut source = fake.source();
        let server = Server::start(Box::new(fake)).await;
        source["api"] = serde_json::json!({
            "url": server.url, "token": {"file": "token"}, "plain_http": true, "timeout_seconds": 20, "patience_seconds": 20,
        });
        let world = Self { folder, server };
        world.configure(&source);
        world
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn configure(&self, source: &serde_json::Value) {
        self.configure_all(std::slice::from_ref(source));
    }

    pub fn configure_all(&self, sources: &[serde_json::Value]) {
        let config = serde_json::json!({
            "records": sources,
            "stacks": [{
                "name": "shop", "environment": "production",
                "declared": {"kind": "kubernetes", "path": "deploy"},
                "live": {"kind": "kubernetes", "kubeconfig": "nowhere"},
            }],
        });
        std::fs::write(self.folder().join("driftledger.yaml"), config.to_string()).unwrap();
    }

    pub fn source(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.folder().join("driftledger.yaml")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["records"][0].clone()
    }

    pub fn config(&self) -> ConfigFile {
        config::load(&self.folder().join("driftledger.yaml")).unwrap()
    }

    /// Reads what is new, at a time, and answers with the ledger and what could not be read.
    pub async fn sync(&self, now: Timestamp) -> (Ledger, Vec<Problem>) {
        let app = App::with_clock(self.config(), Clock::fixed(now)).await.unwrap();
        let unread = app.sync_records().await.unwrap();
        let ledger = app.ledger().await.unwrap();
        app.close().await;
        let shown = format!("{unread:?} {ledger:?}");
        assert!(!shown.contains(TOKEN), "{shown}");
        (ledger, unread)
    }

    /// Reads what is new, which must succeed.
    pub async fn read(&self, now: Timestamp) -> Vec<ChangeRecord> {
        let (ledger, unread) = self.sync(now).await;
        assert_eq!(unread, []);
        assert_eq!(ledger.problems, []);
        ledger.records
    }

    /// Reads what is new, which must fail in a way.
    pub async fn fail(&self, now: Timestamp) -> (Vec<ChangeRecord>, Problem) {
        let (ledger, unread) = self.sync(now).await;
        let [problem] = unread.as_slice() else { panic!("{unread:?}") };
        (ledger.records, problem.clone())
    }
}

fn ids(records: &[ChangeRecord]) -> Vec<&str> {
    let mut ids: Vec<_> = records.iter().map(|record| record.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

/// A service with five records, two more than fit on its pages twice.
async fn five<F: Fake + 'static>(mut fake: F) -> (World, Vec<String>) {
    for number in 1..=5 {
        let ago = SignedDuration::from_hours(i64::try_from(number).unwrap());
        fake.write(number, at(NOON).checked_sub(ago).unwrap(), "scaled the checkout");
    }
    let mut expect: Vec<_> = (1..=5).map(|number| fake.id(number)).collect();
    expect.sort_unstable();
    (World::new(fake).await, expect)
}

/// The text of a record.
fn says(records: &[ChangeRecord], id: &str) -> String {
    let record = records.iter().find(|record| record.id == id).unwrap_or_else(|| panic!("no {id} in {records:?}"));
    format!("{}\n{}", record.summary, record.body)
}

async fn reads_every_page_and_then_only_changes<F: Fake + 'static>(fake: F) {
    let (world, expect) = five(fake).await;
    let records = world.read(at(NOON)).await;
    assert_eq!(ids(&records), expect);
    assert!(
        records.iter().all(|record| record.raw_hash.is_some() && record.url.is_some() && record.recorded_at.is_some())
    );
    let whole = world.server.requests().len();

    let later = at(NOON).checked_add(minutes(30)).unwrap();
    let changed = world.server.with(|fake| {
        fake.write(3, at("2026-03-01T12:20:00Z"), "scaled the basket");
        fake.write(6, at("2026-03-01T12:25:00Z"), "scaled the orders");
        (fake.id(3), fake.id(6))
    });
    world.server.forget_requests();
    let records = world.read(later).await;
    assert_eq!(records.len(), 6);
    assert!(says(&records, &changed.0).contains("basket") && says(&records, &changed.1).contains("orders"));
    let more = world.server.requests();
    assert!(more.len() < whole, "{} is no less than {whole}: {more:?}", more.len());
}

async fn forgets_what_was_deleted_after_a_day<F: Fake + 'static>(fake: F) {
    let (world, expect) = five(fake).await;
    world.read(at(NOON)).await;
    world.server.with(|fake| fake.remove(2));
    assert_eq!(ids(&world.read(at("2026-03-01T13:00:00Z")).await), expect);
    assert_eq!(world.read(at("2026-03-02T12:30:00Z")).await.len(), 4);
}

async fn waits_as_it_is_asked<F: Fake + 'static>(fake: F) {
    let (world, expect) = five(fake).await;
    world.server.fail(Fault::Throttled { times: 2, after: "0" });
    assert_eq!(ids(&world.read(at(NOON)).await), expect);
    world.server.fail(Fault::Busy { times: 1 });
    assert_eq!(ids(&world.read(at("2026-03-01T13:00:00Z")).await), expect);
}

async fn loses_nothing_while_the_service_is_away<F: Fake + 'static>(fake: F) {
    let (world, expect) = five(fake).await;
    world.read(at(NOON)).await;
    let hour = at("2026-03-01T13:00:00Z");
    for (fault, kind) in [
        (Fault::Throttled { times: usize::MAX, after: "7200" }, ProblemKind::Throttled),
        (Fault::Refuses(401), ProblemKind::AccessDenied),
        (Fault::Refuses(400), ProblemKind::Service),
        (Fault::NoJson, ProblemKind::Service),
        (Fault::LeadsAway, ProblemKind::Unreachable),
    ] {
        world.server.fail(fault.clone());
        let (records, problem) = world.fail(hour).await;
        assert_eq!((problem.kind, ids(&records)), (kind, expect.iter().map(String::as_str).collect()), "{fault:?}");
        assert!(records.iter().all(|record| record.as_of == Some(at(NOON))), "{fault:?}");
    }
    world.server.fail(Fault::None);
    assert!(world.read(hour).await.iter().all(|record| record.as_of.is_none()));
    assert_eq!(world.server.strangers(), 0, "the token went to another host");
}

async fn goes_on_where_it_stopped<F: Fake + 'static>(fake: F) {
    let (world, expect) = five(fake).await;
    // Once the first page is there, nothing more comes.
    world.server.fail(Fault::AfterPages(1));
    let (some, _) = world.fail(at(NOON)).await;
    assert!(!some.is_empty() && some.len() < 5, "{}", some.len());
    world.server.fail(Fault::None);
    assert_eq!(ids(&world.read(at("2026-03-01T12:10:00Z")).await), expect);
}

/// The behaviours that every source has.
macro_rules! behaviours {
    ($($source:ident => $fake:expr;)*) => {$(
        mod $source {
            #[tokio::test]
            async fn reads_every_page_and_then_only_changes() {
                super::reads_every_page_and_then_only_changes($fake).await;
            }

            #[tokio::test]
            async fn forgets_what_was_deleted_after_a_day() {
                super::forgets_what_was_deleted_after_a_day($fake).await;
            }

            #[tokio::test]
            async fn waits_as_it_is_asked() {
                super::waits_as_it_is_asked($fake).await;
            }

            #[tokio::test]
            async fn loses_nothing_while_the_service_is_away() {
                super::loses_nothing_while_the_service_is_away($fake).await;
            }

            #[tokio::test]
            async fn goes_on_where_it_stopped() {
                super::goes_on_where_it_stopped($fake).await;
            }
        }
    )*};
}

behaviours! {
    jira_cloud => crate::record_sources::jira::Fake::cloud();
    jira_data_center => crate::record_sources::jira::Fake::data_center();
    servicenow_table_api => crate::record_sources::servicenow::Fake::default();
    pagerduty_rest_api => crate::record_sources::pagerduty::Fake::default();
    incident_io_api => crate::record_sources::incident_io::Fake::default();
    github_rest_api => crate::record_sources::github::Fake::default();
    confluence_content_api => crate::record_sources::confluence::Fake::default();
}

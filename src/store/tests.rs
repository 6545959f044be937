//! One behavioural suite for every store: what is written comes back, counts are counted once, a killed process loses
//! nothing that was committed.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::evidence::cloudtrail::{Fact, NameDigest, Progress};
use crate::model::{Actor, ActorKind, Drift};
use crate::report::tests::sample;
use crate::report::{Coverage, DriftReport};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const NOON: &str = "2026-03-01T12:00:00Z";

fn stack_scan(drifts: &[Drift], resolutions: Vec<Resolution>) -> StackScan {
    StackScan {
        scan_id: "s1".into(),
        stack: "shop".into(),
        environment: "production".into(),
        at: at(NOON),
        deployment: Some("7".into()),
        complete: true,
        coverage: Coverage::default(),
        drifts: drifts.iter().map(DriftReport::from).collect(),
        resolutions,
        bases: BTreeMap::from([("web".into(), BTreeMap::from([("DesiredCount".into(), json!(2))]))]),
        forgotten: Vec::new(),
        baselines: BaselineChanges::default(),
        delays: Vec::new(),
        deployments: Vec::new(),
        rollbacks: Vec::new(),
    }
}

async fn memory() -> Store {
    Store::in_memory(Fingerprinter::new(*b"test key")).await.unwrap()
}

fn count(counted: &Counted, labels: &[&str]) -> i64 {
    counted.iter().find(|(known, _)| known == labels).map_or(0, |(_, n)| *n)
}

#[tokio::test]
async fn what_a_scan_found_comes_back() {
    let store = memory().await;
    let drift = sample("shop", "web", 2, 4);
    store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    assert_eq!(store.open_drifts(Some("shop")).await.unwrap(), [DriftReport::from(&drift)]);
    assert!(store.open_drifts(Some("other")).await.unwrap().is_empty());
    assert_eq!(store.bases("shop").await.unwrap()["web"]["DesiredCount"], json!(2));
    let known = store.stack("shop").await.unwrap().unwrap();
    assert_eq!((known.deployment.as_deref(), known.last_success), (Some("7"), Some(at(NOON))));
}

#[tokio::test]
async fn a_drift_is_counted_once_however_often_it_is_seen() {
    let store = memory().await;
    let drift = sample("shop", "web", 2, 4);
    for _ in 0..3 {
        store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    }
    assert_eq!(count(&store.world(at(NOON)).await.unwrap().drift_events, &["detected"]), 1);
}

#[tokio::test]
async fn a_resolved_drift_is_no_longer_open_and_opens_again_under_its_id() {
    let store = memory().await;
    let drift = sample("shop", "web", 2, 4);
    store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    let resolution = Resolution { drift: drift.id.clone(), how: Some(Resolved::Overwritten), at: at(NOON) };
    store.save_stack(&stack_scan(&[], vec![resolution])).await.unwrap();
    assert!(store.open_drifts(None).await.unwrap().is_empty());
    let known = store.drifts_by_id(drift.id.as_str()).await.unwrap();
    assert_eq!(known[0].resolved, Some(("overwritten".to_owned(), at(NOON))));

    store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    let world = store.world(at(NOON)).await.unwrap();
    assert_eq!(world.drifts.len(), 1);
    assert_eq!(count(&world.drift_events, &["detected"]), 2);
    assert_eq!(count(&world.overwrites, &["production"]), 1);
}

#[tokio::test]
async fn a_pending_attribute_that_is_deployed_counts_as_nothing() {
    let store = memory().await;
    let mut drift = sample("shop", "web", 2, 4);
    drift.attributes.iter_mut().for_each(|a| a.standing = crate::model::Standing::Pending);
    store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    let resolution = Resolution { drift: drift.id.clone(), how: None, at: at(NOON) };
    store.save_stack(&stack_scan(&[], vec![resolution])).await.unwrap();
    assert!(store.world(at(NOON)).await.unwrap().drift_events.is_empty());
}

#[tokio::test]
async fn a_codified_change_has_ended_though_its_resource_stays_in_the_report() {
    let store = memory().await;
    let mut drift = sample("shop", "web", 2, 4);
    store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    drift.attributes.iter_mut().for_each(|a| a.standing = crate::model::Standing::Codified);
    let resolution = Resolution { drift: drift.id.clone(), how: Some(Resolved::Codified), at: at(NOON) };
    for resolutions in [vec![resolution], Vec::new()] {
        store.save_stack(&stack_scan(std::slice::from_ref(&drift), resolutions)).await.unwrap();
        let world = store.world(at(NOON)).await.unwrap();
        assert_eq!(world.drifts, [DriftReport::from(&drift)]);
        assert_eq!(world.drift_events.len(), 2, "{:?}", world.drift_events);
        assert_eq!(count(&world.drift_events, &["codified"]), 1);
    }
}

#[tokio::test]
async fn a_scan_that_failed_keeps_the_time_of_the_last_good_one() {
    let store = memory().await;
    store.save_stack(&stack_scan(&[], Vec::new())).await.unwrap();
    let failed = StackScan { complete: false, at: at("2026-03-01T13:00:00Z"), ..stack_scan(&[], Vec::new()) };
    store.save_stack(&failed).await.unwrap();
    let known = store.stack("shop").await.unwrap().unwrap();
    assert_eq!(known.last_success, Some(at(NOON)));
    assert_eq!(known.scanned_at, at("2026-03-01T13:00:00Z"));
}

#[tokio::test]
async fn an_id_may_be_shortened() {
    let store = memory().await;
    let drift = sample("shop", "web", 2, 4);
    store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    let short: String = drift.id.as_str().chars().take(6).collect();
    assert_eq!(store.drifts_by_id(&short).await.unwrap().len(), 1);
    assert!(store.drifts_by_id("d-nothing").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rollback_seen_twice_counts_once_and_against_its_deployment() {
    let store = memory().await;
    let deployment = DeploymentEvent {
        key: "ecs-svc/1".into(),
        environment: "production".into(),
        stack: Some("shop".into()),
        service: "web".into(),
        mechanism: "ecs",
        kind: DeploymentKind::Forward,
        outcome: DeploymentOutcome::Failed,
        started_at: at("2026-02-27T12:00:00Z"),
    };
    let good = DeploymentEvent { key: "ecs-svc/0".into(), outcome: DeploymentOutcome::Succeeded, ..deployment.clone() };
    let rollback = RollbackEvent {
        key: "ecs-svc/1".into(),
        environment: "production".into(),
        service: "web".into(),
        mechanism: "ecs",
        trigger: RollbackTrigger::CircuitBreaker,
        deployment: Some("ecs-svc/1".into()),
        at: at(NOON),
        duration_ms: Some(90_000),
    };
    for _ in 0..2 {
        store.save_rollbacks(&[deployment.clone(), good.clone()], std::slice::from_ref(&rollback)).await.unwrap();
    }
    let world = store.world(at(NOON)).await.unwrap();
    assert_eq!(world.rollbacks, [(vec!["production".into(), "ecs".into(), "circuit_breaker".into()], 1)]);
    assert_eq!(world.rollback_durations, [90.0]);
    let week = &world.forward_deployments[0];
    assert_eq!((week.environment.as_str(), week.days, week.settled, week.taken_back), ("production", 7, 2, 1));
    let known = store.known_rollouts("shop", "production").await.unwrap();
    assert_eq!(known.deployments["ecs-svc/1"], (DeploymentKind::Forward, DeploymentOutcome::Failed));
    assert!(known.rollbacks.contains(&rollback.key) && known.taken_back.contains("ecs-svc/1"));
    assert!(store.known_rollouts("api", "staging").await.unwrap() == KnownRollouts::default());
}

#[tokio::test]
async fn problems_of_no_stack_are_those_of_the_last_scan() {
    let store = memory().await;
    let problem = |message: &str| {
        crate::report::ProblemReport::from(&crate::model::Problem::new(
            crate::model::ProblemKind::Record,
            "changes/cr-1.yaml",
            message,
        ))
    };
    store.save_problems(&[problem("no id"), problem("another")]).await.unwrap();
    store.save_problems(&[problem("no id")]).await.unwrap();
    assert_eq!(store.problems().await.unwrap(), [problem("no id")]);
    // The API says what the scan says.
    let report = crate::web::stored_report(&store, None).await.unwrap();
    assert_eq!(report.coverage.problems, [problem("no id")]);
}

#[tokio::test]
async fn a_resource_left_with_a_pending_change_is_open_and_its_change_by_hand_is_counted_as_gone() {
    let store = memory().await;
    let mut drift = sample("shop", "web", 2, 4);
    store.save_stack(&stack_scan(std::slice::from_ref(&drift), Vec::new())).await.unwrap();
    drift.attributes.iter_mut().for_each(|a| a.standing = crate::model::Standing::Codified);
    let resolution = Resolution { drift: drift.id.clone(), how: Some(Resolved::Codified), at: at(NOON) };
    store.save_stack(&stack_scan(std::slice::from_ref(&drift), vec![resolution])).await.unwrap();
    let world = store.world(at(NOON)).await.unwrap();
    assert_eq!((world.drifts.len(), world.drifts[0].verdict), (1, None));
    assert_eq!((count(&world.drift_events, &["detected"]), count(&world.drift_events, &["codified"])), (1, 1));
}

#[tokio::test]
async fn a_stack_that_is_not_configured_is_set_aside_and_goes_on_when_it_is_again() {
    let store = memory().await;
    let mut drift = sample("shop", "web", 2, 4);
    drift.violations =
        vec![crate::model::Violation { record: "CR-1".into(), rule: "late".into(), message: "late".into(), at: None }];
    let row = baseline("web", "1");
    let changes = BaselineChanges { saved: vec![row.clone()], forgotten: Vec::new() };
    let scan = StackScan { baselines: changes, ..stack_scan(std::slice::from_ref(&drift), Vec::new()) };
    store.save_stack(&scan).await.unwrap();
    let before = store.world(at(NOON)).await.unwrap();

    store.retire_all_but(&["other"]).await.unwrap();
    assert!(store.stacks().await.unwrap().is_empty());
    assert!(store.open_drifts(None).await.unwrap().is_empty());
    assert_eq!(store.last_success().await.unwrap(), None);
    let world = store.world(at(NOON)).await.unwrap();
    assert!(world.drifts.is_empty() && world.drifting.is_empty() && world.violations.is_empty());

    store.retire_all_but(&["shop", "other"]).await.unwrap();
    let again = store.world(at(NOON)).await.unwrap();
    assert_eq!((again.drifts, again.violations), (before.drifts, before.violations));
    assert_eq!(again.drift_events, before.drift_events);
    assert_eq!(store.bases("shop").await.unwrap().len(), 1);
    assert_eq!(store.baselines("shop").await.unwrap(), [row]);
}

fn baseline(address: &str, value: &str) -> Baseline {
    let values = BTreeMap::from([
        ("A.B".parse().unwrap(), crate::model::Value::from(value)),
        ("L".parse().unwrap(), crate::model::Value::from_json(&json!([{"Name": "a"}]))),
    ]);
    Baseline {
        key: BaselineKey {
            account: "123456789012".into(),
            region: "eu-west-1".into(),
            resource_type: "AWS::ECS::Service".into(),
            address: address.into(),
        },
        identifier: "arn".into(),
        deployment: Some("7".into()),
        recorded_at: at(NOON),
        values,
        differing: BTreeMap::new(),
    }
}

#[tokio::test]
async fn baselines_come_back_by_resource_with_secrets_as_fingerprints() {
    let store = memory().await;
    let secret = store.fingerprints().hide(&crate::model::Value::from("hunter2"));
    let mut row = baseline("web", "1");
    row.values.insert("Secret".parse().unwrap(), secret);
    row.differing.insert("A.B".parse().unwrap(), None);
    let save = async |saved: Vec<Baseline>, forgotten: Vec<&str>| {
        let forgotten = forgotten.into_iter().map(|address| ("AWS::ECS::Service".into(), address.into())).collect();
        let baselines = BaselineChanges { saved, forgotten };
        store.save_stack(&StackScan { baselines, ..stack_scan(&[], Vec::new()) }).await.unwrap();
        store.baselines("shop").await.unwrap()
    };
    assert_eq!(save(vec![row.clone(), baseline("api", "2")], vec![]).await, [baseline("api", "2"), row]);
    assert_eq!(save(vec![baseline("web", "3")], vec!["api"]).await, [baseline("web", "3")]);
    assert_eq!(save(vec![], vec!["web"]).await, []);
}

#[tokio::test]
async fn accepted_values_are_left_open_and_the_others_stay() {
    let store = memory().await;
    let mut row = baseline("web", "1");
    for path in ["L[Name=a].Y", "New"] {
        row.differing.insert(path.parse().unwrap(), Some(crate::model::Value::from(1)));
    }
    let baselines = BaselineChanges { saved: vec![row, baseline("api", "1")], forgotten: Vec::new() };
    store.save_stack(&StackScan { baselines, ..stack_scan(&[], Vec::new()) }).await.unwrap();
    let accepted = store.accept_undeclared("shop", "AWS::ECS::Service", "web").await.unwrap();
    let accepted: Vec<_> = accepted.iter().map(ToString::to_string).collect();
    assert_eq!(accepted, ["L[Name=a].Y", "New"]);
    let rows = store.baselines("shop").await.unwrap();
    let open = |row: &Baseline| -> Vec<String> {
        row.values.iter().filter(|(_, value)| value.is_unknown()).map(|(path, _)| path.to_string()).collect()
    };
    assert_eq!((open(&rows[0]), open(&rows[1])), (vec![], vec!["L".to_owned(), "New".to_owned()]));
    assert_eq!(rows[1].differing.len(), 2, "the drift is told until a scan has looked");
}

#[tokio::test]
async fn what_was_committed_outlives_a_process_that_never_closed_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Store::open("sqlite:ledger.db", folder.path());
    let store = open().await.unwrap();
    store.save_stack(&stack_scan(&[sample("shop", "web", 2, 4)], Vec::new())).await.unwrap();
    let row = ScanRow { id: "cut".into(), started_at: at(NOON), commit: None, stacks: vec!["shop".into()] };
    store.begin_scan(&row).await.unwrap();
    // Not closed: the files are as a killed process leaves them, write-ahead log and all.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let again = Store::open("sqlite:ledger.db", copy.path()).await.unwrap();
    assert_eq!(again.open_drifts(None).await.unwrap().len(), 1);
    assert_eq!(again.last_scan().await.unwrap().unwrap().finished_at, None);
}

#[tokio::test]
async fn an_address_that_is_no_store_is_refused() {
    let error = Store::open("mysql://x", Path::new(".")).await.unwrap_err().to_string();
    assert_eq!(error, "not a store: \"mysql://x\" (expected sqlite:PATH)");
}

#[tokio::test]
async fn the_trail_is_found_by_name_kept_once_and_forgotten_in_time() {
    let store = memory().await;
    let fact = |id: &str, time: &str, names: &[NameDigest]| Fact {
        id: id.into(),
        account: "1".into(),
        region: "eu-west-1".into(),
        at: at(time),
        service: "ssm".into(),
        operation: "PutParameter".into(),
        actor: Actor { name: "dana".into(), kind: ActorKind::Person, via: None },
        tokens: Vec::new(),
        members: vec!["name".into()],
        names: names.iter().copied().collect(),
    };
    let facts = [fact("b", NOON, &[7, NameDigest::MAX]), fact("a", "2026-03-01T11:00:00Z", &[7, 8])];
    let mut progress = Progress::default();
    progress.spans(at("2026-02-28T12:00:00Z"), at(NOON));
    let place = ("1", "eu-west-1");
    let save = async |since: &str| store.save_trail(place, &facts, &progress, at(since)).await.unwrap();
    save("2026-01-01T00:00:00Z").await;
    save("2026-01-01T00:00:00Z").await;
    assert_eq!(store.trail_progress("1", "eu-west-1").await.unwrap(), progress);
    assert_eq!(store.trail_progress("1", "us-east-1").await.unwrap(), Progress::default());
    let found = async |names: &[NameDigest]| store.trail(&names.iter().copied().collect()).await.unwrap();
    assert_eq!(found(&[7]).await, [facts[1].clone(), facts[0].clone()], "in the order of time");
    assert_eq!(found(&[8]).await, [facts[1].clone()]);
    assert_eq!(found(&[NameDigest::MAX]).await, [facts[0].clone()]);
    assert_eq!(found(&(9..2_000).collect::<Vec<_>>()).await, []);
    save("2026-03-01T11:30:00Z").await;
    assert_eq!(found(&[7]).await, [facts[0].clone()]);
}

fn pass(began: &str, is_full: bool) -> crate::ledger::source::Pass {
    crate::ledger::source::Pass {
        is_full,
        since: at("2026-01-01T00:00:00Z"),
        began: at(began),
        newest: None,
        page: None,
    }
}

fn item(id: &str, changed: &str) -> crate::ledger::source::Item {
    crate::ledger::source::Item { id: id.into(), changed_at: Some(at(changed)), body: json!({"id": id}) }
}

#[tokio::test]
async fn items_of_a_source_stay_until_a_whole_pass_does_not_see_them() {
    use crate::ledger::source::{Page, Position};
    let store = memory().await;
    let ids = async || -> Vec<String> {
        let kept = store.record_items("jira").await.unwrap();
        kept.iter().map(|item| item.body["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = pass(NOON, true);
    let items =
        [item("1", "2026-02-01T00:00:00Z"), item("2", "2026-02-02T00:00:00Z"), item("old", "2025-12-01T00:00:00Z")];
    let half = Position::default().after(&first, &Page { items: items.to_vec(), next: Some(json!("next")) });
    store.save_record_page("jira", &first, &items, &half).await.unwrap();
    let state = store.record_source("jira").await.unwrap();
    assert_eq!((state.position, state.read_at), (half.clone(), None));
    let whole = half.after(&first, &Page::default());
    store.save_record_page("jira", &first, &[], &whole).await.unwrap();
    assert_eq!(store.record_source("jira").await.unwrap().read_at, Some(at(NOON)));
    assert_eq!(ids().await, ["1", "2", "old"]);

    // A pass over changes sees few and forgets nothing; one over everything forgets what it should have seen.
    store.save_record_page("jira", &pass("2026-03-01T12:10:00Z", false), &items[..1], &whole).await.unwrap();
    assert_eq!(ids().await, ["1", "2", "old"]);
    store.save_record_page("jira", &pass("2026-03-02T12:10:00Z", true), &items[..1], &whole).await.unwrap();
    assert_eq!(ids().await, ["1", "old"]);
    assert!(store.record_items("servicenow").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_source_that_cannot_be_read_is_so_since_the_first_time_until_it_was_read_whole() {
    use crate::ledger::source::Position;
    let store = memory().await;
    let failed = async || store.record_source("jira").await.unwrap().failed_since;
    for time in [NOON, "2026-03-01T13:00:00Z"] {
        store.save_record_failure("jira", &Position::default(), at(time)).await.unwrap();
        assert_eq!(failed().await, Some(at(NOON)));
    }
    let half = Position { pass: Some(pass(NOON, true)), ..Position::default() };
    store.save_record_page("jira", &pass(NOON, true), &[], &half).await.unwrap();
    assert_eq!(failed().await, Some(at(NOON)));
    store.save_record_page("jira", &pass(NOON, true), &[], &Position::default()).await.unwrap();
    assert_eq!(failed().await, None);
}

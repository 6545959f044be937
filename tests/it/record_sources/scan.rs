//! From a ticket to a verdict: a change by hand in a real cluster, and the ticket in Jira that accounts for it.

use std::process::Command;

use driftledger::app::App;
use driftledger::clock::Clock;
use serde_json::json;

use super::World;
use super::jira::Fake;
use super::server::Fault;
use crate::cluster::{self, User};

const NAMESPACE: &str = "records";

const MANIFESTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  revisionHistoryLimit: 5
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'registry.example.com/web:1'}]}
";

/// The verdicts of a scan, and what it counts of records.
async fn scan(world: &World) -> (Vec<String>, Vec<String>, Vec<(Vec<String>, i64)>) {
    let app = App::open(world.config()).await.unwrap();
    let report = app.scan(&[]).await.unwrap();
    let counted = app.store().world(Clock::system().now()).await.unwrap().records;
    app.close().await;
    let verdicts =
        report.drifts.iter().map(|drift| format!("{} {:?}", drift.address, drift.verdict.unwrap())).collect();
    let explained = report.drifts.iter().flat_map(|drift| &drift.explanations).filter(|told| told.tier.is_some());
    let because =
        explained.flat_map(|told| told.because.iter().map(move |why| format!("{}: {why}", told.record))).collect();
    (verdicts, because, counted)
}

#[tokio::test]
async fn a_ticket_accounts_for_a_change_and_goes_on_while_jira_is_away() {
    let cluster = cluster::shared();
    cluster.namespace(NAMESPACE);
    cluster.deploy(NAMESPACE, MANIFESTS);
    let world = World::new(Fake::cloud()).await;
    let path = world.folder().join("driftledger.yaml");
    let mut config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    config["stacks"][0]["declared"]["namespace"] = json!(NAMESPACE);
    config["stacks"][0]["live"]["kubeconfig"] = json!(cluster.kubeconfig(User::Deployer));
    std::fs::write(&path, config.to_string()).unwrap();
    std::fs::create_dir(world.folder().join("deploy")).unwrap();
    std::fs::write(world.folder().join("deploy/all.yaml"), MANIFESTS).unwrap();
    for args in [
        &["init", "-q"][..],
        &["add", "deploy"],
        &["-c", "user.name=dev", "-c", "user.email=dev@example.com", "commit", "-q", "-m", "declare"],
    ] {
        assert!(Command::new("git").arg("-C").arg(world.folder()).args(args).status().unwrap().success());
    }
    assert_eq!(scan(&world).await, (Vec::new(), Vec::new(), Vec::new()));

    cluster.kubectl(
        User::Alice,
        &["-n", NAMESPACE, "patch", "deployment/web", "-p", r#"{"spec": {"revisionHistoryLimit": 3}}"#],
    );
    let (verdicts, ..) = scan(&world).await;
    assert_eq!(verdicts, ["Deployment/records/web Unexplained"]);

    world
        .server
        .with(|fake| fake.write(1, Clock::system().now(), "Set revisionHistoryLimit of Deployment/records/web to 3."));
    let (verdicts, because, counted) = scan(&world).await;
    assert_eq!(verdicts, ["Deployment/records/web Explained"]);
    assert!(because.iter().all(|why| why.starts_with("OPS-1: ")), "{because:?}");
    assert_eq!(counted, [(vec![String::new(), "jira".to_owned(), "closed".to_owned()], 1)]);

    world.server.fail(Fault::Refuses(401));
    let (verdicts, because, counted) = scan(&world).await;
    assert_eq!((verdicts.len(), counted.len()), (1, 1));
    assert_eq!(verdicts, ["Deployment/records/web Explained"]);
    assert!(because.iter().any(|why| why.contains("jira cannot be read now")), "{because:?}");
}

//! The audit log of a real API server, put where EKS puts it: into a log group of CloudWatch Logs.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use driftledger::clock::Clock;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::emulators::{Account, REGION, moto};
use crate::scan_kubernetes::{WEB, World};

const GROUP: &str = "/aws/eks/shop/cluster";
const STREAM: &str = "kube-apiserver-audit-0123456789abcdef";
/// More than the emulator gives on one page.
const DULL: usize = 10_001;

async fn put(logs: &Client, mut lines: Vec<(Timestamp, String)>) {
    lines.sort();
    let event = |(at, line): (Timestamp, String)| {
        InputLogEvent::builder().timestamp(at.as_millisecond()).message(line).build().unwrap()
    };
    let events: Vec<InputLogEvent> = lines.into_iter().map(event).collect();
    for batch in events.chunks(1_000) {
        let put = logs.put_log_events().log_group_name(GROUP).log_stream_name(STREAM);
        put.set_log_events(Some(batch.to_vec())).send().await.unwrap();
    }
}

/// What the API server wrote about a namespace.
fn audited(path: &std::path::Path, namespace: &str) -> Vec<(Timestamp, String)> {
    let log = std::fs::read_to_string(path).unwrap();
    let line = |line: &str| {
        let event: Json = serde_json::from_str(line).ok()?;
        let at = event["stageTimestamp"].as_str()?.parse().ok()?;
        (event["objectRef"]["namespace"] == namespace).then(|| (at, line.to_owned()))
    };
    log.lines().filter_map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_of_a_managed_cluster_names_the_person() {
    let emulator = moto().await;
    let logs = Client::new(&Account::new(emulator).await.sdk);
    logs.create_log_group().log_group_name(GROUP).send().await.unwrap();
    logs.create_log_stream().log_group_name(GROUP).log_stream_name(STREAM).send().await.unwrap();
    let world = World::deployed("managed", WEB);
    world.configure(|config| {
        config["evidence"] = json!([{"kind": "audit_log_group", "log_group": GROUP,
            "aws": {"region": REGION, "endpoint_url": emulator.url}}]);
    });
    assert_eq!(world.scan(), [""; 0]);
    world.by_hand(&["scale", "deployment/web", "--replicas=5"]);
    let now = Clock::system().now();
    let dull = json!({"stage": "ResponseStarted", "verb": "watch", "stageTimestamp": now, "user": {"username": "x"}});
    put(&logs, vec![(now, dull.to_string()); DULL]).await;
    put(&logs, audited(&world.cluster.audit_log(), "managed")).await;
    let report = world.report();
    let actor = &report["drifts"][0]["actor"];
    assert_eq!((&actor["name"], &actor["evidence"]), (&json!("alice"), &json!("audit_log")), "{report:#}");

    world.configure(|config| config["evidence"][0]["log_group"] = json!("/aws/eks/other/cluster"));
    let report = world.report();
    let problems = report["coverage"]["problems"].as_array().unwrap();
    let [problem] = problems.as_slice() else { panic!("{report:#}") };
    assert!(problem["message"].as_str().unwrap().contains("logs:FilterLogEvents"), "{problem:#}");
    assert_eq!(report["coverage"]["resources"]["unknown"], 0, "evidence that is missing hides no resource");
}

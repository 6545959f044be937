//! `driftledger ledger` with records of a service.

use std::process::{Command, Output};

use super::jira::Fake;
use super::{TOKEN, World};

/// Runs the binary. The service runs on this thread's runtime, so the wait must not be on it.
async fn run(world: &World, arguments: &'static [&'static str], token: Option<&'static str>) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftledger"));
    command
        .args(arguments)
        .current_dir(world.folder())
        .env_remove("SHOP_TOKEN")
        .envs(token.map(|own| ("SHOP_TOKEN", own)));
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let shown = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!shown.contains(TOKEN), "{shown}");
    (output.status.code(), shown)
}

#[tokio::test]
async fn records_of_a_service_are_read_listed_and_shown() {
    let (world, ids) = super::five(Fake::cloud()).await;
    let mut source = world.source();
    source["api"]["token"] = serde_json::json!({"env": "SHOP_TOKEN"});
    // The binary has the machine's clock, and the records are of the past.
    source["history_days"] = serde_json::json!(36_500);
    world.configure(&source);
    let (code, shown) = run(&world, &["ledger", "sync"], None).await;
    assert_eq!(code, Some(1));
    assert!(shown.contains("SHOP_TOKEN with the token is not set") && shown.contains("0 records"), "{shown}");
    assert_eq!(run(&world, &["ledger", "sync"], Some(TOKEN)).await, (Some(0), "5 records\n".to_owned()));
    let (code, shown) = run(&world, &["ledger", "list"], None).await;
    assert_eq!(code, Some(0));
    assert!(ids.iter().all(|id| shown.contains(id)), "{shown}");
    let (_, shown) = run(&world, &["ledger", "show", "OPS-1"], None).await;
    assert!(shown.contains("scaled the checkout") || shown.contains("change 1"), "{shown}");
    assert!(shown.contains("/browse/OPS-1"), "{shown}");
}

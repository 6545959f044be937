//! `driftledger rollbacks`: what was taken back, and how often.

use clap::Args;

use super::{CommandResult, Exit, Global, output};
use crate::clock::Clock;
use crate::report::table;
use crate::report::text::time;
use crate::store::Store;

/// List the rollbacks seen, and their share of the deployments.
#[derive(Debug, Args)]
pub(super) struct Rollbacks {}

/// The share of rollbacks that common change processes aim to stay under.
const TARGET_RATIO: f64 = 0.05;

impl Rollbacks {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let file = global.load_config()?;
        let store = Store::open(&file.config.store, &file.folder).await?;
        let rollbacks = store.rollbacks().await?;
        let world = store.world(Clock::system().now()).await?;
        let rows = rollbacks.into_iter().map(|rollback| {
            vec![time(rollback.at), rollback.environment, rollback.mechanism, rollback.trigger, rollback.service]
        });
        let mut text = table::rows(&["at", "environment", "mechanism", "trigger", "what"], rows.collect());
        let ratios = world.forward_deployments.iter().map(|window| {
            let ratio = f64::from(window.taken_back) / f64::from(window.settled);
            let verdict = if ratio > TARGET_RATIO { "over the target" } else { "within the target" };
            vec![
                window.environment.clone(),
                format!("{} days", window.days),
                window.settled.to_string(),
                window.taken_back.to_string(),
                format!("{:.1} %", ratio * 100.0),
                format!("{verdict} of {:.0} %", TARGET_RATIO * 100.0),
            ]
        });
        text.push('\n');
        text.push_str(&table::rows(
            &["environment", "window", "deployments", "taken back", "ratio", ""],
            ratios.collect(),
        ));
        output::write(None, &text)?;
        store.close().await;
        Ok(Exit::Clean)
    }
}

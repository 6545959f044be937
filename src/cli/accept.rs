//! `driftledger accept`: what lives undeclared is right as it is.

use clap::Args;

use super::{CommandResult, Exit, Failure, Global, explain, output};
use crate::model::{Problem, ProblemKind};
use crate::store::Store;

/// Take the undeclared values of one drift as right: the next scan records what is live then as their baseline. What is
/// declared is not touched: put that into the declaration, or accept it for a time with an ignore rule.
#[derive(Debug, Args)]
pub(super) struct Accept {
    /// The drift's id, or the beginning of it.
    id: String,
}

impl Accept {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let file = global.load_config()?;
        let store = Store::open(&file.config.store, &file.folder).await?;
        let known = store.drifts_by_id(&self.id).await?;
        let [known] = known.as_slice() else {
            store.close().await;
            return Err(Failure::Usage(vec![explain::not_one(&self.id, &known)]));
        };
        let drift = &known.drift;
        let accepted = store.accept_undeclared(&drift.stack, &drift.resource_type, &drift.address).await?;
        store.close().await;
        if accepted.is_empty() {
            let message = "nothing of it is undeclared and watched";
            let remedy = "put what is live into the declaration, or write an ignore rule";
            return Err(Failure::Usage(vec![Problem::new(ProblemKind::Invalid, &self.id, message).remedy(remedy)]));
        }
        let lines = accepted.iter().map(|path| format!("{} {} {path}\n", drift.resource_type, drift.address));
        let text: String = lines.collect();
        output::write(None, &format!("{text}the next scan records these as they are then\n"))?;
        Ok(Exit::Clean)
    }
}

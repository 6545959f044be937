//! `driftledger codify`: the patch that makes the declaration of one drift say what is live.

use clap::Args;
use similar::TextDiff;

use super::{CommandResult, Exit, Failure, Global, explain, output};
use crate::app;
use crate::codify::patch::{Patch, patch};
use crate::model::{Problem, ProblemKind};
use crate::repo::Tree;
use crate::store::Store;

/// Print the patch (for `git apply` or `patch -p1`) that makes the declaration of one drift say what is live: the next
/// deploy then keeps the change. The literal is rewritten where it stands, also in a file of values; nothing is written.
/// Exit code 1: some of it cannot be codified, and it is said why.
#[derive(Debug, Args)]
pub(super) struct Codify {
    /// The drift's id, or the beginning of it.
    id: String,
}

impl Codify {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let file = global.load_config()?;
        let store = Store::open(&file.config.store, &file.folder).await?;
        let known = store.drifts_by_id(&self.id).await?;
        let fingerprints = store.fingerprints().clone();
        store.close().await;
        let usage = |message: String, remedy: &str| {
            Failure::Usage(vec![Problem::new(ProblemKind::Invalid, &self.id, message).remedy(remedy)])
        };
        let [known] = known.as_slice() else {
            return Err(Failure::Usage(vec![explain::not_one(&self.id, &known)]));
        };
        if known.resolved.is_some() {
            return Err(usage("it is no drift any more".to_owned(), "`driftledger scan` prints the open ones"));
        }
        let drift = &known.drift;
        let Some(stack) = file.config.stacks.iter().find(|stack| stack.name == drift.stack) else {
            let message = format!("its stack {} is not configured", drift.stack);
            return Err(usage(message, "name the configuration with `--config`"));
        };
        let tree = Tree::work_tree(app::repository_folder(&file))?;
        let patch = patch(&tree, &stack.declared, drift, &fingerprints);
        output::write(None, &diff(&patch))?;
        let mut problems = output::with_excerpts(&tree, patch.problems);
        let is_done = problems.is_empty();
        if !patch.also.is_empty() {
            let others: Vec<_> = patch.also.iter().map(String::as_str).collect();
            let message = format!("the same places are the values of {}", others.join(", "));
            problems.push(Problem::new(ProblemKind::Settings, &drift.address, message).remedy("see that they fit"));
        }
        output::show_problems(global, &problems);
        Ok(if is_done { Exit::Clean } else { Exit::Failed })
    }
}

fn diff(patch: &Patch) -> String {
    let of_file = |(path, (before, after)): (&String, &(String, String))| {
        TextDiff::from_lines(before, after)
            .unified_diff()
            .header(&format!("a/{path}"), &format!("b/{path}"))
            .to_string()
    };
    patch.files.iter().map(of_file).collect()
}

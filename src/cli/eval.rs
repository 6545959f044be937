//! `driftledger eval`: a Terraform expression, evaluated as the scan does.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CommandResult, Exit, Failure, Global, output};
use crate::applied;
use crate::config::{Applied, Declared as Source, Live, TerraformModule};
use crate::declared::source::{self, Offline, Surroundings};
use crate::declared::terraform;
use crate::model::{Bindings, Kind, Problem, ProblemKind};
use crate::repo::Tree;

/// Evaluate a Terraform expression and print it as JSON. A value that only a deploy knows prints {"unknown": reason}
/// and exits with 3; a secret prints "(sensitive)".
#[derive(Debug, Args)]
pub(super) struct Eval {
    /// The expression: `jsonencode(local.tags)`.
    expression: String,
    /// Evaluate it in a Terraform stack of the configuration.
    #[arg(long, value_name = "NAME", conflicts_with = "dir")]
    stack: Option<String>,
    /// Evaluate it in a Terraform folder; needs no configuration. Default: the current folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Eval {
    pub(super) fn run(&self, global: &Global) -> CommandResult {
        let (offline, source, around) = match &self.stack {
            Some(name) => stack(global, name)?,
            None => {
                let (offline, source) = source::terraform_folder(self.dir.as_deref().unwrap_or(Path::new(".")))?;
                (offline, source, Surroundings::default())
            }
        };
        let (value, problems) = offline.evaluate(&source, &around, &self.expression);
        let misspelt = |problem: &Problem| {
            problem.kind == ProblemKind::Invalid
                && problem.at.as_ref().is_some_and(|at| &*at.file == terraform::EXPRESSION)
        };
        if problems.iter().any(misspelt) {
            return Err(Failure::Usage(problems));
        }
        output::show_problems(global, &output::with_excerpts(offline.tree(), problems));
        let (json, exit) = match &value.kind {
            Kind::Unknown(unknown) => (serde_json::json!({ "unknown": &*unknown.reason }), Exit::Unknown),
            _ => (output::json(&value), Exit::Clean),
        };
        output::write(None, &(serde_json::to_string_pretty(&json)? + "\n"))?;
        Ok(exit)
    }
}

/// A stack of the configuration with what is known of it without asking anybody: its state, its account and region.
fn stack(global: &Global, name: &str) -> Result<(Offline, TerraformModule, Surroundings), Failure> {
    let file = global.load_config()?;
    let folder = file.folder.join(&file.config.repository);
    let offline = Offline::of_repository(&folder)?;
    let names: Vec<_> = file.config.stacks.iter().map(|stack| stack.name.as_str()).collect();
    let remedy = format!("the stacks are {}", names.join(", "));
    let wrong =
        |message: &str| Failure::Usage(vec![Problem::new(ProblemKind::Invalid, name, message).remedy(remedy.as_str())]);
    let Some(stack) = file.config.stacks.into_iter().find(|stack| stack.name == name) else {
        return Err(wrong("is no stack of the configuration"));
    };
    let bindings = match &stack.applied {
        Applied::TerraformState(state) => {
            let tree = Tree::work_tree(&folder).map_err(anyhow::Error::from)?;
            applied::source::state_bindings(&stack.declared, state, &tree, &folder, offline.fingerprints())
        }
        Applied::Stack(_) | Applied::LastApplied(_) | Applied::None => Bindings::default(),
    };
    let Source::Terraform(module) = stack.declared else {
        return Err(wrong("is a CloudFormation stack; only Terraform has expressions"));
    };
    let (account, region) = match stack.live {
        Live::Aws(scope) => (scope.account, Some(scope.region)),
        Live::Kubernetes(_) => (None, None),
    };
    let around = Surroundings { account, region, bindings, ..Surroundings::default() };
    Ok((offline, module, around))
}

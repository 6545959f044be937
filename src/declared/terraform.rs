//! Terraform: what a root module declares, evaluated without running Terraform.
//!
//! The syntax tree comes from `hcl-edit`, everything behind it is evaluated here, because what cannot be known
//! before a deployment has to stay visible as unknown and as far as it reaches. Nothing is executed and nothing is
//! downloaded; files are read through the repository's tree only. Knows no resource type: which attribute of
//! which type means what is decided where these resources are brought into the canonical model.
//!
//! ```text
//! program (files) -> module (index) -> evaluator (who asks for what, once)
//!                                       |- expression, operators, template, traversal, functions
//!                                       |- references, variables, resources, providers, data
//!                                       `- export -> model::Value
//! ```

mod body;
mod convert;
mod data;
mod evaluator;
mod export;
mod expression;
mod fault;
mod functions;
mod iam_policy_document;
mod json;
mod json_syntax;
mod module;
mod moves;
mod numbers;
mod operators;
mod order;
mod program;
mod providers;
mod references;
mod resources;
mod scope;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod traversal;
mod type_expression;
mod types;
mod value;
mod variables;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{AvailabilityZone, Bindings, Fingerprinter, Location, Problem, Reference, Skipped, Value};
use crate::repo::Tree;

pub use functions::{FunctionFamily, families};
pub use moves::Moves;
pub use program::{Backend, backend, is_code};

/// The file under which problems of a single expression are told.
pub const EXPRESSION: &str = "expression";

/// What an evaluation is given.
pub struct Inputs<'a> {
    /// The files of the repository.
    pub tree: &'a Tree,
    /// The folder of the root module, relative to the root of the repository.
    pub folder: &'a str,
    /// Variable files, relative to `folder`, in the order of the command line.
    pub var_files: &'a [String],
    /// Variables of the command line (`-var`); they come after all files.
    pub variables: &'a BTreeMap<String, String>,
    /// `TF_VAR_x` of the environment, under `x`.
    pub environment: &'a BTreeMap<String, String>,
    /// Folders of modules that a source names which is not a path in the repository, by that source.
    pub modules: &'a BTreeMap<String, String>,
    /// `terraform.workspace`.
    pub workspace: &'a str,
    /// What is known of deployed resources, by address, and of data sources by `data.type.name`.
    pub bindings: &'a Bindings,
    /// Where the scan is.
    pub context: &'a Context,
    /// Answers `terraform_remote_state`.
    pub states: &'a States<'a>,
    /// Hides secrets.
    pub fingerprints: &'a Fingerprinter,
}

/// Gives the outputs of another stack's state; `None`: it is not known here which stack that is.
pub type States<'a> = dyn Fn(&RemoteState) -> Option<Result<BTreeMap<String, Value>, Problem>> + Sync + 'a;

/// A state that a `terraform_remote_state` reads.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteState {
    /// The kind of its backend: `s3`.
    pub backend: String,
    /// The backend's arguments; an object.
    pub config: Value,
    /// The workspace.
    pub workspace: String,
}

/// Where a scan is: what `aws_caller_identity`, `aws_region` and `aws_partition` answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The account number.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: Option<String>,
    /// The availability zones of the regions of which they are known, in order.
    pub zones: BTreeMap<String, Vec<AvailabilityZone>>,
}

/// One resource instance, with Terraform's names.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its address, as Terraform prints it.
    pub address: String,
    /// Its type: `aws_vpc`.
    pub resource_type: String,
    /// What is configured: an object of arguments, and of nested blocks as lists of objects, as in Terraform's
    /// state. Arguments that are `null` are left out, sets are lists in Terraform's order.
    pub attributes: Value,
    /// The names in `lifecycle.ignore_changes` as they are written; `*` for `all`.
    pub ignore_changes: Vec<String>,
    /// The provider configuration that it uses.
    pub provider: ProviderConfig,
    /// Where its block begins.
    pub at: Location,
}

/// What a provider configuration says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProviderConfig {
    /// Its name: `aws`.
    pub name: String,
    /// Its alias, if it has one.
    pub alias: Option<String>,
    /// The region, if it names one.
    pub region: Option<Value>,
    /// The account of the role it assumes, if it assumes one.
    pub account: Option<Value>,
    /// The tags that it adds to every resource that has tags; an object.
    pub default_tags: Option<Value>,
    /// The tags that it leaves alone, whatever they are; an object with the lists `keys` and `key_prefixes`.
    pub ignore_tags: Option<Value>,
}

/// What a root module declares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluated {
    /// Managed resources of all modules, by address.
    pub resources: Vec<Resource>,
    /// Outputs of the root module.
    pub outputs: BTreeMap<String, Value>,
    /// Resources whose instances are not known.
    pub skipped: Vec<Skipped>,
    /// Addresses of resources and modules of which it is not known how many there are or what is in them.
    pub unsettled: BTreeSet<String>,
    /// The `moved` blocks.
    pub moves: Moves,
    /// What is bound under an old address: old address → the one under which it is declared now.
    pub moved: BTreeMap<String, String>,
    /// The ids that `import` blocks give to resources, by address.
    pub imports: BTreeMap<String, String>,
    /// The regions whose availability zones it would know more with.
    pub asked_zones: BTreeSet<String>,
    /// Whether it would know more with the states of other stacks.
    pub asked_states: bool,
    /// What could not be read or evaluated.
    pub problems: Vec<Problem>,
    /// Attributes of deployed resources that were looked up, whether they are known or not.
    pub references: BTreeSet<Reference>,
}

/// Evaluates a root module. What cannot be evaluated is unknown, with a problem; the rest goes on.
pub fn evaluate(inputs: &Inputs<'_>) -> Evaluated {
    walk::with_evaluation(inputs, |walk| walk.everything())
        .unwrap_or_else(|problem| Evaluated { problems: vec![*problem], ..Evaluated::default() })
}

/// Evaluates one expression in the root module, as if it stood in one of its files.
pub fn evaluate_expression(inputs: &Inputs<'_>, expression: &str) -> (Value, Vec<Problem>) {
    walk::with_evaluation(inputs, |walk| walk.expression(expression))
        .unwrap_or_else(|problem| (Value::unknown("the evaluation could not be started"), vec![*problem]))
}

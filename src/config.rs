//! The configuration. The doc comments of these types are its documentation: `driftledger config schema` prints them.

mod evidence;
mod load;
mod patterns;
pub(crate) mod records;
mod rollbacks;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::policy::{Person, Policy, PolicyConfig};
use crate::model::{Problem, ProblemKind};

pub use evidence::{AuditLog, AuditLogGroup, AuditWebhook, Cloudtrail, EvidenceLog, Writers};
pub use load::{ConfigFile, load, schema};
pub use records::{
    Api, Confluence, GitHub, IncidentIo, Jira, JiraEdition, PagerDuty, RecordField, RecordFiles, RecordSource,
    SecretFile, SecretSource, SecretVariable, ServiceNow, SignOff, SignOffBy,
};
pub use rollbacks::Rollbacks;

pub use crate::live::{AwsScope, KubernetesScope};
pub use crate::matching::IgnoreRule;
pub use crate::schema::kubernetes::managers::ManagerClasses;

/// The configuration file, `driftledger.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping with the key `stacks`")]
pub struct Config {
    /// The repository's folder, relative to this file. Default: the folder of this file.
    #[serde(default = "defaults::repository")]
    pub repository: String,
    /// Where to remember what was seen: `sqlite:PATH`, relative to this file.
    #[serde(default = "defaults::store")]
    pub store: String,
    /// When `serve` scans: a cron expression with seconds, in UTC.
    #[serde(default = "defaults::schedule")]
    pub schedule: String,
    /// Where `serve` listens. There is no authentication, so think before you leave the loopback address.
    #[serde(default = "defaults::listen")]
    pub listen: SocketAddr,
    /// What is asked of change records, and how drifts are matched with them.
    #[serde(default)]
    pub policy: PolicyConfig,
    /// Settings of single environments, by name.
    #[serde(default)]
    pub environments: BTreeMap<String, Environment>,
    /// What is declared and where it runs.
    pub stacks: Vec<Stack>,
    /// Where change records are kept.
    #[serde(default)]
    pub records: Vec<RecordSource>,
    /// Where else to learn who changed what.
    #[serde(default)]
    pub evidence: Vec<EvidenceLog>,
    /// Differences that somebody accepts, each with a reason and an expiry.
    #[serde(default)]
    pub ignore: Vec<IgnoreRule>,
    /// The people who make and approve changes, so that one person's names are known as one person's.
    #[serde(default)]
    pub people: Vec<Person>,
    /// Settings of the gate.
    #[serde(default)]
    pub gate: Gate,
}

/// Settings of one environment; what is not set here is as set for all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// What is asked of change records.
    #[serde(default)]
    pub policy: PolicyConfig,
}

/// One unit of declarations deployed to one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Its name, by which commands and metrics know it. With `*` in the path of what is declared, one entry stands for
    /// many stacks: each `*` is a part of the path, and the same part here and in the other names, paths and keys of the
    /// stack. Folders that are added later are seen when the configuration is read again.
    pub name: String,
    /// Its environment: `production`.
    pub environment: String,
    /// What the repository declares.
    pub declared: Declared,
    /// What was last deployed from a declaration.
    #[serde(default)]
    pub applied: Applied,
    /// Where it runs.
    pub live: Live,
    /// What is done about properties that the services return and nobody declares: `ignore` or `watch`. With `watch`
    /// the first scan records their values as a baseline, and a value that is changed by hand later is drift; defaults,
    /// what services and controllers move, and what a deployment moved are not. Default: `ignore`.
    #[serde(default)]
    pub undeclared: Undeclared,
    /// Where objects of a cluster that nobody declares are drift. Without it they are nobody's business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<Unmanaged>,
    /// How Kubernetes manifests are deployed, by which the gate tells whether a deploy removes what somebody added by hand:
    /// `apply`, `server_side_apply`, `server_side_apply_force`, `replace`, `argo_cd`, `argo_cd_replace`, `flux`, `helm` or
    /// `helm_force`. Without it the gate takes everything for lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy_method: Option<crate::gate::DeployMethod>,
    /// What is read to see the rollbacks of a Kubernetes stack, besides its objects and their revisions.
    #[serde(default, skip_serializing_if = "Rollbacks::is_default")]
    pub rollbacks: Rollbacks,
    /// Whether the server is asked what a deploy would change of the objects of a cluster that are not as declared: a
    /// server-side apply that is tried out and not carried out (`dryRun=All`). It needs the right to `patch`, and a fence
    /// around that: `config/kubernetes/dry-run`. Without it everything is told from what was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<DryRun>,
}

/// How a deploy is tried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// The field manager that deploys the objects (`kubectl apply --field-manager`), in whose name it is tried out.
    #[schemars(length(min = 1, max = 128))]
    pub manager: String,
}

/// Where every object should be declared. What other objects own, what the cluster makes in every namespace, and what
/// another stack declares is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unmanaged {
    /// The kinds that are looked at, such as `autoscaling/v2/HorizontalPodAutoscaler`. Default: those that are declared.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// The namespaces that are looked at. Default: those that are declared.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Labels of the objects that are looked at, as kubectl takes them: `team=shop,tier!=test`.
    #[serde(default)]
    pub selector: Option<String>,
}

/// What is done about properties that nobody declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Undeclared {
    /// Nothing; what was recorded of them is forgotten.
    #[default]
    Ignore,
    /// A change by hand is drift.
    Watch,
}

/// Where declarations are read from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Declared {
    /// A Terraform or OpenTofu root module.
    Terraform(TerraformModule),
    /// A CloudFormation template.
    Cloudformation(CloudFormationTemplate),
    /// A stack of a cloud assembly, as `cdk synth` writes it.
    Cdk(CdkAssembly),
    /// Kubernetes manifests.
    Kubernetes(KubernetesManifests),
}

/// A Terraform or OpenTofu root module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerraformModule {
    /// The module's folder in the repository.
    pub path: String,
    /// Variable files as given to `-var-file`, relative to the module's folder, in order.
    #[serde(default)]
    pub var_files: Vec<String>,
    /// Variables as given to `-var`; they win over files.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Variables as the environment gives them, `TF_VAR_name` under `name`; everything else wins over them.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Folders of modules in the repository whose `source` is a registry or another repository: source → folder. Without
    /// one, what `terraform init` installed counts.
    #[serde(default)]
    pub modules: BTreeMap<String, String>,
    /// The workspace.
    #[serde(default = "defaults::workspace")]
    pub workspace: String,
    /// The branch, tag or commit that is deployed, if there is one that says so. With it a value in the state counts
    /// as deployed only if that commit declares it.
    #[serde(default)]
    pub deployed_ref: Option<String>,
}

impl TerraformModule {
    /// The module in a folder, with everything else as it is by default.
    pub fn at(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            var_files: Vec::new(),
            variables: BTreeMap::new(),
            environment: BTreeMap::new(),
            modules: BTreeMap::new(),
            workspace: defaults::workspace(),
            deployed_ref: None,
        }
    }
}

/// A CloudFormation template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloudFormationTemplate {
    /// The template's file in the repository.
    pub path: String,
    /// Parameters of the next deploy. What is not given keeps its deployed value, then the template's default.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// A file with parameters: the list that `aws cloudformation` takes (`UsePreviousValue` keeps the deployed value), the
    /// `Parameters` of a pipeline's template configuration, or a mapping of names to values.
    #[serde(default)]
    pub parameter_file: Option<String>,
}

/// A stack of a cloud assembly of the AWS CDK.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CdkAssembly {
    /// The assembly's folder in the repository, with its `manifest.json`: `cdk.out`.
    pub path: String,
    /// The stack: its name in CloudFormation, its id in the assembly, or its path in the app (`Prod/Api`). Needed if
    /// there are several.
    #[serde(default)]
    pub stack: Option<String>,
    /// Parameters of the next deploy, besides those that the assembly gives. What is not given keeps its deployed
    /// value, then the template's default.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// Kubernetes manifests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesManifests {
    /// A manifest's file in the repository, or a folder: of manifests (`.yaml`, `.yml` and `.json` at any depth), of a
    /// kustomization, or of a Helm chart. What Argo CD's `Application`s and Flux's `Kustomization`s and `HelmRelease`s
    /// among them deploy from this repository is read as well.
    pub path: String,
    /// The namespace of objects that name none. Default: `default`.
    #[serde(default = "defaults::namespace")]
    pub namespace: String,
    /// How the chart at the path is released.
    #[serde(default)]
    pub helm: Option<HelmRelease>,
    /// What builds kustomizations: `auto` (if left out) or `native`. A plain kustomization is built without any program.
    /// With `auto` one that needs more is given to `kustomize` or `kubectl`, if one of them is in `PATH`; it runs without
    /// plugins, environment and network.
    #[serde(default)]
    pub kustomize: KustomizeBy,
}

/// A release of a Helm chart. Charts are rendered by the program `helm` in `PATH`, without environment and network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HelmRelease {
    /// Its name. Default: the name of the chart's folder.
    #[serde(default)]
    pub release: Option<String>,
    /// Files of values in the repository; the last one wins.
    #[serde(default)]
    pub values: Vec<String>,
    /// Values as given to `--set`; they win over files.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Values as given to `--set-string`.
    #[serde(default)]
    pub set_string: BTreeMap<String, String>,
    /// The version of Kubernetes that the chart is told: `1.33`. Default: the one that helm was made for.
    #[serde(default)]
    pub kube_version: Option<String>,
    /// API versions that the chart is told are there: `monitoring.coreos.com/v1`.
    #[serde(default)]
    pub api_versions: Vec<String>,
}

/// What builds kustomizations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KustomizeBy {
    /// driftledger; what it does not know, `kustomize` or `kubectl`.
    #[default]
    Auto,
    /// driftledger alone: no program is run.
    Native,
}

impl KubernetesManifests {
    /// What lies at a path, with everything else as it is by default.
    pub fn at(path: impl Into<String>) -> Self {
        Self { path: path.into(), namespace: defaults::namespace(), helm: None, kustomize: KustomizeBy::default() }
    }
}

/// Where to learn what was last deployed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Applied {
    /// A Terraform state.
    TerraformState(TerraformState),
    /// The deployed CloudFormation stack.
    Stack(DeployedStack),
    /// The objects of the cluster themselves: what `kubectl apply` notes on them, and what their `managedFields` say of
    /// the client that deploys. Kubernetes stacks are read so also without this key.
    LastApplied(LastApplied),
    /// Nowhere: every difference then counts as changed by hand.
    #[default]
    None,
}

/// A Terraform state: a state file of version 4, or the output of `terraform show -json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerraformState {
    /// A file in the repository's folder, or an absolute path; `s3://BUCKET/KEY`; or an `https://` address that answers
    /// with the state, as the `http` backend's does (`TF_HTTP_USERNAME` and `TF_HTTP_PASSWORD` of the environment are
    /// sent to it). Default: where the code's `backend` block and the stack's workspace say; without a block,
    /// `terraform.tfstate` in the module's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Arguments of the backend that the code leaves to `-backend-config`, or that are other ones for reading: `bucket`,
    /// `key`, `region`, `workspace_key_prefix`, `endpoint`; `role_arn`, `external_id` and `profile` instead of those of
    /// the stack's scope.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backend: BTreeMap<String, String>,
}

impl TerraformState {
    /// The state at a path.
    pub fn at(path: impl Into<String>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }
}

/// A deployed CloudFormation stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployedStack {
    /// The name of the stack in CloudFormation.
    pub stack: String,
}

/// How the objects of a Kubernetes stack are deployed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastApplied {
    /// Who writes to them: names of field managers by what kind of client they are.
    #[serde(default)]
    pub managers: ManagerClasses,
}

/// Where a stack runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Live {
    /// One region of one AWS account.
    Aws(AwsScope),
    /// A Kubernetes cluster.
    Kubernetes(KubernetesScope),
}

/// Settings of the gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What a manual change without a record does: `block` or `warn`.
    #[serde(default)]
    pub unexplained: crate::gate::Unexplained,
}

impl Config {
    /// The policy of an environment.
    pub fn policy(&self, environment: &str) -> Policy {
        let policy = Policy::default().with(&self.policy);
        match self.environments.get(environment) {
            Some(environment) => policy.with(&environment.policy),
            None => policy,
        }
    }

    /// Says which of the names are no stacks of the configuration.
    ///
    /// # Errors
    /// One problem for each of them.
    pub fn check_stack_names(&self, names: &[String]) -> Result<(), Vec<Problem>> {
        let known: Vec<_> = self.stacks.iter().map(|stack| stack.name.as_str()).collect();
        let unknown = names.iter().filter(|name| !known.contains(&name.as_str()));
        let problems: Vec<_> = unknown
            .map(|name| {
                Problem::new(ProblemKind::Invalid, name, "is no stack of the configuration")
                    .remedy(format!("the stacks are {}", known.join(", ")))
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// The environments of the stacks, sorted, each once.
    pub fn environment_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.stacks.iter().map(|stack| stack.environment.clone()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// What a key is when it is left out.
mod defaults {
    pub(super) fn repository() -> String {
        ".".to_owned()
    }

    pub(super) fn store() -> String {
        "sqlite:driftledger.db".to_owned()
    }

    /// Every ten minutes: quick enough to be useful, slow enough for every rate limit we know.
    pub(super) fn schedule() -> String {
        "0 */10 * * * *".to_owned()
    }

    pub(super) fn listen() -> std::net::SocketAddr {
        std::net::SocketAddr::from(([127, 0, 0, 1], 9464))
    }

    pub(super) fn workspace() -> String {
        "default".to_owned()
    }

    pub(super) fn namespace() -> String {
        "default".to_owned()
    }

    pub(super) fn time_zone() -> String {
        "UTC".to_owned()
    }
}

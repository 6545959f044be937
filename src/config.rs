//! The configuration. The doc comments of these types are its documentation: `driftledger config schema` prints them.

mod duration;
mod load;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use duration::ConfigDuration;
pub use load::{ConfigFile, load, schema};

/// The configuration file, `driftledger.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
    /// How long after a change its record may be made, such as `24h`. Without a record by then a drift is overdue.
    #[serde(default = "defaults::record_within")]
    pub record_within: ConfigDuration,
    /// Settings of single environments, by name.
    #[serde(default)]
    pub environments: BTreeMap<String, Environment>,
    /// What is declared and where it runs.
    pub stacks: Vec<Stack>,
    /// Where change records are kept.
    #[serde(default)]
    pub records: Vec<RecordSource>,
    /// Settings of the gate.
    #[serde(default)]
    pub gate: Gate,
}

/// Settings of one environment; what is not set here is as set above.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// How long after a change its record may be made.
    #[serde(default)]
    pub record_within: Option<ConfigDuration>,
}

/// One unit of declarations deployed to one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Its name, by which commands and metrics know it.
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
}

/// Where declarations are read from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Declared {
    /// A Terraform or OpenTofu root module.
    Terraform(TerraformModule),
    /// A CloudFormation template.
    Cloudformation(CloudFormationTemplate),
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
    /// The workspace.
    #[serde(default = "defaults::workspace")]
    pub workspace: String,
    /// The branch, tag or commit that is deployed, if there is one that says so. With it a value in the state counts
    /// as deployed only if that commit declares it.
    #[serde(default)]
    pub deployed_ref: Option<String>,
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
    /// A file with parameters, as `aws cloudformation deploy --parameter-overrides file://` takes it.
    #[serde(default)]
    pub parameter_file: Option<String>,
}

/// Where to learn what was last deployed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Applied {
    /// A Terraform state file.
    TerraformState(TerraformState),
    /// The deployed CloudFormation stack.
    Stack(DeployedStack),
    /// Nowhere: every difference then counts as changed by hand.
    #[default]
    None,
}

/// A Terraform state file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerraformState {
    /// The file in the repository's folder.
    pub path: String,
}

/// A deployed CloudFormation stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeployedStack {
    /// The name of the stack in CloudFormation.
    pub stack: String,
}

/// Where a stack runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Live {
    /// One region of one AWS account.
    Aws(AwsScope),
}

/// One region of one AWS account, and how to get in. Credentials come from the environment, a profile or the machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsScope {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The account that must answer; another one is a problem and nothing of it is compared.
    #[serde(default)]
    pub account: Option<String>,
    /// Another endpoint than AWS's own: an emulator, a proxy.
    #[serde(default)]
    pub endpoint_url: Option<String>,
    /// A role to take on for reading.
    #[serde(default)]
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    #[serde(default)]
    pub external_id: Option<String>,
    /// A profile of the shared configuration files.
    #[serde(default)]
    pub profile: Option<String>,
    /// Calls under way at once.
    #[serde(default = "defaults::max_concurrency")]
    pub max_concurrency: usize,
    /// Attempts of a call that is throttled or fails in passing.
    #[serde(default = "defaults::attempts")]
    pub attempts: u32,
}

impl AwsScope {
    /// A region with everything else as it is by default.
    pub fn region(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            account: None,
            endpoint_url: None,
            role_arn: None,
            external_id: None,
            profile: None,
            max_concurrency: defaults::max_concurrency(),
            attempts: defaults::attempts(),
        }
    }
}

/// A place where change records are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RecordSource {
    /// Files in the repository.
    Files(RecordFiles),
}

/// Change records as files in the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFiles {
    /// Their folder.
    pub path: String,
    /// The zone of times that name none, such as `Europe/Berlin`.
    #[serde(default = "defaults::time_zone")]
    pub time_zone: String,
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
    /// How long after a change in an environment its record may be made.
    pub fn record_within(&self, environment: &str) -> ConfigDuration {
        self.environments
            .get(environment)
            .and_then(|environment| environment.record_within)
            .unwrap_or(self.record_within)
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
    use super::ConfigDuration;

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

    pub(super) fn record_within() -> ConfigDuration {
        ConfigDuration::from_hours(24)
    }

    pub(super) fn workspace() -> String {
        "default".to_owned()
    }

    pub(super) fn time_zone() -> String {
        "UTC".to_owned()
    }

    /// Reads are spread over services with separate limits; six at once keep far below each of them.
    pub(super) fn max_concurrency() -> usize {
        6
    }

    pub(super) fn attempts() -> u32 {
        10
    }
}

//! What the configuration says of one scope: an account and region of AWS, or a cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One AWS account and region, and how to get in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsScope {
    /// The region to read, such as `eu-west-1`. IAM is global and is read through the same scope.
    pub region: String,
    /// The account number that the credentials must belong to. With another account's credentials nothing is read,
    /// so that a wrong profile cannot make a whole account look deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Another endpoint for every service: a proxy, or an emulator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
    /// The role to assume with the credentials that the environment gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The profile of the shared AWS configuration files to take credentials from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Calls that may be under way at the same time, over all services of the scope.
    #[serde(default = "default_concurrency")]
    #[schemars(range(min = 1))]
    pub max_concurrency: usize,
    /// How often one call is tried, the first time included. Waiting times grow, and the rate falls when the service
    /// asks to slow down (adaptive retry).
    #[serde(default = "default_attempts")]
    #[schemars(range(min = 1))]
    pub attempts: u32,
    /// Seconds to wait for a connection.
    #[serde(default = "default_connect_timeout")]
    #[schemars(range(min = 1))]
    pub connect_timeout_seconds: u32,
    /// Seconds to wait for the answer of one attempt.
    #[serde(default = "default_attempt_timeout")]
    #[schemars(range(min = 1))]
    pub attempt_timeout_seconds: u32,
}

impl AwsScope {
    /// A region with every default: credentials of the environment, no role.
    pub fn new(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            account: None,
            endpoint_url: None,
            role_arn: None,
            external_id: None,
            profile: None,
            max_concurrency: default_concurrency(),
            attempts: default_attempts(),
            connect_timeout_seconds: default_connect_timeout(),
            attempt_timeout_seconds: default_attempt_timeout(),
        }
    }
}

/// One cluster, and how to get in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesScope {
    /// The cluster's name in reports. Default: the context's name; inside a cluster `in-cluster`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The context of the kubeconfig. Default: its current context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The kubeconfig. Default: what `KUBECONFIG` names, then `~/.kube/config`; where neither is there, the service
    /// account of the pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubeconfig: Option<String>,
    /// Reads that may be under way at the same time.
    #[serde(default = "default_reads")]
    #[schemars(range(min = 1))]
    pub max_concurrency: usize,
    /// Seconds to wait for the answer of one read, its retries included.
    #[serde(default = "default_read_timeout")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: u32,
}

impl KubernetesScope {
    /// The name by which reports know the cluster.
    pub fn name(&self) -> &str {
        self.cluster.as_deref().or(self.context.as_deref()).unwrap_or("in-cluster")
    }
}

/// Lists are large; a few at once keep a scan quick and the server's share of other clients whole.
fn default_reads() -> usize {
    4
}

/// A page of 500 large objects takes seconds; a server that asks to slow down is waited for as long.
fn default_read_timeout() -> u32 {
    60
}

/// Read quotas are shared with the account's deployments. Six calls under way keep a scan fast and leave the quotas of
/// `DescribeServices` and `GetRole` (20 a second) to others.
fn default_concurrency() -> usize {
    6
}

fn default_attempts() -> u32 {
    10
}

fn default_connect_timeout() -> u32 {
    6
}

/// A stalled socket must not hang a scan; no read of this product takes a minute.
fn default_attempt_timeout() -> u32 {
    60
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_alone_is_a_scope_and_unknown_keys_are_refused() {
        let scope: AwsScope = serde_json::from_str(r#"{"region": "eu-west-1"}"#).unwrap();
        assert_eq!(scope, AwsScope::new("eu-west-1"));
        assert!(serde_json::from_str::<AwsScope>(r#"{"region": "eu-west-1", "regoin": "x"}"#).is_err());
    }
}

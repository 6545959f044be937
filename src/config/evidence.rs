//! The logs that tell who changed what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AwsScope;

/// A log of changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EvidenceLog {
    /// The audit log of a Kubernetes API server, as it writes it to a file.
    AuditLog(AuditLog),
    /// The audit log of a Kubernetes API server, as it posts it to `serve` at `/audit/v1/events`.
    AuditWebhook(AuditWebhook),
    /// The audit log of an EKS cluster, in CloudWatch Logs.
    AuditLogGroup(AuditLogGroup),
    /// CloudTrail's event history, of every account and region that stacks are read in.
    Cloudtrail(Cloudtrail),
}

/// The audit log of a Kubernetes API server: JSON, one event a line, at level `Metadata` (who) or `Request` (who, and which
/// attributes).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditLog {
    /// The file, relative to this one. It is read on from where it was left, also over a rotation.
    pub path: String,
    /// The stacks whose cluster it is of; all if none is named.
    #[serde(default)]
    pub stacks: Vec<String>,
    /// Users whose writes are nobody's change; `*` at the end stands for any rest. Default: those of the control plane.
    #[serde(default = "crate::evidence::audit_log::default_ignored_users")]
    pub ignored_users: Vec<String>,
    /// Users that are programs, besides service accounts; `*` at the end stands for any rest.
    #[serde(default)]
    pub automation: Vec<String>,
}

/// The webhook of a Kubernetes API server's audit log. There is one at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditWebhook {
    /// The file with the bearer token that the server sends, relative to this one.
    pub token_file: String,
    /// The stacks whose cluster it is of; all if none is named.
    #[serde(default)]
    pub stacks: Vec<String>,
    /// Users whose writes are nobody's change; `*` at the end stands for any rest. Default: those of the control plane.
    #[serde(default = "crate::evidence::audit_log::default_ignored_users")]
    pub ignored_users: Vec<String>,
    /// Users that are programs, besides service accounts; `*` at the end stands for any rest.
    #[serde(default)]
    pub automation: Vec<String>,
}

/// The log group to which EKS writes the audit log of a cluster, where its control plane logging has `audit`. Reading it
/// takes `logs:FilterLogEvents`. Events come minutes late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuditLogGroup {
    /// Its name: `/aws/eks/CLUSTER/cluster`.
    pub log_group: String,
    /// The account and region where it is.
    pub aws: AwsScope,
    /// How many hours back the first reading goes.
    #[serde(default = "default_lookback")]
    #[schemars(range(min = 1))]
    pub lookback_hours: u32,
    /// The stacks whose cluster it is of; all if none is named.
    #[serde(default)]
    pub stacks: Vec<String>,
    /// Users whose writes are nobody's change; `*` at the end stands for any rest. Default: those of the control plane.
    #[serde(default = "crate::evidence::audit_log::default_ignored_users")]
    pub ignored_users: Vec<String>,
    /// Users that are programs, besides service accounts; `*` at the end stands for any rest.
    #[serde(default)]
    pub automation: Vec<String>,
}

/// The event history that CloudTrail keeps of every account for 90 days. Reading it takes `cloudtrail:LookupEvents`. It is
/// read with the credentials of the stacks, in their regions and where global services such as IAM are recorded. Events
/// come up to a quarter of an hour late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cloudtrail {
    /// How many hours back the first reading goes.
    #[serde(default = "default_lookback")]
    #[schemars(range(min = 1, max = 2160))]
    pub lookback_hours: u32,
    /// The roles and sessions that deploy: ARNs or names, `*` stands for any characters. Their changes are deployments,
    /// whatever tool they use; a deployment tool in other hands is a change by hand.
    #[serde(default)]
    pub pipelines: Vec<String>,
    /// The region that records global services.
    #[serde(default = "default_global_region")]
    pub global_region: String,
}

/// Where AWS records IAM, Route 53 and CloudFront; other partitions have other regions for it.
fn default_global_region() -> String {
    "us-east-1".to_owned()
}

/// A night, and the day before it.
fn default_lookback() -> u32 {
    24
}

/// What every log says of its stacks and users.
#[derive(Clone, Copy, Debug)]
pub struct Writers<'a> {
    /// The stacks whose cluster it is of; all if none is named.
    pub stacks: &'a [String],
    /// Users whose writes are nobody's change.
    pub ignored_users: &'a [String],
    /// Users that are programs.
    pub automation: &'a [String],
}

impl EvidenceLog {
    /// Whose writes are in it, and whose count; `None`: it is no log of a cluster.
    pub fn writers(&self) -> Option<Writers<'_>> {
        let (stacks, ignored_users, automation) = match self {
            Self::AuditLog(log) => (&log.stacks, &log.ignored_users, &log.automation),
            Self::AuditWebhook(hook) => (&hook.stacks, &hook.ignored_users, &hook.automation),
            Self::AuditLogGroup(group) => (&group.stacks, &group.ignored_users, &group.automation),
            Self::Cloudtrail(_) => return None,
        };
        Some(Writers { stacks, ignored_users, automation })
    }
}

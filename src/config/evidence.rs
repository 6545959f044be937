//! The logs that tell who changed what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A log of changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EvidenceLog {
    /// The audit log of a Kubernetes API server, as it writes it to a file.
    AuditLog(AuditLog),
    /// The audit log of a Kubernetes API server, as it posts it to `serve` at `/audit/v1/events`.
    AuditWebhook(AuditWebhook),
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

impl EvidenceLog {
    /// The stacks whose cluster it is of; all if none is named.
    pub fn stacks(&self) -> &[String] {
        match self {
            Self::AuditLog(AuditLog { stacks, .. }) | Self::AuditWebhook(AuditWebhook { stacks, .. }) => stacks,
        }
    }

    /// Users whose writes are nobody's change.
    pub fn ignored_users(&self) -> &[String] {
        match self {
            Self::AuditLog(AuditLog { ignored_users, .. }) | Self::AuditWebhook(AuditWebhook { ignored_users, .. }) => {
                ignored_users
            }
        }
    }

    /// Users that are programs.
    pub fn automation(&self) -> &[String] {
        match self {
            Self::AuditLog(AuditLog { automation, .. }) | Self::AuditWebhook(AuditWebhook { automation, .. }) => {
                automation
            }
        }
    }
}

//! Evidence: facts about who changed something and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AttributePath, ResourceType};

/// A fact about a change: who, when, to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where the fact comes from.
    pub source: EvidenceSource,
    /// When the change happened, as the source dates it.
    pub at: Option<Timestamp>,
    /// Who made it.
    pub actor: Option<Actor>,
    /// The type of the changed resource.
    pub resource_type: ResourceType,
    /// Its physical id or one of its aliases.
    pub identifier: String,
    /// The attributes it speaks of; empty: the resource as a whole.
    pub paths: Vec<AttributePath>,
    /// A change record's id that the change itself carried (user-agent tag, session name, commit trailer).
    pub record_id: Option<String>,
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceSource {
    /// A time or name that the service itself keeps with the resource (`LastModified`, `LastModifiedUser`).
    Service,
    /// A service's event or deployment list.
    ServiceEvent,
    /// AWS CloudTrail.
    Cloudtrail,
    /// Kubernetes `managedFields`.
    ManagedFields,
    /// A Kubernetes audit log.
    AuditLog,
    /// A commit.
    Git,
}

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Actor {
    /// The name as the source gives it: an e-mail address, a session name, a role.
    pub name: String,
    /// What kind of actor it is.
    pub kind: ActorKind,
    /// The tool it used, as far as known: `console`, `cli`, `terraform`.
    pub via: Option<String>,
}

/// What kind of actor made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person.
    Person,
    /// A pipeline or script.
    Automation,
    /// The service itself.
    Service,
    /// Not known.
    Unknown,
}

//! Differences, and what is said about them.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Actor, AttributePath, Location, ResourceType, Scope, Value};

/// How one attribute stands between declared, applied and live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// All three agree.
    InSync,
    /// The repository moved and is not deployed yet.
    Pending,
    /// Changed by hand; the next deploy reverts it.
    Drifted,
    /// Changed by hand and in the repository, to different values.
    Conflict,
    /// Changed by hand, and the repository caught up.
    Codified,
    /// Write-only, unreadable, or not known before a deploy.
    Unverifiable,
}

impl Standing {
    /// Whether the attribute was changed by hand and a deploy would take that back.
    pub fn is_manual_change(self) -> bool {
        matches!(self, Self::Drifted | Self::Conflict)
    }

    /// The standing's name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InSync => "in_sync",
            Self::Pending => "pending",
            Self::Drifted => "drifted",
            Self::Conflict => "conflict",
            Self::Codified => "codified",
            Self::Unverifiable => "unverifiable",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a resource is where its declaration says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Declared and live.
    Present,
    /// Declared and not live, after a read that succeeded.
    Missing,
    /// Live in a watched scope and not declared.
    Unmanaged,
}

/// What is said about a drift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No record accounts for it.
    Unexplained,
    /// A record accounts for every manual change in it.
    Explained,
    /// A record names the attribute but says another value.
    Contradicted,
    /// No record accounts for it and the time to record it has passed.
    Overdue,
    /// An ignore rule with a reason and an expiry covers it.
    Accepted,
}

impl Verdict {
    /// Every verdict, for metrics that report zeros.
    pub const ALL: [Self; 5] = [Self::Unexplained, Self::Explained, Self::Contradicted, Self::Overdue, Self::Accepted];

    /// The verdict's name in metrics and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unexplained => "unexplained",
            Self::Explained => "explained",
            Self::Contradicted => "contradicted",
            Self::Overdue => "overdue",
            Self::Accepted => "accepted",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How strongly a record accounts for a change; the smaller the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// The evidence carries the record's id.
    T1,
    /// A command in the record predicts exactly this attribute and value.
    T2,
    /// The record names resource and attribute; time and actor agree.
    T3,
    /// It names the resource; time agrees.
    T4,
    /// It names only a wider scope: service, stack, account.
    T5,
}

/// The stable id of a drift: the same for the same stack, type and address in every scan.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DriftId(String);

impl DriftId {
    /// The id of the drift of a resource.
    pub fn of(stack: &str, resource_type: &ResourceType, address: &str) -> Self {
        use sha2::Digest as _;
        // NUL cannot stand in any of the three, so no two triples run together.
        let digest = sha2::Sha256::digest(format!("{stack}\0{resource_type}\0{address}"));
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("d-{hex}"))
    }

    /// The id as text, such as a user typed it.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DriftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the live value of an attribute is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// What is declared and what was applied of it.
    #[default]
    Declaration,
    /// What a watch recorded, because nobody declares it; `applied` is the recorded value.
    Baseline,
}

impl Basis {
    /// Whether it is the declaration.
    pub fn is_declaration(&self) -> bool {
        *self == Self::Declaration
    }
}

/// One attribute that is not in sync.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDrift {
    /// Which attribute.
    pub path: AttributePath,
    /// The value in the repository; `None`: not declared.
    pub declared: Option<Value>,
    /// The value last deployed from a declaration; `None`: there was none.
    pub applied: Option<Value>,
    /// The value now; `None`: not there.
    pub live: Option<Value>,
    /// How the three stand.
    pub standing: Standing,
    /// What the live value is held against.
    pub basis: Basis,
    /// What a reader should know besides: "absorbed into state".
    pub note: Option<String>,
}

impl AttributeDrift {
    /// Whether one of the values is a secret.
    pub fn is_sensitive(&self) -> bool {
        [&self.declared, &self.applied, &self.live].into_iter().flatten().any(Value::has_sensitive)
    }
}

/// A resource that is not as it is declared, and what is said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// Stable over scans.
    pub id: DriftId,
    /// The stack that declares the resource.
    pub stack: String,
    /// The stack's environment.
    pub environment: String,
    /// Where the resource lives.
    pub scope: Scope,
    /// Its canonical type.
    pub resource_type: ResourceType,
    /// Its address in the declaration.
    pub address: String,
    /// Its physical id.
    pub identifier: Option<String>,
    /// Where it is declared.
    pub source: Option<Location>,
    /// Whether it is there.
    pub presence: Presence,
    /// The attributes that are not in sync. A missing resource has none, or, if it was never deployed, its
    /// declared ones as pending.
    pub attributes: Vec<AttributeDrift>,
    /// When a scan first saw it.
    pub first_seen: Timestamp,
    /// When a scan last saw it.
    pub last_seen: Timestamp,
    /// The change happened after the first and not after the second of these: the last scan that found the resource
    /// in sync (if there was one), and the first that did not, both narrowed by evidence.
    pub changed_between: (Option<Timestamp>, Timestamp),
    /// Who made it, if evidence tells.
    pub actor: Option<Actor>,
    /// Where that is known from.
    pub actor_evidence: Option<super::EvidenceSource>,
    /// Whether the last scan could not look, so that this is what an earlier one saw.
    pub stale: bool,
    /// What is said about it.
    pub verdict: Verdict,
    /// The records that account for it.
    pub explanations: Vec<Explanation>,
    /// The rules that those records break.
    pub violations: Vec<Violation>,
    /// Until when it has to be recorded.
    pub due_at: Option<Timestamp>,
}

impl Drift {
    /// Whether somebody changed something by hand: an attribute, or the resource as a whole.
    ///
    /// A missing resource whose attributes are pending was never deployed; nobody removed it.
    pub fn is_manual_change(&self) -> bool {
        match self.presence {
            Presence::Present => self.attributes.iter().any(|a| a.standing.is_manual_change()),
            Presence::Missing | Presence::Unmanaged => !self.attributes.iter().any(|a| a.standing == Standing::Pending),
        }
    }
}

/// A record that accounts for a drift, or was considered and does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The record's id.
    pub record: String,
    /// How strongly; `None`: it was considered and explains nothing.
    pub tier: Option<Tier>,
    /// The attributes it accounts for; empty for a missing resource.
    pub matched: Vec<AttributePath>,
    /// Why, in sentences.
    pub because: Vec<String>,
    /// Where the record stands: `file:line` or a URL.
    #[serde(default)]
    pub source: Option<String>,
}

/// A rule about records that a record breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The rule's id: `no_approval`, `late`.
    pub rule: String,
    /// The record.
    pub record: String,
    /// What is wrong and what would cure it.
    pub message: String,
    /// Where in the record's file, if it has one.
    pub at: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_keeps_its_id_and_shares_it_with_no_other() {
        let id = |stack, address| DriftId::of(stack, &"AWS::EC2::SecurityGroup".into(), address);
        assert_eq!(id("a", "b"), id("a", "b"));
        assert_ne!(id("a", "b"), id("b", "a"));
        assert_ne!(id("a", "bc"), id("ab", "c"));
    }

    #[test]
    fn names_are_those_of_the_json_report() {
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.as_str());
        }
        for standing in [Standing::InSync, Standing::Pending, Standing::Codified, Standing::Unverifiable] {
            assert_eq!(serde_json::to_value(standing).unwrap(), standing.as_str());
        }
    }
}

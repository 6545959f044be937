//! A drift as the report shows it and the store keeps it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{
    Actor, ActorKind, AttributeDrift, AttributePath, Basis, Drift, DriftId, EvidenceSource, Explanation, Location,
    Presence, Provider, Scope, Standing, Value, Verdict, Violation,
};

/// A drift with its values as JSON; secrets are fingerprints in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// Stable over scans.
    pub id: DriftId,
    /// The stack.
    pub stack: String,
    /// Its environment.
    pub environment: String,
    /// `aws` or `kubernetes`.
    pub provider: Provider,
    /// AWS account.
    pub account: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// Kubernetes cluster.
    pub cluster: Option<String>,
    /// Kubernetes namespace.
    pub namespace: Option<String>,
    /// The canonical type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The address in the declaration.
    pub address: String,
    /// The physical id.
    pub identifier: Option<String>,
    /// Where it is declared.
    pub source: Option<SourceReport>,
    /// Whether it is there.
    pub presence: Presence,
    /// What is not in sync.
    pub attributes: Vec<AttributeReport>,
    /// When a scan first saw it.
    pub first_seen: Timestamp,
    /// When a scan last saw it.
    pub last_seen: Timestamp,
    /// After the first and not after the second of these.
    pub changed_between: (Option<Timestamp>, Timestamp),
    /// Who made the change, if evidence tells.
    pub actor: Option<ActorReport>,
    /// What is said about it; `null` where nothing was changed by hand (only `pending` or `codified` attributes).
    pub verdict: Option<Verdict>,
    /// The records that account for it, and those considered that do not (with `tier` null).
    pub explanations: Vec<Explanation>,
    /// The rules that those records break.
    pub violations: Vec<Violation>,
    /// Until when it has to be recorded.
    pub due_at: Option<Timestamp>,
    /// Whether the last scan could not look.
    pub stale: bool,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceReport {
    /// Path in the repository.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl From<&Location> for SourceReport {
    fn from(at: &Location) -> Self {
        Self { file: at.file.to_string(), line: at.line, column: Some(at.column) }
    }
}

impl SourceReport {
    fn to_location(&self) -> Location {
        Location::new(self.file.as_str(), self.line, self.column.unwrap_or(1))
    }
}

/// An attribute that is not in sync.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeReport {
    /// Which.
    pub path: AttributePath,
    /// In the repository; absent: not declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<serde_json::Value>,
    /// Last deployed from a declaration; absent: there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<serde_json::Value>,
    /// Now; absent: not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<serde_json::Value>,
    /// How the three stand.
    pub standing: Standing,
    /// Whether one of them is a secret, shown as a fingerprint.
    pub sensitive: bool,
    /// What the live value is held against; left out where it is the declaration.
    #[serde(default, skip_serializing_if = "Basis::is_declaration")]
    pub basis: Basis,
    /// Where the declared value stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceReport>,
    /// What a reader should know besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorReport {
    /// The name, as the evidence gives it.
    pub name: String,
    /// What kind of actor.
    pub kind: ActorKind,
    /// With what tool.
    pub via: Option<String>,
    /// Where that is known from.
    pub evidence: Option<EvidenceSource>,
}

impl AttributeReport {
    fn of(attribute: &AttributeDrift) -> Self {
        let json = |value: &Option<Value>| value.as_ref().map(Value::to_json);
        Self {
            path: attribute.path.clone(),
            declared: json(&attribute.declared),
            applied: json(&attribute.applied),
            live: json(&attribute.live),
            standing: attribute.standing,
            sensitive: attribute.is_sensitive(),
            basis: attribute.basis,
            source: attribute.declared.as_ref().and_then(|value| value.at.as_ref()).map(SourceReport::from),
            note: attribute.note.clone(),
        }
    }

    fn to_attribute(&self) -> AttributeDrift {
        let value = |json: &Option<serde_json::Value>| json.as_ref().map(Value::from_stored_json);
        let at = self.source.as_ref().map(SourceReport::to_location);
        AttributeDrift {
            path: self.path.clone(),
            declared: value(&self.declared).map(|value| value.located(at)),
            applied: value(&self.applied),
            live: value(&self.live),
            standing: self.standing,
            basis: self.basis,
            note: self.note.clone(),
        }
    }
}

impl From<&Drift> for DriftReport {
    fn from(drift: &Drift) -> Self {
        Self {
            id: drift.id.clone(),
            stack: drift.stack.clone(),
            environment: drift.environment.clone(),
            provider: drift.scope.provider,
            account: drift.scope.account.clone(),
            region: drift.scope.region.clone(),
            cluster: drift.scope.cluster.clone(),
            namespace: drift.scope.namespace.clone(),
            resource_type: drift.resource_type.to_string(),
            address: drift.address.clone(),
            identifier: drift.identifier.clone(),
            source: drift.source.as_ref().map(SourceReport::from),
            presence: drift.presence,
            attributes: drift.attributes.iter().map(AttributeReport::of).collect(),
            first_seen: drift.first_seen,
            last_seen: drift.last_seen,
            changed_between: drift.changed_between,
            actor: drift.actor.as_ref().map(|actor| ActorReport {
                name: actor.name.clone(),
                kind: actor.kind,
                via: actor.via.clone(),
                evidence: drift.actor_evidence,
            }),
            verdict: drift.is_manual_change().then_some(drift.verdict),
            explanations: drift.explanations.clone(),
            violations: drift.violations.clone(),
            due_at: drift.due_at,
            stale: drift.stale,
        }
    }
}

impl DriftReport {
    /// The drift again, so that it can be judged anew; secrets come back as their fingerprints.
    pub fn to_drift(&self) -> Drift {
        Drift {
            id: self.id.clone(),
            stack: self.stack.clone(),
            environment: self.environment.clone(),
            scope: Scope {
                provider: self.provider,
                account: self.account.clone(),
                region: self.region.clone(),
                cluster: self.cluster.clone(),
                namespace: self.namespace.clone(),
            },
            resource_type: self.resource_type.as_str().into(),
            address: self.address.clone(),
            identifier: self.identifier.clone(),
            source: self.source.as_ref().map(SourceReport::to_location),
            presence: self.presence,
            attributes: self.attributes.iter().map(AttributeReport::to_attribute).collect(),
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            changed_between: self.changed_between,
            actor: self.actor.as_ref().map(|actor| Actor {
                name: actor.name.clone(),
                kind: actor.kind,
                via: actor.via.clone(),
            }),
            actor_evidence: self.actor.as_ref().and_then(|actor| actor.evidence),
            verdict: self.verdict.unwrap_or(Verdict::Unexplained),
            explanations: self.explanations.clone(),
            violations: self.violations.clone(),
            due_at: self.due_at,
            stale: self.stale,
        }
    }

    pub(super) fn sort_key(&self) -> (&str, &str, &str) {
        (&self.stack, &self.resource_type, &self.address)
    }

    /// Whether somebody changed something by hand.
    pub fn is_manual_change(&self) -> bool {
        self.verdict.is_some()
    }

    /// The records that really account for it.
    pub fn accounting_records(&self) -> impl Iterator<Item = &Explanation> {
        self.explanations.iter().filter(|explanation| explanation.tier.is_some())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A drift with one drifted attribute, for tests of what is done with drifts.
    pub(crate) fn sample(stack: &str, address: &str, declared: i64, live: i64) -> Drift {
        let seen: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let resource_type = crate::model::ResourceType::from("AWS::ECS::Service");
        Drift {
            id: DriftId::of(stack, &resource_type, address),
            stack: stack.to_owned(),
            environment: "production".to_owned(),
            scope: Scope::aws(Some("123456789012".to_owned()), Some("eu-west-1".to_owned())),
            resource_type,
            address: address.to_owned(),
            identifier: Some(format!("{address}-id")),
            source: Some(Location::new("infra/main.tf", 7, 1)),
            presence: Presence::Present,
            attributes: vec![AttributeDrift {
                path: AttributePath::keys(["DesiredCount"]),
                declared: Some(Value::from(declared).located(Some(Location::new("infra/main.tf", 9, 19)))),
                applied: Some(Value::from(declared)),
                live: Some(Value::from(live)),
                standing: Standing::Drifted,
                basis: Basis::Declaration,
                note: None,
            }],
            first_seen: seen,
            last_seen: seen,
            changed_between: (None, seen),
            actor: None,
            actor_evidence: None,
            verdict: Verdict::Unexplained,
            explanations: Vec::new(),
            violations: Vec::new(),
            due_at: None,
            stale: false,
        }
    }

    #[test]
    fn a_drift_comes_back_from_the_report_as_it_went_in() {
        let drift = sample("shop", "aws_ecs_service.web", 2, 4);
        let json = serde_json::to_string(&DriftReport::from(&drift)).unwrap();
        let back = serde_json::from_str::<DriftReport>(&json).unwrap().to_drift();
        assert_eq!(back, drift);
    }

    #[test]
    fn a_drift_of_pending_attributes_alone_has_no_verdict() {
        let mut drift = sample("shop", "aws_ecs_service.web", 2, 4);
        drift.attributes.iter_mut().for_each(|attribute| attribute.standing = Standing::Pending);
        assert_eq!(DriftReport::from(&drift).verdict, None);
    }
}

//! Facts by the names that they hold, for whoever asks about a resource.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fact, NameDigest, attributes, digest};
use crate::model::{Evidence, EvidenceSource, Fingerprinter, ResourceType, Scope};

/// A resource that facts are looked for of.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its canonical type.
    pub resource_type: &'a ResourceType,
    /// Its identifier: an ARN, an id or a name.
    pub identifier: &'a str,
    /// The names in its identifier, outermost first: `[cluster, service]`.
    pub names: &'a [String],
    /// Where it is.
    pub scope: &'a Scope,
}

/// Everything that is known of a time.
#[derive(Debug, Default)]
pub struct Trail {
    facts: Vec<Fact>,
    by_name: BTreeMap<NameDigest, Vec<usize>>,
}

/// Services whose endpoint is called otherwise than in the type's name.
const SERVICES: [(&str, &str); 9] = [
    ("CloudWatch", "monitoring"),
    ("ElasticLoadBalancingV2", "elasticloadbalancing"),
    ("StepFunctions", "states"),
    ("CertificateManager", "acm"),
    ("ApplicationAutoScaling", "autoscaling"),
    ("ApiGatewayV2", "apigateway"),
    ("WAFv2", "wafv2"),
    ("OpenSearchService", "es"),
    ("SES", "ses"),
];

/// The service that tags resources of all services.
const TAGGING: &str = "tagging";

impl Trail {
    /// An index of facts.
    pub fn new(facts: Vec<Fact>) -> Self {
        let mut by_name: BTreeMap<NameDigest, Vec<usize>> = BTreeMap::new();
        for (position, fact) in facts.iter().enumerate() {
            for name in &fact.names {
                by_name.entry(*name).or_default().push(position);
            }
        }
        Self { facts, by_name }
    }

    /// What is known of changes of a resource, in the order of the facts. `records` are the ids that a change may carry.
    pub fn evidence(
        &self,
        subject: &Subject<'_>,
        records: &BTreeSet<&str>,
        fingerprints: &Fingerprinter,
    ) -> Vec<Evidence> {
        let of = |name: &str| self.by_name.get(&digest(fingerprints, name)).map(Vec::as_slice).unwrap_or_default();
        let mut positions: BTreeSet<usize> = of(subject.identifier).iter().copied().collect();
        if let Some((own, outer)) = subject.names.split_last() {
            let is_held = |position: &usize| outer.iter().all(|name| self.holds(*position, name, fingerprints));
            positions.extend(of(own).iter().copied().filter(is_held));
        }
        let facts = positions.into_iter().filter_map(|position| self.facts.get(position));
        facts.filter(|fact| fits(fact, subject)).map(|fact| evidence(fact, subject, records)).collect()
    }

    /// Whether a fact holds the name of what a resource is in. A cluster that is not named is `default`.
    fn holds(&self, position: usize, name: &str, fingerprints: &Fingerprinter) -> bool {
        let Some(fact) = self.facts.get(position) else { return false };
        fact.names.contains(&digest(fingerprints, name))
            || (name == "default" && !fact.members.iter().any(|member| member == "cluster"))
    }
}

/// Whether a fact is of the service, account and region of a resource.
fn fits(fact: &Fact, subject: &Subject<'_>) -> bool {
    let mut parts = subject.resource_type.as_str().split("::").skip(1);
    let name = parts.next().unwrap_or_default();
    let own = SERVICES.iter().find(|(of_type, _)| *of_type == name).map(|(_, service)| *service);
    let is_own = own.map_or_else(|| fact.service.eq_ignore_ascii_case(name), |service| fact.service == service);
    let agrees = |own: Option<&String>, other: &str| own.is_none_or(|own| other.is_empty() || own == other);
    let is_global = matches!(name, "IAM" | "CloudFront" | "Route53");
    (is_own || fact.service == TAGGING)
        && agrees(subject.scope.account.as_ref(), &fact.account)
        && (is_global || agrees(subject.scope.region.as_ref(), &fact.region))
}

fn evidence(fact: &Fact, subject: &Subject<'_>, records: &BTreeSet<&str>) -> Evidence {
    Evidence {
        source: EvidenceSource::Cloudtrail,
        at: Some(fact.at),
        actor: Some(fact.actor.clone()),
        resource_type: subject.resource_type.clone(),
        identifier: subject.identifier.to_owned(),
        paths: attributes::of(&fact.service, &fact.operation, &fact.members),
        record_id: fact.tokens.iter().find(|token| records.contains(token.as_str())).cloned(),
    }
}

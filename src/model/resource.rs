//! Resources: as declared, as live, and what ties the two together.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Evidence, FieldOwner, Location, Value};

/// A resource type as CloudFormation names it (`AWS::ECS::Service`), or a Kubernetes kind (`apps/v1/Deployment`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceType(Arc<str>);

impl ResourceType {
    /// The type's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ResourceType {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for ResourceType {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who serves a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// A Kubernetes cluster.
    Kubernetes,
}

impl Provider {
    /// The provider's name in labels and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Kubernetes => "kubernetes",
        }
    }
}

/// Where resources live: what one set of credentials and one endpoint can see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// Who serves it.
    pub provider: Provider,
    /// AWS account number, when known.
    pub account: Option<String>,
    /// AWS region.
    pub region: Option<String>,
    /// Kubernetes context or cluster name.
    pub cluster: Option<String>,
    /// Kubernetes namespace.
    pub namespace: Option<String>,
}

impl Scope {
    /// A scope of AWS.
    pub fn aws(account: Option<String>, region: Option<String>) -> Self {
        Self { provider: Provider::Aws, account, region, cluster: None, namespace: None }
    }

    /// A cluster.
    pub fn cluster(name: impl Into<String>) -> Self {
        Self {
            provider: Provider::Kubernetes,
            account: None,
            region: None,
            cluster: Some(name.into()),
            namespace: None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.provider.as_str())?;
        for part in [&self.account, &self.region, &self.cluster, &self.namespace].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        Ok(())
    }
}

/// One resource as a repository declares it, in the canonical model.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// Terraform address (`module.a["x"].aws_ecs_service.b[0]`) or CloudFormation logical id.
    pub address: String,
    /// The canonical type.
    pub resource_type: ResourceType,
    /// The physical id, if the declaration or its applied side tells it.
    pub identifier: Option<String>,
    /// An object of the type's properties. `null` members are left out.
    pub attributes: Value,
    /// Where the resource is declared.
    pub at: Location,
    /// The account it goes to, where the declaration names another one than the stack's.
    pub account: Option<String>,
    /// The region it goes to, where the declaration names another one than the stack's.
    pub region: Option<String>,
    /// Attribute patterns that the declaration itself leaves to others (`lifecycle.ignore_changes`), in the
    /// canonical model; `*` stands for all. Shown as ignored, not dropped.
    pub ignored: Vec<String>,
    /// What becomes of the resource when it is no longer declared.
    pub retention: Retention,
}

/// What becomes of a deployed resource that its declaration lets go: CloudFormation's `DeletionPolicy` and
/// `UpdateReplacePolicy` (`Delete`, `Retain`, `RetainExceptOnCreate`, `Snapshot`); `None` where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// When it is taken out of the template, or the stack is deleted.
    pub on_deletion: Option<String>,
    /// When an update puts another one in its place.
    pub on_replacement: Option<String>,
}

/// One resource as its service answers now, in the canonical model.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// The canonical type.
    pub resource_type: ResourceType,
    /// The physical id, as CloudFormation's `Ref` returns it.
    pub identifier: String,
    /// Other names under which declarations may know it: ARN, name, `cluster/service`.
    pub aliases: Vec<String>,
    /// Its properties. A property that the service always returns but did not is an unknown value, not an absent one.
    pub attributes: Value,
    /// Read-only attributes that declarations refer to, named as `Fn::GetAtt` names them (`Arn`, `GroupId`).
    pub computed: BTreeMap<String, Value>,
    /// Who and when, as far as the read itself tells.
    pub evidence: Vec<Evidence>,
    /// Who owns which field, where the service keeps that: the fields of a Kubernetes object that are not as declared.
    pub owners: Vec<FieldOwner>,
    /// Why its values are about to change by themselves (a deployment under way); its drift waits.
    pub in_flight: Option<String>,
}

/// An availability zone, as EC2 tells of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AvailabilityZone {
    /// Its name in this account: `eu-west-1a`.
    pub name: String,
    /// Its id, the same in all accounts: `euw1-az1`.
    pub id: String,
    /// `opt-in-not-required`, `opted-in` or `not-opted-in`.
    pub opt_in_status: String,
    /// `availability-zone`, `local-zone` or `wavelength-zone`.
    pub zone_type: String,
}

/// What a declaration refers to by name, once that is known: from the applied side, or from live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bindings(BTreeMap<String, Bound>);

/// What is known of one declared resource that others refer to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    /// Its physical id: what `Ref` and `.id` give.
    pub identifier: Option<String>,
    /// Its attributes under the names that declarations use (`Arn`; Terraform: `arn`).
    pub attributes: BTreeMap<String, Value>,
}

impl Bindings {
    /// What is known of the resource at an address.
    pub fn get(&self, address: &str) -> Option<&Bound> {
        self.0.get(address)
    }

    /// Notes what is known of a resource; what was noted before stays where the new facts are silent.
    pub fn bind(&mut self, address: impl Into<String>, bound: Bound) {
        let known = self.0.entry(address.into()).or_default();
        known.identifier = bound.identifier.or_else(|| known.identifier.take());
        known.attributes.extend(bound.attributes);
    }

    /// Moves what is known under one address to another, unless something is known there.
    pub fn rename(&mut self, from: &str, to: &str) {
        if !self.0.contains_key(to)
            && let Some(bound) = self.0.remove(from)
        {
            self.0.insert(to.to_owned(), bound);
        }
    }

    /// All of them, by address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bound)> {
        self.0.iter().map(|(address, bound)| (address.as_str(), bound))
    }
}

impl FromIterator<(String, Bound)> for Bindings {
    fn from_iter<T: IntoIterator<Item = (String, Bound)>>(bound: T) -> Self {
        Self(bound.into_iter().collect())
    }
}

/// One resource as it was last deployed from a declaration, in the canonical model.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Its address, as in the declaration.
    pub address: String,
    /// The canonical type.
    pub resource_type: ResourceType,
    /// The physical id that the deployment noted.
    pub identifier: Option<String>,
    /// An object of the type's properties.
    pub attributes: Value,
}

/// Resources that a reader knows of and does not turn into declarations; a part of the coverage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skipped {
    /// The type, as the user wrote it.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Why.
    pub reason: String,
    /// How many.
    pub count: usize,
}

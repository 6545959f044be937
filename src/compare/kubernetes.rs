//! Comparing Kubernetes objects.
//!
//! The declaration is walked, never the whole object, so that what the server fills in needs no table. [`project`] cuts
//! a live object to what is declared, and to what somebody added by hand, as its `managedFields` say; what [`compare()`]
//! then finds only on the live side is such an addition.

mod cut;
mod deployer;
mod glimpse;
mod items;
mod ownership;
mod project;
mod spelling;
mod tried;
mod walk;
mod wholes;

use crate::compare::{Base, Comparison, settled};
use crate::model::{FieldOwner, ResourceType, Value};
use crate::schema::kubernetes::TypeSchema;

pub use glimpse::{Touched, touched};
pub(crate) use ownership::described;
pub use project::{Controller, Deletion, Object, Projected, changed_since_deployed, evidence_of_creation, project};
pub use tried::{Outcome, Trial, Verdict as TrialVerdict};

/// One object, seen from the three sides.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its type: `apps/v1/Deployment`.
    pub resource_type: &'a ResourceType,
    /// Its attributes in the repository.
    pub declared: &'a Value,
    /// What was last deployed.
    pub base: &'a Base,
    /// Its attributes now, as [`project`] cut them.
    pub live: &'a Value,
    /// Who owns what is not as declared, as [`project`] found it.
    pub owners: &'a [FieldOwner],
    /// The schema of its kind, where one is known.
    pub schema: Option<&'a TypeSchema>,
    /// Whether an autoscaler that is declared beside it sets how many replicas it has.
    pub autoscaled: bool,
    /// Patterns that the declaration leaves to others.
    pub ignored: &'a [String],
}

/// Compares one object. `controlled` holds what a control loop set; a value that somebody set by hand is drift whoever
/// else owns it.
pub fn compare(subject: &Subject<'_>) -> Comparison {
    settled(walk::run(subject), subject.ignored)
}

/// Attributes in which every item of a list has all its keys, so that paths lead to it.
pub(crate) fn with_keys(schema: Option<&TypeSchema>, attributes: &Value) -> Value {
    items::with_keys(schema.and_then(TypeSchema::root), attributes)
}

#[cfg(test)]
mod by_owner;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod recorded;

//! What a scan looked at, and what it did not. Printed beside every result, because a tool that is silent about its
//! gaps claims what it did not check.

use serde::{Deserialize, Serialize};

use super::SourceReport;
use crate::model::{Problem, Skipped};

/// What was looked at and what was not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Counts of resources.
    pub resources: ResourceCoverage,
    /// Counts of attributes.
    pub attributes: AttributeCoverage,
    /// Values that nobody declares, where they are watched.
    #[serde(default, skip_serializing_if = "UndeclaredCoverage::is_empty")]
    pub undeclared: UndeclaredCoverage,
    /// Resources that nothing here reads.
    pub skipped: Vec<Skipped>,
    /// Attributes that could not be compared, and why.
    #[serde(default)]
    pub unverifiable: Vec<UnverifiableReport>,
    /// Attributes that their owner moved within its limits: no drift.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controlled: Vec<ControlledReport>,
    /// Attributes that their declaration leaves to others, and that are not as declared: no drift.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<IgnoredReport>,
    /// What could not be read or evaluated.
    pub problems: Vec<ProblemReport>,
}

/// Counts of declared resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceCoverage {
    /// Declared.
    pub declared: usize,
    /// Compared with what is live, or found missing.
    pub checked: usize,
    /// Not compared, because they could not be read, bound or evaluated.
    pub unknown: usize,
}

/// Counts of declared attributes of checked resources. Each is in exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeCoverage {
    /// Compared.
    pub checked: usize,
    /// Not comparable: write-only, unreadable, or known only after a deploy.
    pub unverifiable: usize,
    /// Left out by the declaration itself (`ignore_changes`).
    pub ignored: usize,
}

/// Counts of values that live in checked resources and that nobody declares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndeclaredCoverage {
    /// Held against the baseline now or from now on.
    pub watched: usize,
    /// Of these, taken into the baseline by this scan: nothing is said about them yet.
    pub recorded: usize,
    /// Of these, new on every resource of a type with one value: a new field of the service, and no change by hand.
    pub new_fields: usize,
}

impl UndeclaredCoverage {
    /// Whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An attribute that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnverifiableReport {
    /// The stack.
    pub stack: String,
    /// The resource's type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource's address.
    pub address: String,
    /// The attribute; empty for the resource as a whole.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// An attribute that somebody other than a person moves, and moved within limits that a person set: the count of a
/// service under a scaling policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlledReport {
    /// The stack.
    pub stack: String,
    /// The resource's type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource's address.
    pub address: String,
    /// The attribute.
    pub path: String,
    /// The declared value.
    pub declared: Option<serde_json::Value>,
    /// The value now.
    pub live: Option<serde_json::Value>,
    /// Who moved it.
    pub reason: String,
}

/// An attribute that its declaration leaves to others (`lifecycle.ignore_changes`), and that is not as declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IgnoredReport {
    /// The stack.
    pub stack: String,
    /// The resource's type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource's address.
    pub address: String,
    /// The attribute.
    pub path: String,
    /// The declared value.
    pub declared: Option<serde_json::Value>,
    /// The value now.
    pub live: Option<serde_json::Value>,
}

/// A problem as the report shows it: without the excerpt, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProblemReport {
    /// The stack, if it is one's.
    pub stack: Option<String>,
    /// The kind; see [`crate::model::ProblemKind`].
    pub kind: String,
    /// What it covers.
    pub scope: String,
    /// What happened.
    pub message: String,
    /// What cures it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remedy: Option<String>,
    /// Where in the user's files it comes from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<SourceReport>,
}

impl From<&Problem> for ProblemReport {
    fn from(problem: &Problem) -> Self {
        Self {
            stack: problem.stack.clone(),
            kind: problem.kind.as_str().to_owned(),
            scope: problem.scope.clone(),
            message: problem.message.clone(),
            remedy: problem.remedy.clone(),
            source: problem.at.as_ref().map(SourceReport::from),
        }
    }
}

impl Coverage {
    /// The coverage of several stacks together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.resources.declared += other.resources.declared;
        self.resources.checked += other.resources.checked;
        self.resources.unknown += other.resources.unknown;
        self.attributes.checked += other.attributes.checked;
        self.attributes.unverifiable += other.attributes.unverifiable;
        self.attributes.ignored += other.attributes.ignored;
        self.undeclared.watched += other.undeclared.watched;
        self.undeclared.recorded += other.undeclared.recorded;
        self.undeclared.new_fields += other.undeclared.new_fields;
        for skipped in other.skipped {
            match self
                .skipped
                .iter_mut()
                .find(|s| s.resource_type == skipped.resource_type && s.reason == skipped.reason)
            {
                Some(known) => known.count += skipped.count,
                None => self.skipped.push(skipped),
            }
        }
        self.unverifiable.extend(other.unverifiable);
        self.controlled.extend(other.controlled);
        self.problems.extend(other.problems);
        self.skipped.sort();
        self.unverifiable.sort();
        let place = |one: &ControlledReport| (one.stack.clone(), one.address.clone(), one.path.clone());
        self.controlled.sort_by_key(place);
        self.ignored.extend(other.ignored);
        self.ignored.sort_by_key(|one| (one.stack.clone(), one.address.clone(), one.path.clone()));
        self.problems.sort();
        self.problems.dedup();
        self
    }

    /// Whether everything that was declared was looked at.
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty() && self.resources.unknown == 0 && self.attributes.unverifiable == 0
    }
}

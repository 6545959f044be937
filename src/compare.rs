//! Compare: declared, applied and live of one resource, attribute by attribute.
//!
//! Pure and total: values in, standings out. Knows no client, no clock, and of providers only what stands in the
//! tables of [`crate::schema`].
//!
//! What is compared is the declared part of a resource (and what was applied of it): a member that only lives is
//! undeclared and nobody's business here, except in collections where an addition is a change somebody made — members
//! of declared lists, free-form maps, and the collections that [`Says::Authoritative`](crate::schema::Says) names.

mod base;
pub mod batch;
mod controlled;
pub mod kubernetes;
mod list;
mod normal;
mod objects;
mod policy;
mod scalar;
mod transform;
mod undeclared;
mod walk;

use std::collections::BTreeSet;
use std::fmt;

use crate::model::{AttributeDrift, AttributePath, ResourceType, Value};
use crate::schema::pattern_covers;

pub use base::Base;
pub use controlled::{Band, Limits};
pub use undeclared::{against_recorded, is_set_by_somebody, of_baseline, undeclared};

/// One resource, seen from the three sides.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The canonical type, which picks the rules.
    pub resource_type: &'a ResourceType,
    /// The physical id, if known.
    pub identifier: Option<&'a str>,
    /// The account it lives in; without it no name is taken for an ARN of that account.
    pub account: Option<&'a str>,
    /// The region it lives in; likewise.
    pub region: Option<&'a str>,
    /// The properties in the repository.
    pub declared: &'a Value,
    /// What was last deployed.
    pub base: &'a Base,
    /// The properties now.
    pub live: &'a Value,
    /// Who read them.
    pub reader: Reader,
    /// Patterns of collections whose members may belong to other declarations: live-only members are not judged.
    pub open_collections: &'a BTreeSet<String>,
    /// Patterns that the declaration leaves to others (`lifecycle.ignore_changes`); `*` stands for all.
    pub ignored: &'a [String],
    /// Limits that other declarations set for attributes of this resource.
    pub bands: &'a [Band],
}

/// Who read the live side: it decides what it means that a write-only property is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// A reader made for the type, which returns some of what the type's schema calls write-only
    /// ([`Says::Returned`](crate::schema::Says)): that is not set where it is not there.
    OfType,
    /// Cloud Control, or whoever wrote a file: a write-only property may be set though it is not there.
    #[default]
    Unknown,
}

/// How the attributes of one resource stand. Every declared attribute is in exactly one of the lists (those in
/// `suppressed` are in `in_sync` too); all are sorted by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Pending, drifted, in conflict, or codified.
    pub attributes: Vec<AttributeDrift>,
    /// The attributes on which all three agree, with the declared value.
    pub in_sync: Vec<(AttributePath, Value)>,
    /// What cannot be told, and why.
    pub unverifiable: Vec<(AttributePath, String)>,
    /// Differences that the declaration leaves to others.
    pub ignored: Vec<AttributeDrift>,
    /// Values that their owner moved within its limits: no drift. The note says who.
    pub controlled: Vec<AttributeDrift>,
    /// The attributes in sync whose values are spelled differently, and the rule by which they are equal.
    pub suppressed: Vec<(AttributePath, RuleId)>,
}

impl Comparison {
    /// How many attributes anything is said about.
    fn len(&self) -> usize {
        self.attributes.len() + self.in_sync.len() + self.unverifiable.len() + self.controlled.len()
    }
}

/// A rule by which two different values are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RuleId {
    /// A number or boolean and its text.
    ScalarText,
    /// A name and the ARN of the thing of that name in the same account and region.
    NameOfArn,
    /// A property that is left out and one that has the service's default.
    Default,
    /// An empty value and none.
    EmptyIsAbsent,
    /// A version and a release of it.
    VersionTrack,
    /// A word and what the service resolves it to.
    Resolved,
    /// Two spellings of the same thing at this path.
    Spelling,
    /// What the type's published schema says that the service makes of it.
    Transform,
}

impl RuleId {
    /// The rule's name in reports and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScalarText => "scalar_text",
            Self::NameOfArn => "name_of_arn",
            Self::Default => "default",
            Self::EmptyIsAbsent => "empty_is_absent",
            Self::VersionTrack => "version_track",
            Self::Resolved => "resolved",
            Self::Spelling => "spelling",
            Self::Transform => "transform",
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Compares one resource.
pub fn compare(subject: &Subject<'_>) -> Comparison {
    settled(walk::run(subject), subject.ignored)
}

/// What was found, sorted, and without what the declaration leaves to others.
fn settled(mut found: Comparison, ignored: &[String]) -> Comparison {
    let (ignored, attributes) = std::mem::take(&mut found.attributes)
        .into_iter()
        .partition(|drift| ignored.iter().any(|pattern| pattern_covers(pattern, &drift.path)));
    (found.ignored, found.attributes) = (ignored, attributes);
    found.ignored.sort_by(|a, b| a.path.cmp(&b.path));
    found.controlled.sort_by(|a, b| a.path.cmp(&b.path));
    found.attributes.sort_by(|a, b| a.path.cmp(&b.path));
    found.in_sync.sort_by(|a, b| a.0.cmp(&b.0));
    found.unverifiable.sort();
    found.unverifiable.dedup();
    found.suppressed.sort();
    found
}

/// A side in the form in which sides are compared: documents read, tags of AWS taken off. Paths of a [`Comparison`]
/// are paths in this form. Applying it twice changes nothing more.
pub fn normalised(resource_type: &ResourceType, properties: &Value) -> Value {
    normal::side(crate::schema::Facts::of(resource_type), normal::Author::Person, properties).into_owned()
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod schema_rules;

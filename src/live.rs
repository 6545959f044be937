//! Live: what the services answer now, in the canonical model.
//!
//! The readers are given types and names and know no declaration. A read that failed becomes a [`Problem`] with a
//! scope, and everything in that scope stays unknown: only a read that succeeded can find something missing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Live, Problem, ResourceType, Value};

#[cfg(feature = "aws")]
pub mod aws;
pub mod connection;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
pub mod log;
pub mod objects;
mod scaling;
mod scope;

pub use scaling::Scaling;
pub use scope::{AwsScope, KubernetesScope};

/// Whether a type has a reader in this build.
pub fn reads(resource_type: &ResourceType) -> bool {
    // Every kind that a cluster serves is read in the same way.
    if crate::schema::kubernetes::kind_of(resource_type).is_some() {
        return cfg!(feature = "kubernetes");
    }
    #[cfg(feature = "aws")]
    return aws::TYPES.contains(&resource_type.as_str());
    #[cfg(not(feature = "aws"))]
    {
        let _ = resource_type;
        false
    }
}

/// A resource to look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The canonical type.
    pub resource_type: ResourceType,
    /// Its physical id or one of its natural names (see [`crate::schema::identity`]).
    pub key: String,
}

/// What a round of reads found, and what it could not see.
#[derive(Clone, Debug, Default)]
pub struct Collection {
    /// The account that was read, as the service names it.
    pub account: Option<String>,
    resources: Vec<Live>,
    by_name: BTreeMap<(ResourceType, String), usize>,
    answered: BTreeSet<Wanted>,
    /// What scalable targets move in the scope.
    pub scaling: Scaling,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// What is known about one wanted resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    /// It is there.
    Present(&'a Live),
    /// It was asked for, the service answered, and it is not there.
    Missing,
    /// It could not be read, or nobody asked for it.
    Unknown,
}

impl Collection {
    /// Adds a resource under its identifier and all its aliases.
    pub fn add(&mut self, live: Live) {
        let position = self.resources.len();
        for name in live.aliases.iter().chain([&live.identifier]) {
            self.by_name.insert((live.resource_type.clone(), name.clone()), position);
        }
        self.resources.push(live);
    }

    /// Notes that a resource was asked for and the service answered, with it or without it.
    pub fn mark_answered(&mut self, wanted: Wanted) {
        self.answered.insert(wanted);
    }

    /// What is known about a resource.
    pub fn find(&self, resource_type: &ResourceType, key: &str) -> Found<'_> {
        let wanted = Wanted { resource_type: resource_type.clone(), key: key.to_owned() };
        let found = self.by_name.get(&(resource_type.clone(), key.to_owned())).and_then(|at| self.resources.get(*at));
        match found {
            Some(live) => Found::Present(live),
            None if self.answered.contains(&wanted) => Found::Missing,
            None => Found::Unknown,
        }
    }

    /// Changes the properties of everything that was found, such as to hide what is secret in them.
    pub fn map_attributes(&mut self, change: impl Fn(&ResourceType, Value) -> Value) {
        for live in &mut self.resources {
            live.attributes = change(&live.resource_type, std::mem::take(&mut live.attributes));
        }
    }

    /// Everything that was found.
    pub fn resources(&self) -> &[Live] {
        &self.resources
    }

    /// Takes in what another round found.
    pub fn merge(&mut self, other: Self) {
        self.account = self.account.take().or(other.account);
        other.resources.into_iter().for_each(|live| self.add(live));
        self.answered.extend(other.answered);
        self.scaling.merge(other.scaling);
        // A service that refuses is asked in every round.
        let new = other.problems.into_iter().filter(|problem| !self.problems.contains(problem));
        self.problems.extend(new.collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_for_and_answered_can_be_missing() {
        let role = ResourceType::from("AWS::IAM::Role");
        let mut collection = Collection::default();
        collection.mark_answered(Wanted { resource_type: role.clone(), key: "deploy".into() });
        assert_eq!(collection.find(&role, "deploy"), Found::Missing);
        assert_eq!(collection.find(&role, "never-asked-for"), Found::Unknown);
        assert_eq!(collection.find(&"AWS::IAM::ManagedPolicy".into(), "deploy"), Found::Unknown);
    }
}

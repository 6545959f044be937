//! Live: what the services answer now, in the canonical model.
//!
//! The readers are given types and names and know no declaration. A read that failed becomes a [`Problem`] with a
//! scope, and everything in that scope stays unknown: only a read that succeeded can find something missing.

use std::collections::BTreeMap;

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
    by_name: BTreeMap<Wanted, usize>,
    answered: BTreeMap<Wanted, Told>,
    /// What scalable targets move in the scope.
    pub scaling: Scaling,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// What an answer told of a resource, besides what was added to the collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    AsExpected,
}

/// What is known about one wanted resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    /// It is there.
    Present(&'a Live),
    /// It is there, just as whoever asked for it expected, and nothing more is kept of it.
    AsExpected,
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
            let name = Wanted { resource_type: live.resource_type.clone(), key: name.clone() };
            self.by_name.insert(name, position);
        }
        self.resources.push(live);
    }

    /// Notes that a resource was asked for and the service answered, with it or without it.
    pub fn mark_answered(&mut self, wanted: Wanted) {
        self.answered.entry(wanted).or_insert(Told::Nothing);
    }

    /// Notes that a resource is there just as it was expected, so that nothing of it has to be kept.
    pub fn mark_as_expected(&mut self, wanted: Wanted) {
        self.answered.insert(wanted, Told::AsExpected);
    }

    /// What is known about a resource.
    pub fn find(&self, resource_type: &ResourceType, key: &str) -> Found<'_> {
        let wanted = Wanted { resource_type: resource_type.clone(), key: key.to_owned() };
        if let Some(live) = self.by_name.get(&wanted).and_then(|at| self.resources.get(*at)) {
            return Found::Present(live);
        }
        match self.answered.get(&wanted) {
            Some(Told::AsExpected) => Found::AsExpected,
            Some(Told::Nothing) => Found::Missing,
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
        for (wanted, told) in other.answered {
            let known = self.answered.entry(wanted).or_insert(told);
            *known = told.max(*known);
        }
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

    #[test]
    fn what_was_found_as_expected_is_not_missing_whatever_is_noted_of_it_besides() {
        let map = ResourceType::from("v1/ConfigMap");
        let wanted = Wanted { resource_type: map.clone(), key: "shop/settings".into() };
        let mut collection = Collection::default();
        collection.mark_as_expected(wanted.clone());
        collection.mark_answered(wanted.clone());
        assert_eq!(collection.find(&map, "shop/settings"), Found::AsExpected);
        let mut merged = Collection::default();
        merged.mark_answered(wanted);
        merged.merge(collection);
        assert_eq!(merged.find(&map, "shop/settings"), Found::AsExpected);
    }
}

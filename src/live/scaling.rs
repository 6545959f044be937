//! What scalable targets move in a scope, whoever registered them, and what could not be read of that.

use std::collections::BTreeMap;

use crate::model::ResourceType;
use crate::schema::Scaled;

/// The scalable targets of a scope.
#[derive(Clone, Debug, Default)]
pub struct Scaling {
    targets: Vec<Scaled>,
    unread: BTreeMap<ResourceType, String>,
}

impl Scaling {
    /// Adds what a target moves.
    pub fn add(&mut self, target: Scaled) {
        if !self.targets.contains(&target) {
            self.targets.push(target);
        }
    }

    /// Notes that the targets of a type could not be read, and why.
    pub fn mark_unread(&mut self, resource_type: ResourceType, reason: String) {
        self.unread.insert(resource_type, reason);
    }

    /// What is moved of a resource that has one of these natural names.
    pub fn of<'s>(&'s self, resource_type: &'s ResourceType, names: &'s [String]) -> impl Iterator<Item = &'s Scaled> {
        self.targets.iter().filter(move |one| one.resource_type == *resource_type && names.contains(&one.key))
    }

    /// Why the targets of a type are not known, if they are not.
    pub fn unread(&self, resource_type: &ResourceType) -> Option<&str> {
        self.unread.get(resource_type).map(String::as_str)
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.targets.into_iter().for_each(|target| self.add(target));
        self.unread.extend(other.unread);
    }
}

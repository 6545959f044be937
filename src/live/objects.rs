//! How objects of a cluster are asked for: what is kept of each is the caller's.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::Wanted;
use crate::model::{Problem, ResourceType};

/// What the caller keeps of an object; it is called with every wanted object that is there, as the server sent it.
pub type Keep<T> = dyn Fn(&Wanted, Json) -> Vec<T> + Send + Sync;

/// Everything of one kind in one place, whatever its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Everything {
    /// The kind: `apps/v1/ReplicaSet`.
    pub resource_type: ResourceType,
    /// Where; `None`: in the whole cluster.
    pub namespace: Option<String>,
    /// The labels that are asked for, as kubectl's `--selector` takes them.
    pub selector: Option<String>,
}

/// What a round of reads found.
#[derive(Debug)]
pub struct Answer<T> {
    /// What was kept.
    pub kept: Vec<T>,
    /// What the cluster answered for, whether it is there or not.
    pub answered: BTreeSet<Wanted>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Something that happened to a wanted object.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The object.
    pub wanted: Wanted,
    /// What happened.
    pub what: Happening,
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// This is how it is at the beginning, or after the watch was interrupted: an object with its `metadata`.
    Known(Json),
    /// It was made or changed; an object with its `metadata`.
    Changed(Json),
    /// It was deleted.
    Deleted,
}

/// An object before and after an apply that was tried out, as the server sent it.
#[derive(Clone, Debug, PartialEq)]
pub struct TriedOut {
    /// As it is.
    pub before: Json,
    /// As it would be.
    pub after: Json,
}

/// A read that failed, and what it leaves unsaid.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Why.
    pub problem: Problem,
    /// What nothing is known of; of [`Everything`] in a place no name is known.
    pub unread: BTreeSet<Wanted>,
    /// Where it was looked for; `None`: in the whole cluster.
    pub namespace: Option<String>,
}

impl<T> Default for Answer<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), answered: BTreeSet::new(), gaps: Vec::new() }
    }
}

impl<T> Answer<T> {
    /// Takes in what another read found.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.kept.extend(other.kept);
        self.answered.extend(other.answered);
        self.gaps.extend(other.gaps);
        self
    }
}

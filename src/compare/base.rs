//! The base of the three-way comparison: what was last deployed from a declaration.

use std::collections::BTreeMap;

use crate::model::{AttributePath, Value};

/// What is known of the last deployment of a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Base {
    /// The properties; `None`: what is declared, because it was deployed or because nothing is known.
    pub(super) applied: Option<Value>,
    /// What a reader should know about single attributes.
    pub(super) notes: BTreeMap<AttributePath, String>,
}

impl Base {
    /// Nothing is known of the last deployment.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// What is declared now was deployed.
    pub fn as_declared() -> Self {
        Self::default()
    }

    /// The properties as the deployment itself recorded them: the deployed template of a stack.
    pub fn deployed(properties: Value) -> Self {
        Self { applied: Some(properties), notes: BTreeMap::new() }
    }

    /// The same base with a remark about an attribute, shown with its drift.
    #[must_use]
    pub fn noting(mut self, path: AttributePath, note: impl Into<String>) -> Self {
        self.notes.insert(path, note.into());
        self
    }

    /// The properties, where they are not the declared ones.
    pub fn applied(&self) -> Option<&Value> {
        self.applied.as_ref()
    }

    /// The remark about an attribute, a part of it, or what it is a part of.
    pub fn note(&self, path: &AttributePath) -> Option<&str> {
        let near = |noted: &&AttributePath| noted.is_within(path) || path.is_within(noted);
        self.notes.keys().find(near).and_then(|noted| self.notes.get(noted)).map(String::as_str)
    }
}

//! An object on its way through a build: what it is called, and what it was called before.

use super::{Refusal, wrong};
use crate::model::{Kind, Value};
use crate::schema::kubernetes::{Reach, built_in};

/// The namespace of what names none.
const DEFAULT: &str = "default";
/// What stands for the namespace of what has none.
const NO_NAMESPACE: &str = "\u{0}";

/// A name that an object has or had; a namespace that is not written is `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub api_version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

/// An object in a build.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub value: Value,
    /// The names it had, oldest first.
    pub previous: Vec<Id>,
    /// The prefixes and suffixes that were added to its name, in their order.
    pub prefixes: Vec<String>,
    pub suffixes: Vec<String>,
    /// Whether a hash of its content is added to its name.
    pub needs_hash: bool,
}

impl Resource {
    pub(super) fn new(value: Value) -> Result<Self, Refusal> {
        for keys in [&["apiVersion"][..], &["kind"], &["metadata", "name"]] {
            let found = value.at_keys(keys.iter().copied());
            if found.and_then(Value::as_str).is_none_or(str::is_empty) {
                let message = format!("an object without {}", keys.join("."));
                return Err(wrong(value.at.as_ref(), "", message));
            }
        }
        Ok(Self { value, previous: Vec::new(), prefixes: Vec::new(), suffixes: Vec::new(), needs_hash: false })
    }

    fn text(&self, keys: &[&str]) -> &str {
        self.value.at_keys(keys.iter().copied()).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    pub(super) fn api_version(&self) -> &str {
        self.text(&["apiVersion"])
    }

    pub(super) fn group(&self) -> &str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn version(&self) -> &str {
        self.api_version().rsplit('/').next().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// The namespace as it is written; empty where it is not.
    pub(super) fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    /// Whether it certainly belongs to the cluster as a whole.
    pub(super) fn is_of_cluster(&self) -> bool {
        built_in(self.group(), self.kind()).is_some_and(|known| known.reach == Reach::Cluster)
    }

    pub(super) fn id(&self) -> Id {
        let namespace = match self.namespace() {
            _ if self.is_of_cluster() => NO_NAMESPACE,
            "" => DEFAULT,
            named => named,
        };
        Id {
            api_version: self.api_version().to_owned(),
            kind: self.kind().to_owned(),
            namespace: namespace.to_owned(),
            name: self.name().to_owned(),
        }
    }

    /// The name it had first.
    pub(super) fn original(&self) -> Id {
        self.previous.first().cloned().unwrap_or_else(|| self.id())
    }

    /// Whether it has or had a name.
    pub(super) fn is_or_was(&self, id: &Id) -> bool {
        self.id() == *id || self.previous.contains(id)
    }

    /// Notes the present name among those it had.
    pub(super) fn remember(&mut self) {
        let id = self.id();
        self.previous.push(id);
    }

    /// Sets a text of `metadata`; the place is kept where there was one.
    pub(super) fn set_metadata(&mut self, key: &str, text: &str) {
        let Kind::Object(members) = &mut self.value.kind else { return };
        let metadata = members.entry("metadata".to_owned()).or_insert_with(|| Value::new(Kind::Object([].into())));
        let Kind::Object(metadata) = &mut metadata.kind else { return };
        let slot = metadata.entry(key.to_owned()).or_default();
        slot.kind = Kind::String(text.to_owned());
    }

    /// Takes the namespace away.
    pub(super) fn unset_namespace(&mut self) {
        let Kind::Object(members) = &mut self.value.kind else { return };
        if let Some(Kind::Object(metadata)) = members.get_mut("metadata").map(|metadata| &mut metadata.kind) {
            metadata.remove("namespace");
        }
    }
}

/// Adds an object to others, none of which may have its name.
pub(super) fn append(resources: &mut Vec<Resource>, resource: Resource) -> Result<(), Refusal> {
    let id = resource.id();
    if let Some(other) = resources.iter().find(|other| other.id() == id) {
        let before =
            other.value.at.as_ref().map(|at| format!(", first at {}:{}", at.file, at.line)).unwrap_or_default();
        let message = format!("{} {} is there twice{before}", id.kind, id.name);
        return Err(wrong(resource.value.at.as_ref(), "", message));
    }
    resources.push(resource);
    Ok(())
}

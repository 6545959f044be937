//! The schema of one kind: of each part, whether it is an object, a map, a list and of what sort, or a leaf, and what
//! the server makes of it when it is left out or zero.
//!
//! Schemas refer to each other by name, and are followed one step at a time: one that contains itself
//! (`JSONSchemaProps`) is no larger than any other.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::built_in::{self, BUILT_IN};
use super::facts::{self, Said};
use super::openapi;
use crate::model::{ResourceType, Value};

/// The schemas that one cluster serves, over those that every cluster has.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// The first that knows a kind is asked.
    layers: Vec<Arc<Definitions>>,
}

impl Schemas {
    /// Those of the kinds that Kubernetes itself has.
    pub fn built_in() -> Self {
        Self { layers: vec![Arc::clone(&BUILT_IN)] }
    }

    /// The schemas of one group and version as `/openapi/v3/…` answers them, over those known before.
    pub fn from_openapi_v3(document: &Json, known: &Self) -> Self {
        known.with(openapi::read(document, "/components/schemas"))
    }

    /// The schemas of all kinds as `/openapi/v2` of an older server answers them, over those known before.
    pub fn from_openapi_v2(document: &Json, known: &Self) -> Self {
        known.with(openapi::read(document, "/definitions"))
    }

    fn with(&self, definitions: Definitions) -> Self {
        let layers = std::iter::once(Arc::new(definitions)).chain(self.layers.iter().cloned());
        Self { layers: layers.collect() }
    }

    /// The schema of a kind (`apps/v1`, `Deployment`); `None` where nobody served one.
    pub fn of(&self, api_version: &str, kind: &str) -> Option<Arc<TypeSchema>> {
        let name = format!("{api_version}/{kind}");
        let served = self.layers.iter().find_map(|layer| {
            let root = layer.kinds.get(name.as_str())?;
            Some(Arc::new(TypeSchema { definitions: Arc::clone(layer), root: root.clone() }))
        });
        served.or_else(|| openapi::of_embedded_templates(&name).map(Arc::new))
    }

    /// The schema of a type, named as in `apps/v1/Deployment`.
    pub fn of_type(&self, resource_type: &ResourceType) -> Option<Arc<TypeSchema>> {
        let (api_version, kind) = super::kind_of(resource_type)?;
        self.of(api_version, kind)
    }
}

/// The definitions of one document.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) nodes: BTreeMap<Box<str>, Node>,
    /// Kinds, `apps/v1/Deployment`, and the definitions they have.
    pub(super) kinds: BTreeMap<Box<str>, Box<str>>,
}

/// The schema of one kind.
#[derive(Clone, Debug)]
pub struct TypeSchema {
    pub(super) definitions: Arc<Definitions>,
    pub(super) root: Box<str>,
}

impl TypeSchema {
    /// The place of a whole object.
    pub fn root(&self) -> Option<Place<'_>> {
        let (name, node) = self.definitions.nodes.get_key_value(&self.root)?;
        let site = Site { definitions: &self.definitions, definition: None, field: "" };
        Some(Place { site, node, target: Target { definitions: &self.definitions, name: Some(name), node } })
    }
}

/// One part of a schema as it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) shape: Shape,
    /// Owned and replaced as a whole: `x-kubernetes-map-type: atomic`.
    pub(super) atomic: bool,
    /// What the server puts where it is left out.
    pub(super) default: Option<Value>,
    /// Not in the server's answer when it is zero, `false` or empty.
    pub(super) dropped_when_zero: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Shape {
    /// Named fields; `open`: and others of which nothing is said.
    Object { fields: BTreeMap<Box<str>, Node>, open: bool },
    /// Any names, all with values of one sort.
    Map(Box<Node>),
    /// A list.
    List { of: Box<Node>, kind: ListKind },
    /// A scalar.
    Leaf(Leaf),
    /// A definition of the same document.
    Reference(Box<str>),
    /// A definition of the kinds that Kubernetes itself has.
    BuiltIn(&'static str),
    /// Nothing is said.
    #[default]
    Any,
}

/// What makes an item of a list the same item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// The values of these members, in the order of their names; the order of items says nothing.
    Keyed(Box<[Box<str>]>),
    /// Its value; the order of items says nothing.
    Set,
    /// Nothing: the list is one value, owned and replaced as a whole.
    Atomic,
}

/// How a scalar may be spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// As it is.
    Plain,
    /// A quantity: `1Gi` is `1024Mi`.
    Quantity,
    /// A number or a text.
    IntOrString,
    /// Base64.
    Bytes,
    /// A time.
    Time,
}

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Holds<'s> {
    /// Named fields.
    Object,
    /// Any names.
    Map,
    /// A list.
    List(&'s ListKind),
    /// A scalar.
    Leaf(Leaf),
    /// Nothing is said.
    Anything,
}

/// What the schema says of a member.
#[derive(Clone, Copy, Debug)]
pub enum Member<'s> {
    /// This.
    Known(Place<'s>),
    /// Nothing, and it may be there.
    Open,
    /// That there is none of that name.
    NoSuch,
}

impl<'s> Member<'s> {
    /// The place, where the schema has one.
    pub fn place(self) -> Option<Place<'s>> {
        match self {
            Self::Known(place) => Some(place),
            Self::Open | Self::NoSuch => None,
        }
    }
}

/// One part of a schema, and where it is used.
#[derive(Clone, Copy, Debug)]
pub struct Place<'s> {
    site: Site<'s>,
    /// As it is written there.
    node: &'s Node,
    /// What that refers to in the end.
    target: Target<'s>,
}

/// Whether fields are those of a whole object. The schemas of Kubernetes' own kinds are kept without the names of the kind.
fn is_kind(fields: &BTreeMap<Box<str>, Node>) -> bool {
    fields.contains_key("metadata") && (fields.contains_key("spec") || fields.contains_key("kind"))
}

/// The field of a definition.
#[derive(Clone, Copy, Debug)]
struct Site<'s> {
    definitions: &'s Definitions,
    definition: Option<&'s str>,
    field: &'s str,
}

#[derive(Clone, Copy, Debug)]
struct Target<'s> {
    definitions: &'s Definitions,
    /// The definition, where it has a name.
    name: Option<&'s str>,
    node: &'s Node,
}

/// Definitions refer to definitions at most so often before something else stands there.
const MAX_REFERENCES: usize = 8;

impl<'s> Place<'s> {
    fn new(site: Site<'s>, node: &'s Node) -> Self {
        let mut target = Target { definitions: site.definitions, name: None, node };
        for _ in 0..MAX_REFERENCES {
            let (definitions, name): (&'s Definitions, &str) = match &target.node.shape {
                Shape::Reference(name) => (target.definitions, name),
                Shape::BuiltIn(name) => (&BUILT_IN, name),
                _ => break,
            };
            let Some((name, node)) = definitions.nodes.get_key_value(name) else { break };
            target = Target { definitions, name: Some(name), node };
        }
        Self { site, node, target }
    }

    fn below(&self, field: &'s str, node: &'s Node) -> Self {
        let Target { definitions, name, .. } = self.target;
        Self::new(Site { definitions, definition: name, field }, node)
    }

    /// What stands here.
    pub fn holds(&self) -> Holds<'s> {
        match &self.target.node.shape {
            Shape::Object { .. } => Holds::Object,
            Shape::Map(_) => Holds::Map,
            Shape::List { kind, .. } => Holds::List(kind),
            Shape::Leaf(leaf) => Holds::Leaf(*leaf),
            Shape::Reference(_) | Shape::BuiltIn(_) | Shape::Any => Holds::Anything,
        }
    }

    /// Whether it is owned and replaced as a whole.
    pub fn is_atomic(&self) -> bool {
        match self.holds() {
            Holds::List(kind) => *kind == ListKind::Atomic,
            Holds::Leaf(_) => true,
            _ => self.node.atomic || self.target.node.atomic,
        }
    }

    /// A member of an object or map.
    pub fn member(&self, name: &str) -> Member<'s> {
        match &self.target.node.shape {
            // A kind within a kind, as in `volumeClaimTemplates`; those of the object itself are not compared.
            Shape::Object { fields, .. } if matches!(name, "apiVersion" | "kind" | "status") && is_kind(fields) => {
                Member::Open
            }
            Shape::Object { fields, open } => match fields.get_key_value(name) {
                Some((name, node)) => Member::Known(self.below(name, node)),
                None if *open => Member::Open,
                None => Member::NoSuch,
            },
            Shape::Map(of) => Member::Known(self.below("*", of)),
            _ => Member::Open,
        }
    }

    /// Any item of a list.
    pub fn item(&self) -> Option<Place<'s>> {
        match &self.target.node.shape {
            Shape::List { of, .. } => Some(self.below("[]", of)),
            _ => None,
        }
    }

    /// The keys that make an item of a keyed list.
    pub fn keys(&self) -> &'s [Box<str>] {
        match &self.target.node.shape {
            Shape::List { kind: ListKind::Keyed(keys), .. } => keys,
            _ => &[],
        }
    }

    /// What the schema itself says that the server puts where nothing is written.
    pub fn default(&self) -> Option<&'s Value> {
        self.node.default.as_ref()
    }

    /// What is known of the field besides its schema.
    pub(crate) fn said(&self) -> Option<&'static Said> {
        facts::said(self.site.definition?, self.site.field)
    }

    /// Whether the server's answer leaves it out when it is zero, `false` or empty. Lists and maps of the kinds of
    /// Kubernetes itself always; of an extension nothing is left out.
    pub fn is_dropped_when_zero(&self) -> bool {
        let Some(definition) = self.site.definition.filter(|name| facts::is_built_in(name)) else { return false };
        if matches!(self.holds(), Holds::List(_) | Holds::Map) {
            return true;
        }
        self.node.dropped_when_zero || built_in::is_dropped_when_zero(definition, self.site.field)
    }

    /// Whether the server puts something where it is written as zero.
    pub fn is_filled_when_zero(&self) -> bool {
        let is_named = |definition| facts::is_filled_when_zero(definition, self.site.field);
        self.is_dropped_when_zero() || self.site.definition.is_some_and(is_named)
    }

    /// The definition that stands here, where it has a name: `io.k8s.api.core.v1.Container`.
    pub fn definition(&self) -> Option<&'s str> {
        self.target.name
    }
}

#[cfg(test)]
#[path = "types_tests.rs"]
mod tests;

//! Reading schemas as servers publish them: `/openapi/v3` of one group and version, or the older `/openapi/v2`.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::facts::EMBEDDED;
use super::types::{Definitions, Leaf, ListKind, Node, Shape, TypeSchema};
use crate::model::Value;

/// Deeper than the schemas of any extension; below, nothing is said.
const MAX_DEPTH: usize = 64;

const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
/// How the pattern begins that controller-gen writes for a quantity in the schema of an extension.
const QUANTITY_PATTERN: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|";

/// Reads the definitions that stand at a pointer of a document. What cannot be understood says nothing.
pub(super) fn read(document: &Json, at: &str) -> Definitions {
    let mut read = Definitions::default();
    for (name, schema) in document.pointer(at).and_then(Json::as_object).into_iter().flatten() {
        let node = match name.as_str() {
            // Version 2 calls it a text, version 3 one of two types.
            QUANTITY => Node { shape: Shape::Leaf(Leaf::Quantity), ..Node::default() },
            _ => node(schema, 0),
        };
        read.nodes.insert(name.as_str().into(), node);
        // Options of deletion and the like carry the kinds of all groups; an object is of one.
        if let Some([kind]) = schema.get("x-kubernetes-group-version-kind").and_then(Json::as_array).map(Vec::as_slice)
            && schema.pointer("/properties/metadata").is_some()
            && let Some(kind) = kind_name(kind)
        {
            read.kinds.insert(kind.into(), name.as_str().into());
        }
    }
    plant_templates(&mut read);
    read
}

fn kind_name(kind: &Json) -> Option<String> {
    let part = |name: &str| kind.get(name).and_then(Json::as_str);
    let (version, kind) = (part("version")?, part("kind")?);
    Some(match part("group").unwrap_or_default() {
        "" => format!("{version}/{kind}"),
        group => format!("{group}/{version}/{kind}"),
    })
}

fn node(schema: &Json, depth: usize) -> Node {
    let Some(members) = schema.as_object().filter(|_| depth < MAX_DEPTH) else { return Node::default() };
    let says = |name: &str| members.get(name).and_then(Json::as_bool) == Some(true);
    // A reference with anything beside it is written as the only one of `allOf`.
    let reference = members.get("allOf").and_then(Json::as_array).and_then(|all| match all.as_slice() {
        [only] => only.get("$ref"),
        _ => None,
    });
    let reference = reference.or_else(|| members.get("$ref")).and_then(Json::as_str);
    let shape = match reference {
        Some(reference) => Shape::Reference(reference.rsplit('/').next().unwrap_or_default().into()),
        None => shape(members, depth),
    };
    Node {
        shape,
        atomic: members.get("x-kubernetes-map-type").and_then(Json::as_str) == Some("atomic"),
        default: members.get("default").filter(|default| !default.is_null()).map(Value::from_json),
        dropped_when_zero: says("x-dropped-when-zero"),
    }
}

fn shape(members: &Map<String, Json>, depth: usize) -> Shape {
    let says = |name: &str| members.get(name).and_then(Json::as_bool) == Some(true);
    let text = |name: &str| members.get(name).and_then(Json::as_str);
    let below = |schema: &Json| Box::new(node(schema, depth + 1));
    if says("x-kubernetes-int-or-string") || text("format") == Some("int-or-string") {
        let is_quantity = text("pattern").is_some_and(|pattern| pattern.starts_with(QUANTITY_PATTERN));
        return Shape::Leaf(if is_quantity { Leaf::Quantity } else { Leaf::IntOrString });
    }
    match text("type") {
        Some("array") => {
            Shape::List { of: members.get("items").map(below).unwrap_or_default(), kind: list_kind(members) }
        }
        Some("object") | None if members.contains_key("properties") => {
            let fields = members.get("properties").and_then(Json::as_object).into_iter().flatten();
            Shape::Object {
                fields: fields.map(|(name, schema)| (name.as_str().into(), *below(schema))).collect(),
                open: says("x-kubernetes-preserve-unknown-fields")
                    || members.get("additionalProperties").is_some_and(|rest| *rest != Json::Bool(false)),
            }
        }
        Some("object") => match members.get("additionalProperties") {
            Some(of) if of.is_object() => Shape::Map(below(of)),
            _ => Shape::Any,
        },
        Some("string") => Shape::Leaf(match text("format") {
            Some("byte") => Leaf::Bytes,
            Some("date-time") => Leaf::Time,
            _ => Leaf::Plain,
        }),
        Some("integer" | "number" | "boolean") => Shape::Leaf(Leaf::Plain),
        _ => Shape::Any,
    }
}

/// `x-kubernetes-list-type`, else the key by which strategic merge patches tell items apart. A list of which nothing is
/// said is one value (<https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy>).
fn list_kind(members: &Map<String, Json>) -> ListKind {
    let text = |name: &str| members.get(name).and_then(Json::as_str);
    let keys = members.get("x-kubernetes-list-map-keys").and_then(Json::as_array);
    let mut keys: Vec<Box<str>> = keys.into_iter().flatten().filter_map(Json::as_str).map(Into::into).collect();
    match text("x-kubernetes-list-type") {
        Some("map") if !keys.is_empty() => {
            keys.sort();
            ListKind::Keyed(keys.into())
        }
        Some("set") => ListKind::Set,
        Some(_) => ListKind::Atomic,
        None => match text("x-kubernetes-patch-merge-key") {
            Some(key) => ListKind::Keyed([key.into()].into()),
            None => ListKind::Atomic,
        },
    }
}

/// Puts the schema of what Kubernetes itself has where the schema of an extension embeds it and says nothing of it.
fn plant_templates(read: &mut Definitions) {
    for (kind, root) in &read.kinds {
        for (path, definition) in templates_of(kind) {
            if let Some(node) = read.nodes.get_mut(root) {
                plant(node, path, definition);
            }
        }
    }
}

/// The rows of [`EMBEDDED`] for a kind, `argoproj.io/v1alpha1/Rollout`.
fn templates_of(kind: &str) -> impl Iterator<Item = (&'static [&'static str], &'static str)> {
    let (api_version, kind) = kind.rsplit_once('/').unwrap_or_default();
    let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let kind = kind.to_owned();
    let of_kind = EMBEDDED.iter().filter(move |(in_group, kinds, ..)| *in_group == group && kinds.contains(&&*kind));
    of_kind.map(|&(_, _, path, definition)| (path, definition))
}

fn plant(node: &mut Node, path: &[&str], definition: &'static str) {
    let is_blank = |node: &Node| match &node.shape {
        Shape::Any => true,
        Shape::Object { fields, open } => *open && fields.is_empty(),
        _ => false,
    };
    let Some((first, rest)) = path.split_first() else {
        if is_blank(node) {
            node.shape = Shape::BuiltIn(definition);
        }
        return;
    };
    if is_blank(node) {
        node.shape = Shape::Object { fields: [((*first).into(), Node::default())].into(), open: true };
    }
    if let Shape::Object { fields, .. } = &mut node.shape
        && let Some(next) = fields.get_mut(*first)
    {
        plant(next, rest, definition);
    }
}

/// The schema of a kind of which nobody served one, as far as it embeds what Kubernetes itself has.
pub(super) fn of_embedded_templates(kind: &str) -> Option<TypeSchema> {
    let mut root = Node::default();
    for (path, definition) in templates_of(kind) {
        plant(&mut root, path, definition);
    }
    matches!(root.shape, Shape::Object { .. }).then(|| TypeSchema {
        definitions: Arc::new(Definitions { nodes: [(kind.into(), root)].into(), ..Definitions::default() }),
        root: kind.into(),
    })
}

//! What a patch does to the attributes of an object: JSON merge patch (RFC 7386), JSON patch (RFC 6902), and
//! Kubernetes' strategic merge patch, whose lists are merged by the keys of their type's schema.

use serde_json::Value as Json;

use super::quantity;
use super::resources::Type;
use crate::ledger::commands::Prediction;
use crate::ledger::commands::effects::Outcome;
use crate::model::{AttributePath, Kind, Step, Value};
use crate::schema::kubernetes::{Holds, Leaf, ListKind, Place, Schemas};

/// Deepest nesting that is read.
const DEEPEST: usize = 64;

/// How a patch is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PatchType {
    Strategic,
    Merge,
    Json,
}

/// What a patch does. One that cannot be read may do anything.
pub(super) fn outcomes(kind: Type, patch: &Value, patch_type: PatchType) -> Vec<Outcome> {
    let schemas = Schemas::built_in();
    let schema = schemas.of(&kind.api_version(), kind.kind);
    let root = schema.as_ref().and_then(|schema| schema.root());
    let mut patcher = Patcher { outcomes: Vec::new(), by_keys: patch_type == PatchType::Strategic };
    match (patch_type, &patch.kind) {
        (PatchType::Json, Kind::List(operations)) => {
            operations.iter().for_each(|operation| patcher.operation(operation, root));
        }
        (PatchType::Strategic | PatchType::Merge, Kind::Object(_)) => {
            patcher.merge(AttributePath::root(), patch, root, DEEPEST);
        }
        _ => patcher.open(AttributePath::root()),
    }
    let is_compared = |(path, _): &Outcome| !is_of_the_server(path);
    patcher.outcomes.into_iter().filter(is_compared).collect()
}

/// The name and what only the server writes; no declaration says it.
fn is_of_the_server(path: &AttributePath) -> bool {
    let keys: Vec<&str> = path
        .steps()
        .iter()
        .filter_map(|step| if let Step::Key(key) = step { Some(key.as_str()) } else { None })
        .collect();
    match keys.as_slice() {
        ["status" | "apiVersion" | "kind", ..] => true,
        ["metadata", member, ..] => crate::schema::kubernetes::OF_THE_SERVER.contains(member),
        _ => false,
    }
}

struct Patcher {
    outcomes: Vec<Outcome>,
    by_keys: bool,
}

impl Patcher {
    fn is(&mut self, path: AttributePath, value: Value) {
        self.outcomes.push((path, Prediction::of(value)));
    }

    fn open(&mut self, path: AttributePath) {
        self.outcomes.push((path, Prediction::Unspecified));
    }

    fn merge(&mut self, path: AttributePath, patch: &Value, place: Option<Place<'_>>, depth: usize) {
        let Some(deeper) = depth.checked_sub(1) else { return self.open(path) };
        match &patch.kind {
            Kind::Object(members) if self.by_keys && members.contains_key("$patch") => {
                // `replace` puts the rest in the place of everything, `delete` removes it.
                let is_deletion = patch.get("$patch").and_then(Value::as_str) == Some("delete");
                if is_deletion { self.is(path, Value::new(Kind::Null)) } else { self.open(path) }
            }
            Kind::Object(members) if members.is_empty() => {}
            Kind::Object(members) => {
                for (key, value) in members {
                    if self.by_keys && key.starts_with('$') {
                        // `$deleteFromPrimitiveList/x`, `$retainKeys`, `$setElementOrder/x`
                        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
                            self.open(path.key(list));
                        }
                        continue;
                    }
                    let below = place.and_then(|place| place.member(key).place());
                    self.merge(path.key(key), value, below, deeper);
                }
            }
            Kind::List(items) if self.by_keys => self.list(&path, items, place, deeper),
            _ => self.is(path, spelled(patch.clone(), place)),
        }
    }

    fn list(&mut self, path: &AttributePath, items: &[Value], place: Option<Place<'_>>, depth: usize) {
        match place.map(|place| place.holds()) {
            Some(Holds::List(ListKind::Set)) => {
                let added = items.iter().map(|item| (path.clone(), Prediction::Contains(item.clone())));
                self.outcomes.extend(added);
            }
            Some(Holds::List(ListKind::Keyed(keys))) => {
                for item in items {
                    let Some(step) = step_of(item, keys) else {
                        self.open(path.clone());
                        continue;
                    };
                    let (at, below) = (path.then(step), place.and_then(|place| place.item()));
                    match without(item, keys) {
                        Some(rest) => self.merge(at, &rest, below, depth),
                        // It is there, and that is all that is said.
                        None => self.is(at, item.clone()),
                    }
                }
            }
            Some(Holds::List(ListKind::Atomic)) => self.is(path.clone(), Value::list(items.iter().cloned())),
            // Whether it is merged or replaced, nothing says.
            _ => self.open(path.clone()),
        }
    }

    /// `{"op": "replace", "path": "/spec/replicas", "value": 3}`. An item by its position may be any.
    fn operation(&mut self, operation: &Value, root: Option<Place<'_>>) {
        let text = |name: &str| operation.get(name).and_then(Value::as_str);
        let (Some(op), Some(pointer)) = (text("op"), text("path")) else { return self.open(AttributePath::root()) };
        let mut place = root;
        let mut path = AttributePath::root();
        let mut is_in_list = false;
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            is_in_list = matches!(place.map(|place| place.holds()), Some(Holds::List(_)))
                || part == "-"
                || place.is_none() && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_in_list {
                break;
            }
            place = place.and_then(|place| place.member(&part).place());
            path = path.key(&part);
        }
        let value = || operation.get("value").cloned().unwrap_or_else(|| Value::new(Kind::Null));
        match op {
            "test" => {}
            _ if is_in_list => self.open(path),
            "add" | "replace" => self.is(path, spelled(value(), place)),
            "remove" => self.is(path, Value::new(Kind::Null)),
            _ => {
                self.open(path);
                if op == "move" {
                    self.open(AttributePath::root());
                }
            }
        }
    }
}

/// An item of a keyed list by its keys; a key that is left out has the value that the schema puts there.
fn step_of(item: &Value, keys: &[Box<str>]) -> Option<Step> {
    let value = |key: &str| match item.get(key).and_then(Value::as_scalar_text) {
        Some(text) => Some(text),
        None if key == "protocol" => Some("TCP".to_owned()),
        None => None,
    };
    let values: Option<Vec<String>> = keys.iter().map(|key| value(key)).collect();
    let by: Vec<&str> = keys.iter().map(|key| &**key).collect();
    Some(Step::Item { by: by.join(","), value: values?.join(",") })
}

/// What an item says besides its keys; `None` if that is nothing.
fn without(item: &Value, keys: &[Box<str>]) -> Option<Value> {
    let members = item.as_object()?.iter().filter(|(name, _)| !keys.iter().any(|key| **key == **name));
    let rest: Vec<(String, Value)> = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    (!rest.is_empty()).then(|| Value::object(rest))
}

/// A value with its quantities as the server writes them.
fn spelled(value: Value, place: Option<Place<'_>>) -> Value {
    let Some(place) = place else { return value };
    match (place.holds(), value.kind) {
        (Holds::Leaf(Leaf::Quantity), kind) => {
            let value = Value::new(kind);
            let canonical = value.as_scalar_text().and_then(|text| quantity::canonical(&text));
            canonical.map_or(value, Value::from)
        }
        (Holds::Object | Holds::Map, Kind::Object(members)) => {
            Value::object(members.into_iter().map(|(key, value)| {
                let below = place.member(&key).place();
                (key, spelled(value, below))
            }))
        }
        (Holds::List(_), Kind::List(items)) => Value::list(items.into_iter().map(|item| spelled(item, place.item()))),
        (_, kind) => Value::new(kind),
    }
}

/// A patch in JSON or YAML, with unknown values where the command has a hole; `None` if it is neither.
pub(super) fn parse(text: &str) -> Option<Value> {
    if let Some(json) = crate::ledger::commands::aws_cli::json(text) {
        return Some(json);
    }
    let yaml: Json = serde_yaml::from_str(text).ok()?;
    yaml.is_object().then(|| Value::from_json(&yaml))
}

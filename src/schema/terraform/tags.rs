//! Tags: the provider's defaults under the resource's own, in the shape of the type.

use std::collections::BTreeMap;

use super::interpret::{map, pairs, text};
use super::rule::Tags;
use crate::model::{Kind, Value};

/// The tags of a resource, with their property, as its type keeps them. `None`: nothing is said about tags.
///
/// A state holds `tags_all`, in which the defaults are merged already.
pub(super) fn canonical(
    kept: Tags,
    attributes: &Value,
    defaults: Option<&BTreeMap<String, Value>>,
) -> Option<(&'static str, Value)> {
    let merged = match attributes.get("tags_all") {
        Some(all) if all.as_object().is_some() => all.clone(),
        _ => merge(attributes.get("tags").filter(|tags| tags.kind != Kind::Null), defaults)?,
    };
    let list = || pairs(&merged, "Key", "Value", text);
    let tags = match kept {
        Tags::None => return None,
        Tags::List | Tags::Named(_) => list(),
        Tags::Map => map(&merged),
        Tags::Specification(kind) => {
            let tags = list();
            let at = tags.at.clone();
            let specification = Value::object([("ResourceType", Value::from(kind)), ("Tags", tags)]);
            Value::list([specification.located(at.clone())]).located(at)
        }
    };
    Some((kept.property()?, tags))
}

fn merge(own: Option<&Value>, defaults: Option<&BTreeMap<String, Value>>) -> Option<Value> {
    let defaults = defaults.filter(|defaults| !defaults.is_empty());
    match (own, defaults) {
        (None, None) => None,
        (None, Some(defaults)) => Some(Value::new(Kind::Object(defaults.clone()))),
        (Some(own), None) => Some(own.clone()),
        (Some(own), Some(defaults)) => Some(match own.as_object() {
            Some(members) => {
                let mut merged = defaults.clone();
                merged.extend(members.iter().map(|(key, value)| (key.clone(), value.clone())));
                own.with(Kind::Object(merged))
            }
            None => own.clone(),
        }),
    }
}

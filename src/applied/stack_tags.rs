//! Tags of a stack: a deployment puts them on every resource that takes tags, though no template declares them
//! (AWS CloudFormation user guide, "Resource tags"). Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{Kind, Value};

/// The properties with the stack's tags among their `Tags`.
///
/// Only those that are live too are added, because not every type hands them on; what the properties themselves say
/// about a tag stands. So a changed value is found, and a type that takes no tags is not said to have lost them.
pub fn add<'v>(tags: &BTreeMap<String, String>, properties: &'v Value, live: &Value) -> Cow<'v, Value> {
    let Kind::Object(members) = &properties.kind else { return Cow::Borrowed(properties) };
    let missing = tags.iter().filter(|(key, _)| has(live.get("Tags"), key) && !has(properties.get("Tags"), key));
    let mut missing = missing.peekable();
    if missing.peek().is_none() {
        return Cow::Borrowed(properties);
    }
    let declared = members.get("Tags").map(|tags| &tags.kind);
    let is_map = live.get("Tags").is_some_and(|tags| tags.as_object().is_some());
    let with = match (declared, is_map) {
        (Some(Kind::List(items)), _) => Kind::List(items.iter().cloned().chain(missing.map(item)).collect()),
        (Some(Kind::Object(known)), _) => Kind::Object(known.clone().into_iter().chain(missing.map(member)).collect()),
        (None, true) => Kind::Object(missing.map(member).collect()),
        (None, false) => Kind::List(missing.map(item).collect()),
        // Unknown tags stay unknown.
        (Some(_), _) => return Cow::Borrowed(properties),
    };
    let mut members = members.clone();
    members.insert("Tags".to_owned(), Value::new(with));
    Cow::Owned(properties.with(Kind::Object(members)))
}

fn item((key, value): (&String, &String)) -> Value {
    Value::object([("Key", Value::from(key.as_str())), ("Value", Value::from(value.as_str()))])
}

fn member((key, value): (&String, &String)) -> (String, Value) {
    (key.clone(), Value::from(value.as_str()))
}

fn has(tags: Option<&Value>, key: &str) -> bool {
    match tags.map(|tags| &tags.kind) {
        Some(Kind::List(items)) => items.iter().any(|item| item.get("Key").and_then(Value::as_str) == Some(key)),
        Some(Kind::Object(members)) => members.contains_key(key),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn check(properties: &Json, live: &Json, expect: &Json) {
        let tags = BTreeMap::from([("team".to_owned(), "platform".to_owned())]);
        let properties = Value::from_json(properties);
        let found = add(&tags, &properties, &Value::from_json(live));
        assert_eq!(found.to_json(), *expect);
    }

    #[test]
    fn the_tags_of_a_stack_are_those_of_its_resources_that_take_them() {
        let of_stack = json!({"Key": "team", "Value": "platform"});
        check(&json!({}), &json!({"Tags": [of_stack]}), &json!({"Tags": [of_stack]}));
        check(&json!({}), &json!({"Tags": {"team": "platform"}}), &json!({"Tags": {"team": "platform"}}));
        check(&json!({}), &json!({}), &json!({}));
    }

    #[test]
    fn a_changed_value_is_still_found_and_the_template_s_own_tag_stands() {
        let (changed, own) = (json!({"Key": "team", "Value": "x"}), json!({"Key": "team", "Value": "own"}));
        check(&json!({}), &json!({"Tags": [changed]}), &json!({"Tags": [{"Key": "team", "Value": "platform"}]}));
        check(&json!({"Tags": [own]}), &json!({"Tags": [changed]}), &json!({"Tags": [own]}));
        let other = json!({"Key": "other", "Value": "by hand"});
        check(&json!({}), &json!({"Tags": [other]}), &json!({}));
    }
}

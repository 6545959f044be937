//! Setting and taking out one attribute of a tree.

use std::collections::BTreeMap;

use crate::model::{Kind, Step, Value};

/// Puts a value where a path leads, or takes away what is there. Objects, lists and items that are missing on the way
/// are made for a value that is put; what has another shape than the path is replaced by one that has.
pub(super) fn set(tree: &mut Value, steps: &[Step], value: Option<&Value>) {
    let Some((first, rest)) = steps.split_first() else {
        if let Some(value) = value {
            *tree = value.clone();
        }
        return;
    };
    let fits = match first {
        Step::Key(_) => tree.as_object().is_some(),
        _ => tree.as_list().is_some(),
    };
    if !fits {
        if value.is_none() {
            return;
        }
        tree.kind = if matches!(first, Step::Key(_)) { Kind::Object(BTreeMap::new()) } else { Kind::List(Vec::new()) };
    }
    match (&mut tree.kind, first) {
        (Kind::Object(members), Step::Key(key)) => set_member(members, key, rest, value),
        (Kind::List(items), _) => set_item(items, first, rest, value),
        _ => {}
    }
}

fn set_member(members: &mut BTreeMap<String, Value>, key: &str, rest: &[Step], value: Option<&Value>) {
    if rest.is_empty() && value.is_none() {
        members.remove(key);
    } else if value.is_some() || members.contains_key(key) {
        set(members.entry(key.to_owned()).or_insert_with(|| Value::new(Kind::Null)), rest, value);
    }
}

fn set_item(items: &mut Vec<Value>, step: &Step, rest: &[Step], value: Option<&Value>) {
    let found = match step {
        Step::Index(at) => (*at < items.len()).then_some(*at),
        Step::Member(text) => items.iter().position(|item| item.as_scalar_text().as_ref() == Some(text)),
        Step::Item { by, value } => items.iter().position(|item| is_identified(item, by, value)),
        Step::Key(_) => None,
    };
    match (found, value) {
        (Some(at), None) if rest.is_empty() => drop(items.remove(at)),
        (Some(at), _) => items.get_mut(at).into_iter().for_each(|item| set(item, rest, value)),
        (None, None) => {}
        (None, Some(_)) => {
            let mut item = blank(step);
            set(&mut item, rest, value);
            items.push(item);
        }
    }
}

/// Whether the members named by `by`, joined by `,`, have these values.
fn is_identified(item: &Value, by: &str, value: &str) -> bool {
    let texts: Option<Vec<String>> = by.split(',').map(|name| item.get(name)?.as_scalar_text()).collect();
    texts.is_some_and(|texts| texts.join(",") == value)
}

/// A new item with nothing but its identity.
fn blank(step: &Step) -> Value {
    match step {
        Step::Item { by, value } => Value::object(by.split(',').zip(value.split(',')).map(|(k, v)| (k, v.into()))),
        _ => Value::new(Kind::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    #[test]
    fn an_attribute_is_put_and_taken_out_where_its_path_leads() {
        let check = |tree: Json, path: &str, value: Option<Json>, expect: Json| {
            let mut tree = Value::from_json(&tree);
            let path: crate::model::AttributePath = path.parse().unwrap();
            set(&mut tree, path.steps(), value.as_ref().map(Value::from_json).as_ref());
            assert_eq!(tree.to_json(), expect, "{path}");
        };
        check(json!({"A": 1}), "A", Some(json!(2)), json!({"A": 2}));
        check(json!({"A": 1}), "B.C", Some(json!(2)), json!({"A": 1, "B": {"C": 2}}));
        check(json!({"A": 1}), "A", None, json!({}));
        check(json!({"A": 1}), "B.C", None, json!({"A": 1}));
        check(
            json!({"T": [{"Key": "a", "Value": "1"}]}),
            "T[Key=a].Value",
            Some(json!("2")),
            json!({"T": [{"Key": "a", "Value": "2"}]}),
        );
        check(json!({"T": []}), "T[Key=a].Value", Some(json!("2")), json!({"T": [{"Key": "a", "Value": "2"}]}));
        check(json!({"T": [{"Key": "a"}]}), "T[Key=a]", None, json!({"T": []}));
        check(
            json!({"R": [{"P": "tcp", "F": 22}]}),
            "R[P,F=tcp,22].D",
            Some(json!("x")),
            json!({"R": [{"P": "tcp", "F": 22, "D": "x"}]}),
        );
        check(json!({"S": ["a", "b"]}), "S[a]", None, json!({"S": ["b"]}));
        check(json!({"S": ["a"]}), "S[b]", Some(json!("b")), json!({"S": ["a", "b"]}));
        check(json!({"L": [1, 2]}), "L[1]", Some(json!(3)), json!({"L": [1, 3]}));
    }
}

//! JSON patches (RFC 6902), as the library of kustomize applies them.

use crate::model::{Kind, Value};

/// Applies the operations of a patch.
///
/// # Errors
/// The first operation that cannot be applied.
pub(super) fn apply(object: &mut Value, operations: &[Value]) -> Result<(), String> {
    for operation in operations {
        let text = |key: &str| operation.get(key).and_then(Value::as_str);
        let name = text("op").ok_or("an operation without op")?;
        let path = text("path").ok_or("an operation without path")?;
        let value = || operation.get("value").cloned().ok_or_else(|| format!("{name} {path} without a value"));
        let from = || text("from").ok_or_else(|| format!("{name} {path} without from"));
        let done = match name {
            "add" => add(object, path, value()?),
            "replace" => {
                let value = value()?;
                find_mut(object, path).map(|found| *found = value)
            }
            "remove" => remove(object, path).map(|_| ()),
            "copy" => {
                let value = find(object, from()?).cloned();
                value.and_then(|value| add(object, path, value))
            }
            "move" => remove(object, from()?).and_then(|value| add(object, path, value)),
            "test" => {
                let value = value()?;
                (find(object, path) == Some(&value)).then_some(())
            }
            other => return Err(format!("an unknown operation {other}")),
        };
        done.ok_or_else(|| format!("{name} {path} cannot be done"))?;
    }
    Ok(())
}

fn steps(pointer: &str) -> Option<Vec<String>> {
    let steps = pointer.strip_prefix('/')?.split('/');
    Some(steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    steps(pointer)?.iter().try_fold(value, |value, step| match &value.kind {
        Kind::Object(members) => members.get(step),
        Kind::List(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

fn follow<'v>(value: &'v mut Value, steps: &[String]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match &mut value.kind {
        Kind::Object(members) => members.get_mut(step),
        Kind::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

fn find_mut<'v>(value: &'v mut Value, pointer: &str) -> Option<&'v mut Value> {
    follow(value, &steps(pointer)?)
}

fn add(object: &mut Value, pointer: &str, value: Value) -> Option<()> {
    let steps = steps(pointer)?;
    let (last, way) = steps.split_last()?;
    match &mut follow(object, way)?.kind {
        Kind::Object(members) => {
            members.insert(last.clone(), value);
        }
        Kind::List(items) => {
            let position = if last == "-" { items.len() } else { last.parse().ok()? };
            if position > items.len() {
                return None;
            }
            items.insert(position, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Value, pointer: &str) -> Option<Value> {
    let steps = steps(pointer)?;
    let (last, way) = steps.split_last()?;
    match &mut follow(object, way)?.kind {
        Kind::Object(members) => members.remove(last),
        Kind::List(items) => {
            let position = last.parse().ok().filter(|position| *position < items.len())?;
            Some(items.remove(position))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn operations_are_applied_in_their_order_or_refused() {
        let check = |patch: serde_json::Value, expect: Result<serde_json::Value, &str>| {
            let mut object = Value::from_json(&json!({"a": {"b/c": 1}, "l": [1, 2]}));
            let operations = Value::from_json(&patch);
            let done = apply(&mut object, operations.as_list().unwrap());
            assert_eq!(done.map(|()| object.to_json()), expect.map_err(str::to_owned), "{patch}");
        };
        check(json!([{"op": "replace", "path": "/a/b~1c", "value": 2}]), Ok(json!({"a": {"b/c": 2}, "l": [1, 2]})));
        check(
            json!([{"op": "add", "path": "/l/-", "value": 3}, {"op": "remove", "path": "/l/0"}]),
            Ok(json!({"a": {"b/c": 1}, "l": [2, 3]})),
        );
        check(json!([{"op": "move", "from": "/l/0", "path": "/m"}]), Ok(json!({"a": {"b/c": 1}, "l": [2], "m": 1})));
        check(json!([{"op": "copy", "from": "/l/1", "path": "/l/0"}]), Ok(json!({"a": {"b/c": 1}, "l": [2, 1, 2]})));
        check(json!([{"op": "test", "path": "/l/0", "value": 2}]), Err("test /l/0 cannot be done"));
        check(json!([{"op": "remove", "path": "/x"}]), Err("remove /x cannot be done"));
        check(json!([{"op": "replace", "path": "/a/x", "value": 1}]), Err("replace /a/x cannot be done"));
        check(json!([{"op": "add", "path": "/x/y", "value": 1}]), Err("add /x/y cannot be done"));
        check(json!([{"op": "add", "path": "/x"}]), Err("add /x without a value"));
        check(json!([{"op": "splice", "path": "/x"}]), Err("an unknown operation splice"));
    }
}

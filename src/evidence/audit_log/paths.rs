//! Which attributes the body of a request touches.
//!
//! A merge patch says it by its shape: what it has, it sets; `null` and `$patch: delete` remove. A JSON patch names list
//! items by position, which says no more than the list. A whole object (PUT, server-side apply) names everything, so it
//! is held against what lives.

use serde_json::Value as Json;

use crate::model::{AttributePath, Step, Value};
use crate::schema::kubernetes::{LAST_APPLIED, OF_THE_SERVER};

/// Deeper than any object that a server takes.
const MAX_DEPTH: usize = 64;

/// By what the items of a list are told apart, by the list's name: the merge keys of the API's built-in types.
const KEYS: [(&str, &str); 9] = [
    ("containers", "name"),
    ("env", "name"),
    ("ephemeralContainers", "name"),
    ("hostAliases", "ip"),
    ("imagePullSecrets", "name"),
    ("initContainers", "name"),
    ("volumeDevices", "devicePath"),
    ("volumeMounts", "mountPath"),
    ("volumes", "name"),
];

/// The attributes that a body touches, sorted; `None`: only that it was about the object as a whole can be said.
/// `has_keys` says that lists are merged by keys, which those of extensions are not.
pub(super) fn touched(body: &Json, verb: &str, has_keys: bool, live: Option<&Value>) -> Option<Vec<AttributePath>> {
    let mut walk = Walk { has_keys, found: Vec::new() };
    let is_whole = verb == "update" || (body.get("apiVersion").is_some() && body.get("kind").is_some());
    match body {
        Json::Array(operations) => operations.iter().for_each(|operation| walk.operation(operation)),
        Json::Object(_) => walk.merge(&AttributePath::root(), body, 0),
        _ => return None,
    }
    let mut found = walk.found;
    if is_whole {
        let live = live?;
        found.retain(|(path, value)| stands(live, path, *value));
    }
    let mut paths: Vec<_> = found.into_iter().map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    Some(paths)
}

/// Whether what a whole configuration said of an attribute is what lives. A secret cannot be told from another.
fn stands(live: &Value, path: &AttributePath, value: Option<&Json>) -> bool {
    match (at(live, path), value) {
        (Some(live), Some(value)) => live.has_sensitive() || *live == Value::from_json(value),
        (None, None | Some(Json::Null)) => true,
        _ => false,
    }
}

fn at<'v>(live: &'v Value, path: &AttributePath) -> Option<&'v Value> {
    path.steps().iter().try_fold(live, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Item { by, value: wanted } => {
            value.as_list()?.iter().find(|item| item.get(by).and_then(Value::as_str) == Some(wanted))
        }
        Step::Member(_) | Step::Index(_) => None,
    })
}

struct Walk<'b> {
    has_keys: bool,
    found: Vec<(AttributePath, Option<&'b Json>)>,
}

impl<'b> Walk<'b> {
    fn merge(&mut self, path: &AttributePath, value: &'b Json, depth: usize) {
        let whole = |members: &serde_json::Map<String, Json>| {
            members.is_empty() || members.contains_key("$patch") || depth == MAX_DEPTH
        };
        match value {
            Json::Object(members) if !whole(members) => {
                for (key, member) in members {
                    self.member(path, key, member, depth);
                }
            }
            Json::Array(items) => self.list(path, value, items, depth),
            _ => self.found.push((path.clone(), Some(value))),
        }
    }

    fn member(&mut self, path: &AttributePath, key: &str, value: &'b Json, depth: usize) {
        let is_top = path.is_root();
        let is_metadata = path.steps() == [Step::Key("metadata".to_owned())];
        if (is_top && ["apiVersion", "kind", "status"].contains(&key))
            || (is_metadata && OF_THE_SERVER.contains(&key))
            || key == LAST_APPLIED
            || key.starts_with("$setElementOrder/")
            || key == "$retainKeys"
        {
            return;
        }
        match key.strip_prefix("$deleteFromPrimitiveList/") {
            Some(list) => self.found.push((path.key(list), None)),
            // `stringData` is how `data` is written.
            None if is_top && key == "stringData" => self.merge(&path.key("data"), value, depth + 1),
            None => self.merge(&path.key(key), value, depth + 1),
        }
    }

    fn list(&mut self, path: &AttributePath, value: &'b Json, items: &'b [Json], depth: usize) {
        let key = match path.steps().last() {
            Some(Step::Key(name)) if self.has_keys => KEYS.iter().find(|(list, _)| list == name),
            _ => None,
        };
        let names = key.map(|(_, by)| (*by, items.iter().map(|item| item.get(*by).and_then(Json::as_str))));
        let Some((by, names)) =
            names.filter(|(_, names)| !items.is_empty() && names.clone().all(|name| name.is_some()))
        else {
            self.found.push((path.clone(), Some(value)));
            return;
        };
        for (item, name) in items.iter().zip(names.flatten()) {
            let of_item = path.then(Step::Item { by: by.to_owned(), value: name.to_owned() });
            let members = item.as_object().into_iter().flatten().filter(|(member, _)| *member != by);
            let members: Vec<_> = members.collect();
            if members.is_empty() || item.get("$patch").is_some() {
                self.found.push((of_item, Some(item)));
                continue;
            }
            for (member, value) in members {
                self.member(&of_item, member, value, depth + 2);
            }
        }
    }

    /// One operation of a JSON patch: its path up to the first position in a list.
    fn operation(&mut self, operation: &'b Json) {
        let pointers = ["path", "from"].into_iter().filter_map(|member| operation.get(member)?.as_str());
        for pointer in pointers {
            let steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
            let is_position = |step: &String| step == "-" || step.bytes().all(|byte| byte.is_ascii_digit());
            let steps: Vec<_> = steps.take_while(|step| !is_position(step)).collect();
            let is_compared = match steps.as_slice() {
                [] => false,
                [top] => !["apiVersion", "kind", "status"].contains(&top.as_str()),
                [top, member, ..] if top == "metadata" => !OF_THE_SERVER.contains(&member.as_str()),
                [top, ..] => top != "status",
            };
            if is_compared {
                self.found.push((AttributePath::keys(steps.iter().map(String::as_str)), operation.get("value")));
            }
        }
    }
}

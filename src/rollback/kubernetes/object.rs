//! Members of objects that detectors read. Objects come from other programs: whatever is not as documented is absent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::schema::kubernetes::ObjectName;

pub(super) fn text<'v>(object: &'v Value, pointer: &str) -> Option<&'v str> {
    object.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

pub(super) fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer)?.parse().ok()
}

pub(super) fn list<'v>(object: &'v Value, pointer: &str) -> &'v [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn count(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

pub(super) fn annotation<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.pointer("/metadata/annotations")?.get(name)?.as_str()
}

pub(super) fn label<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.pointer("/metadata/labels")?.get(name)?.as_str()
}

pub(super) fn uid(object: &Value) -> Option<&str> {
    text(object, "/metadata/uid")
}

pub(super) fn created(object: &Value) -> Option<Timestamp> {
    time(object, "/metadata/creationTimestamp")
}

/// `shop/web`: the namespace and name.
pub(super) fn place(object: &Value) -> String {
    format!(
        "{}/{}",
        text(object, "/metadata/namespace").unwrap_or_default(),
        text(object, "/metadata/name").unwrap_or_default()
    )
}

pub(super) fn address(object: &Value) -> Option<String> {
    let name = ObjectName {
        api_version: text(object, "/apiVersion")?.to_owned(),
        kind: text(object, "/kind")?.to_owned(),
        namespace: text(object, "/metadata/namespace").map(str::to_owned),
        name: text(object, "/metadata/name")?.to_owned(),
    };
    Some(name.address())
}

/// Whether the object belongs to a controller with this uid.
pub(super) fn is_controlled_by(object: &Value, uid: &str) -> bool {
    list(object, "/metadata/ownerReferences")
        .iter()
        .any(|owner| text(owner, "/uid") == Some(uid) && owner["controller"] == Value::Bool(true))
}

pub(super) fn condition<'v>(object: &'v Value, kind: &str) -> Option<&'v Value> {
    list(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == Some(kind))
}

/// The images of a pod template's containers by name, init containers among them.
pub(super) fn images(template: &Value) -> BTreeMap<String, String> {
    let of = |pointer| {
        list(template, pointer)
            .iter()
            .filter_map(|container| Some((text(container, "/name")?.to_owned(), text(container, "/image")?.to_owned())))
    };
    of("/spec/containers").chain(of("/spec/initContainers")).collect()
}

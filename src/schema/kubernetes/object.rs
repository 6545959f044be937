//! How an object is named, and what of it is compared.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::kinds::is_built_in_group;
use crate::model::{Kind, ResourceType, Value};

/// The name of an object in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName {
    /// `apps/v1`; `v1` in the core group.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Its namespace; `None` for what the whole cluster shares.
    pub namespace: Option<String>,
    /// Its name in the namespace.
    pub name: String,
}

impl ObjectName {
    /// The API group; empty: the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The type: `apps/v1/Deployment`, `v1/ConfigMap`.
    pub fn resource_type(&self) -> ResourceType {
        format!("{}/{}", self.api_version, self.kind).into()
    }

    /// What tells it apart in its stack, without the version, which changes while the object stays:
    /// `Deployment/shop/web`, `ClusterRole/reader`; a kind of an extension carries its group:
    /// `Rollout.argoproj.io/shop/web`.
    pub fn address(&self) -> String {
        let group = self.group();
        match is_built_in_group(group) {
            true => format!("{}/{}", self.kind, self.identifier()),
            false => format!("{}.{group}/{}", self.kind, self.identifier()),
        }
    }

    /// Its name in its cluster among those of its kind: `shop/web`, or `reader`.
    pub fn identifier(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The API version and kind of a type; `None` where the type is not one of Kubernetes.
pub fn kind_of(resource_type: &ResourceType) -> Option<(&str, &str)> {
    resource_type.as_str().rsplit_once('/')
}

/// Members of `metadata` that name the object, or that only the server writes.
pub(crate) const OF_THE_SERVER: [&str; 11] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generateName",
    "generation",
    "managedFields",
    "name",
    "namespace",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The annotation in which `kubectl apply` keeps what it applied: the applied side, and a copy of every secret.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Since when an object is being deleted: only the server writes it, and it is never taken back.
pub(crate) const DELETION: &str = "metadata.deletionTimestamp";

/// The annotation in which people, and `kubectl --record` once, say why a workload was changed.
pub(crate) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// What is compared of an object: everything but its name, its status, and what the server alone writes. `null` is as
/// good as absent, and the two forms of a Secret's content are one.
pub fn attributes(kind: &str, object: Value) -> Value {
    let at = object.at.clone();
    let Kind::Object(mut members) = object.kind else { return object };
    for outside in ["apiVersion", "kind", "status"] {
        members.remove(outside);
    }
    if let Some(metadata) = members.remove("metadata") {
        let metadata = of_the_user(metadata);
        if metadata.as_object().is_some_and(|left| !left.is_empty()) {
            members.insert("metadata".to_owned(), metadata);
        }
    }
    match kind {
        "Secret" => fold_secret(&mut members),
        "ConfigMap" => fold_binary_data(&mut members),
        _ => {}
    }
    let whole = without_nulls(Value::new(Kind::Object(members)));
    Value { at, ..whole }
}

fn of_the_user(metadata: Value) -> Value {
    let at = metadata.at.clone();
    let Kind::Object(mut members) = metadata.kind else { return metadata };
    members.retain(|name, _| !OF_THE_SERVER.contains(&name.as_str()));
    if let Some(annotations) = members.get_mut("annotations")
        && let Kind::Object(annotations) = &mut annotations.kind
    {
        annotations.remove(LAST_APPLIED);
    }
    Value { kind: Kind::Object(members), at }
}

/// `stringData` is how a person writes `data`; the server keeps `data`, in which the former wins
/// (<https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/>).
fn fold_secret(members: &mut BTreeMap<String, Value>) {
    let plain = members.remove("stringData");
    let mut data = BTreeMap::new();
    let at = members.get("data").or(plain.as_ref()).and_then(|value| value.at.clone());
    if let Some(Kind::Object(encoded)) = members.remove("data").map(|data| data.kind) {
        data.extend(encoded.into_iter().map(|(name, value)| (name, in_one_alphabet(value))));
    }
    if let Some(Kind::Object(plain)) = plain.map(|plain| plain.kind) {
        let encode = |value: Value| match value.as_scalar_text() {
            Some(text) => value.with(Kind::String(STANDARD.encode(text))),
            None => value,
        };
        data.extend(plain.into_iter().map(|(name, value)| (name, encode(value))));
    }
    if !data.is_empty() {
        members.insert("data".to_owned(), Value { kind: Kind::Object(data), at });
    }
}

/// `binaryData` is base64, too.
fn fold_binary_data(members: &mut BTreeMap<String, Value>) {
    if let Some(Kind::Object(entries)) = members.get_mut("binaryData").map(|data| &mut data.kind) {
        for entry in entries.values_mut() {
            *entry = in_one_alphabet(std::mem::take(entry));
        }
    }
}

/// Base64 as the server writes it: padded, without the line breaks that it accepts.
fn in_one_alphabet(value: Value) -> Value {
    let Some(text) = value.as_str() else { return value };
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    match STANDARD_NO_PAD.decode(text.trim_end_matches('=')) {
        Ok(bytes) => value.with(Kind::String(STANDARD.encode(bytes))),
        Err(_) => value,
    }
}

/// Deeper than any object that a server takes.
const MAX_DEPTH: usize = 128;

fn without_nulls(value: Value) -> Value {
    fn walk(value: Value, depth: usize) -> Value {
        if depth == MAX_DEPTH {
            return value;
        }
        let kind = match value.kind {
            Kind::Object(members) => {
                let kept = members.into_iter().filter(|(_, member)| member.kind != Kind::Null);
                Kind::Object(kept.map(|(name, member)| (name, walk(member, depth + 1))).collect())
            }
            Kind::List(items) => Kind::List(items.into_iter().map(|item| walk(item, depth + 1)).collect()),
            other => other,
        };
        Value { kind, at: value.at }
    }
    walk(value, 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_does_not_change_with_the_version_and_tells_extensions_apart() {
        let check = |api_version: &str, kind: &str, namespace: Option<&str>, expect: [&str; 3]| {
            let name = ObjectName {
                api_version: api_version.into(),
                kind: kind.into(),
                namespace: namespace.map(str::to_owned),
                name: "web".into(),
            };
            assert_eq!([name.resource_type().as_str(), &name.address(), &name.identifier()], expect);
        };
        check("apps/v1", "Deployment", Some("shop"), ["apps/v1/Deployment", "Deployment/shop/web", "shop/web"]);
        check("v1", "Service", Some("shop"), ["v1/Service", "Service/shop/web", "shop/web"]);
        check("v1", "Namespace", None, ["v1/Namespace", "Namespace/web", "web"]);
        check(
            "serving.knative.dev/v1",
            "Service",
            Some("shop"),
            ["serving.knative.dev/v1/Service", "Service.serving.knative.dev/shop/web", "shop/web"],
        );
    }

    #[test]
    fn what_names_an_object_and_what_the_server_writes_is_not_compared() {
        let check = |kind: &str, object: serde_json::Value, expect: serde_json::Value| {
            let left = attributes(kind, Value::from_json(&object));
            assert_eq!(left.to_json(), expect);
            assert_eq!(attributes(kind, left.clone()), left, "a second time changes nothing more");
        };
        check(
            "Deployment",
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "status": {"replicas": 1},
                "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": null, "uid": "u",
                    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "team": "a"}},
                "spec": {"replicas": 2, "template": {"metadata": {"creationTimestamp": null, "name": "x"}}}}),
            json!({"metadata": {"annotations": {"team": "a"}}, "spec": {"replicas": 2, "template": {"metadata": {"name": "x"}}}}),
        );
        check("ConfigMap", json!({"metadata": {"name": "c"}, "data": {"a": "1"}}), json!({"data": {"a": "1"}}));
        check("ConfigMap", json!({"binaryData": {"a": "AAEC\nAw=="}}), json!({"binaryData": {"a": "AAECAw=="}}));
        check(
            "Secret",
            json!({"data": {"a": "YQ==\n", "b": "b2xk"}, "stringData": {"b": "new"}}),
            json!({"data": {"a": "YQ==", "b": "bmV3"}}),
        );
    }
}

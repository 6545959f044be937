//! Strategic merge patches: a patch laid over an object.
//!
//! Lists are merged by the keys that the API's own schema names (`x-kubernetes-patch-merge-key` and
//! `x-kubernetes-list-map-keys` in the OpenAPI document of a 1.33 server); every other list, and each one of a custom
//! resource, is replaced.

use std::collections::BTreeMap;

use crate::model::{Kind, Value};

/// The keys of the items of a list; none: the items are texts.
type Keys = &'static [&'static str];

/// Lists of a Pod's specification.
const OF_PODS: &[(&str, Keys)] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("resourceClaims", &["name"]),
    ("schedulingGates", &["name"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
];

/// Lists of a container.
const OF_CONTAINERS: &[(&str, Keys)] = &[
    ("env", &["name"]),
    ("ports", &["containerPort", "protocol"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
];

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Lists of other kinds: group, kind, path and keys.
const OF_KINDS: &[(&str, &str, &str, Keys)] = &[
    ("", "Service", "spec/ports", &["port", "protocol"]),
    ("", "ServiceAccount", "secrets", &["name"]),
    (ADMISSION, "MutatingWebhookConfiguration", "webhooks", &["name"]),
    (ADMISSION, "ValidatingWebhookConfiguration", "webhooks", &["name"]),
];
const ADMISSION: &str = "admissionregistration.k8s.io";

/// Where kinds have the specification of a Pod.
const POD_SPECS: [(&str, &str, &str); 9] = [
    ("", "Pod", "spec"),
    ("", "PodTemplate", "template/spec"),
    ("", "ReplicationController", "spec/template/spec"),
    ("apps", "Deployment", "spec/template/spec"),
    ("apps", "ReplicaSet", "spec/template/spec"),
    ("apps", "DaemonSet", "spec/template/spec"),
    ("apps", "StatefulSet", "spec/template/spec"),
    ("batch", "Job", "spec/template/spec"),
    ("batch", "CronJob", "spec/jobTemplate/spec/template/spec"),
];

/// Lays a patch over an object of a kind. `None`: the patch deletes it.
///
/// # Errors
/// What is wrong with the patch.
pub(super) fn merge(group: &str, kind: &str, base: Value, patch: Value) -> Result<Option<Value>, String> {
    Merge { group, kind }.value("", Some(base), patch)
}

struct Merge<'a> {
    group: &'a str,
    kind: &'a str,
}

/// What a patch says about the value that it stands for.
#[derive(Clone, Copy, PartialEq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

impl Directive {
    fn read(value: &Value) -> Result<Self, String> {
        match value.as_str() {
            Some("merge") => Ok(Self::Merge),
            Some("replace") => Ok(Self::Replace),
            Some("delete") => Ok(Self::Delete),
            _ => Err("an unknown value of $patch".to_owned()),
        }
    }
}

impl Merge<'_> {
    fn keys(&self, path: &str) -> Option<Keys> {
        let of_kind =
            OF_KINDS.iter().find(|(group, kind, list, _)| (*group, *kind, *list) == (self.group, self.kind, path));
        if let Some((.., keys)) = of_kind {
            return Some(keys);
        }
        if path == "metadata/finalizers" && crate::schema::kubernetes::is_built_in_group(self.group) {
            return Some(&[]);
        }
        let (.., spec) = POD_SPECS.iter().find(|(group, kind, _)| (*group, *kind) == (self.group, self.kind))?;
        let in_pod = path.strip_prefix(spec)?.strip_prefix('/')?;
        let find = |table: &'static [(&str, Keys)], list: &str| {
            table.iter().find(|(name, _)| *name == list).map(|(_, keys)| *keys)
        };
        match in_pod.split_once('/') {
            None => find(OF_PODS, in_pod),
            Some((container, list)) => find(OF_CONTAINERS, list).filter(|_| CONTAINERS.contains(&container)),
        }
    }

    fn value(&self, path: &str, base: Option<Value>, patch: Value) -> Result<Option<Value>, String> {
        let at = patch.at.clone();
        match patch.kind {
            Kind::Null => Ok(None),
            Kind::Object(members) => self.object(path, base, members, at),
            Kind::List(items) => self.list(path, base, items, at).map(Some),
            scalar => Ok(Some(Value { kind: scalar, at })),
        }
    }

    fn object(
        &self,
        path: &str,
        base: Option<Value>,
        mut patch: BTreeMap<String, Value>,
        at: Option<crate::model::Location>,
    ) -> Result<Option<Value>, String> {
        let directive = patch.remove("$patch").map(|value| Directive::read(&value)).transpose()?;
        if let Some(other) = patch.keys().find(|key| key.starts_with('$')) {
            return Err(format!("{other} of a patch is not known here"));
        }
        let (mut members, at) = match (base, directive) {
            (_, Some(Directive::Delete)) => return Ok(None),
            (Some(Value { kind: Kind::Object(members), at }), None | Some(Directive::Merge)) => (members, at),
            _ => (BTreeMap::new(), at),
        };
        for (key, value) in patch {
            let below = if path.is_empty() { key.clone() } else { format!("{path}/{key}") };
            let before = members.remove(&key);
            if let Some(merged) = self.value(&below, before, value)? {
                members.insert(key, merged);
            }
        }
        Ok(Some(Value { kind: Kind::Object(members), at }))
    }

    fn list(
        &self,
        path: &str,
        base: Option<Value>,
        patch: Vec<Value>,
        at: Option<crate::model::Location>,
    ) -> Result<Value, String> {
        let is_directive =
            |item: &Value| item.as_object().is_some_and(|members| members.len() == 1) && item.get("$patch").is_some();
        let (directives, patch): (Vec<_>, Vec<_>) = patch.into_iter().partition(is_directive);
        let directive = directives.first().and_then(|item| item.get("$patch")).map(Directive::read).transpose()?;
        let keys = self.keys(path);
        let (mut rest, at) = match (base, directive, keys) {
            (_, Some(Directive::Delete), _) => return Ok(Value { kind: Kind::List(Vec::new()), at }),
            (Some(Value { kind: Kind::List(items), at }), None | Some(Directive::Merge), Some(_)) => (items, at),
            _ => (Vec::new(), at),
        };
        let Some(keys) = keys else { return Ok(Value { kind: Kind::List(patch), at }) };
        // What is patched comes first, as kustomize has it, but in a list of several keys only what is new.
        let names_all = |item: &Value| keys.iter().skip(1).any(|key| item.get(key).is_some());
        let stays = rest.iter().chain(&patch).any(names_all);
        let mut merged = Vec::new();
        for item in patch {
            let Some(position) = rest.iter().position(|other| is_same(keys, other, &item)) else {
                merged.extend(self.value(path, None, item)?);
                continue;
            };
            let before = rest.remove(position);
            if keys.iter().any(|key| before.get(key).is_some() != item.get(key).is_some()) && !is_deletion(&item) {
                return Err(format!("an item of {path} that names other keys ({}) in the patch", keys.join(", ")));
            }
            match self.value(path, Some(before), item)? {
                Some(item) if stays => rest.insert(position, item),
                item => merged.extend(item),
            }
        }
        merged.extend(rest);
        Ok(Value { kind: Kind::List(merged), at })
    }
}

fn is_deletion(item: &Value) -> bool {
    item.get("$patch").and_then(Value::as_str) == Some("delete")
}

/// Whether two items of a list are one. A key that only one of them names (`protocol`) does not tell them apart.
fn is_same(keys: Keys, item: &Value, other: &Value) -> bool {
    if keys.is_empty() {
        return item == other;
    }
    let pair = |key: &&&str| (item.get(key), other.get(key));
    let differs = |key: &&str| matches!(pair(&key), (Some(one), Some(two)) if one != two);
    let agrees = |key: &&str| matches!(pair(&key), (Some(one), Some(two)) if one == two);
    !keys.iter().any(differs) && keys.iter().any(agrees)
}

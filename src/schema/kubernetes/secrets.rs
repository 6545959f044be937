//! Which values of an object are secrets, and taking them out.

use super::kind_of;
use crate::model::{Fingerprinter, Kind, ResourceType, Value};

/// What the name of a variable or key contains whose value is a secret, in capitals and with `_` between words.
const SECRET_NAMES: &[&str] = &[
    "ACCESS_KEY",
    "ACCESSKEY",
    "API_KEY",
    "APIKEY",
    "AUTH_KEY",
    "CONNECTION_STRING",
    "CREDENTIAL",
    "DATABASE_URL",
    "DSN",
    "ENCRYPTION_KEY",
    "PASSPHRASE",
    "PASSWD",
    "PASSWORD",
    "PRIVATE",
    "PWD",
    "SECRET",
    "SIGNING_KEY",
    "TOKEN",
    "WEBHOOK_URL",
];

fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    SECRET_NAMES.iter().any(|part| match *part {
        // Too short to be looked for inside of words.
        "DSN" | "PWD" => name.split('_').any(|word| word == *part),
        part => name.contains(part),
    })
}

/// The attributes of an object with every secret replaced by its fingerprint: the content of a Secret, and what the
/// name of an environment variable or of a key of a `ConfigMap` says is one.
pub(crate) fn hide_secrets(resource_type: &ResourceType, attributes: Value, fingerprints: &Fingerprinter) -> Value {
    let kind = kind_of(resource_type).map(|(_, kind)| kind);
    let all = |_: &str| true;
    let attributes = match kind {
        Some("Secret") => hide_members(attributes, &["data", "stringData"], all, fingerprints),
        Some("ConfigMap") => hide_members(attributes, &["data", "binaryData"], names_a_secret, fingerprints),
        _ => attributes,
    };
    hide_variables(attributes, fingerprints, 0)
}

fn hide_members(value: Value, of: &[&str], which: impl Fn(&str) -> bool, fingerprints: &Fingerprinter) -> Value {
    let Kind::Object(mut members) = value.kind else { return value };
    for name in of {
        if let Some(Value { kind: Kind::Object(held), .. }) = members.get_mut(*name) {
            for (_, held) in held.iter_mut().filter(|(name, _)| which(name)) {
                *held = fingerprints.hide(held);
            }
        }
    }
    Value { kind: Kind::Object(members), at: value.at }
}

/// Deeper than any container of a template of an extension.
const MAX_DEPTH: usize = 48;

/// Containers stand in templates at many places, those of extensions included; a list `env` of names with values is
/// theirs wherever it stands.
fn hide_variables(value: Value, fingerprints: &Fingerprinter, depth: usize) -> Value {
    if depth == MAX_DEPTH {
        return value;
    }
    let below = |value| hide_variables(value, fingerprints, depth + 1);
    let kind = match value.kind {
        Kind::Object(members) => Kind::Object(
            members
                .into_iter()
                .map(|(name, member)| match (&*name, member) {
                    ("env", Value { kind: Kind::List(items), at }) => {
                        let items = items.into_iter().map(|item| hide_variable(item, fingerprints)).collect();
                        (name, Value { kind: Kind::List(items), at })
                    }
                    (_, member) => (name, below(member)),
                })
                .collect(),
        ),
        Kind::List(items) => Kind::List(items.into_iter().map(below).collect()),
        other => other,
    };
    Value { kind, at: value.at }
}

fn hide_variable(item: Value, fingerprints: &Fingerprinter) -> Value {
    let is_secret = item.get("name").and_then(Value::as_str).is_some_and(names_a_secret);
    let Kind::Object(mut members) = item.kind else { return item };
    if is_secret && let Some(value) = members.get_mut("value") {
        *value = fingerprints.hide(value);
    }
    Value { kind: Kind::Object(members), at: item.at }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_taken_out_and_names_stay() {
        let check = |resource_type: &str, value: serde_json::Value, stays: &str| {
            let hidden = hide_secrets(&resource_type.into(), Value::from_json(&value), &Fingerprinter::new(*b"key"));
            let text = hidden.to_json().to_string();
            assert!(!text.contains("hunter2") && text.contains(stays), "{text}");
            let again = hide_secrets(&resource_type.into(), hidden.clone(), &Fingerprinter::new(*b"key"));
            assert_eq!(again, hidden, "a second time changes nothing more");
        };
        check("v1/Secret", json!({"data": {"db": "hunter2"}, "type": "Opaque"}), "Opaque");
        check("v1/ConfigMap", json!({"data": {"db-password": "hunter2", "host": "db.example"}}), "db.example");
        let pod = |env: serde_json::Value| json!({"containers": [{"name": "web", "env": [env]}], "initContainers": []});
        let env = json!({"name": "DB_PASSWORD", "value": "hunter2"});
        check("apps/v1/Deployment", json!({"spec": {"template": {"spec": pod(env.clone())}}}), "DB_PASSWORD");
        check("v1/Pod", json!({"spec": pod(env.clone())}), "web");
        check("argoproj.io/v1alpha1/Rollout", json!({"spec": {"template": {"spec": pod(env)}}}), "DB_PASSWORD");
        check("v1/Pod", json!({"spec": pod(json!({"name": "apiKey", "value": "hunter2"}))}), "apiKey");
    }

    #[test]
    fn what_is_no_secret_is_not_touched() {
        let check = |resource_type: &str, value: serde_json::Value| {
            let value = Value::from_json(&value);
            assert_eq!(hide_secrets(&resource_type.into(), value.clone(), &Fingerprinter::new(*b"key")), value);
        };
        check("v1/ConfigMap", json!({"data": {"host": "a", "mode": "b"}}));
        check("v1/Pod", json!({"spec": {"containers": [{"env": [{"name": "MODE", "value": "a"}]}]}}));
        let reference = json!({"secretKeyRef": {"name": "db", "key": "password"}});
        check("v1/Pod", json!({"spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "valueFrom": reference}]}]}}));
        check("v1/Service", json!({"data": {"password": "x"}}));
    }
}

//! Secrets of a state: what it marks as sensitive, and what older versions of Terraform left unmarked.

use serde_json::Value as Json;

use crate::model::{Fingerprinter, Kind, Value};

/// Attributes that hold a secret whatever the resource. Up to Terraform 1.9 the state marks only what the configuration
/// marks, not what the provider's schema does.
const SECRET_NAMES: [&str; 14] = [
    "auth_token",
    "client_secret",
    "encrypted_secret",
    "master_password",
    "master_user_password",
    "password",
    "private_key",
    "private_key_openssh",
    "private_key_pem",
    "secret",
    "secret_binary",
    "secret_string",
    "ses_smtp_password_v4",
    "token",
];

/// Attributes that hold a secret in one type.
const SECRETS_OF_TYPES: [(&str, &str); 4] = [
    ("aws_ssm_parameter", "value"),
    ("aws_ssm_parameters_by_path", "values"),
    ("random_password", "bcrypt_hash"),
    ("random_password", "result"),
];

/// Replaces the secrets among the attributes of a resource by their fingerprints.
///
/// `marks` is the state's `sensitive_attributes`: a list of paths, each a list of steps `{type, value}`. Where a path
/// cannot be followed (into a set, or written in a way that is not known), everything below that point is hidden.
pub(super) fn hide(resource_type: &str, attributes: &mut Value, marks: &Json, fingerprints: &Fingerprinter) {
    if is_plain_parameter(resource_type, attributes) {
        return;
    }
    hide_by_name(resource_type, attributes, fingerprints);
    for path in marks.as_array().into_iter().flatten() {
        hide_at(attributes, path.as_array().map_or(&[], Vec::as_slice), fingerprints);
    }
}

/// Whether this is an SSM parameter that holds no secret. The provider's schema marks the value of every parameter as
/// sensitive, also of those that SSM itself shows to everybody who may list them: feature flags, sizes, addresses.
fn is_plain_parameter(resource_type: &str, attributes: &Value) -> bool {
    let kind = attributes.get("type").and_then(Value::as_str);
    resource_type == "aws_ssm_parameter" && matches!(kind, Some("String" | "StringList"))
}

fn hide_by_name(resource_type: &str, attributes: &mut Value, fingerprints: &Fingerprinter) {
    let Kind::Object(members) = &mut attributes.kind else { return };
    for (name, value) in members {
        if SECRET_NAMES.contains(&name.as_str()) || SECRETS_OF_TYPES.contains(&(resource_type, name.as_str())) {
            *value = hidden(value, fingerprints);
        }
    }
}

/// A secret that is not set is none.
fn hidden(value: &Value, fingerprints: &Fingerprinter) -> Value {
    if value.as_str() == Some("") { value.clone() } else { fingerprints.hide(value) }
}

/// The depth of [`Json`] that `serde_json` reads bounds the recursion.
fn hide_at(value: &mut Value, path: &[Json], fingerprints: &Fingerprinter) {
    let Some((step, rest)) = path.split_first() else {
        *value = hidden(value, fingerprints);
        return;
    };
    // An index is written as a value with its type, an attribute as its bare name.
    let step = step.get("value").map(|step| step.get("value").unwrap_or(step));
    let name = step.and_then(Json::as_str);
    let index = step.and_then(Json::as_u64).and_then(|index| usize::try_from(index).ok());
    match (&mut value.kind, name, index) {
        (Kind::Null, ..) => {}
        (Kind::Object(members), Some(name), _) => {
            if let Some(member) = members.get_mut(name) {
                hide_at(member, rest, fingerprints);
            }
        }
        (Kind::List(items), _, Some(index)) => {
            if let Some(item) = items.get_mut(index) {
                hide_at(item, rest, fingerprints);
            }
        }
        _ => *value = hidden(value, fingerprints),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Hides and writes `*` for every secret.
    fn check(attributes: Json, marks: Json, expect: Json) {
        let mut value = Value::from_json(&attributes);
        hide("aws_x", &mut value, &marks, &Fingerprinter::new(*b"key"));
        assert_eq!(starred(&value), expect, "{marks}");
    }

    fn starred(value: &Value) -> Json {
        match &value.kind {
            Kind::Sensitive(_) => json!("*"),
            Kind::List(items) => items.iter().map(starred).collect(),
            Kind::Object(members) => members.iter().map(|(name, value)| (name.clone(), starred(value))).collect(),
            _ => value.to_json(),
        }
    }

    fn attribute(name: &str) -> Json {
        json!({"type": "get_attr", "value": name})
    }

    fn index(key: Json) -> Json {
        json!({"type": "index", "value": {"value": key, "type": "dynamic"}})
    }

    #[test]
    fn a_path_hides_what_it_leads_to_and_nothing_beside_it() {
        check(json!({"a": "x", "b": "y"}), json!([[attribute("a")]]), json!({"a": "*", "b": "y"}));
        check(
            json!({"a": [{"m": {"k": "x", "l": "y"}}]}),
            json!([[attribute("a"), index(json!(0)), attribute("m"), index(json!("k"))]]),
            json!({"a": [{"m": {"k": "*", "l": "y"}}]}),
        );
        check(json!({"a": null, "b": ""}), json!([[attribute("a")], [attribute("b")]]), json!({"a": null, "b": ""}));
        check(json!({"a": "x"}), json!([[attribute("gone")]]), json!({"a": "x"}));
        check(json!({"a": "x"}), json!(null), json!({"a": "x"}));
    }

    #[test]
    fn a_path_that_cannot_be_followed_hides_everything_below() {
        check(json!({"a": ["x", "y"]}), json!([[attribute("a"), index(json!({"set": 1}))]]), json!({"a": "*"}));
        check(json!({"a": {"b": "x"}}), json!([[attribute("a"), {"type": "new"}]]), json!({"a": "*"}));
        check(json!({"a": "x"}), json!([["not a step"]]), json!("*"));
    }

    #[test]
    fn secrets_of_known_names_are_hidden_without_a_mark() {
        check(json!({"password": "x", "username": "u"}), json!([]), json!({"password": "*", "username": "u"}));
        let mut parameter = Value::from_json(&json!({"value": "x", "name": "n"}));
        hide("aws_ssm_parameter", &mut parameter, &Json::Null, &Fingerprinter::new(*b"key"));
        assert_eq!(starred(&parameter), json!({"value": "*", "name": "n"}));
    }
}

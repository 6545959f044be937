//! What of an object is a secret.

use crate::model::{Fingerprinter, Kind, ResourceType, Value};

/// The value with every secret of the type replaced by its fingerprint: the content of a Secret, however it is written.
pub fn hide_secrets(resource_type: &ResourceType, attributes: Value, fingerprints: &Fingerprinter) -> Value {
    if resource_type.as_str() != "v1/Secret" {
        return attributes;
    }
    let at = attributes.at.clone();
    let Kind::Object(mut members) = attributes.kind else { return fingerprints.hide(&attributes) };
    for content in ["data", "stringData"] {
        let Some(value) = members.get_mut(content) else { continue };
        *value = match &value.kind {
            Kind::Object(entries) => value.with(Kind::Object(
                entries.iter().map(|(key, entry)| (key.clone(), fingerprints.hide(entry))).collect(),
            )),
            _ => fingerprints.hide(value),
        };
    }
    Value { kind: Kind::Object(members), at }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_content_of_a_secret_is_hidden_and_its_labels_are_not() {
        let hide = |resource_type: &str| {
            let secret =
                json!({"data": {"a": "cGFzcw=="}, "stringData": {"b": "pass"}, "metadata": {"labels": {"app": "web"}}});
            hide_secrets(&resource_type.into(), Value::from_json(&secret), &Fingerprinter::new(*b"key")).to_json()
        };
        let hidden = hide("v1/Secret");
        assert_eq!(hidden["metadata"], json!({"labels": {"app": "web"}}));
        assert!(!hidden.to_string().contains("pass") && !hidden.to_string().contains("cGFzcw"), "{hidden}");
        assert_eq!(hide("v1/ConfigMap")["data"], json!({"a": "cGFzcw=="}));
    }
}

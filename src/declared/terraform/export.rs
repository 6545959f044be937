//! From the evaluator's values to the product's and back, and from JSON.
//!
//! The only way out: here secrets become fingerprints, and sets become lists in Terraform's order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{self, Fingerprinter, Kind, Location};

use super::numbers;
use super::source::Place;
use super::value::{Content, MappingKind, SequenceKind, Unknown, Value};

/// The value as the rest of the product sees it.
pub(super) fn to_model(value: &Value, fingerprints: &Fingerprinter) -> model::Value {
    shown(value, Some(fingerprints), None)
}

/// The value; with a fingerprinter its secrets are hidden. What was not written anywhere, such as an item that a
/// function made, stands where the value around it does.
fn shown(value: &Value, hides: Option<&Fingerprinter>, around: Option<&Location>) -> model::Value {
    let at = value.place.as_ref().map(Place::location).or_else(|| around.cloned());
    if let (true, Some(fingerprints)) = (value.sensitive, hides) {
        let whole = shown(value, None, around);
        // A fingerprint of something that is partly unknown would differ from that of the real thing.
        return if !whole.is_unknown() && value.has_unknown() && whole.has_unknown() {
            whole.with(unknown_kind(value.unknown_reason(), None))
        } else {
            fingerprints.hide(&whole)
        };
    }
    let kind = match &value.content {
        Content::Null => Kind::Null,
        Content::Bool(flag) => Kind::Bool(*flag),
        Content::Number(number) => Kind::Number(number.clone()),
        Content::Text(text) => Kind::String(text.to_string()),
        Content::Sequence(_, items) => {
            Kind::List(items.all().iter().map(|item| shown(item, hides, at.as_ref())).collect())
        }
        Content::Mapping(_, members) => {
            let member = |(name, of): (&String, &Value)| (name.clone(), shown(of, hides, at.as_ref()));
            Kind::Object(members.all().iter().map(member).collect())
        }
        Content::Handle(_) => unknown_kind(value.unknown_reason(), None),
        Content::Unknown(unknown) => match &unknown.fingerprint {
            Some(fingerprint) => Kind::Sensitive(fingerprint.clone()),
            None => unknown_kind(Arc::clone(&unknown.reason), unknown.reference.clone()),
        },
    };
    model::Value::new(kind).located(at)
}

fn unknown_kind(reason: Arc<str>, reference: Option<model::Reference>) -> Kind {
    Kind::Unknown(model::Unknown { reason, reference: reference.map(Box::new) })
}

/// A value that the rest of the product knows, such as an attribute from the state.
pub(super) fn from_model(value: &model::Value) -> Value {
    match &value.kind {
        Kind::Null => Value::null(),
        Kind::Bool(flag) => Value::bool(*flag),
        Kind::Number(number) => {
            numbers::bounded(number.as_decimal().clone()).map_or_else(Value::unknown, |number| {
                // A provider's numbers come without the digits that it was given.
                Value::number(number).shortened(true)
            })
        }
        Kind::String(text) => Value::text(text.as_str()),
        Kind::List(items) => Value::sequence(SequenceKind::List, items.iter().map(from_model).collect()),
        Kind::Object(members) => {
            let members = members.iter().map(|(name, member)| (name.clone(), from_model(member)));
            Value::mapping(MappingKind::Object, members.collect())
        }
        Kind::Sensitive(fingerprint) => Value::mystery(Unknown {
            reason: "only the fingerprint of this secret is known".into(),
            reference: None,
            fingerprint: Some(fingerprint.clone()),
            near: None,
            begins: None,
        })
        .marked(true),
        Kind::Unknown(unknown) => Value::mystery(Unknown {
            reason: Arc::clone(&unknown.reason),
            reference: unknown.reference.as_deref().cloned(),
            fingerprint: None,
            near: None,
            begins: None,
        }),
    }
}

/// A value that stands in JSON.
pub(super) fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::null(),
        serde_json::Value::Bool(flag) => Value::bool(*flag),
        serde_json::Value::Number(number) => {
            let parsed = numbers::parse(&number.to_string());
            parsed.map_or_else(|| Value::unknown("the number is out of range"), Value::number)
        }
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(items) => Value::tuple(items.iter().map(from_json)),
        serde_json::Value::Object(members) => {
            let members: BTreeMap<_, _> = members.iter().map(|(name, of)| (name.clone(), from_json(of))).collect();
            Value::mapping(MappingKind::Object, members)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprints() -> Fingerprinter {
        Fingerprinter::new(*b"key")
    }

    #[test]
    fn secrets_leave_as_fingerprints() {
        let secret = Value::object([("a", Value::text("hunter2").marked(true)), ("b", Value::text("seen"))]);
        let json = to_model(&secret, &fingerprints()).to_json().to_string();
        assert!(json.contains("sensitive:") && json.contains("seen") && !json.contains("hunter2"));
    }

    #[test]
    fn a_secret_collection_has_the_fingerprint_of_its_plain_content() {
        let part = Value::text("hunter2").marked(true);
        let secret = Value::tuple([part, Value::text("x")]).marked(true);
        let plain = model::Value::list([model::Value::from("hunter2"), model::Value::from("x")]);
        assert_eq!(to_model(&secret, &fingerprints()), fingerprints().hide(&plain));
    }

    #[test]
    fn a_secret_collection_that_is_partly_unknown_is_unknown() {
        let secret = Value::tuple([Value::text("hunter2"), Value::unknown("why")]).marked(true);
        assert!(to_model(&secret, &fingerprints()).is_unknown());
    }

    #[test]
    fn a_secret_that_was_hidden_before_keeps_its_fingerprint() {
        let hidden = fingerprints().hide(&model::Value::from("hunter2"));
        assert_eq!(to_model(&from_model(&hidden), &fingerprints()), hidden);
    }

    #[test]
    fn json_goes_in_and_out_unchanged() {
        let json = serde_json::json!({"a": [1, 0.5, null, true, "x"], "b": {}});
        assert_eq!(to_model(&from_json(&json), &fingerprints()).to_json(), json);
    }
}

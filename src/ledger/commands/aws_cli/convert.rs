//! The words of an argument as a value of its shape.
//!
//! Knows no operation. What a word leaves open becomes an unknown value.
//!
//! Source: AWS CLI User Guide, "Specifying parameter values"; checked against awscli 1.46.

use std::collections::BTreeMap;

use super::table::{Service, Shape};
use crate::ledger::commands::shell::{is_known, text_value};
use crate::ledger::commands::shorthand;
use crate::model::{Kind, Number, Value};

/// What is said about a word that is none of its shape's values.
pub(super) fn unreadable() -> Value {
    Value::unknown("the command's parameter cannot be read")
}

/// The value that words give an argument of a shape.
pub(super) fn value(service: &Service, shape: &Shape, words: &[&str]) -> Value {
    let Some(first) = words.first() else { return unreadable() };
    match shape {
        Shape::List(member) => list(service, member, words),
        Shape::Map(_) | Shape::Structure(_) => structure(service, shape, first),
        Shape::Json => json(first).unwrap_or_else(unreadable),
        scalar => self::scalar(scalar, first),
    }
}

fn list(service: &Service, member: &Shape, words: &[&str]) -> Value {
    if let [only] = words {
        if only.trim_start().starts_with('[') {
            return json(only).unwrap_or_else(unreadable);
        }
        let text = text_value(only);
        // A file, or a variable that may hold several words.
        if text.is_unknown() && (is_known(only) || only.chars().count() == 1) {
            return text;
        }
    }
    Value::list(words.iter().map(|word| value(service, member, &[word])))
}

fn structure(service: &Service, shape: &Shape, word: &str) -> Value {
    if word.trim_start().starts_with(['{', '[']) {
        return json(word).unwrap_or_else(unreadable);
    }
    match shorthand::parse(word) {
        Some(parsed) => typed(service, shape, parsed),
        None => Some(text_value(word)).filter(Value::is_unknown).unwrap_or_else(unreadable),
    }
}

/// JSON in a word. With a hole in it, strings keep their hole and become unknown; JSON that only the filled hole would
/// make valid is unknown as a whole.
pub(in crate::ledger::commands) fn json(text: &str) -> Option<Value> {
    match serde_json::from_str(text) {
        Ok(json) => Some(without_holes(Value::from_json(&json))),
        Err(_) if !is_known(text) => Some(text_value(text)),
        Err(_) => None,
    }
}

/// Turns texts with holes into unknown values. The depth is bounded by the JSON reader's own limit (128).
fn without_holes(value: Value) -> Value {
    Value::new(match value.kind {
        Kind::String(text) if !is_known(&text) => text_value(&text).kind,
        Kind::List(items) => Kind::List(items.into_iter().map(without_holes).collect()),
        Kind::Object(members) => {
            Kind::Object(members.into_iter().map(|(key, value)| (key, without_holes(value))).collect())
        }
        kind => kind,
    })
}

/// One word as a scalar.
fn scalar(shape: &Shape, word: &str) -> Value {
    let text = text_value(word);
    if text.is_unknown() {
        return text;
    }
    let number = || word.trim().parse::<Number>().ok();
    match shape {
        Shape::Integer => number().filter(|number| number.as_i64().is_some()).map_or_else(unreadable, Value::from),
        Shape::Float => number().map_or_else(unreadable, Value::from),
        Shape::Boolean => Value::from(!word.eq_ignore_ascii_case("false")),
        _ => text,
    }
}

/// What shorthand said, typed by its shape: texts become numbers and booleans, a single value a list of it.
fn typed(service: &Service, shape: &Shape, value: Value) -> Value {
    match (shape, value.kind) {
        (Shape::List(member), Kind::List(items)) => {
            Value::list(items.into_iter().map(|item| typed(service, member, item)))
        }
        (Shape::List(_), Kind::Unknown(unknown)) => Value::new(Kind::Unknown(unknown)),
        (Shape::List(member), only) => Value::list([typed(service, member, Value::new(only))]),
        (Shape::Map(inner), Kind::Object(members)) => {
            Value::object(members.into_iter().map(|(key, value)| (key, typed(service, inner, value))))
        }
        (Shape::Structure(number), Kind::Object(members)) => {
            let shapes = service.structure(*number);
            Value::object(members.into_iter().map(|(key, value)| {
                let shape = shapes.and_then(|shapes| shapes.get(key.as_str()));
                let value = shape.map_or_else(|| value.clone(), |shape| typed(service, shape, value.clone()));
                (key, value)
            }))
        }
        (Shape::Integer | Shape::Float, Kind::String(text)) => scalar(shape, &text),
        (Shape::Boolean, Kind::String(text)) if text.eq_ignore_ascii_case("true") => Value::from(true),
        (Shape::Boolean, Kind::String(text)) if text.eq_ignore_ascii_case("false") => Value::from(false),
        (_, kind) => Value::new(kind),
    }
}

/// A value with the member names of structures as CloudFormation spells them, with a capital first letter; the keys of
/// maps are the user's own.
pub(super) fn canonical(service: &Service, shape: &Shape, value: &Value) -> Value {
    match (shape, &value.kind) {
        (Shape::List(member), Kind::List(items)) => {
            Value::list(items.iter().map(|item| canonical(service, member, item)))
        }
        (Shape::Map(inner), Kind::Object(members)) => {
            Value::object(members.iter().map(|(key, value)| (key.clone(), canonical(service, inner, value))))
        }
        (Shape::Structure(number), Kind::Object(members)) => {
            let shapes = service.structure(*number);
            let members: BTreeMap<String, Value> = members
                .iter()
                .map(|(key, value)| {
                    let shape = shapes.and_then(|shapes| shapes.get(key.as_str()));
                    let value = shape.map_or_else(|| value.clone(), |shape| canonical(service, shape, value));
                    (capitalised(key), value)
                })
                .collect();
            Value::new(Kind::Object(members))
        }
        _ => value.clone(),
    }
}

pub(super) fn capitalised(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

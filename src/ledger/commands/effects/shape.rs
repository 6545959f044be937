//! How the value of a parameter is to be read, and what it becomes in the canonical model.
//!
//! Knows no operation.

use std::collections::BTreeMap;

use crate::ledger::commands::aws_cli::Argument;
use crate::ledger::commands::shell::{is_known, text_value};
use crate::ledger::commands::shorthand;
use crate::model::{Kind, Value};

/// The shape of a parameter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// One text or number.
    Text,
    /// `--flag` or `--no-flag`.
    Switch,
    /// Several texts.
    Texts,
    /// A structure: shorthand or JSON; member names become those of the canonical model.
    Structure,
    /// Several structures, one a word, or a JSON list.
    Structures,
    /// The map that is the named member of a structure; its keys are the user's own.
    MapIn(&'static str),
    /// A JSON document in a text.
    Document,
    /// A text that may stand in a structure with the single member `Value`, as EC2's attributes do.
    Wrapped,
}

impl Shape {
    /// The value of an argument; unknown where the command does not show it.
    pub(super) fn read(self, argument: &Argument) -> Value {
        match self {
            Self::Text | Self::Switch => argument.scalar().unwrap_or_else(unreadable),
            Self::Texts => texts(argument),
            Self::Structure => canonical(structures(argument).and_then(only).unwrap_or_else(unreadable)),
            Self::Structures => match structures(argument) {
                Some(items) => Value::list(items.into_iter().map(canonical)),
                None => unreadable(),
            },
            Self::MapIn(member) => match structures(argument).and_then(only) {
                Some(structure) if structure.is_unknown() => structure,
                Some(structure) => {
                    structure.get(member).cloned().unwrap_or_else(|| Value::new(Kind::Object(BTreeMap::new())))
                }
                None => unreadable(),
            },
            Self::Document => document(argument),
            Self::Wrapped => wrapped(argument),
        }
    }
}

fn unreadable() -> Value {
    Value::unknown("the command's parameter cannot be read")
}

fn only(items: Vec<Value>) -> Option<Value> {
    let mut items = items.into_iter();
    items.next().filter(|_| items.next().is_none())
}

fn texts(argument: &Argument) -> Value {
    match argument {
        Argument::Json(value) => value.clone(),
        Argument::Switch(_) => unreadable(),
        Argument::Words(_) => {
            let words = argument.raw_words().unwrap_or_default();
            match words.as_slice() {
                [json] if json.trim_start().starts_with('[') => from_json(json).unwrap_or_else(unreadable),
                words => Value::list(words.iter().map(|word| text_value(word))),
            }
        }
    }
}

/// The structures of an argument as they are spelled; `None` if they are none.
pub(super) fn structures(argument: &Argument) -> Option<Vec<Value>> {
    if let Argument::Json(value) = argument {
        return Some(value.as_list().map_or_else(|| vec![value.clone()], <[Value]>::to_vec));
    }
    let mut items = Vec::new();
    for word in argument.raw_words()? {
        let first = word.trim_start().chars().next();
        let value = match first {
            Some('[' | '{') => from_json(word)?,
            _ if word.starts_with("file://") => text_value(word),
            _ => match shorthand::parse(word) {
                Some(value) => value,
                None if !is_known(word) => text_value(word),
                None => return None,
            },
        };
        match value.kind {
            Kind::List(more) => items.extend(more),
            kind => items.push(Value::new(kind)),
        }
    }
    Some(items)
}

/// JSON in a word. With a hole in it, strings keep their hole and become unknown; JSON that only the filled hole would
/// make valid is unknown as a whole.
fn from_json(text: &str) -> Option<Value> {
    match serde_json::from_str(text) {
        Ok(json) => Some(without_holes(Value::from_json(&json))),
        Err(_) if !is_known(text) => Some(text_value(text)),
        Err(_) => None,
    }
}

/// Turns texts with holes into unknown values. The depth is bounded by the JSON reader's own limit (128).
fn without_holes(value: Value) -> Value {
    Value::new(match value.kind {
        Kind::String(text) => text_value(&text).kind,
        Kind::List(items) => Kind::List(items.into_iter().map(without_holes).collect()),
        Kind::Object(members) => {
            Kind::Object(members.into_iter().map(|(key, value)| (key, without_holes(value))).collect())
        }
        kind => kind,
    })
}

/// Member names as CloudFormation spells them: the API's with a capital first letter.
fn canonical(value: Value) -> Value {
    Value::new(match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(canonical).collect()),
        Kind::Object(members) => {
            Kind::Object(members.into_iter().map(|(key, value)| (capitalised(&key), canonical(value))).collect())
        }
        kind => kind,
    })
}

fn capitalised(key: &str) -> String {
    let mut chars = key.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn document(argument: &Argument) -> Value {
    let text = argument.scalar();
    match text.as_ref().and_then(Value::as_str) {
        Some(json) => from_json(json).unwrap_or_else(unreadable),
        None => match argument.raw_words().as_deref() {
            Some([json]) => from_json(json).unwrap_or_else(unreadable),
            _ => text.unwrap_or_else(unreadable),
        },
    }
}

fn wrapped(argument: &Argument) -> Value {
    let inner = structures(argument).and_then(only);
    match inner.as_ref().and_then(|structure| structure.get("Value")) {
        Some(value) => value.clone(),
        None => argument.scalar().unwrap_or_else(unreadable),
    }
}

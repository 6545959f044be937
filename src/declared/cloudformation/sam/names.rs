//! Logical ids that end in a hash of what they stand for.
//!
//! The transform appends ten digits of a SHA-1, so that a changed value makes a new resource. The hash of what only
//! the deployment knows (packaged code, for one) is not known either: then the deployed stack's resource with the same
//! stem is the one, if it has exactly one.

use sha1::{Digest, Sha1};

use super::parameters::Parameters;
use super::tree::entries;
use crate::declared::cloudformation::evaluate::Unit;
use crate::model::{Kind, Value};

/// Digits of the hash in a logical id.
const DIGITS: usize = 10;
/// Stands for the digits where neither the hash nor a deployed resource is known. No logical id has such characters.
const OPEN: &str = "??????????";

/// Makes logical ids.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) parameters: &'a Parameters,
    pub(super) unit: &'a Unit<'a>,
}

impl Names<'_> {
    /// The stem with the hash of a value, of which nothing may be left to the deployment.
    pub(super) fn hashed(&self, stem: &str, data: &Value) -> String {
        if self.parameters.is_settled(data) { self.hashed_as_written(stem, data) } else { self.deployed(stem) }
    }

    /// The stem with the hash of a value in which the transform leaves references as they are.
    pub(super) fn hashed_as_written(&self, stem: &str, data: &Value) -> String {
        match &data.kind {
            _ if data.has_unknown() => self.deployed(stem),
            Kind::String(text) if text.is_empty() => stem.to_owned(),
            Kind::String(text) => format!("{stem}{}", hash(text)),
            _ => format!("{stem}{}", hash(&canonical_json(data))),
        }
    }

    /// The stem with the hash that the deployed stack has.
    pub(super) fn deployed(&self, stem: &str) -> String {
        let has_stem = |id: &str| {
            id.strip_prefix(stem)
                .is_some_and(|rest| rest.len() == DIGITS && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        let mut same = self.unit.bound_ids().filter(|id| has_stem(id));
        match (same.next(), same.next()) {
            (Some(only), None) => only.to_owned(),
            _ => format!("{stem}{OPEN}"),
        }
    }
}

/// The digits for a text.
pub(super) fn hash(text: &str) -> String {
    Sha1::digest(text.as_bytes()).iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// Compact JSON with sorted keys and only ASCII, as the transform hashes it.
fn canonical_json(value: &Value) -> String {
    let mut json = String::new();
    write_json(value, None, 0, &mut json);
    json
}

/// JSON of four spaces a level with sorted keys and only ASCII, as the transform writes it, in lines.
pub(super) fn json_lines(value: &Value) -> Vec<String> {
    let mut json = String::new();
    write_json(value, Some(4), 0, &mut json);
    json.split('\n').map(str::to_owned).collect()
}

fn write_json(value: &Value, indent: Option<usize>, level: usize, json: &mut String) {
    let new_line = |json: &mut String, level: usize| {
        if let Some(width) = indent {
            json.push('\n');
            json.extend(std::iter::repeat_n(' ', width * level));
        }
    };
    match &value.kind {
        Kind::List(items) if !items.is_empty() => {
            json.push('[');
            for (position, item) in items.iter().enumerate() {
                json.push_str(if position > 0 { "," } else { "" });
                new_line(json, level + 1);
                write_json(item, indent, level + 1, json);
            }
            new_line(json, level);
            json.push(']');
        }
        Kind::Object(members) if !members.is_empty() => {
            json.push('{');
            for (position, (name, member)) in members.iter().enumerate() {
                json.push_str(if position > 0 { "," } else { "" });
                new_line(json, level + 1);
                write_text(name, json);
                json.push_str(if indent.is_some() { ": " } else { ":" });
                write_json(member, indent, level + 1, json);
            }
            new_line(json, level);
            json.push('}');
        }
        Kind::String(text) => write_text(text, json),
        Kind::Number(number) => json.push_str(&number.to_string()),
        _ => json.push_str(&value.to_json().to_string()),
    }
}

/// A JSON text in which everything outside ASCII is escaped.
fn write_text(text: &str, json: &mut String) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            ' '..='~' => json.push(c),
            _ => {
                let mut units = [0; 2];
                json.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
    }
    json.push('"');
}

/// Whether a text can be part of a logical id.
pub(super) fn is_alphanumeric(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

/// The first text of the members of an object, in the order they are written.
pub(super) fn first_entry(node: &Value) -> Option<(&str, &Value)> {
    entries(node).into_iter().next()
}

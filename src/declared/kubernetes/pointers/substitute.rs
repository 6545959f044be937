//! Variables that Flux fills into objects after they are built: `${name}`, `${name:=default}`, `$${name}`.
//!
//! They are filled into the text that kustomize prints, which has lost the quotes of the file and is read again: `"${n}"`
//! becomes a number where `n` is one (Flux's documentation of post-build variable substitution).

use std::collections::BTreeMap;

use crate::declared::kubernetes::documents::MANIFEST;
use crate::model::{Kind, Value};
use crate::yaml;

/// What is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::declared::kubernetes) struct Substitution {
    /// The variables that are written in the declaration; they win.
    pub variables: BTreeMap<String, String>,
    /// Whether objects of the cluster give others.
    pub has_others: bool,
}

/// Why a variable is not known.
const FROM_CLUSTER: &str = "a variable of substituteFrom: only the cluster knows it";
const NOT_UNDERSTOOD: &str = "a substitution that is not understood here";
/// Objects with this label or annotation set to `disabled` are left as they are.
const SWITCH: &str = "kustomize.toolkit.fluxcd.io/substitute";

impl Substitution {
    /// Fills the variables into an object.
    pub(in crate::declared::kubernetes) fn apply(&self, object: &mut Value) {
        let is_off =
            |notes: &str| object.at_keys(["metadata", notes, SWITCH]).and_then(Value::as_str) == Some("disabled");
        if !is_off("labels") && !is_off("annotations") {
            self.walk(object);
        }
    }

    fn walk(&self, value: &mut Value) {
        match &mut value.kind {
            Kind::Object(members) => members.values_mut().for_each(|member| self.walk(member)),
            Kind::List(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Kind::String(text) if text.contains("${") => {
                let plain = is_plain(text);
                let filled =
                    self.filled(text).and_then(|new| if plain { read_again(&new) } else { Ok(Kind::String(new)) });
                value.kind = filled.unwrap_or_else(|reason| Value::unknown(reason).kind);
            }
            _ => {}
        }
    }

    fn filled(&self, text: &str) -> Result<String, &'static str> {
        let mut new = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((inside, after)) = after.split_once('}') else { return Err(NOT_UNDERSTOOD) };
            if let Some(before) = before.strip_suffix('$') {
                new.push_str(&format!("{before}${{{inside}}}"));
            } else {
                new.push_str(before);
                new.push_str(&self.value(inside)?);
            }
            rest = after;
        }
        new.push_str(rest);
        Ok(new)
    }

    fn value(&self, inside: &str) -> Result<String, &'static str> {
        let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
        let (name, operation) = inside.split_at(end);
        let known = self.variables.get(name).cloned();
        if known.is_none() && self.has_others {
            return Err(FROM_CLUSTER);
        }
        let default = |prefix: &str| operation.strip_prefix(prefix);
        match default(":=").or_else(|| default(":-")).or_else(|| default("=")).or_else(|| default("-")) {
            _ if name.is_empty() => Err(NOT_UNDERSTOOD),
            _ if operation.is_empty() => Ok(known.unwrap_or_default()),
            Some(default) => Ok(known.filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())),
            None => Err(NOT_UNDERSTOOD),
        }
    }
}

/// Characters at which a text that begins with one is quoted.
const QUOTED_FIRST: &str = "{[]},&*#?|-<>=!%@`\"' ";

/// Whether kustomize prints a text without quotes: it keeps none that YAML does not need.
fn is_plain(text: &str) -> bool {
    !text.starts_with(|c: char| QUOTED_FIRST.contains(c))
        && !text.ends_with([' ', ':'])
        && ![": ", " #", "\n"].iter().any(|part| text.contains(part))
}

/// What stands where a text did, once it is read again: a number, maybe, or a list.
fn read_again(text: &str) -> Result<Kind, &'static str> {
    let mut documents = yaml::load(&"substituted".into(), text, &MANIFEST).map_err(|_| NOT_UNDERSTOOD)?;
    match documents.len() {
        0 | 1 => Ok(documents.pop().map_or(Kind::Null, |value| value.kind)),
        _ => Err(NOT_UNDERSTOOD),
    }
}

//! Variables that Flux fills into objects after they are built: `${name}`, `${name:=default}`, `$${name}`.

use std::collections::BTreeMap;

use crate::model::{Kind, Value};
use crate::repo::Tree;
use crate::yaml::Schema;

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
    pub(in crate::declared::kubernetes) fn apply(&self, tree: &Tree, object: &mut Value) {
        let is_off =
            |notes: &str| object.at_keys(["metadata", notes, SWITCH]).and_then(Value::as_str) == Some("disabled");
        if !is_off("labels") && !is_off("annotations") {
            self.walk(tree, object);
        }
    }

    fn walk(&self, tree: &Tree, value: &mut Value) {
        match &mut value.kind {
            Kind::Object(members) => members.values_mut().for_each(|member| self.walk(tree, member)),
            Kind::List(items) => items.iter_mut().for_each(|item| self.walk(tree, item)),
            Kind::String(text) if text.contains("${") => {
                value.kind = match self.filled(text) {
                    // The text is read again after the variables are filled in: a plain word may then be a number.
                    Ok(new) if is_plain(tree, value) => Schema::Kubernetes.plain(&new),
                    Ok(new) => Kind::String(new),
                    Err(reason) => Value::unknown(reason).kind,
                }
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

/// Whether a text is written without quotes.
fn is_plain(tree: &Tree, value: &Value) -> bool {
    let Some(at) = &value.at else { return false };
    let Ok(text) = tree.read_text(&at.file) else { return false };
    let (_, rest) = text.split_at(at.offset_in(&text));
    let first_line = rest.lines().next().unwrap_or_default().trim_end();
    value.as_str().is_some_and(|written| first_line.starts_with(written) || written.starts_with(first_line))
        && !rest.starts_with(['"', '\'', '|', '>'])
        && value.as_str().is_some_and(|written| !written.contains('\n'))
}

//! The values of parameters, where the transform puts them in place of a reference.
//!
//! The transform sees the values of parameters, but only looks at them where a logical id or a decision hangs on
//! them. Secret and unknown parameters stay references: evaluation treats them as it does everywhere.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::call;
use crate::declared::cloudformation::evaluate::Evaluated;
use crate::model::{Kind, Value};

/// The values that references can be replaced by.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: BTreeMap<String, Value>,
    /// Declared, and without a value that could be used.
    open: BTreeSet<String>,
}

impl Parameters {
    /// From the declarations of a template and the values given. Pseudo parameters come as `given`, too.
    pub(super) fn new(declared: &BTreeMap<String, Value>, given: &BTreeMap<String, Evaluated>) -> Self {
        let mut parameters = Self::default();
        for (name, declaration) in declared {
            let kind = declaration.get("Type").and_then(Value::as_str).unwrap_or("String");
            let is_plain = kind == "String" || kind == "Number" || (kind.starts_with("AWS::") && !kind.contains('<'));
            let is_secret = declaration
                .get("NoEcho")
                .and_then(Value::as_scalar_text)
                .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
            let value = match given.get(name) {
                // A nested stack can be given what is secret or not known: no default stands in for it.
                Some(given) if given.secret => None,
                Some(given) => given.value.as_scalar_text().map(Value::from),
                None => declaration.get("Default").cloned(),
            };
            match value {
                Some(value) if is_plain && !is_secret => drop(parameters.values.insert(name.clone(), value)),
                _ => drop(parameters.open.insert(name.clone())),
            }
        }
        parameters
    }

    /// With the value of a pseudo parameter, if it is known.
    pub(super) fn pseudo(mut self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => drop(self.values.insert(name.to_owned(), value.into())),
            None => drop(self.open.insert(name.to_owned())),
        }
        self
    }

    /// The node with every reference to a parameter replaced, in `Ref` and in `Fn::Sub`.
    pub(super) fn resolve(&self, node: &Value) -> Value {
        match call(node) {
            Some(("Ref", name)) => {
                let value = name.as_str().and_then(|name| self.values.get(name));
                value.map_or_else(|| node.clone(), |value| value.clone().located(node.at.clone()))
            }
            Some(("Fn::Sub", argument)) => {
                node.with(Kind::Object([("Fn::Sub".to_owned(), self.resolve_sub(argument))].into()))
            }
            _ => match &node.kind {
                Kind::Object(members) => node.with(Kind::Object(
                    members.iter().map(|(name, value)| (name.clone(), self.resolve(value))).collect(),
                )),
                Kind::List(items) => node.with(Kind::List(items.iter().map(|item| self.resolve(item)).collect())),
                _ => node.clone(),
            },
        }
    }

    fn resolve_sub(&self, argument: &Value) -> Value {
        match &argument.kind {
            Kind::String(text) => argument.with(Kind::String(self.fill(text))),
            Kind::List(items) => {
                let mut items: Vec<Value> = items.iter().map(|item| self.resolve(item)).collect();
                if let Some(Value { kind: Kind::String(text), .. }) = items.first_mut() {
                    *text = self.fill(text);
                }
                argument.with(Kind::List(items))
            }
            _ => argument.clone(),
        }
    }

    /// A text of `Fn::Sub` with the parameters in it that are texts.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                filled.push_str("${");
                rest = after;
                continue;
            };
            match self.values.get(name).and_then(Value::as_str) {
                Some(value) => filled.push_str(value),
                None => filled.extend(["${", name, "}"]),
            }
            rest = tail;
        }
        filled.push_str(rest);
        filled
    }

    /// Whether nothing in the node hangs on a value that is not known here.
    pub(super) fn is_settled(&self, node: &Value) -> bool {
        match call(node) {
            Some(("Ref", name)) => !name.as_str().is_some_and(|name| self.open.contains(name)),
            Some(("Fn::Sub", argument)) => {
                let text = super::tree::as_items(argument).first().and_then(Value::as_str).unwrap_or_default();
                !self.open.iter().any(|name| text.contains(&format!("${{{name}}}")))
                    && argument.as_list().is_none_or(|items| items.iter().all(|item| self.is_settled(item)))
            }
            _ => match &node.kind {
                Kind::Unknown(_) | Kind::Sensitive(_) => false,
                Kind::Object(members) => members.values().all(|member| self.is_settled(member)),
                Kind::List(items) => items.iter().all(|item| self.is_settled(item)),
                _ => true,
            },
        }
    }
}

/// The node with every look-up in a mapping replaced whose keys are plain.
pub(super) fn resolve_mappings(node: &Value, mappings: &BTreeMap<String, Value>) -> Value {
    let Some(("Fn::FindInMap", argument)) = call(node) else { return node.clone() };
    let keys: Option<Vec<&str>> = argument.as_list().and_then(|keys| keys.iter().map(Value::as_str).collect());
    let found = match keys.as_deref() {
        Some([map, top, second]) => mappings.get(*map).and_then(|map| map.at_keys([*top, *second])),
        _ => None,
    };
    found.map_or_else(|| node.clone(), |value| value.clone().located(node.at.clone()))
}

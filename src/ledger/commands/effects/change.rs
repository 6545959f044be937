//! What an operation does to an attribute, as data.
//!
//! Parameters and their parts are named as CloudFormation would, with a capital first letter: `Environment.Variables`.

use std::collections::BTreeMap;

use super::{Outcome, Parameters, Prediction, null, path};
use crate::ledger::commands::aws_cli;
use crate::model::{AttributePath, Kind, Step, Value};

/// What an operation does to an attribute.
pub(super) enum Change {
    /// Each parameter becomes the whole value of the property with its name.
    Same(&'static [&'static str]),
    /// The parameter becomes the whole value of a property.
    Set(&'static str, &'static str),
    /// As `Set`; members of structures in it have other names there.
    Renamed(&'static str, &'static str, &'static [(&'static str, &'static str)]),
    /// The members that are given become the value; the others stay.
    Merge(&'static str, &'static str),
    /// The parameter is a JSON text, and the property a document.
    Document(&'static str, &'static str),
    /// The parameter is a text with commas, and the property a list.
    Split(&'static str, &'static str),
    /// As `Set` for each pair, but only in the next maintenance window unless the last parameter is on.
    Later(&'static [(&'static str, &'static str)], &'static str),
    /// The parameter, or each of its items, becomes one more member of a set.
    Add(&'static str, &'static str),
    /// The parameter, or each of its items, is no member of a set any more.
    Remove(&'static str, &'static str),
    /// Each item takes the place of the one with its key: parameter, property, key.
    Put(&'static str, &'static str, &'static str),
    /// The items with these keys are not there any more: parameter, property, key.
    Drop(&'static str, &'static str, &'static str),
    /// Each item, a name and a value, becomes an entry of a map: parameter, property, name, value.
    Entries(&'static str, &'static str, &'static str, &'static str),
    /// The operation itself stands for a boolean.
    Becomes(&'static str, bool),
    /// The operation itself stands for a text.
    Reads(&'static str, &'static str),
    /// The attribute is not there any more.
    Clears(&'static str),
    /// The resource is not there any more.
    Gone,
    /// The attribute (`""`: all of them) gets a value that the command does not show.
    Unread(&'static str),
    /// As `Unread`, if the parameter is given.
    UnreadIf(&'static str, &'static str),
    /// What a row cannot say.
    Computed(fn(&Parameters<'_>) -> Vec<Outcome>),
}

impl Change {
    /// What it does with the parameters of an invocation.
    pub(super) fn outcomes(&self, parameters: &Parameters<'_>) -> Vec<Outcome> {
        let set = |name: &str, at: &str| parameters.get(name).map(|value| (path(at), Prediction::of(value)));
        let each = |name: &str, outcome: &dyn Fn(Value) -> Option<Outcome>, at: &str| {
            let Some(value) = parameters.get(name) else { return Vec::new() };
            let items = match value.kind {
                Kind::List(items) => items,
                kind => vec![Value::new(kind)],
            };
            let outcomes = items.into_iter().map(|item| outcome(item).unwrap_or_else(|| unspecified(at)));
            outcomes.collect()
        };
        match self {
            Self::Same(names) => names.iter().filter_map(|name| set(name, name)).collect(),
            Self::Set(name, at) => set(name, at).into_iter().collect(),
            Self::Renamed(name, at, names) => {
                let value = parameters.get(name).map(|value| renamed(value, names));
                value.into_iter().map(|value| (path(at), Prediction::of(value))).collect()
            }
            Self::Merge(name, at) => parameters.get(name).map(|value| leaves(&path(at), value)).unwrap_or_default(),
            Self::Document(name, at) => {
                let value = parameters.get(name).map(document);
                value.into_iter().map(|value| (path(at), Prediction::of(value))).collect()
            }
            Self::Split(name, at) => {
                let value = parameters.get(name).map(split);
                value.into_iter().map(|value| (path(at), Prediction::of(value))).collect()
            }
            Self::Later(pairs, now) => {
                let prediction = if parameters.is_on(now) { Prediction::of } else { eventually };
                let given = pairs.iter().filter_map(|(name, at)| Some((path(at), parameters.get(name)?)));
                given.map(|(at, value)| (at, prediction(value))).collect()
            }
            Self::Add(name, at) => each(name, &|item| Some((path(at), Prediction::Contains(item))), at),
            Self::Remove(name, at) => each(name, &|item| Some((path(at), Prediction::Lacks(item))), at),
            Self::Put(name, at, by) => {
                each(name, &|item| Some((item_at(at, by, &item.get(by)?.as_scalar_text()?), Prediction::of(item))), at)
            }
            Self::Drop(name, at, by) => {
                each(name, &|key| Some((item_at(at, by, &key.as_scalar_text()?), Prediction::Is(null()))), at)
            }
            Self::Entries(name, at, key, value) => {
                let entry = |item: Value| {
                    let key = item.get(key)?.as_scalar_text()?;
                    let value = item.get(value).cloned().unwrap_or_else(null);
                    Some((path(at).key(&key), Prediction::of(value)))
                };
                each(name, &entry, at)
            }
            Self::Becomes(at, value) => vec![(path(at), Prediction::Is(Value::from(*value)))],
            Self::Reads(at, text) => vec![(path(at), Prediction::Is(Value::from(*text)))],
            Self::Clears(at) => vec![(path(at), Prediction::Is(null()))],
            Self::Gone => vec![(AttributePath::root(), Prediction::Is(null()))],
            Self::Unread(at) => vec![unspecified(at)],
            Self::UnreadIf(name, at) => parameters.get(name).map(|_| unspecified(at)).into_iter().collect(),
            Self::Computed(compute) => compute(parameters),
        }
    }

    /// The properties that a row names.
    #[cfg(test)]
    pub(super) fn paths(&self) -> Vec<&'static str> {
        match self {
            Self::Same(names) => names.to_vec(),
            Self::Later(pairs, _) => pairs.iter().map(|(_, at)| *at).collect(),
            Self::Set(_, at)
            | Self::Renamed(_, at, _)
            | Self::Merge(_, at)
            | Self::Document(_, at)
            | Self::Split(_, at)
            | Self::Add(_, at)
            | Self::Remove(_, at)
            | Self::Put(_, at, _)
            | Self::Drop(_, at, _)
            | Self::Entries(_, at, ..)
            | Self::Becomes(at, _)
            | Self::Reads(at, _)
            | Self::Clears(at)
            | Self::Unread(at)
            | Self::UnreadIf(_, at) => vec![at],
            Self::Gone | Self::Computed(_) => Vec::new(),
        }
    }
}

/// A list's item with a key.
pub(super) fn item_at(at: &str, by: &str, value: &str) -> AttributePath {
    path(at).then(Step::Item { by: by.to_owned(), value: value.to_owned() })
}

pub(super) fn unspecified(at: &str) -> Outcome {
    (path(at), Prediction::Unspecified)
}

fn eventually(value: Value) -> Prediction {
    if value.is_unknown() { Prediction::Unspecified } else { Prediction::Eventually(value) }
}

/// The entries of a map, each with its own prediction.
pub(super) fn entries(map: Option<Value>, at: &str) -> Vec<Outcome> {
    match map.map(|map| map.kind) {
        None => Vec::new(),
        Some(Kind::Object(entries)) => {
            entries.into_iter().map(|(key, value)| (path(at).key(&key), Prediction::of(value))).collect()
        }
        Some(_) => vec![unspecified(at)],
    }
}

/// The members of an object, each with its own prediction, down to scalars and lists.
fn leaves(at: &AttributePath, value: Value) -> Vec<Outcome> {
    let mut leaves = Vec::new();
    let mut open = vec![(at.clone(), value)];
    while let Some((at, value)) = open.pop() {
        match value.kind {
            Kind::Object(members) => {
                open.extend(members.into_iter().map(|(key, value)| (at.then(Step::Key(key)), value)));
            }
            kind => leaves.push((at, Prediction::of(Value::new(kind)))),
        }
    }
    leaves.sort_by(|(one, _), (other, _)| one.cmp(other));
    leaves
}

/// A JSON text as what it holds; JSON that is none is no document.
pub(super) fn document(value: Value) -> Value {
    match value.as_str() {
        Some(text) => aws_cli::json(text).unwrap_or_else(|| Value::unknown("the document cannot be read")),
        None => value,
    }
}

fn split(value: Value) -> Value {
    match value.as_str() {
        Some(text) => Value::list(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from)),
        None => value,
    }
}

/// Gives members other names, at every depth.
pub(super) fn renamed(value: Value, names: &[(&str, &str)]) -> Value {
    Value::new(match value.kind {
        Kind::List(items) => Kind::List(items.into_iter().map(|item| renamed(item, names)).collect()),
        Kind::Object(members) => {
            let name = |key: String| match names.iter().find(|(from, _)| *from == key) {
                Some((_, to)) => (*to).to_owned(),
                None => key,
            };
            let members: BTreeMap<String, Value> =
                members.into_iter().map(|(key, value)| (name(key), renamed(value, names))).collect();
            Kind::Object(members)
        }
        kind => kind,
    })
}

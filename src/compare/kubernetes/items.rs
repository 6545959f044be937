//! Which item of a list is which: by the keys that the schema names.

use std::collections::BTreeSet;

use crate::model::{Kind, Step, Value};
use crate::schema::kubernetes::{Holds, ListKind, Place};

/// The steps to the items of a list, in its order; `None` where its items are not told apart by name.
pub(super) fn steps(place: Option<Place<'_>>, items: &[Value]) -> Option<Vec<Step>> {
    let place = place?;
    match place.holds() {
        Holds::List(ListKind::Keyed(_)) => items.iter().map(|item| keyed(place, item)).collect(),
        Holds::List(ListKind::Set) => items.iter().map(|item| item.as_scalar_text().map(Step::Member)).collect(),
        _ => None,
    }
}

/// A key that is left out has its default: ports are of `TCP` unless they say otherwise
/// (<https://github.com/kubernetes-sigs/structured-merge-diff/issues/130>).
fn keyed(place: Place<'_>, item: &Value) -> Option<Step> {
    let keys = place.keys();
    let value = |key: &str| {
        let written = item.get(key).and_then(Value::as_scalar_text);
        let default = || place.item()?.member(key).place()?.default()?.as_scalar_text();
        written.or_else(default)
    };
    item.as_object()?;
    // An item without one of its keys is still told apart by the others; the server fills in what it can.
    let values: Vec<String> = keys.iter().map(|key| value(key).unwrap_or_default()).collect();
    values.iter().any(|value| !value.is_empty()).then(|| Step::Item { by: keys.join(","), value: values.join(",") })
}

/// Whether no step leads to two items.
pub(super) fn are_distinct(steps: &[Step]) -> bool {
    let mut seen = BTreeSet::new();
    steps.iter().all(|step| seen.insert(step))
}

/// A value in which every item of a list has its keys, as a path names them.
pub(super) fn with_keys(place: Option<Place<'_>>, value: &Value) -> Value {
    let Some(at) = place else { return value.clone() };
    match &value.kind {
        Kind::Object(members) => {
            let member = |(name, member): (&String, &Value)| (name.clone(), with_keys(at.member(name).place(), member));
            value.with(Kind::Object(members.iter().map(member).collect()))
        }
        Kind::List(items) => {
            let item = |item: &Value| {
                let mut item = with_keys(at.item(), item);
                if let Kind::Object(members) = &mut item.kind {
                    for key in at.keys().iter().filter(|key| !members.contains_key(&***key)).collect::<Vec<_>>() {
                        let default = at.item().and_then(|item| item.member(key).place()?.default());
                        members.extend(default.map(|default| (key.to_string(), default.clone())));
                    }
                }
                item
            };
            value.with(Kind::List(items.iter().map(item).collect()))
        }
        _ => value.clone(),
    }
}

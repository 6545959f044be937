//! Who deploys an object, and what the fields that it owns say was applied.

use std::collections::BTreeMap;

use super::items;
use crate::evidence::managed_fields::{FieldSet, ManagerEntry};
use crate::model::{AttributePath, Kind, ManagerClass, Step, Value};
use crate::schema::kubernetes::Place;
use crate::schema::kubernetes::managers::{ManagerClasses, Write};

/// One entry of an object's managed fields, and what its manager is taken for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Classed<'e> {
    pub(super) entry: &'e ManagerEntry,
    pub(super) class: ManagerClass,
    /// Whether it owns more fields than any other: it made the object, and owns what the server put there.
    pub(super) is_creator: bool,
}

pub(super) fn write(entry: &ManagerEntry) -> Write<'_> {
    Write { manager: &entry.manager, operation: entry.operation, subresource: entry.subresource.as_deref() }
}

/// The entries that speak of what is declared, each with its class. The manager that owns most of the declared fields
/// deploys the object, whatever its name, unless the configuration names who does.
pub(super) fn classed<'e>(
    entries: &'e [ManagerEntry],
    declared: &[AttributePath],
    managers: &ManagerClasses,
) -> Vec<Classed<'e>> {
    let entries = || entries.iter().filter(|entry| entry.subresource.as_deref() != Some("status"));
    let mut owned: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries() {
        let fields = declared.iter().filter(|path| entry.fields.contains(path)).count();
        *owned.entry(&entry.manager).or_default() += fields;
    }
    // Whoever changed more than is left of what was deployed is not what deploys it.
    let may_be = |entry: &ManagerEntry| {
        managers.may_deploy(write(entry)) || managers.classify(write(entry)) == ManagerClass::Deployer
    };
    let fields_of = |entry: &ManagerEntry| owned.get(&*entry.manager).copied().filter(|fields| *fields > 0);
    let most = entries().filter(|entry| may_be(entry)).filter_map(fields_of).max();
    let deploys =
        |entry: &ManagerEntry| managers.may_deploy(write(entry)) && most.is_some() && fields_of(entry) == most;
    let largest = entries().map(|entry| entry.fields.size()).max();
    let class = |entry: &'e ManagerEntry| Classed {
        entry,
        class: if deploys(entry) { ManagerClass::Deployer } else { managers.classify(write(entry)) },
        is_creator: Some(entry.fields.size()) == largest,
    };
    entries().map(class).collect()
}

/// The paths of everything that is declared, as managed fields name them.
pub(super) fn leaves(place: Option<Place<'_>>, declared: &Value) -> Vec<AttributePath> {
    let mut found = Vec::new();
    collect(&AttributePath::root(), place, declared, &mut found);
    found
}

/// Deeper than any object.
const MAX_DEPTH: usize = 64;

fn collect(path: &AttributePath, place: Option<Place<'_>>, value: &Value, found: &mut Vec<AttributePath>) {
    let is_whole = place.is_some_and(|place| place.is_atomic()) || path.steps().len() >= MAX_DEPTH;
    match &value.kind {
        Kind::Object(members) if !is_whole && !members.is_empty() => {
            for (name, member) in members {
                let place = place.and_then(|place| place.member(name).place());
                collect(&path.key(name), place, member, found);
            }
        }
        Kind::List(list) if !is_whole && !list.is_empty() => match items::steps(place, list) {
            Some(steps) => {
                let place = place.and_then(|place| place.item());
                for (step, item) in steps.into_iter().zip(list) {
                    collect(&path.then(step), place, item, found);
                }
            }
            None => found.push(path.clone()),
        },
        _ => found.push(path.clone()),
    }
}

/// What was applied, as far as the fields tell that the deployer owns with server-side apply: a field that it still owns
/// has the value that it applied, or ownership would have moved. Of a declared field that it does not own nothing is
/// known; the declaration stands in for that.
pub(super) fn applied(place: Option<Place<'_>>, declared: &Value, live: &Value, owned: &FieldSet) -> Value {
    side(place, Some(declared), Some(live), Some(owned), 0).unwrap_or_else(|| Value::object::<String>([]))
}

fn find<'v>(steps: &[Step], items: &'v [Value], step: &Step) -> Option<&'v Value> {
    steps.iter().position(|known| known == step).and_then(|at| items.get(at))
}

fn side(
    place: Option<Place<'_>>,
    declared: Option<&Value>,
    live: Option<&Value>,
    owned: Option<&FieldSet>,
    depth: usize,
) -> Option<Value> {
    let Some(owned) = owned.filter(|_| depth < MAX_DEPTH) else { return declared.cloned() };
    if owned.is_member() && owned.is_leaf() {
        return live.cloned();
    }
    let shape = live.or(declared)?;
    match &shape.kind {
        Kind::Object(_) => {
            let names = [declared, live].into_iter().flatten().filter_map(Value::as_object).flatten();
            let names: std::collections::BTreeSet<&String> = names.map(|(name, _)| name).collect();
            let members = names.into_iter().filter_map(|name| {
                let [declared, live] = [declared, live].map(|value| value.and_then(|value| value.get(name)));
                let place = place.and_then(|place| place.member(name).place());
                let below = owned.step(&Step::Key(name.clone()));
                Some((name.clone(), side(place, declared, live, below, depth + 1)?))
            });
            let members: BTreeMap<String, Value> = members.collect();
            (!members.is_empty() || owned.is_member()).then(|| shape.with(Kind::Object(members)))
        }
        Kind::List(_) => {
            let [declared, live] = [declared, live].map(|value| value.and_then(Value::as_list).unwrap_or_default());
            let (in_declared, in_live) = (items::steps(place, declared)?, items::steps(place, live)?);
            let item = place.and_then(|place| place.item());
            let only_live = in_live.iter().filter(|step| !in_declared.contains(step));
            let kept = in_declared.iter().chain(only_live).filter_map(|step| {
                let declared = find(&in_declared, declared, step);
                side(item, declared, find(&in_live, live, step), owned.step(step), depth + 1)
            });
            Some(shape.with(Kind::List(kept.collect())))
        }
        _ => declared.cloned(),
    }
}

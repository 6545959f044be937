//! Cutting a live object to what is declared or was applied, and to what was added by hand.

use std::collections::BTreeMap;

use super::deployer::Classed;
use super::items;
use super::walk::is_walked_alone;
use super::wholes::{Spot, Wholes, is_scalar};
use crate::evidence::managed_fields::FieldSet;
use crate::model::{AttributePath, FieldOperation, Kind, ManagerClass, Step, Value};
use crate::schema::kubernetes::{Said, assigned_at, moves_with_every_change};

/// What is cut by.
pub(super) struct Cut<'a> {
    pub(super) wholes: Wholes<'a>,
    /// Whether an annotation tells what was applied; then what else the deployer owns with updates is what the server
    /// put there.
    pub(super) is_applied_known: bool,
}

/// What one manager owns at a place.
#[derive(Clone, Copy)]
pub(super) struct Owned<'a> {
    manager: &'a Classed<'a>,
    /// `None`: all of it, as a part of something that is owned as a whole.
    fields: Option<&'a FieldSet>,
}

impl<'a> Owned<'a> {
    pub(super) fn of(manager: &'a Classed<'a>) -> Self {
        Self { manager, fields: Some(&manager.entry.fields) }
    }

    fn step(&self, step: &Step) -> Option<Self> {
        let Some(fields) = self.fields else { return Some(*self) };
        if fields.is_member() && fields.is_leaf() {
            return Some(Self { fields: None, ..*self });
        }
        Some(Self { fields: Some(fields.step(step)?), ..*self })
    }

    /// Whether it owns the field itself, not only some below it.
    fn is_owner(&self) -> bool {
        self.fields.is_none_or(FieldSet::is_member)
    }
}

/// The sides that say what is wanted.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) declared: Option<&'a Value>,
    pub(super) applied: Option<&'a Value>,
}

impl<'a> Wanted<'a> {
    fn map(self, part: impl Fn(&'a Value) -> Option<&'a Value>) -> Self {
        Self { declared: self.declared.and_then(&part), applied: self.applied.and_then(&part) }
    }

    fn sides(self) -> impl Iterator<Item = &'a Value> {
        [self.declared, self.applied].into_iter().flatten()
    }
}

/// Deeper than any object; below, values are kept as wholes.
const MAX_DEPTH: usize = 48;

impl<'a> Cut<'a> {
    /// What of a live value is wanted or was added by hand.
    pub(super) fn keep(
        &self,
        path: &AttributePath,
        spot: Spot<'a>,
        wanted: Wanted<'a>,
        live: &'a Value,
        owned: &[Owned<'a>],
    ) -> Option<Value> {
        if wanted.sides().next().is_none() {
            return self.added(path, spot, live, owned);
        }
        let is_whole = spot.place.is_some_and(|place| place.is_atomic()) || path.steps().len() >= MAX_DEPTH;
        match &live.kind {
            _ if is_whole => Some(live.clone()),
            Kind::Object(members) if wanted.sides().all(|side| side.as_object().is_some()) => {
                let kept = members.iter().filter_map(|(name, member)| {
                    let below = Spot { place: spot.place.and_then(|p| p.member(name).place()), parent: Some(live) };
                    let owned = steps_of(owned, &Step::Key(name.clone()));
                    let kept = self.keep(&path.key(name), below, wanted.map(|side| side.get(name)), member, &owned)?;
                    Some((name.clone(), kept))
                });
                Some(live.with(Kind::Object(kept.collect())))
            }
            Kind::List(list) if wanted.sides().all(|side| side.as_list().is_some()) => {
                Some(self.items(path, spot, wanted, live, list, owned))
            }
            _ => Some(live.clone()),
        }
    }

    fn items(
        &self,
        path: &AttributePath,
        spot: Spot<'a>,
        wanted: Wanted<'a>,
        live: &'a Value,
        list: &'a [Value],
        owned: &[Owned<'a>],
    ) -> Value {
        let side = |value: Option<&'a Value>| {
            let items = value.and_then(Value::as_list).unwrap_or_default();
            items::steps(spot.place, items).filter(|steps| items::are_distinct(steps)).map(|steps| (steps, items))
        };
        let (Some(declared), Some(applied), Some((steps, _))) =
            (side(wanted.declared), side(wanted.applied), side(Some(live)))
        else {
            return live.clone();
        };
        let item = Spot { place: spot.place.and_then(|place| place.item()), parent: None };
        let find = |(steps, items): &(Vec<Step>, &'a [Value]), step: &Step| {
            steps.iter().position(|known| known == step).and_then(|at| items.get(at))
        };
        let kept = steps.iter().zip(list).filter_map(|(step, live)| {
            let wanted = Wanted { declared: find(&declared, step), applied: find(&applied, step) };
            self.keep(&path.then(step.clone()), item, wanted, live, &steps_of(owned, step))
        });
        live.with(Kind::List(kept.collect()))
    }

    /// What of a value that nobody declared was added by hand: all of it, if nothing in it is a control loop's; `None`
    /// where it is only what the server puts there.
    fn added(&self, path: &AttributePath, spot: Spot<'a>, live: &'a Value, owned: &[Owned<'a>]) -> Option<Value> {
        if owned.is_empty() || self.wholes.is_default(spot, live, 0) {
            return None;
        }
        if self.is_servers(path, spot, owned) {
            return None;
        }
        let told: Vec<Owned<'a>> = owned.iter().filter(|owned| self.tells(owned)).copied().collect();
        let is_whole = spot.place.is_some_and(|place| place.is_atomic()) || path.steps().len() >= MAX_DEPTH;
        if is_scalar(live) || is_whole {
            return told.iter().any(Owned::is_owner).then(|| live.clone());
        }
        match &live.kind {
            Kind::Object(members) => self.added_members(path, spot, live, members, owned, &told),
            Kind::List(list) => self.added_items(path, spot, live, list, owned, &told),
            _ => None,
        }
    }

    /// Whether the server chose the value, when the object was made or with every change.
    fn is_servers(&self, path: &AttributePath, spot: Spot<'a>, owned: &[Owned<'a>]) -> bool {
        let resource_type = self.wholes.resource_type.as_str();
        let is_assigned = spot.place.is_some_and(|place| place.said() == Some(&Said::Assigned));
        let of_creator = |owned: &Owned<'_>| owned.manager.is_creator || owned.manager.class == ManagerClass::Deployer;
        moves_with_every_change(resource_type, path)
            || ((is_assigned || assigned_at(resource_type, path)) && owned.iter().any(of_creator))
    }

    fn added_members(
        &self,
        path: &AttributePath,
        spot: Spot<'a>,
        live: &'a Value,
        members: &'a BTreeMap<String, Value>,
        owned: &[Owned<'a>],
        told: &[Owned<'a>],
    ) -> Option<Value> {
        let alone = is_walked_alone(path, spot.place);
        let mut any = false;
        let mut kept = BTreeMap::new();
        for (name, member) in members {
            let below = Spot { place: spot.place.and_then(|place| place.member(name).place()), parent: Some(live) };
            let owned = steps_of(owned, &Step::Key(name.clone()));
            match self.added(&path.key(name), below, member, &owned) {
                Some(added) => {
                    any = true;
                    kept.insert(name.clone(), added);
                }
                None if !alone && !is_of_controllers(&owned) => drop(kept.insert(name.clone(), member.clone())),
                None => {}
            }
        }
        let is_itself_added = members.is_empty() && told.iter().any(Owned::is_owner);
        (any || is_itself_added).then(|| live.with(Kind::Object(kept)))
    }

    fn added_items(
        &self,
        path: &AttributePath,
        spot: Spot<'a>,
        live: &'a Value,
        list: &'a [Value],
        owned: &[Owned<'a>],
        told: &[Owned<'a>],
    ) -> Option<Value> {
        let Some(steps) = items::steps(spot.place, list).filter(|steps| items::are_distinct(steps)) else {
            // Items that nothing tells apart are owned together.
            return told.iter().any(Owned::is_owner).then(|| live.clone());
        };
        let item = Spot { place: spot.place.and_then(|place| place.item()), parent: None };
        let kept = steps
            .iter()
            .zip(list)
            .filter_map(|(step, live)| self.added(&path.then(step.clone()), item, live, &steps_of(owned, step)));
        let kept: Vec<Value> = kept.collect();
        (!kept.is_empty()).then(|| live.with(Kind::List(kept)))
    }

    /// Whether it says something that a manager owns what nobody declares. What the deployer owns with server-side
    /// apply it applied; what it owns with an update may be what the server put there.
    fn tells(&self, owned: &Owned<'_>) -> bool {
        match owned.manager.class {
            ManagerClass::Human | ManagerClass::Unknown => true,
            ManagerClass::Controller => false,
            ManagerClass::Deployer => owned.manager.entry.operation == FieldOperation::Apply || !self.is_applied_known,
        }
    }
}

fn is_of_controllers(owned: &[Owned<'_>]) -> bool {
    !owned.is_empty() && owned.iter().all(|owned| owned.manager.class == ManagerClass::Controller)
}

fn steps_of<'a>(owned: &[Owned<'a>], step: &Step) -> Vec<Owned<'a>> {
    owned.iter().filter_map(|owned| owned.step(step)).collect()
}

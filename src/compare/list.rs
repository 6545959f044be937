//! Lists: which item of one side is which of the others.
//!
//! Order does not count unless a table says so. Items are found by their identity (a key, or for scalars the value),
//! then by being identical, then by greatest likeness.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::scalar::canonical;
use super::walk::{Manner, Three, Walk, is_scalar};
use crate::model::{AttributePath, Kind, Step, Value};
use crate::schema::{Order, Says};

/// Members that identify the items of a list wherever every item has one and no two have the same.
const KEY_NAMES: &[&str] =
    &["Key", "Name", "PolicyName", "DeviceName", "Id", "AttributeName", "IndexName", "name", "key"];

/// Beyond so many pairs of items only identical ones are found: likeness costs a comparison a pair.
const MAX_PAIRS: usize = 1024;

/// How items of a list are told apart.
#[derive(Clone, Copy, Debug)]
enum Identity {
    /// By position.
    Position,
    /// By value.
    Value,
    /// By members together.
    Members(&'static [&'static str]),
    /// By one member that is unique on every side.
    Member(&'static str),
    /// By nothing.
    Likeness,
}

/// One item from the three sides.
struct Slot<'v> {
    step: Step,
    identity: Option<String>,
    three: Three<'v>,
}

impl<'v> Slot<'v> {
    /// What the item is known as: as declared, else as applied.
    fn known(&self) -> Option<&'v Value> {
        self.three.declared.or(self.three.applied)
    }

    /// A declared item that found no counterpart, and what would identify it is not known.
    fn is_unidentified(&self) -> bool {
        let unclear = |declared: &Value| declared.as_object().is_some() && declared.has_unknown();
        self.three.live.is_none() && self.identity.is_none() && self.three.declared.is_some_and(unclear)
    }
}

/// How many items of each side may be the counterpart of one that is not known.
struct Excused {
    /// Declared members that only the deployment knows: as many live ones may be they.
    live: usize,
    /// Live members that could not be read: as many declared ones may be they.
    declared: usize,
}

impl Excused {
    fn of(slots: &[Slot<'_>]) -> Self {
        let count = |is: &dyn Fn(&Slot<'_>) -> bool| slots.iter().filter(|slot| is(slot)).count();
        Self {
            live: count(&|slot| slot.three.declared.is_some_and(Value::is_unknown) || slot.is_unidentified()),
            declared: count(&|slot| slot.three.live.is_some_and(Value::is_unknown) && slot.known().is_none()),
        }
    }

    /// Why nothing can be said about an item, if nothing can.
    fn reason(&mut self, slot: &Slot<'_>) -> Option<&'static str> {
        let (declared, live) = (slot.three.declared, slot.three.live);
        if slot.is_unidentified() {
            return Some("its identity is only known to the deployment");
        }
        if slot.known().is_none() && live.is_some_and(Value::is_unknown) {
            return Some("it could not be read");
        }
        // What was applied and is not declared any more may be what the deployment made of an unknown member, too.
        let left = if declared.is_some() { &mut self.declared } else { &mut self.live };
        if *left == 0 || (declared.is_some() && live.is_some()) || declared.is_some_and(Value::is_unknown) {
            return None;
        }
        *left -= 1;
        Some(if declared.is_some() {
            "it may be the member that could not be read"
        } else {
            "it may be the member that only the deployment knows"
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Applied,
    Live,
}

impl Walk<'_> {
    /// Compares lists; a side that is no list has no items.
    pub(super) fn list(&mut self, path: &AttributePath, manner: Manner, three: Three<'_>) {
        let identity = self.identity_of_items(path, manner, three);
        let slots = self.align(path, manner, identity, three);
        let mut excused = Excused::of(&slots);
        let open = self.is_open(path);
        for slot in &slots {
            let at = path.then(slot.step.clone());
            let live_only = slot.known().is_none();
            if let Some(reason) = excused.reason(slot) {
                self.unverifiable(&at, reason);
            } else if !live_only {
                self.node(&at, manner, slot.three);
            } else if !open && !self.is_filled_in(path, slot.three.live) {
                self.leaf(&at, manner, slot.three);
            } else if !open && !self.is_filled_in_at_default(path, slot.three.live) {
                self.leave_undeclared(&at, slot.three.live);
            }
        }
    }

    fn is_filled_in(&self, path: &AttributePath, item: Option<&Value>) -> bool {
        let Some(item) = item else { return false };
        self.facts.at(path).any(|says| match says {
            Says::FillsIn(filler) => filler.explains(item),
            Says::Appends(appended) => appended.explains(item),
            Says::Brings(brought) => brought.explains(item),
            _ => false,
        })
    }

    /// Whether the service added an item, and the table knows that it is at its default.
    fn is_filled_in_at_default(&self, path: &AttributePath, item: Option<&Value>) -> bool {
        let knows = |says| matches!((says, item), (Says::FillsIn(filler), Some(item)) if filler.knows(item));
        self.facts.at(path).any(knows)
    }

    fn identity_of_items(&self, path: &AttributePath, manner: Manner, three: Three<'_>) -> Identity {
        if manner == Manner::Document(Order::Kept) || self.facts.say(path, Says::Ordered) {
            return Identity::Position;
        }
        let sides: Vec<&[Value]> =
            [three.declared, three.applied, three.live].into_iter().flatten().filter_map(Value::as_list).collect();
        let all = |is: &dyn Fn(&Value) -> bool| sides.iter().copied().flatten().all(is);
        if all(&|item| item.is_unknown() || is_scalar(item)) {
            return Identity::Value;
        }
        if manner != Manner::Properties {
            return if sides.iter().all(|side| is_unique(side, "Sid", true)) {
                Identity::Member("Sid")
            } else {
                Identity::Likeness
            };
        }
        let table = self.facts.at(path).find_map(|says| match says {
            Says::KeyedBy(members) => Some(Identity::Members(members)),
            _ => None,
        });
        let convention = || KEY_NAMES.iter().find(|name| sides.iter().all(|side| is_unique(side, name, false)));
        table.or_else(|| convention().map(|name| Identity::Member(name))).unwrap_or(Identity::Likeness)
    }

    /// The text by which an item is found again, and the step that names it.
    fn identify(&self, path: &AttributePath, identity: Identity, at: usize, item: &Value) -> (Option<String>, Step) {
        let spelled = |path: &AttributePath, text: &str| canonical(&self.facts.at(path).collect::<Vec<_>>(), text);
        let index = Step::Index(at);
        let member_of = |name: &'static str| -> Option<String> {
            let member = path.then(Step::Index(at)).key(name);
            let default = || {
                self.facts.at(&member).find_map(|says| match says {
                    Says::Default(text) => Some(text.to_owned()),
                    _ => None,
                })
            };
            match item.get(name) {
                Some(value) => value.as_scalar_text().map(|text| spelled(&member, &text)),
                None => Some(default().unwrap_or_default()),
            }
        };
        match identity {
            _ if item.is_unknown() => (None, index),
            Identity::Position => (Some(at.to_string()), index),
            Identity::Value => match (&item.kind, item.as_scalar_text()) {
                (Kind::Sensitive(print), _) => (Some(print.to_string()), Step::Member(print.to_string())),
                (_, Some(text)) => (Some(spelled(&path.then(index), &text)), Step::Member(text)),
                (_, None) => (None, Step::Index(at)),
            },
            Identity::Member(name) => match item.get(name).and_then(Value::as_scalar_text) {
                Some(value) => (member_of(name), Step::Item { by: name.into(), value }),
                None => (None, index),
            },
            Identity::Members(names) => {
                let Some(texts) = names.iter().map(|name| member_of(name)).collect::<Option<Vec<_>>>() else {
                    return (None, index);
                };
                let present: Vec<(&str, String)> =
                    names.iter().filter_map(|name| Some((*name, item.get(name)?.as_scalar_text()?))).collect();
                let by: Vec<&str> = present.iter().map(|(name, _)| *name).collect();
                let values: Vec<&str> = present.iter().map(|(_, value)| value.as_str()).collect();
                if present.is_empty() {
                    return (None, index);
                }
                (Some(texts.join("\0")), Step::Item { by: by.join(","), value: values.join(",") })
            }
            Identity::Likeness => (None, index),
        }
    }

    fn align<'v>(&self, path: &AttributePath, manner: Manner, identity: Identity, three: Three<'v>) -> Vec<Slot<'v>> {
        let mut slots: Vec<Slot<'v>> = Vec::new();
        let declared = three.declared.and_then(Value::as_list).unwrap_or(&[]);
        for (at, item) in declared.iter().enumerate() {
            let (identity, step) = self.identify(path, identity, at, item);
            slots.push(Slot { step, identity, three: Three { declared: Some(item), applied: None, live: None } });
        }
        // The base is most often the declaration itself; then every item is its own.
        let applied = three.applied.and_then(Value::as_list).unwrap_or(&[]);
        if std::ptr::eq(applied, declared) || applied == declared {
            slots.iter_mut().for_each(|slot| slot.three.applied = slot.three.declared);
        } else {
            self.place(path, manner, identity, &mut slots, applied, Side::Applied);
            if applied.iter().any(Value::is_unknown) {
                slots.iter_mut().for_each(|slot| slot.three.applied = slot.known());
            }
        }
        let live = three.live.and_then(Value::as_list).unwrap_or(&[]);
        self.place(path, manner, identity, &mut slots, live, Side::Live);
        let mut taken = BTreeSet::new();
        for (at, slot) in slots.iter_mut().enumerate() {
            if !taken.insert(slot.step.clone()) {
                slot.step = Step::Index(at);
            }
        }
        slots
    }

    /// Puts the items of one side into the slots they belong to, and the rest into new ones.
    fn place<'v>(
        &self,
        path: &AttributePath,
        manner: Manner,
        identity: Identity,
        slots: &mut Vec<Slot<'v>>,
        items: &'v [Value],
        side: Side,
    ) {
        let mut free: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (at, slot) in slots.iter().enumerate() {
            let name = slot.identity.clone().or_else(|| slot.known().map(exact_text));
            if let Some(name) = name {
                free.entry(name).or_default().push_back(at);
            }
        }
        let mut filled = BTreeSet::new();
        let mut left = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let (name, step) = self.identify(path, identity, at, item);
            let namesakes = free.get_mut(&name.clone().unwrap_or_else(|| exact_text(item)));
            // Where several have one name, each finds the one that it equals, if there is one.
            let found = namesakes.and_then(|slots_of_name| {
                let equals = |at: &usize| slots.get(*at).and_then(Slot::known) == Some(item);
                let equal = if slots_of_name.len() > 1 { slots_of_name.iter().position(equals) } else { None };
                slots_of_name.remove(equal.unwrap_or(0))
            });
            match found {
                Some(slot) => {
                    filled.insert(slot);
                    put(slots, slot, item, side);
                }
                None => left.push((name, step, item)),
            }
        }
        let open: Vec<usize> = (0..slots.len()).filter(|at| !filled.contains(at)).collect();
        let pairs = self.pair(path, manner, identity, slots, &open, &left);
        for (position, (name, step, item)) in left.into_iter().enumerate() {
            match pairs.get(&position) {
                Some(slot) => put(slots, *slot, item, side),
                None => {
                    let step = if matches!(step, Step::Index(_)) { Step::Index(slots.len()) } else { step };
                    let (applied, live) = match side {
                        Side::Applied => (Some(item), None),
                        Side::Live => (None, Some(item)),
                    };
                    slots.push(Slot { step, identity: name, three: Three { declared: None, applied, live } });
                }
            }
        }
    }

    /// Which of the items that are left belongs to which of the open slots: the likest first.
    fn pair(
        &self,
        path: &AttributePath,
        manner: Manner,
        identity: Identity,
        slots: &[Slot<'_>],
        open: &[usize],
        left: &[(Option<String>, Step, &Value)],
    ) -> BTreeMap<usize, usize> {
        if matches!(identity, Identity::Position) || open.len().saturating_mul(left.len()) > MAX_PAIRS {
            return BTreeMap::new();
        }
        let alone = open.len() == 1 && left.len() == 1;
        let has = |item: &Value, name: &str| item.get(name).is_some();
        let mut scores = Vec::new();
        for slot in open {
            let Some((at, known)) = slots.get(*slot).and_then(|found| Some((found, found.known()?))) else { continue };
            // What is not known is like everything; it takes what is left over at the end.
            let candidates =
                left.iter().enumerate().filter(|(_, (_, _, item))| !known.is_unknown() && !item.is_unknown());
            for (position, (name, _, item)) in candidates {
                let place = path.then(at.step.clone());
                let both_named = at.identity.is_some() && name.is_some();
                let likeness = match identity {
                    Identity::Value => self.same(&place, manner, Some(known), Some(item)).holds().then_some(ALIKE),
                    Identity::Members(names) if names.iter().any(|name| has(known, name) || has(item, name)) => {
                        self.same_key(&place, manner, names, known, item)
                    }
                    _ if both_named => None,
                    _ => self.likeness(&place, manner, known, item, alone),
                };
                scores.extend(likeness.map(|score| (std::cmp::Reverse(score), *slot, position)));
            }
        }
        scores.sort_unstable();
        let (mut pairs, mut taken) = (BTreeMap::new(), BTreeSet::new());
        for (_, slot, position) in scores {
            if !pairs.contains_key(&position) && taken.insert(slot) {
                pairs.insert(position, slot);
            }
        }
        pairs
    }

    /// Two items whose keys are the same by a rule, or as far as they are known.
    fn same_key(
        &self,
        path: &AttributePath,
        manner: Manner,
        names: &[&'static str],
        known: &Value,
        item: &Value,
    ) -> Option<usize> {
        let mut agreed = 0;
        for name in names {
            let (written, read) = (known.get(name), item.get(name));
            if written.is_some_and(Value::is_unknown) || read.is_some_and(Value::is_unknown) {
                // An unknown member stands for one that is there.
                if written.is_none() || read.is_none() {
                    return None;
                }
                continue;
            }
            if !self.same(&path.key(name), manner, written, read).holds() {
                return None;
            }
            agreed += usize::from(written.is_some());
        }
        (agreed > 0 || names.len() == 1).then_some(agreed)
    }

    /// How much of an item is found in another, in thousandths; `None`: nothing.
    fn likeness(
        &self,
        path: &AttributePath,
        manner: Manner,
        known: &Value,
        item: &Value,
        alone: bool,
    ) -> Option<usize> {
        if is_scalar(known) || is_scalar(item) {
            return None;
        }
        if self.probing {
            return at_a_glance(known, item).filter(|score| *score > 0 || alone);
        }
        let found = self.probe(path, manner, known, Some(item));
        let (same, different) = (found.in_sync.len() + found.unverifiable.len(), found.attributes.len());
        (same > 0 || alone).then(|| ALIKE * same / (same + different).max(1))
    }
}

/// How many members of an item are identical in another, in thousandths.
fn at_a_glance(known: &Value, item: &Value) -> Option<usize> {
    let members = known.as_object()?;
    let same = members.iter().filter(|(key, member)| item.get(key) == Some(*member)).count();
    Some(ALIKE * same / members.len().max(1))
}

/// Likeness of items that do not differ.
const ALIKE: usize = 1000;

fn put<'v>(slots: &mut [Slot<'v>], at: usize, item: &'v Value, side: Side) {
    if let Some(slot) = slots.get_mut(at) {
        match side {
            Side::Applied => slot.three.applied = Some(item),
            Side::Live => slot.three.live = Some(item),
        }
    }
}

/// By which identical items find each other.
fn exact_text(item: &Value) -> String {
    format!("\u{1}{}", item.to_json())
}

/// Whether a member tells the items of a side apart; `gaps`: items without it are tolerated.
/// What is not known does not count against it.
fn is_unique(items: &[Value], name: &str, gaps: bool) -> bool {
    let mut seen = BTreeSet::new();
    items.iter().all(|item| match item.get(name).map(|member| (member, member.as_scalar_text())) {
        Some((_, Some(text))) => seen.insert(text),
        Some((member, None)) => member.is_unknown(),
        None => gaps || item.is_unknown(),
    })
}

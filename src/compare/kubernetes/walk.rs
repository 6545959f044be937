//! The walk over the three sides of an object at once.

use std::collections::BTreeSet;

use super::ownership::{self, Judged, Meaning};
use super::wholes::{Spot, Wholes};
use super::{Subject, items};
use crate::compare::scalar::Sameness;
use crate::compare::{Comparison, RuleId};
use crate::model::{AttributeDrift, AttributePath, Basis, Kind, Standing, Step, Value};
use crate::schema::kubernetes::{Holds, ListKind, Member, Place};

/// One attribute from the three sides; `None`: not there.
#[derive(Clone, Copy, Debug)]
struct Three<'a> {
    declared: Option<&'a Value>,
    applied: Option<&'a Value>,
    live: Option<&'a Value>,
}

impl<'a> Three<'a> {
    fn map(self, part: impl Fn(&'a Value) -> Option<&'a Value>) -> Self {
        let side = |value: Option<&'a Value>| value.and_then(&part);
        Self { declared: side(self.declared), applied: side(self.applied), live: side(self.live) }
    }

    fn sides(self) -> impl Iterator<Item = &'a Value> {
        [self.declared, self.applied, self.live].into_iter().flatten()
    }
}

struct Walk<'a> {
    subject: &'a Subject<'a>,
    found: Comparison,
}

/// Deeper than any object; below, values are compared as wholes.
const MAX_DEPTH: usize = 48;

/// Compares a subject from its root.
pub(super) fn run(subject: &Subject<'_>) -> Comparison {
    let mut walk = Walk { subject, found: Comparison::default() };
    let applied = Some(subject.base.applied().unwrap_or(subject.declared));
    let three = Three { declared: Some(subject.declared), applied, live: Some(subject.live) };
    let spot = Spot { place: subject.schema.and_then(|schema| schema.root()), parent: None };
    walk.node(&AttributePath::root(), spot, three);
    walk.found
}

impl<'a> Walk<'a> {
    fn node(&mut self, path: &AttributePath, spot: Spot<'a>, mut three: Three<'a>) {
        for side in [three.declared, three.live].into_iter().flatten() {
            if let Kind::Unknown(unknown) = &side.kind {
                return self.unverifiable(path, &unknown.reason);
            }
        }
        if three.applied.is_some_and(Value::is_unknown) {
            three.applied = three.declared;
        }
        let is_atomic = spot.place.is_some_and(|place| place.is_atomic());
        let all = |is: fn(&Value) -> bool| three.sides().all(is) && path.steps().len() < MAX_DEPTH;
        let both = three.declared.is_some() && three.live.is_some();
        let said = self.said();
        if !is_atomic && all(|value| value.as_object().is_some()) && (both || is_walked_alone(path, spot.place)) {
            self.members(path, spot, three);
        } else if !is_atomic
            && (both || self.has_own_items(path, spot, three))
            && all(|value| value.as_list().is_some())
        {
            self.items(path, spot, three);
        } else {
            return self.leaf(path, spot, three);
        }
        // Declared without members, and there.
        if let (Some(declared), true) = (three.declared, both && !path.is_root() && self.said() == said) {
            self.found.in_sync.push((path.clone(), declared.clone()));
        }
    }

    fn said(&self) -> usize {
        let Comparison { attributes, in_sync, unverifiable, controlled, .. } = &self.found;
        attributes.len() + in_sync.len() + unverifiable.len() + controlled.len()
    }

    fn members(&mut self, path: &AttributePath, spot: Spot<'a>, three: Three<'a>) {
        let names: BTreeSet<&str> =
            three.sides().filter_map(Value::as_object).flatten().map(|(name, _)| &**name).collect();
        for name in names {
            let member = spot.place.map(|place| place.member(name));
            let path = path.key(name);
            let below = Spot { place: member.and_then(Member::place), parent: three.live };
            let three = three.map(|value| value.get(name));
            match (three.declared, three.live) {
                (Some(_), None) if matches!(member, Some(Member::NoSuch)) => self.unverifiable(&path, NO_SUCH_FIELD),
                _ => self.node(&path, below, three),
            }
        }
    }

    fn items(&mut self, path: &AttributePath, spot: Spot<'a>, three: Three<'a>) {
        let item = Spot { place: spot.place.and_then(|place| place.item()), parent: None };
        let list = |value: Option<&'a Value>| value.and_then(Value::as_list).unwrap_or_default();
        let [declared, applied, live] = [three.declared, three.applied, three.live].map(list);
        let steps = [declared, applied, live].map(|side| items::steps(spot.place, side));
        let [Some(in_declared), Some(in_applied), Some(in_live)] = &steps else {
            return self.leaf(path, spot, three);
        };
        if ![in_declared, in_applied, in_live].into_iter().all(|steps| items::are_distinct(steps)) {
            self.unverifiable(path, DUPLICATES);
            return self.by_position(path, item, [declared, applied, live]);
        }
        // In the order of the declaration, then what it lacks.
        let mut all: Vec<&Step> = in_declared.iter().collect();
        let known: BTreeSet<&Step> = in_declared.iter().collect();
        let rest: BTreeSet<&Step> = in_applied.iter().chain(in_live).filter(|step| !known.contains(step)).collect();
        all.extend(rest);
        let find = |steps: &[Step], side: &'a [Value], step: &Step| {
            steps.iter().position(|known| known == step).and_then(|at| side.get(at))
        };
        for step in all {
            let three = Three {
                declared: find(in_declared, declared, step),
                applied: find(in_applied, applied, step),
                live: find(in_live, live, step),
            };
            self.node(&path.then(step.clone()), item, three);
        }
    }

    fn by_position(&mut self, path: &AttributePath, item: Spot<'a>, [declared, applied, live]: [&'a [Value]; 3]) {
        for at in 0..declared.len().max(applied.len()).max(live.len()) {
            let three = Three { declared: declared.get(at), applied: applied.get(at), live: live.get(at) };
            self.node(&path.then(Step::Index(at)), item, three);
        }
    }

    /// One attribute as a whole: a scalar, what is owned as a whole, or something of which a side is missing.
    fn leaf(&mut self, path: &AttributePath, spot: Spot<'a>, three: Three<'a>) {
        let Three { declared, applied, live } = three;
        if let (Some(declared), Some(live)) = (declared, live)
            && is_secret(declared) != is_secret(live)
        {
            return self.unverifiable(path, "a secret on one side only");
        }
        if let Some(reason) = [declared, applied].into_iter().flatten().find_map(first_unknown) {
            return self.unverifiable(path, &reason);
        }
        let no_base = same_place(declared, applied);
        let declared_live = self.same(path, spot, declared, live);
        let applied_live = if no_base { declared_live } else { self.same(path, spot, applied, live) };
        let declared_applied = no_base || self.agree(path, spot, declared, applied);
        let standing = match (declared_live.holds(), declared_applied, applied_live.holds()) {
            (true, true, _) | (true, _, true) => Standing::InSync,
            (true, false, false) => Standing::Codified,
            (false, true, _) => Standing::Drifted,
            (false, false, true) => Standing::Pending,
            (false, false, false) => Standing::Conflict,
        };
        if standing == Standing::InSync {
            if let Some(value) = declared.or(applied) {
                self.found.in_sync.push((path.clone(), value.clone()));
                self.found.suppressed.extend(declared_live.rule().map(|rule| (path.clone(), rule)));
            }
            return;
        }
        let drift = AttributeDrift {
            path: path.clone(),
            declared: declared.cloned(),
            applied: applied.cloned(),
            live: live.cloned(),
            standing,
            basis: Basis::Declaration,
            note: None,
        };
        let Judged { meaning, note } = ownership::judge(self.subject, &drift);
        let note = note.or_else(|| self.subject.base.note(path).map(str::to_owned));
        let standing = if meaning == Meaning::Pending { Standing::Pending } else { standing };
        let is_controlled = meaning == Meaning::Controlled;
        let list = if is_controlled { &mut self.found.controlled } else { &mut self.found.attributes };
        list.push(AttributeDrift { note, standing, ..drift });
    }

    fn unverifiable(&mut self, path: &AttributePath, reason: &str) {
        self.found.unverifiable.push((path.clone(), reason.to_owned()));
    }

    fn wholes(&self, path: &AttributePath) -> Wholes<'a> {
        Wholes {
            resource_type: self.subject.resource_type,
            to_the_letter: ownership::is_set_by_hand(self.subject.owners, path),
        }
    }

    /// Whether what was written and what is live are the same.
    fn same(&self, path: &AttributePath, spot: Spot<'a>, written: Option<&Value>, live: Option<&'a Value>) -> Sameness {
        let wholes = self.wholes(path);
        let holds = |holds: bool| match holds {
            true => Sameness::By(RuleId::EmptyIsAbsent),
            false => Sameness::Different,
        };
        match (written, live) {
            (None, None) => Sameness::Exact,
            (Some(written), None) => holds(wholes.is_as_absent(spot.place, written)),
            // What is only live was added; what the server puts there was left out when the object was cut.
            (None, Some(live)) => holds(wholes.is_default(spot, live, 0)),
            (Some(written), Some(live)) => wholes.same(path, spot, written, live),
        }
    }

    /// Whether the items of a list are attributes of their own though one side has none of it: where keys tell them
    /// apart, and it is not as a whole what the server puts there.
    fn has_own_items(&self, path: &AttributePath, spot: Spot<'a>, three: Three<'a>) -> bool {
        let kind = spot.place.map(|place| place.holds());
        let tells_apart = matches!(kind, Some(Holds::List(ListKind::Keyed(_) | ListKind::Set)));
        let is_servers = three
            .live
            .filter(|_| three.declared.is_none())
            .is_some_and(|live| self.wholes(path).is_default(spot, live, 0));
        // One without items says something as a whole, if anything.
        tells_apart && !is_servers && three.sides().all(|value| !value.is_empty())
    }

    /// Whether two declarations say the same.
    fn agree(&self, path: &AttributePath, spot: Spot<'a>, one: Option<&'a Value>, other: Option<&'a Value>) -> bool {
        let spot = Spot { place: spot.place, parent: None };
        self.same(path, spot, one, other).holds() || self.same(path, spot, other, one).holds()
    }
}

const NO_SUCH_FIELD: &str = "the server's schema has no such field";
const DUPLICATES: &str = "several items have the same key; they are compared by their position";

/// Whether the members of an object are attributes of their own though the declaration has none of it, or nothing is
/// left of it: those of free maps, such as labels, and what every object has.
pub(super) fn is_walked_alone(path: &AttributePath, place: Option<Place<'_>>) -> bool {
    let is_map = place.is_some_and(|place| place.holds() == Holds::Map);
    let is_metadata = place.and_then(|place| place.definition()).is_some_and(|name| name.ends_with(".ObjectMeta"));
    let without_schema = match path.steps() {
        [Step::Key(first)] => first == "metadata",
        [Step::Key(first), Step::Key(second)] => first == "metadata" && matches!(&**second, "labels" | "annotations"),
        _ => false,
    };
    is_map || is_metadata || without_schema
}

fn same_place(one: Option<&Value>, other: Option<&Value>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if std::ptr::eq(one, other))
}

fn is_secret(value: &Value) -> bool {
    matches!(value.kind, Kind::Sensitive(_))
}

/// Why a part of a value that is compared as a whole is not known.
fn first_unknown(value: &Value) -> Option<std::sync::Arc<str>> {
    match &value.kind {
        Kind::Unknown(unknown) => Some(unknown.reason.clone()),
        Kind::List(items) => items.iter().find_map(first_unknown),
        Kind::Object(members) => members.values().find_map(first_unknown),
        _ => None,
    }
}

//! Whether two values that are one attribute are the same, and whether a value is nobody's: what the server puts where
//! nothing was written.

use super::spelling::{self, is_zero};
use crate::compare::RuleId;
use crate::compare::scalar::Sameness;
use crate::model::{AttributePath, Kind, ResourceType, Step, Value};
use crate::schema::kubernetes::{Holds, Leaf, ListKind, Member, Place, Said, is_duration, takes_any_order};

/// Deeper than any object.
const MAX_DEPTH: usize = 64;

/// A value, the object that it is a member of, and its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot<'a> {
    pub(super) place: Option<Place<'a>>,
    /// The object on the live side of which this is a member.
    pub(super) parent: Option<&'a Value>,
}

/// The rules for one type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wholes<'a> {
    pub(super) resource_type: &'a ResourceType,
    /// Whether members that only the second of two values has count though no schema tells of them: somebody by hand
    /// wrote the whole.
    pub(super) to_the_letter: bool,
}

impl<'a> Wholes<'a> {
    /// Compares what was written with what is live. Of a value that is owned as a whole every member counts, except
    /// for what the server puts there.
    pub(super) fn same(&self, path: &AttributePath, spot: Spot<'a>, written: &Value, live: &'a Value) -> Sameness {
        if written == live {
            return Sameness::Exact;
        }
        if is_scalar(written) && is_scalar(live) {
            return self.scalars(path, spot, written, live);
        }
        match self.alike(path, spot, written, live, 0) {
            true => Sameness::By(RuleId::Spelling),
            false => Sameness::Different,
        }
    }

    fn scalars(&self, path: &AttributePath, spot: Spot<'a>, written: &Value, live: &'a Value) -> Sameness {
        let leaf = spot.place.and_then(|place| match place.holds() {
            Holds::Leaf(leaf) => Some(leaf),
            _ => None,
        });
        // A path of an extension is known to be a duration whether or not there is a schema.
        let is_duration = is_duration(self.resource_type.as_str(), path);
        let found = spelling::same(leaf.or(is_duration.then_some(Leaf::Plain)), is_duration, written, live);
        if found.holds() || !spot.place.is_some_and(|place| place.is_filled_when_zero()) || !is_zero(written) {
            return found;
        }
        match spot.place.and_then(|place| place.said()) {
            Some(Said::Assigned) => Sameness::By(RuleId::Resolved),
            _ if self.is_default(spot, live, 0) => Sameness::By(RuleId::Default),
            _ => found,
        }
    }

    fn alike(&self, path: &AttributePath, spot: Spot<'a>, written: &Value, live: &'a Value, depth: usize) -> bool {
        if written == live {
            return true;
        }
        match (&written.kind, &live.kind) {
            _ if depth == MAX_DEPTH => false,
            (Kind::Object(ours), Kind::Object(theirs)) => {
                let member = |name: &str| Spot {
                    place: spot.place.and_then(|place| place.member(name).place()),
                    parent: Some(live),
                };
                let filled = spot.place.and_then(|place| limits_filled(place, written));
                let ours = filled.as_ref().unwrap_or(ours);
                let written_is_there = ours.iter().all(|(name, value)| match theirs.get(name) {
                    Some(live) => self.alike(&path.key(name), member(name), value, live, depth + 1),
                    None => self.is_as_absent(member(name).place, value),
                });
                let mut only_live = theirs.iter().filter(|(name, _)| !ours.contains_key(*name));
                written_is_there
                    && only_live.all(|(name, value)| match spot.place.map(|place| place.member(name)) {
                        Some(Member::Known(_)) => self.is_default_or_assigned(member(name), value),
                        Some(Member::Open) if matches!(&**name, "apiVersion" | "kind" | "status") => true,
                        _ => !self.to_the_letter,
                    })
            }
            (Kind::List(ours), Kind::List(theirs)) => self.lists(path, spot, ours, theirs, depth),
            _ if is_scalar(written) && is_scalar(live) => self.scalars(path, spot, written, live).holds(),
            _ => false,
        }
    }

    fn lists(&self, path: &AttributePath, spot: Spot<'a>, ours: &[Value], theirs: &'a [Value], depth: usize) -> bool {
        let spot = Spot { place: spot.place, parent: None };
        let item = Spot { place: spot.place.and_then(|place| place.item()), parent: None };
        if ours.len() != theirs.len() {
            return false;
        }
        let in_order = match spot.place.map(|place| place.holds()) {
            Some(Holds::List(ListKind::Keyed(_) | ListKind::Set)) => false,
            _ => !takes_any_order(self.resource_type.as_str(), path),
        };
        let at = path.then(Step::Index(0));
        if in_order {
            return ours.iter().zip(theirs).all(|(ours, live)| self.alike(&at, item, ours, live, depth + 1));
        }
        // Each takes the first that is like it: likeness is nearly always identity, so no choice can be wrong.
        let mut left: Vec<&Value> = theirs.iter().collect();
        ours.iter().all(|ours| {
            let found = left.iter().position(|live| self.alike(&at, item, ours, live, depth + 1));
            found.map(|found| left.swap_remove(found)).is_some()
        })
    }

    /// Whether a value that was written stands for the same as its absence.
    pub(super) fn is_as_absent(&self, place: Option<Place<'_>>, value: &Value) -> bool {
        let Some(place) = place else { return value.kind == Kind::Null };
        let is_metadata = place.definition().is_some_and(|name| name.ends_with(".ObjectMeta"));
        match &value.kind {
            Kind::Null => true,
            // A pointer to nothing written (`emptyDir: {}`) is kept by the server, and says something.
            Kind::Object(members) if !members.is_empty() => {
                is_metadata && members.iter().all(|(name, value)| self.is_as_absent(place.member(name).place(), value))
            }
            _ if is_metadata => value.is_empty(),
            _ => place.is_dropped_when_zero() && is_zero(value) && !has_other_default(place),
        }
    }

    /// Whether a live value that nobody wrote is what the server puts there.
    pub(super) fn is_default(&self, spot: Spot<'a>, live: &'a Value, depth: usize) -> bool {
        let Some(place) = spot.place.filter(|_| depth < MAX_DEPTH) else { return false };
        let text = |expect: &str| live.as_str() == Some(expect);
        let said = match place.said() {
            Some(Said::Text(expect)) => text(expect),
            Some(Said::Number(expect)) => {
                matches!(&live.kind, Kind::Number(number) if number.as_i64() == Some(*expect))
            }
            Some(Said::Flag(expect)) => live.kind == Kind::Bool(*expect),
            Some(Said::Only(expect)) => {
                matches!(live.as_list(), Some([only]) if only.as_str() == Some(expect))
            }
            Some(Said::Empty) => live.is_empty(),
            Some(Said::As(field)) => spot.parent.and_then(|parent| parent.get(field)) == Some(live),
            Some(Said::PullPolicy) => text(pull_policy(spot.parent)),
            Some(Said::SubjectGroup) => text(subject_group(spot.parent)),
            Some(Said::Assigned) | None => false,
        };
        if said || place.default() == Some(live) || self.is_as_absent(Some(place), live) {
            return true;
        }
        match &live.kind {
            Kind::Object(members) if !members.is_empty() && !place.is_atomic() => {
                members.iter().all(|(name, value)| {
                    let member = Spot { place: place.member(name).place(), parent: Some(live) };
                    self.is_default(member, value, depth + 1)
                })
            }
            _ => false,
        }
    }

    fn is_default_or_assigned(&self, spot: Spot<'a>, live: &'a Value) -> bool {
        spot.place.is_some_and(|place| place.said() == Some(&Said::Assigned)) || self.is_default(spot, live, 0)
    }
}

/// Whether something that is not zero comes where nothing is written.
fn has_other_default(place: Place<'_>) -> bool {
    let said = match place.said() {
        None | Some(Said::Assigned | Said::Empty) => false,
        Some(Said::Text(text)) => !text.is_empty(),
        Some(Said::Number(number)) => *number != 0,
        Some(Said::Flag(flag)) => *flag,
        Some(Said::Only(_) | Said::As(_) | Said::PullPolicy | Said::SubjectGroup) => true,
    };
    said || place.default().is_some_and(|default| !is_zero(default))
}

/// <https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting>
fn pull_policy(container: Option<&Value>) -> &'static str {
    let image = container.and_then(|container| container.get("image")).and_then(Value::as_str).unwrap_or_default();
    let (name, has_digest) = image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    match tag {
        Some("latest") => "Always",
        None if !has_digest => "Always",
        _ => "IfNotPresent",
    }
}

fn subject_group(subject: Option<&Value>) -> &'static str {
    match subject.and_then(|subject| subject.get("kind")).and_then(Value::as_str) {
        Some("User" | "Group") => "rbac.authorization.k8s.io",
        _ => "",
    }
}

/// A limit of containers as the server completes it: what has a maximum and no default has that for a default, and a
/// request by default is the default, else the minimum (`SetDefaults_LimitRangeItem`).
fn limits_filled(place: Place<'_>, item: &Value) -> Option<std::collections::BTreeMap<String, Value>> {
    let of_containers = item.get("type").and_then(Value::as_str) == Some("Container");
    if !of_containers || place.definition() != Some("io.k8s.api.core.v1.LimitRangeItem") {
        return None;
    }
    let mut members = item.as_object()?.clone();
    for (into, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
        let Some(source) = members.get(from).and_then(Value::as_object).cloned() else { continue };
        let target = members.entry(into.to_owned()).or_insert_with(|| Value::object::<String>([]));
        if let Kind::Object(target) = &mut target.kind {
            for (resource, amount) in source {
                target.entry(resource).or_insert(amount);
            }
        }
    }
    Some(members)
}

pub(super) fn is_scalar(value: &Value) -> bool {
    !matches!(value.kind, Kind::List(_) | Kind::Object(_))
}

//! `metadata.managedFields`: which client set which fields of a Kubernetes object, and roughly when.
//!
//! Pure. The format is that of structured-merge-diff
//! (<https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>): a tree whose steps are
//! `f:name` for a field, `k:{…}` for the item of a list with these keys, `v:…` for a member of a set, `i:n` for a
//! position; a step without anything below it is owned as a whole, and `.` says that an item is owned as such.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::model::{AttributePath, FieldOperation, Step};

/// Paths of fields, as a tree. Keys of list items stand in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Whether this field itself is in the set, not only some below it.
    is_member: bool,
    below: BTreeMap<Step, FieldSet>,
}

/// What one manager set with one kind of write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerEntry {
    /// The manager's name.
    pub manager: String,
    /// How it wrote.
    pub operation: FieldOperation,
    /// The version in which the fields are named.
    pub api_version: String,
    /// When it last added or changed a field that it owns; writes through `scale` leave none.
    pub at: Option<Timestamp>,
    /// The part of the API that it used, where that is not the object itself: `status`, `scale`.
    pub subresource: Option<String>,
    /// What it owns.
    pub fields: FieldSet,
}

/// A field set that is larger or deeper than one of an object can be: an object has at most 1.5 MB, and what is read
/// here came from a server that may be anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a field set of more than {MAX_FIELDS} fields or {MAX_DEPTH} levels, or one that is none")]
pub struct NoFieldSet;

const MAX_DEPTH: usize = 128;
const MAX_FIELDS: usize = 200_000;

/// The entries of an object's `metadata.managedFields`. An entry that cannot be read is left out: its fields then have
/// no owner, and what has no owner is nobody's excuse.
pub fn entries(object: &Json) -> Vec<ManagerEntry> {
    let entries = object.pointer("/metadata/managedFields").and_then(Json::as_array);
    entries.into_iter().flatten().filter_map(entry).collect()
}

fn entry(json: &Json) -> Option<ManagerEntry> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    Some(ManagerEntry {
        manager: text("manager").unwrap_or_default().to_owned(),
        operation: match text("operation")? {
            "Apply" => FieldOperation::Apply,
            "Update" => FieldOperation::Update,
            _ => return None,
        },
        api_version: text("apiVersion").unwrap_or_default().to_owned(),
        at: text("time").and_then(|time| time.parse().ok()),
        subresource: text("subresource").filter(|subresource| !subresource.is_empty()).map(str::to_owned),
        fields: FieldSet::parse(json.get("fieldsV1")?).ok()?,
    })
}

impl FieldSet {
    /// Reads `fieldsV1`.
    ///
    /// # Errors
    /// What is no field set, or is too large to be one.
    pub fn parse(json: &Json) -> Result<Self, NoFieldSet> {
        let mut left = MAX_FIELDS;
        let mut set = read(json, 0, &mut left)?;
        // The object itself is not a field of it.
        set.is_member = false;
        Ok(set)
    }

    /// A set of these fields.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a AttributePath>) -> Self {
        let mut set = Self::default();
        for path in paths {
            let mut at = &mut set;
            for step in path.steps() {
                at = at.below.entry(step.clone()).or_default();
            }
            at.is_member = true;
        }
        set
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        !self.is_member && self.below.values().all(Self::is_empty)
    }

    /// Whether this field itself is in the set.
    pub fn is_member(&self) -> bool {
        self.is_member
    }

    /// Whether nothing below this field is in the set: it is a leaf, or owned as a whole.
    pub fn is_leaf(&self) -> bool {
        self.below.is_empty()
    }

    /// What is in the set below a step.
    pub fn step(&self, step: &Step) -> Option<&Self> {
        self.below.get(step)
    }

    /// The steps from here, and what is in the set below each.
    pub fn steps(&self) -> impl Iterator<Item = (&Step, &Self)> {
        self.below.iter()
    }

    /// Whether a field is in the set, itself or as a part of one that is owned as a whole.
    pub fn contains(&self, path: &AttributePath) -> bool {
        let mut at = self;
        for step in path.steps() {
            match at.below.get(step) {
                Some(next) => at = next,
                None => return at.is_member && at.is_leaf(),
            }
        }
        at.is_member
    }

    /// Whether a field, a part of it, or what it is a part of and is owned as a whole is in the set.
    pub fn touches(&self, path: &AttributePath) -> bool {
        let mut at = self;
        for step in path.steps() {
            match at.below.get(step) {
                Some(next) => at = next,
                None => return at.is_member && at.is_leaf(),
            }
        }
        !at.is_empty()
    }

    /// What is in either.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.is_member |= other.is_member;
        for (step, theirs) in &other.below {
            let ours = self.below.remove(step).unwrap_or_default();
            self.below.insert(step.clone(), ours.union(theirs));
        }
        self
    }

    /// What is in this and not in the other, field by field.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let below = self.below.iter().filter_map(|(step, ours)| {
            let left = match other.below.get(step) {
                Some(theirs) => ours.difference(theirs),
                None => ours.clone(),
            };
            (!left.is_empty()).then(|| (step.clone(), left))
        });
        Self { is_member: self.is_member && !other.is_member, below: below.collect() }
    }

    /// How many fields are in it.
    pub fn size(&self) -> usize {
        usize::from(self.is_member) + self.below.values().map(Self::size).sum::<usize>()
    }

    /// The fields without others below them, in order.
    pub fn leaves(&self) -> Vec<AttributePath> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect(&self, way: &mut Vec<Step>, found: &mut Vec<AttributePath>) {
        if self.is_member && self.is_leaf() {
            found.push(way.iter().cloned().collect());
        }
        for (step, below) in &self.below {
            way.push(step.clone());
            below.collect(way, found);
            way.pop();
        }
    }
}

fn read(json: &Json, depth: usize, left: &mut usize) -> Result<FieldSet, NoFieldSet> {
    let members = json.as_object().filter(|_| depth < MAX_DEPTH).ok_or(NoFieldSet)?;
    let mut set = FieldSet { is_member: members.is_empty() || members.contains_key("."), below: BTreeMap::new() };
    for (name, below) in members.iter().filter(|(name, _)| *name != ".") {
        *left = left.checked_sub(1).ok_or(NoFieldSet)?;
        set.below.insert(step(name).ok_or(NoFieldSet)?, read(below, depth + 1, left)?);
    }
    Ok(set)
}

fn step(name: &str) -> Option<Step> {
    let (form, content) = name.split_once(':')?;
    match form {
        "f" => Some(Step::Key(content.to_owned())),
        "k" => {
            let keys: BTreeMap<String, Json> = serde_json::from_str(content).ok()?;
            let values: Vec<String> = keys.values().map(scalar_text).collect();
            Some(Step::Item { by: keys.into_keys().collect::<Vec<_>>().join(","), value: values.join(",") })
        }
        "v" => Some(Step::Member(scalar_text(&serde_json::from_str(content).ok()?))),
        "i" => content.parse().ok().map(Step::Index),
        _ => None,
    }
}

fn scalar_text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> AttributePath {
        text.parse().unwrap()
    }

    fn set(json: Json) -> FieldSet {
        FieldSet::parse(&json).unwrap()
    }

    #[test]
    fn each_form_of_a_step_is_a_step_of_a_path() {
        let check = |fields: Json, expect: &[&str]| {
            let found: Vec<String> = set(fields).leaves().iter().map(ToString::to_string).collect();
            assert_eq!(found, expect);
        };
        check(json!({"f:spec": {"f:replicas": {}}}), &["spec.replicas"]);
        check(
            json!({"f:metadata": {"f:labels": {".": {}, "f:app.kubernetes.io/name": {}}}}),
            &["metadata.labels[\"app.kubernetes.io/name\"]"],
        );
        check(
            json!({"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}}}}),
            &["containers[name=web].image"],
        );
        check(
            json!({"f:ports": {"k:{\"protocol\":\"TCP\",\"containerPort\":80}": {".": {}, "f:name": {}}}}),
            &["ports[containerPort,protocol=80,TCP].name"],
        );
        check(json!({"f:finalizers": {".": {}, "v:\"a.io/b\"": {}}}), &["finalizers[a.io/b]"]);
        check(json!({"f:numbers": {"v:8": {}, "i:3": {}}}), &["numbers[=8]", "numbers[3]"]);
        check(json!({"f:labels": {}}), &["labels"]);
        check(json!({}), &[]);
    }

    #[test]
    fn a_part_of_what_is_owned_as_a_whole_is_contained() {
        let fields =
            set(json!({"f:spec": {"f:args": {}, "f:containers": {"k:{\"name\":\"a\"}": {".": {}, "f:image": {}}}}}));
        let check = |at: &str, contains: bool, touches: bool| {
            assert_eq!((fields.contains(&path(at)), fields.touches(&path(at))), (contains, touches), "{at}");
        };
        check("spec.args", true, true);
        check("spec.args[0]", true, true);
        check("spec.containers[name=a].image", true, true);
        check("spec.containers[name=a]", true, true);
        check("spec.containers", false, true);
        check("spec.containers[name=b]", false, false);
        check("spec.containers[name=a].env", false, false);
        check("spec", false, true);
    }

    #[test]
    fn what_is_no_field_set_is_refused() {
        let check = |json: Json| assert_eq!(FieldSet::parse(&json), Err(NoFieldSet));
        check(json!([]));
        check(json!({"x:spec": {}}));
        check(json!({"spec": {}}));
        check(json!({"k:{": {}}));
        check(json!({"i:-1": {}}));
        let deep = (0..200).fold(json!({}), |below, _| json!({"f:a": below}));
        check(deep);
        let wide: serde_json::Map<String, Json> = (0..=MAX_FIELDS).map(|n| (format!("f:{n}"), json!({}))).collect();
        check(Json::Object(wide));
    }

    #[test]
    fn an_entry_is_read_with_its_time_or_without() {
        let object = json!({"metadata": {"managedFields": [
            {"manager": "kubectl", "operation": "Update", "subresource": "scale", "apiVersion": "apps/v1", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            {"manager": "ci", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-01T00:00:00Z", "fieldsV1": {}},
            {"manager": "broken", "operation": "Update", "fieldsV1": {"what": {}}},
            {},
        ]}});
        let found = entries(&object);
        let names: Vec<(&str, bool, Option<&str>)> =
            found.iter().map(|entry| (&*entry.manager, entry.at.is_some(), entry.subresource.as_deref())).collect();
        assert_eq!(names, [("kubectl", false, Some("scale")), ("ci", true, None)]);
        assert!(entries(&json!({"metadata": {"managedFields": [{}]}})).is_empty());
        assert!(entries(&json!([])).is_empty());
    }

    fn any_set() -> impl Strategy<Value = FieldSet> {
        let step = prop_oneof![
            "[a-c]".prop_map(Step::Key),
            "[a-c]".prop_map(|value| Step::Item { by: "name".into(), value }),
            "[a-c]".prop_map(Step::Member),
            (0usize..3).prop_map(Step::Index),
        ];
        let path = prop::collection::vec(step, 1..5).prop_map(AttributePath::from_iter);
        prop::collection::vec(path, 0..12).prop_map(|paths| FieldSet::of(&paths))
    }

    proptest! {
        #[test]
        fn sets_follow_the_laws_of_sets(a in any_set(), b in any_set(), c in any_set()) {
            prop_assert!(a.difference(&a).is_empty());
            prop_assert_eq!(a.clone().union(&a), a.clone());
            prop_assert_eq!(a.clone().union(&b), b.clone().union(&a));
            prop_assert_eq!(a.clone().union(&b).union(&c), a.clone().union(&b.clone().union(&c)));
            prop_assert!(a.difference(&a.clone().union(&b)).is_empty());
            let parts = a.difference(&b).union(&b);
            prop_assert!(a.difference(&parts).is_empty());
            for leaf in a.leaves() {
                prop_assert!(a.contains(&leaf) && a.touches(&leaf));
            }
        }
    }
}

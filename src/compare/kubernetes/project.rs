//! From a live object as the server answers it to what is kept of it.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::cut::{Cut, Owned, Wanted};
use super::deployer::{self, Classed};
use super::wholes::{Spot, Wholes};
use super::{Subject, compare};
use crate::compare::Base;
use crate::evidence::managed_fields::{self, FieldSet, ManagerEntry};
use crate::model::{
    Actor, ActorKind, AttributePath, Evidence, EvidenceSource, FieldOperation, FieldOwner, Fingerprinter, Kind,
    ManagerClass, ResourceType, Value,
};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{CHANGE_CAUSE, DELETION, LAST_APPLIED, TypeSchema, attributes, hide_secrets, kind_of};

/// A live object, and what it is held against.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// Its type: `apps/v1/Deployment`.
    pub resource_type: &'a ResourceType,
    /// Its name in its cluster among those of its kind: `shop/web`.
    pub identifier: &'a str,
    /// The object as the server answered it.
    pub json: &'a Json,
    /// Its attributes in the repository.
    pub declared: &'a Value,
    /// The schema of its kind, where one is known.
    pub schema: Option<&'a TypeSchema>,
}

/// What is kept of a live object.
#[derive(Clone, Debug, PartialEq)]
pub struct Projected {
    /// Its attributes, cut to what is declared or was applied, and to what was added by hand. Secrets are fingerprints.
    pub attributes: Value,
    /// Who owns what is not as declared.
    pub owners: Vec<FieldOwner>,
    /// For each manager by hand the changed fields that it owns. The time is that of the manager's last change; it is
    /// given where that can only be this one. For the id of a record stands what somebody wrote on the object as the cause
    /// of just this change, in words ([`record_id`](crate::evidence::record_id)).
    pub evidence: Vec<Evidence>,
    /// What was last applied, as `kubectl apply` notes it or as the fields tell that the deployer owns; `None` where
    /// nothing tells. A person who applies by hand is the deployer here, so a value counts only if it was once declared.
    pub last_applied: Option<Value>,
    /// When the client that deploys last wrote to it.
    pub deployed_at: Option<Timestamp>,
    /// What is as declared, and was written by hand: nothing that a deployment put there.
    pub by_hand: Vec<AttributePath>,
    /// Tells it from an earlier object of the same name.
    pub uid: Option<String>,
    /// Changes with every change.
    pub resource_version: Option<String>,
    /// Counts the changes of its specification.
    pub generation: Option<i64>,
    /// The object that made it and keeps it as it is.
    pub controller: Option<Controller>,
    /// The deletion that is under way.
    pub deletion: Option<Deletion>,
}

/// The deletion of an object that something still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When somebody asked for it.
    pub asked_at: Timestamp,
    /// The names of what holds it; none where it is only given time to end.
    pub finalizers: Vec<String>,
}

impl Deletion {
    /// The deletion of an object, if one is under way. The server notes until when an object may take its time.
    pub fn of(json: &Json) -> Option<Self> {
        let until: Timestamp = json.pointer("/metadata/deletionTimestamp")?.as_str()?.parse().ok()?;
        let grace = json.pointer("/metadata/deletionGracePeriodSeconds").and_then(Json::as_i64).unwrap_or_default();
        let asked_at = until.checked_sub(jiff::SignedDuration::from_secs(grace)).unwrap_or(until);
        let finalizers = json.pointer("/metadata/finalizers").and_then(Json::as_array).into_iter().flatten();
        Some(Self { asked_at, finalizers: finalizers.filter_map(Json::as_str).map(str::to_owned).collect() })
    }

    /// What is under way, in a sentence.
    pub fn sentence(&self) -> String {
        match self.finalizers.as_slice() {
            [] => "it is being deleted".to_owned(),
            holders => format!("it is being deleted, and its finalizers hold it: {}", holders.join(", ")),
        }
    }

    /// That somebody asked for it, and when; who it was the object does not tell.
    fn evidence(&self, object: &Object<'_>) -> Evidence {
        Evidence {
            source: EvidenceSource::Service,
            at: Some(self.asked_at),
            actor: None,
            resource_type: object.resource_type.clone(),
            identifier: object.identifier.to_owned(),
            paths: vec![AttributePath::keys(DELETION.split('.'))],
            record_id: None,
        }
    }
}

impl Projected {
    /// Whether the object is, and was last applied, just as it is declared, and there is nothing else to tell of it.
    pub fn is_just(&self, declared: &Value) -> bool {
        let was_applied_so = self.last_applied.as_ref().is_none_or(|applied| applied == declared);
        let says_no_more = self.owners.is_empty() && self.evidence.is_empty() && self.deletion.is_none();
        self.attributes == *declared && was_applied_so && says_no_more
    }
}

/// The object that another one belongs to: `metadata.ownerReferences` with `controller: true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// `apps/v1`.
    pub api_version: String,
    /// `ReplicaSet`.
    pub kind: String,
    /// Its name, in the same namespace.
    pub name: String,
    /// Tells it from an earlier object of the same name.
    pub uid: String,
}

/// An annotation is no larger than all of them may be together.
const MAX_ANNOTATION: usize = 1 << 20;

/// Cuts a live object to what is compared and shown, and says who owns what differs.
pub fn project(object: &Object<'_>, managers: &ManagerClasses, fingerprints: &Fingerprinter) -> Projected {
    let Object { resource_type, json, schema, .. } = *object;
    let root = schema.and_then(TypeSchema::root);
    let live = of_json(resource_type, json, fingerprints);
    let declared = hide_secrets(resource_type, object.declared.clone(), fingerprints);
    let hidden = fingerprints.hide_like(&live, &declared);
    let live = &*hidden;
    let entries = managed_fields::entries(json);
    let leaves = deployer::leaves(root, &declared);
    let managers = deployer::classed(&entries, &leaves, managers);
    let annotation = json
        .pointer("/metadata/annotations")
        .and_then(|all| all.get(LAST_APPLIED))
        .and_then(Json::as_str)
        .filter(|text| text.len() <= MAX_ANNOTATION);
    let annotation = annotation.and_then(|text| serde_json::from_str::<Json>(text).ok());
    let annotated = annotation.map(|applied| as_written(of_json(resource_type, &applied, fingerprints), &declared));
    let annotated = annotated.map(|applied| fingerprints.hide_like(&applied, &declared).into_owned());
    let applied_fields = applied_fields(&managers);
    let last_applied = match applied_fields {
        Some(fields) => Some(deployer::applied(root, &declared, live, &fields)),
        None => annotated.clone(),
    };
    let last_applied = last_applied.map(|applied| fingerprints.hide_like(&applied, &declared).into_owned());
    let wholes = Wholes { resource_type, to_the_letter: false };
    let cut = Cut { wholes, is_applied_known: last_applied.is_some() };
    let wanted = Wanted { declared: Some(&declared), applied: last_applied.as_ref() };
    let owned: Vec<Owned<'_>> = managers.iter().map(Owned::of).collect();
    let spot = Spot { place: root, parent: None };
    let kept = cut.keep(&AttributePath::root(), spot, wanted, live, &owned);
    let kept = kept.unwrap_or_else(|| Value::object::<String>([]));
    let changed = if kept == declared { Vec::new() } else { changed(object, &declared, &kept) };
    let text = |at: &str| json.pointer(at).and_then(Json::as_str).map(str::to_owned);
    let deletion = Deletion::of(json);
    let mut evidence = evidence(object, &managers, &changed);
    evidence.extend(deletion.iter().map(|deletion| deletion.evidence(object)));
    Projected {
        owners: owners(&managers, &changed, &kept, annotated.as_ref()),
        evidence,
        by_hand: by_hand(&managers, leaves, &changed),
        attributes: kept,
        last_applied,
        deployed_at: deployed_at(&managers),
        uid: text("/metadata/uid"),
        resource_version: text("/metadata/resourceVersion"),
        generation: json.pointer("/metadata/generation").and_then(Json::as_i64),
        controller: controller(json),
        deletion,
    }
}

/// The attributes of an object in JSON, without its managed fields, which are most of it.
pub(super) fn of_json(resource_type: &ResourceType, json: &Json, fingerprints: &Fingerprinter) -> Value {
    let kind = kind_of(resource_type).map_or("", |(_, kind)| kind);
    let members = json.as_object().into_iter().flatten().filter(|(name, _)| *name != "status");
    let members = members.map(|(name, member)| match (&**name, member.as_object()) {
        ("metadata", Some(metadata)) => {
            let kept: Map<String, Json> = metadata
                .iter()
                .filter(|(name, _)| *name != "managedFields")
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            (name.clone(), Value::from_json(&Json::Object(kept)))
        }
        _ => (name.clone(), Value::from_json(member)),
    });
    hide_secrets(resource_type, attributes(kind, Value::object(members)), fingerprints)
}

/// What was applied, as its manifest had it: `kubectl apply` notes empty annotations where that has none.
fn as_written(mut applied: Value, declared: &Value) -> Value {
    let Kind::Object(members) = &mut applied.kind else { return applied };
    let has_none = |metadata: &Value| metadata.get("annotations").is_none_or(Value::is_empty);
    let declares = declared.at_keys(["metadata", "annotations"]).is_some();
    if !declares && let Some(metadata) = members.get_mut("metadata").filter(|metadata| has_none(metadata)) {
        if let Kind::Object(metadata) = &mut metadata.kind {
            metadata.remove("annotations");
        }
        if metadata.is_empty() {
            members.remove("metadata");
        }
    }
    applied
}

fn deployed_at(managers: &[Classed<'_>]) -> Option<Timestamp> {
    let deployers = managers.iter().filter(|manager| manager.class == ManagerClass::Deployer);
    deployers.filter_map(|deployer| deployer.entry.at).max()
}

/// The declared paths that are as declared and that somebody by hand owns.
fn by_hand(managers: &[Classed<'_>], leaves: Vec<AttributePath>, changed: &[AttributePath]) -> Vec<AttributePath> {
    let people: Vec<_> = managers.iter().filter(|manager| manager.class.is_by_hand()).collect();
    if people.is_empty() {
        return Vec::new();
    }
    let is_changed = |leaf: &AttributePath| changed.iter().any(|path| leaf.is_within(path) || path.is_within(leaf));
    let is_theirs = |leaf: &AttributePath| people.iter().any(|manager| manager.entry.fields.contains(leaf));
    leaves.into_iter().filter(|leaf| is_theirs(leaf) && !is_changed(leaf)).collect()
}

/// What the deployers own with server-side apply; `None` where none uses it.
fn applied_fields(managers: &[Classed<'_>]) -> Option<FieldSet> {
    let applies = |classed: &&Classed<'_>| {
        classed.class == ManagerClass::Deployer
            && classed.entry.operation == FieldOperation::Apply
            && classed.entry.subresource.is_none()
    };
    managers.iter().filter(applies).map(|classed| classed.entry.fields.clone()).reduce(|all, more| all.union(&more))
}

/// The paths that are not as declared.
fn changed(object: &Object<'_>, declared: &Value, live: &Value) -> Vec<AttributePath> {
    let found = compare(&Subject {
        resource_type: object.resource_type,
        declared,
        base: &Base::as_declared(),
        live,
        owners: &[],
        schema: object.schema,
        autoscaled: false,
        ignored: &[],
    });
    let all = found.attributes.into_iter().chain(found.controlled);
    all.map(|drift| drift.path).collect()
}

/// The owners of what is not as declared. `noted` is what `kubectl apply` notes to have applied.
fn owners(managers: &[Classed<'_>], changed: &[AttributePath], live: &Value, noted: Option<&Value>) -> Vec<FieldOwner> {
    let note = AttributePath::keys(["metadata", "annotations", LAST_APPLIED]);
    let sent = |path: &AttributePath, by: &Classed<'_>| {
        let is_noted = by.entry.operation == FieldOperation::Update && by.entry.fields.contains(&note);
        let noted = noted.filter(|_| is_noted)?.part(path.steps())?;
        let live = live.part(path.steps())?;
        (noted != live).then(|| noted.to_json().to_string())
    };
    let owner = |path: &AttributePath, by: &Classed<'_>| FieldOwner {
        path: path.clone(),
        manager: by.entry.manager.clone(),
        class: by.class,
        operation: by.entry.operation,
        subresource: by.entry.subresource.clone(),
        at: by.entry.at,
        sent: sent(path, by),
    };
    let of_path = |path| managers.iter().filter(move |by| by.entry.fields.touches(path)).map(move |by| owner(path, by));
    let mut owners: Vec<FieldOwner> = changed.iter().flat_map(of_path).collect();
    owners.sort();
    owners
}

fn evidence(object: &Object<'_>, managers: &[Classed<'_>], changed: &[AttributePath]) -> Vec<Evidence> {
    let by_hand: Vec<&Classed<'_>> = managers.iter().filter(|manager| manager.class.is_by_hand()).collect();
    let cause = Cause::of(object.json, &by_hand);
    let of = |manager: &Classed<'_>| {
        let entry = manager.entry;
        let paths: Vec<_> = changed.iter().filter(|path| entry.fields.touches(path)).cloned().collect();
        // The time is that of the last of all changes of the manager: of several nobody knows which.
        let at = entry.at.filter(|_| paths.len() == 1);
        let (told, others): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| cause.as_ref().is_some_and(|cause| cause.is_of(entry, path)));
        let fact = |paths: Vec<AttributePath>, record_id: Option<String>| Evidence {
            source: EvidenceSource::ManagedFields,
            at,
            actor: Some(Actor {
                name: entry.manager.clone(),
                kind: ActorKind::Unknown,
                via: Some(entry.manager.clone()),
            }),
            resource_type: object.resource_type.clone(),
            identifier: object.identifier.to_owned(),
            paths,
            record_id,
        };
        let told = fact(told, cause.as_ref().map(|cause| cause.words.clone()));
        [told, fact(others, None)].into_iter().filter(|fact| !fact.paths.is_empty())
    };
    by_hand.into_iter().flat_map(of).collect()
}

/// Why a workload was changed, as somebody wrote on it by hand: the last change before that.
struct Cause {
    words: String,
    path: AttributePath,
    /// When the change was made that it speaks of; `None`: none that is known to be older.
    of: Option<Timestamp>,
    /// When it was written.
    at: Option<Timestamp>,
}

impl Cause {
    fn of(json: &Json, by_hand: &[&Classed<'_>]) -> Option<Self> {
        let words = json.pointer("/metadata/annotations")?.get(CHANGE_CAUSE)?.as_str()?;
        let path = AttributePath::keys(["metadata", "annotations", CHANGE_CAUSE]);
        let is_writer = |manager: &&&Classed<'_>| manager.entry.fields.contains(&path);
        let at = by_hand.iter().filter(is_writer).map(|writer| writer.entry.at).max()?;
        // The entry that wrote the annotation may have changed something else later; nothing tells.
        let changes = by_hand.iter().filter(|manager| !is_writer(manager)).filter_map(|manager| manager.entry.at);
        let of = changes.filter(|change| Some(*change) <= at).max();
        Some(Self { words: words.to_owned(), path, of, at })
    }

    /// Whether it speaks of what an entry changed: of itself, or of the last change that is older than it and not by the
    /// entry that wrote it, whose time is that of its last change.
    fn is_of(&self, entry: &ManagerEntry, path: &AttributePath) -> bool {
        let is_writer = entry.fields.contains(&self.path);
        match is_writer {
            true => *path == self.path,
            false => entry.at.is_some() && entry.at == self.of && entry.at <= self.at,
        }
    }
}

/// Who changed an object by hand after it was last deployed, of which no more is known than the paths that were declared
/// of it once.
pub fn changed_since_deployed(
    json: &Json,
    declared: &[AttributePath],
    managers: &ManagerClasses,
) -> Option<FieldOwner> {
    let entries = managed_fields::entries(json);
    let mut classed = deployer::classed(&entries, declared, managers);
    // Where nobody owns what was declared, whoever may deploy did.
    if classed.iter().all(|by| by.class != ManagerClass::Deployer) {
        let may_deploy = |by: &&mut Classed<'_>| managers.may_deploy(deployer::write(by.entry));
        classed.iter_mut().filter(may_deploy).for_each(|by| by.class = ManagerClass::Deployer);
    }
    let deployed_at = deployed_at(&classed);
    // Writes through `scale` leave no time.
    let is_later = |by: &&Classed<'_>| by.entry.at.is_none() || by.entry.at > deployed_at;
    let by_hand = classed.iter().filter(|by| by.class.is_by_hand()).filter(is_later);
    by_hand.max_by_key(|by| (by.entry.at, &by.entry.manager)).map(|Classed { entry, class, .. }| FieldOwner {
        path: AttributePath::root(),
        manager: entry.manager.clone(),
        class: *class,
        operation: entry.operation,
        subresource: entry.subresource.clone(),
        at: entry.at,
        sent: None,
    })
}

/// Who made an object that nobody declares, as its managed fields tell: the client that owns most of it.
pub fn evidence_of_creation(
    resource_type: &ResourceType,
    identifier: &str,
    json: &Json,
    managers: &ManagerClasses,
) -> Vec<Evidence> {
    let entries = managed_fields::entries(json);
    let classed = deployer::classed(&entries, &[], managers);
    let maker = classed.iter().filter(|classed| classed.is_creator).max_by_key(|classed| classed.entry.at);
    let made_at = json.pointer("/metadata/creationTimestamp").and_then(Json::as_str).and_then(|time| time.parse().ok());
    let evidence = |maker: &Classed<'_>| Evidence {
        source: EvidenceSource::ManagedFields,
        at: made_at,
        actor: Some(Actor {
            name: maker.entry.manager.clone(),
            kind: ActorKind::Unknown,
            via: Some(maker.entry.manager.clone()),
        }),
        resource_type: resource_type.clone(),
        identifier: identifier.to_owned(),
        paths: Vec::new(),
        record_id: None,
    };
    maker.map(evidence).into_iter().collect()
}

fn controller(json: &Json) -> Option<Controller> {
    let references = json.pointer("/metadata/ownerReferences")?.as_array()?;
    let reference = references.iter().find(|reference| reference.get("controller") == Some(&Json::Bool(true)))?;
    let text = |name: &str| reference.get(name).and_then(Json::as_str).map(str::to_owned);
    Some(Controller { api_version: text("apiVersion")?, kind: text("kind")?, name: text("name")?, uid: text("uid")? })
}

//! From a live object as the server answers it to what is kept of it.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::cut::{Cut, Owned, Wanted};
use super::deployer::{self, Classed};
use super::wholes::{Spot, Wholes};
use super::{Subject, compare};
use crate::compare::Base;
use crate::evidence::managed_fields::{self, FieldSet};
use crate::model::{
    Actor, ActorKind, AttributePath, Evidence, EvidenceSource, FieldOperation, FieldOwner, Fingerprinter, Kind,
    ManagerClass, ResourceType, Value,
};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{LAST_APPLIED, TypeSchema, attributes, hide_secrets, kind_of};

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
    /// given where that can only be this one.
    pub evidence: Vec<Evidence>,
    /// What was last applied, as `kubectl apply` notes it or as the fields tell that the deployer owns; `None` where
    /// nothing tells. A person who applies by hand is the deployer here, so a value counts only if it was once declared.
    pub last_applied: Option<Value>,
    /// When the client that deploys last wrote to it.
    pub deployed_at: Option<Timestamp>,
    /// Tells it from an earlier object of the same name.
    pub uid: Option<String>,
    /// Changes with every change.
    pub resource_version: Option<String>,
    /// Counts the changes of its specification.
    pub generation: Option<i64>,
    /// The object that made it and keeps it as it is.
    pub controller: Option<Controller>,
    /// Since when it is being deleted.
    pub deleting_since: Option<Timestamp>,
}

impl Projected {
    /// Whether the object is, and was last applied, just as it is declared, and there is nothing else to tell of it.
    pub fn is_just(&self, declared: &Value) -> bool {
        let was_applied_so = self.last_applied.as_ref().is_none_or(|applied| applied == declared);
        let says_no_more = self.owners.is_empty() && self.evidence.is_empty() && self.deleting_since.is_none();
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
    let managers = deployer::classed(&entries, &deployer::leaves(root, &declared), managers);
    let annotation = json
        .pointer("/metadata/annotations")
        .and_then(|all| all.get(LAST_APPLIED))
        .and_then(Json::as_str)
        .filter(|text| text.len() <= MAX_ANNOTATION);
    let annotation = annotation.and_then(|text| serde_json::from_str::<Json>(text).ok());
    let annotated = annotation.map(|applied| as_written(of_json(resource_type, &applied, fingerprints), &declared));
    let applied_fields = applied_fields(&managers);
    let last_applied = match applied_fields {
        Some(fields) => Some(deployer::applied(root, &declared, live, &fields)),
        None => annotated,
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
    Projected {
        owners: owners(&managers, &changed),
        evidence: evidence(object, &managers, &changed),
        attributes: kept,
        last_applied,
        deployed_at: deployed_at(&managers),
        uid: text("/metadata/uid"),
        resource_version: text("/metadata/resourceVersion"),
        generation: json.pointer("/metadata/generation").and_then(Json::as_i64),
        controller: controller(json),
        deleting_since: text("/metadata/deletionTimestamp").and_then(|time| time.parse().ok()),
    }
}

/// The attributes of an object in JSON, without its managed fields, which are most of it.
fn of_json(resource_type: &ResourceType, json: &Json, fingerprints: &Fingerprinter) -> Value {
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

fn owners(managers: &[Classed<'_>], changed: &[AttributePath]) -> Vec<FieldOwner> {
    let mut owners: Vec<FieldOwner> = changed
        .iter()
        .flat_map(|path| managers.iter().filter(|owner| owner.entry.fields.touches(path)).map(move |by| (path, by)))
        .map(|(path, Classed { entry, class, .. })| FieldOwner {
            path: path.clone(),
            manager: entry.manager.clone(),
            class: *class,
            operation: entry.operation,
            subresource: entry.subresource.clone(),
            at: entry.at,
        })
        .collect();
    owners.sort();
    owners
}

fn evidence(object: &Object<'_>, managers: &[Classed<'_>], changed: &[AttributePath]) -> Vec<Evidence> {
    let by_hand = managers.iter().filter(|manager| manager.class.is_by_hand());
    let of = |manager: &Classed<'_>| {
        let entry = manager.entry;
        let paths: Vec<_> = changed.iter().filter(|path| entry.fields.touches(path)).cloned().collect();
        // The time is that of the last of all changes of the manager: of several nobody knows which.
        let at = entry.at.filter(|_| paths.len() == 1);
        (!paths.is_empty()).then(|| Evidence {
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
            record_id: None,
        })
    };
    by_hand.filter_map(of).collect()
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

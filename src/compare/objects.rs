//! Objects of a cluster as somebody hands them in, whole or as attributes.

use serde_json::Value as Json;
use sha2::Digest as _;

use super::kubernetes::{self, Object, Subject, project};
use super::{Base, Comparison};
use crate::model::{FieldOwner, Fingerprinter, ResourceType, Value};
use crate::schema::kubernetes::managers::ManagerClasses;
use crate::schema::kubernetes::{Schemas, attributes, hide_secrets, kind_of};

/// The sides of one object.
pub(super) struct Read {
    pub(super) declared: Value,
    pub(super) applied: Option<Value>,
    pub(super) live: Value,
    pub(super) owners: Vec<FieldOwner>,
}

/// Cuts the sides of an object to what is compared. No store gives a key for its secrets: their fingerprints are keyed
/// by what was handed in, and mean nothing beside another answer.
pub(super) fn read(resource_type: &ResourceType, declared: &Json, live: &Json, applied: Option<Value>) -> Read {
    let kind = kind_of(resource_type).map_or("", |(_, kind)| kind);
    let fingerprints = Fingerprinter::new(sha2::Sha256::digest(format!("{declared}{live}")).to_vec());
    let side = |value: Value| hide_secrets(resource_type, attributes(kind, value), &fingerprints);
    let declared = side(Value::from_json(declared));
    let schema = Schemas::built_in().of_type(resource_type);
    let object = Object { resource_type, identifier: "", json: live, declared: &declared, schema: schema.as_deref() };
    let projected = project(&object, &ManagerClasses::default(), &fingerprints);
    let applied = applied.map(|applied| fingerprints.hide_like(&side(applied), &declared).into_owned());
    Read { declared, applied, live: projected.attributes, owners: projected.owners }
}

/// Compares an object whose sides were read.
pub(super) fn compare(
    resource_type: &ResourceType,
    declared: &Value,
    base: &Base,
    live: &Value,
    owners: &[FieldOwner],
) -> Comparison {
    let schema = Schemas::built_in().of_type(resource_type);
    kubernetes::compare(&Subject {
        resource_type,
        declared,
        base,
        live,
        owners,
        schema: schema.as_deref(),
        autoscaled: false,
        ignored: &[],
    })
}

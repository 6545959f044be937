//! Objects that live in the scope of a stack and that nobody declares.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::compare::kubernetes::evidence_of_creation;
use crate::config::{ManagerClasses, Unmanaged};
use crate::declared;
use crate::live::Wanted;
use crate::live::connection::{self, ClusterConnection};
use crate::live::objects::Everything;
use crate::model::{Evidence, Problem, ResourceType};
use crate::schema::kubernetes::{ObjectName, is_made_by_cluster, kind_of};

/// An object that nobody declares.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scan) struct Found {
    pub(in crate::scan) resource_type: ResourceType,
    pub(in crate::scan) address: String,
    pub(in crate::scan) identifier: String,
    pub(in crate::scan) evidence: Vec<Evidence>,
}

/// What was found in the scope of a stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::scan) struct Undeclared {
    pub(in crate::scan) found: Vec<Found>,
    /// Whether the whole scope was looked at.
    pub(in crate::scan) is_complete: bool,
}

/// Looks for objects of the kinds and in the namespaces of a stack that are not among those that are declared anywhere
/// for the cluster, and says what could not be read. What an object or a controller of the cluster made is its maker's.
pub(super) async fn look(
    connection: &ClusterConnection,
    scope: &Unmanaged,
    declared: &declared::Read,
    managers: &ManagerClasses,
    known: &BTreeSet<Wanted>,
) -> (Undeclared, Vec<Problem>) {
    let own: BTreeSet<Wanted> = declared.declarations.iter().filter_map(super::wanted).collect();
    let kinds: BTreeSet<ResourceType> = match scope.kinds.is_empty() {
        true => own.iter().map(|wanted| wanted.resource_type.clone()).collect(),
        false => scope.kinds.iter().map(|kind| kind.as_str().into()).collect(),
    };
    let namespaces: BTreeSet<String> = match scope.namespaces.is_empty() {
        true => own.iter().filter_map(|wanted| Some(wanted.key.split_once('/')?.0.to_owned())).collect(),
        false => scope.namespaces.iter().cloned().collect(),
    };
    let place = |resource_type: &ResourceType, namespace: &String| Everything {
        resource_type: resource_type.clone(),
        namespace: Some(namespace.clone()),
        selector: scope.selector.clone(),
    };
    let places = namespaces.iter().flat_map(|namespace| kinds.iter().map(move |kind| place(kind, namespace))).collect();
    let known: BTreeSet<_> = known.iter().filter_map(name_of).collect();
    let managers = managers.clone();
    let keep = move |wanted: &Wanted, object: Json| {
        let is_known = name_of(wanted).is_some_and(|name| known.contains(&name));
        let is_owned = object.pointer("/metadata/ownerReferences").is_some();
        if is_known || is_owned || is_made_by_cluster(&wanted.resource_type, &object) {
            return Vec::new();
        }
        found(wanted, &object, &managers).into_iter().collect()
    };
    let answer = connection::everything(connection, &places, Arc::new(keep)).await;
    let mut found = answer.kept;
    found.sort_by(|one, other| one.address.cmp(&other.address));
    found.dedup_by(|one, other| (&one.resource_type, &one.address) == (&other.resource_type, &other.address));
    let is_complete = answer.gaps.is_empty();
    (Undeclared { found, is_complete }, answer.gaps.into_iter().map(|gap| gap.problem).collect())
}

/// Whether two names are of one object: the version of its kind is no part of it.
pub(super) fn is_same(one: &Wanted, other: &Wanted) -> bool {
    name_of(one) == name_of(other)
}

/// What names an object whatever the version of its kind: group, kind and name.
fn name_of(wanted: &Wanted) -> Option<(String, String, String)> {
    let (api_version, kind) = kind_of(&wanted.resource_type)?;
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    Some((group.to_owned(), kind.to_owned(), wanted.key.clone()))
}

fn found(wanted: &Wanted, object: &Json, managers: &ManagerClasses) -> Option<Found> {
    let (api_version, kind) = kind_of(&wanted.resource_type)?;
    let (namespace, name) = match wanted.key.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, wanted.key.as_str()),
    };
    let address =
        ObjectName { api_version: api_version.into(), kind: kind.into(), namespace, name: name.into() }.address();
    Some(Found {
        address,
        identifier: wanted.key.clone(),
        evidence: evidence_of_creation(&wanted.resource_type, &wanted.key, object, managers),
        resource_type: wanted.resource_type.clone(),
    })
}

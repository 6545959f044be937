//! Task definitions: a revision never changes, so a change by hand is a new revision that a service is pointed to.
//!
//! What such a change means is in the content of the new revision. It is told once, there; the service that runs the
//! revision is as it is declared. A revision with the same content changes nothing but the pointer, and then the
//! pointer is told. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::assess::{Inputs, sides::compare_one};
use crate::live::Found;
use crate::model::{Kind, ResourceType, Value};

const SERVICE: &str = "AWS::ECS::Service";
const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";
const POINTER: &str = "TaskDefinition";

/// Running revisions that differ from the deployed ones, with the deployed ones in whose place they run.
#[derive(Debug, Default)]
pub(super) struct Revisions(BTreeMap<String, String>);

/// The revisions that run in the place of a deployed one and have another content.
pub(super) fn changed_by_hand(inputs: &Inputs<'_>) -> Revisions {
    let mut revisions = BTreeMap::new();
    let of_type = |declaration: &&crate::model::Declaration| declaration.resource_type.as_str() == TASK_DEFINITION;
    for declaration in inputs.declared.declarations.iter().filter(of_type) {
        let applied = inputs.applied.resources.get(&declaration.address);
        let Some(deployed) = applied.and_then(|applied| applied.identifier.clone()) else { continue };
        let Found::Present(live) = inputs.live.find(&declaration.resource_type, &deployed) else { continue };
        if live.identifier == deployed {
            continue;
        }
        let comparison = compare_one(inputs, declaration, live);
        if comparison.attributes.iter().any(|attribute| attribute.standing.is_manual_change()) {
            revisions.insert(live.identifier.clone(), deployed);
        }
    }
    Revisions(revisions)
}

impl Revisions {
    /// The live properties of a resource with the deployed revision where a service runs one changed by hand.
    pub(super) fn as_bound<'v>(&self, resource_type: &ResourceType, live: &'v Value) -> Cow<'v, Value> {
        let (SERVICE, Kind::Object(members)) = (resource_type.as_str(), &live.kind) else {
            return Cow::Borrowed(live);
        };
        let running = members.get(POINTER);
        let Some(deployed) = running.and_then(Value::as_str).and_then(|running| self.0.get(running)) else {
            return Cow::Borrowed(live);
        };
        let mut members = members.clone();
        members.insert(POINTER.to_owned(), Value::from(deployed.as_str()));
        Cow::Owned(live.with(Kind::Object(members)))
    }
}

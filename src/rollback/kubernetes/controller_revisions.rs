//! StatefulSets and DaemonSets: their templates are ControllerRevisions. One that becomes current again gets a new number
//! in place, so its number is higher than that of one that was made after it.

use serde_json::Value;

use super::object::{self, count, text};
use super::revisions::{Progress, Revision, Revisions};
use super::{ClusterHistory, Traces};
use crate::store::KnownRollouts;

pub(super) fn detect(history: &ClusterHistory<'_>, known: &KnownRollouts, traces: &mut Traces) {
    for workload in history.workloads {
        let is_complete = match text(workload, "/kind") {
            Some("StatefulSet") => is_stateful_set_complete(workload),
            Some("DaemonSet") => is_daemon_set_complete(workload),
            _ => continue,
        };
        let Some(uid) = object::uid(workload) else { continue };
        let owned = history.controller_revisions.iter().filter(|revision| object::is_controlled_by(revision, uid));
        let mut revisions: Vec<_> = owned.filter_map(of_controller_revision).collect();
        revisions.sort_by_key(|revision| revision.number);
        mark_those_that_came_again(&mut revisions);
        let progress = if is_complete { Progress::Complete(None) } else { Progress::UnderWay };
        Revisions { workload, revisions, progress }.trace(history, known, traces);
    }
}

fn of_controller_revision(object: &Value) -> Option<Revision> {
    let uid = object::uid(object)?;
    let number = object.get("revision")?.as_i64()?;
    Some(Revision {
        key: format!("kubernetes:{uid}:{number}"),
        number,
        template: uid.to_owned(),
        created: object::created(object)?,
        is_again: false,
        again_by: object::list(object, "/metadata/managedFields")
            .iter()
            .filter_map(|entry| object::time(entry, "/time"))
            .max(),
        images: object.pointer("/data/spec/template").map(object::images).unwrap_or_default(),
    })
}

fn mark_those_that_came_again(revisions: &mut [Revision]) {
    let mut newest = None;
    for revision in revisions {
        revision.is_again = newest.is_some_and(|newest| newest > revision.created);
        newest = newest.max(Some(revision.created));
    }
}

fn has_seen_its_spec(workload: &Value) -> bool {
    count(workload, "/status/observedGeneration") >= count(workload, "/metadata/generation")
}

fn is_stateful_set_complete(set: &Value) -> bool {
    let (current, update) = (text(set, "/status/currentRevision"), text(set, "/status/updateRevision"));
    let wanted = set.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    has_seen_its_spec(set) && current == update && count(set, "/status/readyReplicas") >= wanted
}

fn is_daemon_set_complete(set: &Value) -> bool {
    let wanted = count(set, "/status/desiredNumberScheduled");
    has_seen_its_spec(set)
        && count(set, "/status/updatedNumberScheduled") >= wanted
        && count(set, "/status/numberAvailable") >= wanted
}

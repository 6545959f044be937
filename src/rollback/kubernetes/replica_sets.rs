//! Deployments and Argo Rollouts: every template they ever had is a ReplicaSet, which carries its revision number and,
//! when it becomes current again, the numbers that it had before
//! (`SetNewReplicaSetAnnotations` of Kubernetes' deployment controller; Argo Rollouts does the same under its own names).

use serde_json::Value;

use super::object::{self, annotation, condition, count, text, time};
use super::revisions::{Progress, Revision, Revisions};
use super::{ClusterHistory, Traces};
use crate::store::KnownRollouts;

/// The controller cuts the numbers at the front when they have 2000 characters.
const CUT_AT: usize = 1900;

pub(super) fn detect(history: &ClusterHistory<'_>, known: &KnownRollouts, traces: &mut Traces) {
    for workload in history.workloads {
        let (prefix, progress) = match text(workload, "/kind") {
            Some("Deployment") => ("deployment.kubernetes.io", of_deployment(workload)),
            Some("Rollout") => ("rollout.argoproj.io", of_rollout(workload)),
            _ => continue,
        };
        let Some(uid) = object::uid(workload) else { continue };
        let owned = history.replica_sets.iter().filter(|set| object::is_controlled_by(set, uid));
        let mut revisions: Vec<_> = owned.filter_map(|set| of_replica_set(set, prefix)).flatten().collect();
        revisions.sort_by_key(|revision| revision.number);
        Revisions { workload, revisions, progress }.trace(history, known, traces);
    }
}

/// Each time that a ReplicaSet became current.
fn of_replica_set(set: &Value, prefix: &str) -> Option<Vec<Revision>> {
    let current: i64 = annotation(set, &format!("{prefix}/revision"))?.parse().ok()?;
    let history = annotation(set, &format!("{prefix}/revision-history")).unwrap_or_default();
    let uid = object::uid(set)?;
    let created = object::created(set)?;
    let images = object::images(set.pointer("/spec/template")?);
    let mut numbers: Vec<i64> = history.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    numbers.push(current);
    let again_by = controller_wrote(set);
    let revision = |(index, number): (usize, i64)| Revision {
        key: format!("kubernetes:{uid}:{number}"),
        number,
        template: uid.to_owned(),
        created,
        is_again: index > 0 || history.len() >= CUT_AT,
        again_by: again_by.filter(|_| number == current),
        images: images.clone(),
    };
    Some(numbers.into_iter().enumerate().map(revision).collect())
}

/// When the controller last wrote to a ReplicaSet: its revision or its size.
fn controller_wrote(set: &Value) -> Option<jiff::Timestamp> {
    let entries = object::list(set, "/metadata/managedFields").iter();
    entries.filter(|entry| text(entry, "/subresource").is_none()).filter_map(|entry| time(entry, "/time")).max()
}

fn of_deployment(deployment: &Value) -> Progress {
    if count(deployment, "/status/observedGeneration") < count(deployment, "/metadata/generation") {
        return Progress::UnderWay;
    }
    let Some(progressing) = condition(deployment, "Progressing") else { return Progress::UnderWay };
    match text(progressing, "/reason") {
        Some("NewReplicaSetAvailable") => Progress::Complete(time(progressing, "/lastUpdateTime")),
        Some("ProgressDeadlineExceeded") => Progress::Failed,
        _ => Progress::UnderWay,
    }
}

fn of_rollout(rollout: &Value) -> Progress {
    match text(rollout, "/status/phase") {
        Some("Healthy") => Progress::Complete(None),
        Some("Degraded") => Progress::Failed,
        _ => Progress::UnderWay,
    }
}

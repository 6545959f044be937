//! Argo Rollouts: an aborted update. The pods go back while the spec keeps declaring the new version. When the spec goes
//! back as well, that is a revision that is current again (`replica_sets`) and the same incident.

use std::collections::BTreeSet;

use serde_json::Value;

use super::object::{self, annotation, condition, label, text, time};
use super::{ClusterHistory, Mechanism, Signal, Traces};
use crate::store::RollbackTrigger;

pub(super) fn detect(history: &ClusterHistory<'_>, traces: &mut Traces) {
    let rollouts = history.workloads.iter().filter(|workload| text(workload, "/kind") == Some("Rollout"));
    traces.signals.extend(rollouts.filter_map(|rollout| abort(rollout, history.replica_sets)));
}

fn abort(rollout: &Value, replica_sets: &[Value]) -> Option<Signal> {
    if rollout.pointer("/status/abort") != Some(&Value::Bool(true)) {
        return None;
    }
    let (uid, address) = (object::uid(rollout)?, object::address(rollout)?);
    let at = time(rollout, "/status/abortedAt")?;
    let hash = text(rollout, "/status/currentPodHash")?;
    let is_aborted =
        |set: &&Value| object::is_controlled_by(set, uid) && label(set, "rollouts-pod-template-hash") == Some(hash);
    let aborted = replica_sets.iter().find(is_aborted);
    let from = aborted.and_then(|set| {
        Some(format!("kubernetes:{}:{}", object::uid(set)?, annotation(set, "rollout.argoproj.io/revision")?))
    });
    Some(Signal {
        key: format!("argo_rollouts:{uid}:{at}"),
        mechanism: Mechanism::ArgoRollouts,
        trigger: trigger(rollout),
        units: BTreeSet::from([address.clone()]),
        service: address,
        from,
        from_at: aborted.and_then(object::created),
        at,
        ended_at: None,
    })
}

/// "Rollout aborted update to revision 3" is all that there is to say where a person aborted it; an analysis adds what
/// it found: "…revision 3: Metric \"success-rate\" assessed Failed…".
fn trigger(rollout: &Value) -> RollbackTrigger {
    let progressing = condition(rollout, "Progressing").and_then(|condition| text(condition, "/message"));
    let message = progressing.or_else(|| text(rollout, "/status/message")).unwrap_or_default();
    match message.split_once("update to revision ") {
        Some((_, rest)) if rest.contains(": ") => RollbackTrigger::DeploymentFailure,
        Some(_) => RollbackTrigger::Manual,
        None => RollbackTrigger::Unknown,
    }
}

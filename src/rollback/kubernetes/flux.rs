//! Flux: the histories of a HelmRelease (`status.history`, a snapshot a Helm version) and of a Kustomization (an entry a
//! digest of what it applied, with the first and last time it did).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::object::{self, condition, list, text, time};
use super::{ClusterHistory, Deployment, Mechanism, Signal, Traces, helm};
use crate::schema::kubernetes::ObjectName;
use crate::store::{DeploymentKind, DeploymentOutcome, RollbackTrigger};

/// What the deployments of a HelmRelease are known under.
pub(super) fn release_unit(namespace: &str, name: &str) -> String {
    format!("helmrelease:{namespace}/{name}")
}

/// What the deployments of a Kustomization are known under.
pub(super) fn kustomization_unit(namespace: &str, name: &str) -> String {
    format!("kustomization:{namespace}/{name}")
}

pub(super) fn detect(history: &ClusterHistory<'_>, traces: &mut Traces) {
    for release in history.flux_helm_releases {
        if let (Some(uid), Some(namespace), Some(name)) = identity(release) {
            trace_release(release, uid, &release_unit(namespace, name), traces);
        }
    }
    for kustomization in history.flux_kustomizations {
        if let (Some(uid), Some(namespace), Some(name)) = identity(kustomization) {
            trace_kustomization(kustomization, uid, &kustomization_unit(namespace, name), traces);
        }
    }
}

fn identity(object: &Value) -> (Option<&str>, Option<&str>, Option<&str>) {
    (object::uid(object), text(object, "/metadata/namespace"), text(object, "/metadata/name"))
}

/// One thing that was deployed, in the order of deployment.
struct Entry {
    key: String,
    at: Timestamp,
    kind: DeploymentKind,
    outcome: Option<DeploymentOutcome>,
}

/// A rollback was what Flux does where an upgrade fails, or somebody committed the old version.
fn trace(entries: &[Entry], service: &str, units: &BTreeSet<String>, traces: &mut Traces) {
    for (index, entry) in entries.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| entries.get(before));
        if entry.kind == DeploymentKind::Rollback {
            let has_failed = before.is_some_and(|before| before.outcome == Some(DeploymentOutcome::Failed));
            traces.signals.push(Signal {
                key: entry.key.clone(),
                mechanism: Mechanism::Flux,
                trigger: if has_failed { RollbackTrigger::DeploymentFailure } else { RollbackTrigger::Redeployment },
                service: service.to_owned(),
                units: units.clone(),
                from: before.map(|before| before.key.clone()),
                from_at: before.map(|before| before.at),
                at: entry.at,
                ended_at: None,
            });
        }
        let Some(outcome) = entry.outcome else { continue };
        traces.deployments.push(Deployment {
            key: entry.key.clone(),
            mechanism: Mechanism::Flux,
            service: service.to_owned(),
            units: units.clone(),
            kind: entry.kind,
            outcome,
            started_at: entry.at,
        });
    }
}

fn trace_release(release: &Value, uid: &str, service: &str, traces: &mut Traces) {
    let mut units = BTreeSet::from([service.to_owned()]);
    let mut snapshots: Vec<_> = list(release, "/status/history").iter().collect();
    snapshots.sort_by_key(|snapshot| object::count(snapshot, "/version"));
    let content =
        |snapshot: &Value| ["chartName", "chartVersion", "configDigest"].map(|name| snapshot.get(name).cloned());
    let mut entries: Vec<Entry> = Vec::new();
    for (index, snapshot) in snapshots.iter().enumerate() {
        let Some(at) = time(snapshot, "/lastDeployed") else { continue };
        let (earlier, _) = snapshots.split_at(index);
        let is = |other: &&Value| content(other) == content(snapshot);
        let kind = match earlier.last() {
            _ if text(snapshot, "/action") == Some("rollback") => DeploymentKind::Rollback,
            Some(before) if is(before) => DeploymentKind::Redeploy,
            Some(_) if earlier.iter().any(is) => DeploymentKind::Rollback,
            _ => DeploymentKind::Forward,
        };
        if let (Some(namespace), Some(name)) = (text(snapshot, "/namespace"), text(snapshot, "/name")) {
            units.insert(helm::unit(namespace, name));
        }
        entries.push(Entry {
            // A release that is removed and installed again begins with version 1 again.
            key: format!("flux:{uid}:{}:{at}", object::count(snapshot, "/version")),
            at,
            kind,
            outcome: match text(snapshot, "/status") {
                Some("failed") => Some(DeploymentOutcome::Failed),
                Some(status) if status.starts_with("pending") => None,
                _ => Some(DeploymentOutcome::Succeeded),
            },
        });
    }
    entries.extend(remediation(release, uid, entries.last()));
    trace(&entries, service, &units, traces);
}

/// A rollback that only the condition tells of: the newest snapshot is still that of the failed upgrade.
fn remediation(release: &Value, uid: &str, last: Option<&Entry>) -> Option<Entry> {
    last.filter(|last| last.outcome == Some(DeploymentOutcome::Failed))?;
    let remediated = condition(release, "Remediated")?;
    let outcome = match text(remediated, "/reason")? {
        "RollbackSucceeded" => DeploymentOutcome::Succeeded,
        "RollbackFailed" => DeploymentOutcome::Failed,
        _ => return None,
    };
    let at = time(remediated, "/lastTransitionTime")?;
    Some(Entry {
        key: format!("flux:{uid}:remediated:{at}"),
        at,
        kind: DeploymentKind::Rollback,
        outcome: Some(outcome),
    })
}

/// What a Kustomization says of one digest, over all states it was in.
struct Applied {
    first: Timestamp,
    last: Timestamp,
    is_good: bool,
}

fn trace_kustomization(kustomization: &Value, uid: &str, service: &str, traces: &mut Traces) {
    let mut digests: BTreeMap<&str, Applied> = BTreeMap::new();
    for entry in list(kustomization, "/status/history") {
        let times = (time(entry, "/firstReconciled"), time(entry, "/lastReconciled"));
        let (Some(digest), (Some(first), Some(last))) = (text(entry, "/digest"), times) else { continue };
        let is_good = text(entry, "/lastReconciledStatus") == Some("ReconciliationSucceeded");
        let known = digests.entry(digest).or_insert(Applied { first, last, is_good });
        known.first = known.first.min(first);
        known.last = known.last.max(last);
        known.is_good |= is_good;
    }
    let outcome = |applied: &Applied| {
        Some(if applied.is_good { DeploymentOutcome::Succeeded } else { DeploymentOutcome::Failed })
    };
    let mut ordered: Vec<_> = digests.iter().collect();
    ordered.sort_by_key(|(_, applied)| applied.last);
    let mut entries: Vec<Entry> = ordered
        .iter()
        .map(|(digest, applied)| Entry {
            key: format!("flux:{uid}:{digest}:{}", applied.first),
            at: applied.first,
            kind: DeploymentKind::Forward,
            outcome: outcome(applied),
        })
        .collect();
    // What is applied now was applied before what came last: it is there again. When the one before it was last applied
    // names this time of several.
    if let [.., (_, before), (digest, current)] = ordered.as_slice()
        && current.first < before.first
    {
        entries.rotate_right(1);
        entries.push(Entry {
            key: format!("flux:{uid}:{digest}:{}", before.last),
            at: current.last,
            kind: DeploymentKind::Rollback,
            outcome: outcome(current),
        });
    }
    let mut units: BTreeSet<String> =
        list(kustomization, "/status/inventory/entries").iter().filter_map(applied).collect();
    units.insert(service.to_owned());
    trace(&entries, service, &units, traces);
}

/// The address of an object in the inventory of what was applied: `shop_web_apps_Deployment`
/// (<https://fluxcd.io/flux/components/kustomize/kustomizations/#inventory>). Names with colons, which only roles have, are
/// written with more of the same marks and passed over.
fn applied(entry: &Value) -> Option<String> {
    let parts: Vec<&str> = text(entry, "/id")?.split('_').collect();
    let [namespace, name, group, kind] = parts.as_slice() else { return None };
    let version = text(entry, "/v").unwrap_or("v1");
    let name = ObjectName {
        api_version: if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") },
        kind: (*kind).to_owned(),
        namespace: (!namespace.is_empty()).then(|| (*namespace).to_owned()),
        name: (*name).to_owned(),
    };
    Some(name.address())
}

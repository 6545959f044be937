//! Argo CD: `status.history` of an Application, one entry a sync, oldest first. `argocd app rollback` syncs an old
//! revision again; a revert in git is a new revision, and shows in what it deploys.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::object::{self, list, text, time};
use super::{ClusterHistory, Deployment, Mechanism, Signal, Traces};
use crate::schema::kubernetes::ObjectName;
use crate::store::{DeploymentKind, DeploymentOutcome, RollbackTrigger};

pub(super) fn detect(history: &ClusterHistory<'_>, traces: &mut Traces) {
    for application in history.argo_applications {
        let Some(uid) = object::uid(application) else { continue };
        let syncs: Vec<_> =
            list(application, "/status/history").iter().filter_map(|sync| Sync::read(uid, sync)).collect();
        trace(application, &syncs, traces);
    }
}

struct Sync<'a> {
    /// The application's uid and the entry's id, which counts up.
    key: String,
    /// What was synced: revisions, and the sources with their parameters.
    content: [Option<&'a Value>; 4],
    at: Timestamp,
    trigger: RollbackTrigger,
}

impl<'a> Sync<'a> {
    fn read(uid: &str, entry: &'a Value) -> Option<Self> {
        let id = entry.get("id")?.as_i64()?;
        let is_automated = entry.pointer("/initiatedBy/automated") == Some(&Value::Bool(true));
        Some(Self {
            key: format!("argocd:{uid}:{id}"),
            content: ["revision", "revisions", "source", "sources"].map(|member| entry.get(member)),
            at: time(entry, "/deployedAt")?,
            trigger: match text(entry, "/initiatedBy/username") {
                _ if is_automated => RollbackTrigger::Redeployment,
                Some(_) => RollbackTrigger::Manual,
                None => RollbackTrigger::Unknown,
            },
        })
    }
}

fn trace(application: &Value, syncs: &[Sync<'_>], traces: &mut Traces) {
    let service = format!("argocd:{}", object::place(application));
    let mut units: BTreeSet<String> = list(application, "/status/resources").iter().filter_map(address).collect();
    units.insert(service.clone());
    for (index, sync) in syncs.iter().enumerate() {
        let (earlier, _) = syncs.split_at(index);
        let before = earlier.last();
        let kind = match before {
            None => DeploymentKind::Forward,
            Some(before) if before.content == sync.content => DeploymentKind::Redeploy,
            Some(_) if earlier.iter().any(|other| other.content == sync.content) => DeploymentKind::Rollback,
            Some(_) => DeploymentKind::Forward,
        };
        if kind == DeploymentKind::Rollback {
            traces.signals.push(Signal {
                key: sync.key.clone(),
                mechanism: Mechanism::ArgoCd,
                trigger: sync.trigger,
                service: service.clone(),
                units: units.clone(),
                from: before.map(|before| before.key.clone()),
                from_at: before.map(|before| before.at),
                at: sync.at,
                ended_at: Some(sync.at),
            });
        }
        traces.deployments.push(Deployment {
            key: sync.key.clone(),
            mechanism: Mechanism::ArgoCd,
            service: service.clone(),
            units: units.clone(),
            kind,
            // Only syncs that got through are in the history.
            outcome: DeploymentOutcome::Succeeded,
            started_at: sync.at,
        });
    }
}

/// The address of an object that an application lists among its resources.
fn address(resource: &Value) -> Option<String> {
    let version = text(resource, "/version").unwrap_or("v1");
    let name = ObjectName {
        api_version: match text(resource, "/group") {
            Some(group) => format!("{group}/{version}"),
            None => version.to_owned(),
        },
        kind: text(resource, "/kind")?.to_owned(),
        namespace: text(resource, "/namespace").map(str::to_owned),
        name: text(resource, "/name")?.to_owned(),
    };
    Some(name.address())
}

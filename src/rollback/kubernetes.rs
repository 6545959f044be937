//! Kubernetes: what clusters themselves remember of deployments, and which of them went back.
//!
//! Each detector reads one kind of memory: the revisions of workloads (`revisions`, from ReplicaSets and
//! ControllerRevisions), Helm's releases (`helm`), the histories of Argo CD (`argo_cd`) and Flux (`flux`), aborted Argo
//! Rollouts (`argo_rollouts`). One rollback shows in several of them; `incident` counts it once. What is no rollback of a
//! deployment, although old pods come back: a change by hand that its author undoes, one that a deployment overwrites,
//! and a deployment that takes a rollback back.
//!
//! Pure over objects as a client gives them, managed fields included. Blind spots: ConfigMaps that are rolled back, and a
//! change by hand that came and went between two scans, whose end then looks like a rollback.

mod argo_cd;
mod argo_rollouts;
mod authors;
mod controller_revisions;
mod deliverer;
mod flux;
mod helm;
mod incident;
mod object;
mod replica_sets;
mod revisions;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::Detected;
use crate::repo::git::CommitInfo;
use crate::store::{DeploymentEvent, DeploymentKind, DeploymentOutcome, KnownRollouts, RollbackTrigger};

pub use deliverer::{ARGO_CD, Deliverer, DelivererKind};
pub use helm::HelmVersion;

/// What a cluster remembers. An empty list says that nothing of the kind is there, or that it was not asked for.
#[derive(Clone, Copy, Debug)]
pub struct ClusterHistory<'a> {
    /// The stack's Deployments, StatefulSets, DaemonSets (`apps/v1`) and Rollouts (`argoproj.io`).
    pub workloads: &'a [Value],
    /// `replicasets.apps` in their namespaces.
    pub replica_sets: &'a [Value],
    /// `controllerrevisions.apps` in their namespaces.
    pub controller_revisions: &'a [Value],
    /// The versions of Helm's releases, if the stack opts in.
    pub helm_releases: &'a [HelmVersion],
    /// `applications.argoproj.io` that deploy the stack.
    pub argo_applications: &'a [Value],
    /// `helmreleases.helm.toolkit.fluxcd.io` that deploy the stack.
    pub flux_helm_releases: &'a [Value],
    /// `kustomizations.kustomize.toolkit.fluxcd.io` that deploy the stack.
    pub flux_kustomizations: &'a [Value],
    /// Commits that revert another one.
    pub reverts: &'a [Revert],
    /// Field managers that deploy the stack, besides those that are known to deploy.
    pub deployers: &'a [String],
    /// When all this was read: the latest that anything in it can have happened.
    pub observed_at: Timestamp,
}

/// A commit that reverts another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// Its id.
    pub commit: String,
    /// When it was committed.
    pub at: Timestamp,
    /// The addresses of the declarations that it changes, as [`crate::schema::kubernetes::ObjectName::address`] gives
    /// them.
    pub addresses: BTreeSet<String>,
}

impl Revert {
    /// What a commit takes back, if it reverts another one as git and its hosts write it: `Revert "…"`, or a line `This
    /// reverts commit …`. A reverted revert is a new deployment.
    pub fn of(commit: &CommitInfo, addresses: BTreeSet<String>) -> Option<Self> {
        let subject = commit.subject.strip_prefix("Revert \"");
        let is_trailer = |line: &str| line.trim_start().starts_with("This reverts commit ");
        let is_revert = subject.map_or_else(
            || !commit.subject.starts_with("Reapply ") && commit.body.lines().any(is_trailer),
            |reverted| !reverted.starts_with("Revert \""),
        );
        is_revert.then(|| Self { commit: commit.id.as_str().to_owned(), at: commit.time, addresses })
    }
}

/// The deployments and rollbacks of a stack that a cluster remembers. Deployments come again at every scan, under the
/// same keys; rollbacks that are known do not.
pub fn detect(environment: &str, stack: &str, history: &ClusterHistory<'_>, known: &KnownRollouts) -> Detected {
    let mut traces = Traces::default();
    replica_sets::detect(history, known, &mut traces);
    controller_revisions::detect(history, known, &mut traces);
    argo_rollouts::detect(history, &mut traces);
    helm::detect(history, &mut traces);
    flux::detect(history, &mut traces);
    argo_cd::detect(history, &mut traces);
    incident::join(environment, stack, traces, history, known)
}

/// Where a rollback shows, nearest to its cause first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mechanism {
    Git,
    ArgoCd,
    Flux,
    Helm,
    ArgoRollouts,
    Kubernetes,
}

impl Mechanism {
    fn as_str(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::ArgoCd => "argocd",
            Self::Flux => "flux",
            Self::Helm => "helm",
            Self::ArgoRollouts => "argo_rollouts",
            Self::Kubernetes => "kubernetes",
        }
    }
}

/// What the detectors found, before it is known which of it is one incident.
#[derive(Debug, Default)]
struct Traces {
    deployments: Vec<Deployment>,
    signals: Vec<Signal>,
}

/// A settled deployment as one memory has it.
#[derive(Debug)]
struct Deployment {
    key: String,
    mechanism: Mechanism,
    /// What it deployed: the address of a workload, or the unit that a delivery tool knows.
    service: String,
    /// `service`, and whatever else the same deployment is known under.
    units: BTreeSet<String>,
    kind: DeploymentKind,
    outcome: DeploymentOutcome,
    started_at: Timestamp,
}

impl Deployment {
    fn event(&self, environment: &str, stack: &str) -> DeploymentEvent {
        DeploymentEvent {
            key: self.key.clone(),
            environment: environment.to_owned(),
            stack: Some(stack.to_owned()),
            service: self.service.clone(),
            mechanism: self.mechanism.as_str(),
            kind: self.kind,
            outcome: self.outcome,
            started_at: self.started_at,
        }
    }
}

/// A sign that a deployment was taken back.
#[derive(Debug)]
struct Signal {
    /// The key of the deployment that went back.
    key: String,
    mechanism: Mechanism,
    trigger: RollbackTrigger,
    service: String,
    units: BTreeSet<String>,
    /// The key of the deployment that was taken back.
    from: Option<String>,
    /// When that deployment began.
    from_at: Option<Timestamp>,
    at: Timestamp,
    /// When the way back was complete, if known.
    ended_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests;

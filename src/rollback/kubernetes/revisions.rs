//! The revisions of one workload in their order: which were new, which went back, and which of those were rollbacks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::authors::{self, Author};
use super::object;
use super::{ClusterHistory, Deployment, Mechanism, Signal, Traces};
use crate::store::{DeploymentKind, DeploymentOutcome, KnownRollouts, RollbackTrigger};

/// The revisions of a workload.
pub(super) struct Revisions<'a> {
    pub workload: &'a Value,
    /// In the order of their numbers.
    pub revisions: Vec<Revision>,
    /// How the newest one is doing.
    pub progress: Progress,
}

/// A number that the controller gave to a pod template when it became the current one.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    /// The uid of the ReplicaSet or ControllerRevision that holds the template, and the number: numbers are given once.
    pub key: String,
    pub number: i64,
    /// The uid alone.
    pub template: String,
    /// When the template was first current.
    pub created: Timestamp,
    /// Whether it had been current before.
    pub is_again: bool,
    /// When it became current again at the latest, as far as its own object tells.
    pub again_by: Option<Timestamp>,
    pub images: BTreeMap<String, String>,
}

/// How the newest revision is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Complete(Option<Timestamp>),
    Failed,
    UnderWay,
}

/// A revision with what is known of it.
struct Step<'r> {
    revision: &'r Revision,
    at: Timestamp,
    kind: DeploymentKind,
    outcome: Option<DeploymentOutcome>,
}

impl Revisions<'_> {
    /// Notes the deployments that the revisions were, and a signal for each that took one back.
    pub(super) fn trace(&self, history: &ClusterHistory<'_>, known: &KnownRollouts, traces: &mut Traces) {
        let Some(address) = object::address(self.workload) else { return };
        let author = authors::of_template(self.workload, history.deployers);
        let times = self.times(author.map(|(_, at)| at), history.observed_at);
        let units = units(self.workload, &address);
        let mut steps: Vec<Step<'_>> = Vec::new();
        for (index, (revision, at)) in self.revisions.iter().zip(times).enumerate() {
            let is_last = index + 1 == self.revisions.len();
            let author = author.filter(|_| is_last).map(|(author, _)| author);
            let before = known.deployments.get(&revision.key);
            let base = steps.iter().rev().find(|step| step.kind != DeploymentKind::Hotfix);
            let kind = before.map_or_else(|| kind(revision, base, &steps, author), |(kind, _)| *kind);
            let outcome = self.outcome(is_last, before.map(|(_, outcome)| *outcome));
            if kind == DeploymentKind::Rollback
                && let Some(base) = base
            {
                traces.signals.push(Signal {
                    key: revision.key.clone(),
                    mechanism: Mechanism::Kubernetes,
                    trigger: trigger(base, author),
                    service: address.clone(),
                    units: units.clone(),
                    from: Some(base.revision.key.clone()),
                    from_at: Some(base.at),
                    at,
                    ended_at: match self.progress {
                        Progress::Complete(end) if is_last => end.filter(|end| *end >= at),
                        _ => None,
                    },
                });
            }
            steps.push(Step { revision, at, kind, outcome });
        }
        traces.deployments.extend(steps.into_iter().filter_map(|step| {
            Some(Deployment {
                key: step.revision.key.clone(),
                mechanism: Mechanism::Kubernetes,
                service: address.clone(),
                units: units.clone(),
                kind: step.kind,
                // Who made it is known only now, whether it is complete or not.
                outcome: step
                    .outcome
                    .or((step.kind == DeploymentKind::Hotfix).then_some(DeploymentOutcome::Succeeded))?,
                started_at: step.at,
            })
        }));
    }

    /// When each revision became current: exactly where its template was new; else by its own object, by the author of
    /// the newest one, or by the revision after it.
    fn times(&self, author: Option<Timestamp>, observed_at: Timestamp) -> Vec<Timestamp> {
        let mut times = Vec::new();
        let mut later = observed_at;
        for (index, revision) in self.revisions.iter().enumerate().rev() {
            let before = index.checked_sub(1).and_then(|before| self.revisions.get(before));
            let is_possible = |at: &Timestamp| before.is_none_or(|before| *at > before.created) && *at <= later;
            let author = author.filter(|_| index + 1 == self.revisions.len());
            let bounds = [author, revision.again_by];
            let at = match revision.is_again {
                false => revision.created,
                true => bounds.into_iter().flatten().filter(is_possible).min().unwrap_or(later),
            };
            later = at;
            times.push(at);
        }
        times.reverse();
        times
    }

    /// `None`: still under way.
    fn outcome(&self, is_last: bool, before: Option<DeploymentOutcome>) -> Option<DeploymentOutcome> {
        match (is_last, self.progress, before) {
            (true, Progress::Failed, _) => Some(DeploymentOutcome::Failed),
            (true, Progress::UnderWay, None) => None,
            (true, Progress::Complete(_), None | Some(DeploymentOutcome::Failed)) => Some(DeploymentOutcome::Succeeded),
            // What failed or was taken back while it was the newest did not succeed later.
            (_, _, Some(before)) => Some(before),
            (false, _, None) => Some(DeploymentOutcome::Succeeded),
        }
    }
}

/// What a revision was, by what it is held against: `base`, the newest before it that was not made by hand.
fn kind(revision: &Revision, base: Option<&Step<'_>>, earlier: &[Step<'_>], author: Option<Author>) -> DeploymentKind {
    let by_hand = matches!(author, Some(Author::Undo | Author::Hand));
    let Some(base) = base else { return DeploymentKind::Forward };
    if revision.is_again {
        // Older than what it takes the place of: back. The same or newer: a change by hand is there again, or it, or a
        // rollback, is over.
        let same: Vec<_> = earlier.iter().filter(|step| step.revision.template == revision.template).collect();
        let was_by_hand = !same.is_empty() && same.iter().all(|step| step.kind == DeploymentKind::Hotfix);
        let is_back = revision.created < base.revision.created && revision.template != base.revision.template;
        return match is_back {
            true => DeploymentKind::Rollback,
            false if was_by_hand && author != Some(Author::Deployer) => DeploymentKind::Hotfix,
            false => DeploymentKind::Redeploy,
        };
    }
    if goes_back(revision, base, earlier) {
        return DeploymentKind::Rollback;
    }
    if by_hand { DeploymentKind::Hotfix } else { DeploymentKind::Forward }
}

/// Whether a new template runs an older image than `base` in some container, and in none one that was never there: a
/// rollback that carries some other change along.
fn goes_back(revision: &Revision, base: &Step<'_>, earlier: &[Step<'_>]) -> bool {
    let first_seen = |container: &str, image: &str| {
        let has = |step: &&Step<'_>| step.revision.images.get(container).is_some_and(|other| other == image);
        earlier.iter().filter(has).map(|step| step.revision.created).min()
    };
    let mut is_back = false;
    for (container, image) in &revision.images {
        let Some(before) = base.revision.images.get(container).filter(|before| *before != image) else { continue };
        match (first_seen(container, image), first_seen(container, before)) {
            (Some(seen), Some(before)) if seen < before => is_back = true,
            _ => return false,
        }
    }
    is_back
}

fn trigger(base: &Step<'_>, author: Option<Author>) -> RollbackTrigger {
    match author {
        _ if base.outcome == Some(DeploymentOutcome::Failed) => RollbackTrigger::DeploymentFailure,
        Some(Author::Undo) => RollbackTrigger::Undo,
        Some(Author::Hand) => RollbackTrigger::Manual,
        Some(Author::Deployer) => RollbackTrigger::Redeployment,
        None => RollbackTrigger::Unknown,
    }
}

/// What a workload's deployments are known under: its address, and the units of the tools that say they deliver it.
fn units(workload: &Value, address: &str) -> BTreeSet<String> {
    let mut units = BTreeSet::from([address.to_owned()]);
    let helm = (
        object::annotation(workload, "meta.helm.sh/release-namespace"),
        object::annotation(workload, "meta.helm.sh/release-name"),
    );
    let flux = |tool: &str| {
        let label = |part: &str| object::label(workload, &format!("{tool}.toolkit.fluxcd.io/{part}"));
        Some((label("namespace")?, label("name")?))
    };
    if let (Some(namespace), Some(name)) = helm {
        units.insert(super::helm::unit(namespace, name));
    }
    units.extend(flux("helm").map(|(namespace, name)| super::flux::release_unit(namespace, name)));
    units.extend(flux("kustomize").map(|(namespace, name)| super::flux::kustomization_unit(namespace, name)));
    units
}

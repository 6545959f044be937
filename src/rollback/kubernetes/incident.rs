//! One incident, one rollback: signals of the same thing are joined, and the one nearest to the cause names it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{ClusterHistory, Deployment, Mechanism, Revert, Signal, Traces};
use crate::rollback::Detected;
use crate::store::{DeploymentKind, DeploymentOutcome, KnownRollouts, RollbackEvent, RollbackTrigger};

/// From the sync or release that goes back to the workloads that follow it.
const WINDOW: SignedDuration = SignedDuration::from_mins(30);

/// Signals of one rollback, nearest to its cause first, and the commit behind it.
struct Incident<'a> {
    signals: Vec<Signal>,
    revert: Option<&'a Revert>,
}

pub(super) fn join(
    environment: &str,
    stack: &str,
    mut traces: Traces,
    history: &ClusterHistory<'_>,
    known: &KnownRollouts,
) -> Detected {
    let incidents = with_reverts(incidents(traces.signals), history.reverts);
    keep_what_is_nearest_to_the_cause(&mut traces.deployments, &incidents);
    let mut rollbacks = Vec::new();
    for incident in &incidents {
        let taken_back = incident.taken_back(&traces.deployments);
        if let Some(deployment) =
            traces.deployments.iter_mut().find(|deployment| Some(&deployment.key) == taken_back.as_ref())
            && deployment.outcome == DeploymentOutcome::Succeeded
        {
            deployment.outcome = DeploymentOutcome::RolledBack;
        }
        if !incident.is_known(stack, known) {
            rollbacks.extend(incident.event(environment, stack, taken_back));
        }
    }
    rollbacks.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
    traces.deployments.sort_by(|one, other| (one.started_at, &one.key).cmp(&(other.started_at, &other.key)));
    let deployments = traces.deployments.iter().map(|deployment| deployment.event(environment, stack)).collect();
    Detected { deployments, rollbacks }
}

fn incidents(mut signals: Vec<Signal>) -> Vec<Incident<'static>> {
    signals.sort_by(|one, other| (one.mechanism, one.at, &one.key).cmp(&(other.mechanism, other.at, &other.key)));
    let mut incidents: Vec<Incident<'_>> = Vec::new();
    for signal in signals {
        let same = incidents
            .iter_mut()
            .filter_map(|incident| Some((incident.distance(&signal)?, incident)))
            .min_by_key(|(distance, _)| *distance);
        match same {
            Some((_, incident)) => incident.signals.push(signal),
            None => incidents.push(Incident { signals: vec![signal], revert: None }),
        }
    }
    incidents
}

/// Finds the commits behind incidents: those that revert what was deployed, between its deployment and its end. What one
/// commit takes back is one incident.
fn with_reverts<'a>(incidents: Vec<Incident<'_>>, reverts: &'a [Revert]) -> Vec<Incident<'a>> {
    let mut joined: Vec<Incident<'a>> = Vec::new();
    for incident in incidents {
        let revert = incident.revert_among(reverts);
        let same = revert.and_then(|revert| {
            joined.iter_mut().find(|other| other.revert.is_some_and(|known| known.commit == revert.commit))
        });
        match same {
            Some(other) => other.signals.extend(incident.signals),
            None => joined.push(Incident { signals: incident.signals, revert }),
        }
    }
    joined
}

fn is_by_hand(trigger: RollbackTrigger) -> bool {
    matches!(trigger, RollbackTrigger::Undo | RollbackTrigger::Manual)
}

impl Incident<'_> {
    /// How far in time a signal is from this incident; `None`: it is of another one.
    fn distance(&self, signal: &Signal) -> Option<SignedDuration> {
        let of_one = |own: &Signal| {
            // A deployment is taken back once.
            if own.from.is_some() && own.from == signal.from {
                return true;
            }
            let is_near = signal.at.duration_since(own.at).abs() <= WINDOW;
            let is_related = !own.units.is_disjoint(&signal.units);
            // What one tool did twice is two things, and so is what people did by hand to two workloads.
            let is_another = own.mechanism == signal.mechanism
                && (own.service == signal.service || is_by_hand(own.trigger) || is_by_hand(signal.trigger));
            is_near && is_related && !is_another
        };
        let is_repeated = self
            .signals
            .iter()
            .any(|own| own.mechanism == signal.mechanism && own.service == signal.service && own.from != signal.from);
        let related = self.signals.iter().filter(|own| of_one(own)).filter(|_| !is_repeated);
        related.map(|own| signal.at.duration_since(own.at).abs()).min()
    }

    fn revert_among<'a>(&self, reverts: &'a [Revert]) -> Option<&'a Revert> {
        let is_behind = |revert: &&Revert| {
            self.signals.iter().any(|signal| {
                !is_by_hand(signal.trigger)
                    && !revert.addresses.is_disjoint(&signal.units)
                    && revert.at <= signal.at
                    && signal.from_at.is_none_or(|from_at| from_at <= revert.at)
            })
        };
        reverts.iter().filter(is_behind).max_by_key(|revert| (revert.at, &revert.commit))
    }

    /// Whether an earlier scan counted it, under whatever it knew of it.
    fn is_known(&self, stack: &str, known: &KnownRollouts) -> bool {
        self.signals.iter().any(|signal| {
            known.rollbacks.contains(&signal.key)
                || signal.from.as_ref().is_some_and(|from| known.taken_back.contains(from))
        }) || self.revert.is_some_and(|revert| known.rollbacks.contains(&key_of(revert, stack)))
    }

    /// The deployment that was taken back, among those that are counted: that of the signals, or the last one of the tool
    /// that deploys the workload.
    fn taken_back(&self, deployments: &[Deployment]) -> Option<String> {
        let named = self.signals.iter().filter_map(|signal| signal.from.as_ref());
        let is_counted = |key: &&String| deployments.iter().any(|deployment| deployment.key == **key);
        if let Some(key) = named.clone().find(is_counted) {
            return Some(key.clone());
        }
        let signal = self.signals.first()?;
        let last = deployments
            .iter()
            .filter(|deployment| deployment.kind == DeploymentKind::Forward && deployment.started_at < signal.at)
            .filter(|deployment| !deployment.units.is_disjoint(&signal.units))
            .max_by_key(|deployment| (deployment.started_at, &deployment.key));
        last.map(|deployment| deployment.key.clone()).or_else(|| named.clone().next().cloned())
    }

    fn event(&self, environment: &str, stack: &str, deployment: Option<String>) -> Option<RollbackEvent> {
        let nearest = self.signals.first()?;
        let began: Option<Timestamp> = self.signals.iter().filter_map(|signal| signal.from_at).min();
        let ended: Option<Timestamp> = self.signals.iter().filter_map(|signal| signal.ended_at).max();
        let duration = began.zip(ended).map(|(began, ended)| ended.duration_since(began));
        let (key, mechanism, trigger) = match self.revert {
            Some(revert) => (key_of(revert, stack), Mechanism::Git, RollbackTrigger::GitRevert),
            None => (nearest.key.clone(), nearest.mechanism, nearest.trigger),
        };
        Some(RollbackEvent {
            key,
            environment: environment.to_owned(),
            service: nearest.service.clone(),
            mechanism: mechanism.as_str(),
            trigger,
            deployment,
            at: nearest.at,
            duration_ms: duration.and_then(|duration| i64::try_from(duration.as_millis().max(0)).ok()),
        })
    }
}

/// A commit is deployed to many stacks, and taken back in each of them.
fn key_of(revert: &Revert, stack: &str) -> String {
    format!("git:{}:{stack}", revert.commit)
}

/// One deployment is counted once: where the tool that deploys a workload has a history of its own, that counts, and what
/// the workload remembers of the same deployments does not. Changes by hand remain.
fn keep_what_is_nearest_to_the_cause(deployments: &mut Vec<Deployment>, incidents: &[Incident<'_>]) {
    let delivered: Vec<(Mechanism, BTreeSet<String>)> =
        deployments.iter().map(|deployment| (deployment.mechanism, deployment.units.clone())).collect();
    let nearest: BTreeSet<&str> =
        incidents.iter().filter_map(|incident| incident.signals.first()).map(|signal| signal.key.as_str()).collect();
    deployments.retain(|deployment| match deployment.kind {
        DeploymentKind::Hotfix => true,
        DeploymentKind::Rollback => nearest.contains(deployment.key.as_str()),
        DeploymentKind::Forward | DeploymentKind::Redeploy => !delivered
            .iter()
            .any(|(mechanism, units)| *mechanism < deployment.mechanism && !units.is_disjoint(&deployment.units)),
    });
}

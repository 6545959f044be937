//! Metrics about the world, computed from the store.

use std::cell::RefCell;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, Result,
};

use super::{Description, Kind};
use crate::gate::Decision;
use crate::model::{Presence, ProblemKind, Standing, Verdict};
use crate::report::{DriftReport, ProblemReport};
use crate::store::{Counted, Resolved, StackState, World};

/// Buckets for the time from a change to its record; the deadlines of common policies are among them.
const RECORD_DELAY_SECONDS: [f64; 8] = [300.0, 900.0, 3600.0, 14_400.0, 43_200.0, 86_400.0, 172_800.0, 604_800.0];

/// Buckets for the time a rollback takes; ten minutes is the usual goal.
const ROLLBACK_SECONDS: [f64; 7] = [30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0];

/// Label sets of deployments and rollbacks that report 0 from the start: an increase from nothing to 1 is invisible
/// to Prometheus, one from 0 to 1 is not.
const DEPLOYMENT_LABELS: [[&str; 3]; 21] = [
    ["argocd", "forward", "rolled_back"],
    ["argocd", "forward", "succeeded"],
    ["argocd", "rollback", "succeeded"],
    ["ecs", "forward", "failed"],
    ["ecs", "forward", "succeeded"],
    ["ecs", "rollback", "succeeded"],
    ["flux", "forward", "failed"],
    ["flux", "forward", "rolled_back"],
    ["flux", "forward", "succeeded"],
    ["flux", "rollback", "succeeded"],
    ["helm", "forward", "failed"],
    ["helm", "forward", "rolled_back"],
    ["helm", "forward", "succeeded"],
    ["helm", "rollback", "succeeded"],
    ["kubernetes", "forward", "failed"],
    ["kubernetes", "forward", "rolled_back"],
    ["kubernetes", "forward", "succeeded"],
    ["kubernetes", "hotfix", "succeeded"],
    ["kubernetes", "rollback", "succeeded"],
    ["record", "forward", "rolled_back"],
    ["record", "forward", "succeeded"],
];
const ROLLBACK_LABELS: [[&str; 2]; 20] = [
    ["argo_rollouts", "deployment_failure"],
    ["argo_rollouts", "manual"],
    ["argo_rollouts", "unknown"],
    ["argocd", "manual"],
    ["argocd", "redeployment"],
    ["argocd", "unknown"],
    ["ecs", "circuit_breaker"],
    ["ecs", "deployment_failure"],
    ["flux", "deployment_failure"],
    ["flux", "redeployment"],
    ["git", "git_revert"],
    ["helm", "deployment_failure"],
    ["helm", "manual"],
    ["helm", "redeployment"],
    ["kubernetes", "deployment_failure"],
    ["kubernetes", "manual"],
    ["kubernetes", "redeployment"],
    ["kubernetes", "undo"],
    ["kubernetes", "unknown"],
    ["record", "manual"],
];

/// All of them. `environments` are those of the configuration, so that one without a scan reports zeros.
pub(super) fn gather(world: &World, environments: &[String]) -> Result<Vec<MetricFamily>> {
    Ok(register(world, environments)?.registry.gather())
}

/// What there is, whatever the world looks like.
pub(super) fn descriptions() -> Result<Vec<Description>> {
    Ok(register(&World::default(), &[])?.descriptions.into_inner())
}

fn register(world: &World, environments: &[String]) -> Result<Registrar> {
    let metrics = Registrar::default();
    drifts(&metrics, world)?;
    attributes(&metrics, world)?;
    stacks(&metrics, world)?;
    events(&metrics, world, environments)?;
    records(&metrics, world)?;
    rollbacks(&metrics, world, environments)?;
    Ok(metrics)
}

/// Makes metrics, registers them and remembers what they are: a metric without a series is not gathered.
#[derive(Default)]
struct Registrar {
    registry: Registry,
    descriptions: RefCell<Vec<Description>>,
}

impl Registrar {
    fn register<M: Collector + Clone + 'static>(&self, kind: Kind, metric: M) -> Result<M> {
        self.descriptions.borrow_mut().extend(Description::of(kind, &metric));
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
        self.register(Kind::Gauge, IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    fn gauge(&self, name: &str, help: &str) -> Result<IntGauge> {
        self.register(Kind::Gauge, IntGauge::new(name, help)?)
    }

    fn ratios(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec> {
        self.register(Kind::Gauge, GaugeVec::new(Opts::new(name, help), labels)?)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
        self.register(Kind::Counter, IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    fn counter(&self, name: &str, help: &str) -> Result<IntCounter> {
        self.register(Kind::Counter, IntCounter::new(name, help)?)
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64], observations: &[f64]) -> Result<()> {
        let metric = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?;
        observations.iter().for_each(|seconds| metric.observe(seconds.max(0.0)));
        self.register(Kind::Histogram, metric).map(drop)
    }
}

fn add(counter: &IntCounterVec, counted: &Counted) {
    for (labels, count) in counted {
        counter.with_label_values(labels).inc_by(count.unsigned_abs());
    }
}

fn drifts(metrics: &Registrar, world: &World) -> Result<()> {
    let open = metrics.gauges(
        "driftledger_drifts",
        "Open drifts: resources that somebody changed by hand.",
        &["environment", "stack", "provider", "type", "verdict"],
    )?;
    for labels in &world.drifting {
        // A label set that drains says 0 instead of vanishing with its last value still in everybody's mind.
        for verdict in Verdict::ALL {
            let [environment, stack, provider, resource_type] = labels.each_ref().map(String::as_str);
            open.with_label_values(&[environment, stack, provider, resource_type, verdict.as_str()]).set(0);
        }
    }
    let oldest = metrics.ratios(
        "driftledger_drift_oldest_timestamp_seconds",
        "When the oldest open drift of a verdict was first seen; absent when there is none.",
        &["environment", "verdict"],
    )?;
    for (drift, verdict) in world.drifts.iter().filter_map(|drift| Some((drift, drift.verdict?))) {
        let labels =
            [&drift.environment, &drift.stack, drift.provider.as_str(), &drift.resource_type, verdict.as_str()];
        open.with_label_values(&labels).inc();
        let first_seen = seconds(drift.first_seen);
        let gauge: Gauge = oldest.with_label_values(&[&drift.environment, verdict.as_str()]);
        if gauge.get() == 0.0 || first_seen < gauge.get() {
            gauge.set(first_seen);
        }
    }
    Ok(())
}

fn seconds(at: jiff::Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

fn attributes(metrics: &Registrar, world: &World) -> Result<()> {
    let of_standing = |standing| {
        let attributes = world.drifts.iter().flat_map(|drift| &drift.attributes);
        as_i64(attributes.filter(|attribute| attribute.standing == standing).count())
    };
    metrics
        .gauge("driftledger_pending_attributes", "Attributes that the repository moved and nobody deployed yet.")?
        .set(of_standing(Standing::Pending));
    metrics
        .gauge("driftledger_unverifiable_attributes", "Declared attributes that cannot be compared with live.")?
        .set(as_i64(world.stacks.iter().map(|stack| stack.coverage.attributes.unverifiable).sum()));
    Ok(())
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn stacks(metrics: &Registrar, world: &World) -> Result<()> {
    let resources = metrics.gauges(
        "driftledger_resources",
        "Declared resources by what is known of them.",
        &["environment", "stack", "state"],
    )?;
    let success = metrics.ratios(
        "driftledger_scan_last_success_timestamp_seconds",
        "When a stack was last scanned without a gap.",
        &["stack"],
    )?;
    let problems = metrics.gauges(
        "driftledger_scan_problems",
        "What the last scan of a stack could not read or evaluate; without a stack: records and settings.",
        &["stack", "kind"],
    )?;
    let count = |stack: &str, found: &[ProblemReport]| {
        for kind in ProblemKind::ALL {
            let count = found.iter().filter(|problem| problem.kind == kind.as_str()).count();
            problems.with_label_values(&[stack, kind.as_str()]).set(as_i64(count));
        }
    };
    count("", &world.problems);
    for stack in &world.stacks {
        for (state, count) in resource_states(stack, &world.drifts) {
            resources.with_label_values(&[&stack.environment, &stack.name, state]).set(as_i64(count));
        }
        success.with_label_values(&[&stack.name]).set(stack.last_success.map_or(0.0, seconds));
        count(&stack.name, &stack.coverage.problems);
    }
    Ok(())
}

fn resource_states(stack: &StackState, drifts: &[DriftReport]) -> [(&'static str, usize); 4] {
    let with = |presence| {
        drifts
            .iter()
            .filter(move |drift| drift.stack == stack.name && drift.presence == presence && drift.is_manual_change())
    };
    let missing = with(Presence::Missing).filter(|drift| !drift.stale).count();
    let is_new = |drift: &&DriftReport| {
        drift.stack == stack.name && drift.presence == Presence::Missing && !drift.is_manual_change() && !drift.stale
    };
    let not_deployed = drifts.iter().filter(is_new).count();
    let resources = stack.coverage.resources;
    [
        ("present", resources.checked.saturating_sub(missing + not_deployed)),
        ("missing", missing),
        ("unmanaged", with(Presence::Unmanaged).count()),
        ("unknown", resources.unknown),
    ]
}

fn events(metrics: &Registrar, world: &World, environments: &[String]) -> Result<()> {
    let happened = |what: &str| {
        let count = world.drift_events.iter().find(|(labels, _)| labels.iter().any(|label| label == what));
        count.map_or(0, |(_, count)| count.unsigned_abs())
    };
    metrics.counter("driftledger_drift_detected_total", "Drifts that scans found.")?.inc_by(happened("detected"));
    let resolved = metrics.counters("driftledger_drift_resolved_total", "Drifts that went away, by how.", &["how"])?;
    for how in Resolved::ALL {
        resolved.with_label_values(&[how.as_str()]).inc_by(happened(how.as_str()));
    }
    let overwrites = metrics.counters(
        "driftledger_manual_change_overwrites_total",
        "Manual changes that a deployment took back.",
        &["environment"],
    )?;
    let gate =
        metrics.counters("driftledger_gate_decisions_total", "What the gate decided.", &["environment", "decision"])?;
    for environment in environments {
        overwrites.with_label_values(&[environment]).inc_by(0);
        for decision in Decision::ALL {
            gate.with_label_values(&[environment.as_str(), decision.as_str()]).inc_by(0);
        }
    }
    add(&overwrites, &world.overwrites);
    add(&gate, &world.gate_decisions);
    Ok(())
}

fn records(metrics: &Registrar, world: &World) -> Result<()> {
    let by_state = metrics.gauges(
        "driftledger_change_records",
        "Change records by source and state; the environment is empty where a record names none.",
        &["environment", "source", "state"],
    )?;
    world.records.iter().for_each(|(labels, count)| by_state.with_label_values(labels).set(*count));
    let violations = metrics.gauges(
        "driftledger_change_record_violations",
        "Rules that the records behind open drifts break, counted a record.",
        &["environment", "rule"],
    )?;
    world.violations.iter().for_each(|(labels, count)| violations.with_label_values(labels).set(*count));
    metrics.histogram(
        "driftledger_record_delay_seconds",
        "From a change to its record; a change recorded before it was made counts as 0.",
        &RECORD_DELAY_SECONDS,
        &world.record_delays,
    )
}

fn rollbacks(metrics: &Registrar, world: &World, environments: &[String]) -> Result<()> {
    let deployments = metrics.counters(
        "driftledger_deployments_total",
        "Settled deployments.",
        &["environment", "mechanism", "kind", "outcome"],
    )?;
    let rollbacks = metrics.counters(
        "driftledger_rollbacks_total",
        "Deployments and recorded changes that were taken back.",
        &["environment", "mechanism", "trigger"],
    )?;
    for environment in environments {
        for [mechanism, kind, outcome] in DEPLOYMENT_LABELS {
            deployments.with_label_values(&[environment, mechanism, kind, outcome]).inc_by(0);
        }
        for [mechanism, trigger] in ROLLBACK_LABELS {
            rollbacks.with_label_values(&[environment, mechanism, trigger]).inc_by(0);
        }
    }
    add(&deployments, &world.deployments);
    add(&rollbacks, &world.rollbacks);
    let ratio = metrics.ratios(
        "driftledger_rollback_ratio",
        "Forward deployments that were taken back, of all settled ones that began in the window; absent without any.",
        &["environment", "window"],
    )?;
    for window in &world.forward_deployments {
        let value = f64::from(window.taken_back) / f64::from(window.settled);
        ratio.with_label_values(&[window.environment.as_str(), &format!("{}d", window.days)]).set(value);
    }
    metrics.histogram(
        "driftledger_rollback_duration_seconds",
        "From the start of a deployment to the end of its rollback.",
        &ROLLBACK_SECONDS,
        &world.rollback_durations,
    )
}

//! The exported metrics with their labels: the contract that dashboards and rules rest on.

use super::promql::{Around, Selector};

/// What a metric is to Prometheus.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gauge,
    Counter,
    Histogram,
}

/// What a metric speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// The world: computed from the store at scrape, the same in every process on one store.
    World,
    /// This process alone.
    Process,
}

use About::{Process, World};
use Kind::{Counter, Gauge, Histogram};

const METRICS: [(&str, Kind, About, &[&str]); 21] = [
    ("driftledger_drifts", Gauge, World, &["environment", "stack", "provider", "type", "verdict"]),
    ("driftledger_drift_oldest_timestamp_seconds", Gauge, World, &["environment", "verdict"]),
    ("driftledger_pending_attributes", Gauge, World, &[]),
    ("driftledger_unverifiable_attributes", Gauge, World, &[]),
    ("driftledger_resources", Gauge, World, &["environment", "stack", "state"]),
    ("driftledger_drift_detected_total", Counter, World, &[]),
    ("driftledger_drift_resolved_total", Counter, World, &["how"]),
    ("driftledger_manual_change_overwrites_total", Counter, World, &["environment"]),
    ("driftledger_change_records", Gauge, World, &["environment", "source", "state"]),
    ("driftledger_change_record_violations", Gauge, World, &["environment", "rule"]),
    ("driftledger_record_delay_seconds", Histogram, World, &[]),
    ("driftledger_deployments_total", Counter, World, &["environment", "mechanism", "kind", "outcome"]),
    ("driftledger_rollbacks_total", Counter, World, &["environment", "mechanism", "trigger"]),
    ("driftledger_rollback_ratio", Gauge, World, &["environment", "window"]),
    ("driftledger_rollback_duration_seconds", Histogram, World, &[]),
    ("driftledger_scan_duration_seconds", Histogram, Process, &[]),
    ("driftledger_scan_last_success_timestamp_seconds", Gauge, World, &["stack"]),
    ("driftledger_scan_problems", Gauge, World, &["stack", "kind"]),
    ("driftledger_api_calls_total", Counter, Process, &["service", "operation", "outcome"]),
    ("driftledger_gate_decisions_total", Counter, World, &["environment", "decision"]),
    ("driftledger_build_info", Gauge, Process, &["version", "commit"]),
];

/// Labels that Prometheus, or a cluster's scrape configuration, adds to every series.
const OF_THE_TARGET: [&str; 3] = ["job", "instance", "pod"];

const PARTS_OF_A_HISTOGRAM: [&str; 3] = ["_bucket", "_sum", "_count"];

/// What is wrong with one selector, wherever it stands.
pub fn findings(selector: &Selector) -> Vec<String> {
    let metric = &selector.metric;
    let base = PARTS_OF_A_HISTOGRAM.iter().find_map(|part| metric.strip_suffix(part)).unwrap_or(metric);
    let Some((_, kind, about, labels)) = METRICS.iter().find(|(name, ..)| *name == base) else {
        return vec![format!("no metric `{metric}` is exported")];
    };
    let mut found = Vec::new();
    if (*kind == Histogram) != (base != metric) {
        found.push(format!("`{metric}`: a histogram is read by _bucket, _sum or _count, and nothing else is"));
    }
    let bucket = (*kind == Histogram).then_some("le");
    let exists = |label: &String| labels.iter().chain(&OF_THE_TARGET).chain(bucket.iter()).any(|known| known == label);
    let used = selector.matchers.iter().map(|(label, _)| label).chain(selector.grouped_by());
    found.extend(used.filter(|label| !exists(label)).map(|label| format!("`{metric}` has no label `{label}`")));

    let function = selector.innermost().and_then(Around::function);
    let counted = function.is_some_and(|name| ["rate", "irate", "increase"].contains(&name));
    if *kind == Counter && !counted {
        found.push(format!("`{metric}` counts: it belongs directly inside rate, irate or increase"));
    }
    if *kind == Gauge && counted {
        found.push(format!("`{metric}` is no counter"));
    }
    if *about == World && !selector.aggregated_over_replicas(usize::from(counted)) {
        found.push(format!("`{metric}` is the same in every process: `max without (instance, pod)` comes first"));
    }
    found
}

#[test]
fn the_table_is_what_is_exported() {
    let word = |kind: Kind| match kind {
        Gauge => "gauge",
        Counter => "counter",
        Histogram => "histogram",
    };
    let mut table: Vec<_> = METRICS
        .iter()
        .map(|(name, kind, _, labels)| {
            ((*name).to_owned(), word(*kind), labels.iter().map(|label| (*label).to_owned()).collect())
        })
        .collect();
    table.sort();
    let exported = driftledger::metrics::Metrics::descriptions().unwrap().into_iter();
    let exported: Vec<(_, _, Vec<_>)> = exported.map(|it| (it.name, it.kind.as_str(), it.labels)).collect();
    assert_eq!(table, exported);
}

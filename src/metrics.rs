//! What Prometheus scrapes.
//!
//! Two kinds that are never mixed: metrics about the world are computed from the store at each scrape, so that every
//! replica says the same and a restart loses nothing; metrics about this process are counted in place. No label holds
//! a resource id, a path, a person or a record id.

mod world;

use prometheus::core::Collector;
use prometheus::{Encoder, Histogram, HistogramOpts, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::store::World;

/// The metrics of this process, and the way to those of the world.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    /// How long scans take, in seconds.
    pub scan_duration: Histogram,
}

/// What Prometheus is told of a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Description {
    /// The name.
    pub name: String,
    /// The kind.
    pub kind: Kind,
    /// The names of its labels, as they were declared.
    pub labels: Vec<String>,
    /// One sentence.
    pub help: String,
}

/// The kinds of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only goes up.
    Counter,
    /// Counts observations in buckets.
    Histogram,
}

impl Kind {
    /// The kind's name in Prometheus' text format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

impl Description {
    fn of(kind: Kind, metric: &impl Collector) -> Vec<Self> {
        let descriptions = metric.desc().into_iter();
        descriptions
            .map(|desc| Self {
                name: desc.fq_name.clone(),
                kind,
                labels: desc.variable_labels.clone(),
                help: desc.help.clone(),
            })
            .collect()
    }
}

/// One counted kind of call to a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiCallCount {
    /// The service: `ec2`.
    pub service: String,
    /// The operation: `DescribeSecurityGroups`.
    pub operation: String,
    /// `ok`, or the kind of the error.
    pub outcome: String,
    /// How many.
    pub calls: u64,
}

/// Buckets for the duration of a scan: a second to a quarter of an hour.
const SCAN_SECONDS: [f64; 9] = [0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 300.0, 900.0];

impl Metrics {
    /// Fresh metrics in a registry of their own.
    ///
    /// # Errors
    /// Never in practice: the names are fixed and each is registered once.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let scan_duration = scan_duration()?;
        registry.register(Box::new(scan_duration.clone()))?;
        let build = build_info()?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION"), commit()]).set(1);
        registry.register(Box::new(build))?;
        #[cfg(target_os = "linux")]
        registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        Ok(Self { registry, scan_duration })
    }

    /// Every metric of driftledger's own, sorted by name; those of the process are Prometheus' standard ones.
    ///
    /// # Errors
    /// Never in practice: see [`Metrics::new`].
    pub fn descriptions() -> prometheus::Result<Vec<Description>> {
        let mut all = world::descriptions()?;
        all.extend(Description::of(Kind::Histogram, &scan_duration()?));
        all.extend(Description::of(Kind::Gauge, &build_info()?));
        all.extend(Description::of(Kind::Counter, &api_calls_total()?));
        all.sort();
        Ok(all)
    }

    /// Everything in Prometheus' text format.
    ///
    /// # Errors
    /// Never in practice: see [`Metrics::new`].
    pub fn render(&self, world: &World, environments: &[String], calls: &[ApiCallCount]) -> prometheus::Result<String> {
        let mut families = self.registry.gather();
        families.extend(world::gather(world, environments)?);
        families.extend(api_calls(calls)?);
        families.sort_by(|a, b| a.name().cmp(b.name()));
        let mut text = Vec::new();
        TextEncoder::new().encode(&families, &mut text)?;
        String::from_utf8(text).map_err(|error| prometheus::Error::Msg(error.to_string()))
    }
}

/// The commit this binary was built from, as the build tells it.
pub fn commit() -> &'static str {
    option_env!("DRIFTLEDGER_COMMIT").unwrap_or("unknown")
}

fn scan_duration() -> prometheus::Result<Histogram> {
    Histogram::with_opts(
        HistogramOpts::new("driftledger_scan_duration_seconds", "How long a scan of all stacks took.")
            .buckets(SCAN_SECONDS.to_vec()),
    )
}

fn build_info() -> prometheus::Result<IntGaugeVec> {
    IntGaugeVec::new(Opts::new("driftledger_build_info", "The running version; always 1."), &["version", "commit"])
}

fn api_calls_total() -> prometheus::Result<IntCounterVec> {
    IntCounterVec::new(
        Opts::new("driftledger_api_calls_total", "Calls to services, every page and every retry counted."),
        &["service", "operation", "outcome"],
    )
}

fn api_calls(calls: &[ApiCallCount]) -> prometheus::Result<Vec<prometheus::proto::MetricFamily>> {
    let registry = Registry::new();
    let counter = api_calls_total()?;
    registry.register(Box::new(counter.clone()))?;
    for count in calls {
        counter.with_label_values(&[&count.service, &count.operation, &count.outcome]).inc_by(count.calls);
    }
    Ok(registry.gather())
}

#[cfg(test)]
mod tests;

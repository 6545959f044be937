//! Measures scans and bare loops in turn, so that whatever else the machine does falls on both.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use driftledger::app::App;
use driftledger::config::{self, Live};
use driftledger::live::AwsScope;
use driftledger::report::Report;

use super::bare::Bare;
use super::company::{self, CHANGED, SERVICES};

const ROUNDS: usize = 9;

/// Wall times of one thing, one a round.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    fn best(&self) -> Duration {
        self.0.iter().min().copied().unwrap_or_default()
    }
}

/// Calls by operation.
type Calls = BTreeMap<String, u64>;

/// Measures the company in a folder and prints the figures.
pub async fn run(folder: &Path) -> anyhow::Result<()> {
    let scope = scope(folder)?;
    let [mut bare_first, mut scan_first, mut bare_next, mut scan_next] = [const { Times(Vec::new()) }; 4];
    let (mut calls_first, mut calls_next) = (Calls::new(), Calls::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let bare = Bare::connect(&scope).await;
        bare.identity().await?;
        bare.listings().await?;
        bare_first.0.push(start.elapsed());

        company::forget_scans(folder)?;
        let app = App::open(load(folder)?).await?;
        scan_first.0.push(scan(&app).await?);
        calls_first = calls(&app);

        let start = Instant::now();
        bare.listings().await?;
        bare_next.0.push(start.elapsed());

        scan_next.0.push(scan(&app).await?);
        calls_next = calls(&app);
        app.close().await;
    }
    for (operation, before) in &calls_first {
        *calls_next.entry(operation.clone()).or_default() -= before;
    }
    println!("{SERVICES} security groups, {SERVICES} roles, {CHANGED} of them changed by hand; {ROUNDS} rounds");
    print("first", &bare_first, &scan_first, &calls_first);
    print("next", &bare_next, &scan_next, &calls_next);
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    Ok(())
}

fn print(which: &str, bare: &Times, scan: &Times, calls: &Calls) {
    let line = |what: &str, times: &Times| {
        let [median, best] = [times.median(), times.best()].map(|time| time.as_secs_f64() * 1000.0);
        println!("{which:>5} {what}: median {median:.0} ms, best {best:.0} ms");
    };
    line("bare loop", bare);
    line("scan     ", scan);
    let ratio = |of: fn(&Times) -> Duration| of(scan).as_secs_f64() / of(bare).as_secs_f64();
    println!("{which:>5} ratio    : {:.2} of the medians, {:.2} of the best", ratio(Times::median), ratio(Times::best));
    let made = calls.iter().filter(|(_, calls)| **calls > 0);
    let made: Vec<_> = made.map(|(operation, calls)| format!("{operation} {calls}")).collect();
    println!("{which:>5} calls    : {}", made.join(", "));
}

/// Scans once, and makes sure that the scan saw everything.
async fn scan(app: &App) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let report = app.scan(&[]).await?;
    let elapsed = start.elapsed();
    check(&report)?;
    Ok(elapsed)
}

fn check(report: &Report) -> anyhow::Result<()> {
    let (coverage, summary) = (&report.coverage, &report.summary);
    ensure!(coverage.problems.is_empty(), "problems: {:?}", coverage.problems);
    ensure!(coverage.resources.checked == 2 * SERVICES, "checked {:?}", coverage.resources);
    ensure!(summary.unexplained == CHANGED && summary.pending == 0, "found {summary:?}: {:#?}", report.drifts.first());
    Ok(())
}

fn calls(app: &App) -> Calls {
    let mut calls = Calls::new();
    for count in app.connections().calls() {
        *calls.entry(format!("{}:{}", count.service, count.operation)).or_default() += count.calls;
    }
    calls
}

fn scope(folder: &Path) -> anyhow::Result<AwsScope> {
    let file = load(folder)?;
    let stack = file.config.stacks.first().context("no stack")?;
    let Live::Aws(scope) = &stack.live else { bail!("the stack does not run on AWS") };
    Ok(scope.clone())
}

fn load(folder: &Path) -> anyhow::Result<config::ConfigFile> {
    config::load(&company::configuration_file(folder)).map_err(|problems| anyhow::anyhow!("{problems:?}"))
}

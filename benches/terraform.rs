//! How long a large Terraform root module takes to read: 5,000 resources, and ten times as many.
//!
//! `cargo bench --bench terraform --no-default-features`. Every size is measured in a process of its own, so that its
//! peak of memory is its own. Fails if 5,000 resources take longer than [`LIMIT`] or more than [`MEMORY`], or if the
//! time for each resource grows with their number.

#[path = "terraform/generator.rs"]
mod generator;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use driftledger::config::{Declared, TerraformModule};
use driftledger::declared::source::{self, Surroundings};
use driftledger::declared::terraform;
use driftledger::model::{Bindings, Fingerprinter, ProblemKind};
use driftledger::repo::Tree;

/// What reading 5,000 resources may take.
const LIMIT: Duration = Duration::from_secs(2);
/// The memory that reading 5,000 resources may take, in MiB.
const MEMORY: u64 = 400;
/// How much longer one resource of 50,000 may take than one of 5,000.
const GROWTH: f64 = 1.5;
/// The environment variable that tells a child what to measure.
const CHILD: &str = "DRIFTLEDGER_BENCH_ENVIRONMENTS";
const ROUNDS: usize = 3;

/// What was measured of one size.
struct Measured {
    resources: usize,
    time: Duration,
    memory: u64,
}

fn main() -> anyhow::Result<()> {
    if let Ok(environments) = std::env::var(CHILD) {
        return measure(environments.parse()?);
    }
    let small = in_a_process_of_its_own(20)?;
    let large = in_a_process_of_its_own(200)?;
    for measured in [&small, &large] {
        println!(
            "{} resources: read in {:.2?} ({:.1} µs each), peak of memory {} MiB",
            measured.resources,
            measured.time,
            each(measured) * 1e6,
            measured.memory
        );
    }
    let growth = each(&large) / each(&small);
    println!("ten times the resources take {growth:.2} times as long each");
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    ensure!(small.resources == 5_000 && large.resources == 50_000, "the generator makes another number of resources");
    ensure!(small.time <= LIMIT, "5,000 resources may take {LIMIT:?}");
    ensure!(small.memory <= MEMORY, "5,000 resources may take {MEMORY} MiB");
    ensure!(growth <= GROWTH, "the time for each resource grows with their number");
    Ok(())
}

fn each(measured: &Measured) -> f64 {
    measured.time.as_secs_f64() / measured.resources as f64
}

fn in_a_process_of_its_own(environments: usize) -> anyhow::Result<Measured> {
    let output = Command::new(std::env::current_exe()?).env(CHILD, environments.to_string()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{}{text}", String::from_utf8_lossy(&output.stderr));
    let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [resources, micros, memory] = numbers[..] else { anyhow::bail!("the child said: {text}") };
    Ok(Measured { resources: usize::try_from(resources)?, time: Duration::from_micros(micros), memory })
}

/// Reads the generated module and prints the number of resources, the microseconds of the best round, and MiB.
fn measure(environments: usize) -> anyhow::Result<()> {
    let tree = generator::tree(environments)?;
    let module = Declared::Terraform(TerraformModule::at("infra"));
    let surroundings = Surroundings {
        account: Some("123456789012".into()),
        region: Some("eu-west-1".into()),
        ..Surroundings::default()
    };
    let fingerprints = Fingerprinter::new(*b"bench");
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let read = source::read(&tree, &module, &surroundings, &fingerprints);
        best = best.min(start.elapsed());
        let wrong = read.problems.iter().find(|problem| problem.kind != ProblemKind::NotSupported);
        ensure!(wrong.is_none(), "{wrong:?}");
        ensure!(read.unsettled.is_empty(), "{:?}", read.unsettled);
        drop(black_box(read));
    }
    let memory = peak_of_memory()?;
    println!("{} {} {memory}", count(&tree, &fingerprints), best.as_micros());
    Ok(())
}

/// The resource instances that the module declares, those among them that become part of others.
fn count(tree: &Tree, fingerprints: &Fingerprinter) -> usize {
    let nothing = BTreeMap::new();
    let evaluated = terraform::evaluate(&terraform::Inputs {
        tree,
        folder: "infra",
        var_files: &[],
        variables: &nothing,
        environment: &nothing,
        modules: &nothing,
        workspace: "default",
        bindings: &Bindings::default(),
        context: &terraform::Context::default(),
        states: &|_| None,
        fingerprints,
    });
    evaluated.resources.len()
}

/// The most memory that this process ever held, in MiB.
fn peak_of_memory() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}

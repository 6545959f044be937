//! What the embedded table of resource facts costs: reading its index, unpacking one type, asking again, unpacking all
//! types, and how much memory that takes.
//!
//! `cargo bench --bench resource_facts`; needs no server.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, ensure};
use driftledger::schema::{resource_facts, resource_types, source};

const ROUNDS: usize = 1_000;

fn main() -> anyhow::Result<()> {
    let start = peak_memory()?;
    let (count, index) = timed(|| resource_types().count());
    println!("{count} types of cfn-lint {}, schemas of {}", source().cfn_lint, source().schemas);
    let after_index = peak_memory()?;
    println!("index: {:.0} µs, {} kB", index * 1e6, after_index - start);
    for name in ["AWS::SQS::Queue", "AWS::EC2::Instance", "AWS::QuickSight::Dashboard"] {
        let (_, first) = timed(|| black_box(resource_facts(name)));
        let (found, again) =
            timed(|| (0..ROUNDS).filter(|_| black_box(resource_facts(black_box(name))).is_some()).count());
        ensure!(found == ROUNDS, "{name} has no facts");
        let again = again / ROUNDS as f64;
        println!(
            "{name}: {:.0} µs at first, {:.0} ns again ({:.0} times faster)",
            first * 1e6,
            again * 1e9,
            first / again
        );
    }
    let (_, all) = timed(|| resource_types().filter_map(resource_facts).count());
    println!("all types: {:.1} ms, {} kB", all * 1e3, peak_memory()? - start);
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    Ok(())
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64())
}

/// The largest resident size of this process so far, in kilobytes.
fn peak_memory() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("the kernel's account of this process")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

//! The peak memory of another process, as Linux counts it (`VmHWM` in proc(5)).

use std::fmt;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

/// The exit code of a scan that found unexplained drift.
const FOUND: i32 = 2;

/// The most memory that a process had at once.
pub struct Peak {
    kibibytes: u64,
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} MiB", self.kibibytes as f64 / 1024.0)
    }
}

/// Runs a scan and looks at its peak until it ends. The peak only grows, so the last look is good to a few
/// milliseconds before the end.
pub fn peak_of(scan: &mut Command) -> anyhow::Result<Peak> {
    let mut child = scan.stdout(Stdio::null()).spawn().context("the scan did not start")?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut kibibytes = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let status = std::fs::read_to_string(&status_file).unwrap_or_default();
        kibibytes = kibibytes.max(high_water_mark(&status).unwrap_or_default());
        #[expect(clippy::disallowed_methods, reason = "nothing else runs in this process meanwhile")]
        std::thread::sleep(Duration::from_millis(2));
    };
    ensure!(status.code() == Some(FOUND), "the scan ended with {status}");
    ensure!(kibibytes > 0, "no VmHWM in {status_file}");
    Ok(Peak { kibibytes })
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

//! How long the binary takes to say its version, and from its start until the daemon is ready.
//!
//! `cargo bench --bench cold_start`; needs no server.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

const DRIFTLEDGER: &str = env!("CARGO_BIN_EXE_driftledger");
const ROUNDS: usize = 21;
const PATIENCE: Duration = Duration::from_secs(10);

/// A daemon is ready before its first scan ends, so an endpoint where nobody answers does as well as any.
const CONFIGURATION: &str = "\
store: sqlite:driftledger.db
stacks:
- name: services
  environment: production
  declared: { kind: terraform, path: infra }
  applied: { kind: none }
  live: { kind: aws, region: eu-west-1, endpoint_url: 'http://127.0.0.1:9' }
";

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::create_dir(folder.path().join("infra"))?;
    std::fs::write(folder.path().join("infra/main.tf"), "resource \"aws_iam_role\" \"app\" {}\n")?;
    std::fs::write(folder.path().join("driftledger.yaml"), CONFIGURATION)?;
    println!("driftledger --version: {}", measure(version)?);
    let first = || {
        for name in ["driftledger.db", "driftledger.db-wal", "driftledger.db-shm", "driftledger.db.key"] {
            let _gone_or_never_there = std::fs::remove_file(folder.path().join(name));
        }
        ready(folder.path())
    };
    println!("serve to ready, new store: {}", measure(first)?);
    println!("serve to ready, same store: {}", measure(|| ready(folder.path()))?);
    println!("load of the machine: {}", std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    Ok(())
}

fn measure(mut once: impl FnMut() -> anyhow::Result<Duration>) -> anyhow::Result<String> {
    let mut times = (0..ROUNDS).map(|_| once()).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort();
    let mut text = String::new();
    for (what, at) in [("median", ROUNDS / 2), ("best", 0), ("worst", ROUNDS - 1)] {
        let time = times.get(at).copied().unwrap_or_default();
        write!(text, "{what} {:.1} ms  ", time.as_secs_f64() * 1000.0)?;
    }
    Ok(text.trim_end().to_owned())
}

fn version() -> anyhow::Result<Duration> {
    let start = Instant::now();
    let status = Command::new(DRIFTLEDGER).arg("--version").stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{status}");
    Ok(start.elapsed())
}

/// The daemon, killed when the measurement ends however it ends.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _dead_already = self.0.kill();
        let _status = self.0.wait();
    }
}

fn ready(folder: &Path) -> anyhow::Result<Duration> {
    // Free a moment ago, and nothing else here asks for a port by number.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(DRIFTLEDGER);
    command.args(["serve", "--listen", &address.to_string()]).current_dir(folder);
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let start = Instant::now();
    let daemon = Daemon(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    while !answers(address) {
        ensure!(start.elapsed() < PATIENCE, "not ready after {PATIENCE:?}");
        #[expect(clippy::disallowed_methods, reason = "there is no runtime here whose worker could be blocked")]
        std::thread::sleep(Duration::from_micros(500));
    }
    let elapsed = start.elapsed();
    drop(daemon);
    Ok(elapsed)
}

fn answers(address: SocketAddr) -> bool {
    let ask = || -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).context("no answer")?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.lines().next().is_some_and(|status| status.contains(" 200")))
}

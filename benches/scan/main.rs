//! How long a scan of 1,000 security groups and 1,000 IAM roles takes beside a bare loop that makes the same calls and
//! drops the answers, what it asks the services for, and how much memory it takes.
//!
//! `cargo bench --bench scan`; needs `scripts/install-emulators.sh`. One process starts the emulators and makes the
//! company in each, a second one measures (with the credentials in its environment, where the product looks for them),
//! and the real binary scans once for its peak memory.
//!
//! The ratio depends on how long the services take to answer, and so it is taken twice: ministack answers both listings
//! within some 60 ms, moto within some 2.3 s.

mod bare;
mod company;
#[expect(dead_code, clippy::unwrap_used, reason = "made for the tests, which use all of it and may panic")]
#[path = "../../tests/it/emulators.rs"]
mod emulators;
mod measure;
mod memory;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use company::Company;

/// The environment variable that tells the measuring process where the company is.
const COMPANY: &str = "DRIFTLEDGER_BENCH_COMPANY";

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    match std::env::var_os(COMPANY) {
        Some(folder) => runtime.block_on(measure::run(Path::new(&folder))),
        None => runtime.block_on(prepare()),
    }
}

async fn prepare() -> anyhow::Result<()> {
    for (name, emulator) in [("ministack", emulators::ministack().await), ("moto", emulators::moto().await)] {
        println!("--- {name}");
        measure_at(emulator).await?;
    }
    Ok(())
}

async fn measure_at(emulator: &emulators::Emulator) -> anyhow::Result<()> {
    let account = emulators::Account::new(emulator).await;
    let company = Company::found(&account, &emulator.url).await?;
    let measuring = with_credentials(&mut Command::new(std::env::current_exe()?), &account.id)
        .env(COMPANY, company.folder())
        .status()
        .context("the measuring process did not start")?;
    ensure!(measuring.success(), "the measuring process failed: {measuring}");
    let mut scan = Command::new(env!("CARGO_BIN_EXE_driftledger"));
    let scan =
        with_credentials(&mut scan, &account.id).args(["scan", "--format", "json"]).current_dir(company.folder());
    company.forget_scans()?;
    println!("peak memory of `driftledger scan`: {} (first scan)", memory::peak_of(scan)?);
    println!("peak memory of `driftledger scan`: {} (next scan)", memory::peak_of(scan)?);
    Ok(())
}

fn with_credentials<'c>(command: &'c mut Command, account: &str) -> &'c mut Command {
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"] {
        command.env_remove(name);
    }
    command.env("AWS_ACCESS_KEY_ID", account).env("AWS_SECRET_ACCESS_KEY", "test")
}

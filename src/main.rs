//! The command line of driftledger: parse, run one command, exit with its code.

use std::process::ExitCode;

use clap::Parser;
use driftledger::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return driftledger::cli::usage(&error),
    };
    driftledger::cli::run(cli).await
}

//! The command line. One file a subcommand; each turns arguments into calls of the library and results into an exit
//! code.

mod accept;
mod codify;
mod config;
mod declared;
mod diff;
mod eval;
mod explain;
mod gate;
mod init;
mod ledger;
mod manual;
mod output;
mod progress;
mod rollbacks;
mod scan;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::ConfigFile;
use crate::model::Problem;
use crate::report::table::Colour;

/// Compares what a repository declares with what really runs, and matches every difference to a logged manual change.
#[derive(Debug, Parser)]
#[command(name = "driftledger", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = exit_codes())]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The configuration file.
    #[arg(
        long,
        short,
        global = true,
        default_value = "driftledger.yaml",
        env = "DRIFTLEDGER_CONFIG",
        value_name = "FILE"
    )]
    config: PathBuf,
    /// No colours, whatever the output is. The variable `NO_COLOR` does the same.
    #[arg(long, global = true)]
    no_color: bool,
    /// Print results only: no progress, no warnings.
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at a repository and write a configuration for it.
    Init(init::Init),
    /// Scan all or some stacks once and print the report.
    Scan(scan::Scan),
    /// Scan on a schedule; serve metrics, the report and a page.
    Serve(serve::Serve),
    /// Before a deploy: would it take a manual change back?
    Gate(gate::Gate),
    /// List, show and check change records.
    Ledger(ledger::Ledger),
    /// One drift: its values, when it came, the records considered.
    Explain(explain::Explain),
    /// One drift: print the patch that makes the declaration say what is live.
    Codify(codify::Codify),
    /// One drift: take its undeclared values as right from now on.
    Accept(accept::Accept),
    /// List the rollbacks and deployments seen.
    Rollbacks(rollbacks::Rollbacks),
    /// Print what was read from the repository, before any cloud.
    Declared(declared::Declared),
    /// Evaluate a Terraform expression as the scan does.
    Eval(eval::Eval),
    /// Compare declared with live values without any cloud.
    Diff(diff::Diff),
    /// Check the configuration, or print its schema.
    Config(config::Config),
    /// Print a completion script for a shell.
    Completions(manual::Completions),
    /// Write manual pages into a folder.
    Manual(manual::Manual),
}

/// What a command comes to. The numbers are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to act on.
    Clean,
    /// The tool failed or could not tell.
    Failed,
    /// Unexplained drift, a blocked deploy, differences.
    Found,
    /// `eval`: the value is unknown.
    Unknown,
    /// Wrong usage or configuration.
    Usage,
}

impl Exit {
    /// Every one of them.
    pub const ALL: [Self; 5] = [Self::Clean, Self::Failed, Self::Found, Self::Unknown, Self::Usage];

    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Failed => 1,
            Self::Found => 2,
            Self::Unknown => 3,
            Self::Usage => 64,
        }
    }

    /// What it means, for help and README.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Clean => "nothing to act on",
            Self::Failed => "the tool failed or could not tell; with `--strict`: any problem or unverifiable attribute",
            Self::Found => {
                "drift that nobody accounts for (`scan`), a blocked deploy (`gate`), differences (`diff`), findings \
                 (`ledger lint`)"
            }
            Self::Unknown => "the value is unknown (`eval`)",
            Self::Usage => "wrong usage or configuration",
        }
    }
}

fn exit_codes() -> String {
    let lines = Exit::ALL.map(|exit| format!("  {:>2}  {}", exit.code(), exit.meaning()));
    format!("Exit codes:\n{}", lines.join("\n"))
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not come to a result.
#[derive(Debug)]
pub enum Failure {
    /// The user's configuration or arguments are wrong.
    Usage(Vec<Problem>),
    /// Anything else.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

type CommandResult = Result<Exit, Failure>;

/// Says what is wrong with the arguments. Help and version are no mistakes.
pub fn usage(error: &clap::Error) -> ExitCode {
    // If even this cannot be printed, the exit code still tells.
    drop(error.print());
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Clean.into() }
}

/// Runs one command.
pub async fn run(cli: Cli) -> ExitCode {
    let global = cli.global;
    output::install_logging(&global, matches!(cli.command, Command::Serve(_)));
    let result = match cli.command {
        Command::Init(command) => command.run(&global),
        Command::Scan(command) => command.run(&global).await,
        Command::Serve(command) => command.run(&global).await,
        Command::Gate(command) => command.run(&global).await,
        Command::Ledger(command) => command.run(&global).await,
        Command::Explain(command) => command.run(&global).await,
        Command::Codify(command) => command.run(&global).await,
        Command::Accept(command) => command.run(&global).await,
        Command::Rollbacks(command) => command.run(&global).await,
        Command::Declared(command) => command.run(&global),
        Command::Eval(command) => command.run(&global),
        Command::Diff(command) => command.run(&global),
        Command::Config(command) => command.run(&global),
        Command::Completions(command) => command.run(),
        Command::Manual(command) => command.run(),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => output::report_failure(&global, &failure),
    }
}

impl Global {
    /// The configuration, read and checked.
    fn load_config(&self) -> Result<ConfigFile, Failure> {
        crate::config::load(&self.config).map_err(Failure::Usage)
    }

    fn colour(&self, terminal: bool) -> Colour {
        let unwanted = self.no_color || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if terminal && !unwanted { Colour::Ansi } else { Colour::Plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}

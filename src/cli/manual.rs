//! `driftledger completions` and `driftledger manual`.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, CommandResult, Exit, output};

/// Print a completion script.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> CommandResult {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "driftledger", &mut script);
        output::write(None, &String::from_utf8_lossy(&script))?;
        Ok(Exit::Clean)
    }
}

/// Write manual pages.
#[derive(Debug, Args)]
pub(super) struct Manual {
    /// The folder, which must exist.
    folder: PathBuf,
}

impl Manual {
    pub(super) fn run(&self) -> CommandResult {
        clap_mangen::generate_to(Cli::command(), &self.folder)
            .with_context(|| format!("cannot write manual pages into {}", self.folder.display()))?;
        Ok(Exit::Clean)
    }
}

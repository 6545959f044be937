//! `driftledger config`: check the configuration, or print its schema.

use clap::{Args, Subcommand};

use super::{CommandResult, Exit, Global, output};
use crate::report::text::count;

/// Check the configuration, or print its schema.
#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read the configuration and say what is wrong with it.
    Check,
    /// Print the JSON schema of the configuration.
    Schema,
}

impl Config {
    pub(super) fn run(&self, global: &Global) -> CommandResult {
        match self.action {
            Action::Check => {
                let file = global.load_config()?;
                let stacks: Vec<_> = file.config.stacks.iter().map(|stack| stack.name.as_str()).collect();
                output::write(
                    None,
                    &format!("{}: {}: {}\n", file.path.display(), count(stacks.len(), "stack"), stacks.join(", ")),
                )?;
            }
            Action::Schema => output::write(None, &crate::config::schema()?)?,
        }
        Ok(Exit::Clean)
    }
}

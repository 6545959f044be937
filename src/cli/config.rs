//! `driftledger config`: check the configuration, print its schema, or the rights that it needs.

use clap::{Args, Subcommand};

use super::{CommandResult, Exit, Failure, Global, output};
use crate::declared::Read;
use crate::declared::source::Offline;
use crate::rbac::{self, Grantee};
use crate::report::text::count;

/// Check the configuration, print its schema, or the rights that it needs.
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
    /// Print the roles with which what the stacks declare can be read in a cluster, as Kubernetes manifests.
    Rbac(Rbac),
}

#[derive(Debug, Args)]
struct Rbac {
    /// The service account that driftledger runs as; the roles have its name.
    #[arg(long, default_value = "driftledger", value_name = "NAME")]
    service_account: String,
    /// The namespace of the service account.
    #[arg(long, default_value = "driftledger", value_name = "NAME")]
    namespace: String,
    /// Also read Helm's releases, to see its rollbacks: Secrets, of which a role cannot allow some only.
    #[arg(long)]
    helm_history: bool,
}

impl Config {
    pub(super) fn run(&self, global: &Global) -> CommandResult {
        match &self.action {
            Action::Check => {
                let file = global.load_config()?;
                let stacks: Vec<_> = file.config.stacks.iter().map(|stack| stack.name.as_str()).collect();
                output::write(
                    None,
                    &format!("{}: {}: {}\n", file.path.display(), count(stacks.len(), "stack"), stacks.join(", ")),
                )?;
            }
            Action::Schema => output::write(None, &crate::config::schema()?)?,
            Action::Rbac(rbac) => rbac.run(global)?,
        }
        Ok(Exit::Clean)
    }
}

impl Rbac {
    fn run(&self, global: &Global) -> Result<(), Failure> {
        let file = global.load_config()?;
        let offline = Offline::of_repository(&file.folder.join(&file.config.repository))?;
        let mut all = Read::default();
        for stack in &file.config.stacks {
            let read = offline.read(&stack.declared);
            all.declarations.extend(read.declarations);
            all.problems.extend(output::with_excerpts(offline.tree(), read.problems));
        }
        // What could not be read is not in the roles, so it is said.
        output::show_problems(global, &all.problems);
        let grantee = Grantee {
            name: self.service_account.clone(),
            namespace: self.namespace.clone(),
            helm_history: self.helm_history,
        };
        output::write(None, &rbac::manifests(&all.declarations, &grantee))?;
        Ok(())
    }
}

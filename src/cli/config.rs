//! `driftledger config`: check the configuration, print its schema, or the rights that it needs.

use clap::{Args, Subcommand};

use super::{CommandResult, Exit, Failure, Global, output};
use crate::declared::Read;
use crate::declared::source::Offline;
use crate::rbac::{self, Grantee, Histories};
use crate::report::text::count;
use crate::schema::kubernetes::kind_of;

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
        let mut histories = Histories::default();
        for stack in &file.config.stacks {
            let read = offline.read(&stack.declared);
            let namespaces = read.declarations.iter().filter_map(|declaration| {
                kind_of(&declaration.resource_type)?;
                Some(declaration.identifier.as_deref()?.split_once('/')?.0.to_owned())
            });
            histories.helm.extend(namespaces.filter(|_| stack.rollbacks.helm_releases));
            histories.deployed_by.extend(stack.rollbacks.deployed_by.iter().cloned());
            all.declarations.extend(read.declarations);
            all.problems.extend(output::with_excerpts(offline.tree(), read.problems));
        }
        // What could not be read is not in the roles, so it is said.
        output::show_problems(global, &all.problems);
        let grantee = Grantee { name: self.service_account.clone(), namespace: self.namespace.clone() };
        output::write(None, &rbac::manifests(&all.declarations, &histories, &grantee))?;
        Ok(())
    }
}

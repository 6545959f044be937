//! `driftledger declared`: what was read from the repository, before any cloud.

use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{CommandResult, Exit, Failure, Global, output};
use crate::config::Declared as Source;
use crate::declared::Read;
use crate::declared::source::{self, Offline};
use crate::model::{Problem, ProblemKind};
use crate::report::{ProblemReport, SourceReport};

/// Print what is declared: resources in the canonical model, every value that only a deploy knows as unknown.
#[derive(Debug, Args)]
pub(super) struct Declared {
    /// Stacks of the configuration, or paths: a Terraform folder, a template, a folder of templates. Paths need no configuration.
    /// All stacks if nothing is named.
    what: Vec<String>,
    /// The output's format.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

/// The formats of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON document.
    Json,
    /// One line a resource.
    Table,
}

/// The shape of the JSON; a contract.
#[derive(Debug, Serialize)]
struct Document {
    schema: &'static str,
    resources: Vec<Resource>,
    problems: Vec<ProblemReport>,
}

#[derive(Debug, Serialize)]
struct Resource {
    address: String,
    #[serde(rename = "type")]
    resource_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    source: SourceReport,
    attributes: serde_json::Value,
}

impl Declared {
    pub(super) fn run(&self, global: &Global) -> CommandResult {
        let mut all = Read::default();
        for (offline, source) in self.sources(global)? {
            let read = offline.read(&source);
            all.declarations.extend(read.declarations);
            all.problems.extend(read.problems);
            all.skipped.extend(read.skipped);
        }
        output::show_problems(global, &all.problems);
        let nothing_read = all.declarations.is_empty() && !all.problems.is_empty();
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&document(&all))? + "\n",
            Format::Table => table(&all),
        };
        output::write(None, &text)?;
        Ok(if nothing_read { Exit::Failed } else { Exit::Clean })
    }

    /// What to read: paths that exist are paths, everything else is a stack of the configuration.
    fn sources(&self, global: &Global) -> Result<Vec<(Offline, Source)>, Failure> {
        let (paths, stacks): (Vec<_>, Vec<_>) = self.what.iter().partition(|what| Path::new(what).exists());
        let mut sources = Vec::new();
        for path in paths {
            let (offline, found) = source::of_path(Path::new(path))?;
            sources.extend(found.into_iter().map(|source| (offline.clone(), source)));
        }
        if stacks.is_empty() && !self.what.is_empty() {
            return Ok(sources);
        }
        let file = global.load_config()?;
        let offline = Offline::of_repository(&file.folder.join(&file.config.repository))?;
        let unknown: Vec<_> = stacks
            .iter()
            .filter(|name| !file.config.stacks.iter().any(|stack| stack.name == ***name))
            .map(|name| {
                Problem::new(ProblemKind::Invalid, name.as_str(), "is neither a path nor a stack of the configuration")
                    .remedy("`driftledger config check` lists the stacks")
            })
            .collect();
        if !unknown.is_empty() {
            return Err(Failure::Usage(unknown));
        }
        let wanted = |name: &String| stacks.is_empty() || stacks.contains(&name);
        for stack in file.config.stacks.iter().filter(|stack| wanted(&stack.name)) {
            sources.push((offline.clone(), stack.declared.clone()));
        }
        Ok(sources)
    }
}

fn document(read: &Read) -> Document {
    let mut resources: Vec<_> = read
        .declarations
        .iter()
        .map(|declaration| Resource {
            address: declaration.address.clone(),
            resource_type: declaration.resource_type.to_string(),
            identifier: declaration.identifier.clone(),
            source: SourceReport::from(&declaration.at),
            attributes: declaration.attributes.to_json(),
        })
        .collect();
    resources.sort_by(|a, b| (&a.source.file, &a.address).cmp(&(&b.source.file, &b.address)));
    let skipped = read.skipped.iter().map(|skipped| ProblemReport {
        stack: None,
        kind: ProblemKind::NotSupported.as_str().to_owned(),
        scope: skipped.resource_type.clone(),
        message: format!("{} not read: {}", skipped.count, skipped.reason),
        remedy: None,
        source: None,
    });
    let problems = read.problems.iter().map(ProblemReport::from).chain(skipped).collect();
    Document { schema: "driftledger/declared/v1", resources, problems }
}

fn table(read: &Read) -> String {
    let rows = document(read).resources.into_iter().map(|resource| {
        vec![resource.address, resource.resource_type, format!("{}:{}", resource.source.file, resource.source.line)]
    });
    crate::report::table::rows(&["address", "type", "declared at"], rows.collect())
}

//! `driftledger declared`: what was read from the repository, before any cloud.

use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{CommandResult, Exit, Failure, Global, output};
use crate::declared::Read;
use crate::declared::source::{self, AtPath, Offline};
use crate::model::{Problem, ProblemKind};
use crate::report::{ProblemReport, SourceReport};

/// Print what is declared: resources in the canonical model, every value that only a deploy knows as unknown.
#[derive(Debug, Args)]
pub(super) struct Declared {
    /// Stacks of the configuration, or paths: a Terraform folder, a template, a cloud assembly of the CDK, a manifest, a
    /// kustomization, a chart, a folder of templates or manifests. Paths need no configuration. All stacks if nothing is
    /// named.
    what: Vec<String>,
    /// The output's format.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Exit with 1 on any problem, also when other files were read.
    #[arg(long)]
    strict: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_replace_policy: Option<String>,
}

impl Declared {
    pub(super) fn run(&self, global: &Global) -> CommandResult {
        let mut all = Read::default();
        for AtPath { offline, sources, problems } in self.places(global)? {
            all.problems.extend(problems);
            for source in &sources {
                let read = offline.read(source);
                all.declarations.extend(read.declarations);
                all.problems.extend(output::with_excerpts(offline.tree(), read.problems));
                all.skipped.extend(read.skipped);
            }
        }
        output::show_problems(global, &all.problems);
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(&document(&all))? + "\n",
            Format::Table => table(&all),
        };
        output::write(None, &text)?;
        let nothing_read = all.declarations.is_empty() && all.skipped.is_empty();
        let failed = !all.problems.is_empty() && (nothing_read || self.strict);
        Ok(if failed { Exit::Failed } else { Exit::Clean })
    }

    /// What to read: paths that exist are paths, everything else is a stack of the configuration.
    fn places(&self, global: &Global) -> Result<Vec<AtPath>, Failure> {
        let (paths, names): (Vec<_>, Vec<_>) = self.what.iter().partition(|what| Path::new(what).exists());
        let mut places =
            paths.into_iter().map(|path| source::at_path(Path::new(path))).collect::<Result<Vec<_>, _>>()?;
        if names.is_empty() && !self.what.is_empty() {
            return Ok(places);
        }
        // Without a configuration there are no stacks: then a name that is no path is a slip in the path.
        if !names.is_empty() && !global.config.exists() {
            let remedy = format!("check the path; stacks are known from {} only", global.config.display());
            return Err(not_found(&names, "there is no such file or folder", &remedy));
        }
        let file = global.load_config()?;
        let stacks = &file.config.stacks;
        let known: Vec<_> = stacks.iter().map(|stack| stack.name.as_str()).collect();
        let unknown: Vec<_> = names.iter().copied().filter(|name| !known.contains(&name.as_str())).collect();
        if !unknown.is_empty() {
            let remedy = format!("the stacks are {}", known.join(", "));
            return Err(not_found(&unknown, "is neither a path nor a stack of the configuration", &remedy));
        }
        let offline = Offline::of_repository(&file.folder.join(&file.config.repository))?;
        let wanted = stacks.iter().filter(|stack| names.is_empty() || names.contains(&&stack.name));
        let sources = wanted.map(|stack| stack.declared.clone()).collect();
        places.push(AtPath { offline, sources, problems: Vec::new() });
        Ok(places)
    }
}

fn not_found(names: &[&String], message: &str, remedy: &str) -> Failure {
    let problem = |name: &&String| Problem::new(ProblemKind::Invalid, name.as_str(), message).remedy(remedy);
    Failure::Usage(names.iter().map(problem).collect())
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
            attributes: output::json(&declaration.attributes),
            deletion_policy: declaration.retention.on_deletion.clone(),
            update_replace_policy: declaration.retention.on_replacement.clone(),
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
    let mut text = crate::report::table::rows(&["address", "type", "declared at"], rows.collect());
    for skipped in &read.skipped {
        text.push_str(&format!("not read: {} × {} ({})\n", skipped.count, skipped.resource_type, skipped.reason));
    }
    text
}

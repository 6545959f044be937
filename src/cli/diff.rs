//! `driftledger diff`: compare without any cloud.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{CommandResult, Exit, Failure, Global, output};
use crate::compare::batch;
use crate::model::{Problem, ProblemKind};

/// Compare declared with live values in the canonical model. Exits with 2 when something differs.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The resource type, such as `AWS::ECS::Service`.
    #[arg(long = "type", value_name = "TYPE", required_unless_present = "batch")]
    resource_type: Option<String>,
    /// The declared properties, a JSON or YAML file.
    #[arg(long, value_name = "FILE", required_unless_present = "batch")]
    declared: Option<PathBuf>,
    /// The live properties, a JSON or YAML file.
    #[arg(long, value_name = "FILE", required_unless_present = "batch")]
    live: Option<PathBuf>,
    /// The properties last deployed, a JSON or YAML file. Without it: as declared.
    #[arg(long, value_name = "FILE")]
    applied: Option<PathBuf>,
    /// Read JSON lines {id, type, identifier?, account?, region?, declared, live, applied?} from a file, or from
    /// standard input for `-`, and answer one JSON line each.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resource_type", "declared", "live", "applied"])]
    batch: Option<PathBuf>,
}

impl Diff {
    pub(super) fn run(&self, _global: &Global) -> CommandResult {
        match &self.batch {
            Some(file) => batch_of(file),
            None => self.single(),
        }
    }

    fn single(&self) -> CommandResult {
        let mut line = serde_json::Map::new();
        line.insert("id".to_owned(), "diff".into());
        line.insert("type".to_owned(), self.resource_type.clone().unwrap_or_default().into());
        for (name, file) in [("declared", &self.declared), ("live", &self.live), ("applied", &self.applied)] {
            if let Some(file) = file {
                line.insert(name.to_owned(), read_values(file)?);
            }
        }
        let answer = answer(&serde_json::Value::from(line).to_string());
        let shown: serde_json::Value = serde_json::from_str(&answer.text)?;
        output::write(None, &(serde_json::to_string_pretty(&shown)? + "\n"))?;
        Ok(answer.exit)
    }
}

/// The answer to one line, and what it comes to.
struct Answer {
    text: String,
    exit: Exit,
}

fn answer(line: &str) -> Answer {
    match batch::answer(line) {
        Ok(text) if text.contains("\"attributes\":[]") => Answer { text, exit: Exit::Clean },
        Ok(text) => Answer { text, exit: Exit::Found },
        Err(text) => Answer { text, exit: Exit::Failed },
    }
}

fn batch_of(file: &Path) -> CommandResult {
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        if std::io::stdin().is_terminal() {
            tracing::warn!("reading JSON lines from the terminal; end with Ctrl-D");
        }
        Box::new(std::io::stdin().lock())
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
        Box::new(std::io::BufReader::new(opened))
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut worst = Exit::Clean;
    for line in input.lines() {
        let line = line.with_context(|| format!("cannot read {}", file.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = answer(&line);
        worst = match (worst, answer.exit) {
            (Exit::Failed, _) | (_, Exit::Failed) => Exit::Failed,
            (Exit::Found, _) | (_, Exit::Found) => Exit::Found,
            _ => Exit::Clean,
        };
        if let Err(error) = writeln!(out, "{}", answer.text) {
            return if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(worst) } else { Err(error.into()) };
        }
    }
    out.flush()?;
    Ok(worst)
}

fn read_values(file: &Path) -> Result<serde_json::Value, Failure> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_yaml::from_str(&text).map_err(|error| {
        let problem = Problem::new(ProblemKind::Invalid, file.display().to_string(), error.to_string());
        Failure::Usage(vec![problem.remedy("write an object of the type's properties")])
    })
}

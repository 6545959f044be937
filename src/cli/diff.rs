//! `driftledger diff`: compare without any cloud.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{CommandResult, Exit, Failure, Global, output};
use crate::compare::batch::{self, Pair};
use crate::model::{Problem, ProblemKind};

/// Compare declared with live values in the canonical model. Exits with 2 when something differs.
#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The resource type, such as `AWS::ECS::Service` or `apps/v1/Deployment`.
    #[arg(long = "type", value_name = "TYPE", required_unless_present = "batch")]
    resource_type: Option<String>,
    /// The declared properties, a JSON or YAML file.
    #[arg(long, value_name = "FILE", required_unless_present = "batch")]
    declared: Option<PathBuf>,
    /// The live properties, a JSON or YAML file. An object of a cluster may come whole; with its `managedFields` what
    /// was added to it by hand is found as well.
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
        // clap asks for all three; a folder of that name says so as any unreadable file does.
        let (declared, live) = (read_values(self.declared.as_deref())?, read_values(self.live.as_deref())?);
        let applied = self.applied.as_deref().map(|file| read_values(Some(file))).transpose()?;
        let resource_type = self.resource_type.as_deref().unwrap_or_default();
        let pair = Pair::of_files(resource_type, &declared, &live, applied.as_ref()).map_err(|error| {
            let problem = Problem::new(ProblemKind::Invalid, resource_type, error);
            Failure::Usage(vec![problem.remedy(OBJECT)])
        })?;
        let comparison = pair.compare();
        let shown = batch::written(Some("diff".into()), &comparison, pair.applied.is_some());
        output::write(None, &(serde_json::to_string_pretty(&shown)? + "\n"))?;
        Ok(if comparison.attributes.is_empty() { Exit::Clean } else { Exit::Found })
    }
}

/// What a file of values has to hold.
const OBJECT: &str = "write an object of the type's properties, such as {\"DesiredCount\": 2}";

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
    let mut lines = input.lines().filter(|line| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    let mut worst = Exit::Clean;
    loop {
        // What was read before a fault is answered before the fault is told.
        let (mut round, mut bytes, mut fault, mut ended) = (Vec::new(), 0, None, false);
        while round.len() < batch::ROUND && bytes < batch::ROUND_BYTES && !ended {
            match lines.next() {
                Some(Ok(line)) => {
                    bytes += line.len();
                    round.push(line);
                }
                Some(Err(error)) => (fault, ended) = (Some(error), true),
                None => ended = true,
            }
        }
        for answer in batch::answers(&round) {
            let (text, exit) = match answer {
                Ok(answer) if answer.differs => (answer.text, Exit::Found),
                Ok(answer) => (answer.text, Exit::Clean),
                Err(refusal) => (refusal, Exit::Failed),
            };
            worst = worse(worst, exit);
            if !output::reached(writeln!(out, "{text}"))? {
                return Ok(worst);
            }
        }
        if let Some(error) = fault {
            return Err(anyhow::Error::new(error).context(format!("cannot read {}", file.display())).into());
        }
        if ended {
            break;
        }
    }
    output::reached(out.flush())?;
    Ok(worst)
}

fn worse(a: Exit, b: Exit) -> Exit {
    match (a, b) {
        (Exit::Failed, _) | (_, Exit::Failed) => Exit::Failed,
        (Exit::Found, _) | (_, Exit::Found) => Exit::Found,
        _ => Exit::Clean,
    }
}

fn read_values(file: Option<&Path>) -> Result<serde_json::Value, Failure> {
    let file = file.unwrap_or(Path::new(""));
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_yaml::from_str(&text).map_err(|error| {
        let problem = Problem::new(ProblemKind::Invalid, file.display().to_string(), error.to_string());
        Failure::Usage(vec![problem.remedy(OBJECT)])
    })
}

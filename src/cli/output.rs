//! Where results, problems and logs go: results to standard output or a file, the rest to standard error.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

use super::{Exit, Failure, Global};
use crate::model::{Kind, Problem, Value};
use crate::repo::Tree;
use crate::report::diagnostic;
use crate::report::table::{Colour, Tone};

/// Logs of the daemon are lines of JSON when nobody watches; logs of commands are warnings only.
pub(super) fn install_logging(global: &Global, daemon: bool) {
    let level = match (daemon, global.quiet) {
        (true, false) => "driftledger=info,warn",
        (false, false) => "driftledger=warn,error",
        (_, true) => "error",
    };
    let filter = EnvFilter::try_from_env("DRIFTLEDGER_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let installed = if daemon && !terminal {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_ansi(global.colour(terminal) == Colour::Ansi).with_target(false).try_init()
    };
    // Somebody else's subscriber, as in a test, is as good.
    drop(installed);
}

/// Writes a result to a file, or to standard output. A reader that has gone away is no failure.
pub(super) fn write(target: Option<&Path>, text: &str) -> anyhow::Result<()> {
    use anyhow::Context;
    match target {
        Some(path) => std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display())),
        None => {
            let mut out = std::io::stdout().lock();
            reached(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
                .map(drop)
                .context("cannot write to standard output")
        }
    }
}

/// Whether somebody still reads: a reader that has gone away, as `head` does, is no failure of ours.
pub(super) fn reached(result: std::io::Result<()>) -> std::io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}

/// A value as JSON for reading: secrets say no more than that they are there. Their fingerprints tell nothing outside
/// the store whose key they were made with.
pub(super) fn json(value: &Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match &value.kind {
        Kind::Sensitive(_) => "(sensitive)".into(),
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Object(members) => members.iter().map(|(key, value)| (key.clone(), json(value))).collect::<Json>(),
        _ => value.to_json(),
    }
}

/// The colour for what goes to a file or to standard output.
pub(super) fn colour(global: &Global, target: Option<&Path>) -> Colour {
    global.colour(target.is_none() && std::io::stdout().is_terminal())
}

/// Gives problems that name a place in a file of the repository the line that they are about, and sorts them by it.
pub(super) fn with_excerpts(tree: &Tree, problems: Vec<Problem>) -> Vec<Problem> {
    let excerpt = |problem: Problem| match problem.at.as_ref().map(|at| tree.read_text(&at.file)) {
        Some(Ok(text)) => problem.excerpt(&text),
        _ => problem,
    };
    let mut problems: Vec<_> = problems.into_iter().map(excerpt).collect();
    problems.sort_by(|a, b| (&a.at, &a.scope).cmp(&(&b.at, &b.scope)));
    problems
}

/// Shows problems with the user's files, with the lines they are about.
pub(super) fn show_problems(global: &Global, problems: &[Problem]) {
    if global.quiet {
        return;
    }
    let colour = global.colour(std::io::stderr().is_terminal());
    let text: String = problems.iter().map(|problem| diagnostic::render(problem, colour)).collect();
    // There is nowhere left to say that standard error is closed.
    drop(std::io::stderr().lock().write_all(text.as_bytes()));
}

/// Says why a command did not come to a result.
pub(super) fn report_failure(global: &Global, failure: &Failure) -> ExitCode {
    let colour = global.colour(std::io::stderr().is_terminal());
    match failure {
        Failure::Usage(problems) => {
            let loud = Global { quiet: false, ..global.clone() };
            show_problems(&loud, problems);
            Exit::Usage.into()
        }
        Failure::Failed(error) => {
            let text = format!("{} {error:#}\n", colour.paint(Tone::Bad, "error:"));
            drop(std::io::stderr().lock().write_all(text.as_bytes()));
            Exit::Failed.into()
        }
    }
}

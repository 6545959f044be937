//! `driftledger ledger`: the change records.

use clap::{Args, Subcommand};

use super::{CommandResult, Exit, Failure, Global, output};
use crate::app;
use crate::clock::Clock;
use crate::ledger::source;
use crate::model::{ChangeRecord, Problem, ProblemKind};
use crate::repo::Tree;
use crate::report::table;
use crate::report::text::{count, time};
use crate::store::Store;

/// List, show and check change records.
#[derive(Debug, Args)]
pub(super) struct Ledger {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the change records, one line each.
    List,
    /// Show one record with everything that was read of it.
    Show {
        /// The record's id.
        id: String,
    },
    /// Read what is new in the services that keep change records. Every scan does it too.
    Sync,
    /// Say what is wrong with records, or missing in them. Exits with 2 when something is.
    Lint,
}

impl Ledger {
    pub(super) async fn run(&self, global: &Global) -> CommandResult {
        let file = global.load_config()?;
        let now = Clock::system().now();
        // Records in files need no store, and none is made for them.
        let store = match file.config.records.iter().any(|source| source.service().is_some()) {
            true => Some(Store::open(&file.config.store, &file.folder).await?),
            false => None,
        };
        let unread = match (&self.action, &store) {
            (Action::Sync, Some(store)) => source::sync(&file.config.records, &file.folder, store, now).await?,
            _ => Vec::new(),
        };
        let mut ledger = app::read_ledger(&file, store.as_ref(), now).await?;
        if let Some(store) = &store {
            store.close().await;
        }
        let tree = Tree::work_tree(app::repository_folder(&file))?;
        ledger.problems = output::with_excerpts(&tree, ledger.problems);
        match &self.action {
            Action::Sync => {
                output::show_problems(global, &unread);
                output::write(None, &format!("{}\n", count(ledger.records.len(), "record")))?;
                Ok(if unread.is_empty() { Exit::Clean } else { Exit::Failed })
            }
            Action::List => {
                output::show_problems(global, &ledger.problems);
                output::write(None, &list(&ledger.records))?;
                Ok(Exit::Clean)
            }
            Action::Show { id } => {
                let found = ledger.records.iter().find(|record| record.goes_by(id));
                let record = found.ok_or_else(|| {
                    let problem = Problem::new(ProblemKind::Invalid, id, "there is no such record");
                    Failure::Usage(vec![problem.remedy("`driftledger ledger list` lists them")])
                })?;
                output::write(None, &show(record))?;
                Ok(Exit::Clean)
            }
            Action::Lint => {
                let mut findings = ledger.problems;
                findings.extend(output::with_excerpts(&tree, ledger.warnings));
                let loud = Global { quiet: false, ..global.clone() };
                output::show_problems(&loud, &findings);
                output::write(
                    None,
                    &format!("{}, {}\n", count(ledger.records.len(), "record"), count(findings.len(), "finding")),
                )?;
                Ok(if findings.is_empty() { Exit::Clean } else { Exit::Found })
            }
        }
    }
}

fn list(records: &[ChangeRecord]) -> String {
    let rows = records.iter().map(|record| {
        vec![
            record.id.clone(),
            record.state.as_str().to_owned(),
            recorded(record),
            record.place().unwrap_or_default(),
            record.summary.clone(),
        ]
    });
    table::rows(&["id", "state", "recorded", "at", "summary"], rows.collect())
}

fn recorded(record: &ChangeRecord) -> String {
    let unknown = if record.at.is_some() { "not committed" } else { "" };
    record.recorded_at.map_or(unknown.to_owned(), time)
}

fn show(record: &ChangeRecord) -> String {
    let mut out = format!("{}  {}\n", record.id, record.summary);
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            out.push_str(&format!("  {name:<12} {value}\n"));
        }
    };
    let word = |value: Option<serde_json::Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    fact("at", record.place());
    fact("kind", Some(record.kind.as_str().to_owned()));
    let also = record.aliases.iter().map(|alias| format!("{} ({})", alias.id, alias.source));
    fact("also", Some(also.collect::<Vec<_>>().join(", ")));
    fact("as of", record.as_of.map(time));
    fact("state", Some(record.state.as_str().to_owned()));
    fact("type", word(serde_json::to_value(record.change_type).ok()));
    fact("risk", word(serde_json::to_value(record.risk).ok()));
    fact("reason", word(serde_json::to_value(record.reason).ok()));
    fact("scenario", word(serde_json::to_value(record.scenario).ok()));
    fact("incident", record.incident.clone());
    fact("review", record.review.clone());
    fact("outcome", word(serde_json::to_value(record.outcome).ok()));
    fact("requester", record.requester.clone());
    fact("implementer", record.implementer.clone());
    fact("recorded", Some(recorded(record)));
    for (name, window) in [("planned", record.planned), ("actual", record.actual)] {
        let end = |at: Option<jiff::Timestamp>| at.map_or("…".to_owned(), time);
        fact(name, window.map(|window| format!("{} to {}", end(window.start), end(window.end))));
    }
    for approval in &record.approvals {
        let who = approval.who.as_deref().unwrap_or("nobody yet");
        let role = approval.role.as_deref().map(|role| format!(" as {role}")).unwrap_or_default();
        fact("approval", Some(format!("{who}{role}{}", if approval.given { "" } else { ": not given" })));
    }
    fact("notified", Some(record.notified.join(", ")));
    fact("touches", Some(record.selectors.join(", ")));
    for (name, steps) in [("command", &record.steps), ("rollback", &record.rollback)] {
        for command in steps.iter().flat_map(|step| &step.commands) {
            fact(name, Some(command.text.clone()));
        }
    }
    out
}

//! The composition root: a configuration becomes a running thing with a store, a repository, connections and a clock.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::config::{Config, ConfigFile, RecordSource, Stack};
use crate::gate::GateReport;
use crate::ledger;
use crate::live::connection::Connections;
use crate::metrics::Metrics;
use crate::repo::Tree;
use crate::repo::git::{History, Repository};
use crate::report::Report;
use crate::scan;
use crate::scan::audit::AuditLogs;
use crate::store::Store;
use crate::web::ApiCalls;

/// Everything that a command needs, built once.
#[derive(Clone, Debug)]
pub struct App {
    file: Arc<ConfigFile>,
    store: Store,
    metrics: Arc<Metrics>,
    connections: Connections,
    audit: Arc<Mutex<AuditLogs>>,
    clock: Clock,
}

impl App {
    /// Builds it from a configuration, with the machine's clock.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(file: ConfigFile) -> anyhow::Result<Self> {
        Self::with_clock(file, Clock::system()).await
    }

    /// Builds it from a configuration, with a clock of the caller's.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn with_clock(file: ConfigFile, clock: Clock) -> anyhow::Result<Self> {
        let address = &file.config.store;
        let store = Store::open(address, &file.folder).await.with_context(|| format!("cannot open {address}"))?;
        let names: Vec<_> = file.config.stacks.iter().map(|stack| stack.name.as_str()).collect();
        store.retire_all_but(&names).await?;
        Ok(Self {
            store,
            metrics: Arc::new(Metrics::new()?),
            connections: Connections::default(),
            audit: Arc::new(Mutex::new(AuditLogs::open(&file.config.evidence, &file.folder))),
            clock,
            file: Arc::new(file),
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.file.config
    }

    /// The configuration's file.
    pub fn file(&self) -> &ConfigFile {
        &self.file
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// This process's metrics.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// The connections to the services.
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// The audit logs, and what was read of them.
    pub fn audit(&self) -> MutexGuard<'_, AuditLogs> {
        self.audit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Where the counts of calls come from.
    pub fn api_calls(&self) -> ApiCalls {
        let connections = self.connections.clone();
        ApiCalls::from_fn(move || connections.calls())
    }

    /// Scans the named stacks, all if none is named, and reports on them.
    ///
    /// # Errors
    /// When the store does not take what was found. What could not be read is a problem in the report.
    pub async fn scan(&self, stacks: &[String]) -> anyhow::Result<Report> {
        let wanted = |stack: &&Stack| stacks.is_empty() || stacks.contains(&stack.name);
        let stacks: Vec<_> = self.config().stacks.iter().filter(wanted).collect();
        let timer = self.metrics.scan_duration.start_timer();
        // In a box: the futures of a scan are nested as deep as the compiler follows them in one.
        let scanning: Pin<Box<dyn Future<Output = anyhow::Result<Report>> + '_>> = Box::pin(scan::run(self, &stacks));
        let report = scanning.await;
        timer.observe_duration();
        report
    }

    /// Notes what the gate decided.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn record_gate_decision(&self, answer: &GateReport) -> anyhow::Result<()> {
        for name in &answer.stacks {
            let environment =
                self.config().stacks.iter().find(|stack| &stack.name == name).map(|s| s.environment.as_str());
            let now = self.clock.now();
            self.store.save_gate_decision(environment.unwrap_or_default(), name, answer.decision.as_str(), now).await?;
        }
        Ok(())
    }

    /// Closes the store.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// The folder of the repository that a configuration is about.
pub fn repository_folder(file: &ConfigFile) -> std::path::PathBuf {
    file.folder.join(&file.config.repository)
}

/// The change records of every configured source, with what their writers should look at.
///
/// # Errors
/// When the repository's folder cannot be entered.
pub fn read_ledger(file: &ConfigFile, now: Timestamp) -> anyhow::Result<ledger::files::Read> {
    let folder = repository_folder(file);
    let tree = Tree::work_tree(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let repository = Repository::open(&folder).ok();
    let mut all = ledger::files::Read::default();
    for source in &file.config.records {
        let RecordSource::Files(files) = source;
        // The zone was checked when the configuration was read.
        let time_zone = TimeZone::get(&files.time_zone).unwrap_or(TimeZone::UTC);
        let (history, unread) = match repository.as_ref().map(|git| ledger::files::history(git, &files.path)) {
            Some(Ok(history)) => (history, None),
            Some(Err(error)) => (History::default(), Some(error.problem(&files.path))),
            None => (History::default(), None),
        };
        let read = ledger::files::read(&tree, &files.path, &history, &ledger::files::Settings { time_zone });
        all.warnings.extend(ledger::lint::lint(&read.records, &history, now));
        all.records.extend(read.records);
        all.problems.extend(read.problems);
        all.warnings.extend(read.warnings);
        all.warnings.extend(unread);
    }
    Ok(all)
}

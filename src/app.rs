//! The composition root: a configuration becomes a running thing with a store, a repository, connections and a clock.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::config::{Config, ConfigFile, RecordFiles, RecordSource, Stack};
use crate::gate::GateReport;
use crate::ledger;
use crate::ledger::source::{Service, Told};
use crate::live::connection::Connections;
use crate::metrics::Metrics;
use crate::model::Problem;
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

    /// Reads what is new in the services that keep change records, and says which could not be read.
    ///
    /// # Errors
    /// When the store does not take what was read.
    pub async fn sync_records(&self) -> anyhow::Result<Vec<Problem>> {
        let now = self.clock.now();
        Ok(ledger::source::sync(&self.config().records, &self.file.folder, &self.store, now).await?)
    }

    /// The change records, see [`read_ledger`].
    ///
    /// # Errors
    /// When the repository's folder cannot be entered, or the store cannot be read.
    pub async fn ledger(&self) -> anyhow::Result<ledger::files::Read> {
        read_ledger(&self.file, Some(&self.store), self.clock.now()).await
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

/// The change records of every configured source, with what their writers should look at. Those of services are the ones
/// that the store has of them; without one they are left out.
///
/// # Errors
/// When the repository's folder cannot be entered, or the store cannot be read.
pub async fn read_ledger(
    file: &ConfigFile,
    store: Option<&Store>,
    now: Timestamp,
) -> anyhow::Result<ledger::files::Read> {
    let folder = repository_folder(file);
    let tree = Tree::work_tree(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let repository = Repository::open(&folder).ok();
    let mut all = ledger::files::Read::default();
    for source in &file.config.records {
        let read = match (source, source.service(), store) {
            (RecordSource::Files(files), ..) => of_files(files, &tree, repository.as_ref(), now),
            (_, Some(service), Some(store)) => of_service(service, store, now).await?,
            (_, _, None) | (_, None, _) => continue,
        };
        all.records.extend(read.records);
        all.problems.extend(read.problems);
        all.warnings.extend(read.warnings);
    }
    all.records = ledger::links::join(all.records);
    Ok(all)
}

fn of_files(files: &RecordFiles, tree: &Tree, repository: Option<&Repository>, now: Timestamp) -> ledger::files::Read {
    // The zone was checked when the configuration was read.
    let time_zone = TimeZone::get(&files.time_zone).unwrap_or(TimeZone::UTC);
    let (history, unread) = match repository.map(|git| ledger::files::history(git, &files.path)) {
        Some(Ok(history)) => (history, None),
        Some(Err(error)) => (History::default(), Some(error.problem(&files.path))),
        None => (History::default(), None),
    };
    let mut read = ledger::files::read(tree, &files.path, &history, &ledger::files::Settings { time_zone });
    let faults = ledger::lint::lint(&read.records, &history, now);
    read.warnings = faults.into_iter().chain(read.warnings).chain(unread).collect();
    read
}

/// The records of a service, as it was last read.
async fn of_service(service: &dyn Service, store: &Store, now: Timestamp) -> anyhow::Result<ledger::files::Read> {
    let key = service.key();
    let state = store.record_source(&key).await?;
    let mut told = Told::default();
    let mut records = Vec::new();
    for item in store.record_items(&key).await? {
        let Some(mut record) = service.record(&item.body, &mut told) else { continue };
        record.raw_hash = Some(item.hash);
        record.as_of = state.failed_since.map(|_| state.read_at.unwrap_or(item.seen_at).max(item.seen_at));
        records.push(record);
    }
    let faults = ledger::lint::lint(&records, &History::default(), now);
    let warnings = faults.into_iter().chain(told.warnings).collect();
    Ok(ledger::files::Read { records, problems: told.problems, warnings })
}

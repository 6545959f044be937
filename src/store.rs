//! The store: what is remembered between scans. The only place with SQL.
//!
//! Embedded SQLite in WAL mode: a process that is killed loses at most the scan under way, never what was committed.
//! Values are kept as reports show them, so a secret is never more than a fingerprint in here.

mod baselines;
mod drifts;
mod key;
mod metrics;
mod record_items;
mod rollbacks;
mod scans;
#[cfg(test)]
mod tests;
mod trail;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::model::Fingerprinter;

pub use baselines::{Baseline, BaselineChanges, BaselineKey};
pub use drifts::{KnownDrift, Resolution, Resolved};
pub use metrics::{Counted, ForwardDeployments, WINDOWS_DAYS, World};
pub use record_items::{KeptItem, SourceState};
pub use rollbacks::{
    DeploymentEvent, DeploymentKind, DeploymentOutcome, KnownRollouts, RollbackEvent, RollbackRow, RollbackTrigger,
};
pub use scans::{RecordDelay, RecordRow, ScanRow, StackScan, StackState};

/// What is remembered between scans.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    fingerprints: Fingerprinter,
}

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address in the configuration is none of ours.
    #[error("not a store: {0:?} (expected sqlite:PATH)")]
    Address(String),
    /// The key of the fingerprints cannot be read or made.
    #[error("cannot use the fingerprint key {path}: {source}")]
    Key {
        /// The key's file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database said no.
    #[error("the store: {0}")]
    Database(#[from] sqlx::Error),
    /// The database was made by a newer driftledger, or its history was changed.
    #[error("the store's tables: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row that does not read back.
    #[error("the store holds an unreadable {what}: {source}")]
    Row {
        /// What kind of row.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The result of a store operation.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A writer waits this long for another process's transaction before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// One writer and a few readers: SQLite lets only one process write at a time anyway.
const MAX_CONNECTIONS: u32 = 4;

impl Store {
    /// Opens the store at an address (`sqlite:PATH`, relative to `base`), makes it if it is not there, and brings its
    /// tables up to date.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn open(address: &str, base: &Path) -> Result<Self> {
        let file = address.strip_prefix("sqlite:").filter(|file| !file.is_empty());
        let file = base.join(file.ok_or_else(|| StoreError::Address(address.to_owned()))?);
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let fingerprints = key::load_or_create(&file)?;
        let pool = SqlitePoolOptions::new().max_connections(MAX_CONNECTIONS);
        Self::with(pool, options, fingerprints).await
    }

    /// A store in memory, for one process: nothing of it is kept.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn in_memory(fingerprints: Fingerprinter) -> Result<Self> {
        // Each connection has a memory of its own, so there must be just one and it must stay.
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        Self::with(pool, SqliteConnectOptions::from_str("sqlite::memory:")?, fingerprints).await
    }

    async fn with(pool: SqlitePoolOptions, options: SqliteConnectOptions, fingerprints: Fingerprinter) -> Result<Self> {
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL, `normal` survives a killed process; only a power cut can take the last transactions.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true);
        let pool = pool.connect_with(options).await?;
        sqlx::migrate!("src/store/migrations").run(&pool).await?;
        Ok(Self { pool, fingerprints })
    }

    /// What turns secrets into fingerprints that this store's rows can be compared with.
    pub fn fingerprints(&self) -> &Fingerprinter {
        &self.fingerprints
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes the store: waits for what is under way and folds the write-ahead log into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn to_ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn from_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn to_json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| StoreError::Row { what, source })
}

fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| StoreError::Row { what, source })
}

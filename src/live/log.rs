//! Pages of the logs that services keep, in no client's words.

use std::fmt;

use jiff::Timestamp;

/// What is asked of a log group of CloudWatch Logs.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its name.
    pub log_group: &'a str,
    /// How the names of the streams begin.
    pub stream_prefix: &'static str,
    /// Which events.
    pub pattern: &'static str,
    /// From when on.
    pub since: Timestamp,
    /// Where an earlier page ended.
    pub token: Option<&'a str>,
}

/// A page of a log.
#[derive(Debug, Default)]
pub struct Page {
    /// Its events, none perhaps.
    pub events: Vec<LogEvent>,
    /// Where the next begins; `None`: there is no more.
    pub next: Option<String>,
}

/// One event of a log.
pub struct LogEvent {
    /// Its id, the same whenever it is read.
    pub id: String,
    /// When it happened, as whoever wrote it says.
    pub at: Timestamp,
    /// What was written. It may hold secrets, so it is never shown.
    pub message: String,
}

impl fmt::Debug for LogEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogEvent({} {})", self.id, self.at)
    }
}

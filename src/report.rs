//! The report: one shape for `--format json`, the API and the store.
//!
//! The shapes in this file are a contract (`driftledger/report/v1`): other programs read them. The renderers in the
//! folder beside it turn a report into what a person, a pipeline or another tool reads.

pub mod annotation;
mod coverage;
pub mod diagnostic;
pub mod difference;
mod drift;
pub mod gate;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod table;
pub mod text;

use serde::{Deserialize, Serialize};

pub use coverage::{
    AttributeCoverage, ControlledReport, Coverage, IgnoredReport, ProblemReport, ResourceCoverage, UndeclaredCoverage,
    UnverifiableReport,
};
#[cfg(test)]
pub(crate) use drift::tests;
pub use drift::{ActorReport, AttributeReport, DriftReport, SourceReport};

/// The name and version of the report's shape.
pub const SCHEMA: &str = "driftledger/report/v1";

/// What the last scans found, and what is said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The scan that the report is of.
    pub scan: ScanReport,
    /// What was looked at and what was not.
    pub coverage: Coverage,
    /// Every resource that is not in sync, sorted by stack, type and address.
    pub drifts: Vec<DriftReport>,
    /// The counts.
    pub summary: Summary,
}

/// Which scan a report is of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScanReport {
    /// The scan's id.
    pub id: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: Option<jiff::Timestamp>,
    /// When it ended; absent while it runs or when it was cut off.
    pub finished_at: Option<jiff::Timestamp>,
    /// The commit whose declarations were read, if the repository is one of git.
    pub commit: Option<String>,
    /// The stacks in it.
    pub stacks: Vec<String>,
    /// Those of them of which not one resource could be checked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nothing_checked: Vec<String>,
}

/// Counts of a report. The first five count drifts by verdict, `pending` and `codified` count attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Drifts that no record accounts for.
    pub unexplained: usize,
    /// Drifts that records account for.
    pub explained: usize,
    /// Drifts whose record says another value.
    pub contradicted: usize,
    /// Drifts that nobody recorded in time.
    pub overdue: usize,
    /// Drifts that an ignore rule covers.
    pub accepted: usize,
    /// Attributes that the repository moved and nobody deployed yet.
    pub pending: usize,
    /// Attributes that were changed by hand and that the repository caught up with.
    pub codified: usize,
    /// Drifts whose scope could not be read last time: they may or may not still be there.
    pub stale: usize,
}

impl Summary {
    /// Counts drifts.
    pub fn of(drifts: &[DriftReport]) -> Self {
        use crate::model::{Standing, Verdict};
        let verdict = |verdict| drifts.iter().filter(|drift| drift.verdict == Some(verdict)).count();
        let standing = |standing| {
            drifts.iter().flat_map(|drift| &drift.attributes).filter(|attribute| attribute.standing == standing).count()
        };
        Self {
            unexplained: verdict(Verdict::Unexplained),
            explained: verdict(Verdict::Explained),
            contradicted: verdict(Verdict::Contradicted),
            overdue: verdict(Verdict::Overdue),
            accepted: verdict(Verdict::Accepted),
            pending: standing(Standing::Pending),
            codified: standing(Standing::Codified),
            stale: drifts.iter().filter(|drift| drift.stale).count(),
        }
    }

    /// Drifts that somebody has to act on: no record accounts for them, or one says something else.
    pub fn actionable(&self) -> usize {
        self.unexplained + self.contradicted + self.overdue
    }
}

impl Report {
    /// Puts a report together; sorts the drifts and counts them.
    pub fn new(scan: ScanReport, coverage: Coverage, mut drifts: Vec<DriftReport>) -> Self {
        drifts.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        let summary = Summary::of(&drifts);
        Self { schema: SCHEMA.to_owned(), scan, coverage, drifts, summary }
    }
}

//! Verdicts for what a scan found: the ledger and the evidence meet the drifts.

use jiff::Timestamp;

use super::assess::Assessment;
use crate::app::App;
use crate::ledger::files::Read as Ledger;
use crate::ledger::policy::People;
use crate::live::Collection;
use crate::matching::{Context, Matcher};
use crate::model::{Drift, Evidence};
use crate::store::{RecordDelay, RecordRow};

/// Gives every drift its verdict, and says how long after its change each record behind one was made.
pub(super) fn judge(
    app: &App,
    environment: &str,
    ledger: &Ledger,
    live: &Collection,
    assessment: &mut Assessment,
    now: Timestamp,
) -> Vec<RecordDelay> {
    let (people, _) = People::new(&app.config().people);
    let evidence: Vec<Evidence> = live.resources().iter().flat_map(|live| &live.evidence).map(to_the_second).collect();
    let mut delays = Vec::new();
    let policy = app.config().policy(environment);
    let context = Context {
        now,
        records: &ledger.records,
        evidence: &evidence,
        ignore_rules: &app.config().ignore,
        people: &people,
        policy: &policy,
        fingerprints: app.store().fingerprints(),
    };
    let matcher = Matcher::new(&context);
    for drift in &mut assessment.drifts {
        matcher.judge(drift);
        delays.extend(delays_of(drift, ledger));
    }
    delays
}

/// Scans are dated to the second, so evidence is too: the two are compared, and both are read by people.
fn to_the_second(evidence: &Evidence) -> Evidence {
    let at = evidence.at.and_then(|at| Timestamp::from_second(at.as_second()).ok());
    Evidence { at, ..evidence.clone() }
}

fn delays_of(drift: &Drift, ledger: &Ledger) -> Vec<RecordDelay> {
    let (_, changed_at) = drift.changed_between;
    let behind = drift.explanations.iter().filter(|explanation| explanation.tier.is_some());
    let delay = |record: &str| {
        let recorded_at = ledger.records.iter().find(|known| known.id == record)?.recorded_at?;
        Some(RecordDelay {
            record: record.to_owned(),
            drift: drift.id.to_string(),
            delay_ms: recorded_at.as_millisecond() - changed_at.as_millisecond(),
        })
    };
    behind.filter_map(|explanation| delay(&explanation.record)).collect()
}

/// The records as metrics count them.
pub(super) fn record_rows(ledger: &Ledger) -> Vec<RecordRow> {
    let row = |record: &crate::model::ChangeRecord| RecordRow {
        id: record.id.clone(),
        source: record.source.clone(),
        environment: record.environment.clone(),
        state: record.state.as_str().to_owned(),
    };
    ledger.records.iter().map(row).collect()
}

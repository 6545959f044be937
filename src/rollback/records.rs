//! Change records that say how their change ended.

use super::Detected;
use crate::model::{ChangeRecord, Outcome};
use crate::store::{DeploymentEvent, DeploymentKind, DeploymentOutcome, RollbackEvent, RollbackTrigger};

/// What the records say. A record without an outcome, or of unknown date, says nothing. `environment` stands for
/// records that name none.
pub fn detect(environment: &str, records: &[ChangeRecord]) -> Detected {
    let mut detected = Detected::default();
    for record in records {
        let outcome = match record.outcome {
            Outcome::Success | Outcome::SuccessWithIssues => DeploymentOutcome::Succeeded,
            Outcome::Failed => DeploymentOutcome::Failed,
            Outcome::RolledBack => DeploymentOutcome::RolledBack,
            Outcome::Unknown => continue,
        };
        let window = record.actual.or(record.planned);
        let Some(started_at) = window.and_then(|window| window.start).or(record.recorded_at) else { continue };
        let key = format!("record:{}:{}", record.source, record.id);
        let environment = record.environment.clone().unwrap_or_else(|| environment.to_owned());
        detected.deployments.push(DeploymentEvent {
            key: key.clone(),
            environment: environment.clone(),
            stack: None,
            service: record.id.clone(),
            mechanism: "record",
            kind: DeploymentKind::Forward,
            outcome,
            started_at,
        });
        if outcome == DeploymentOutcome::RolledBack {
            let actual = record.actual.filter(|window| window.start.is_some());
            let end = actual.and_then(|window| window.end);
            detected.rollbacks.push(RollbackEvent {
                key: key.clone(),
                environment,
                service: record.id.clone(),
                mechanism: "record",
                trigger: RollbackTrigger::Manual,
                deployment: Some(key),
                at: end.unwrap_or(started_at),
                duration_ms: end.map(|end| (end.as_millisecond() - started_at.as_millisecond()).max(0)),
            });
        }
    }
    detected
}

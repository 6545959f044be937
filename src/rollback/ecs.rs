//! Amazon ECS: a service's deployments and how their rollouts ended (`DescribeServices`, `deployments[]`).

use jiff::Timestamp;

use super::Detected;
use crate::store::{DeploymentEvent, DeploymentKind, DeploymentOutcome, RollbackEvent, RollbackTrigger};

/// One deployment of a service, as ECS lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceDeployment {
    /// `ecs-svc/…`, unique.
    pub id: String,
    /// The service's ARN.
    pub service: String,
    /// `COMPLETED`, `FAILED` or `IN_PROGRESS`.
    pub rollout_state: String,
    /// Why it is in that state.
    pub rollout_reason: String,
    /// When it began.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
}

/// What the deployments of a stack's services say. A rollout under way is not settled and says nothing yet.
pub fn detect(environment: &str, stack: &str, deployments: &[ServiceDeployment]) -> Detected {
    let mut detected = Detected::default();
    for deployment in deployments {
        let Some(started_at) = deployment.created_at else { continue };
        let outcome = match deployment.rollout_state.as_str() {
            "COMPLETED" => DeploymentOutcome::Succeeded,
            "FAILED" => DeploymentOutcome::Failed,
            _ => continue,
        };
        let kind =
            if is_rollback(&deployment.rollout_reason) { DeploymentKind::Rollback } else { DeploymentKind::Forward };
        detected.deployments.push(DeploymentEvent {
            key: deployment.id.clone(),
            environment: environment.to_owned(),
            stack: Some(stack.to_owned()),
            service: deployment.service.clone(),
            mechanism: "ecs",
            kind,
            outcome,
            started_at,
        });
        if outcome == DeploymentOutcome::Failed && kind == DeploymentKind::Forward {
            detected.rollbacks.push(rollback(environment, deployment, started_at));
        }
    }
    detected
}

/// ECS names the deployment it goes back to in the reason of the one that goes back:
/// "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/123."
fn is_rollback(reason: &str) -> bool {
    reason.contains("rolling back to")
}

fn rollback(environment: &str, deployment: &ServiceDeployment, started_at: Timestamp) -> RollbackEvent {
    let by_breaker = deployment.rollout_reason.contains("circuit breaker");
    let at = deployment.updated_at.unwrap_or(started_at);
    RollbackEvent {
        key: deployment.id.clone(),
        environment: environment.to_owned(),
        service: deployment.service.clone(),
        mechanism: "ecs",
        trigger: if by_breaker { RollbackTrigger::CircuitBreaker } else { RollbackTrigger::DeploymentFailure },
        deployment: Some(deployment.id.clone()),
        at,
        duration_ms: deployment.updated_at.map(|end| (end.as_millisecond() - started_at.as_millisecond()).max(0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(id: &str, state: &str, reason: &str) -> ServiceDeployment {
        ServiceDeployment {
            id: id.to_owned(),
            service: "arn:aws:ecs:eu-west-1:123456789012:service/shop/web".to_owned(),
            rollout_state: state.to_owned(),
            rollout_reason: reason.to_owned(),
            created_at: Some("2026-03-01T12:00:00Z".parse().unwrap()),
            updated_at: Some("2026-03-01T12:05:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_failed_rollout_is_one_rollback_and_the_way_back_is_none() {
        let breaker = "ECS deployment circuit breaker: tasks failed to start.";
        let back = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.";
        let detected = detect(
            "production",
            "shop",
            &[
                deployment("ecs-svc/1", "COMPLETED", "ECS deployment ecs-svc/1 completed."),
                deployment("ecs-svc/2", "FAILED", breaker),
                deployment("ecs-svc/3", "COMPLETED", back),
                deployment("ecs-svc/4", "IN_PROGRESS", ""),
            ],
        );
        let kinds: Vec<_> = detected.deployments.iter().map(|d| (d.key.as_str(), d.kind, d.outcome)).collect();
        assert_eq!(
            kinds,
            [
                ("ecs-svc/1", DeploymentKind::Forward, DeploymentOutcome::Succeeded),
                ("ecs-svc/2", DeploymentKind::Forward, DeploymentOutcome::Failed),
                ("ecs-svc/3", DeploymentKind::Rollback, DeploymentOutcome::Succeeded),
            ]
        );
        let [rollback] = detected.rollbacks.as_slice() else { panic!("{:?}", detected.rollbacks) };
        assert_eq!((rollback.trigger, rollback.duration_ms), (RollbackTrigger::CircuitBreaker, Some(300_000)));
    }
}

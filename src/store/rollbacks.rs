//! Deployments and rollbacks, each under the id its platform gave it, so that seeing one twice counts once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};

use super::{Result, Store, from_ms, to_ms};

/// One settled attempt to change one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentEvent {
    /// The platform's own id.
    pub key: String,
    /// The environment.
    pub environment: String,
    /// The stack, if it belongs to one.
    pub stack: Option<String>,
    /// What was deployed.
    pub service: String,
    /// By what: `ecs`, `kubernetes`, `helm`, `record`.
    pub mechanism: &'static str,
    /// Which way.
    pub kind: DeploymentKind,
    /// How it ended.
    pub outcome: DeploymentOutcome,
    /// When it began.
    pub started_at: Timestamp,
}

/// Which way a deployment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeploymentKind {
    /// To something new.
    Forward,
    /// Back to what was there before.
    Rollback,
    /// By hand, past what deploys.
    Hotfix,
    /// To what was deployed already: again, or over a change by hand or a rollback.
    Redeploy,
}

impl DeploymentKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Forward, Self::Rollback, Self::Hotfix, Self::Redeploy];

    /// The label `kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Rollback => "rollback",
            Self::Hotfix => "hotfix",
            Self::Redeploy => "redeploy",
        }
    }
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeploymentOutcome {
    /// As meant.
    Succeeded,
    /// It did not get through.
    Failed,
    /// It got through and was taken back.
    RolledBack,
}

impl DeploymentOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Succeeded, Self::Failed, Self::RolledBack];

    /// The label `outcome`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// A deployment or a recorded change that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackEvent {
    /// Unique: the platform's id of what was taken back.
    pub key: String,
    /// The environment.
    pub environment: String,
    /// What was taken back.
    pub service: String,
    /// By what: `ecs`, `record`.
    pub mechanism: &'static str,
    /// What set it off.
    pub trigger: RollbackTrigger,
    /// The deployment that was taken back.
    pub deployment: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// From the start of the deployment to the end of the rollback, in milliseconds, if known.
    pub duration_ms: Option<i64>,
}

/// What sets a rollback off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RollbackTrigger {
    /// The platform's deployment circuit breaker.
    CircuitBreaker,
    /// The deployment failed for another reason.
    DeploymentFailure,
    /// A person.
    Manual,
    /// `kubectl rollout undo`.
    Undo,
    /// A commit that reverts another one.
    GitRevert,
    /// What deploys, with an older version; why it did is not known.
    Redeployment,
    /// Not known.
    Unknown,
}

impl RollbackTrigger {
    /// The label `trigger`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CircuitBreaker => "circuit_breaker",
            Self::DeploymentFailure => "deployment_failure",
            Self::Manual => "manual",
            Self::Undo => "undo",
            Self::GitRevert => "git_revert",
            Self::Redeployment => "redeployment",
            Self::Unknown => "unknown",
        }
    }
}

/// What earlier scans kept of the deployments of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRollouts {
    /// Its deployments by key. Who made one is known only while it is the current one, so what was said then stands.
    pub deployments: BTreeMap<String, (DeploymentKind, DeploymentOutcome)>,
    /// The keys of the rollbacks of its environment.
    pub rollbacks: BTreeSet<String>,
    /// The keys of the deployments that they took back.
    pub taken_back: BTreeSet<String>,
}

/// A rollback as the command line lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackRow {
    /// The environment.
    pub environment: String,
    /// What was taken back.
    pub service: String,
    /// By what.
    pub mechanism: String,
    /// What set it off.
    pub trigger: String,
    /// When.
    pub at: Timestamp,
}

impl DeploymentEvent {
    pub(super) async fn save(&self, transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
        sqlx::query(
            "insert into deployments (key, environment, stack, service, mechanism, kind, outcome, started_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (key) do update set outcome = excluded.outcome, kind = excluded.kind",
        )
        .bind(&self.key)
        .bind(&self.environment)
        .bind(&self.stack)
        .bind(&self.service)
        .bind(self.mechanism)
        .bind(self.kind.as_str())
        .bind(self.outcome.as_str())
        .bind(to_ms(self.started_at))
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

impl RollbackEvent {
    pub(super) async fn save(&self, transaction: &mut Transaction<'_, Sqlite>) -> Result<()> {
        sqlx::query(
            "insert into rollbacks (key, environment, service, mechanism, cause, deployment, at_ms, duration_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (key) do nothing",
        )
        .bind(&self.key)
        .bind(&self.environment)
        .bind(&self.service)
        .bind(self.mechanism)
        .bind(self.trigger.as_str())
        .bind(&self.deployment)
        .bind(to_ms(self.at))
        .bind(self.duration_ms)
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Keeps deployments and rollbacks that belong to no stack: those that records tell of.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_rollbacks(&self, deployments: &[DeploymentEvent], rollbacks: &[RollbackEvent]) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        for deployment in deployments {
            deployment.save(&mut transaction).await?;
        }
        for rollback in rollbacks {
            rollback.save(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Every rollback known, newest first.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn rollbacks(&self) -> Result<Vec<RollbackRow>> {
        type Row = (String, String, String, String, i64);
        let rows: Vec<Row> = sqlx::query_as(
            "select environment, service, mechanism, cause, at_ms from rollbacks order by at_ms desc, key",
        )
        .fetch_all(&self.pool)
        .await?;
        let read = |(environment, service, mechanism, trigger, at_ms): Row| RollbackRow {
            environment,
            service,
            mechanism,
            trigger,
            at: from_ms(at_ms),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// What is known of the deployments of a stack.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn known_rollouts(&self, stack: &str, environment: &str) -> Result<KnownRollouts> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as("select key, kind, outcome from deployments where stack = $1")
                .bind(stack)
                .fetch_all(&self.pool)
                .await?;
        let read = |(key, kind, outcome): (String, String, String)| {
            let kind = DeploymentKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
            let outcome = DeploymentOutcome::ALL.into_iter().find(|known| known.as_str() == outcome)?;
            Some((key, (kind, outcome)))
        };
        let deployments = rows.into_iter().filter_map(read).collect();
        let rows: Vec<(String, Option<String>)> =
            sqlx::query_as("select key, deployment from rollbacks where environment = $1")
                .bind(environment)
                .fetch_all(&self.pool)
                .await?;
        let taken_back = rows.iter().filter_map(|(_, deployment)| deployment.clone()).collect();
        let rollbacks = rows.into_iter().map(|(key, _)| key).collect();
        Ok(KnownRollouts { deployments, rollbacks, taken_back })
    }

    /// Notes what the gate decided.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_gate_decision(
        &self,
        environment: &str,
        stack: &str,
        decision: &str,
        at: Timestamp,
    ) -> Result<()> {
        sqlx::query("insert into gate_decisions (environment, stack, decision, at_ms) values ($1, $2, $3, $4)")
            .bind(environment)
            .bind(stack)
            .bind(decision)
            .bind(to_ms(at))
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

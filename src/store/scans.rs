//! Scans: one row a run, one row a stack, and everything one stack's scan found in one transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;
use sqlx::{Sqlite, Transaction};

use super::drifts::{Resolution, upsert_drift};
use super::{BaselineChanges, DeploymentEvent, Result, RollbackEvent, Store, from_json, from_ms, to_json, to_ms};
use crate::report::{Coverage, DriftReport, ProblemReport, ScanReport};

/// A run over one or more stacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanRow {
    /// Its id.
    pub id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The commit whose declarations it reads.
    pub commit: Option<String>,
    /// The stacks it scans.
    pub stacks: Vec<String>,
}

/// Everything that the scan of one stack found.
#[derive(Clone, Debug)]
pub struct StackScan {
    /// The scan it is part of.
    pub scan_id: String,
    /// The stack.
    pub stack: String,
    /// Its environment.
    pub environment: String,
    /// When the scan of this stack ended.
    pub at: Timestamp,
    /// Changes whenever the stack is deployed; tells an overwritten change from a reverted one.
    pub deployment: Option<String>,
    /// Whether nothing hid a resource from it.
    pub complete: bool,
    /// What was looked at.
    pub coverage: Coverage,
    /// All drifts that are open now, also the stale ones.
    pub drifts: Vec<DriftReport>,
    /// The drifts that are gone.
    pub resolutions: Vec<Resolution>,
    /// The merge bases that changed: address → attribute → value.
    pub bases: BTreeMap<String, BTreeMap<String, Json>>,
    /// The addresses whose merge bases are dropped.
    pub forgotten: Vec<String>,
    /// The baselines of undeclared values that changed.
    pub baselines: BaselineChanges,
    /// How long after their changes the records of the drifts were made.
    pub delays: Vec<RecordDelay>,
    /// Deployments seen; a known one is brought up to date.
    pub deployments: Vec<DeploymentEvent>,
    /// Rollbacks seen; a known one is not counted again.
    pub rollbacks: Vec<RollbackEvent>,
}

/// How long after a change its record was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDelay {
    /// The record.
    pub record: String,
    /// The drift it accounts for.
    pub drift: String,
    /// Milliseconds from the change to its record; negative if it was recorded before.
    pub delay_ms: i64,
}

/// A record as metrics count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Its id.
    pub id: String,
    /// Its source.
    pub source: String,
    /// Its environment, if it names one.
    pub environment: Option<String>,
    /// Its state.
    pub state: String,
}

/// What is known of a stack from its last scan.
#[derive(Clone, Debug, PartialEq)]
pub struct StackState {
    /// Its name.
    pub name: String,
    /// Its environment.
    pub environment: String,
    /// When it was last scanned.
    pub scanned_at: Timestamp,
    /// When it was last scanned without a gap.
    pub last_success: Option<Timestamp>,
    /// The deployment that the last scan saw.
    pub deployment: Option<String>,
    /// What the last scan looked at.
    pub coverage: Coverage,
}

impl Store {
    /// Notes that a scan begins.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn begin_scan(&self, scan: &ScanRow) -> Result<()> {
        sqlx::query("insert into scans (id, started_ms, commit_id, stacks) values ($1, $2, $3, $4)")
            .bind(&scan.id)
            .bind(to_ms(scan.started_at))
            .bind(&scan.commit)
            .bind(to_json("scan", &scan.stacks)?)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that a scan ended, and forgets scans that ended more than 90 days before it.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn finish_scan(&self, id: &str, at: Timestamp) -> Result<()> {
        const KEPT_MS: i64 = 90 * 24 * 3600 * 1000;
        sqlx::query("update scans set finished_ms = $2 where id = $1")
            .bind(id)
            .bind(to_ms(at))
            .execute(&self.pool)
            .await?;
        sqlx::query("delete from scans where finished_ms < $1").bind(to_ms(at) - KEPT_MS).execute(&self.pool).await?;
        Ok(())
    }

    /// Keeps everything that the scan of one stack found, or nothing of it.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_stack(&self, scan: &StackScan) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        upsert_stack(&mut transaction, scan).await?;
        // First what is gone: a resource may be left with a drift that is no longer a change by hand, under its old id.
        for resolution in &scan.resolutions {
            resolution.save(&mut transaction, &scan.environment).await?;
        }
        for drift in &scan.drifts {
            upsert_drift(&mut transaction, drift).await?;
        }
        save_bases(&mut transaction, scan).await?;
        scan.baselines.save(&mut transaction, &scan.stack).await?;
        save_records_of_drifts(&mut transaction, scan).await?;
        for deployment in &scan.deployments {
            deployment.save(&mut transaction).await?;
        }
        for rollback in &scan.rollbacks {
            rollback.save(&mut transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// What is known of a stack; `None` before its first scan.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn stack(&self, name: &str) -> Result<Option<StackState>> {
        Ok(self.stacks().await?.into_iter().find(|stack| stack.name == name))
    }

    /// What is known of every configured stack that was ever scanned, by name.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn stacks(&self) -> Result<Vec<StackState>> {
        type Row = (String, String, i64, Option<i64>, Option<String>, String);
        let rows: Vec<Row> = sqlx::query_as(
            "select name, environment, scanned_ms, last_success_ms, deployment, coverage from stacks
             where retired = 0 order by name",
        )
        .fetch_all(&self.pool)
        .await?;
        let read = |(name, environment, scanned_ms, last_success_ms, deployment, coverage): Row| {
            Ok(StackState {
                name,
                environment,
                scanned_at: from_ms(scanned_ms),
                last_success: last_success_ms.map(from_ms),
                deployment,
                coverage: from_json("coverage", &coverage)?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Sets stacks aside that are not configured: they are not shown and not counted, and what is known of them is kept,
    /// because a stack may have lost its place in the configuration by a slip. One that is configured again goes on.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn retire_all_but(&self, configured: &[&str]) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let known: Vec<String> = sqlx::query_scalar("select name from stacks").fetch_all(&mut *transaction).await?;
        for stack in known {
            let retired = !configured.contains(&stack.as_str());
            sqlx::query("update stacks set retired = $2 where name = $1 and retired <> $2")
                .bind(stack)
                .bind(i64::from(retired))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The merge bases of a stack: address → attribute → the declared value last found in sync.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn bases(&self, stack: &str) -> Result<BTreeMap<String, BTreeMap<String, Json>>> {
        let rows: Vec<(String, String)> = sqlx::query_as("select address, attributes from bases where stack = $1")
            .bind(stack)
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(|(address, attributes)| Ok((address, from_json("merge base", &attributes)?))).collect()
    }

    /// The scan that ran last, or runs now.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn last_scan(&self) -> Result<Option<ScanReport>> {
        type Row = (String, i64, Option<i64>, Option<String>, String);
        let row: Option<Row> = sqlx::query_as(
            "select id, started_ms, finished_ms, commit_id, stacks from scans order by started_ms desc, id desc limit 1",
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|(id, started_ms, finished_ms, commit, stacks)| {
            Ok(ScanReport {
                id,
                started_at: Some(from_ms(started_ms)),
                finished_at: finished_ms.map(from_ms),
                commit,
                stacks: from_json("scan", &stacks)?,
                nothing_checked: Vec::new(),
            })
        })
        .transpose()
    }

    /// Replaces the problems that are no single stack's: of records, of ignore rules.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_problems(&self, problems: &[ProblemReport]) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("delete from problems").execute(&mut *transaction).await?;
        for (position, problem) in (0_i64..).zip(problems) {
            sqlx::query("insert into problems (position, body) values ($1, $2)")
                .bind(position)
                .bind(to_json("problem", problem)?)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The problems that are no single stack's.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn problems(&self) -> Result<Vec<ProblemReport>> {
        let rows: Vec<String> =
            sqlx::query_scalar("select body from problems order by position").fetch_all(&self.pool).await?;
        rows.iter().map(|body| from_json("problem", body)).collect()
    }

    /// Replaces what is known of the records: a snapshot, because records are edited and removed at their sources.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_records(&self, records: &[RecordRow]) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("delete from records").execute(&mut *transaction).await?;
        for record in records {
            sqlx::query(
                "insert into records (id, source, environment, state) values ($1, $2, $3, $4) on conflict do nothing",
            )
            .bind(&record.id)
            .bind(&record.source)
            .bind(&record.environment)
            .bind(&record.state)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn upsert_stack(transaction: &mut Transaction<'_, Sqlite>, scan: &StackScan) -> Result<()> {
    let at = to_ms(scan.at);
    sqlx::query(
        "insert into stacks (name, environment, scan_id, scanned_ms, last_success_ms, deployment, coverage)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (name) do update set environment = excluded.environment, scan_id = excluded.scan_id,
             scanned_ms = excluded.scanned_ms,
             last_success_ms = coalesce(excluded.last_success_ms, stacks.last_success_ms),
             deployment = coalesce(excluded.deployment, stacks.deployment), coverage = excluded.coverage",
    )
    .bind(&scan.stack)
    .bind(&scan.environment)
    .bind(&scan.scan_id)
    .bind(at)
    .bind(scan.complete.then_some(at))
    .bind(&scan.deployment)
    .bind(to_json("coverage", &scan.coverage)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// One statement for all of them: each one costs a way to the database's thread and back.
async fn save_bases(transaction: &mut Transaction<'_, Sqlite>, scan: &StackScan) -> Result<()> {
    if !scan.forgotten.is_empty() {
        sqlx::query("delete from bases where stack = $1 and address in (select value from json_each($2))")
            .bind(&scan.stack)
            .bind(to_json("addresses", &scan.forgotten)?)
            .execute(&mut **transaction)
            .await?;
    }
    if scan.bases.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into bases (stack, address, attributes) select $1, key, value from json_each($2) where true
         on conflict (stack, address) do update set attributes = excluded.attributes",
    )
    .bind(&scan.stack)
    .bind(to_json("merge base", &scan.bases)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The violations of the records behind the open drifts, and the delays of those records.
async fn save_records_of_drifts(transaction: &mut Transaction<'_, Sqlite>, scan: &StackScan) -> Result<()> {
    for drift in &scan.drifts {
        sqlx::query("delete from record_violations where drift_id = $1")
            .bind(drift.id.as_str())
            .execute(&mut **transaction)
            .await?;
        for violation in &drift.violations {
            sqlx::query(
                "insert into record_violations (record, drift_id, environment, rule) values ($1, $2, $3, $4)
                 on conflict do nothing",
            )
            .bind(&violation.record)
            .bind(drift.id.as_str())
            .bind(&drift.environment)
            .bind(&violation.rule)
            .execute(&mut **transaction)
            .await?;
        }
    }
    for delay in &scan.delays {
        sqlx::query(
            "insert into record_delays (record, drift_id, delay_ms) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(&delay.record)
        .bind(&delay.drift)
        .bind(delay.delay_ms)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

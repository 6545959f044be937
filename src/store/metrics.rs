//! What the metrics about the world are computed from, in one consistent read.

use jiff::Timestamp;

use super::{Result, StackState, Store, from_ms, to_ms};
use crate::report::{DriftReport, ProblemReport};

/// Rows of labels with their count.
pub type Counted = Vec<(Vec<String>, i64)>;

/// Everything that the metrics about the world are computed from.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Every configured stack that was scanned.
    pub stacks: Vec<StackState>,
    /// Problems that are no single stack's: of records, of ignore rules.
    pub problems: Vec<ProblemReport>,
    /// The open drifts.
    pub drifts: Vec<DriftReport>,
    /// Environment, stack, provider and type of every drift that is remembered, also of resolved ones.
    pub drifting: Vec<[String; 4]>,
    /// By what happened (`detected`, `codified`, …).
    pub drift_events: Counted,
    /// Changes by hand that a deployment took back, by environment.
    pub overwrites: Counted,
    /// By environment, source, state.
    pub records: Counted,
    /// By environment, rule.
    pub violations: Counted,
    /// Seconds from each change to its record.
    pub record_delays: Vec<f64>,
    /// By environment, mechanism, kind, outcome.
    pub deployments: Counted,
    /// By environment, mechanism, trigger.
    pub rollbacks: Counted,
    /// Seconds that each rollback took.
    pub rollback_durations: Vec<f64>,
    /// Forward deployments by environment and window.
    pub forward_deployments: Vec<ForwardDeployments>,
    /// By environment, decision.
    pub gate_decisions: Counted,
}

/// Settled forward deployments of an environment that began in the last days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardDeployments {
    /// The environment.
    pub environment: String,
    /// The length of the window, in days.
    pub days: i64,
    /// All of them; at least 1.
    pub settled: u32,
    /// Those of them with a rollback.
    pub taken_back: u32,
}

/// The windows, in days, over which rollback ratios are computed.
pub const WINDOWS_DAYS: [i64; 3] = [7, 28, 90];

const DAY_MS: i64 = 24 * 3600 * 1000;

impl Store {
    /// Reads what the metrics are computed from.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn world(&self, now: Timestamp) -> Result<World> {
        Ok(World {
            stacks: self.stacks().await?,
            problems: self.problems().await?,
            drifts: self.open_drifts(None).await?,
            drifting: self.drifting().await?,
            drift_events: self.counted1("select what, count(*) from drift_events group by 1 order by 1").await?,
            overwrites: self
                .counted1(
                    "select environment, count(*) from drift_events where what = 'overwritten' group by 1 order by 1",
                )
                .await?,
            records: self
                .counted3(
                    "select coalesce(environment, ''), source, state, count(*) from records group by 1, 2, 3
                     order by 1, 2, 3",
                )
                .await?,
            violations: self
                .counted2(
                    "select environment, rule, count(distinct record) from record_violations
                     where drift_id not in (select id from retired_drifts) group by 1, 2 order by 1, 2",
                )
                .await?,
            record_delays: self.seconds("select delay_ms from record_delays order by record, drift_id").await?,
            deployments: self.deployments_counted().await?,
            rollbacks: self
                .counted3(
                    "select environment, mechanism, cause, count(*) from rollbacks group by 1, 2, 3 order by 1, 2, 3",
                )
                .await?,
            rollback_durations: self
                .seconds("select duration_ms from rollbacks where duration_ms is not null order by key")
                .await?,
            forward_deployments: self.forward_deployments(now).await?,
            gate_decisions: self
                .counted2("select environment, decision, count(*) from gate_decisions group by 1, 2 order by 1, 2")
                .await?,
        })
    }

    async fn counted1(&self, sql: &'static str) -> Result<Counted> {
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(a, n)| (vec![a], n)).collect())
    }

    async fn counted2(&self, sql: &'static str) -> Result<Counted> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(sql).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(a, b, n)| (vec![a, b], n)).collect())
    }

    async fn counted3(&self, sql: &'static str) -> Result<Counted> {
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as(sql).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(a, b, c, n)| (vec![a, b, c], n)).collect())
    }

    async fn deployments_counted(&self) -> Result<Counted> {
        let rows: Vec<(String, String, String, String, i64)> = sqlx::query_as(
            "select environment, mechanism, kind, outcome, count(*) from deployments group by 1, 2, 3, 4
             order by 1, 2, 3, 4",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(a, b, c, d, n)| (vec![a, b, c, d], n)).collect())
    }

    async fn seconds(&self, sql: &'static str) -> Result<Vec<f64>> {
        let rows: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|ms| jiff::SignedDuration::from_millis(ms).as_secs_f64()).collect())
    }

    async fn drifting(&self) -> Result<Vec<[String; 4]>> {
        let rows: Vec<(String, String, String, String)> = sqlx::query_as(
            "select distinct environment, stack, provider, type from drifts
                 where id not in (select id from retired_drifts) order by 1, 2, 3, 4",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(a, b, c, d)| [a, b, c, d]).collect())
    }

    /// Deployments are put into a window by their start, so that a rollback counts against the deployment it took
    /// back, however late it came.
    async fn forward_deployments(&self, now: Timestamp) -> Result<Vec<ForwardDeployments>> {
        let mut windows = Vec::new();
        for days in WINDOWS_DAYS {
            let rows: Vec<(String, i64, i64)> = sqlx::query_as(
                "select environment, count(*),
                        sum(case when exists (select 1 from rollbacks where rollbacks.deployment = deployments.key)
                            then 1 else 0 end)
                 from deployments where kind = 'forward' and started_ms >= $1 group by 1 order by 1",
            )
            .bind(to_ms(now) - days * DAY_MS)
            .fetch_all(&self.pool)
            .await?;
            let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
            windows.extend(rows.into_iter().map(|(environment, settled, taken_back)| ForwardDeployments {
                environment,
                days,
                settled: count(settled),
                taken_back: count(taken_back),
            }));
        }
        Ok(windows)
    }

    /// When the store last saw a stack scanned without a gap.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn last_success(&self) -> Result<Option<Timestamp>> {
        let ms: Option<i64> = sqlx::query_scalar("select max(last_success_ms) from stacks where retired = 0")
            .fetch_one(&self.pool)
            .await?;
        Ok(ms.map(from_ms))
    }
}

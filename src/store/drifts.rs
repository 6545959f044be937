//! Drifts: open ones and resolved ones, under ids that stay.

use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};

use super::{Result, Store, from_json, from_ms, to_json, to_ms};
use crate::model::DriftId;
use crate::report::DriftReport;

/// How a drift went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resolved {
    /// The repository took the live value over.
    Codified,
    /// Somebody put the declared value back.
    Reverted,
    /// A deployment put the declared value back over the manual change.
    Overwritten,
}

impl Resolved {
    /// Every way, for metrics that report zeros.
    pub const ALL: [Self; 3] = [Self::Codified, Self::Reverted, Self::Overwritten];

    /// The label `how` of `driftledger_drift_resolved_total`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Codified => "codified",
            Self::Reverted => "reverted",
            Self::Overwritten => "overwritten",
        }
    }
}

/// A drift that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Which.
    pub drift: DriftId,
    /// How; `None` where nothing was changed by hand, such as a pending attribute that was deployed.
    pub how: Option<Resolved>,
    /// When a scan noticed.
    pub at: Timestamp,
}

/// A drift of the store, open or resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownDrift {
    /// The drift as it was last seen.
    pub drift: DriftReport,
    /// How and when it went away; `None`: it is open.
    pub resolved: Option<(String, Timestamp)>,
}

impl Store {
    /// The open drifts, of one stack or of all that are configured.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn open_drifts(&self, stack: Option<&str>) -> Result<Vec<DriftReport>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "select body from drifts where resolved_ms is null and ($1 is null or stack = $1)
                 and id not in (select id from retired_drifts) order by id",
        )
        .bind(stack)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|body| from_json("drift", body)).collect()
    }

    /// The drifts whose id is, or begins with, the given text.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn drifts_by_id(&self, id: &str) -> Result<Vec<KnownDrift>> {
        type Row = (String, Option<i64>, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(
            "select body, resolved_ms, resolved_how from drifts where substr(id, 1, length($1)) = $1 order by id",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        let read = |(body, resolved_ms, how): Row| {
            let resolved = resolved_ms.map(|ms| (how.unwrap_or_default(), from_ms(ms)));
            Ok(KnownDrift { drift: from_json("drift", &body)?, resolved })
        };
        rows.into_iter().map(read).collect()
    }
}

impl Store {
    /// Remembers a change by hand that was gone before a scan could see it, and says whether it did: a drift that is open
    /// is left to the scans.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_passing(&self, drift: &DriftReport, how: Resolved) -> Result<bool> {
        let mut transaction = self.pool.begin().await?;
        let open: Option<i64> = sqlx::query_scalar("select 1 from drifts where id = $1 and resolved_ms is null")
            .bind(drift.id.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
        if open.is_some() {
            return Ok(false);
        }
        upsert_drift(&mut transaction, drift).await?;
        let gone = Resolution { drift: drift.id.clone(), how: Some(how), at: drift.last_seen };
        gone.save(&mut transaction, &drift.environment).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

impl Resolution {
    pub(super) async fn save(&self, transaction: &mut Transaction<'_, Sqlite>, environment: &str) -> Result<()> {
        sqlx::query("update drifts set resolved_ms = $2, resolved_how = $3 where id = $1")
            .bind(self.drift.as_str())
            .bind(to_ms(self.at))
            .bind(self.how.map(Resolved::as_str))
            .execute(&mut **transaction)
            .await?;
        sqlx::query("delete from record_violations where drift_id = $1")
            .bind(self.drift.as_str())
            .execute(&mut **transaction)
            .await?;
        match self.how {
            Some(how) => record_event(transaction, &self.drift, environment, how.as_str(), self.at).await,
            None => Ok(()),
        }
    }
}

/// Writes a drift. One that was not open before counts as detected.
pub(super) async fn upsert_drift(transaction: &mut Transaction<'_, Sqlite>, drift: &DriftReport) -> Result<()> {
    let was_manual: Option<i64> = sqlx::query_scalar(
        "select case when verdict is null then 0 else 1 end from drifts where id = $1 and resolved_ms is null",
    )
    .bind(drift.id.as_str())
    .fetch_optional(&mut **transaction)
    .await?;
    sqlx::query(
        "insert into drifts
             (id, stack, environment, provider, type, verdict, stale, first_seen_ms, last_seen_ms, body)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (id) do update set stack = excluded.stack, environment = excluded.environment,
             verdict = excluded.verdict, stale = excluded.stale, first_seen_ms = excluded.first_seen_ms,
             last_seen_ms = excluded.last_seen_ms, body = excluded.body, resolved_ms = null, resolved_how = null",
    )
    .bind(drift.id.as_str())
    .bind(&drift.stack)
    .bind(&drift.environment)
    .bind(drift.provider.as_str())
    .bind(&drift.resource_type)
    .bind(drift.verdict.map(|verdict| verdict.as_str()))
    .bind(i64::from(drift.stale))
    .bind(to_ms(drift.first_seen))
    .bind(to_ms(drift.last_seen))
    .bind(to_json("drift", drift)?)
    .execute(&mut **transaction)
    .await?;
    if drift.is_manual_change() && was_manual != Some(1) {
        record_event(transaction, &drift.id, &drift.environment, "detected", drift.last_seen).await?;
    }
    Ok(())
}

/// Notes that a drift was detected or went away: what the counters count.
async fn record_event(
    transaction: &mut Transaction<'_, Sqlite>,
    drift: &DriftId,
    environment: &str,
    what: &str,
    at: Timestamp,
) -> Result<()> {
    sqlx::query("insert into drift_events (drift_id, environment, what, at_ms) values ($1, $2, $3, $4)")
        .bind(drift.as_str())
        .bind(environment)
        .bind(what)
        .bind(to_ms(at))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

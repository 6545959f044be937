//! What CloudTrail told, by the names it told it of, and how far it was read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Result, Store, from_json, to_json, to_ms};
use crate::evidence::cloudtrail::{Fact, NameDigest, Progress};

/// Digests that one query asks for: SQLite takes 32,766 parameters.
const AT_ONCE: usize = 500;

impl Store {
    /// How far the trail of an account and region was read; nothing if it never was.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn trail_progress(&self, account: &str, region: &str) -> Result<Progress> {
        let row: Option<(String,)> =
            sqlx::query_as("select body from trail_progress where account = $1 and region = $2")
                .bind(account)
                .bind(region)
                .fetch_optional(&self.pool)
                .await?;
        row.map_or_else(|| Ok(Progress::default()), |(body,)| from_json("progress of a trail", &body))
    }

    /// Keeps what was read of the trail of an account and region, once; what is older than `since` is forgotten.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_trail(
        &self,
        (account, region): (&str, &str),
        facts: &[Fact],
        progress: &Progress,
        since: Timestamp,
    ) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        for fact in facts {
            let body = to_json("fact of a trail", fact)?;
            let event = "insert into trail_events (id, at_ms, body) values ($1, $2, $3) on conflict (id) do nothing";
            let added =
                sqlx::query(event).bind(&fact.id).bind(to_ms(fact.at)).bind(body).execute(&mut *transaction).await?;
            if added.rows_affected() == 0 {
                continue;
            }
            for digest in &fact.names {
                let name = "insert into trail_names (digest, event) values ($1, $2)";
                sqlx::query(name).bind(digest.cast_signed()).bind(&fact.id).execute(&mut *transaction).await?;
            }
        }
        sqlx::query(
            "insert into trail_progress (account, region, body) values ($1, $2, $3)
             on conflict (account, region) do update set body = excluded.body",
        )
        .bind(account)
        .bind(region)
        .bind(to_json("progress of a trail", progress)?)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("delete from trail_events where at_ms < $1").bind(to_ms(since)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What was told of any of some names, in the order of time.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn trail(&self, names: &BTreeSet<NameDigest>) -> Result<Vec<Fact>> {
        let mut facts: BTreeMap<(i64, String), Fact> = BTreeMap::new();
        let names: Vec<NameDigest> = names.iter().copied().collect();
        for some in names.chunks(AT_ONCE) {
            let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
            let text = format!(
                "select id, at_ms, body from trail_events
                 where id in (select event from trail_names where digest in ({}))",
                places.join(", ")
            );
            let mut query = sqlx::query_as::<_, (String, i64, String)>(sqlx::AssertSqlSafe(text));
            for digest in some {
                query = query.bind(digest.cast_signed());
            }
            for (id, at, body) in query.fetch_all(&self.pool).await? {
                if !facts.contains_key(&(at, id.clone())) {
                    let mut fact: Fact = from_json("fact of a trail", &body)?;
                    fact.names = self.names_of(&id).await?;
                    facts.insert((at, id), fact);
                }
            }
        }
        Ok(facts.into_values().collect())
    }

    async fn names_of(&self, event: &str) -> Result<BTreeSet<NameDigest>> {
        let rows: Vec<(i64,)> =
            sqlx::query_as("select digest from trail_names where event = $1").bind(event).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(digest,)| digest.cast_unsigned()).collect())
    }
}

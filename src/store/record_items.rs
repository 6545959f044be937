//! What services that keep change records answered, and how far each was read.

use jiff::Timestamp;
use serde_json::Value as Json;
use sqlx::{Sqlite, Transaction};

use super::{Result, Store, from_json, from_ms, to_json, to_ms};
use crate::ledger::source::{Item, Pass, Position};

/// What is known of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceState {
    /// How far it was read.
    pub position: Position,
    /// When everything new was last read.
    pub read_at: Option<Timestamp>,
    /// Since when it cannot be read.
    pub failed_since: Option<Timestamp>,
}

/// An item as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptItem {
    /// What was answered.
    pub body: Json,
    /// Its SHA-256.
    pub hash: String,
    /// When it was last seen.
    pub seen_at: Timestamp,
}

impl Store {
    /// How far a source was read.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn record_source(&self, source: &str) -> Result<SourceState> {
        type Row = (String, Option<i64>, Option<i64>);
        let row: Option<Row> =
            sqlx::query_as("select position, read_ms, failed_ms from record_sources where source = $1")
                .bind(source)
                .fetch_optional(&self.pool)
                .await?;
        let Some((position, read_ms, failed_ms)) = row else { return Ok(SourceState::default()) };
        let position = from_json("position of a record source", &position)?;
        Ok(SourceState { position, read_at: read_ms.map(from_ms), failed_since: failed_ms.map(from_ms) })
    }

    /// Keeps a page of a source and where to go on, both or neither. After the last page of a pass over everything, what
    /// it should have seen and has not is forgotten.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_record_page(&self, source: &str, pass: &Pass, items: &[Item], position: &Position) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        for item in items {
            save_item(&mut transaction, source, pass, item).await?;
        }
        let is_last = position.pass.is_none();
        if is_last && pass.is_full {
            sqlx::query("delete from record_items where source = $1 and seen_ms < $2 and changed_ms >= $3")
                .bind(source)
                .bind(to_ms(pass.began))
                .bind(to_ms(pass.since))
                .execute(&mut *transaction)
                .await?;
        }
        sqlx::query(
            "insert into record_sources (source, position, read_ms) values ($1, $2, $3)
             on conflict (source) do update set position = excluded.position,
                 read_ms = coalesce(excluded.read_ms, record_sources.read_ms),
                 failed_ms = case when excluded.read_ms is null then record_sources.failed_ms end",
        )
        .bind(source)
        .bind(to_json("position of a record source", position)?)
        .bind(is_last.then_some(to_ms(pass.began)))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Notes that a source could not be read; with a position, where to go on instead.
    ///
    /// # Errors
    /// When the database says no.
    pub async fn save_record_failure(&self, source: &str, position: &Position, at: Timestamp) -> Result<()> {
        sqlx::query(
            "insert into record_sources (source, position, failed_ms) values ($1, $2, $3)
             on conflict (source) do update set position = excluded.position,
                 failed_ms = coalesce(record_sources.failed_ms, excluded.failed_ms)",
        )
        .bind(source)
        .bind(to_json("position of a record source", position)?)
        .bind(to_ms(at))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The items of a source, by id.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn record_items(&self, source: &str) -> Result<Vec<KeptItem>> {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("select body, hash, seen_ms from record_items where source = $1 order by id")
                .bind(source)
                .fetch_all(&self.pool)
                .await?;
        let read = |(body, hash, seen_ms): (String, String, i64)| {
            Ok(KeptItem { body: from_json("record", &body)?, hash, seen_at: from_ms(seen_ms) })
        };
        rows.into_iter().map(read).collect()
    }
}

async fn save_item(transaction: &mut Transaction<'_, Sqlite>, source: &str, pass: &Pass, item: &Item) -> Result<()> {
    sqlx::query(
        "insert into record_items (source, id, changed_ms, seen_ms, hash, body) values ($1, $2, $3, $4, $5, $6)
         on conflict (source, id) do update set changed_ms = excluded.changed_ms,
             seen_ms = case when excluded.seen_ms > record_items.seen_ms then excluded.seen_ms
                 else record_items.seen_ms end,
             hash = excluded.hash, body = excluded.body",
    )
    .bind(source)
    .bind(&item.id)
    .bind(item.changed_at.map(to_ms))
    .bind(to_ms(pass.began))
    .bind(item.hash())
    .bind(to_json("record", &item.body)?)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

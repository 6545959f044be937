//! Baselines: what lived undeclared in the resources of watched stacks when the watch last took it over.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;
use sqlx::{Sqlite, Transaction};

use super::{Result, Store, from_json, from_ms, to_json, to_ms};
use crate::model::{AttributePath, ResourceType, Value};

/// Where a resource is declared and runs: what a baseline is kept by, beside its stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaselineKey {
    /// Account; empty: not known.
    pub account: String,
    /// Region; empty: not known.
    pub region: String,
    /// The canonical type.
    pub resource_type: ResourceType,
    /// The address in the declaration.
    pub address: String,
}

/// What lived undeclared in one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// Whose it is.
    pub key: BaselineKey,
    /// The resource's physical id, as deployed: another one is another resource.
    pub identifier: String,
    /// What was deployed when the values were taken over: changes with every deployment, if that is known.
    pub deployment: Option<String>,
    /// When the values were last taken over.
    pub recorded_at: Timestamp,
    /// The values. An unknown one is taken over as soon as it can be read, and is no drift then.
    pub values: BTreeMap<AttributePath, Value>,
    /// What the last scan that looked found in the place of values: told as drift. `None`: nothing.
    pub differing: BTreeMap<AttributePath, Option<Value>>,
}

/// What a scan changes of the baselines of a stack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BaselineChanges {
    /// New, or with new values.
    pub saved: Vec<Baseline>,
    /// Of resources that are no longer declared or watched, by type and address, wherever they ran.
    pub forgotten: Vec<(ResourceType, String)>,
}

impl Store {
    /// The baselines of a stack, wherever its resources ran.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn baselines(&self, stack: &str) -> Result<Vec<Baseline>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select account, region, type, address, identifier, deployment, recorded_ms, \"values\", differing
             from baselines where stack = $1 order by account, region, type, address",
        )
        .bind(stack)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(read).collect()
    }

    /// Takes what the last scan found in the place of undeclared values of a resource as its baseline from now on: the
    /// next scan that looks records what is there then. Returns the paths, sorted.
    ///
    /// # Errors
    /// When the database says no or holds an unreadable row.
    pub async fn accept_undeclared(
        &self,
        stack: &str,
        resource_type: &str,
        address: &str,
    ) -> Result<Vec<AttributePath>> {
        let mut baselines = self.baselines(stack).await?;
        baselines
            .retain(|baseline| baseline.key.resource_type.as_str() == resource_type && baseline.key.address == address);
        let mut accepted = Vec::new();
        let mut transaction = self.pool.begin().await?;
        for mut baseline in baselines {
            accepted.extend(baseline.differing.keys().cloned());
            baseline.take_over_again();
            baseline.save(&mut transaction, stack).await?;
        }
        transaction.commit().await?;
        accepted.sort();
        accepted.dedup();
        Ok(accepted)
    }
}

impl Baseline {
    /// Leaves the values that differ open, for the next scan to record.
    fn take_over_again(&mut self) {
        for path in self.differing.keys() {
            // What differs may be a part of what is recorded: an item of a list is recorded with its list.
            let recorded = self.values.keys().find(|recorded| path.is_within(recorded)).unwrap_or(path).clone();
            self.values.insert(recorded, Value::unknown("accepted"));
        }
    }

    async fn save(&self, transaction: &mut Transaction<'_, Sqlite>, stack: &str) -> Result<()> {
        let values: BTreeMap<String, Json> =
            self.values.iter().map(|(path, value)| (path.to_string(), value.to_json())).collect();
        let differing: BTreeMap<String, Option<Json>> =
            self.differing.iter().map(|(path, value)| (path.to_string(), value.as_ref().map(Value::to_json))).collect();
        sqlx::query(
            "insert into baselines (stack, account, region, type, address, identifier, deployment, recorded_ms,
                 \"values\", differing)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             on conflict (stack, account, region, type, address) do update set identifier = excluded.identifier,
                 deployment = excluded.deployment, recorded_ms = excluded.recorded_ms,
                 \"values\" = excluded.\"values\", differing = excluded.differing",
        )
        .bind(stack)
        .bind(&self.key.account)
        .bind(&self.key.region)
        .bind(self.key.resource_type.as_str())
        .bind(&self.key.address)
        .bind(&self.identifier)
        .bind(&self.deployment)
        .bind(to_ms(self.recorded_at))
        .bind(to_json("baseline", &values)?)
        .bind(to_json("baseline", &differing)?)
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

impl BaselineChanges {
    pub(super) async fn save(&self, transaction: &mut Transaction<'_, Sqlite>, stack: &str) -> Result<()> {
        for (resource_type, address) in &self.forgotten {
            sqlx::query("delete from baselines where stack = $1 and type = $2 and address = $3")
                .bind(stack)
                .bind(resource_type.as_str())
                .bind(address)
                .execute(&mut **transaction)
                .await?;
        }
        for baseline in &self.saved {
            baseline.save(transaction, stack).await?;
        }
        Ok(())
    }
}

type Row = (String, String, String, String, String, Option<String>, i64, String, String);

fn read(row: Row) -> Result<Baseline> {
    let (account, region, resource_type, address, identifier, deployment, recorded_ms, values, differing) = row;
    let values: BTreeMap<String, Json> = from_json("baseline", &values)?;
    let differing: BTreeMap<String, Option<Json>> = from_json("baseline", &differing)?;
    // A path that does not read back was written by a later version; what it recorded is recorded anew.
    let path = |text: String| text.parse::<AttributePath>().ok();
    Ok(Baseline {
        key: BaselineKey { account, region, resource_type: resource_type.as_str().into(), address },
        identifier,
        deployment,
        recorded_at: from_ms(recorded_ms),
        values: values
            .into_iter()
            .filter_map(|(text, value)| Some((path(text)?, Value::from_stored_json(&value))))
            .collect(),
        differing: differing
            .into_iter()
            .filter_map(|(text, value)| Some((path(text)?, value.as_ref().map(Value::from_stored_json))))
            .collect(),
    })
}

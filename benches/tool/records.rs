//! A table with many records: one that the gate has made, again and again under other names.

use std::path::Path;

use anyhow::Context as _;
use dynoxide::types::Item;
use dynoxide::{Database, ImportOptions};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sinch_gate::clock::now;
use sinch_gate::store::HOUR_SHARDS;

use crate::callback::Signed;
use crate::served::{Served, over_http};

/// The table's name in a file of the tool.
const TABLE: &str = "sinch-gate";

/// How many records are written at once.
const BATCH: usize = 10_000;

/// The span over which they are spread evenly.
const SPAN: SignedDuration = SignedDuration::from_hours(23);

/// What was written.
pub(crate) struct Records {
    /// The record that all others are made of.
    first: Value,
    count: usize,
    from: Timestamp,
}

impl Records {
    /// Makes a table with this many records, all of the last day.
    pub(crate) fn make(tool: &str, table: &Path, count: usize) -> anyhow::Result<Self> {
        let served = Served::start(tool, Some(table))?;
        served.client()?.ask(&over_http(&Signed::request(0, 0, "203.0.113.24")?))?;
        drop(served);
        let database = Database::new(&table.to_string_lossy())?;
        let request = json!({
            "TableName": TABLE,
            "FilterExpression": "attribute_exists(decided)",
        });
        let found = database.scan(serde_json::from_value(request)?)?;
        let item = found.items.into_iter().flatten().next().context("the gate has made no record")?;
        let from = now().saturating_sub(SPAN + SignedDuration::from_mins(10))?;
        let records = Self { first: serde_json::to_value(item)?, count, from };
        database.enable_bulk_loading()?;
        let all: Vec<usize> = (0..count).collect();
        for batch in all.chunks(BATCH) {
            let items = batch.iter().map(|n| records.item(*n)).collect::<anyhow::Result<Vec<Item>>>()?;
            let options = ImportOptions { record_streams: false, set_cached_at: false };
            database.import_items(TABLE, items, options)?;
        }
        Ok(records)
    }

    /// The number of the n-th record.
    pub(crate) fn number(&self, n: usize) -> String {
        format!("+4670{:07}", n % 10_000_000)
    }

    fn item(&self, n: usize) -> anyhow::Result<Item> {
        let text = |pointer: &str| self.first.pointer(pointer).and_then(Value::as_str);
        let id = text("/sk/S").context("no id")?;
        let reference = text("/subject/M/reference/S").context("no reference")?;
        let number = text("/subject/M/number/S").context("no number")?;
        let at = text("/decided/M/at/S").context("no time")?;
        let since = SPAN.as_millis_f64() * n as f64 / self.count as f64;
        let new_at = self.from.saturating_add(SignedDuration::from_secs_f64(since / 1e3))?;
        let new_id = format!("{id}-{n}");
        let new_text = serde_json::to_string(&self.first)?
            .replace(id, &new_id)
            .replace(reference, &format!("{reference}-{n}"))
            .replace(number, &self.number(n))
            .replace(at, &new_at.to_string());
        let mut item: Value = serde_json::from_str(&new_text)?;
        let shard = Sha256::digest(&new_id).first().copied().unwrap_or(0) % HOUR_SHARDS;
        let hour: String = new_at.to_string().chars().take("2026-01-15T09".len()).collect();
        let keys = [("hour", format!("{hour}#{shard}")), ("at", format!("{new_at:.3}"))];
        for (name, key) in keys {
            let place = item.get_mut(name).with_context(|| format!("no {name}"))?;
            *place = json!({ "S": key });
        }
        Ok(serde_json::from_value(item)?)
    }
}

//! One caller: connections, a memory and a meter of its own, as a Lambda container has them, and the
//! algorithm it decides by.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use sinch_gate::embedded::{Engine, local_connection};
use sinch_gate::store::Store;
use sinch_gate::store::client::{Timeouts, connect};

use crate::meter::Meter;

/// Generous, since a busy machine must not turn a measurement of counting into one of timeouts.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a write is tried while others change the same item: as often as the store does.
pub(crate) const TRIES: u32 = 12;

/// How a verification is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Algorithm {
    /// `Store::take`: a ring of buckets, one conditional write per key.
    SinchGate,
    /// One counter for each calendar window.
    FixedWindow,
    /// The count of this window and a share of the one before.
    TwoWindows,
    /// The theoretical arrival time of the next attempt, compared and swapped.
    Gcra,
    /// Fixed windows for all keys and the record in one transaction.
    Transaction,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] =
        [Self::SinchGate, Self::FixedWindow, Self::TwoWindows, Self::Gcra, Self::Transaction];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SinchGate => "sinch-gate",
            Self::FixedWindow => "fixed window, `ADD` on condition",
            Self::TwoWindows => "two windows, weighted",
            Self::Gcra => "GCRA, read and swap",
            Self::Transaction => "fixed windows in a transaction",
        }
    }
}

/// What one quota asks of one key.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) dimension: &'static str,
    pub(crate) value: String,
    pub(crate) limit: u32,
    pub(crate) window: Duration,
}

impl Ask {
    pub(crate) fn key(&self) -> String {
        format!("QUOTA#bench#{}#{}", self.dimension, self.value)
    }
}

/// The answer to a verification.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Verdict {
    Admitted,
    Refused,
    /// Others changed the item at every try.
    GaveUp,
}

/// One caller.
pub(crate) struct Caller {
    pub(crate) algorithm: Algorithm,
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) store: Store,
    pub(crate) meter: Meter,
    /// Counts of windows that are over, which no longer change.
    pub(crate) past_windows: Mutex<HashMap<String, u32>>,
}

impl Caller {
    pub(crate) fn new(engine: &Engine, table: &str, algorithm: Algorithm) -> Self {
        let meter = Meter::default();
        let connect = || {
            let connection = local_connection(&format!("http://{}", engine.address()));
            connect(connection, Timeouts::within(PATIENCE)).with_http_client(|client| meter.around(client))
        };
        let client = connect().client().clone();
        Self {
            algorithm,
            store: Store::new(connect(), table),
            client,
            table: table.to_owned(),
            meter,
            past_windows: Mutex::default(),
        }
    }

    /// Decides one verification at the given moment, and records what was decided.
    pub(crate) async fn decide(&self, asks: &[Ask], id: &str, now: Timestamp) -> anyhow::Result<Verdict> {
        match self.algorithm {
            Algorithm::SinchGate => self.by_store(asks, id, now).await,
            Algorithm::Transaction => self.by_transaction(asks, id, now).await,
            Algorithm::FixedWindow | Algorithm::TwoWindows | Algorithm::Gcra => {
                self.by_single_writes(asks, id, now).await
            }
        }
    }

    /// Puts the record of a verification, which every algorithm does for every verification.
    pub(crate) async fn record(&self, id: &str, verdict: Verdict) -> anyhow::Result<()> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(record_item(id, verdict)))
            .send()
            .await
            .context("the record was not written")?;
        Ok(())
    }
}

/// A record of about the size of a real one.
pub(crate) fn record_item(id: &str, verdict: Verdict) -> HashMap<String, AttributeValue> {
    let mut item = pair(&format!("REF#bench#{id}"), id);
    item.insert("verdict".to_owned(), text(&format!("{verdict:?}")));
    item.insert("story".to_owned(), text(&"x".repeat(400)));
    item
}

pub(crate) fn pair(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

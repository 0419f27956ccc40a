//! The one store: a DynamoDB table, reached through `aws-sdk-dynamodb`.
//!
//! Everything the gate remembers is an item of one table (`pk`, `sk`): policies, list entries, quotas, the
//! attempts of numbers, and records. Each operation of a decision is one request, made right under concurrency by
//! its condition; none needs a transaction. Only this module knows attribute names and SDK types. What may be
//! admitted is `quota`'s arithmetic, what a failure means is `gate`'s.

mod ask;
mod attempt;
pub(crate) mod attribute;
mod batch;
pub mod client;
mod error;
mod expression;
mod history;
mod key;
mod list;
mod notice;
mod policy;
mod quota;
mod record;
mod stopwatch;

#[cfg(feature = "cli")]
mod answered;
#[cfg(feature = "cli")]
mod describe;
#[cfg(feature = "cli")]
mod entries;
#[cfg(feature = "cli")]
mod erase;
#[cfg(feature = "cli")]
mod hour;
#[cfg(feature = "cli")]
mod import;
#[cfg(feature = "cli")]
mod table;

use std::sync::Mutex;

use aws_sdk_dynamodb::Client;

#[cfg(feature = "cli")]
pub use answered::Answered;
pub use ask::{Answers, Question};
#[cfg(feature = "cli")]
pub use describe::{Described, DescribedIndex, Expiry};
#[cfg(feature = "cli")]
pub use entries::Entries;
#[cfg(feature = "cli")]
pub use erase::{Personal, PersonalKind, Search, Sought};
pub use error::StoreError;
pub use expression::Expressions;
pub use history::PolicyHistory;
#[cfg(feature = "cli")]
pub use hour::{Indexed, Stories};
pub use key::{AttemptsKey, QuotaKey, RecordKey};
pub use list::{Lookup, PrefixLengths};
pub use policy::{ActivePolicy, NewVersion, StoredPolicies};
pub use quota::{Held, Take, expressions_of_give_back, expressions_of_take};
pub use record::{Added, Earlier, Finality, HOUR_SHARDS, NewDecision, Recorded};

use crate::meter::Meter;

/// The table, and what this process remembers of its quotas.
#[derive(Debug)]
pub struct Store {
    client: Client,
    table: String,
    memory: Mutex<quota::Memory>,
}

impl Store {
    /// The store in a table that exists already; nothing is created at run time.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), memory: Mutex::default() }
    }

    /// The store with each request to DynamoDB timed.
    #[must_use]
    pub fn measured(self, meter: &Meter) -> Self {
        let config = self.client.config();
        let Some(client) = config.http_client().filter(|_| meter.is_on()) else { return self };
        let timed = stopwatch::TimedClient { client, meter: meter.clone() };
        let client = Client::from_conf(config.to_builder().http_client(timed).build());
        Self { client, ..self }
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }
}

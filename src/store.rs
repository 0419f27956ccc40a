//! The one store: a DynamoDB table, reached through `aws-sdk-dynamodb`.
//!
//! Everything the gate remembers is an item of one [`Table`] (`pk`, `sk`), and each kind of item has a
//! handle: [`Store::policies`], [`Store::lists`], [`Store::quotas`], [`Store::attempts`], [`Store::records`].
//! Only what concerns several kinds at once is a method of the [`Store`] itself. Each operation of a decision
//! is one request, made right under concurrency by its condition; none needs a transaction. Only this module
//! knows attribute names and SDK types. What may be admitted is `quota`'s arithmetic, what a failure means is
//! `gate`'s.

mod ask;
mod attempt;
pub(crate) mod attribute;
pub mod client;
mod error;
mod expression;
mod form;
mod key;
mod list;
#[cfg(all(feature = "cli", any(test, fuzzing)))]
pub(crate) mod measured;
mod notice;
mod policy;
mod quota;
mod record;
#[cfg(all(feature = "cli", any(test, fuzzing)))]
mod scripted;
mod served_apps;
mod table;

#[cfg(feature = "cli")]
mod erase;

use std::sync::Mutex;

use client::Connection;

pub use ask::{Answers, Question};
pub use attempt::AttemptItems;
#[cfg(feature = "cli")]
pub use attempt::Trail;
#[cfg(feature = "cli")]
pub use erase::{Personal, PersonalKind, Search, Sought};
pub use error::StoreError;
#[cfg(feature = "cli")]
pub(crate) use error::deepest_cause;
pub use expression::Expressions;
pub use key::{AttemptsKey, QuotaKey, RecordKey};
#[cfg(feature = "cli")]
pub use list::Entries;
pub use list::{ListItems, Lookup, PrefixLengths};
pub use policy::{ActivePolicy, NewVersion, PolicyHistory, PolicyItems, StoredPolicies, Timeline};
#[cfg(feature = "cli")]
pub(crate) use quota::FRESH;
pub use quota::{Held, QuotaItems, Take, expressions_of_give_back, expressions_of_take};
pub use record::{Added, Earlier, Finality, HOUR_SHARDS, NewDecision, RecordItems, Recorded};
#[cfg(feature = "cli")]
pub use record::{Answered, Indexed, Stories, exported_story};
#[cfg(all(feature = "cli", any(test, fuzzing)))]
pub(crate) use scripted::scripted;
pub use served_apps::Served;
#[cfg(feature = "cli")]
pub use table::{Described, DescribedIndex, Expiry};
pub use table::{Table, Written};

use crate::meter::Meter;

/// The table, and what this process remembers of its quotas.
#[derive(Debug)]
pub struct Store {
    table: Table,
    memory: Mutex<quota::Memory>,
}

impl Store {
    /// The store in a table that exists already; nothing is created at run time.
    #[must_use]
    pub fn new(connection: Connection, table: impl Into<String>) -> Self {
        Self { table: Table::new(connection, table.into()), memory: Mutex::default() }
    }

    /// The store with each request to DynamoDB timed.
    #[must_use]
    pub fn measured(self, meter: &Meter) -> Self {
        Self { table: self.table.measured(meter), ..self }
    }

    /// The table itself.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The policies: their versions, and which are in force.
    #[must_use]
    pub fn policies(&self) -> PolicyItems<'_> {
        PolicyItems::new(&self.table)
    }

    /// The lists of numbers and prefixes.
    #[must_use]
    pub fn lists(&self) -> ListItems<'_> {
        ListItems::new(&self.table)
    }

    /// The counters of the quotas.
    #[must_use]
    pub fn quotas(&self) -> QuotaItems<'_> {
        QuotaItems::new(&self.table, &self.memory)
    }

    /// The attempts of the numbers.
    #[must_use]
    pub fn attempts(&self) -> AttemptItems<'_> {
        AttemptItems::new(&self.table)
    }

    /// The records of the verifications.
    #[must_use]
    pub fn records(&self) -> RecordItems<'_> {
        RecordItems::new(&self.table)
    }
}

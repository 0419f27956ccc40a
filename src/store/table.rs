//! The table: the few kinds of requests that all items share.

mod batch;
#[cfg(feature = "cli")]
mod create;
#[cfg(feature = "cli")]
mod delete;
#[cfg(feature = "cli")]
mod describe;
mod stopwatch;
mod wire;
mod write;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::SharedHttpClient;
#[cfg(feature = "cli")]
use aws_sdk_dynamodb::config::{Builder, retry::RetryConfig};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

#[cfg(feature = "cli")]
pub(super) use create::HOUR_INDEX;
#[cfg(feature = "cli")]
pub use describe::{Described, DescribedIndex, Expiry};
#[cfg(feature = "cli")]
pub(super) use wire::read_members;
pub use write::Written;

use super::StoreError;
use super::attribute::{Item, text};
use super::client::Connection;
use super::key::ItemKey;
use crate::meter::Meter;

/// A table of DynamoDB, and the connection to it.
#[derive(Debug)]
pub struct Table {
    connection: Connection,
    name: String,
}

impl Table {
    pub(super) fn new(connection: Connection, name: String) -> Self {
        Self { connection, name }
    }

    /// The table with each request to DynamoDB timed.
    pub(super) fn measured(self, meter: &Meter) -> Self {
        if !meter.is_on() {
            return self;
        }
        let timed = |client| SharedHttpClient::new(stopwatch::TimedClient { client, meter: meter.clone() });
        Self { connection: self.connection.with_http_client(timed), ..self }
    }

    /// The SDK's client, for what no decision asks.
    pub(super) fn client(&self) -> &Client {
        self.connection.client()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens `connections` connections, each with a read that finds next to nothing: the writes of a decision
    /// go out in parallel, and each needs a connection of its own.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn open_connections(&self, connections: usize) -> Result<(), StoreError> {
        let key = [ItemKey::of_lists()];
        let reads = (0..connections).map(|_| self.get_batch(&key));
        futures_util::future::try_join_all(reads).await.map(|_| ())
    }

    /// One item, with every write that was acknowledged before; `None` where there is none.
    pub(super) async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        let request = self.client().get_item().table_name(&self.name).set_key(Some(key.attributes()));
        Ok(request.consistent_read(true).send().await?.item)
    }

    /// A question for the items of a partition whose sort key begins so.
    pub(super) fn beginning_with(&self, pk: &str, beginning: &str) -> QueryFluentBuilder {
        self.client()
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk AND begins_with(sk, :beginning)")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":beginning", text(beginning))
            .consistent_read(true)
    }

    /// Every item of a partition, in the order of the sort key.
    pub(super) async fn query(&self, pk: &str) -> Result<Vec<Item>, StoreError> {
        let pages = self
            .client()
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk))
            .consistent_read(true)
            .into_paginator()
            .page_size(PAGE)
            .items()
            .send();
        Ok(pages.collect::<Result<Vec<Item>, _>>().await?)
    }
}

/// How many items a page has at most, wherever many are read. DynamoDB ends most pages sooner, at a megabyte;
/// the embedded engine reads all that is left and then cuts off the page, unless it is given a limit.
pub(super) const PAGE: i32 = 2_000;

/// Waits a random while, longer after more tries, so that callers that collided do not do so again.
pub(super) async fn back_off(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..5 << attempt.min(4)))).await;
}

/// How often a request of the operator's tool is tried that is one of many, and how long it waits before the
/// second time; then longer. Work that takes a while outlasts seconds in which the table is busy.
#[cfg(feature = "cli")]
const TRIES: u32 = 8;
#[cfg(feature = "cli")]
const FIRST_WAIT: Duration = Duration::from_millis(40);

/// The configuration of such a request.
#[cfg(feature = "cli")]
pub(super) fn patient() -> Builder {
    Builder::new()
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(FIRST_WAIT))
}

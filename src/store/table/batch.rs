//! Items by their keys, many in one request.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::future::try_join_all;

use super::{Table, back_off};
use crate::store::StoreError;
use crate::store::attribute::Item;
use crate::store::key::ItemKey;

/// The most keys that DynamoDB takes in one `BatchGetItem`.
const MOST_KEYS: usize = 100;

/// How often keys are asked for that DynamoDB left unprocessed. The pauses between add up to about 200 ms,
/// and a decision has a deadline of its own.
const TRIES: u32 = 8;

/// Whether a read must see every write that was acknowledged before it. One that must costs twice as much.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    Eventual,
    Consistent,
}

impl Table {
    /// Gets items by partition and sort key, as they stood a moment ago. Keys without an item give none.
    pub(in crate::store) async fn get_batch(&self, keys: &[ItemKey]) -> Result<Vec<Item>, StoreError> {
        self.get_in_chunks(keys, Read::Eventual).await
    }

    /// The same as every write has left them that was acknowledged before.
    pub(in crate::store) async fn get_latest(&self, keys: &[ItemKey]) -> Result<Vec<Item>, StoreError> {
        self.get_in_chunks(keys, Read::Consistent).await
    }

    async fn get_in_chunks(&self, keys: &[ItemKey], read: Read) -> Result<Vec<Item>, StoreError> {
        let chunks = keys.chunks(MOST_KEYS).map(|keys| self.get_chunk(keys, read));
        Ok(try_join_all(chunks).await?.into_iter().flatten().collect())
    }

    /// What DynamoDB leaves unprocessed, as it does when it throttles, is asked for again after a pause: the
    /// reply is a success to the SDK, which therefore does not back off.
    async fn get_chunk(&self, keys: &[ItemKey], read: Read) -> Result<Vec<Item>, StoreError> {
        let attributes = keys.iter().map(ItemKey::attributes).collect();
        let wanted =
            KeysAndAttributes::builder().set_keys(Some(attributes)).consistent_read(read == Read::Consistent);
        let wanted = wanted.build().map_err(|error| StoreError::Unreachable(error.to_string()))?;
        let mut wanted = HashMap::from([(self.name.clone(), wanted)]);
        let mut items = Vec::new();
        for attempt in 0..TRIES {
            let BatchGetItemOutput { responses, unprocessed_keys, .. } =
                Box::pin(self.client.batch_get_item().set_request_items(Some(wanted)).send()).await?;
            items.extend(responses.unwrap_or_default().into_values().flatten());
            wanted = unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                return Ok(items);
            }
            back_off(attempt + 1).await;
        }
        Err(StoreError::Refused {
            code: "ProvisionedThroughputExceededException".to_owned(),
            message: format!("keys were left unprocessed at every one of {TRIES} tries"),
        })
    }
}

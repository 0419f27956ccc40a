//! Items by their keys, many in one request.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

use super::{Table, back_off, wire};
use crate::store::StoreError;
use crate::store::attribute::Item;
use crate::store::client::Call;
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
        let lane = self.connection.lane()?;
        let mut body = self.batch(keys, read)?;
        let mut items = Vec::new();
        for attempt in 0..TRIES {
            let reply =
                lane.send(Call { target: "DynamoDB_20120810.BatchGetItem", body, is_retried: true }).await?;
            let Reply { responses, unprocessed_keys } = wire::read(&reply)?;
            if responses.is_none() && unprocessed_keys.is_none() {
                // Believed, it would say that none of the items exists.
                return Err(StoreError::Unreachable("its reply says nothing of the items".to_owned()));
            }
            items.extend(responses.into_iter().flatten().flat_map(|(_, items)| items).map(|item| item.0));
            let left: Vec<ItemKey> = unprocessed_keys
                .into_iter()
                .flat_map(BTreeMap::into_values)
                .flat_map(|left| left.keys)
                .map(|key| ItemKey::of(&key.0))
                .collect();
            if left.is_empty() {
                return Ok(items);
            }
            body = self.batch(&left, read)?;
            back_off(attempt + 1).await;
        }
        Err(StoreError::Refused {
            code: "ProvisionedThroughputExceededException".to_owned(),
            message: format!("keys were left unprocessed at every one of {TRIES} tries"),
        })
    }

    /// The body of a request.
    fn batch(&self, keys: &[ItemKey], read: Read) -> Result<Vec<u8>, StoreError> {
        let keys: Vec<_> = keys.iter().map(wire::WrittenKey).collect();
        let wanted = Wanted { keys, consistent_read: read == Read::Consistent };
        let body = Body { request_items: BTreeMap::from([(&self.name, wanted)]) };
        serde_json::to_vec(&body).map_err(|error| StoreError::Unwritable(error.to_string()))
    }
}

/// The body of a request.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    request_items: BTreeMap<&'a String, Wanted<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wanted<'a> {
    keys: Vec<wire::WrittenKey<'a>>,
    consistent_read: bool,
}

/// The body of a reply, by table.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    responses: Option<BTreeMap<String, Vec<wire::ReadItem>>>,
    unprocessed_keys: Option<BTreeMap<String, Left>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Left {
    keys: Vec<wire::ReadItem>,
}

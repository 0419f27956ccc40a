//! Many list entries at once.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{ListItems, prefix_length, write};
use crate::list::ListEntry;
use crate::store::StoreError;

/// DynamoDB's limit for one `BatchWriteItem`.
const BATCH: usize = 25;

/// How many batches are on their way at once: enough to hide the distance to DynamoDB, and few enough to
/// leave the partition of the list room for the function's reads.
const IN_FLIGHT: usize = 8;

/// How often what DynamoDB left unprocessed is sent again: about half a minute in all.
const TRIES: u32 = 12;

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

impl ListItems<'_> {
    /// Puts entries on a list, each in the place of an equal one; no two of them may be equal. `written` is
    /// called with the number of those that have just been written.
    ///
    /// The lengths of the prefixes are made known first, so that none is ever on the list unseen. What was
    /// written before a failure stays, and to write all of them again does no harm.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn import(
        self,
        list: &str,
        entries: &[ListEntry],
        written: impl Fn(usize),
    ) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let lengths: BTreeSet<usize> = entries.iter().filter_map(prefix_length).collect();
        self.announce(list, lengths).await?;
        let batches = stream::iter(entries.chunks(BATCH)).map(async |batch| {
            self.put_batch(batch).await?;
            written(batch.len());
            Ok(())
        });
        batches.buffer_unordered(IN_FLIGHT).try_collect().await
    }

    async fn put_batch(self, entries: &[ListEntry]) -> Result<(), StoreError> {
        let request = |entry: &ListEntry| {
            let put = PutRequest::builder().set_item(Some(write(entry))).build();
            put.map(|put| WriteRequest::builder().put_request(put).build())
                .map_err(|error| StoreError::Unwritable(error.to_string()))
        };
        let requests = entries.iter().map(request).collect::<Result<Vec<_>, _>>()?;
        let mut wanted = HashMap::from([(self.table.name().to_owned(), requests)]);
        let mut wait = Duration::from_millis(50);
        for _ in 0..TRIES {
            let reply = self.table.client.batch_write_item().set_request_items(Some(wanted)).send().await?;
            wanted = reply.unprocessed_items.unwrap_or_default();
            if wanted.values().all(Vec::is_empty) {
                return Ok(());
            }
            // Jitter, so that the batches in flight do not come back all at once.
            tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        Err(StoreError::Refused {
            code: "ThrottlingException".to_owned(),
            message: format!("it left entries unprocessed at every one of {TRIES} tries"),
        })
    }
}

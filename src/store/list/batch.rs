//! Many items written at once.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::store::attribute::Item;
use crate::store::key::ItemKey;
use crate::store::table::patient;
use crate::store::{StoreError, Table};

/// DynamoDB's limit for one `BatchWriteItem`.
const BATCH: usize = 25;

/// How many batches are on their way at once: enough to hide the distance to DynamoDB, and few enough to
/// leave the partition of the list room for the function's reads.
const IN_FLIGHT: usize = 8;

/// How often what DynamoDB left unprocessed is sent again: about half a minute in all.
const TRIES: u32 = 12;

/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// One item to write.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Put(Item),
    Delete(ItemKey),
}

/// Writes items, no two of them under the same key. `written` is called with the number of those that have
/// just been written. What was written before a failure stays.
///
/// # Errors
/// Where the store fails.
pub(super) async fn write_all(
    table: &Table,
    writes: &[Write],
    written: impl Fn(usize),
) -> Result<(), StoreError> {
    let batches = stream::iter(writes.chunks(BATCH)).map(async |batch| {
        write_batch(table, batch).await?;
        written(batch.len());
        Ok(())
    });
    batches.buffer_unordered(IN_FLIGHT).try_collect().await
}

async fn write_batch(table: &Table, writes: &[Write]) -> Result<(), StoreError> {
    let requests = writes.iter().map(request).collect::<Result<Vec<_>, _>>()?;
    let mut wanted = HashMap::from([(table.name().to_owned(), requests)]);
    let mut wait = Duration::from_millis(50);
    for _ in 0..TRIES {
        let request = table.client().batch_write_item().set_request_items(Some(wanted));
        let reply = request.customize().config_override(patient()).send().await?;
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
        message: format!("it left items unprocessed at every one of {TRIES} tries"),
    })
}

fn request(write: &Write) -> Result<WriteRequest, StoreError> {
    let built = match write {
        Write::Put(item) => PutRequest::builder()
            .set_item(Some(item.clone()))
            .build()
            .map(|put| WriteRequest::builder().put_request(put).build()),
        Write::Delete(key) => DeleteRequest::builder()
            .set_key(Some(key.attributes()))
            .build()
            .map(|delete| WriteRequest::builder().delete_request(delete).build()),
    };
    built.map_err(|error| StoreError::Unwritable(error.to_string()))
}

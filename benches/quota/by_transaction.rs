//! The counters of all keys and the record in one transaction: all or nothing, in one request.
//!
//! The embedded engine runs transactions one after another, so none ever meets another there. DynamoDB
//! cancels one that does (`TransactionConflict`), and then the whole request is sent again; how many are
//! exposed to that is counted by `contention`.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use jiff::Timestamp;

use crate::by_single_writes::CalendarWindow;
use crate::caller::{Ask, Caller, TRIES, Verdict, number, pair, record_item};

impl Caller {
    pub(crate) async fn by_transaction(
        &self,
        asks: &[Ask],
        id: &str,
        now: Timestamp,
    ) -> anyhow::Result<Verdict> {
        let mut writes = Vec::new();
        for ask in asks {
            let update = Update::builder()
                .table_name(&self.table)
                .set_key(Some(pair(&CalendarWindow::of(ask, now).item(ask), "COUNT")))
                .update_expression("ADD n :one")
                .condition_expression("attribute_not_exists(n) OR n < :limit")
                .expression_attribute_values(":one", number(1))
                .expression_attribute_values(":limit", number(ask.limit))
                .build()?;
            writes.push(TransactWriteItem::builder().update(update).build());
        }
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(record_item(id, Verdict::Admitted)))
            .build()?;
        writes.push(TransactWriteItem::builder().put(put).build());
        for attempt in 0..TRIES {
            let sent =
                self.client.transact_write_items().set_transact_items(Some(writes.clone())).send().await;
            let Err(error) = sent else { return Ok(Verdict::Admitted) };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.as_service_error()
            else {
                return Err(error).context("the transaction failed");
            };
            let is_full = cancelled
                .cancellation_reasons()
                .iter()
                .any(|reason| reason.code() == Some("ConditionalCheckFailed"));
            if is_full {
                self.record(id, Verdict::Refused).await?;
                return Ok(Verdict::Refused);
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..5 << attempt.min(4)))).await;
        }
        Ok(Verdict::GaveUp)
    }
}

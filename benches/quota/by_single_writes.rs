//! Three usual ways to count with one item per key and no transaction, each written as well as possible:
//! nothing is read where a condition is enough, and the state comes back with a failed condition.
//!
//! All keys are asked at once, beside the record. A denial sets the record right; unlike the gate, these
//! keep what the other keys had admitted.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use futures_util::future::try_join_all;
use jiff::Timestamp;

use crate::caller::{Algorithm, Ask, Caller, TRIES, Verdict, number, pair};

impl Caller {
    pub(crate) async fn by_single_writes(
        &self,
        asks: &[Ask],
        id: &str,
        now: Timestamp,
    ) -> anyhow::Result<Verdict> {
        let (verdicts, ()) = tokio::try_join!(
            try_join_all(asks.iter().map(|ask| self.count_one(ask, now))),
            self.record(id, Verdict::Admitted),
        )?;
        let verdict = verdicts.into_iter().max().unwrap_or(Verdict::Admitted);
        if verdict != Verdict::Admitted {
            self.record(id, verdict).await?;
        }
        Ok(verdict)
    }

    async fn count_one(&self, ask: &Ask, now: Timestamp) -> anyhow::Result<Verdict> {
        match self.algorithm {
            Algorithm::TwoWindows => self.two_windows(ask, now).await,
            Algorithm::Gcra => self.gcra(ask, now).await,
            _ => {
                let item = CalendarWindow::of(ask, now).item(ask);
                self.add_up_to(&item, ask.limit.saturating_sub(1)).await
            }
        }
    }

    /// Adds one to a counter that stands at `at_most`.
    async fn add_up_to(&self, item: &str, at_most: u32) -> anyhow::Result<Verdict> {
        let added = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(pair(item, "COUNT")))
            .update_expression("ADD n :one")
            .condition_expression("attribute_not_exists(n) OR n <= :at_most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":at_most", number(at_most))
            .send()
            .await;
        match added {
            Ok(_) => Ok(Verdict::Admitted),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(Verdict::Refused),
                _ => Err(error).context("the counter was not written"),
            },
        }
    }

    /// Estimates what the last `window` held: this calendar window, and the one before in proportion to what
    /// of it still lies within the window.
    async fn two_windows(&self, ask: &Ask, now: Timestamp) -> anyhow::Result<Verdict> {
        let window = CalendarWindow::of(ask, now);
        let before = CalendarWindow { number: window.number - 1, ..window };
        let past = self.past_window(&before.item(ask)).await?;
        let room = f64::from(ask.limit) - 1.0 - f64::from(past) * (1.0 - window.elapsed);
        if room < 0.0 {
            return Ok(Verdict::Refused);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the limit"
        )]
        self.add_up_to(&window.item(ask), room as u32).await
    }

    /// The count of a window that is over. It is read once.
    async fn past_window(&self, item: &str) -> anyhow::Result<u32> {
        if let Some(known) = self.past_windows.lock().ok().and_then(|known| known.get(item).copied()) {
            return Ok(known);
        }
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(pair(item, "COUNT")))
            .send()
            .await
            .context("the window before was not read")?;
        let count = match got.item().and_then(|item| item.get("n")) {
            Some(AttributeValue::N(digits)) => digits.parse()?,
            _ => 0,
        };
        if let Ok(mut known) = self.past_windows.lock() {
            known.insert(item.to_owned(), count);
        }
        Ok(count)
    }

    /// The generic cell rate algorithm: attempts are spaced by `window / limit`, and as many as `limit` may
    /// come at once after an idle time.
    async fn gcra(&self, ask: &Ask, now: Timestamp) -> anyhow::Result<Verdict> {
        let window = i64::try_from(ask.window.as_micros())?;
        let (interval, now) = (window / i64::from(ask.limit), now.as_microsecond());
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(pair(&ask.key(), "GCRA")))
            .consistent_read(true)
            .send()
            .await
            .context("the arrival time was not read")?;
        let mut seen = got.item().and_then(|item| item.get("tat")).cloned();
        for attempt in 0..TRIES {
            let stored: i64 = match &seen {
                Some(AttributeValue::N(digits)) => digits.parse()?,
                _ => now,
            };
            let next = stored.max(now) + interval;
            if next - now > window {
                return Ok(Verdict::Refused);
            }
            let swap = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(pair(&ask.key(), "GCRA")))
                .update_expression("SET tat = :next")
                .expression_attribute_values(":next", number(next))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
            let swap = match seen {
                None => swap.condition_expression("attribute_not_exists(tat)"),
                Some(seen) => {
                    swap.condition_expression("tat = :seen").expression_attribute_values(":seen", seen)
                }
            };
            match swap.send().await {
                Ok(_) => return Ok(Verdict::Admitted),
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                        seen = failed.item().and_then(|item| item.get("tat")).cloned();
                    }
                    _ => return Err(error).context("the arrival time was not written"),
                },
            }
            if attempt >= 2 {
                tokio::time::sleep(Duration::from_millis(fastrand::u64(0..5 << attempt.min(4)))).await;
            }
        }
        Ok(Verdict::GaveUp)
    }
}

/// A window of the calendar: from one multiple of its length to the next.
#[derive(Clone, Copy)]
pub(crate) struct CalendarWindow {
    number: i64,
    /// The share of it that has gone by.
    elapsed: f64,
}

impl CalendarWindow {
    pub(crate) fn of(ask: &Ask, now: Timestamp) -> Self {
        let length = i64::try_from(ask.window.as_millis()).unwrap_or(i64::MAX);
        let now = now.as_millisecond();
        Self { number: now.div_euclid(length), elapsed: now.rem_euclid(length) as f64 / length as f64 }
    }

    /// The partition key of its counter.
    pub(crate) fn item(self, ask: &Ask) -> String {
        format!("{}#{}", ask.key(), self.number)
    }
}

//! What the requests of one caller cost, noticed by an interceptor of the SDK, so that the store under test
//! and its alternatives are measured in the same way.
//!
//! Units are those the engine reports (`ReturnConsumedCapacity`): one write unit for each started KB of the
//! larger of the item before and after, all of it twice in a transaction. A failed condition reports none
//! although DynamoDB charges it; it is counted here by the size of the item that comes back with it, or as
//! one unit where none does. For a transaction that is cancelled, only the preparing half is counted: one
//! unit for each of its small items.

use std::collections::HashMap;
use std::ops::Sub;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::box_error::BoxError;

/// What was spent so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// HTTP requests, the SDK's own repeats included.
    pub(crate) requests: u64,
    /// Writes and transactions whose condition failed.
    pub(crate) failed_writes: u64,
    /// Write request units.
    pub(crate) write_units: f64,
    /// Read request units.
    pub(crate) read_units: f64,
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            failed_writes: self.failed_writes - earlier.failed_writes,
            write_units: self.write_units - earlier.write_units,
            read_units: self.read_units - earlier.read_units,
        }
    }
}

impl std::iter::Sum for Spent {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            requests: sum.requests + one.requests,
            failed_writes: sum.failed_writes + one.failed_writes,
            write_units: sum.write_units + one.write_units,
            read_units: sum.read_units + one.read_units,
        })
    }
}

/// Counts what goes through the client it is given to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    spent: Arc<Mutex<Spent>>,
}

impl Meter {
    pub(crate) fn spent(&self) -> Spent {
        self.spent.lock().map_or_else(|poisoned| *poisoned.into_inner(), |spent| *spent)
    }

    fn count(&self, change: impl FnOnce(&mut Spent)) {
        match self.spent.lock() {
            Ok(mut spent) => change(&mut spent),
            Err(poisoned) => change(&mut poisoned.into_inner()),
        }
    }

    fn wrote(&self, capacity: Option<&ConsumedCapacity>) {
        let units = capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0);
        self.count(|spent| spent.write_units += units);
    }

    fn failed(&self, units: f64) {
        self.count(|spent| {
            spent.failed_writes += 1;
            spent.write_units += units;
        });
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asked = Some(ReturnConsumedCapacity::Total);
        let input = context.input_mut();
        if let Some(update) = input.downcast_mut::<UpdateItemInput>() {
            update.return_consumed_capacity = asked;
        } else if let Some(put) = input.downcast_mut::<PutItemInput>() {
            put.return_consumed_capacity = asked;
        } else if let Some(get) = input.downcast_mut::<GetItemInput>() {
            get.return_consumed_capacity = asked;
        } else if let Some(transaction) = input.downcast_mut::<TransactWriteItemsInput>() {
            transaction.return_consumed_capacity = asked;
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.count(|spent| spent.requests += 1);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.output_or_error() {
            Ok(output) => {
                if let Some(updated) = output.downcast_ref::<UpdateItemOutput>() {
                    self.wrote(updated.consumed_capacity());
                } else if let Some(put) = output.downcast_ref::<PutItemOutput>() {
                    self.wrote(put.consumed_capacity());
                } else if let Some(transaction) = output.downcast_ref::<TransactWriteItemsOutput>() {
                    transaction.consumed_capacity().iter().for_each(|table| self.wrote(Some(table)));
                } else if let Some(got) = output.downcast_ref::<GetItemOutput>() {
                    let units = got.consumed_capacity().and_then(ConsumedCapacity::capacity_units);
                    self.count(|spent| spent.read_units += units.unwrap_or(0.0));
                }
            }
            Err(error) => {
                let Some(error) = error.as_operation_error() else { return Ok(()) };
                if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.downcast_ref() {
                    self.failed(failed.item().map_or(1.0, write_units));
                } else if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                    error.downcast_ref()
                {
                    self.failed(cancelled.cancellation_reasons().len() as f64);
                }
            }
        }
        Ok(())
    }
}

/// What a write of an item of this size costs.
fn write_units(item: &HashMap<String, AttributeValue>) -> f64 {
    size_of_members(item).div_ceil(1_024).max(1) as f64
}

fn size_of_members(members: &HashMap<String, AttributeValue>) -> usize {
    members.iter().map(|(name, value)| name.len() + size_of(value)).sum()
}

/// The bytes DynamoDB charges a value with; a number about one for every two digits.
fn size_of(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::M(members) => 3 + members.len() + size_of_members(members),
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        _ => 1,
    }
}

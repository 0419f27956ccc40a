//! The conditional write, and the two things that can come of it.

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::Table;
use crate::store::StoreError;
use crate::store::attribute::Item;
use crate::store::expression::{Expressions, Update};
use crate::store::key::ItemKey;

/// What came of a conditional write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written<T> {
    /// It took effect; this is what stands there after it.
    Done(T),
    /// Its condition did not hold, and nothing changed; this is what stood in its way.
    Refused(T),
}

impl<T> Written<T> {
    /// Whether it took effect.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// What stands there, whoever wrote it.
    #[must_use]
    pub fn into_inner(self) -> T {
        match self {
            Self::Done(found) | Self::Refused(found) => found,
        }
    }

    /// The same, with what stands there read.
    pub(in crate::store) fn read<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Written<U>, E> {
        match self {
            Self::Done(found) => read(found).map(Written::Done),
            Self::Refused(found) => read(found).map(Written::Refused),
        }
    }
}

/// An `UpdateItem` that is about to be sent.
pub(in crate::store) struct UpdateRequest {
    request: UpdateItemFluentBuilder,
    is_retried: bool,
}

impl UpdateRequest {
    /// The same, which brings back the item as it is after the write.
    pub(in crate::store) fn returning_item(self) -> Self {
        Self { request: self.request.return_values(ReturnValue::AllNew), ..self }
    }

    /// The same, which the SDK does not send again when its reply was lost.
    pub(in crate::store) fn once(self) -> Self {
        Self { is_retried: false, ..self }
    }

    /// Sends it. An item is empty where there is none, or where a write that took effect does not bring it
    /// back.
    pub(in crate::store) async fn send(self) -> Result<Written<Item>, StoreError> {
        // On the heap: these futures are large, and every caller's would hold them, and be moved with them.
        let reply = if self.is_retried {
            Box::pin(self.request.send()).await
        } else {
            let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
            Box::pin(self.request.customize().config_override(once).send()).await
        };
        written(reply.map(|reply| reply.attributes), |error| match error {
            UpdateItemError::ConditionalCheckFailedException(refused) => Some(refused),
            _ => None,
        })
    }
}

impl Table {
    /// Changes an item, or makes it. Where the update has a condition that does not hold, the item that is
    /// there comes back: nothing is ever read before it is written.
    pub(in crate::store) fn update(&self, key: &ItemKey, update: Update) -> UpdateRequest {
        let (Expressions { update, condition, names }, values) = update.into_parts();
        let condition = Some(condition).filter(|condition| !condition.is_empty());
        let returned = condition.is_some().then_some(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .update_expression(update)
            .set_condition_expression(condition)
            .set_return_values_on_condition_check_failure(returned)
            .set_expression_attribute_names(Some(names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()));
        UpdateRequest { request, is_retried: true }
    }

    /// Puts a whole item, in the place of whatever is there.
    pub(in crate::store) async fn put(&self, item: Item) -> Result<(), StoreError> {
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// Puts a whole item, in the place of one that meets the condition which `require` adds to the request.
    /// The item is empty where the write took effect, and where there is none.
    pub(in crate::store) async fn put_if(
        &self,
        item: Item,
        require: impl FnOnce(PutItemFluentBuilder) -> PutItemFluentBuilder,
    ) -> Result<Written<Item>, StoreError> {
        let request = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let reply = require(request).send().await;
        written(reply.map(|reply| reply.attributes), |error| match error {
            PutItemError::ConditionalCheckFailedException(refused) => Some(refused),
            _ => None,
        })
    }
}

/// Separates a condition that did not hold from a failure.
fn written<E, R>(
    reply: Result<Option<Item>, SdkError<E, R>>,
    refusal: impl FnOnce(&E) -> Option<&ConditionalCheckFailedException>,
) -> Result<Written<Item>, StoreError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match reply {
        Ok(item) => Ok(Written::Done(item.unwrap_or_default())),
        Err(error) => match error.as_service_error().and_then(refusal) {
            Some(refused) => Ok(Written::Refused(refused.item.clone().unwrap_or_default())),
            None => Err(error.into()),
        },
    }
}

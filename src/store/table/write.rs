//! The conditional write, and the two things that can come of it.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use serde::Deserialize;

use super::{Table, wire};
use crate::store::StoreError;
use crate::store::attribute::Item;
use crate::store::client::{Call, Refusal};
use crate::store::expression::{Placeholders, Update};
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
pub(in crate::store) struct UpdateRequest<'a> {
    table: &'a Table,
    key: &'a ItemKey,
    update: Update,
    is_retried: bool,
    /// What comes back of a write that took effect, in DynamoDB's words; nothing as a rule.
    returns: Option<&'static str>,
}

impl UpdateRequest<'_> {
    /// The same, which brings back the item as it is after the write.
    pub(in crate::store) fn returning_item(self) -> Self {
        Self { returns: Some("ALL_NEW"), ..self }
    }

    /// The same, which brings back the item as it was before the write.
    pub(in crate::store) fn returning_item_before(self) -> Self {
        Self { returns: Some("ALL_OLD"), ..self }
    }

    /// The same, which the SDK does not send again when its reply was lost.
    pub(in crate::store) fn once(self) -> Self {
        Self { is_retried: false, ..self }
    }

    /// Sends it. An item is empty where there is none, or where a write that took effect brings none back.
    pub(in crate::store) async fn send(self) -> Result<Written<Item>, StoreError> {
        let (lane, is_retried) = (self.table.connection.lane()?, self.is_retried);
        let brings_item = self.returns == Some("ALL_NEW");
        let body = self.body().map_err(|error| StoreError::Unwritable(error.to_string()))?;
        let target = "DynamoDB_20120810.UpdateItem";
        match lane.send(Call { target, body, is_retried }).await {
            Ok(reply) => match wire::read::<Reply>(&reply)? {
                // DynamoDB always brings the item after the write: nobody knows whether this one took effect.
                Reply { wanted: None, .. } if brings_item => {
                    Err(StoreError::Unreachable("its reply lacks the item".to_owned()))
                }
                reply => Ok(Written::Done(reply.item())),
            },
            Err(error) => match error.as_service_error().filter(|refusal| is_condition(refusal)) {
                Some(refusal) => {
                    wire::read::<Reply>(&refusal.body).map(|reply| Written::Refused(reply.item()))
                }
                None => Err(error.into()),
            },
        }
    }

    fn body(self) -> Result<Vec<u8>, serde_json::Error> {
        let Self { table, key, update, .. } = self;
        let (expression, condition) = (update.expression(), update.condition());
        let Placeholders { names, values } = update.placeholders;
        let values = values.into_members()?;
        let mut body = wire::Object::with_capacity(values.len() + 1_024);
        body.add("TableName", &table.name)?;
        body.add("Key", &wire::WrittenKey(key))?;
        body.add("UpdateExpression", &expression)?;
        if !condition.is_empty() {
            body.add("ConditionExpression", &condition)?;
            body.add("ReturnValuesOnConditionCheckFailure", "ALL_OLD")?;
        }
        // DynamoDB refuses both where they are empty.
        if !names.is_empty() {
            body.add("ExpressionAttributeNames", &wire::Named(&names))?;
        }
        if !values.is_empty() {
            body.add_object("ExpressionAttributeValues", &values);
        }
        if let Some(wanted) = self.returns {
            body.add("ReturnValues", wanted)?;
        }
        Ok(body.close())
    }
}

/// The body of the reply: the item that was wanted, or the one that stands in the way of the write.
#[derive(Deserialize)]
struct Reply {
    #[serde(rename = "Attributes")]
    wanted: Option<wire::ReadItem>,
    #[serde(rename = "Item")]
    in_the_way: Option<wire::ReadItem>,
}

impl Reply {
    fn item(self) -> Item {
        self.wanted.or(self.in_the_way).map(|item| item.0).unwrap_or_default()
    }
}

/// Whether a write was refused since its condition did not hold.
fn is_condition(refusal: &Refusal) -> bool {
    refusal.code() == Some("ConditionalCheckFailedException")
}

impl Table {
    /// Changes an item, or makes it. Where the update has a condition that does not hold, the item that is
    /// there comes back: nothing is ever read before it is written.
    pub(in crate::store) fn update<'a>(&'a self, key: &'a ItemKey, update: Update) -> UpdateRequest<'a> {
        UpdateRequest { table: self, key, update, is_retried: true, returns: None }
    }

    /// Puts a whole item, in the place of whatever is there.
    pub(in crate::store) async fn put(&self, item: Item) -> Result<(), StoreError> {
        self.client().put_item().table_name(&self.name).set_item(Some(item)).send().await?;
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
            .client()
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

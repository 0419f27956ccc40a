//! The only request that takes an item away. The function never does; the operator's tool may.

use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;

use super::Table;
use crate::store::key::ItemKey;

impl Table {
    /// The request that deletes an item.
    pub(in crate::store) fn delete(&self, key: &ItemKey) -> DeleteItemFluentBuilder {
        self.client().delete_item().table_name(&self.name).set_key(Some(key.attributes()))
    }
}

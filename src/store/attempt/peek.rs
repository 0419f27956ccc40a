//! Looking at a number's attempts alone.

use crate::attempt::Attempts;
use crate::store::{AttemptsKey, Store, StoreError};

impl Store {
    /// What is known of the number at this moment.
    ///
    /// # Errors
    /// Where the store fails, or the item cannot be read.
    pub async fn peek_attempts(&self, key: &AttemptsKey) -> Result<Attempts, StoreError> {
        let reply = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await?;
        super::to_attempts(&reply.item.unwrap_or_default())
    }
}

//! Looking at a quota without taking anything. The function never does: its write brings the state with it.

use super::item::to_state;
use crate::quota::State;
use crate::store::{QuotaKey, Store, StoreError};

impl Store {
    /// The counters of a key as they stand at this moment; `None` where nothing was counted, or long ago.
    ///
    /// # Errors
    /// Where the store fails, or the item cannot be read.
    pub async fn peek_quota(&self, key: &QuotaKey) -> Result<Option<State>, StoreError> {
        let reply = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await?;
        let unreadable =
            |problem| StoreError::Unreadable { pk: format!("{key:?}"), sk: "STATE".to_owned(), problem };
        reply.item.as_ref().map(to_state).transpose().map_err(unreadable)
    }
}

//! What happens in the store itself and is worth knowing to those who run it.

use std::time::Duration;

use super::{QuotaKey, StoreError};
use crate::meter::Notice;
use crate::metrics::Tally;

/// DynamoDB was asked, and answered or was given up after this time.
pub(super) struct Asked {
    pub(super) took: Duration,
}

impl Notice for Asked {
    fn count(&self, tally: &mut Tally) {
        tally.store_asked(self.took);
    }
}

/// What a shorter window of a newer policy concerns was not written down. No answer depends on it.
pub(super) struct WindowNotShortened<'a> {
    pub(super) key: &'a QuotaKey,
    pub(super) error: &'a StoreError,
}

impl WindowNotShortened<'_> {
    /// Writes the line.
    pub(super) fn log(&self) {
        let Self { key, error } = self;
        tracing::debug!(cause = error.name(), ?key, "shorter window not written down");
    }
}

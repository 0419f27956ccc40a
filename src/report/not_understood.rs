//! Members of events whose values are not understood: they are counted and left out.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::event::Status;
use crate::money::Money;

/// No verification costs more than this in any currency, whatever stands in its event.
const HIGHEST_PRICE: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// How many there are, by the name of the member.
#[derive(Debug, Default)]
pub(super) struct NotUnderstood(BTreeMap<String, u64>);

impl NotUnderstood {
    pub(super) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.0
    }

    /// Counts members that could not be read.
    pub(super) fn members(&mut self, members: &[&str]) {
        for member in members {
            *self.0.entry((*member).to_owned()).or_default() += 1;
        }
    }

    /// Looks at a status, which may be none that is known.
    pub(super) fn status(&mut self, status: &Status) {
        if matches!(status, Status::Other(_)) {
            self.members(&["status"]);
        }
    }

    /// A price, as far as a verification can cost that.
    pub(super) fn price(&mut self, price: Option<Money>) -> Option<Money> {
        let possible = price.filter(|price| price.amount <= HIGHEST_PRICE);
        if possible.is_none() && price.is_some() {
            self.members(&["price"]);
        }
        possible
    }
}

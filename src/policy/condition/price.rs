//! Ranges of prices.

use rust_decimal::Decimal;

use crate::money::{Currency, Money};
use crate::policy::note::Lack;

/// Prices between two amounts of one currency, both exclusive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PriceRange {
    /// The currency; other prices never match.
    pub currency: Currency,
    /// Matching prices are higher.
    pub above: Option<Decimal>,
    /// Matching prices are lower.
    pub below: Option<Decimal>,
}

impl PriceRange {
    pub(super) fn matches(&self, price: &Money) -> Result<bool, Lack> {
        if price.currency != self.currency {
            return Err(Lack::Currency { event: price.currency, rule: self.currency });
        }
        let is_above = self.above.is_none_or(|above| price.amount > above);
        let is_below = self.below.is_none_or(|below| price.amount < below);
        Ok(is_above && is_below)
    }

    /// Whether every price in this range is in the other.
    pub(in crate::policy) fn is_within(&self, other: &Self) -> bool {
        let is_high_enough = other.above.is_none_or(|least| self.above.is_some_and(|above| above >= least));
        let is_low_enough = other.below.is_none_or(|most| self.below.is_some_and(|below| below <= most));
        self.currency == other.currency && is_high_enough && is_low_enough
    }

    /// Whether no price is in both ranges.
    pub(in crate::policy) fn shares_nothing_with(&self, other: &Self) -> bool {
        self.currency != other.currency || self.lies_below(other) || other.lies_below(self)
    }

    /// Whether this range ends where the other begins, or before.
    fn lies_below(&self, other: &Self) -> bool {
        matches!((self.below, other.above), (Some(end), Some(start)) if end <= start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(above: Option<i64>, below: Option<i64>, currency: &str) -> PriceRange {
        PriceRange {
            currency: currency.parse().unwrap(),
            above: above.map(Decimal::from),
            below: below.map(Decimal::from),
        }
    }

    #[test]
    fn ranges_are_compared_by_their_ends_and_only_in_one_currency() {
        let (low, high) = (range(None, Some(5), "EUR"), range(Some(5), None, "EUR"));
        let (wide, middle) = (range(Some(2), None, "EUR"), range(Some(3), Some(4), "EUR"));
        assert!(middle.is_within(&low) && middle.is_within(&wide) && high.is_within(&wide));
        assert!(!wide.is_within(&middle) && !low.is_within(&wide) && !wide.is_within(&low));
        assert!(low.shares_nothing_with(&high) && high.shares_nothing_with(&low));
        assert!(!low.shares_nothing_with(&wide) && !middle.shares_nothing_with(&wide));
        let foreign = range(Some(3), Some(4), "SEK");
        assert!(!foreign.is_within(&low) && foreign.shares_nothing_with(&low));
    }
}

//! Money in several currencies.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::money::{Currency, Money};

/// The decimals that a quotient has: finer than any price that people compare.
const DECIMALS: u32 = 4;

/// The most currencies that stand in the first lines.
const MOST_IN_SHORT: usize = 3;

/// What was spent, by currency. It is written as a map, such as `{"EUR": "1.25"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spend(BTreeMap<Currency, Decimal>);

impl Spend {
    /// Adds an amount.
    pub fn add(&mut self, money: Money) {
        let spent = self.0.entry(money.currency).or_default();
        *spent = spent.saturating_add(money.amount);
    }

    /// Adds what else was spent.
    pub fn add_all(&mut self, other: &Self) {
        for (currency, amount) in &other.0 {
            self.add(Money { amount: *amount, currency: *currency });
        }
    }

    /// Whether nothing was spent, as far as is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which is more: by the first of these currencies in which they differ.
    #[must_use]
    pub fn compare(&self, other: &Self, currencies: &[Currency]) -> Ordering {
        let compared = currencies.iter().map(|currency| self.of(*currency).cmp(&other.of(*currency)));
        compared.fold(Ordering::Equal, Ordering::then)
    }

    /// Its currencies, that of the largest amount first.
    #[must_use]
    pub fn currencies(&self) -> Vec<Currency> {
        let mut currencies: Vec<(Currency, Decimal)> =
            self.0.iter().map(|(currency, amount)| (*currency, *amount)).collect();
        currencies.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
        currencies.into_iter().map(|(currency, _)| currency).collect()
    }

    /// The amount in a currency.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Decimal {
        self.0.get(&currency).copied().unwrap_or_default()
    }

    pub(super) fn scale(&mut self, by: u64) {
        for amount in self.0.values_mut() {
            *amount = amount.saturating_mul(by.into());
        }
    }

    /// The same to the hundredth, as people say it.
    #[must_use]
    pub fn rounded(&self) -> Self {
        Self(self.0.iter().map(|(currency, amount)| (*currency, amount.round_dp(2))).collect())
    }

    /// The share of each of `by`; nothing where there are none.
    pub(super) fn divided(&self, by: u64) -> Self {
        let share = |amount: &Decimal| amount.checked_div(by.into()).map(|share| share.round_dp(DECIMALS));
        let shares = self.0.iter().filter_map(|(currency, amount)| Some((*currency, share(amount)?)));
        Self(shares.collect())
    }

    /// The largest amounts to the hundredth, and how many currencies there are besides: for the first lines.
    #[must_use]
    pub fn in_short(&self) -> String {
        let rounded = self.rounded();
        let mut amounts = rounded.amounts();
        let more = amounts.len().saturating_sub(MOST_IN_SHORT);
        match more {
            0 => return rounded.to_string(),
            1 => amounts.splice(MOST_IN_SHORT.., ["and 1 other currency".to_owned()]),
            more => amounts.splice(MOST_IN_SHORT.., [format!("and {more} other currencies")]),
        };
        amounts.join(", ")
    }

    /// One for each currency, the largest first, since amounts of different currencies are never added.
    fn amounts(&self) -> Vec<String> {
        let currencies = self.currencies().into_iter();
        currencies.map(|currency| format!("{} {currency}", self.of(currency))).collect()
    }
}

/// As people say it: `3.00 USD, 1.25 EUR`, or `none`.
impl fmt::Display for Spend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&if self.is_empty() { "none".to_owned() } else { self.amounts().join(", ") })
    }
}

/// By currency, as decimal numbers in text.
impl Serialize for Spend {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let amounts = self.0.iter();
        serializer.collect_map(amounts.map(|(currency, amount)| (currency.to_string(), amount)))
    }
}

/// Reads a price as a record has it, such as `0.0453 EUR`, in any currency; `None` for other text.
pub(super) fn read(price: &str) -> Option<Money> {
    let (amount, currency) = price.split_once(' ')?;
    Some(Money { amount: amount.parse().ok()?, currency: Currency::unlisted(currency)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(prices: &[&str]) -> Spend {
        let mut spend = Spend::default();
        prices.iter().filter_map(|price| read(price)).for_each(|price| spend.add(price));
        spend
    }

    #[test]
    fn currencies_are_never_added_to_each_other() {
        let spent = spend(&["0.05 EUR", "1 USD", "0.10 EUR", "free", "x EUR"]);
        assert_eq!(spent.to_string(), "1 USD, 0.15 EUR");
        assert_eq!(serde_json::to_value(&spent).unwrap(), serde_json::json!({"EUR": "0.15", "USD": "1"}));
        assert_eq!(spend(&[]).to_string(), "none");
    }

    #[test]
    fn a_share_is_rounded_and_that_of_nobody_is_nothing() {
        assert_eq!(spend(&["1 EUR"]).divided(3).to_string(), "0.3333 EUR");
        assert!(spend(&["1 EUR"]).divided(0).is_empty());
    }

    #[test]
    fn more_is_what_is_more_in_the_leading_currency() {
        let leading = spend(&["5 EUR", "3 USD"]).currencies();
        assert_eq!(leading, ["EUR", "USD"].map(|code| code.parse().unwrap()));
        let compare = |one: &[&str], other: &[&str]| spend(one).compare(&spend(other), &leading);
        assert_eq!(compare(&["1 EUR"], &["2 USD"]), Ordering::Greater);
        assert_eq!(compare(&["1 EUR", "1 USD"], &["1 EUR", "2 USD"]), Ordering::Less);
    }
}

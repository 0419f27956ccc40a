//! Money in several currencies.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::Serialize;

/// The decimals that a quotient has: finer than any price that people compare.
const DECIMALS: u32 = 4;

/// What was spent, by currency. It is written as a map, such as `{"EUR": "1.25"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Spend(BTreeMap<String, Decimal>);

impl Spend {
    /// Adds a price as a record has it, such as `0.0453 EUR`; what cannot be read is left out.
    pub fn add(&mut self, price: &str) {
        let Some((amount, currency)) = price.split_once(' ') else { return };
        let Ok(amount) = amount.parse::<Decimal>() else { return };
        let spent = self.0.entry(currency.to_owned()).or_default();
        *spent = spent.saturating_add(amount);
    }

    /// Whether nothing was spent, as far as is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which is more: by the first of these currencies in which they differ.
    pub(super) fn compare(&self, other: &Self, currencies: &[String]) -> Ordering {
        let amount = |of: &Self, currency| of.0.get(currency).copied().unwrap_or_default();
        let compared = currencies.iter().map(|currency| amount(self, currency).cmp(&amount(other, currency)));
        compared.fold(Ordering::Equal, Ordering::then)
    }

    /// Its currencies, that of the largest amount first.
    pub(super) fn currencies(&self) -> Vec<String> {
        let mut currencies: Vec<(&String, &Decimal)> = self.0.iter().collect();
        currencies.sort_by_key(|(_, amount)| std::cmp::Reverse(*amount));
        currencies.into_iter().map(|(currency, _)| currency.clone()).collect()
    }

    pub(super) fn scale(&mut self, by: u64) {
        for amount in self.0.values_mut() {
            *amount = amount.saturating_mul(by.into());
        }
    }

    /// The share of each of `by`; nothing where there are none.
    pub(super) fn divided(&self, by: u64) -> Self {
        let share = |amount: &Decimal| amount.checked_div(by.into()).map(|share| share.round_dp(DECIMALS));
        let shares = self.0.iter().filter_map(|(currency, amount)| Some((currency.clone(), share(amount)?)));
        Self(shares.collect())
    }

    fn amounts(&self) -> Vec<String> {
        self.0.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect()
    }
}

/// As people say it: `1.25 EUR, 3.00 USD`, or `none`.
impl fmt::Display for Spend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&if self.is_empty() { "none".to_owned() } else { self.amounts().join(", ") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(prices: &[&str]) -> Spend {
        let mut spend = Spend::default();
        prices.iter().for_each(|price| spend.add(price));
        spend
    }

    #[test]
    fn currencies_are_never_added_to_each_other() {
        let spent = spend(&["0.05 EUR", "1 USD", "0.10 EUR", "free", "x EUR"]);
        assert_eq!(spent.to_string(), "0.15 EUR, 1 USD");
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
        assert_eq!(leading, ["EUR", "USD"]);
        let compare = |one: &[&str], other: &[&str]| spend(one).compare(&spend(other), &leading);
        assert_eq!(compare(&["1 EUR"], &["2 USD"]), Ordering::Greater);
        assert_eq!(compare(&["1 EUR", "1 USD"], &["1 EUR", "2 USD"]), Ordering::Less);
    }
}

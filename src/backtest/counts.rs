//! Sums over verifications.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::Serialize;

use super::label::Label;
use crate::money::{self, Currency, Money};

/// Money by currency, since amounts of different currencies are never added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts(BTreeMap<Currency, Decimal>);

/// How many verifications, by what became of them, and what they cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub requests: u64,
    /// Those that ended verified.
    pub verified: u64,
    /// Those that ended otherwise.
    pub unverified: u64,
    /// Those of which nothing was heard.
    pub unheard: u64,
    /// Those that Sinch did not charge.
    pub uncharged: u64,
    /// Those that the policy of that time denied.
    pub denied_then: u64,
    /// What those that were charged cost.
    pub spend: Amounts,
    /// What those cost that were charged and did not end verified.
    pub unverified_spend: Amounts,
    /// What those would have cost, at most, that the policy of that time denied.
    pub spend_denied_then: Amounts,
}

impl Counts {
    /// Adds one verification.
    pub(super) fn add(&mut self, label: Label, price: Option<Money>) {
        self.requests += 1;
        *match label {
            Label::Verified => &mut self.verified,
            Label::Unverified => &mut self.unverified,
            Label::Unheard => &mut self.unheard,
            Label::Uncharged => &mut self.uncharged,
            Label::DeniedThen => &mut self.denied_then,
        } += 1;
        let Some(price) = price else { return };
        if label.is_charged() {
            self.spend.add(price);
            if label != Label::Verified {
                self.unverified_spend.add(price);
            }
        }
        if label == Label::DeniedThen {
            self.spend_denied_then.add(price);
        }
    }
}

impl Amounts {
    fn add(&mut self, price: Money) {
        let sum = self.0.entry(price.currency).or_default();
        *sum = sum.saturating_add(price.amount);
    }

    /// What is left without others.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let mut left = self.clone();
        for (currency, amount) in &others.0 {
            let sum = left.0.entry(*currency).or_default();
            *sum = sum.saturating_sub(*amount);
        }
        left
    }

    /// Each amount divided by a number of people; empty where there are none.
    #[must_use]
    pub fn per(&self, people: u64) -> Self {
        let each = |amount: &Decimal| amount.checked_div(Decimal::from(people));
        Self(self.0.iter().filter_map(|(currency, amount)| Some((*currency, each(amount)?))).collect())
    }

    /// Whether there is no money at all.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.values().all(Decimal::is_zero)
    }

    /// The amount in a currency.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Decimal {
        self.0.get(&currency).copied().unwrap_or_default()
    }

    /// The currencies.
    pub fn currencies(&self) -> impl Iterator<Item = Currency> {
        self.0.keys().copied()
    }

    /// Each amount with its currency, to the fourth decimal at most and the second at least. What rounds to
    /// zero is left out.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let rounded = self.0.iter().map(|(currency, amount)| (currency, amount.round_dp(4)));
        let shown = rounded.filter(|(_, amount)| !amount.is_zero());
        shown.map(|(currency, amount)| format!("{} {currency}", shown_amount(amount))).collect()
    }
}

/// `12.50 EUR and 3.00 USD`; `nothing` where there is none, or too little to be shown.
impl fmt::Display for Amounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.texts();
        if texts.is_empty() { f.pad("nothing") } else { f.pad(&texts.join(" and ")) }
    }
}

/// By currency, as decimal numbers in text.
impl Serialize for Amounts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let exact = |amount: &Decimal| amount.round_dp(money::SCALE).normalize().to_string();
        serializer.collect_map(self.0.iter().map(|(currency, amount)| (currency.to_string(), exact(amount))))
    }
}

/// An amount of four decimals at most, with two at least.
fn shown_amount(amount: Decimal) -> String {
    let mut shown = amount.normalize();
    if shown.scale() < 2 {
        shown.rescale(2);
    }
    shown.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prices: &[&str], taken_away: &[&str], shown: &str) {
        let amounts = |prices: &[&str]| {
            let mut amounts = Amounts::default();
            prices.iter().for_each(|price| amounts.add(price.parse().unwrap()));
            amounts
        };
        assert_eq!(amounts(prices).without(&amounts(taken_away)).to_string(), shown);
    }

    #[test]
    fn what_is_nothing_is_shown_in_one_way() {
        check(&[], &[], "nothing");
        check(&["0 EUR"], &[], "nothing");
        check(&["0.05 EUR"], &["0.05 EUR"], "nothing");
        check(&["0.00004 EUR"], &[], "nothing");
        check(&["0.05 EUR", "1 USD"], &["0.05 EUR"], "1.00 USD");
        check(&["0.05 EUR", "0.0453 EUR", "3 USD"], &[], "0.0953 EUR and 3.00 USD");
    }
}

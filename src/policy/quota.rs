//! Quotas as policies write them: `{ per = "number", limit = 5, window = "1d" }`.

mod from_toml;
mod options;

use std::fmt;
use std::num::NonZeroU64;

use rust_decimal::{Decimal, RoundingStrategy};

use super::dimension::{DistinctValue, Per};
use super::facts::Facts;
use super::name::RuleId;
use super::note::Lack;
use crate::dimension_key::DimensionKey;
use crate::money::{self, Currency, Money};
use crate::quota::{Measure, ValueMark, Window};
use crate::span;

pub(super) use from_toml::read;
pub use options::QuotaOptions;

/// How much is admitted per key in any span of the window.
///
/// `per` is `number`, `block:N` (the number without its last N digits), `country`, `calling_code`, `method`,
/// `app`, `all`, `custom.<key>`, or an array of up to four of these. `limit` is a whole number, or money such
/// as `"50.00 EUR"`: then each verification takes its price, or `assume` where it has none in that currency.
/// `window` is a whole number of `s`, `m`, `h` or `d`, at most 31 days. Everything else is an option
/// ([`QuotaOptions`]).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quota {
    /// What is counted by.
    pub per: Per,
    /// The most that is admitted.
    pub limit: Limit,
    /// The span of time in which the limit holds.
    pub window: Window,
    /// What a verification without a usable price counts as, under a limit of money.
    pub assume: Decimal,
    /// What else it says.
    pub options: QuotaOptions,
}

/// The most that a quota admits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// That many verifications.
    Count(NonZeroU64),
    /// That much money, by the price of each event.
    Money(Money),
}

impl Limit {
    /// The limit as a plain number: verifications, or units of the currency.
    #[must_use]
    pub fn amount(self) -> Decimal {
        match self {
            Self::Count(count) => Decimal::from(count.get()),
            Self::Money(money) => money.amount,
        }
    }

    /// The currency, where money is counted.
    #[must_use]
    pub fn currency(self) -> Option<Currency> {
        match self {
            Self::Count(_) => None,
            Self::Money(money) => Some(money.currency),
        }
    }
}

/// What a verification takes from a quota.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Takes {
    /// One verification, or its price.
    Cost(Decimal),
    /// A place among the different values, where its value is new.
    Value(DistinctValue),
}

impl Quota {
    /// The limit of the counter that a key names: a shard has its part of the whole.
    ///
    /// The parts add up to no more than the limit. A count that cannot be divided gives the first shards one
    /// more.
    #[must_use]
    pub fn limit_of(&self, key: &DimensionKey) -> Decimal {
        let Some(shard) = key.shard else { return self.limit.amount() };
        let (index, shards) = (u64::from(shard.index), u64::from(shard.of));
        match self.limit {
            Limit::Count(count) => {
                Decimal::from(count.get() / shards + u64::from(index < count.get() % shards))
            }
            Limit::Money(money) => {
                let part = money.amount / Decimal::from(shards);
                part.round_dp_with_strategy(money::SCALE, RoundingStrategy::ToZero)
            }
        }
    }

    /// The key that a verification counts under.
    ///
    /// # Errors
    /// Where the event lacks one of the dimensions; the quota does not apply to it then.
    pub(super) fn key(&self, facts: &Facts<'_>) -> Result<DimensionKey, Lack> {
        self.per.key(facts, self.options.ip6_prefix, self.options.shards)
    }

    /// How a verification is counted.
    pub(super) fn measure(&self, takes: &Takes) -> Measure {
        match takes {
            Takes::Cost(cost) => Measure::Amount { cost: money::counted(*cost), grow: self.options.grow },
            Takes::Value(value) => Measure::Distinct { value: ValueMark::new(value.as_str()) },
        }
    }

    /// The name of a rule's counter. What is counted is part of it, unless that is verifications: amounts of
    /// one unit say nothing about another.
    pub(super) fn counter_of(&self, rule: &RuleId) -> String {
        match (&self.options.distinct, self.limit.currency()) {
            (Some(distinct), _) => format!("{rule}#{distinct}"),
            (None, Some(currency)) => format!("{rule}#{currency}"),
            (None, None) => rule.to_string(),
        }
    }

    /// What a verification takes, and what kept its price from counting.
    ///
    /// # Errors
    /// Where the event lacks what the quota counts different values of.
    pub(super) fn takes(&self, facts: &Facts<'_>) -> Result<(Takes, Option<Lack>), Lack> {
        if let Some(distinct) = &self.options.distinct {
            return Ok((Takes::Value(distinct.value(facts, self.options.ip6_prefix)?), None));
        }
        let (cost, lack) = self.cost(facts.request.price.as_ref());
        Ok((Takes::Cost(cost), lack))
    }

    /// What a verification with this price costs, and what kept its price from counting.
    fn cost(&self, price: Option<&Money>) -> (Decimal, Option<Lack>) {
        match (self.limit, price) {
            (Limit::Count(_), _) => (Decimal::ONE, None),
            (Limit::Money(_), None) => (self.assume, Some(Lack::Price)),
            (Limit::Money(limit), Some(price)) if price.currency == limit.currency => (price.amount, None),
            (Limit::Money(limit), Some(price)) => {
                (self.assume, Some(Lack::Currency { event: price.currency, rule: limit.currency }))
            }
        }
    }
}

/// As people say it: `5 per number in 1d`, `3 unverified per block:3 in 1d`.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, self.limit)
    }
}

impl Quota {
    /// The quota where its limit stands at another amount, such as one that has grown. Of a count, nobody can
    /// use a part of one.
    #[must_use]
    pub fn at_limit(&self, amount: Decimal) -> impl fmt::Display {
        fmt::from_fn(move |f| match self.limit.currency() {
            Some(currency) => self.write(f, format_args!("{} {currency}", amount.normalize())),
            None => self.write(f, amount.floor().normalize()),
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, limit: impl fmt::Display) -> fmt::Result {
        write!(f, "{limit}")?;
        if let Some(distinct) = &self.options.distinct {
            write!(f, " different {distinct}")?;
        }
        if self.options.release {
            f.write_str(" unverified")?;
        }
        write!(f, " per {} in {}", self.per, span::show(self.window.length()))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Money(money) => write!(f, "{money}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension_key::Shard;
    use crate::policy::sample::one_rule;
    use crate::policy::{Policy, Question};

    fn read(quota: &str) -> Quota {
        let policy = Policy::compile(&one_rule(&format!("quota = {{ {quota} }}")))
            .unwrap_or_else(|problems| panic!("{problems}"))
            .policy;
        let Question::Quota(quota) = &policy.rules()[0].question else { panic!("the rule has a quota") };
        quota.clone()
    }

    /// The limit of each shard.
    fn shards(quota: &str) -> Vec<String> {
        let quota = read(quota);
        let of = quota.options.shards.unwrap().get();
        let shard = |index| {
            let (dimension, value) = ("country".to_owned(), "SE".to_owned());
            DimensionKey { dimension, value, shard: Some(Shard { index, of }) }
        };
        (0..of).map(|index| quota.limit_of(&shard(index)).to_string()).collect()
    }

    #[test]
    fn shards_have_their_parts_of_a_limit_and_never_more_than_all_of_it() {
        let count = r#"per = "country", limit = 1003, window = "1d", shards = 4"#;
        assert_eq!(shards(count), ["251", "251", "251", "250"]);
        let money = r#"per = "country", limit = "1000.00 EUR", window = "1d", shards = 3"#;
        let parts = shards(money);
        assert!(parts.iter().all(|part| part.starts_with("333.3333") && *part == parts[0]), "{parts:?}");
        let sum: Decimal = parts.iter().map(|part| part.parse::<Decimal>().unwrap()).sum();
        assert!(sum < 1000.into() && sum > "999.99".parse().unwrap(), "{sum}");
        let whole = read(r#"per = "country", limit = "50.00 EUR", window = "1d""#);
        let (dimension, value) = ("country".to_owned(), "SE".to_owned());
        assert_eq!(whole.limit_of(&DimensionKey { dimension, value, shard: None }), 50.into());
    }

    #[test]
    fn a_quota_and_its_counter_are_called_by_what_they_count() {
        let rule: RuleId = "rule".parse().unwrap();
        for (quota, words, counter) in [
            (r#"per = "number", limit = 5, window = "1d""#, "5 per number in 1d", "rule"),
            (
                r#"per = "block:3", limit = 3, window = "1d", release = "verified""#,
                "3 unverified per block:3 in 1d",
                "rule",
            ),
            (
                r#"per = "country", limit = "50.00 EUR", window = "2h""#,
                "50.00 EUR per country in 2h",
                "rule#EUR",
            ),
            (
                r#"per = "block:3", limit = 9, window = "1d", distinct = "number""#,
                "9 different number per block:3 in 1d",
                "rule#number",
            ),
        ] {
            let quota = read(quota);
            assert_eq!((quota.to_string().as_str(), quota.counter_of(&rule).as_str()), (words, counter));
        }
        let grown = |quota: &str, amount: &str| read(quota).at_limit(amount.parse().unwrap()).to_string();
        assert_eq!(grown(r#"per = "number", limit = 5, window = "1d""#, "7.90"), "7 per number in 1d");
        let money = r#"per = "number", limit = "5 EUR", window = "1d""#;
        assert_eq!(grown(money, "7.90"), "7.9 EUR per number in 1d");
    }

    #[track_caller]
    fn check(quota: &str, price: Option<&str>, cost: &str, lack: Option<&str>) {
        let quota = read(quota);
        let price: Option<Money> = price.map(|price| price.parse().unwrap());
        let (found, missing) = quota.cost(price.as_ref());
        assert_eq!(found, cost.parse().unwrap());
        assert_eq!(missing.map(|lack| lack.to_string()).as_deref(), lack);
    }

    #[test]
    fn a_count_costs_one_whatever_the_price() {
        check(r#"per = "number", limit = 5, window = "1d""#, None, "1", None);
        check(r#"per = "number", limit = 5, window = "1d""#, Some("0.31 EUR"), "1", None);
    }

    #[test]
    fn money_costs_the_price_exactly_and_what_is_assumed_without_one() {
        let plain = r#"per = "country", limit = "50.00 EUR", window = "1d""#;
        check(plain, Some("0.0453 EUR"), "0.0453", None);
        check(plain, None, "0", Some("the event has no price"));
        let assuming = r#"per = "country", limit = "50.00 EUR", window = "1d", assume = "0.10 EUR""#;
        check(assuming, None, "0.10", Some("the event has no price"));
        check(assuming, Some("0.05 USD"), "0.10", Some("the event's price is in USD, the rule's in EUR"));
    }
}

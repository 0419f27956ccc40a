//! Counts and shares as people say them.

use rust_decimal::{Decimal, RoundingStrategy};

use super::model::Kind;
use crate::backtest::Share;

/// A count with its noun: `1 request`, `2 requests`.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What a finding is about, in a few words.
pub(super) fn thing(kind: Kind) -> &'static str {
    match kind {
        Kind::CarrierOutage => "messages that do not arrive",
        Kind::DenialsRose => "far more denials than usual",
        Kind::DenialsMany => "many denials",
        Kind::TooEarly => "what may be the beginning of an attack",
        Kind::RuleHurtsPeople => "a rule that turns people away",
        Kind::RuleIdle => "a rule that has not fired",
        Kind::CurrencyUncounted => "a currency that no limit counts",
        Kind::BlockCollapsed
        | Kind::CountryJumped
        | Kind::ManyCountries
        | Kind::MadeUpNumbers
        | Kind::FakedSuccesses => "an attack",
    }
}

/// How many of how many; `none` of nothing.
pub(super) fn share(share: Share) -> String {
    if share.of == 0 { "none".to_owned() } else { share.to_string() }
}

/// What something cost: more than the amount where some messages have no price, or nothing that is known.
pub(super) fn cost(amount: Option<String>, without_price: u64) -> String {
    match (amount, without_price) {
        (None, 0) => "no money".to_owned(),
        (None, 1) => "not known, since the only message has no price".to_owned(),
        (None, n) => format!("not known, since none of the {n} messages has a price"),
        (Some(amount), 0) => amount,
        (Some(amount), 1) => format!("at least {amount}, as 1 message has no price"),
        (Some(amount), n) => format!("at least {amount}, as {n} messages have no price"),
    }
}

/// A part of a whole in percent, rounded; `None` of nothing. Only all of it is 100, and only nothing is 0.
pub(super) fn percent_of(part: Decimal, whole: Decimal) -> Option<String> {
    let percent = (part * Decimal::ONE_HUNDRED).checked_div(whole)?;
    let rounded = percent.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    Some(match rounded {
        _ if percent > Decimal::ZERO && rounded.is_zero() => "less than 1 %".to_owned(),
        all if all == Decimal::ONE_HUNDRED && part < whole => "more than 99 %".to_owned(),
        rounded => format!("{} %", rounded.normalize()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_not_cut() {
        let percent = |part: i64, whole: i64| percent_of(part.into(), whole.into()).unwrap();
        assert_eq!(percent(2, 3), "67 %");
        assert_eq!(percent(999, 2_000), "50 %");
        assert_eq!((percent(0, 9), percent(9, 9)), ("0 %".to_owned(), "100 %".to_owned()));
        assert_eq!(
            (percent(1, 999), percent(998, 999)),
            ("less than 1 %".to_owned(), "more than 99 %".to_owned())
        );
        assert_eq!(percent_of(1.into(), 0.into()), None);
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "request", "requests"), "1 request");
        assert_eq!(counted(0, "request", "requests"), "0 requests");
    }
}

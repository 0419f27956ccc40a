//! Prices: an exact decimal amount in one currency.
//!
//! ```
//! use sinch_gate::money::Money;
//!
//! let limit: Money = "50.00 EUR".parse()?;
//! assert_eq!(limit.to_string(), "50.00 EUR");
//! # Ok::<(), sinch_gate::money::MoneyError>(())
//! ```

mod currency;

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

pub use currency::{Currency, CurrencyError};

/// The decimals that are kept of amounts that are added up: far finer than any price, and few enough that a
/// sum in the table is always a number that can be read exactly.
pub(crate) const SCALE: u32 = 9;

/// An amount as it is added up. It is rounded up, so that a sum is never below what was spent, and fractions
/// never let it pass a limit.
#[must_use]
pub(crate) fn counted(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(SCALE, RoundingStrategy::AwayFromZero)
}

/// An exact amount of money. Amounts of different currencies are never added or compared.
///
/// # Syntax
///
/// Digits, with a point and more digits if need be, one blank, and an ISO 4217 code: `50 EUR`, `0.0453 USD`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Money {
    /// The exact decimal amount, in units of the currency (not in cents).
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

/// Why a text is not an amount of money.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoneyError {
    /// There is nothing.
    #[error("an amount and a currency are missing: write `50.00 EUR`")]
    Empty,
    /// Only the amount is there.
    #[error("the currency is missing: write an ISO 4217 code after the amount, as in `50.00 EUR`")]
    NoCurrency,
    /// The currency stands before the amount.
    #[error("the amount comes first: write `50.00 EUR`, not `EUR 50.00`")]
    CurrencyFirst,
    /// Amount and currency are not separated by exactly one blank.
    #[error("one blank stands between amount and currency, and none elsewhere: write `50.00 EUR`")]
    Blanks,
    /// A comma stands in the amount.
    #[error("the decimals follow a point, and nothing groups the digits: write `1250.50 EUR`")]
    Comma,
    /// The amount begins with a minus sign.
    #[error("an amount of money is 0 or more")]
    Negative,
    /// The amount is not digits, or digits, a point and digits.
    #[error("the amount is not a decimal number: write digits, as in `50 EUR`, or with decimals `50.00 EUR`")]
    NoDecimal,
    /// The amount has more digits than can be kept exactly.
    #[error("the amount has too many digits to be kept exactly: 28 are always possible")]
    TooManyDigits,
    /// The currency is not one.
    #[error(transparent)]
    Currency(#[from] CurrencyError),
}

/// Reads `50.00 EUR`.
impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err(MoneyError::Empty);
        }
        if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(MoneyError::CurrencyFirst);
        }
        let (amount, currency) = match text.split(' ').collect::<Vec<_>>()[..] {
            [amount, currency] if !amount.is_empty() && !currency.is_empty() => (amount, currency),
            [amount] => return Err(alone(amount)),
            _ => return Err(MoneyError::Blanks),
        };
        Ok(Self { amount: amount_from(amount)?, currency: currency.parse()? })
    }
}

/// What is wrong with a text that has no blank.
fn alone(amount: &str) -> MoneyError {
    let has_letters = amount.ends_with(|last: char| last.is_alphabetic());
    if has_letters { MoneyError::Blanks } else { MoneyError::NoCurrency }
}

fn amount_from(text: &str) -> Result<Decimal, MoneyError> {
    if text.contains(',') {
        return Err(MoneyError::Comma);
    }
    if text.starts_with('-') {
        return Err(MoneyError::Negative);
    }
    // Stricter than the library, which also takes `+1`, `.5`, `5.` and `1_000`.
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_decimal = match text.split_once('.') {
        Some((whole, decimals)) => are_digits(whole) && are_digits(decimals),
        None => are_digits(text),
    };
    if !is_decimal {
        return Err(MoneyError::NoDecimal);
    }
    Decimal::from_str_exact(text).map_err(|_| MoneyError::TooManyDigits)
}

/// Shows `50.00 EUR`, with as many decimals as it was given.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_as_it_was_written() {
        for text in ["50.00 EUR", "0 SEK", "0.0453 USD", "7922816251426433759354395.0335 JPY"] {
            let money: Money = text.parse().unwrap();
            assert_eq!(money.to_string(), text);
        }
    }

    #[test]
    fn amounts_are_exact() {
        let amount = |text: &str| text.parse::<Money>().unwrap().amount;
        assert_eq!(amount("0.1 EUR") + amount("0.2 EUR"), amount("0.3 EUR"));
    }

    #[test]
    fn what_is_added_up_has_few_decimals_and_is_never_less() {
        let counted_of = |text: &str| counted(text.parse().unwrap()).to_string();
        assert_eq!(counted_of("0.0453"), "0.0453");
        assert_eq!(counted_of("1.0000000001"), "1.000000001");
        assert_eq!(counted_of("0.3333333333333333333333333333"), "0.333333334");
        assert_eq!(counted_of("79228162514264337593543950335"), "79228162514264337593543950335");
    }

    #[track_caller]
    fn check_error(text: &str, error: &MoneyError) {
        assert_eq!(text.parse::<Money>().as_ref(), Err(error), "{text:?}");
    }

    #[test]
    fn every_mistake_is_explained() {
        check_error("", &MoneyError::Empty);
        check_error("  ", &MoneyError::Empty);
        check_error("50.00", &MoneyError::NoCurrency);
        check_error("EUR 50.00", &MoneyError::CurrencyFirst);
        check_error("50.00EUR", &MoneyError::Blanks);
        check_error("50.00  EUR", &MoneyError::Blanks);
        check_error(" 50.00 EUR", &MoneyError::Blanks);
        check_error("50.00 EUR ", &MoneyError::Blanks);
        check_error("1 000.00 EUR", &MoneyError::Blanks);
        check_error("50,00 EUR", &MoneyError::Comma);
        check_error("1,000.00 EUR", &MoneyError::Comma);
        check_error("-50.00 EUR", &MoneyError::Negative);
        for amount in ["+50", ".5", "50.", "1_000", "1e3", "5.0.0", "$5", "٥٠"] {
            check_error(&format!("{amount} EUR"), &MoneyError::NoDecimal);
        }
        check_error("0.00000000000000000000000000001 EUR", &MoneyError::TooManyDigits);
        check_error("79228162514264337593543950336 EUR", &MoneyError::TooManyDigits);
        check_error("50.00 eur", &MoneyError::Currency(CurrencyError::NotCapitals));
        check_error("50.00 Euro", &MoneyError::Currency(CurrencyError::NoCode));
        check_error("50.00 EUX", &MoneyError::Currency(CurrencyError::Unlisted));
    }
}

//! What a verification will cost.

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::json_object::{JsonObject, scalar};
use crate::money::{Currency, Money};

/// Reads `{"amount": 0.0453, "currencyId": "EUR"}`, where the amount may be a number or text.
pub(crate) fn read(price: &RawValue) -> Option<Money> {
    let price = JsonObject::of(price)?;
    let amount = decimal(&scalar(price.get("amount")?)?)?;
    let currency = Currency::unlisted(&scalar(price.get("currencyId")?)?)?;
    (amount >= Decimal::ZERO).then_some(Money { amount, currency })
}

/// Reads a decimal from the digits it was written with, exactly or not at all: a detour through binary
/// floating point would turn 0.1 + 0.2 into more than 0.3.
fn decimal(text: &str) -> Option<Decimal> {
    // The library passes over underscores, which neither JSON nor Sinch has in numbers.
    if text.contains('_') {
        return None;
    }
    match text.split_once(['e', 'E']) {
        None => Decimal::from_str_exact(text).ok(),
        Some((mantissa, _)) => {
            Decimal::from_str_exact(mantissa).ok()?;
            Decimal::from_scientific(text).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(price: &str, expected: Option<&str>) {
        let price: &RawValue = serde_json::from_str(price).unwrap();
        let shown = read(price).map(|money| format!("{} {:?}", money.amount, money.currency));
        assert_eq!(shown.as_deref(), expected, "{price}");
    }

    #[test]
    fn reads_prices_exactly() {
        check(r#"{"amount":0.0453,"currencyId":"EUR"}"#, Some("0.0453 EUR"));
        check(r#"{"amount":"0.0453","currencyId":"EUR"}"#, Some("0.0453 EUR"));
        check(r#"{"amount":7,"currencyId":"JPY"}"#, Some("7 JPY"));
        check(
            r#"{"amount":0.1234567890123456789012345,"currencyId":"EUR"}"#,
            Some("0.1234567890123456789012345 EUR"),
        );
        check(r#"{"amount":4.53e-2,"currencyId":"EUR"}"#, Some("0.0453 EUR"));
        check(r#"{"amount":1.2E+3,"currencyId":"EUR"}"#, Some("1200 EUR"));
        check(r#"{"amount":0,"currencyId":"eur"}"#, Some("0 EUR"));
    }

    #[test]
    fn a_price_that_makes_no_sense_is_none() {
        for price in [
            "\"0.0453 EUR\"",
            "[]",
            "{}",
            r#"{"amount":0.0308}"#,
            r#"{"currencyId":"EUR"}"#,
            r#"{"amount":0.0453,"currencyId":"EURO"}"#,
            r#"{"amount":0.0453,"currencyId":978}"#,
            r#"{"amount":-0.01,"currencyId":"EUR"}"#,
            r#"{"amount":"0,0453","currencyId":"EUR"}"#,
            r#"{"amount":"1_000","currencyId":"EUR"}"#,
            r#"{"amount":"","currencyId":"EUR"}"#,
            r#"{"amount":true,"currencyId":"EUR"}"#,
            r#"{"amount":1e400,"currencyId":"EUR"}"#,
            r#"{"amount":1e-400,"currencyId":"EUR"}"#,
            r#"{"amount":1e99999999999999999999,"currencyId":"EUR"}"#,
            r#"{"amount":99999999999999999999999999999999,"currencyId":"EUR"}"#,
            r#"{"amount":0.12345678901234567890123456789012345,"currencyId":"EUR"}"#,
            r#"{"amount":1.2345678901234567890123456789012345e1,"currencyId":"EUR"}"#,
        ] {
            check(price, None);
        }
    }
}

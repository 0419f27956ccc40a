//! Prices: an exact decimal amount in one currency.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

/// The currencies in use by ISO 4217, without funds, metals and test codes.
const LISTED: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD \
    LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK \
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS \
    TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// An ISO 4217 currency code, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An exact amount of money. Amounts of different currencies are never added or compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Money {
    /// The exact decimal amount.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Currency {
    /// A currency by its three letters, whether or not ISO 4217 lists it; `None` for any other text. Events
    /// are read with this, since an amount in a currency that nobody here knows is still worth recording.
    #[must_use]
    pub fn unlisted(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }
}

/// What keeps a text from being an amount of money.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoneyError {
    /// There are not two words, an amount and a currency.
    #[error("money is an amount and a currency, such as `0.10 EUR`")]
    Form,
    /// The amount is no decimal number, or is negative, or has more digits than can be kept.
    #[error("the amount is a decimal number with a point, such as `0.10`")]
    Amount,
    /// ISO 4217 does not list the currency.
    #[error("the currency is not in ISO 4217, which has codes such as `EUR`")]
    Currency,
}

/// Only currencies that ISO 4217 lists, in capital letters: what people write is checked.
impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        let listed = LISTED.split_ascii_whitespace().find(|listed| *listed == code);
        listed.and_then(Self::unlisted).ok_or(MoneyError::Currency)
    }
}

/// `0.10 EUR`: an amount that is not negative, a space, and a currency that ISO 4217 lists.
impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (amount, currency) = text.split_once(' ').ok_or(MoneyError::Form)?;
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        if amount.is_empty() || !amount.bytes().all(is_number) {
            return Err(MoneyError::Amount);
        }
        let amount = Decimal::from_str_exact(amount).map_err(|_| MoneyError::Amount)?;
        Ok(Self { amount, currency: currency.parse()? })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_an_amount_and_a_listed_currency() {
        for text in ["0.10 EUR", "50.00 EUR", "1 JPY", "0 USD"] {
            assert_eq!(text.parse::<Money>().map(|money| money.to_string()), Ok(text.to_owned()));
        }
        let cases = [
            ("", MoneyError::Form),
            ("0.10", MoneyError::Form),
            ("0.10EUR", MoneyError::Form),
            ("EUR 0.10", MoneyError::Amount),
            ("-1 EUR", MoneyError::Amount),
            ("0,10 EUR", MoneyError::Amount),
            ("1_000 EUR", MoneyError::Amount),
            (". EUR", MoneyError::Amount),
            ("99999999999999999999999999999999 EUR", MoneyError::Amount),
            ("0.10 EURO", MoneyError::Currency),
            ("0.10 eur", MoneyError::Currency),
            ("0.10  EUR", MoneyError::Currency),
            ("0.10 DEM", MoneyError::Currency),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Money>(), Err(expected), "{text}");
        }
    }
}

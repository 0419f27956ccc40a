//! Currencies by their ISO 4217 codes.

use std::fmt;
use std::str::FromStr;

/// A currency by its alphabetic code, such as `EUR`.
///
/// People write currencies that ISO 4217 lists (`parse`); events may name any ([`Currency::unlisted`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The alphabetic codes of ISO 4217, list one (current currencies and funds), as of 2026: with `XAD`, `XCG`
/// and `ZWG`, and without `ANG`, `BGN`, `CUC`, `HRK`, `SLL` and `ZWL`. Sorted.
const LISTED: [&[u8; 3]; 178] = [
    b"AED", b"AFN", b"ALL", b"AMD", b"AOA", b"ARS", b"AUD", b"AWG", b"AZN", b"BAM", b"BBD", b"BDT", b"BHD",
    b"BIF", b"BMD", b"BND", b"BOB", b"BOV", b"BRL", b"BSD", b"BTN", b"BWP", b"BYN", b"BZD", b"CAD", b"CDF",
    b"CHE", b"CHF", b"CHW", b"CLF", b"CLP", b"CNY", b"COP", b"COU", b"CRC", b"CUP", b"CVE", b"CZK", b"DJF",
    b"DKK", b"DOP", b"DZD", b"EGP", b"ERN", b"ETB", b"EUR", b"FJD", b"FKP", b"GBP", b"GEL", b"GHS", b"GIP",
    b"GMD", b"GNF", b"GTQ", b"GYD", b"HKD", b"HNL", b"HTG", b"HUF", b"IDR", b"ILS", b"INR", b"IQD", b"IRR",
    b"ISK", b"JMD", b"JOD", b"JPY", b"KES", b"KGS", b"KHR", b"KMF", b"KPW", b"KRW", b"KWD", b"KYD", b"KZT",
    b"LAK", b"LBP", b"LKR", b"LRD", b"LSL", b"LYD", b"MAD", b"MDL", b"MGA", b"MKD", b"MMK", b"MNT", b"MOP",
    b"MRU", b"MUR", b"MVR", b"MWK", b"MXN", b"MXV", b"MYR", b"MZN", b"NAD", b"NGN", b"NIO", b"NOK", b"NPR",
    b"NZD", b"OMR", b"PAB", b"PEN", b"PGK", b"PHP", b"PKR", b"PLN", b"PYG", b"QAR", b"RON", b"RSD", b"RUB",
    b"RWF", b"SAR", b"SBD", b"SCR", b"SDG", b"SEK", b"SGD", b"SHP", b"SLE", b"SOS", b"SRD", b"SSP", b"STN",
    b"SVC", b"SYP", b"SZL", b"THB", b"TJS", b"TMT", b"TND", b"TOP", b"TRY", b"TTD", b"TWD", b"TZS", b"UAH",
    b"UGX", b"USD", b"USN", b"UYI", b"UYU", b"UYW", b"UZS", b"VED", b"VES", b"VND", b"VUV", b"WST", b"XAD",
    b"XAF", b"XAG", b"XAU", b"XBA", b"XBB", b"XBC", b"XBD", b"XCD", b"XCG", b"XDR", b"XOF", b"XPD", b"XPF",
    b"XPT", b"XSU", b"XTS", b"XUA", b"XXX", b"YER", b"ZAR", b"ZMW", b"ZWG",
];

impl Currency {
    /// A currency by its three letters, whether or not ISO 4217 lists it, in capitals or not; `None` for any
    /// other text. Events are read with this, since an amount in a currency that nobody here knows is still
    /// worth recording.
    #[must_use]
    pub fn unlisted(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(letters.map(|letter| letter.to_ascii_uppercase())))
    }

    /// Whether ISO 4217 lists this currency.
    #[must_use]
    pub fn is_listed(self) -> bool {
        LISTED.binary_search(&&self.0).is_ok()
    }

    /// Every currency that ISO 4217 lists, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        LISTED.iter().map(|code| Self(**code))
    }
}

/// Why a text is not a currency that a person may write.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CurrencyError {
    /// It is not three letters.
    #[error("a currency is the three letters of an ISO 4217 code, such as `EUR`")]
    NoCode,
    /// It would be one in capitals.
    #[error("a currency is written in capitals, such as `EUR`")]
    NotCapitals,
    /// There is no such currency, or not any more.
    #[error("ISO 4217 has no such currency: use a current code, such as `EUR` or `USD`")]
    Unlisted,
}

/// Reads the code of a listed currency, in capitals.
impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let currency = Self::unlisted(code).ok_or(CurrencyError::NoCode)?;
        if !currency.is_listed() {
            return Err(CurrencyError::Unlisted);
        }
        if currency.0 == code.as_bytes() { Ok(currency) } else { Err(CurrencyError::NotCapitals) }
    }
}

/// Shows the three letters.
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_code_on_it_can_be_read() {
        assert!(LISTED.is_sorted());
        for currency in Currency::all() {
            assert_eq!(currency.to_string().parse(), Ok(currency));
        }
    }

    #[test]
    fn a_currency_that_people_write_must_be_current_and_in_capitals() {
        let cases = [
            ("", CurrencyError::NoCode),
            ("EU", CurrencyError::NoCode),
            ("EURO", CurrencyError::NoCode),
            ("E1R", CurrencyError::NoCode),
            ("€", CurrencyError::NoCode),
            ("eur", CurrencyError::NotCapitals),
            ("Eur", CurrencyError::NotCapitals),
            ("DEM", CurrencyError::Unlisted),
            ("abc", CurrencyError::Unlisted),
        ];
        for (code, error) in cases {
            assert_eq!(code.parse::<Currency>(), Err(error), "{code}");
        }
    }

    #[test]
    fn an_event_may_name_any_three_letters() {
        let unlisted = Currency::unlisted("QQQ").unwrap();
        assert!(!unlisted.is_listed());
        assert_eq!(unlisted.to_string(), "QQQ");
        assert_eq!(Currency::unlisted("eur"), "EUR".parse().ok());
        for code in ["", "EU", "EURO", "E1R", "€", "éa"] {
            assert_eq!(Currency::unlisted(code), None, "{code}");
        }
    }
}

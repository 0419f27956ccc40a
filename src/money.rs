//! Prices: an exact decimal amount in one currency.

use std::fmt;

use rust_decimal::Decimal;

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

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

//! The fields of packed events: texts with their length in front, and what has a shorter form.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::event::{Custom, Method, Reference, VerificationId};
use crate::money::{Currency, Money};
use crate::phone::{Country, NumberType, PhoneNumber};
use crate::privacy::NumberPrivacy;

/// What stands in the place of a length where there is nothing; other lengths are one higher.
const NOTHING: usize = 0;

/// Writes fields one after the other.
pub(super) struct Writer<'b>(pub(super) &'b mut Vec<u8>);

/// Reads them in the same order. Each is `None` where the bytes end too early.
pub(super) struct Fields<'f, 'b>(pub(super) &'f mut &'b [u8]);

impl Writer<'_> {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits in each byte, the lowest first, as long as more follow.
    pub(super) fn length(&mut self, length: usize) {
        let mut left = length;
        while left >= 0x80 {
            self.byte(u8::try_from(left & 0x7f).unwrap_or(0) | 0x80);
            left >>= 7;
        }
        self.byte(u8::try_from(left).unwrap_or(0));
    }

    pub(super) fn time(&mut self, at: Timestamp) {
        self.0.extend(at.as_second().to_le_bytes());
        self.0.extend(at.subsec_nanosecond().to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend(text.as_bytes());
    }

    pub(super) fn optional(&mut self, text: Option<&str>) {
        match text {
            None => self.length(NOTHING),
            Some(text) => {
                self.length(text.len() + 1);
                self.0.extend(text.as_bytes());
            }
        }
    }

    pub(super) fn method(&mut self, method: &Method) {
        self.text(method.as_str());
    }

    pub(super) fn number(&mut self, number: Option<&PhoneNumber>) {
        self.optional(number.map(PhoneNumber::as_str));
        if let Some(number) = number.filter(|number| NumberPrivacy::is_hash(number.as_str())) {
            self.optional(number.country().map(Country::code));
            self.text(&number.number_type().to_string());
            let known = number.known_part();
            self.optional(known.map(|(part, _)| part));
            self.byte(known.map_or(0, |(_, left_out)| left_out));
        }
    }

    pub(super) fn price(&mut self, price: Option<Money>) {
        self.optional(price.map(|price| price.currency.to_string()).as_deref());
        if let Some(price) = price {
            self.0.extend(price.amount.serialize());
        }
    }
}

impl<'b> Fields<'_, 'b> {
    fn take(&mut self, n_bytes: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        *self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        let mut length = 0;
        for shift in (0..usize::BITS).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(length);
            }
        }
        None
    }

    pub(super) fn time(&mut self) -> Option<Timestamp> {
        let second = i64::from_le_bytes(self.take(8)?.try_into().ok()?);
        let nanosecond = i32::from_le_bytes(self.take(4)?.try_into().ok()?);
        Timestamp::new(second, nanosecond).ok()
    }

    pub(super) fn text(&mut self) -> Option<&'b str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    pub(super) fn optional(&mut self) -> Option<Option<&'b str>> {
        match self.length()? {
            NOTHING => Some(None),
            more => std::str::from_utf8(self.take(more - 1)?).ok().map(Some),
        }
    }

    pub(super) fn id(&mut self) -> Option<VerificationId> {
        VerificationId::new(self.text()?)
    }

    pub(super) fn method(&mut self) -> Option<Method> {
        Some(Method::parse(self.text()?))
    }

    pub(super) fn number(&mut self) -> Option<Option<PhoneNumber>> {
        let Some(text) = self.optional()? else { return Some(None) };
        if !NumberPrivacy::is_hash(text) {
            return Some(Some(PhoneNumber::new(text)));
        }
        let country = self.optional()?.and_then(|code| code.parse().ok());
        let number_type = self.text()?.parse().unwrap_or(NumberType::Unknown);
        let (part, left_out) = (self.optional()?, self.byte()?);
        let known = part.map(|part| (part, left_out));
        Some(Some(PhoneNumber::hashed(text, country, number_type, known)))
    }

    pub(super) fn reference(&mut self) -> Option<Option<Reference>> {
        Some(self.optional()?.and_then(Reference::new))
    }

    pub(super) fn custom(&mut self) -> Option<Option<Custom>> {
        Some(self.optional()?.map(Custom::new))
    }

    pub(super) fn price(&mut self) -> Option<Option<Money>> {
        let Some(code) = self.optional()? else { return Some(None) };
        let amount = Decimal::deserialize(self.take(16)?.try_into().ok()?);
        Some(Some(Money { amount, currency: Currency::unlisted(code)? }))
    }
}

//! States and attempts in little memory: most of them hold a few small numbers, so they take some dozen bytes
//! where they would take half a kilobyte.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::quota::{Stamp, Window};

/// The names of rules, each kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: Vec<Arc<str>>,
    places: HashMap<Arc<str>, usize>,
}

impl Names {
    pub(super) fn place_of(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.names.len();
        let name: Arc<str> = name.into();
        self.places.insert(Arc::clone(&name), place);
        self.names.push(name);
        place
    }

    pub(super) fn at(&self, place: usize) -> Option<&str> {
        self.names.get(place).map(|name| &**name)
    }
}

/// Writes fields one after the other.
pub(super) struct Writer<'b>(pub(super) &'b mut Vec<u8>);

/// Reads them in the same order.
pub(super) struct Fields<'b>(pub(super) &'b [u8]);

/// A scale that no decimal has: the sixteen bytes of one that is not small follow.
const AS_IT_IS: u64 = 31;

/// Above this a decimal is not small.
const SMALL: i128 = 1 << 58;

impl Writer<'_> {
    /// Seven bits in each byte, the lowest first, as long as more follow.
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
            number >>= 7;
        }
        self.0.push(u8::try_from(number).unwrap_or(0));
    }

    pub(super) fn size(&mut self, size: usize) {
        self.number(u64::try_from(size).unwrap_or(u64::MAX));
    }

    pub(super) fn bits(&mut self, bits: u64) {
        self.0.extend(bits.to_le_bytes());
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    pub(super) fn stamp(&mut self, stamp: Stamp) {
        self.0.extend(stamp.to_bytes());
    }

    /// To the nanosecond, from 1677 to 2262; beyond that the nearest of these.
    pub(super) fn time(&mut self, at: Timestamp) {
        let at = at.as_nanosecond().clamp(i64::MIN.into(), i64::MAX.into());
        self.0.extend(i64::try_from(at).unwrap_or(0).to_le_bytes());
    }

    pub(super) fn window(&mut self, window: Window) {
        self.number(window.as_millis());
    }

    pub(super) fn decimal(&mut self, decimal: Decimal) {
        match u64::try_from(decimal.mantissa()) {
            Ok(mantissa) if i128::from(mantissa) < SMALL => {
                self.number(mantissa << 5 | u64::from(decimal.scale()));
            }
            _ => {
                self.number(AS_IT_IS);
                self.0.extend(decimal.serialize());
            }
        }
    }
}

impl Fields<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(super) fn bits(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        self.array().map(|[byte]| byte == 1)
    }

    pub(super) fn stamp(&mut self) -> Option<Stamp> {
        self.array().map(Stamp::from_bytes)
    }

    pub(super) fn time(&mut self) -> Option<Timestamp> {
        Timestamp::from_nanosecond(i64::from_le_bytes(self.array()?).into()).ok()
    }

    pub(super) fn window(&mut self) -> Option<Window> {
        Window::from_millis(self.number()?)
    }

    pub(super) fn decimal(&mut self) -> Option<Decimal> {
        let number = self.number()?;
        if number == AS_IT_IS {
            return self.array().map(Decimal::deserialize);
        }
        let scale = u32::try_from(number & 0x1f).ok()?;
        Decimal::try_from_i128_with_scale((number >> 5).into(), scale).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            number: u64,
            (mantissa, scale) in (-(1_i128 << 96) + 1..1_i128 << 96, 0..=28_u32),
            small in 0..200_i64,
            nanosecond: i64,
        ) {
            let mut bytes = Vec::new();
            let at = Timestamp::from_nanosecond(nanosecond.into()).unwrap();
            let decimals = [
                Decimal::from_i128_with_scale(mantissa, scale),
                Decimal::new(small, 2),
                Decimal::new(-small, 4),
                Decimal::MAX,
            ];
            let mut writer = Writer(&mut bytes);
            writer.number(number);
            writer.time(at);
            decimals.iter().for_each(|decimal| writer.decimal(*decimal));
            let mut fields = Fields(&bytes);
            prop_assert_eq!(fields.number(), Some(number));
            prop_assert_eq!(fields.time(), Some(at));
            for decimal in decimals {
                let read = fields.decimal().unwrap();
                prop_assert_eq!((read, read.scale()), (decimal, decimal.scale()));
            }
            prop_assert!(fields.0.is_empty());
        }
    }
}

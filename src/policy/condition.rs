//! `when` and `unless`: what a rule asks of the event itself.

mod from_toml;
mod value;
mod values;

use std::time::Duration;

use rust_decimal::Decimal;

use super::custom::CustomValue;
use super::name::CustomKey;
use super::note::Lack;
use crate::event::{Method, VerificationRequest};
use crate::money::{Currency, Money};
use crate::phone::{CallingCode, Country, NumberType, Prefix};

pub(super) use from_toml::read;
#[cfg(feature = "cli")]
pub(crate) use value::country_help;
pub(super) use value::{Readings, Value};
pub use values::Values;
pub(super) use values::sorted;

/// The conditions under `when` or `unless`. Together they match where every one does.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Conditions {
    of_event: Vec<Condition>,
    /// The number verified here within that time, which only the store can tell.
    pub verified_within: Option<Duration>,
}

/// One condition. It matches where one of its values does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Region of the number.
    Country(Values<Country>),
    /// Country calling code of the number.
    CallingCode(Values<CallingCode>),
    /// First digits of the number.
    Prefix(Values<Prefix>),
    /// Kind of line.
    NumberType(Values<NumberType>),
    /// How the number is to be verified.
    Method(Values<Method>),
    /// What the verification will cost.
    Price(PriceRange),
    /// A member of the event's `custom`.
    Custom {
        /// The member's name.
        key: CustomKey,
        /// The values that match.
        values: Values<CustomValue>,
    },
}

/// Prices between two amounts of one currency, both exclusive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PriceRange {
    /// The currency; other prices never match.
    pub currency: Currency,
    /// Matching prices are higher.
    pub above: Option<Decimal>,
    /// Matching prices are lower.
    pub below: Option<Decimal>,
}

impl Conditions {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_event.is_empty() && self.verified_within.is_none()
    }

    /// The conditions that the event alone can tell.
    pub fn iter(&self) -> impl Iterator<Item = &Condition> {
        self.of_event.iter()
    }

    /// Whether all match that the event alone can tell; none at all match everything. What the event lacked for a condition is added to
    /// `lacks`, and that condition does not match.
    pub(super) fn match_all(&self, request: &VerificationRequest, lacks: &mut Vec<Lack>) -> bool {
        self.of_event.iter().all(|condition| match condition.matches(request) {
            Ok(matches) => matches,
            Err(lack) => {
                lacks.push(lack);
                false
            }
        })
    }

    /// The methods these conditions name; `None` where they name none.
    pub(super) fn methods(&self) -> Option<&Values<Method>> {
        self.of_event.iter().find_map(|condition| match condition {
            Condition::Method(methods) => Some(methods),
            _ => None,
        })
    }
}

impl Condition {
    pub(super) fn matches(&self, request: &VerificationRequest) -> Result<bool, Lack> {
        let number = &request.number;
        match self {
            Self::Country(countries) => {
                Ok(number.country().is_some_and(|country| countries.contains(&country)))
            }
            Self::CallingCode(codes) => Ok(number.calling_code().is_some_and(|code| codes.contains(&code))),
            Self::Prefix(prefixes) => Ok(prefixes.match_number(number)),
            Self::NumberType(types) => Ok(types.contains(&number.number_type())),
            Self::Method(methods) => Ok(methods.contains(&request.method)),
            Self::Price(range) => {
                request.price.as_ref().ok_or(Lack::Price).and_then(|price| range.matches(price))
            }
            Self::Custom { key, values } => {
                CustomValue::of(request, key).map(|value| values.contains(&value))
            }
        }
    }
}

impl PriceRange {
    fn matches(&self, price: &Money) -> Result<bool, Lack> {
        if price.currency != self.currency {
            return Err(Lack::Currency { event: price.currency, rule: self.currency });
        }
        let is_above = self.above.is_none_or(|above| price.amount > above);
        let is_below = self.below.is_none_or(|below| price.amount < below);
        Ok(is_above && is_below)
    }
}

//! `when` and `unless`: what a rule asks of the event itself.

mod from_toml;
mod numbered;
mod price;
mod value;
mod values;

use std::borrow::Cow;
use std::time::Duration;

use super::custom::CustomValue;
use super::name::CustomKey;
use super::note::Lack;
use crate::event::{Method, VerificationRequest};
use crate::phone::{CallingCode, Country, NumberType, Prefix};

pub(super) use from_toml::read;
pub(super) use numbered::{Bits, Listed, Numbered};
pub use price::PriceRange;
pub(super) use value::{Readings, Value};
pub use values::Values;
pub(super) use values::sorted;

/// The conditions under `when` or `unless`. Together they match where every one does.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Conditions {
    of_event: Vec<Condition>,
    /// The number verified here within that time, which only the store knows.
    pub verified_within: Option<Duration>,
}

/// One condition. It matches where one of its values does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// `country`: region of the number, ISO 3166-1, or `001` for global services.
    Country(Values<Country>),
    /// `calling_code`: country calling code of the number.
    CallingCode(Values<CallingCode>),
    /// `prefix`: first digits of the number.
    Prefix(Values<Prefix>),
    /// `number_type`: kind of line.
    NumberType(Values<NumberType>),
    /// `method`: how the number is to be verified.
    Method(Values<Method>),
    /// `price = { above = "0.10 EUR", below = … }`: what the verification will cost.
    Price(PriceRange),
    /// `custom.<key>`: a member of the event's `custom`.
    Custom {
        /// The member's name.
        key: CustomKey,
        /// The values that match.
        values: Values<CustomValue>,
    },
}

/// What a condition matches, in a form in which two under the same key are compared.
pub(super) enum Extent<'c> {
    /// Some of the values that it lists.
    Values(&'c dyn Listed),
    /// A range of prices.
    Prices(&'c PriceRange),
}

impl Conditions {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_event.is_empty() && self.verified_within.is_none()
    }

    /// The conditions that need the event alone.
    pub fn iter(&self) -> impl Iterator<Item = &Condition> {
        self.of_event.iter()
    }

    /// Whether all match that need the event alone; no conditions match everything. What the event lacked for
    /// a condition is added to `lacks`, and that condition does not match.
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
    /// The key that it is written under, in `when` and `unless`.
    #[must_use]
    pub fn key(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Country(_) => "country",
            Self::CallingCode(_) => "calling_code",
            Self::Prefix(_) => "prefix",
            Self::NumberType(_) => "number_type",
            Self::Method(_) => "method",
            Self::Price(_) => "price",
            Self::Custom { key, .. } => return Cow::Owned(format!("custom.{key}")),
        })
    }

    /// The value that it looks at in an event; `None` where the event has none.
    #[must_use]
    pub fn seen(&self, request: &VerificationRequest) -> Option<String> {
        let number = &request.number;
        match self {
            Self::Country(_) => number.country().map(|country| country.to_string()),
            Self::CallingCode(_) => number.calling_code().map(|code| format!("+{code}")),
            Self::Prefix(_) => Some(number.masked().to_string()),
            Self::NumberType(_) => Some(number.number_type().to_string()),
            Self::Method(_) => Some(request.method.to_string()),
            Self::Price(_) => request.price.map(|price| price.to_string()),
            Self::Custom { key, .. } => {
                let custom = request.custom.as_ref()?;
                custom.get(key.as_str()).map(|value| format!("{value:?}"))
            }
        }
    }

    /// What it looks at in an event and what is there, as records and explanations say it: `method is sms`.
    #[must_use]
    pub fn in_words(&self, request: &VerificationRequest) -> String {
        let subject = match self {
            // What is seen is the whole number, not a prefix.
            Self::Prefix(_) => Cow::Borrowed("number"),
            _ => self.key(),
        };
        format!("{subject} is {}", self.seen(request).as_deref().unwrap_or("unknown"))
    }

    /// What it matches.
    pub(super) fn extent(&self) -> Extent<'_> {
        match self {
            Self::Country(values) => Extent::Values(values),
            Self::CallingCode(values) => Extent::Values(values),
            Self::Prefix(values) => Extent::Values(values),
            Self::NumberType(values) => Extent::Values(values),
            Self::Method(values) => Extent::Values(values),
            Self::Price(range) => Extent::Prices(range),
            Self::Custom { values, .. } => Extent::Values(values),
        }
    }

    /// Whether it matches an event.
    ///
    /// # Errors
    /// Where the event lacks what it looks at.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Custom;
    use crate::policy::Policy;
    use crate::policy::sample::{self, one_rule};

    fn conditions(when: &str) -> Conditions {
        let policy = Policy::compile(&one_rule(when)).unwrap_or_else(|problems| panic!("{problems}")).policy;
        policy.rules()[0].when.clone()
    }

    fn request(number: &str, price: Option<&str>, custom: Option<&str>) -> VerificationRequest {
        let (custom, price) = (custom.map(Custom::new), price.map(|price| price.parse().unwrap()));
        VerificationRequest { custom, price, ..sample::request(number) }
    }

    #[track_caller]
    fn check(when: &str, request: &VerificationRequest, key: &str, words: &str) {
        let conditions = conditions(when);
        let [condition] = conditions.of_event.as_slice() else { panic!("{conditions:?}") };
        assert_eq!((condition.key().as_ref(), condition.in_words(request).as_str()), (key, words));
        assert!(when.starts_with(&format!("when.{key} = ")), "a policy writes {when}, not {key}");
    }

    #[test]
    fn a_condition_says_its_key_and_what_it_saw() {
        let full = request("+46701740605", Some("0.11 EUR"), Some(r#"{"plan": "free"}"#));
        check(r#"when.country = "SE""#, &full, "country", "country is SE");
        check("when.calling_code = 47", &full, "calling_code", "calling_code is +46");
        check(r#"when.prefix = "+47*""#, &full, "prefix", "number is +4670*****05");
        check(r#"when.number_type = "pager""#, &full, "number_type", "number_type is mobile");
        check(r#"when.method = "callout""#, &full, "method", "method is sms");
        check(r#"when.price = { above = "1 EUR" }"#, &full, "price", "price is 0.11 EUR");
        check(r#"when.custom.plan = "trial""#, &full, "custom.plan", "custom.plan is \"free\"");
    }

    #[test]
    fn what_an_event_lacks_is_unknown() {
        let bare = request("0701740605", None, None);
        check(r#"when.country = "SE""#, &bare, "country", "country is unknown");
        check("when.calling_code = 46", &bare, "calling_code", "calling_code is unknown");
        check(r#"when.price = { above = "1 EUR" }"#, &bare, "price", "price is unknown");
        check(r#"when.custom.plan = "trial""#, &bare, "custom.plan", "custom.plan is unknown");
    }
}

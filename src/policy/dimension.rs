//! What a quota counts by.

mod from_toml;

use std::fmt;
use std::num::NonZeroU8;

use super::custom::CustomValue;
use super::facts::Facts;
use super::ip_address::Ip6Prefix;
use super::name::CustomKey;
use super::note::Lack;
use crate::dimension_key::{DimensionKey, NUMBER, Shard, encode, number_value};

pub(super) use from_toml::dimensions;

/// What numbers without a country or a calling code count under, so that no limit per country leaves them
/// out.
const UNKNOWN: &str = "unknown";

/// One thing to count by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Dimension {
    /// The phone number.
    Number,
    /// The number without its last digits, as many as this says: a block of neighbouring numbers.
    Block(u8),
    /// Region of the number.
    Country,
    /// Country calling code of the number.
    CallingCode,
    /// How the number is verified.
    Method,
    /// The Sinch application.
    App,
    /// Everything in one.
    All,
    /// A member of the event's `custom`.
    Custom(CustomKey),
}

impl Dimension {
    /// The value of a verification in this dimension, encoded so that a `|` between values cannot be forged.
    fn value(&self, facts: &Facts<'_>, ip6_prefix: Ip6Prefix) -> Result<String, Lack> {
        let number = &facts.request.number;
        match self {
            Self::Number => Ok(number_value(facts.stored_number)),
            Self::Block(digits) => number.block(*digits).map(ToOwned::to_owned).ok_or(Lack::Block),
            Self::Country => Ok(number.country().map_or(UNKNOWN.to_owned(), |country| country.to_string())),
            Self::CallingCode => {
                Ok(number.calling_code().map_or(UNKNOWN.to_owned(), |code| code.to_string()))
            }
            Self::Method => Ok(encode(&facts.request.method.to_string())),
            Self::App => Ok(encode(facts.app)),
            Self::All => Ok("all".to_owned()),
            Self::Custom(key) => {
                CustomValue::of(facts.request, key).map(|value| encode(&value.source(ip6_prefix)))
            }
        }
    }
}

/// The name in policies.
impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number => f.write_str(NUMBER),
            Self::Block(digits) => write!(f, "block:{digits}"),
            Self::Country => f.write_str("country"),
            Self::CallingCode => f.write_str("calling_code"),
            Self::Method => f.write_str("method"),
            Self::App => f.write_str("app"),
            Self::All => f.write_str("all"),
            Self::Custom(key) => write!(f, "custom.{key}"),
        }
    }
}

/// The dimensions of a quota, in one order however they were written, so that equal ones share their
/// counters' item.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Per(Vec<Dimension>);

impl Per {
    /// Whether all verifications of all applications count together.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn is_over_all(&self) -> bool {
        self.0.contains(&Dimension::All)
    }

    pub(super) fn new(mut dimensions: Vec<Dimension>) -> Self {
        dimensions.sort();
        Self(dimensions)
    }

    /// The key that a verification counts under, in one of its shards where there are several. IPv6 addresses
    /// count with their network.
    ///
    /// # Errors
    /// Where the event lacks one of the dimensions; the quota does not apply to it then.
    pub(super) fn key(
        &self,
        facts: &Facts<'_>,
        ip6_prefix: Ip6Prefix,
        shards: Option<NonZeroU8>,
    ) -> Result<DimensionKey, Lack> {
        let shard = shards.map(|shards| Shard::of(facts.request.id.as_str(), shards));
        Ok(DimensionKey { dimension: self.to_string(), value: self.value(facts, ip6_prefix)?.0, shard })
    }

    /// The values of a verification in these dimensions.
    ///
    /// # Errors
    /// Where the event lacks one of them.
    pub(super) fn value(&self, facts: &Facts<'_>, ip6_prefix: Ip6Prefix) -> Result<DistinctValue, Lack> {
        let values = self.iter().map(|dimension| dimension.value(facts, ip6_prefix));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        Ok(DistinctValue(values.join("|")))
    }

    /// Whether a dimension is among these.
    pub(super) fn has(&self, dimension: &Dimension) -> bool {
        self.0.contains(dimension)
    }

    /// Whether a member of `custom` is among these.
    pub(super) fn has_custom(&self) -> bool {
        self.iter().any(|dimension| matches!(dimension, Dimension::Custom(_)))
    }

    /// The dimensions.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Dimension> {
        self.0.iter()
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.iter().map(ToString::to_string).collect();
        f.write_str(&names.join("+"))
    }
}

/// A value of which different ones are counted. It may be a phone number.
#[derive(Clone, PartialEq, Eq)]
pub struct DistinctValue(String);

impl DistinctValue {
    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DistinctValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DistinctValue")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::event::{Custom, VerificationRequest};
    use crate::policy::sample::request;

    fn per(dimensions: &[Dimension]) -> Per {
        Per::new(dimensions.to_vec())
    }

    fn custom(key: &str) -> Dimension {
        Dimension::Custom(key.parse().unwrap())
    }

    /// What a verification of a number counts under.
    fn value(dimensions: &[Dimension], number: &str) -> Result<String, Lack> {
        let custom = Some(Custom::new(r#"{"plan": "a|b", "ip": "2001:db8::1", "blank": " "}"#));
        let request = VerificationRequest { custom, ..request(number) };
        let stored_number = number;
        let facts = Facts { app: "app", request: &request, stored_number, now: Timestamp::UNIX_EPOCH };
        let key = per(dimensions).key(&facts, Ip6Prefix::default(), None)?;
        let value = per(dimensions).value(&facts, Ip6Prefix::default())?;
        assert_eq!((key.dimension, key.value.as_str()), (per(dimensions).to_string(), value.as_str()));
        assert_eq!(format!("{value:?}"), "DistinctValue");
        Ok(key.value)
    }

    #[test]
    fn the_order_of_dimensions_does_not_matter() {
        assert_eq!(per(&[Dimension::Method, Dimension::Country]).to_string(), "country+method");
        assert_eq!(per(&[Dimension::Country, Dimension::Method]).to_string(), "country+method");
    }

    #[test]
    fn a_verification_counts_under_its_value_in_each_dimension() {
        use Dimension::{All, App, Block, CallingCode, Country, Method, Number};
        let table = [
            (vec![Number], "+46701740605"),
            (vec![Block(3)], "+46701740"),
            (vec![Country], "SE"),
            (vec![CallingCode], "46"),
            (vec![App, Method], "sms|app"),
            (vec![All], "all"),
            (vec![custom("plan")], "a%7Cb"),
            (vec![custom("ip")], "2001:db8::/64"),
        ];
        for (dimensions, expected) in table {
            assert_eq!(value(&dimensions, "+46701740605").as_deref(), Ok(expected), "{dimensions:?}");
        }
        assert_eq!(value(&[Country, CallingCode], "0701740605").as_deref(), Ok("unknown|unknown"));
        assert_eq!(value(&[Block(3)], "0701740605"), Err(Lack::Block));
        assert_eq!(value(&[custom("blank")], "+46701740605"), Err(Lack::Custom("blank".parse().unwrap())));
    }

    #[test]
    fn it_is_known_what_is_among_the_dimensions() {
        let some = per(&[Dimension::Country, custom("plan")]);
        assert!(some.has(&Dimension::Country) && !some.has(&Dimension::Method));
        assert!(some.has_custom() && !per(&[Dimension::Country]).has_custom());
    }

    #[cfg(feature = "cli")]
    #[test]
    fn all_applications_count_together_only_where_a_policy_says_so() {
        assert!(per(&[Dimension::All, Dimension::Country]).is_over_all());
        assert!(!per(&[Dimension::Country]).is_over_all());
    }
}

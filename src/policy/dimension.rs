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
    use super::*;

    #[test]
    fn the_order_of_dimensions_does_not_matter() {
        let per = |dimensions: &[Dimension]| Per::new(dimensions.to_vec()).to_string();
        assert_eq!(per(&[Dimension::Method, Dimension::Country]), "country+method");
        assert_eq!(per(&[Dimension::Country, Dimension::Method]), "country+method");
    }
}

//! Items in DynamoDB's JSON, written and read in one go.

use std::fmt;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, Serializer};

use crate::store::StoreError;
use crate::store::attribute::Item;
use crate::store::key::ItemKey;

/// A value to write.
pub(super) struct Written<'a>(pub(super) &'a AttributeValue);

/// What to write under placeholders: the mark that they begin with, and what each of them stands for.
pub(super) struct Placeholders<I>(char, I);

impl<I: ExactSizeIterator> Placeholders<I> {
    /// Nothing where there are none, which DynamoDB refuses.
    pub(super) fn of(mark: char, values: I) -> Option<Self> {
        (values.len() > 0).then_some(Self(mark, values))
    }
}

/// A key to write.
pub(super) struct WrittenKey<'a>(pub(super) &'a ItemKey);

struct Member<'a>(&'a str);

struct WrittenMap<'a>(&'a Item);

struct WrittenList<'a>(&'a [AttributeValue]);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttributeValue::S(text) => serializer.collect_map([("S", text)]),
            AttributeValue::N(text) => serializer.collect_map([("N", text)]),
            AttributeValue::Bool(flag) => serializer.collect_map([("BOOL", flag)]),
            AttributeValue::Null(flag) => serializer.collect_map([("NULL", flag)]),
            AttributeValue::L(values) => serializer.collect_map([("L", WrittenList(values))]),
            AttributeValue::M(members) => serializer.collect_map([("M", WrittenMap(members))]),
            AttributeValue::Ss(texts) => serializer.collect_map([("SS", texts)]),
            AttributeValue::Ns(texts) => serializer.collect_map([("NS", texts)]),
            AttributeValue::B(bytes) => serializer.collect_map([("B", BASE64_STANDARD.encode(bytes))]),
            _ => Err(S::Error::custom("an attribute is of a kind that no item here has")),
        }
    }
}

impl Serialize for WrittenMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Written(value))))
    }
}

impl Serialize for WrittenList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Written))
    }
}

impl Serialize for Member<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("S", self.0)])
    }
}

impl Serialize for WrittenKey<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("pk", Member(&self.0.pk)), ("sk", Member(&self.0.sk))])
    }
}

impl<I: Clone + Iterator<Item: Serialize>> Serialize for Placeholders<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(mark, values) = self;
        let named = values.clone().enumerate();
        serializer.collect_map(named.map(|(index, value)| (format!("{mark}{index}"), value)))
    }
}

/// Reads a reply.
pub(super) fn read<'r, T: Deserialize<'r>>(reply: &'r [u8]) -> Result<T, StoreError> {
    serde_json::from_slice(reply)
        .map_err(|error| StoreError::Unreachable(format!("its reply is broken: {error}")))
}

/// A value that was read. A kind that the table never holds is null, and so nothing that anybody looks for.
struct Read(AttributeValue);

/// An item that was read.
#[derive(Debug)]
pub(super) struct ReadItem(pub(super) Item);

/// The kinds of values.
#[derive(serde::Deserialize)]
enum Kind {
    S,
    N,
    #[serde(rename = "BOOL")]
    Bool,
    #[serde(rename = "NULL")]
    Null,
    L,
    M,
    #[serde(rename = "SS")]
    Ss,
    #[serde(rename = "NS")]
    Ns,
    B,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let kind = map.next_key()?.ok_or_else(|| A::Error::custom("an attribute value without a kind"))?;
        let value = match kind {
            Kind::S => AttributeValue::S(map.next_value()?),
            Kind::N => AttributeValue::N(map.next_value()?),
            Kind::Bool => AttributeValue::Bool(map.next_value()?),
            Kind::Null => AttributeValue::Null(map.next_value()?),
            Kind::L => {
                let values: Vec<Read> = map.next_value()?;
                AttributeValue::L(values.into_iter().map(|Read(value)| value).collect())
            }
            Kind::M => AttributeValue::M(map.next_value::<ReadItem>()?.0),
            Kind::Ss => AttributeValue::Ss(map.next_value()?),
            Kind::Ns => AttributeValue::Ns(map.next_value()?),
            Kind::B => {
                let bytes = BASE64_STANDARD.decode(map.next_value::<String>()?).map_err(A::Error::custom)?;
                AttributeValue::B(Blob::new(bytes))
            }
            Kind::Other => {
                map.next_value::<IgnoredAny>()?;
                AttributeValue::Null(true)
            }
        };
        Ok(Read(value))
    }
}

impl<'de> Deserialize<'de> for ReadItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ItemVisitor)
    }
}

struct ItemVisitor;

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = ReadItem;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReadItem, A::Error> {
        let mut item = Item::new();
        while let Some((name, Read(value))) = map.next_entry()? {
            item.insert(name, value);
        }
        Ok(ReadItem(item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let item = Item::from([
            ("s".to_owned(), text("\"quoted\" \u{1F600} \n")),
            ("n".to_owned(), AttributeValue::N("12.50".to_owned())),
            ("flag".to_owned(), AttributeValue::Bool(false)),
            ("null".to_owned(), AttributeValue::Null(true)),
            ("l".to_owned(), AttributeValue::L(vec![text(""), AttributeValue::N("-1".to_owned())])),
            ("m".to_owned(), AttributeValue::M(Item::from([("deep".to_owned(), text("er"))]))),
            ("ss".to_owned(), AttributeValue::Ss(vec!["a".to_owned(), "b".to_owned()])),
            ("ns".to_owned(), AttributeValue::Ns(vec!["1".to_owned()])),
            ("b".to_owned(), AttributeValue::B(Blob::new([0, 255]))),
        ]);
        let written = serde_json::to_string(&WrittenMap(&item)).unwrap();
        assert_eq!(serde_json::from_str::<ReadItem>(&written).unwrap().0, item, "{written}");
    }

    #[test]
    fn a_kind_that_no_item_here_has_is_not_written_and_reads_as_null() {
        let bytes = AttributeValue::Bs(vec![Blob::new([1])]);
        assert!(serde_json::to_string(&Written(&bytes)).is_err());
        let item: ReadItem = serde_json::from_str(r#"{"bs":{"BS":["AQ=="]},"s":{"S":"t"}}"#).unwrap();
        assert_eq!(item.0["bs"], AttributeValue::Null(true));
        assert_eq!(item.0["s"], AttributeValue::S("t".to_owned()));
    }
}

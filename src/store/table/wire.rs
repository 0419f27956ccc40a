//! Items in DynamoDB's JSON, written and read in one go.

use std::fmt;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::store::StoreError;
use crate::store::attribute::Item;
use crate::store::form;
use crate::store::key::ItemKey;

/// A key to write.
pub(super) struct WrittenKey<'a>(pub(super) &'a ItemKey);

impl Serialize for WrittenKey<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("pk", form::text(&self.0.pk)), ("sk", form::text(&self.0.sk))])
    }
}

/// Names under their placeholders.
pub(super) struct Named<'a>(pub(super) &'a [String]);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate().map(|(index, name)| (format!("#{index}"), name)))
    }
}

/// A JSON object whose members are written one by one, some of them already.
pub(super) struct Object(Vec<u8>);

impl Object {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Adds a member.
    pub(super) fn add(&mut self, name: &str, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
        self.begin(name);
        serde_json::to_writer(&mut self.0, value)
    }

    /// Adds an object, of which the members are written.
    pub(super) fn add_object(&mut self, name: &str, members: &[u8]) {
        self.begin(name);
        self.0.push(b'{');
        self.0.extend_from_slice(members);
        self.0.push(b'}');
    }

    /// Names hold nothing that JSON would have escaped.
    fn begin(&mut self, name: &str) {
        self.0.extend_from_slice(if self.0.is_empty() { b"{\"" } else { b",\"" });
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    pub(super) fn close(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}

/// Reads a reply.
pub(super) fn read<'r, T: Deserialize<'r>>(reply: &'r [u8]) -> Result<T, StoreError> {
    serde_json::from_slice(reply)
        .map_err(|error| StoreError::Unreachable(format!("its reply is broken: {error}")))
}

/// Reads an item from its members.
#[cfg(feature = "cli")]
pub(in crate::store) fn read_members(members: &[u8]) -> Result<Item, StoreError> {
    let object = [b"{", members, b"}"].concat();
    read::<ReadItem>(&object).map(|item| item.0)
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
    fn every_kind_that_an_item_here_has_is_read() {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let written = r#"{
            "s": {"S": "\"quoted\" \ud83d\ude00 \n"}, "n": {"N": "12.50"}, "flag": {"BOOL": false},
            "null": {"NULL": true}, "l": {"L": [{"S": ""}, {"N": "-1"}]}, "m": {"M": {"deep": {"S": "er"}}},
            "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1"]}, "b": {"B": "AP8="}, "bs": {"BS": ["AQ=="]}
        }"#;
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
            // A kind that no item here has.
            ("bs".to_owned(), AttributeValue::Null(true)),
        ]);
        assert_eq!(serde_json::from_str::<ReadItem>(written).unwrap().0, item);
    }

    #[test]
    fn members_are_written_one_by_one() {
        let mut object = Object::with_capacity(0);
        object.add("a", "\"b\"").unwrap();
        object.add_object("c", br#"":0":{"N":"1"}"#);
        object.add("names", &Named(&["v".to_owned(), "w".to_owned()])).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&object.close()).unwrap();
        let expected = serde_json::json!({
            "a": "\"b\"", "c": {":0": {"N": "1"}}, "names": {"#0": "v", "#1": "w"},
        });
        assert_eq!(written, expected);
    }
}

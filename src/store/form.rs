//! Values of items as requests have them: DynamoDB's JSON, written once, from what they are made of. The maps
//! of the SDK would be built for that alone.

use std::fmt::Display;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// A value to write: its type, and what it is.
#[derive(Clone)]
pub(super) struct Form<T>(&'static str, T);

/// Text.
pub(super) fn text(text: &str) -> Form<&str> {
    Form("S", text)
}

/// A number.
pub(super) fn number<N: Display>(number: N) -> Form<Digits<N>> {
    Form("N", Digits(number))
}

/// Yes or no.
pub(super) fn flag(flag: bool) -> Form<bool> {
    Form("BOOL", flag)
}

/// Bytes.
pub(super) fn bytes(bytes: impl AsRef<[u8]>) -> Form<String> {
    Form("B", BASE64_STANDARD.encode(bytes))
}

/// A map of the members of a struct.
pub(super) fn members<T: Serialize>(of: T) -> Form<T> {
    Form("M", of)
}

/// A map of these members.
pub(super) fn map<I>(members: I) -> Form<Members<I>> {
    Form("M", Members(members))
}

/// A set of texts.
pub(super) fn texts<I>(values: I) -> Form<List<I>> {
    Form("SS", List(values))
}

/// A set of numbers, each as text.
pub(super) fn numbers<I>(values: I) -> Form<List<I>> {
    Form("NS", List(values))
}

/// A list.
pub(super) fn list<I>(values: I) -> Form<List<I>> {
    Form("L", List(values))
}

/// A number, in the text that it is sent as.
#[derive(Clone)]
pub(super) struct Digits<N>(N);

/// Members of a map.
#[derive(Clone)]
pub(super) struct Members<I>(I);

/// Values of a list or a set.
#[derive(Clone)]
pub(super) struct List<I>(I);

/// JSON as a value. `null` members are left out, since an absent attribute says the same.
pub(super) struct Json<'a>(pub(super) &'a Value);

impl<T: Serialize> Serialize for Form<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, &self.1)])
    }
}

impl<N: Display> Serialize for Digits<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<K: Serialize, V: Serialize, I: Clone + Iterator<Item = (K, V)>> Serialize for Members<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.clone())
    }
}

impl<V: Serialize, I: Clone + Iterator<Item = V>> Serialize for List<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => Form("NULL", true).serialize(serializer),
            Value::Bool(value) => flag(*value).serialize(serializer),
            Value::Number(value) => number(value).serialize(serializer),
            Value::String(value) => text(value).serialize(serializer),
            Value::Array(values) => list(values.iter().map(Json)).serialize(serializer),
            Value::Object(values) => {
                let there = values.iter().filter(|(_, value)| !value.is_null());
                map(there.map(|(name, value)| (name, Json(value)))).serialize(serializer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_written_as_the_attribute_that_it_is() {
        let value = json!({
            "text": "\"quoted\" \u{1F600} \n", "number": 12.5, "flag": false, "none": null,
            "list": [1, null, {"deep": [], "none": null}],
        });
        let expected = json!({"M": {
            "text": {"S": "\"quoted\" \u{1F600} \n"}, "number": {"N": "12.5"}, "flag": {"BOOL": false},
            "list": {"L": [{"N": "1"}, {"NULL": true}, {"M": {"deep": {"L": []}}}]},
        }});
        assert_eq!(serde_json::to_value(Json(&value)).unwrap(), expected);
    }

    #[test]
    fn sets_and_bytes_are_texts_within_their_type() {
        let sets = (texts(["a", "b"].iter()), numbers(["1"].iter()), bytes([0, 255]));
        let expected = json!([{"SS": ["a", "b"]}, {"NS": ["1"]}, {"B": "AP8="}]);
        assert_eq!(serde_json::to_value(&sets).unwrap(), expected);
    }
}

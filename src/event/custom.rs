//! The customer's free text.

use std::collections::BTreeMap;
use std::fmt;

use super::json_object::JsonObject;

/// The `custom` text of an event; where it is a JSON object, its members can be read by name.
///
/// ```
/// use sinch_gate::event::Custom;
///
/// let custom = Custom::new(r#"{"plan": "trial", "attempt": 2}"#);
/// assert_eq!(custom.get("plan"), Some("trial"));
/// assert_eq!(custom.get("attempt"), Some("2"));
/// assert_eq!(Custom::new("free text").get("plan"), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Custom {
    text: String,
    members: BTreeMap<String, String>,
}

impl Custom {
    /// Takes any text. It is looked into once, here.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let members = JsonObject::read(text.as_bytes()).map(JsonObject::into_scalars).unwrap_or_default();
        Self { text, members }
    }

    /// The text as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The member `key` as text, where the text is a JSON object that has it as string, number or boolean.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.members.get(key).map(String::as_str)
    }
}

/// Shows the length only, since people put names and numbers into it.
impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Custom({} characters)", self.text.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_scalar_members_of_an_object() {
        let custom = Custom::new(
            r#"{"text": "a\u00e5\"b", "number": 1.50, "large": 123456789012345678901234567890,
                "yes": true, "nothing": null, "list": [1], "object": {"a": 1}, "empty": ""}"#,
        );
        let expected = [
            ("text", Some("aå\"b")),
            ("number", Some("1.50")),
            ("large", Some("123456789012345678901234567890")),
            ("yes", Some("true")),
            ("nothing", None),
            ("list", None),
            ("object", None),
            ("empty", Some("")),
            ("absent", None),
        ];
        for (key, value) in expected {
            assert_eq!(custom.get(key), value, "{key}");
        }
    }

    #[test]
    fn other_texts_have_no_members() {
        for text in
            ["", "plan", "\"plan\"", "[\"plan\"]", "{\"plan\"", "{'plan':1}", "null", &"[".repeat(4096)]
        {
            let custom = Custom::new(text);
            assert_eq!((custom.as_str(), custom.get("plan")), (text, None));
        }
    }

    #[test]
    fn does_not_print_its_text() {
        assert_eq!(format!("{:?}", Custom::new("Åsa, +46700000001")), "Custom(17 characters)");
    }
}

//! How a number is verified.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::suggest::nearest;

/// The `method` of an event. Compared without case, since samples spell it in several ways.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Method {
    /// A code by SMS.
    Sms,
    /// A missed call whose caller id is the code.
    FlashCall,
    /// A spoken code; the product name is Phone Call.
    Callout,
    /// Data verification over the mobile network.
    Seamless,
    /// A code by WhatsApp.
    WhatsApp,
    /// A method this version does not know, as it was spelt, or empty where none was sent.
    Other(String),
}

impl Method {
    /// The methods that this version knows.
    #[must_use]
    pub fn known() -> [Self; 5] {
        [Self::Sms, Self::FlashCall, Self::Callout, Self::Seamless, Self::WhatsApp]
    }

    /// Reads a method in any letter case. The product names `phonecall` and `data` are understood too, since
    /// other parts of Sinch's API use them.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "sms" => Self::Sms,
            "flashcall" => Self::FlashCall,
            "callout" | "phonecall" => Self::Callout,
            "seamless" | "data" => Self::Seamless,
            "whatsapp" => Self::WhatsApp,
            _ => Self::Other(name.to_owned()),
        }
    }

    /// Whether an event said one.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        !self.as_str().is_empty()
    }

    /// The name, as events spell it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sms => "sms",
            Self::FlashCall => "flashcall",
            Self::Callout => "callout",
            Self::Seamless => "seamless",
            Self::WhatsApp => "whatsapp",
            Self::Other(name) => name,
        }
    }

    /// What to write in place of a text that is not a known method.
    pub(crate) fn help(written: &str) -> String {
        let known = Self::known().map(|method| method.to_string());
        let lower = written.to_lowercase();
        let meant = OTHER_NAMES.iter().find(|(other, _)| *other == lower).map(|(_, name)| *name);
        match meant.or_else(|| nearest(written, known.iter().map(String::as_str))) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "methods are `sms`, `flashcall`, `callout`, `seamless` and `whatsapp`".to_owned(),
        }
    }
}

/// Names that people use for methods, and what the events call them.
const OTHER_NAMES: [(&str, &str); 6] = [
    ("call", "callout"),
    ("data", "seamless"),
    ("flash", "flashcall"),
    ("phonecall", "callout"),
    ("phone_call", "callout"),
    ("voice", "callout"),
];

/// A text that is not a method that this version knows. It says what to write instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct UnknownMethod(String);

/// Reads a known method, in any spelling that [`Method::parse`] understands.
impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        match Self::parse(name) {
            Self::Other(_) => Err(UnknownMethod(Self::help(name))),
            known => Ok(known),
        }
    }
}

/// [`Method::parse`], which takes any text.
impl From<String> for Method {
    fn from(name: String) -> Self {
        Self::parse(&name)
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        let spellings = [
            ("sms", Method::Sms),
            ("SMS", Method::Sms),
            ("flashcall", Method::FlashCall),
            ("flashCall", Method::FlashCall),
            ("callout", Method::Callout),
            ("PhoneCall", Method::Callout),
            ("seamless", Method::Seamless),
            ("data", Method::Seamless),
            ("WhatsApp", Method::WhatsApp),
        ];
        for (name, method) in spellings {
            assert_eq!(Method::parse(name), method, "{name}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_method_is_answered_with_what_to_write() {
        let cases = [
            ("rcs", "methods are `sms`, `flashcall`, `callout`, `seamless` and `whatsapp`"),
            ("whatsap", "did you mean `whatsapp`?"),
            ("Voice", "did you mean `callout`?"),
            ("", "methods are `sms`, `flashcall`, `callout`, `seamless` and `whatsapp`"),
        ];
        for (name, help) in cases {
            assert_eq!(name.parse::<Method>().map_err(|error| error.to_string()), Err(help.to_owned()));
        }
        assert_eq!("PhoneCall".parse(), Ok(Method::Callout));
    }

    #[test]
    fn a_method_that_nobody_knows_keeps_its_spelling() {
        for name in ["rcs", "Carrier-Pigeon", "sms ", ""] {
            assert_eq!(Method::parse(name).to_string(), name);
        }
    }

    #[test]
    fn the_name_of_every_method_reads_back() {
        for method in Method::known() {
            assert_eq!(Method::parse(&method.to_string()), method);
        }
    }
}

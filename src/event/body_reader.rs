//! The members of a body of Sinch: what must be there, and what may make no sense. Callbacks and the answers
//! of the API are read in this one way.

use serde_json::value::RawValue;

use super::json_object::{JsonObject, scalar};
use super::{Method, Reference, VerificationId};

/// Why a member cannot be used without which a body means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unusable {
    /// It is missing, null or empty.
    Missing { member: &'static str },
    /// It is there, but of another type.
    Unreadable { member: &'static str },
}

/// The members of a body, with a note of those that made no sense.
pub(crate) struct BodyReader<'a> {
    pub(crate) members: JsonObject<'a>,
    pub(crate) unreadable: Vec<&'static str>,
}

impl<'a> BodyReader<'a> {
    /// Reads an object. RFC 8259 lets a reader pass over a byte order mark, which some serialisers put in
    /// front.
    pub(crate) fn new(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        Ok(Self { members: JsonObject::read(json)?, unreadable: Vec::new() })
    }

    /// The id, which the body cannot do without.
    pub(crate) fn id(&self) -> Result<VerificationId, Unusable> {
        self.required("id").map(VerificationId)
    }

    pub(crate) fn method(&mut self) -> Method {
        Method::parse(&self.text("method").unwrap_or_default())
    }

    pub(crate) fn reference(&mut self) -> Option<Reference> {
        self.text("reference").and_then(|text| Reference::new(&text))
    }

    /// A text that the body can do without; a number or boolean is taken as one.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.members.get(name)?;
        self.noted(name, scalar(value))
    }

    /// A text that the body cannot do without.
    pub(crate) fn required(&self, name: &'static str) -> Result<String, Unusable> {
        required_text(self.members.get(name), name)
    }

    /// Notes a member that was there and is not readable.
    pub(crate) fn noted<T>(&mut self, name: &'static str, read: Option<T>) -> Option<T> {
        if read.is_none() {
            self.unreadable.push(name);
        }
        read
    }
}

/// The text of a member that a body cannot do without.
pub(super) fn required_text(value: Option<&RawValue>, member: &'static str) -> Result<String, Unusable> {
    let value = value.ok_or(Unusable::Missing { member })?;
    let text = scalar(value).ok_or(Unusable::Unreadable { member })?;
    if text.is_empty() { Err(Unusable::Missing { member }) } else { Ok(text) }
}

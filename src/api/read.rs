//! Reading answers: what must be there, and what may make no sense.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::event::members::{Members, scalar};
use crate::event::{Method, Reference, Status, VerificationId};
use crate::phone::PhoneNumber;

/// Why an answer of the API cannot be read. It is never quoted, since it holds numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is not a JSON object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A member is missing or empty without which it means nothing.
    #[error("it has no `{member}`")]
    Missing {
        /// Its name.
        member: &'static str,
    },
    /// Such a member is there, but of another type than Sinch describes.
    #[error("its `{member}` is of another type than Sinch describes")]
    Unreadable {
        /// Its name.
        member: &'static str,
    },
}

/// Why a text is not the body of a request. It is not quoted, since it may hold a code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RequestError {
    /// It is not what Sinch describes.
    #[error("not the body of such a request, from line {line}, column {column} on")]
    NotSo {
        /// The line, from 1.
        line: usize,
        /// The column in bytes.
        column: usize,
    },
    /// The method, and the block that goes with it, are not there.
    #[error("the method is unknown, or it has no block of its own, or that of another")]
    Method,
}

/// Reads the body of a request.
pub(super) fn request<T: DeserializeOwned>(json: &[u8]) -> Result<T, RequestError> {
    serde_json::from_slice(json)
        .map_err(|error| RequestError::NotSo { line: error.line(), column: error.column() })
}

/// The members of an answer, with a note of those that made no sense.
pub(super) struct Reader<'a> {
    members: Members<'a>,
    pub(super) unreadable: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(json: &'a [u8]) -> Result<Self, AnswerError> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let members = Members::read(json).map_err(|_| AnswerError::NotAnObject)?;
        Ok(Self { members, unreadable: Vec::new() })
    }

    /// The id, which the answer cannot do without.
    pub(super) fn id(&self) -> Result<VerificationId, AnswerError> {
        self.required("id").map(VerificationId)
    }

    /// The id of an answer that says enough without.
    pub(super) fn id_if_any(&mut self) -> Option<VerificationId> {
        self.text("id").and_then(|text| VerificationId::new(&text))
    }

    /// The status, which the answer cannot do without.
    pub(super) fn status(&self) -> Result<Status, AnswerError> {
        self.required("status").map(|status| Status::parse(&status))
    }

    pub(super) fn method(&mut self) -> Method {
        Method::parse(&self.text("method").unwrap_or_default())
    }

    pub(super) fn reference(&mut self) -> Option<Reference> {
        self.text("reference").and_then(|text| Reference::new(&text))
    }

    /// The number in `identity`.
    pub(super) fn number(&mut self) -> Option<PhoneNumber> {
        let identity = self.block("identity")?;
        let endpoint = identity.get("endpoint")?;
        self.noted("identity.endpoint", scalar(endpoint)).map(|text| PhoneNumber::new(&text))
    }

    /// A text; a number or boolean is taken as one.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.members.get(name)?;
        self.noted(name, scalar(value))
    }

    /// A value of a type that has one JSON form.
    pub(super) fn value<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.members.get(name)?;
        self.noted(name, serde_json::from_str(value.get()).ok())
    }

    /// An object.
    pub(super) fn block(&mut self, name: &'static str) -> Option<Members<'a>> {
        let value = self.members.get(name)?;
        self.noted(name, Members::of(value))
    }

    /// The list `name`, whose items are looked at by the caller.
    pub(super) fn list(&mut self, name: &'static str) -> Vec<&'a RawValue> {
        let Some(value) = self.members.get(name) else { return Vec::new() };
        self.noted(name, serde_json::from_str(value.get()).ok()).unwrap_or_default()
    }

    /// A value in a block, by the name that it is noted under.
    pub(super) fn in_block<T: DeserializeOwned>(
        &mut self,
        block: &Members<'a>,
        member: &str,
        name: &'static str,
    ) -> Option<T> {
        let value = block.get(member)?;
        self.noted(name, serde_json::from_str(value.get()).ok())
    }

    /// Notes a member that was there and is not readable.
    pub(super) fn noted<T>(&mut self, name: &'static str, read: Option<T>) -> Option<T> {
        if read.is_none() {
            self.unreadable.push(name);
        }
        read
    }

    fn required(&self, member: &'static str) -> Result<String, AnswerError> {
        let value = self.members.get(member).ok_or(AnswerError::Missing { member })?;
        let text = scalar(value).ok_or(AnswerError::Unreadable { member })?;
        if text.is_empty() { Err(AnswerError::Missing { member }) } else { Ok(text) }
    }
}

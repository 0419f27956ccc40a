//! Reading answers: what must be there, and what may make no sense.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub(super) use crate::event::body_reader::BodyReader;
use crate::event::body_reader::Unusable;
use crate::event::json_object::{JsonObject, scalar};
use crate::event::{Status, VerificationId};
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

impl From<Unusable> for AnswerError {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Missing { member } => Self::Missing { member },
            Unusable::Unreadable { member } => Self::Unreadable { member },
        }
    }
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

/// Reads an answer.
pub(super) fn answer(json: &[u8]) -> Result<BodyReader<'_>, AnswerError> {
    BodyReader::new(json).map_err(|_| AnswerError::NotAnObject)
}

/// What answers have besides.
impl<'a> BodyReader<'a> {
    /// The id of an answer that says enough without.
    pub(super) fn id_if_any(&mut self) -> Option<VerificationId> {
        self.text("id").and_then(|text| VerificationId::new(&text))
    }

    /// The status, which the answer cannot do without.
    pub(super) fn status(&self) -> Result<Status, AnswerError> {
        Ok(Status::parse(&self.required("status")?))
    }

    /// The number in `identity`.
    pub(super) fn number(&mut self) -> Option<PhoneNumber> {
        let identity = self.block("identity")?;
        let endpoint = identity.get("endpoint")?;
        self.noted("identity.endpoint", scalar(endpoint)).map(|text| PhoneNumber::new(&text))
    }

    /// A value of a type that has one JSON form.
    pub(super) fn value<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let value = self.members.get(name)?;
        self.noted(name, serde_json::from_str(value.get()).ok())
    }

    /// An object.
    pub(super) fn block(&mut self, name: &'static str) -> Option<JsonObject<'a>> {
        let value = self.members.get(name)?;
        self.noted(name, JsonObject::of(value))
    }

    /// The list `name`, whose items are looked at by the caller.
    pub(super) fn list(&mut self, name: &'static str) -> Vec<&'a RawValue> {
        let Some(value) = self.members.get(name) else { return Vec::new() };
        self.noted(name, serde_json::from_str(value.get()).ok()).unwrap_or_default()
    }

    /// A value in a block, by the name that it is noted under.
    pub(super) fn in_block<T: DeserializeOwned>(
        &mut self,
        block: &JsonObject<'a>,
        member: &str,
        name: &'static str,
    ) -> Option<T> {
        let value = block.get(member)?;
        self.noted(name, serde_json::from_str(value.get()).ok())
    }
}

//! Why a callback is refused: a status and a fixed phrase outside, the cause in the log.

use std::fmt;

use lambda_http::http::StatusCode;

use super::LARGEST_BODY;
use crate::event::EventError;
use crate::signature::SignatureError;
use crate::telemetry::quoted;

/// Why the body cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BodyError {
    /// It goes on beyond [`LARGEST_BODY`].
    #[error("more than {LARGEST_BODY} bytes")]
    TooLarge,
    /// It ended before its end.
    #[error("it did not arrive whole: the connection broke, or its chunks are malformed")]
    CutOff,
    /// The front door says that it is base64, and it is not.
    #[error("it is marked as base64 and is not: something other than a front door made this event")]
    NotBase64,
}

/// The first thing that is wrong with a callback.
#[derive(Debug)]
pub(super) enum Refusal<'a> {
    /// Nothing is served at this path.
    Path(&'a str),
    /// Callbacks are posted.
    Method(&'a str),
    /// As many callbacks are being handled as may be at once.
    #[cfg(feature = "cli")]
    Busy,
    /// The body did not arrive whole, or is too large.
    Body(BodyError),
    /// It is not proven that Sinch sent it.
    Signature(SignatureError),
    /// Sinch sent it, and it is not an event.
    Event(EventError),
}

impl Refusal<'_> {
    /// What goes back.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Path(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            #[cfg(feature = "cli")]
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Body(BodyError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(BodyError::CutOff | BodyError::NotBase64) | Self::Event(_) => StatusCode::BAD_REQUEST,
            Self::Signature(_) => StatusCode::UNAUTHORIZED,
        }
    }

    /// A stable name for logs and metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Path(_) => "path",
            Self::Method(_) => "method",
            #[cfg(feature = "cli")]
            Self::Busy => "busy",
            Self::Body(_) => "body",
            Self::Signature(error) => error.name(),
            Self::Event(error) => error.name(),
        }
    }
}

/// The cause, for the log. Path and method are the only texts in it that a stranger chooses freely, and they
/// may be as long as the front door lets them; an application key is bounded by its own type.
impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(text) | Self::Method(text) => f.write_str(&quoted(text)),
            #[cfg(feature = "cli")]
            Self::Busy => f.write_str("too many callbacks at once"),
            Self::Body(error) => error.fmt(f),
            Self::Signature(error) => error.fmt(f),
            Self::Event(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_wrote_is_quoted_to_a_bound() {
        let long = "x".repeat(300_000);
        assert_eq!(Refusal::Path(&long).to_string(), quoted(&long));
        assert_eq!(Refusal::Method(&long).to_string(), quoted(&long));
    }

    #[test]
    fn a_refusal_has_one_of_few_statuses_outside_and_a_name_in_log_and_metrics() {
        for (refusal, status, name) in [
            (Refusal::Path("/elsewhere"), 404, "path"),
            (Refusal::Method("GET"), 405, "method"),
            #[cfg(feature = "cli")]
            (Refusal::Busy, 503, "busy"),
            (Refusal::Body(BodyError::TooLarge), 413, "body"),
            (Refusal::Body(BodyError::CutOff), 400, "body"),
            (Refusal::Body(BodyError::NotBase64), 400, "body"),
            (Refusal::Signature(SignatureError::MissingAuthorization), 401, "missing-authorization"),
            (Refusal::Signature(SignatureError::MissingTimestamp), 401, "missing-timestamp"),
            (Refusal::Event(EventError::NotAnObject), 400, "not-an-object"),
            (Refusal::Event(EventError::Missing { member: "id" }), 400, "missing-member"),
        ] {
            assert_eq!((refusal.status().as_u16(), refusal.name()), (status, name), "{refusal:?}");
        }
    }
}

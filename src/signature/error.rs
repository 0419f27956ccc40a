//! Why a request is refused.

use std::time::Duration;

use super::AppKey;

/// The first check that a request failed. The caller of the gate sees none of this; the log does, so no
/// variant holds a secret, a signature or a body.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignatureError {
    /// There is no `Authorization` header.
    #[error(
        "no Authorization header: the request is not signed by Sinch, or a gateway in between drops the \
         header"
    )]
    MissingAuthorization,

    /// The `Authorization` header does not have the form `Application KEY:SIGNATURE`.
    #[error("Authorization header is not of the form `Application KEY:SIGNATURE`: {problem}")]
    MalformedAuthorization {
        /// What is wrong with it.
        problem: &'static str,
    },

    /// The scheme is another one, such as `Basic` with the secret in clear text.
    #[error(
        "Authorization scheme is not `Application`: Sinch signs its callbacks, \
         so `Basic`, `Bearer` and other credentials are refused"
    )]
    WrongScheme,

    /// No secret is configured for the application key.
    #[error(
        "application key `{key}` is not configured: keys are compared exactly, in letter case and hyphens"
    )]
    UnknownKey {
        /// The key in the header.
        key: AppKey,
    },

    /// There is no `x-timestamp` header.
    #[error("no x-timestamp header, which is part of the signed text")]
    MissingTimestamp,

    /// The `x-timestamp` header is not one ISO 8601 time with an offset.
    #[error("x-timestamp header is not usable: {problem}")]
    MalformedTimestamp {
        /// What is wrong with it.
        problem: &'static str,
    },

    /// There is no `content-type` header.
    #[error("no content-type header, which is part of the signed text")]
    MissingContentType,

    /// The `content-type` header is not one line of text.
    #[error("content-type header is not usable: {problem}")]
    MalformedContentType {
        /// What is wrong with it.
        problem: &'static str,
    },

    /// The signature is not that of this request under any secret of the application.
    #[error(
        "signature does not match: usually another secret, another path than that of the callback URL, \
         or a body that was changed on its way\nhint: let `sinch-gate verify` explain it stage by stage"
    )]
    Mismatch,

    /// Signed longer ago than the tolerance.
    #[error(
        "signed {:.1} s ago, {} s are accepted: a replay, a long delay, or a wrong clock here",
        age.as_secs_f64(), tolerance.as_secs()
    )]
    Stale {
        /// How long ago it was signed.
        age: Duration,
        /// How long ago is accepted.
        tolerance: Duration,
    },

    /// Signed further in the future than the tolerance.
    #[error(
        "signed {:.1} s in the future, {} s are accepted: a wrong clock here",
        ahead.as_secs_f64(),
        tolerance.as_secs()
    )]
    Early {
        /// How far ahead of the receiver's clock it was signed.
        ahead: Duration,
        /// How far ahead is accepted.
        tolerance: Duration,
    },
}

impl SignatureError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::MissingAuthorization => "missing-authorization",
            Self::MalformedAuthorization { .. } => "malformed-authorization",
            Self::WrongScheme => "wrong-scheme",
            Self::UnknownKey { .. } => "unknown-key",
            Self::MissingTimestamp => "missing-timestamp",
            Self::MalformedTimestamp { .. } => "malformed-timestamp",
            Self::MissingContentType => "missing-content-type",
            Self::MalformedContentType { .. } => "malformed-content-type",
            Self::Mismatch => "signature-mismatch",
            Self::Stale { .. } => "stale-timestamp",
            Self::Early { .. } => "early-timestamp",
        }
    }
}

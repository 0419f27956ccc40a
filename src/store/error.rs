//! Why the store did not do what it was asked.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use super::key::ItemKey;
use crate::telemetry::cut;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No answer within the time allowed; whether a write took effect is not known.
    #[error("no answer in time from DynamoDB")]
    Timeout,
    /// The request did not reach DynamoDB, or its answer did not come back.
    #[error("DynamoDB cannot be reached: {0}")]
    Unreachable(String),
    /// DynamoDB answered with an error.
    #[error("DynamoDB refused with {code}: {message}{}", hint(.code))]
    Refused {
        /// The error code of the DynamoDB API, such as `ResourceNotFoundException`.
        code: String,
        /// DynamoDB's own words, the first line of them.
        message: String,
    },
    /// Too many callers changed one quota at the same moment, for as often as the write was tried.
    #[error("the quota was changed by others at every one of {0} tries")]
    Contended(u32),
    /// An item is not what this version writes.
    #[error("item `{pk}` / `{sk}` cannot be read: {problem}; it was written by something else")]
    Unreadable {
        /// Its partition key, without the number or reference in it.
        pk: String,
        /// Its sort key, unless that is a number.
        sk: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A value has no form that DynamoDB could hold.
    #[error("the record cannot be written: {0}")]
    Unwritable(String),
    /// Somebody else changed the item first.
    #[error("{0}")]
    Conflict(String),
}

impl StoreError {
    /// A short, stable name for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Refused { code, .. } if is_throttling(code) => "throttled",
            Self::Refused { .. } => "refused",
            Self::Contended(_) => "contended",
            Self::Unreadable { .. } => "unreadable",
            Self::Unwritable(_) => "unwritable",
            Self::Conflict(_) => "conflict",
        }
    }

    /// Whether another try may help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Timeout | Self::Unreachable(_) => true,
            other => other.name() == "throttled",
        }
    }

    /// An item that is not what this version writes.
    pub(super) fn unreadable(key: &ItemKey, problem: String) -> Self {
        let (pk, sk) = key.masked();
        Self::Unreadable { pk, sk, problem }
    }

    /// Whether DynamoDB has certainly not done what it was asked: it refused before it did anything.
    #[must_use]
    pub(super) fn took_no_effect(&self) -> bool {
        let Self::Refused { code, .. } = self else { return false };
        is_throttling(code) || code == "TransactionConflictException"
    }
}

fn is_throttling(code: &str) -> bool {
    matches!(code, "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded")
}

/// What DynamoDB says of a refusal, as far as a log may have it. The lines that follow may repeat the
/// request, as where a signature is wrong: the credentials of the session, and what was to be written.
fn first_line(message: &str) -> String {
    cut(message.lines().next().unwrap_or_default(), 512).into_owned()
}

fn hint(code: &str) -> &'static str {
    match code {
        "ResourceNotFoundException" => "\nhint: check the name of the table and the region",
        "AccessDeniedException" => "\nhint: give the role this right, as template.yaml does",
        "ValidationException" => "\nhint: see by `sinch-gate doctor` whether the table is of another shape",
        "UnrecognizedClientException" | "InvalidSignatureException" => {
            "\nhint: check the AWS credentials, which are not valid here"
        }
        _ => "",
    }
}

/// The innermost cause: what the system said. The layers above it only say that something below failed.
pub(crate) fn deepest_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

impl<E, R> From<SdkError<E, R>> for StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        match &error {
            SdkError::TimeoutError(_) => Self::Timeout,
            SdkError::ServiceError(service) => Self::Refused {
                code: service.err().code().unwrap_or("an unnamed error").to_owned(),
                message: first_line(service.err().message().unwrap_or("no message")),
            },
            _ => Self::Unreachable(deepest_cause(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_refusal_only_the_first_line_is_kept() {
        let wrong = "The request signature we calculated does not match the signature you provided.";
        let message =
            format!("{wrong}\n\nThe Canonical String should have been\n'x-amz-security-token:IQoJ'");
        assert_eq!(first_line(&message), wrong);
        assert!(first_line(&"x".repeat(100_000)).len() < 600);
        assert_eq!(first_line(""), "");
    }
}

//! Why a call did not do what it was for.

use std::time::Duration;

use super::call::Purpose;
use super::read::AnswerError;
use super::refusal::Refusal;
use super::sendable::Unsendable;

/// How a call can fail. No variant holds a secret, a code or a whole number.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ApiError {
    /// Nothing was sent, since it could not have been sent safely.
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
    /// Nothing was sent, since nobody could be reached.
    #[error("{host} cannot be reached, so nothing was sent: {cause}")]
    NoConnection {
        /// Where.
        host: String,
        /// What is known.
        cause: String,
    },
    /// It was sent, and whether it was carried out is not known.
    #[error("the connection was lost after the request was sent ({cause}): {}", unknown(purpose))]
    Lost {
        /// What the call was for.
        purpose: Purpose,
        /// What is known.
        cause: String,
    },
    /// Sinch refused it, or failed at it.
    #[error("{}", refused(refusal, purpose))]
    Refused {
        /// What the call was for.
        purpose: Purpose,
        /// What came back.
        refusal: Refusal,
    },
    /// It was carried out, but what came back makes no sense.
    #[error("the answer cannot be read, since {error}: {}", unknown(purpose))]
    Unreadable {
        /// What the call was for.
        purpose: Purpose,
        /// What is wrong with it.
        error: AnswerError,
    },
    /// What came back is about something else.
    #[error(
        "the answer is about another verification than was asked for: its `{member}` differs; it is not used"
    )]
    Contradiction {
        /// Where it differs.
        member: &'static str,
    },
}

impl ApiError {
    /// What Sinch said, where it said something.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// How long Sinch asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal().and_then(|refusal| refusal.retry_after)
    }

    /// Whether the same question may have an answer later. Only a question may be asked again without a
    /// thought.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoConnection { .. } | Self::Lost { .. } => true,
            Self::Refused { refusal, .. } => refusal.is_passing() || refusal.is_capacity(),
            Self::Unsendable(_) | Self::Unreadable { .. } | Self::Contradiction { .. } => false,
        }
    }

    /// Whether it is not known if the call was carried out, so that it must not just be repeated.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        match self {
            Self::Lost { purpose, .. } | Self::Unreadable { purpose, .. } => *purpose != Purpose::Status,
            Self::Refused { purpose, refusal } => refusal.http_status >= 500 && *purpose != Purpose::Status,
            Self::Unsendable(_) | Self::NoConnection { .. } | Self::Contradiction { .. } => false,
        }
    }
}

/// What a failure leaves open, and how to find out.
fn unknown(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Start(Some(reference)) => format!(
            "the verification may have started\nhint: do not start it again before you have asked by \
             `sinch-gate verification status --reference {reference}`, and if that does not know it, asked \
             again a minute later"
        ),
        Purpose::Start(None) => "the verification may have started, and it has no reference to ask by\n\
             hint: wait some minutes before a new start, or ask for the status by number and method"
            .to_owned(),
        Purpose::Report => "the code may have been counted\nhint: do not report it again before \
             `sinch-gate verification status` says that it is still PENDING"
            .to_owned(),
        Purpose::Status => "nothing was changed\nhint: ask again".to_owned(),
    }
}

/// A refusal, and what it leaves open: after a failure inside Sinch a start may be under way all the same.
fn refused(refusal: &Refusal, purpose: &Purpose) -> String {
    if refusal.http_status >= 500 && *purpose != Purpose::Status {
        let open = format!("{}; {}", refusal.what(), unknown(purpose));
        // Trying again later is not for what may be under way.
        return if refusal.is_passing() { open } else { format!("{open}\nhint: {}", refusal.meaning().1) };
    }
    match (refusal.code, purpose) {
        (Some(40900), Purpose::Start(Some(reference))) => format!(
            "{}\nhint: ask for it by `sinch-gate verification status --reference {reference}`, and take a \
             new reference for a new start",
            refusal.what()
        ),
        _ => refusal.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Reference;

    fn start() -> Purpose {
        Purpose::Start(Reference::new("ref-1"))
    }

    #[test]
    fn a_lost_start_says_how_to_find_out() {
        let lost = ApiError::Lost { purpose: start(), cause: "reset".to_owned() };
        assert!(lost.is_in_doubt());
        let shown = lost.to_string();
        assert!(shown.contains("may have started"), "{shown}");
        assert!(shown.contains("`sinch-gate verification status --reference ref-1`"), "{shown}");
    }

    #[test]
    fn a_failure_inside_sinch_leaves_a_start_in_doubt_but_not_a_question() {
        let refusal = Refusal::read(500, br#"{"errorCode":50000}"#, None);
        let of = |purpose| ApiError::Refused { purpose, refusal: refusal.clone() };
        assert!(of(start()).is_in_doubt() && of(Purpose::Report).is_in_doubt());
        assert!(!of(Purpose::Status).is_in_doubt());
        assert!(of(start()).to_string().contains("--reference ref-1"));
    }

    #[test]
    fn only_what_may_pass_is_worth_another_question() {
        let refused = |http_status, code: u32| {
            let refusal = Refusal::read(http_status, format!("{{\"errorCode\":{code}}}").as_bytes(), None);
            ApiError::Refused { purpose: Purpose::Status, refusal }.may_pass()
        };
        for (http_status, code, expected) in [
            (500, 50000, true),
            (503, 50300, true),
            (503, 50301, false),
            (429, 42900, true),
            (429, 42901, false),
            (401, 40102, false),
            (403, 40303, false),
            (404, 40400, false),
        ] {
            assert_eq!(refused(http_status, code), expected, "{code}");
        }
    }
}

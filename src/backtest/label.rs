//! What became of a verification, which says whether denying it would have been right.

use serde::Serialize;

use crate::event::{Status, VerificationResult};

/// What became of a verification in the traffic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Nothing was heard of it.
    #[default]
    Unheard,
    /// Denied by the policy of that time, so that nobody knows what would have become of it.
    DeniedThen,
    /// It ended in some other way than verified.
    Unverified,
    /// Sinch could not carry it out, or denied it itself, and did not charge it.
    Uncharged,
    /// It ended verified: a person, almost surely.
    Verified,
}

impl Label {
    /// What a result says; `None` where it says that nothing is decided yet.
    #[must_use]
    pub fn of(result: &VerificationResult) -> Option<Self> {
        let is_denied = result.reason.as_deref().is_some_and(|reason| reason.contains("Denied by callback"));
        match &result.status {
            Status::Successful => Some(Self::Verified),
            _ if is_denied => Some(Self::DeniedThen),
            // Sinch denies too, for fraud, credit or the destination, and sends nothing then. Where no reason
            // is given, the callback is the likelier one.
            Status::Denied if result.reason.is_none() => Some(Self::DeniedThen),
            status if !status.is_charged() => Some(Self::Uncharged),
            status => status.is_final().then_some(Self::Unverified),
        }
    }

    /// The label once one more result was heard: verified is final, otherwise the latest counts.
    #[must_use]
    pub fn after(self, heard: Self) -> Self {
        if self == Self::Verified { self } else { heard }
    }

    /// Whether Sinch charged it.
    #[must_use]
    pub fn is_charged(self) -> bool {
        matches!(self, Self::Unheard | Self::Unverified | Self::Verified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Method, VerificationId};

    #[track_caller]
    fn check(status: &str, reason: Option<&str>, label: Label) {
        let result = VerificationResult {
            id: VerificationId::new("1").unwrap(),
            method: Method::Sms,
            number: None,
            reference: None,
            custom: None,
            status: Status::parse(status),
            reason: reason.map(ToOwned::to_owned),
            source: None,
            unreadable: Vec::new(),
        };
        assert_eq!(Label::of(&result), Some(label), "{status} for {reason:?}");
    }

    #[test]
    fn what_sinch_denies_itself_was_not_denied_by_the_policy_of_that_time() {
        check("DENIED", Some("Denied by callback"), Label::DeniedThen);
        check("FAIL", Some("Denied by callback"), Label::DeniedThen);
        check("DENIED", None, Label::DeniedThen);
        for reason in ["Fraud", "Not enough credit", "Blocked", "Invalid callback", "Destination denied"] {
            check("DENIED", Some(reason), Label::Uncharged);
        }
    }
}

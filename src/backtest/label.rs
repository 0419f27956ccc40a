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
    /// Sinch could not carry it out, and did not charge it.
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
            Status::Error => Some(Self::Uncharged),
            Status::Denied => Some(Self::DeniedThen),
            _ if is_denied => Some(Self::DeniedThen),
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

//! How a verification ended, as far as figures go.

use crate::event::Status;
use crate::record::{Happening, Story};

/// Results for these reasons say nothing about the person: the account was empty, or Sinch or the gate
/// failed.
const NOT_THEIR_FAULT: [&str; 3] = ["Not enough credit", "Internal error", "Invalid callback"];

/// How an allowed verification ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// The person was verified.
    Verified,
    /// The person did not give the right code, or none.
    Failed,
    /// Sinch could not carry it out, or denied it itself, and does not charge for it.
    NotCharged,
    /// It is open, a newer attempt took its place, or its end says nothing about the person.
    Uncounted,
}

impl Ending {
    /// How it ended so far. A verification that a newer attempt replaced is one intent with it, so only the
    /// last of a chain is verified or failed.
    #[must_use]
    pub fn of(story: &Story) -> Self {
        let is_not_theirs = story.heard.iter().any(|heard| {
            let Happening::Result { reason: Some(reason), .. } = &heard.happening else { return false };
            Self::is_not_their_fault(reason)
        });
        match story.status() {
            Some(Status::Successful) => Self::Verified,
            Some(status) if !status.is_charged() => Self::NotCharged,
            Some(Status::Fail) if !is_not_theirs => Self::Failed,
            _ => Self::Uncounted,
        }
    }

    /// Whether a reason says that a failure was not the person's.
    #[must_use]
    pub fn is_not_their_fault(reason: &str) -> bool {
        NOT_THEIR_FAULT.contains(&reason)
    }
}

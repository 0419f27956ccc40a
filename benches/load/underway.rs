//! A verification on its way, and the writes it waits for.

use jiff::Timestamp;
use sinch_gate::quota::{Share, Write};

use crate::traffic::Arrival;

/// A write to one quota item.
pub(crate) struct Request {
    /// The verification it is for.
    pub(crate) id: u64,
    /// Which of its quotas.
    pub(crate) ask: usize,
    pub(crate) work: Work,
    /// How often the SDK has sent it.
    pub(crate) sends: u32,
    /// How often the store has tried.
    pub(crate) tries: u32,
}

pub(crate) enum Work {
    Take(Write),
    GiveBack(Vec<Share>),
}

/// A verification on its way.
pub(crate) struct Underway {
    pub(crate) arrival: Arrival,
    pub(crate) now: Timestamp,
    pub(crate) container: usize,
    /// What is known of each quota.
    pub(crate) found: Vec<Found>,
    /// How many replies it waits for.
    pub(crate) waiting: usize,
    pub(crate) in_one_trip: bool,
    pub(crate) in_one_trip_but_for_block: bool,
    /// Whether the index has not kept its record from being written.
    pub(crate) is_recorded: bool,
    /// Whether the record of a denial has been set right, is being set right, or was right from the
    /// beginning.
    pub(crate) is_settled: bool,
}

pub(crate) enum Found {
    Nothing,
    Held(Vec<Share>),
    Refused,
    Failed,
}

impl Underway {
    pub(crate) fn is_refused(&self) -> bool {
        self.found.iter().any(|found| matches!(found, Found::Refused))
    }

    /// Whether some quota gave no answer.
    pub(crate) fn has_failed(&self) -> bool {
        self.found.iter().any(|found| matches!(found, Found::Failed))
    }
}

//! `verified_within`: what a rule asks of a number's past.

use std::time::Duration;

use jiff::Timestamp;

/// What a number's past must be for a rule to look at a verification.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RequiredPast {
    /// The number verified here within that time (`when.verified_within`).
    pub within: Option<Duration>,
    /// The number did not verify here within that time (`unless.verified_within`).
    pub not_within: Option<Duration>,
}

impl RequiredPast {
    /// Whether any past will do.
    #[must_use]
    pub fn is_any(self) -> bool {
        self == Self::default()
    }

    /// Whether a number that verified last at `verified_at`, or never, meets it.
    #[must_use]
    pub fn is_met(self, verified_at: Option<Timestamp>, now: Timestamp) -> bool {
        let is_within = |span: Duration| {
            let age = verified_at.map(|at| now.duration_since(at).max(jiff::SignedDuration::ZERO));
            age.is_some_and(|age| age.unsigned_abs() <= span)
        };
        self.within.is_none_or(is_within) && !self.not_within.is_some_and(is_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_is_judged_by_when_the_number_verified_last() {
        let now = Timestamp::from_second(10_000).unwrap();
        let at = |second| Some(Timestamp::from_second(second).unwrap());
        let hour = Some(Duration::from_secs(3_600));
        let known = RequiredPast { within: hour, not_within: None };
        let unknown = RequiredPast { within: None, not_within: hour };
        for (verified_at, is_known) in
            [(None, false), (at(6_399), false), (at(6_400), true), (at(10_000), true), (at(10_001), true)]
        {
            assert_eq!(known.is_met(verified_at, now), is_known, "{verified_at:?}");
            assert_eq!(unknown.is_met(verified_at, now), !is_known, "{verified_at:?}");
            assert!(RequiredPast::default().is_met(verified_at, now));
        }
    }
}

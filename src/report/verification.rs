//! A verification in as few bytes as its figures take, since a report holds a million of them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::names::{Name, Price};
use crate::event::Status;
use crate::figures::{Counted, Ending};
use crate::money::Money;
use crate::phone::PhoneNumber;
use crate::privacy;
use crate::quota::Stamp;
use crate::verdict::Verdict;

/// A number as a report holds it: its digits where it is E.164, or else a hash of its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Number(u64);

/// A number without its last three digits, as far as it has one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Block(u64);

/// One verification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verification {
    /// When it was asked for; absent where the request was not seen.
    pub(super) at: Option<Moment>,
    /// When the result came that counts.
    result_at: Option<Moment>,
    /// When it was first heard of at all.
    pub(super) heard_at: Moment,
    pub(super) number: Number,
    pub(super) block: Block,
    pub(super) country: Name,
    pub(super) method: Name,
    /// The rule that decided, or what stands in place of one.
    pub(super) rule: Name,
    /// What rules in monitor mode would have done, as one of the sets that were seen.
    pub(super) monitors: Name,
    pub(super) price: Price,
    pub(super) verdict: Verdict,
    status: Standing,
    is_not_their_fault: bool,
    pub(super) has_arrived: bool,
    pub(super) has_failed_delivery: bool,
    /// Whether the number hides most of its digits.
    pub(super) is_masked: bool,
}

/// A moment, in milliseconds since the epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Moment(pub(super) i64);

/// How a verification stands, as its results say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// Nothing is decided, or the end says nothing about the person.
    Open,
    Successful,
    Fail,
    /// Sinch could not carry it out, or denied it itself.
    NotCharged,
    /// The answer to the request was to deny it.
    DeniedByCallback,
}

impl Number {
    /// That of which no event says it.
    pub(super) const UNKNOWN: Self = Self(0);

    /// Set where the text is not digits.
    const HIDDEN: u64 = 1 << 63;

    /// A number as an event names it, in clear or as a hash.
    pub(super) fn of(number: &PhoneNumber) -> Self {
        let digits = number.digits().and_then(|digits| digits.parse().ok());
        digits.map_or_else(|| Self::hidden(number.as_str()), Self)
    }

    /// A number of which only a hash or a masked form is known.
    pub(super) fn hidden(text: &str) -> Self {
        Self(mixed(Stamp::new("", text).to_bytes()) | Self::HIDDEN)
    }

    pub(super) fn is_unknown(self) -> bool {
        self == Self::UNKNOWN
    }

    /// The number in clear, where it is held so.
    pub(super) fn plain(self) -> Option<PhoneNumber> {
        (self.0 & Self::HIDDEN == 0 && !self.is_unknown()).then(|| PhoneNumber::new(&format!("+{}", self.0)))
    }

    /// The digits, where the number is held in clear.
    pub(super) fn digits(self) -> Option<u64> {
        (self.0 & Self::HIDDEN == 0 && !self.is_unknown()).then_some(self.0)
    }

    /// Whether it is of the part of all numbers that one in `one_in` is of, a power of two.
    pub(super) fn is_of_sample(self, one_in: u64) -> bool {
        mixed(self.0.to_be_bytes()) & one_in.saturating_sub(1) == 0
    }
}

impl Block {
    /// That of numbers without one.
    pub(super) const NONE: Self = Self(0);

    /// The block of its digits, such as `+46701740`.
    pub(super) fn of(prefix: Option<&str>) -> Self {
        let digits = prefix.and_then(|prefix| prefix.strip_prefix('+'));
        Self(digits.and_then(|digits| digits.parse().ok()).unwrap_or(0))
    }

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// As people may see a number of it: `+46701740***`. Its last digits would give the number away beside
    /// its block.
    pub(super) fn masked(self) -> String {
        privacy::Block::with_digits(self.0).to_string()
    }

    /// The block with ten times as many numbers around it.
    pub(super) fn wider(self) -> Self {
        Self(self.0 / 10)
    }
}

/// As a prefix that a list takes, such as `+46701740*`.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}*", self.0)
    }
}

/// Bits that depend on all of those that are given (the last steps of `SplitMix64`).
fn mixed(bytes: [u8; 8]) -> u64 {
    let mut bits = u64::from_be_bytes(bytes);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl Moment {
    pub(super) fn of(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }

    pub(super) fn time(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::MIN)
    }

    /// Its day of UTC, counted from the epoch.
    pub(super) fn day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }

    /// The first of a day.
    pub(super) fn of_day(day: i64) -> Self {
        Self(day.saturating_mul(86_400_000))
    }

    /// Its hour, counted from the epoch.
    pub(super) fn hour(self) -> i64 {
        self.0.div_euclid(3_600_000)
    }

    pub(super) fn since(self, earlier: Self) -> SignedDuration {
        SignedDuration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Verification {
    /// One of which nothing is known but that something was heard of it.
    pub(super) fn new(heard_at: Moment) -> Self {
        Self {
            at: None,
            result_at: None,
            heard_at,
            number: Number::UNKNOWN,
            block: Block::NONE,
            country: Name::NONE,
            method: Name::NONE,
            rule: Name::NONE,
            monitors: Name::NONE,
            price: Price::NONE,
            verdict: Verdict::Allow,
            status: Standing::Open,
            is_not_their_fault: false,
            has_arrived: false,
            has_failed_delivery: false,
            is_masked: false,
        }
    }

    /// Takes a result. SUCCESSFUL is final, and the first of it counts; else the latest result does.
    pub(super) fn hear(&mut self, at: Moment, status: &Status, reason: Option<&str>) {
        self.heard_at = self.heard_at.min(at);
        self.is_not_their_fault |= reason.is_some_and(Ending::is_not_their_fault);
        let standing = match status {
            Status::Successful => Standing::Successful,
            Status::Fail => Standing::Fail,
            _ if reason.is_some_and(|reason| reason.contains("Denied by callback")) => {
                Standing::DeniedByCallback
            }
            status if !status.is_charged() => Standing::NotCharged,
            _ => Standing::Open,
        };
        let counts = match (self.status, standing) {
            (Standing::Successful, Standing::Successful) => self.result_at.is_none_or(|known| at < known),
            (Standing::Successful, _) => false,
            (_, Standing::Successful) => true,
            _ => self.result_at.is_none_or(|known| at >= known),
        };
        if counts {
            (self.status, self.result_at) = (standing, Some(at));
        }
    }

    /// How it ended, which is nothing where it was denied.
    pub(super) fn ending(&self) -> Ending {
        match (self.verdict(), self.status) {
            (Verdict::Deny, _) | (_, Standing::Open | Standing::DeniedByCallback) => Ending::Uncounted,
            (_, Standing::Successful) => Ending::Verified,
            (_, Standing::Fail) if self.is_not_their_fault => Ending::Uncounted,
            (_, Standing::Fail) => Ending::Failed,
            (_, Standing::NotCharged) => Ending::NotCharged,
        }
    }

    /// What was decided, by what the traffic says of the request, or else by what Sinch made of it.
    pub(super) fn verdict(&self) -> Verdict {
        if self.status == Standing::DeniedByCallback { Verdict::Deny } else { self.verdict }
    }

    pub(super) fn is_verified(&self) -> bool {
        self.ending() == Ending::Verified
    }

    pub(super) fn is_denied(&self) -> bool {
        self.verdict() == Verdict::Deny
    }

    /// Whether its number is that of somebody in particular, rather than unknown or with its digits hidden.
    pub(super) fn is_somebody(&self) -> bool {
        !self.is_masked && !self.number.is_unknown()
    }

    /// Whether results may still come.
    pub(super) fn is_open(&self) -> bool {
        !self.is_denied() && self.result_at.is_none()
    }

    /// How long it took from the request to the verification.
    pub(super) fn time_to_verify(&self) -> Option<SignedDuration> {
        let took = self.result_at?.since(self.at?);
        (self.is_verified() && !took.is_negative()).then_some(took)
    }

    /// What it adds to figures.
    pub(super) fn counted(&self, price: Option<Money>) -> Counted {
        Counted {
            verdict: self.verdict(),
            ending: self.ending(),
            has_arrived: self.has_arrived,
            has_failed_delivery: self.has_failed_delivery,
            price,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(results: &[(i64, &str, Option<&str>)]) -> Verification {
        let mut verification = Verification::new(Moment(0));
        verification.at = Some(Moment(0));
        for (at, status, reason) in results {
            verification.hear(Moment(*at), &Status::parse(status), *reason);
        }
        verification
    }

    #[test]
    fn the_order_of_results_does_not_matter() {
        let results =
            [(5_000, "FAIL", Some("Invalid code")), (9_000, "SUCCESSFUL", None), (9_500, "FAIL", None)];
        let mut backwards = results;
        backwards.reverse();
        for results in [results, backwards] {
            let one = heard(&results);
            assert!(one.is_verified());
            assert_eq!(one.time_to_verify(), Some(SignedDuration::from_secs(9)));
        }
        assert_eq!(heard(&[(9, "ERROR", None), (5, "FAIL", None)]).ending(), Ending::NotCharged);
    }

    #[test]
    fn what_says_nothing_about_the_person_is_not_counted() {
        assert_eq!(heard(&[]).ending(), Ending::Uncounted);
        assert_eq!(heard(&[(1, "FAIL", Some("Internal error"))]).ending(), Ending::Uncounted);
        assert_eq!(heard(&[(1, "ABORTED", None)]).ending(), Ending::Uncounted);
        assert_eq!(heard(&[(1, "FAIL", Some("Expired"))]).ending(), Ending::Failed);
    }

    #[test]
    fn traffic_that_does_not_say_what_was_decided_is_read_by_what_sinch_made_of_it() {
        assert!(heard(&[(1, "DENIED", Some("Denied by callback"))]).is_denied());
        let denied_by_sinch = heard(&[(1, "DENIED", Some("Not enough credit"))]);
        assert!(!denied_by_sinch.is_denied());
        assert_eq!(denied_by_sinch.ending(), Ending::NotCharged);
    }

    #[test]
    fn a_million_of_them_are_small() {
        assert!(size_of::<Verification>() <= 112, "{}", size_of::<Verification>());
    }
}

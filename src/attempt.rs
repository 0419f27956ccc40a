//! The attempts of one number: which are open, what they hold, and what an ending frees.
//!
//! A verification that takes shares of quotas with `release` leaves an attempt behind, with a claim for each
//! share. Where it ends verified, it frees its own shares and those of the number's earlier open attempts,
//! since a person who asked twice and then verified was one person. Where Sinch does not charge it, it frees
//! its own. Everything else frees nothing.
//!
//! Each attempt is released once: whoever frees it writes its token there first. The order in which the
//! request and its ending are written does not matter, since whoever comes second sees the other.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::event::Status;
use crate::quota::{Gain, Return, Share, Stamp, Taken, Window};
use crate::record::Happening;
use crate::token::Token;

/// All that is remembered of one number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// When a verification of the number last ended verified.
    pub verified_at: Option<Timestamp>,
    /// By verification.
    pub attempts: BTreeMap<Stamp, Attempt>,
    /// Verifications that ended, and when that was first heard of.
    pub endings: BTreeMap<Stamp, (Ending, Timestamp)>,
}

/// One verification that holds shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it was asked for.
    pub at: Timestamp,
    /// What it may give back.
    pub claims: Vec<Claim>,
    /// The handling that wrote it.
    pub token: Token,
    /// The handling that released it.
    pub released_by: Option<Token>,
}

/// A share that may be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The name of the quota's item.
    pub key: String,
    /// The name of the rule's counter, which says what was counted.
    pub rule: String,
    /// Its window.
    pub window: Window,
    /// What was taken, or would have been.
    pub cost: Decimal,
    /// Whether it was taken: a full quota in monitor mode lets a verification through without.
    pub is_held: bool,
    /// Whether the rule's limit grows with what is verified.
    pub grows: bool,
}

/// Endings that free something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// SUCCESSFUL.
    Verified,
    /// ERROR, which Sinch does not charge.
    Uncharged,
}

impl Ending {
    /// What a happening ends; most end nothing.
    #[must_use]
    pub fn of(happening: &Happening) -> Option<Self> {
        match happening {
            Happening::Result { status, .. } => Self::of_status(status),
            Happening::Delivery { .. } => None,
        }
    }

    /// What a result with this status ends.
    #[must_use]
    pub fn of_status(status: &Status) -> Option<Self> {
        match status {
            Status::Successful => Some(Self::Verified),
            Status::Error => Some(Self::Uncharged),
            _ => None,
        }
    }
}

impl Attempts {
    /// How many attempts and endings are kept. A number with more has long met every quota per number.
    pub const MOST: usize = 16;

    /// Whether an attempt claims something that nobody has released.
    #[must_use]
    pub fn has_open_claims(&self) -> bool {
        self.attempts.values().any(|attempt| attempt.released_by.is_none() && !attempt.claims.is_empty())
    }

    /// The attempts that the ending of one of them frees, and that nobody else but `token` has released.
    /// Nothing before both the attempt and its ending are known. Of too many, which were not forgotten yet,
    /// the latest.
    ///
    /// Other attempts than its own it frees only where they were asked for before `decided_before`: one that
    /// is younger may still be refused, and so claim a share that it never takes.
    #[must_use]
    pub fn freed_by(&self, stamp: Stamp, token: &Token, decided_before: Timestamp) -> Vec<Stamp> {
        let (Some(ended), Some((ending, _))) = (self.attempts.get(&stamp), self.endings.get(&stamp)) else {
            return Vec::new();
        };
        let is_freed = |other: Stamp, attempt: &Attempt| {
            let is_decided = attempt.at <= ended.at && attempt.at <= decided_before;
            other == stamp || *ending == Ending::Verified && is_decided
        };
        let is_free = |attempt: &Attempt| attempt.released_by.as_ref().is_none_or(|by| by == token);
        let mut freed: Vec<(Stamp, &Attempt)> = self
            .attempts
            .iter()
            .map(|(other, attempt)| (*other, attempt))
            .filter(|(other, attempt)| is_freed(*other, attempt) && is_free(attempt))
            .collect();
        // One write releases them all, so they must not be too many for it.
        freed.sort_by_key(|(other, attempt)| std::cmp::Reverse((*other == stamp, attempt.at)));
        freed.truncate(Self::MOST);
        let mut freed: Vec<Stamp> = freed.into_iter().map(|(other, _)| other).collect();
        freed.sort_unstable();
        freed
    }

    /// What leaves each quota's item where the ending of `stamp` frees these attempts.
    ///
    /// What was verified is the one verification that was, whatever else it frees.
    #[must_use]
    pub fn returns(&self, stamp: Stamp, freed: &[Stamp]) -> BTreeMap<String, Return> {
        let is_verified = self.endings.get(&stamp).is_some_and(|(ending, _)| *ending == Ending::Verified);
        let mut returns: BTreeMap<String, Return> = BTreeMap::new();
        for (of, attempt) in self.attempts.iter().filter(|(of, _)| freed.contains(of)) {
            for claim in &attempt.claims {
                let back = returns.entry(claim.key.clone()).or_default();
                if claim.is_held {
                    back.shares.push(claim.share(attempt.at));
                }
                if claim.grows && is_verified && *of == stamp {
                    back.verified.push(claim.gain());
                }
            }
        }
        returns
    }

    /// How many are forgotten at once. Where hundreds were added at the same time, one expression could not
    /// name them all, and none would ever be forgotten.
    pub const MOST_FORGOTTEN: usize = 64;

    /// What to forget: of too many, those that were released, then the oldest. Half of the room is made at
    /// once, so that it is not made each time.
    #[must_use]
    pub fn surplus(&self) -> Vec<Stamp> {
        let mut known: BTreeMap<Stamp, (bool, Timestamp)> =
            self.endings.iter().map(|(stamp, (_, at))| (*stamp, (false, *at))).collect();
        known.extend(
            self.attempts
                .iter()
                .map(|(stamp, attempt)| (*stamp, (attempt.released_by.is_none(), attempt.at))),
        );
        if known.len() <= Self::MOST {
            return Vec::new();
        }
        let mut by_worth: Vec<(Stamp, (bool, Timestamp))> = known.into_iter().collect();
        by_worth.sort_by_key(|(_, worth)| *worth);
        let n_surplus = (by_worth.len() - Self::MOST / 2).min(Self::MOST_FORGOTTEN);
        by_worth.into_iter().take(n_surplus).map(|(stamp, _)| stamp).collect()
    }
}

impl Claim {
    /// The share, in the earliest bucket that it can have been counted in.
    fn share(&self, at: Timestamp) -> Share {
        Share {
            rule: self.rule.clone(),
            bucket: self.window.bucket_at(at),
            window: self.window,
            taken: Taken::Amount(self.cost),
        }
    }

    fn gain(&self) -> Gain {
        Gain { rule: self.rule.clone(), window: self.window, amount: self.cost }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn stamp(id: u8) -> Stamp {
        Stamp::from_bytes([0, 0, 0, 0, 0, 0, 0, id])
    }

    fn attempt(second: i64) -> Attempt {
        let claim = Claim {
            key: "QUOTA#app#country#SE".to_owned(),
            rule: "country".to_owned(),
            window: Window::new(Duration::from_secs(60)).unwrap(),
            cost: Decimal::ONE,
            is_held: true,
            grows: true,
        };
        Attempt { at: at(second), claims: vec![claim], token: "t".into(), released_by: None }
    }

    /// Attempts 1, 2 and 3, a second apart.
    fn three() -> Attempts {
        let attempts = (1..=3).map(|id| (stamp(id), attempt(i64::from(id))));
        Attempts { attempts: attempts.collect(), ..Attempts::default() }
    }

    #[test]
    fn what_verified_and_what_is_not_charged_ends_something() {
        let result = |status| Happening::Result { status: Status::parse(status), reason: None, source: None };
        let ended = |status| Ending::of(&result(status));
        assert_eq!(ended("SUCCESSFUL"), Some(Ending::Verified));
        assert_eq!(ended("ERROR"), Some(Ending::Uncharged));
        for status in ["PENDING", "FAIL", "DENIED", "ABORTED", "EXPIRED", "SOMETHING_NEW"] {
            assert_eq!(ended(status), None, "{status}");
        }
    }

    #[test]
    fn claims_are_open_until_somebody_has_released_them() {
        let mut number = Attempts::default();
        assert!(!number.has_open_claims());
        number.attempts.insert(stamp(1), Attempt { claims: Vec::new(), ..attempt(1) });
        assert!(!number.has_open_claims(), "it claims nothing");
        number.attempts.insert(stamp(2), Attempt { released_by: Some("me".into()), ..attempt(2) });
        assert!(!number.has_open_claims(), "nor does what was released");
        number.attempts.insert(stamp(3), attempt(3));
        assert!(number.has_open_claims());
    }

    #[test]
    fn what_was_verified_counts_with_its_own_cost() {
        let mut number = three();
        number.attempts.get_mut(&stamp(1)).unwrap().claims[0].cost = Decimal::TEN;
        number.endings.insert(stamp(2), (Ending::Verified, at(9)));
        let returns = number.returns(stamp(2), &[stamp(1), stamp(2)]);
        let amounts: Vec<Decimal> =
            returns.values().flat_map(|back| back.verified.iter().map(|gain| gain.amount)).collect();
        assert_eq!(amounts, [Decimal::ONE]);
    }

    #[test]
    fn a_verified_one_frees_itself_and_those_before_it() {
        let mut number = three();
        assert_eq!(number.freed_by(stamp(2), &"me".into(), at(99)), [], "nothing before the ending is known");
        number.endings.insert(stamp(2), (Ending::Verified, at(9)));
        assert_eq!(number.freed_by(stamp(2), &"me".into(), at(99)), [stamp(1), stamp(2)]);
        assert_eq!(number.freed_by(stamp(2), &"me".into(), at(1)), [stamp(1), stamp(2)]);
        assert_eq!(
            number.freed_by(stamp(2), &"me".into(), at(0)),
            [stamp(2)],
            "the first one may still be refused"
        );
        let returns = number.returns(stamp(2), &[stamp(1), stamp(2)]);
        let back = &returns["QUOTA#app#country#SE"];
        assert_eq!((back.shares.len(), back.verified.len()), (2, 1), "one person was verified");
    }

    #[test]
    fn an_uncharged_one_frees_itself_alone_and_was_not_verified() {
        let mut number = three();
        number.endings.insert(stamp(2), (Ending::Uncharged, at(9)));
        assert_eq!(number.freed_by(stamp(2), &"me".into(), at(99)), [stamp(2)]);
        let returns = number.returns(stamp(2), &[stamp(2)]);
        assert!(returns.values().all(|back| back.shares.len() == 1 && back.verified.is_empty()));
    }

    #[test]
    fn of_too_many_the_latest_are_freed_and_the_one_that_ended() {
        let attempts = (0..40).map(|id| (stamp(id), attempt(i64::from(id))));
        let mut number = Attempts { attempts: attempts.collect(), ..Attempts::default() };
        number.endings.insert(stamp(30), (Ending::Verified, at(99)));
        number.attempts.get_mut(&stamp(29)).unwrap().at = at(30);
        let freed = number.freed_by(stamp(30), &"me".into(), at(99));
        assert_eq!(freed, (15..=30).map(stamp).collect::<Vec<_>>(), "a write releases no more than this");
    }

    #[test]
    fn what_another_has_released_is_not_freed_again() {
        let mut number = three();
        number.endings.insert(stamp(2), (Ending::Verified, at(9)));
        number.attempts.get_mut(&stamp(1)).unwrap().released_by = Some("other".into());
        number.attempts.get_mut(&stamp(2)).unwrap().released_by = Some("me".into());
        assert_eq!(
            number.freed_by(stamp(2), &"me".into(), at(99)),
            [stamp(2)],
            "a retry finds its own token"
        );
        assert_eq!(number.freed_by(stamp(2), &"third".into(), at(99)), []);
    }

    #[test]
    fn of_too_many_the_released_and_the_oldest_are_forgotten() {
        let attempts = (0..20).map(|id| (stamp(id), attempt(i64::from(id))));
        let mut number = Attempts { attempts: attempts.collect(), ..Attempts::default() };
        number.attempts.get_mut(&stamp(19)).unwrap().released_by = Some("me".into());
        let surplus = number.surplus();
        assert_eq!((surplus.len(), surplus[0], surplus[1]), (12, stamp(19), stamp(0)));
        number.attempts.retain(|stamp, _| !surplus.contains(stamp));
        assert_eq!(number.surplus(), []);
    }
}

//! What an attack got through, and what stopped it.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::replay::Ruling;
use crate::verdict::Verdict;

/// What may get through of what still comes, once an attack counts as contained.
const LEAK: f64 = 0.05;

/// The share of an attack's requests that must still come for it to be contained rather than over.
const REST: usize = 10;

/// The verifications of an attack, as they were decided.
#[derive(Debug, Default)]
pub(super) struct Tally {
    shots: Vec<Decided>,
    /// How many each rule denied, by its place; none for the default.
    pub(super) denied_by: BTreeMap<Option<usize>, u64>,
}

#[derive(Debug)]
struct Decided {
    at: SignedDuration,
    price: u32,
    is_allowed: bool,
}

impl Tally {
    /// Takes a verification of an attack.
    pub(super) fn attack(&mut self, at: SignedDuration, price: u32, ruling: &Ruling) {
        let is_allowed = ruling.verdict == Verdict::Allow;
        self.shots.push(Decided { at, price, is_allowed });
        if !is_allowed {
            *self.denied_by.entry(ruling.rule).or_default() += 1;
        }
    }

    /// How many there were.
    pub(super) fn requests(&self) -> usize {
        self.shots.len()
    }

    /// What those cost that were allowed, in ten-thousandths of a euro.
    pub(super) fn spend(&self) -> u64 {
        let allowed = self.shots.iter().filter(|shot| shot.is_allowed);
        allowed.map(|shot| u64::from(shot.price)).sum()
    }

    /// How long it took until hardly anything got through any more; `None` where that never was so.
    pub(super) fn contained_after(&self) -> Option<SignedDuration> {
        let first = self.shots.first()?.at;
        let fewest = self.shots.len().div_ceil(REST);
        let (mut asked, mut allowed, mut contained) = (0.0, 0.0, None);
        for (behind, shot) in self.shots.iter().rev().enumerate() {
            asked += f64::from(shot.price);
            allowed += if shot.is_allowed { f64::from(shot.price) } else { 0.0 };
            if !shot.is_allowed && behind + 1 >= fewest && allowed <= asked * LEAK {
                contained = Some(shot.at - first);
            }
        }
        contained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(allowed: &str) -> Tally {
        let mut tally = Tally::default();
        for (second, verdict) in (0..).zip(allowed.chars()) {
            let is_allowed = verdict == 'a';
            tally.shots.push(Decided { at: SignedDuration::from_secs(second), price: 10, is_allowed });
        }
        tally
    }

    #[track_caller]
    fn check(allowed: &str, seconds: Option<i64>) {
        let contained = tally(allowed).contained_after();
        assert_eq!(contained.map(|after| after.as_secs()), seconds, "{allowed}");
    }

    #[test]
    fn an_attack_is_contained_once_hardly_anything_gets_through() {
        check("aaaddddddddddddddddd", Some(3));
        check("dddddddddd", Some(0));
        check("aadaddddddddddddddddddddddddd", Some(2));
        // Only its last tenth was stopped, or less than that.
        check("aaaaaaaaaaaaaaaaaaad", None);
        check("aaaaaaaaaa", None);
        check("adadadadadadadadadad", None);
        check("", None);
    }

    #[test]
    fn what_was_allowed_is_the_spend() {
        assert_eq!(tally("aaadd").spend(), 30);
    }
}

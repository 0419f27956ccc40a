//! The people who verified, and those of them who would have been turned away.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::share::Share;
use crate::quota::Stamp;

/// The most people of whom it is remembered what they were denied.
const MOST_CASES: usize = 10_000;

/// The numbers that ended verified at least once. A number is one person.
#[derive(Debug, Default)]
pub(super) struct People {
    verified: HashMap<Stamp, Person>,
    cases: HashMap<Stamp, Case>,
}

/// What becomes of a person.
#[derive(Clone, Copy, Debug, Default)]
struct Person {
    /// How many verifications that ended verified the candidate allows.
    allowed: u32,
    /// Whether a policy denied one of them.
    by_candidate: bool,
    by_against: bool,
}

/// A person whom the candidate would have turned away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Case {
    /// The customer's reference of the first verification that would have been denied, or Sinch's id where it
    /// has none.
    pub reference: String,
    /// When that came.
    pub at: Timestamp,
    /// The number, masked.
    pub number: String,
    /// Its country.
    pub country: String,
    /// The method.
    pub method: String,
    /// The rule that denies it; the default where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How many verifications of the person that ended verified are denied.
    pub denied: u64,
    /// How many are allowed.
    pub allowed: u64,
}

impl People {
    /// Adds a verification that ended verified. `denied` is what the candidate denied, where it did.
    pub(super) fn add(&mut self, person: Stamp, denied: Option<Case>, by_against: bool) {
        let of_person = self.verified.entry(person).or_default();
        of_person.by_against |= by_against;
        of_person.by_candidate |= denied.is_some();
        of_person.allowed = of_person.allowed.saturating_add(u32::from(denied.is_none()));
        let is_full = self.cases.len() >= MOST_CASES;
        match (self.cases.get_mut(&person), denied) {
            (Some(case), Some(_)) => case.denied += 1,
            (None, Some(case)) if !is_full => {
                self.cases.insert(person, case);
            }
            (_, _) => {}
        }
    }

    /// Those whom the candidate turns away, of all who verified.
    pub(super) fn turned_away(&self) -> Share {
        self.share(|person| person.by_candidate)
    }

    /// Those whom the other policy turns away.
    pub(super) fn turned_away_by_against(&self) -> Share {
        self.share(|person| person.by_against)
    }

    fn share(&self, is_turned_away: impl Fn(&Person) -> bool) -> Share {
        let count = self.verified.values().filter(|person| is_turned_away(person)).count();
        Share { count: to_u64(count), of: to_u64(self.verified.len()) }
    }

    /// The worst cases: those who never get through first, then those who are denied most often.
    pub(super) fn worst(&self, most: usize) -> Vec<Case> {
        let with_allowed = |(person, case): (&Stamp, &Case)| {
            let allowed = self.verified.get(person).map_or(0, |person| person.allowed);
            Case { allowed: u64::from(allowed), ..case.clone() }
        };
        let mut cases: Vec<Case> = self.cases.iter().map(with_allowed).collect();
        cases.sort_by(|one, other| {
            let worth = |case: &Case| (case.allowed, std::cmp::Reverse(case.denied), case.at);
            worth(one).cmp(&worth(other)).then_with(|| one.reference.cmp(&other.reference))
        });
        cases.truncate(most);
        cases
    }
}

pub(super) fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

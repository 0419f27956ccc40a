//! One rule: what it looks at, and what follows where it fires.

mod from_toml;

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::condition::Conditions;
use super::name::{ListName, RuleId};
use super::quota::Quota;
use crate::answer::Options;
use crate::verdict::Verdict;

pub(super) use from_toml::{moment, read};

/// A rule of a policy.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, unique in the policy.
    pub id: RuleId,
    /// What it decides. Without one the rule only adds answer options, and the rules below it go on.
    pub verdict: Option<Verdict>,
    /// Whether it decides, or only shows what it would decide.
    pub mode: Mode,
    /// What must match for the rule to be looked at.
    pub when: Conditions,
    /// What must not match; no conditions exclude nothing.
    pub unless: Conditions,
    /// The share of verifications that the rule looks at.
    pub sample: Option<Sample>,
    /// The span of time in which the rule is in force.
    pub active: Option<Active>,
    /// What the store is asked before the rule fires.
    pub question: Question,
    /// Options for the answer.
    pub respond: Option<Options>,
}

/// What a rule's verdict does.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Mode {
    /// It decides.
    #[default]
    Enforce,
    /// It is noted beside the decision, and the rules below go on.
    Monitor,
}

/// What the store is asked before a rule fires.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// Nothing: the rule fires by its conditions alone.
    Nothing,
    /// Fires where the number, or a prefix of it, is on this list.
    List(ListName),
    /// Fires where this quota is used up.
    Quota(Quota),
}

/// The share of verifications that a rule looks at, more than 0 and at most 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample(f64);

/// The span of time in which a rule is in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Active {
    /// Its first moment.
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

/// What a rule does where it fires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Ends the walk.
    Decide(Verdict),
    /// Is noted; the walk goes on.
    Observe(Verdict),
    /// Adds answer options; the walk goes on.
    Respond,
}

impl Rule {
    /// What the rule does where it fires.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match (self.verdict, self.mode) {
            (Some(verdict), Mode::Enforce) => Effect::Decide(verdict),
            (Some(verdict), Mode::Monitor) => Effect::Observe(verdict),
            (None, _) => Effect::Respond,
        }
    }

    /// Whether the rule looks at every verification at all times.
    pub(super) fn is_unconditional(&self) -> bool {
        self.when.is_empty() && self.unless.is_empty() && self.sample.is_none() && self.active.is_none()
    }

    /// Whether the rule looks at the very same verifications as another, and asks the same.
    pub(super) fn sees_the_same_as(&self, other: &Self) -> bool {
        let is_sampled = self.sample.is_some() || other.sample.is_some();
        !is_sampled
            && (&self.when, &self.unless, self.active, &self.question)
                == (&other.when, &other.unless, other.active, &other.question)
    }
}

impl Sample {
    /// A share; `None` outside what makes sense.
    #[must_use]
    pub fn new(share: f64) -> Option<Self> {
        (share > 0.0 && share <= 1.0).then_some(Self(share))
    }

    /// Whether a verification is in the share of a rule. Both are hashed, so that a repeat of the callback
    /// falls on the same side, while two rules do not sample the same people.
    pub(super) fn contains(self, rule: &RuleId, verification_id: &str) -> bool {
        let digest = Sha256::new()
            .chain_update(rule.as_str())
            .chain_update("#")
            .chain_update(verification_id)
            .finalize();
        let mut first = [0; 4];
        first.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        self.has(u32::from_be_bytes(first))
    }

    /// Whether a number is in the share of all that there are.
    fn has(self, number: u32) -> bool {
        f64::from(number) < self.0 * (f64::from(u32::MAX) + 1.0)
    }
}

impl Active {
    /// Whether a moment is in the span.
    #[must_use]
    pub fn contains(self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enforce => "enforce",
            Self::Monitor => "monitor",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_its_share_and_always_the_same() {
        let (rule, other): (RuleId, RuleId) = ("pumping-guard".parse().unwrap(), "other".parse().unwrap());
        let sample = Sample::new(0.1).unwrap();
        let ids: Vec<String> = (0..10_000).map(|id| id.to_string()).collect();
        let count = ids.iter().filter(|id| sample.contains(&rule, id)).count();
        assert!((900..1_100).contains(&count), "{count}");
        let both = ids.iter().filter(|id| sample.contains(&rule, id) && sample.contains(&other, id)).count();
        assert!((50..150).contains(&both), "{both}");
        assert!(ids.iter().all(|id| Sample::new(1.0).unwrap().contains(&rule, id)));
    }

    #[test]
    fn a_half_ends_in_the_middle_and_all_includes_the_last() {
        let [half, all] = [0.5, 1.0].map(|share| Sample::new(share).unwrap());
        assert!(half.has(0) && half.has(0x7fff_ffff) && !half.has(0x8000_0000) && !half.has(u32::MAX));
        assert!(all.has(0) && all.has(u32::MAX));
    }

    #[test]
    fn a_mode_is_called_as_in_policies() {
        assert_eq!([Mode::Enforce, Mode::Monitor].map(|mode| mode.to_string()), ["enforce", "monitor"]);
    }

    #[test]
    fn a_share_is_more_than_nothing_and_at_most_all() {
        for share in [0.0, -0.1, 1.000_001, f64::NAN, f64::INFINITY] {
            assert_eq!(Sample::new(share), None);
        }
    }

    #[test]
    fn a_span_includes_its_first_moment_and_not_its_last() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let active = Active { from: Some(at(10)), until: Some(at(20)) };
        let inside: Vec<i64> = (8..22).filter(|second| active.contains(at(*second))).collect();
        assert_eq!(inside, (10..20).collect::<Vec<_>>());
    }
}

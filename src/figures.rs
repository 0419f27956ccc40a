//! Figures about recorded verifications: stories go in, numbers come out.
//!
//! One vocabulary holds for all of them. Of the verifications that were *asked about* (requests) some were
//! *allowed* and the others *denied*. Of those allowed, some were *verified*. *Ended* are those that were
//! verified or failed through what the person did, so that *conversion* is verified of ended. *Unverified*
//! are all that were allowed and not verified, failed, replaced or still open, except those that Sinch did
//! not charge: what an attack consists of, and what a quota with `release = "verified"` counts.

mod days;
mod ending;
mod keys;
mod monitors;
mod ranking;
mod spend;
mod steps;
mod summary;
mod uncounted;

use serde::Serialize;
use serde::ser::SerializeStruct as _;

use crate::event::SmsResult;
use crate::money::Money;
use crate::record::{Decided, Happening, Story};
use crate::verdict::Verdict;

pub use days::Asked;
pub(crate) use days::Days;
pub use ending::Ending;
pub use keys::{FullKey, Key, NearKey, Quotas};
pub use monitors::{MonitorFigures, MonitorKey, Monitored};
pub use ranking::{Group, Ranking};
pub use spend::Spend;
pub use steps::{Step, Steps};
pub(crate) use summary::rule as rule_of;
pub use summary::{Count, Summary, Tally};
pub use uncounted::Uncounted;
pub(crate) use uncounted::counted_nothing;

/// What one verification counts for.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its story.
    pub story: &'a Story,
    /// What was decided about it.
    pub decided: &'a Decided,
    /// How it ended.
    pub ending: Ending,
}

/// What one verification adds to figures, without its story.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Counted {
    /// What was decided about it.
    pub verdict: Verdict,
    /// How it ended.
    pub ending: Ending,
    /// Whether a receipt says that its SMS arrived.
    pub has_arrived: bool,
    /// Whether a receipt says that its SMS did not.
    pub has_failed_delivery: bool,
    /// What it was to cost.
    pub price: Option<Money>,
}

/// The figures of some verifications.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Verifications that were asked about.
    pub requests: u64,
    /// Those of them that were allowed.
    pub allowed: u64,
    /// Those of them that were denied.
    pub denied: u64,
    /// Allowed ones that were completed.
    pub verified: u64,
    /// Allowed ones that ended through what the person did: verified, or failed.
    pub ended: u64,
    /// Allowed ones that were not completed: failed, replaced or still open, and charged.
    pub unverified: u64,
    /// Allowed ones that arrived, as a delivery receipt or their verification says.
    pub delivered: u64,
    /// Allowed ones whose SMS did not arrive, as a delivery receipt says.
    pub failed_deliveries: u64,
    /// What the allowed ones cost.
    pub spend: Spend,
    /// What the unverified ones of them cost.
    pub unverified_spend: Spend,
}

impl<'a> Seen<'a> {
    /// What a story counts for; `None` where its request was not seen.
    #[must_use]
    pub fn of(story: &'a Story) -> Option<Self> {
        let decided = story.decision.as_ref()?;
        let ending = match decided.verdict {
            Verdict::Allow => Ending::of(story),
            Verdict::Deny => Ending::Uncounted,
        };
        Some(Self { story, decided, ending })
    }

    /// What it adds to figures.
    #[must_use]
    pub fn counted(&self) -> Counted {
        let receipts = || {
            self.story.heard.iter().filter_map(|heard| match &heard.happening {
                Happening::Delivery { result } => Some(result),
                Happening::Result { .. } => None,
            })
        };
        Counted {
            verdict: self.decided.verdict,
            ending: self.ending,
            has_arrived: receipts().any(|result| *result == SmsResult::Successful),
            has_failed_delivery: receipts().any(|result| *result == SmsResult::Failed),
            price: self.decided.price.as_deref().and_then(spend::read),
        }
    }

    /// Whether it was allowed, charged, and not completed.
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        self.counted().is_unverified()
    }
}

impl Counted {
    fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allow
    }

    /// Whether it was allowed and completed.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_allowed() && self.ending == Ending::Verified
    }

    /// Whether it was allowed, charged, and not completed.
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        self.is_allowed() && !matches!(self.ending, Ending::Verified | Ending::NotCharged)
    }

    /// What it cost, where it was allowed and charged.
    #[must_use]
    pub fn cost(&self) -> Option<Money> {
        self.price.filter(|_| self.is_charged())
    }

    fn is_charged(&self) -> bool {
        self.is_allowed() && self.ending != Ending::NotCharged
    }

    /// Whether it cost something that nobody knows.
    #[must_use]
    pub fn is_without_price(&self) -> bool {
        self.is_charged() && self.price.is_none()
    }
}

impl Figures {
    /// Adds a verification with its story.
    pub fn add(&mut self, seen: &Seen<'_>) {
        self.count(&seen.counted());
    }

    /// Adds a verification.
    pub fn count(&mut self, one: &Counted) {
        let is_allowed = one.is_allowed();
        self.requests += 1;
        self.allowed += u64::from(is_allowed);
        self.denied += u64::from(!is_allowed);
        self.verified += u64::from(one.is_verified());
        self.ended += u64::from(is_allowed && matches!(one.ending, Ending::Verified | Ending::Failed));
        self.unverified += u64::from(one.is_unverified());
        self.delivered += u64::from(is_allowed && (one.has_arrived || one.is_verified()));
        self.failed_deliveries += u64::from(is_allowed && one.has_failed_delivery);
        if let Some(cost) = one.cost() {
            self.spend.add(cost);
            if one.is_unverified() {
                self.unverified_spend.add(cost);
            }
        }
    }

    /// Verified of ended, to a thousandth; `None` where nothing ended.
    #[must_use]
    pub fn conversion(&self) -> Option<f64> {
        // Both are counts of people, far from where a float loses one.
        #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        (self.ended > 0).then(|| (share(self.verified, self.ended) * 1_000.0).round() / 1_000.0)
    }

    /// What a verified person cost, with the attempts of those who were not; nothing where nobody was.
    #[must_use]
    pub fn spend_per_verified(&self) -> Spend {
        self.spend.divided(self.verified)
    }

    /// The figures of `by` times as many verifications of the kind.
    pub(crate) fn scale(&mut self, by: u64) {
        for count in [
            &mut self.requests,
            &mut self.allowed,
            &mut self.denied,
            &mut self.verified,
            &mut self.ended,
            &mut self.unverified,
            &mut self.delivered,
            &mut self.failed_deliveries,
        ] {
            *count = count.saturating_mul(by);
        }
        self.spend.scale(by);
        self.unverified_spend.scale(by);
    }
}

/// With what follows from the counts: conversion, and the spend per verified.
impl Serialize for Figures {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let conversion = self.conversion();
        let mut fields = serializer.serialize_struct("Figures", 11 + usize::from(conversion.is_some()))?;
        fields.serialize_field("requests", &self.requests)?;
        fields.serialize_field("allowed", &self.allowed)?;
        fields.serialize_field("denied", &self.denied)?;
        fields.serialize_field("verified", &self.verified)?;
        fields.serialize_field("ended", &self.ended)?;
        match conversion {
            Some(conversion) => fields.serialize_field("conversion", &conversion)?,
            None => fields.skip_field("conversion")?,
        }
        fields.serialize_field("unverified", &self.unverified)?;
        fields.serialize_field("delivered", &self.delivered)?;
        fields.serialize_field("failed_deliveries", &self.failed_deliveries)?;
        fields.serialize_field("spend", &self.spend)?;
        fields.serialize_field("unverified_spend", &self.unverified_spend)?;
        fields.serialize_field("spend_per_verified", &self.spend_per_verified())?;
        fields.end()
    }
}

#[cfg(test)]
pub(crate) mod sample;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::sample::{delivered, story};

    fn figures(stories: &[Story]) -> Figures {
        let mut figures = Figures::default();
        stories.iter().filter_map(Seen::of).for_each(|seen| figures.add(&seen));
        figures
    }

    #[test]
    fn conversion_leaves_out_what_says_nothing_about_the_person() {
        let swede = |results: &[(&str, Option<&str>)]| story("+46701740605", Verdict::Allow, results);
        let figures = figures(&[
            swede(&[("SUCCESSFUL", None)]),
            swede(&[("FAIL", Some("Invalid code")), ("SUCCESSFUL", None)]),
            swede(&[("FAIL", Some("Expired"))]),
            // Not counted: open, replaced, not charged, no fault of theirs, denied by Sinch or by us.
            swede(&[]),
            swede(&[("PENDING", None)]),
            swede(&[("ABORTED", None)]),
            swede(&[("ERROR", Some("Network error"))]),
            swede(&[("FAIL", Some("Internal error"))]),
            swede(&[("DENIED", Some("Not enough credit"))]),
            story("+46701740605", Verdict::Deny, &[("DENIED", Some("Denied by callback"))]),
        ]);
        assert_eq!((figures.requests, figures.allowed, figures.denied), (10, 9, 1));
        assert_eq!((figures.verified, figures.ended, figures.conversion()), (2, 3, Some(0.667)));
        // Nine were allowed; two were not charged, two verified.
        assert_eq!(figures.unverified, 5);
        assert_eq!(figures.spend.to_string(), "0.70 EUR");
        assert_eq!(figures.unverified_spend.to_string(), "0.50 EUR");
        assert_eq!(figures.spend_per_verified().to_string(), "0.35 EUR");
    }

    #[test]
    fn an_sms_that_did_not_arrive_counts_once_and_only_where_it_was_allowed() {
        let lost = |verdict| delivered(story("+46701740605", verdict, &[]), &["Failed", "Failed"]);
        let figures = figures(&[
            lost(Verdict::Allow),
            lost(Verdict::Deny),
            delivered(story("+46701740605", Verdict::Allow, &[]), &["Successful"]),
        ]);
        assert_eq!((figures.failed_deliveries, figures.delivered), (1, 1));
    }

    #[test]
    fn what_was_verified_has_arrived_whatever_receipts_say() {
        let verified = story("+46701740605", Verdict::Allow, &[("SUCCESSFUL", None)]);
        let figures = figures(&[verified.clone(), delivered(verified, &["Successful", "Failed"])]);
        assert_eq!((figures.delivered, figures.verified, figures.failed_deliveries), (2, 2, 1));
    }

    #[test]
    fn nothing_has_no_conversion() {
        assert_eq!(Figures::default().conversion(), None);
        assert!(Figures::default().spend_per_verified().is_empty());
    }
}

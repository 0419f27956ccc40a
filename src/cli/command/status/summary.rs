//! A span of recorded verifications, summed up. No I/O, no clock: stories go in, numbers come out.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use super::limits::{Limits, NearLimit, Quotas};
use super::uncounted::{Notes, Uncounted};
use crate::event::Status;
use crate::privacy::StoredNumber;
use crate::record::{Decided, Happening, Region, Story};
use crate::verdict::Verdict;

/// How many digits of a number make its block: the last three are left out, as in the quota that catches most
/// ranges.
const BLOCK: u8 = 3;

/// Results for these reasons say nothing about the person: the account was empty, or Sinch or the gate
/// failed.
const NOT_THEIR_FAULT: [&str; 3] = ["Not enough credit", "Internal error", "Invalid callback"];

/// What happened in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Summary {
    /// Verifications that were asked about.
    pub(super) requests: usize,
    pub(super) allowed: usize,
    pub(super) denied: usize,
    /// Denials by rule; those that no rule decided are under `default`.
    pub(super) denied_by: Vec<Count>,
    /// What rules in monitor mode would have decided, by rule.
    pub(super) monitored: Vec<Count>,
    /// Allowed verifications that were completed.
    pub(super) verified: usize,
    /// Allowed verifications that ended through what the person did: verified, or failed.
    pub(super) ended: usize,
    /// `verified` of `ended`; absent where nothing ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) conversion: Option<f64>,
    /// What was spent on allowed verifications, by currency.
    pub(super) spend: BTreeMap<String, Decimal>,
    /// Limits of money that did not count what was spent.
    pub(super) uncounted: Vec<Uncounted>,
    /// The busiest countries.
    pub(super) countries: Vec<Place>,
    /// The busiest blocks of neighbouring numbers, written as prefixes that a list takes.
    pub(super) blocks: Vec<Place>,
    /// Keys of quotas that were near or at their limit when something was denied.
    pub(super) near_limit: Vec<NearLimit>,
    /// Policies that decided.
    pub(super) policies: Vec<Count>,
    /// Outcomes of verifications whose request was not seen.
    pub(super) without_request: usize,
}

/// How often something came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Count {
    pub(super) name: String,
    pub(super) count: usize,
}

/// A country or a block.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) requests: usize,
    pub(super) denied: usize,
    pub(super) verified: usize,
    pub(super) ended: usize,
}

/// Adds stories up.
#[derive(Default)]
pub(super) struct Tally {
    summary: Summary,
    denied_by: BTreeMap<String, usize>,
    monitored: BTreeMap<String, usize>,
    policies: BTreeMap<String, usize>,
    countries: BTreeMap<String, Place>,
    blocks: BTreeMap<String, Place>,
    limits: Limits,
    notes: Notes,
}

/// How an allowed verification ended, as far as conversion goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Verified,
    Failed,
    /// It is open, a newer attempt took its place, or its end says nothing about the person.
    Uncounted,
}

impl Tally {
    /// Adds one story.
    pub(super) fn add(&mut self, story: &Story, quotas: &Quotas) {
        let Some(decided) = &story.decision else {
            self.summary.without_request += 1;
            return;
        };
        self.summary.requests += 1;
        *self.policies.entry(decided.policy.clone()).or_default() += 1;
        for hit in &decided.monitors {
            *self.monitored.entry(hit.rule.clone()).or_default() += 1;
        }
        self.notes.add(decided);
        let ending = match decided.verdict {
            Verdict::Deny => {
                self.summary.denied += 1;
                let rule = decided.rule.as_deref().unwrap_or("default");
                *self.denied_by.entry(rule.to_owned()).or_default() += 1;
                self.limits.add(&story.subject, decided, quotas);
                Ending::Uncounted
            }
            Verdict::Allow => {
                self.summary.allowed += 1;
                self.spend(story, decided);
                ending(story)
            }
        };
        self.summary.verified += usize::from(ending == Ending::Verified);
        self.summary.ended += usize::from(ending != Ending::Uncounted);
        let country = story.subject.country.as_ref().map_or("none", Region::as_str);
        place(&mut self.countries, country, decided.verdict, ending);
        let number = story.subject.number.as_ref().and_then(StoredNumber::plain);
        if let Some(block) = number.and_then(|number| number.block(BLOCK)) {
            place(&mut self.blocks, &format!("{block}*"), decided.verdict, ending);
        }
    }

    /// What came of it, with the `top` first of each kind.
    pub(super) fn finish(self, top: usize) -> Summary {
        let Self { mut summary, denied_by, monitored, policies, countries, blocks, limits, notes } = self;
        // Both are counts of people, far from where a float loses one.
        #[expect(clippy::cast_precision_loss, reason = "a share for people to read")]
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        let conversion = (summary.ended > 0).then(|| share(summary.verified, summary.ended));
        summary.conversion = conversion.map(|share| (share * 1_000.0).round() / 1_000.0);
        summary.denied_by = counts(denied_by);
        summary.monitored = counts(monitored);
        summary.policies = counts(policies);
        summary.countries = busiest(countries, top);
        summary.blocks = busiest(blocks, top);
        summary.near_limit = limits.nearest(top);
        summary.uncounted = notes.uncounted(top);
        summary
    }

    /// Sinch does not charge for a verification that it could not carry out.
    fn spend(&mut self, story: &Story, decided: &Decided) {
        let Some((amount, currency)) = decided.price.as_deref().and_then(|price| price.split_once(' '))
        else {
            return;
        };
        if let Some(amount) =
            amount.parse::<Decimal>().ok().filter(|_| story.status() != Some(&Status::Error))
        {
            let spent = self.summary.spend.entry(currency.to_owned()).or_default();
            *spent = spent.saturating_add(amount);
        }
    }
}

/// A verification that a newer attempt replaced is one intent with it, so only the last of a chain counts.
fn ending(story: &Story) -> Ending {
    let status = story.status();
    let is_not_theirs = story.heard.iter().any(|heard| {
        let Happening::Result { reason: Some(reason), .. } = &heard.happening else { return false };
        NOT_THEIR_FAULT.contains(&reason.as_str())
    });
    match status {
        Some(Status::Successful) => Ending::Verified,
        Some(Status::Fail) if !is_not_theirs => Ending::Failed,
        _ => Ending::Uncounted,
    }
}

fn place(places: &mut BTreeMap<String, Place>, name: &str, verdict: Verdict, ending: Ending) {
    let new = || Place { name: name.to_owned(), ..Place::default() };
    let place = places.entry(name.to_owned()).or_insert_with(new);
    place.requests += 1;
    place.denied += usize::from(verdict == Verdict::Deny);
    place.verified += usize::from(ending == Ending::Verified);
    place.ended += usize::from(ending != Ending::Uncounted);
}

/// The most frequent first; of equals, in alphabetical order.
fn counts(counted: BTreeMap<String, usize>) -> Vec<Count> {
    let mut counts: Vec<Count> = counted.into_iter().map(|(name, count)| Count { name, count }).collect();
    counts.sort_by_key(|one| std::cmp::Reverse(one.count));
    counts
}

fn busiest(places: BTreeMap<String, Place>, top: usize) -> Vec<Place> {
    let mut places: Vec<Place> = places.into_values().collect();
    places.sort_by_key(|place| std::cmp::Reverse(place.requests));
    places.truncate(top);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::PhoneNumber;
    use crate::record::{MonitorHit, Subject, sample};

    fn story(number: &str, verdict: Verdict, results: &[(&str, Option<&str>)]) -> Story {
        let number: StoredNumber = number.to_owned().into();
        let country = number.plain().and_then(PhoneNumber::country).map(Region::from);
        let decided = Decided {
            rule: (verdict == Verdict::Deny).then(|| "blocked".to_owned()),
            monitors: vec![MonitorHit { rule: "guard".to_owned(), verdict: Verdict::Deny }],
            price: Some("0.10 EUR".to_owned()),
            ..sample::decided(verdict)
        };
        let results = results.iter().zip(1..);
        let heard =
            results.map(|((status, reason), second)| sample::result(second, status, *reason)).collect();
        let subject = Subject { number: Some(number), country, ..sample::subject() };
        Story { subject, decision: Some(decided), heard, ..sample::story(verdict) }
    }

    fn summed(stories: &[Story]) -> Summary {
        let mut tally = Tally::default();
        stories.iter().for_each(|story| tally.add(story, &Quotas::default()));
        tally.finish(2)
    }

    #[test]
    fn nothing_sums_up_to_nothing() {
        assert_eq!(summed(&[]), Summary::default());
    }

    #[test]
    fn conversion_leaves_out_what_says_nothing_about_the_person() {
        let swede = |results: &[(&str, Option<&str>)]| story("+46701740605", Verdict::Allow, results);
        let summary = summed(&[
            swede(&[("SUCCESSFUL", None)]),
            swede(&[("FAIL", Some("Invalid code")), ("SUCCESSFUL", None)]),
            swede(&[("FAIL", Some("Expired"))]),
            // Not counted: open, replaced, not charged, no fault of theirs, denied by us.
            swede(&[]),
            swede(&[("PENDING", None)]),
            swede(&[("ABORTED", None)]),
            swede(&[("ERROR", Some("Network error"))]),
            swede(&[("FAIL", Some("Internal error"))]),
            swede(&[("DENIED", Some("Not enough credit"))]),
            story("+46701740605", Verdict::Deny, &[("DENIED", Some("Denied by callback"))]),
        ]);
        assert_eq!((summary.requests, summary.allowed, summary.denied), (10, 9, 1));
        assert_eq!((summary.verified, summary.ended, summary.conversion), (2, 3, Some(0.667)));
        assert_eq!(summary.spend["EUR"].to_string(), "0.80");
    }

    #[test]
    fn places_rules_and_policies_are_counted_the_most_frequent_first() {
        let summary = summed(&[
            story("+998993941207", Verdict::Deny, &[]),
            story("+998993941208", Verdict::Deny, &[]),
            story("+46701740605", Verdict::Allow, &[("SUCCESSFUL", None)]),
            story("+442079460123", Verdict::Allow, &[]),
            story("hmac:0011", Verdict::Allow, &[]),
        ]);
        let first = &summary.countries[0];
        assert_eq!((first.name.as_str(), first.requests, first.denied), ("UZ", 2, 2));
        let blocks: Vec<_> =
            summary.blocks.iter().map(|block| (block.name.as_str(), block.requests)).collect();
        assert_eq!(blocks, [("+998993941*", 2), ("+442079460*", 1)]);
        let count = |name: &str, count| vec![Count { name: name.to_owned(), count }];
        assert_eq!(summary.denied_by, count("blocked", 2));
        assert_eq!(summary.monitored, count("guard", 5));
        assert_eq!(summary.policies, count("v1", 5));
    }

    #[test]
    fn an_outcome_without_request_is_no_request() {
        let lost = Story { decision: None, ..story("+46701740605", Verdict::Allow, &[("SUCCESSFUL", None)]) };
        assert_eq!(summed(&[lost]), Summary { without_request: 1, ..Summary::default() });
    }
}

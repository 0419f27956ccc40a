//! A span of recorded verifications, summed up.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::keys::Keys;
use super::monitors::Monitors;
use super::ranking::Groups;
use super::uncounted::Notes;
use super::{Figures, FullKey, Group, Monitored, NearKey, Quotas, Ranking, Seen, Step, Steps, Uncounted};
use crate::event::Method;
use crate::record::{Decided, Region, Story};

/// How many digits of a number make its block: the last three are left out, as in the quota that catches most
/// ranges.
const BLOCK: u8 = 3;

/// What happened in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The figures of all of it.
    #[serde(flatten)]
    pub figures: Figures,
    /// Outcomes of verifications whose request was not seen.
    pub without_request: u64,
    /// The figures by region of the number; `none` where it has none.
    pub countries: Vec<Group>,
    /// The figures by block of neighbouring numbers, written as a prefix that a list takes.
    pub blocks: Vec<Group>,
    /// The figures by rule that decided; by `default` or `on_store_failure` where none did.
    pub rules: Vec<Group>,
    /// The figures by method.
    pub methods: Vec<Group>,
    /// Policies that decided, by how often.
    pub policies: Vec<Count>,
    /// Keys of quotas that denied, by how often.
    pub denied_keys: Vec<FullKey>,
    /// Keys of quotas near their limit that denied nothing.
    pub near_limit: Vec<NearKey>,
    /// What rules in monitor mode would have done.
    pub monitors: Vec<Monitored>,
    /// Limits of money that did not count what was spent.
    pub uncounted: Vec<Uncounted>,
    /// The length of the steps.
    pub step_seconds: i64,
    /// The figures of one step after another.
    pub steps: Vec<Step>,
}

/// How often something came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// Adds stories up.
#[derive(Debug, Default)]
pub struct Tally {
    figures: Figures,
    without_request: u64,
    countries: Groups,
    blocks: Groups,
    rules: Groups,
    methods: Groups,
    policies: BTreeMap<String, u64>,
    keys: Keys,
    monitors: Monitors,
    notes: Notes,
    steps: Steps,
}

impl Tally {
    /// Of the verifications of a span.
    #[must_use]
    pub fn of(from: Timestamp, to: Timestamp) -> Self {
        Self { steps: Steps::of(from, to), ..Self::default() }
    }

    /// Adds one story.
    pub fn add(&mut self, story: &Story, quotas: &Quotas) {
        let Some(seen) = Seen::of(story) else {
            self.without_request += 1;
            return;
        };
        let (subject, decided) = (&story.subject, seen.decided);
        self.figures.add(&seen);
        self.countries.add(subject.country.as_ref().map_or("none", Region::as_str), &seen);
        if let Some(block) = subject.block(BLOCK) {
            self.blocks.add(&format!("{block}*"), &seen);
        }
        self.rules.add(rule(decided), &seen);
        self.methods.add(subject.method.as_ref().map_or("unknown", Method::as_str), &seen);
        *self.policies.entry(decided.policy.clone()).or_default() += 1;
        self.keys.add(&seen, quotas);
        self.monitors.add(&seen, quotas);
        self.notes.add(decided);
        self.steps.add(decided.at, &seen.counted());
    }

    /// What came of it, each kind in order, where each story stands for `scale` of them.
    #[must_use]
    pub fn finish(mut self, quotas: &Quotas, ranking: Ranking, scale: u64) -> Summary {
        self.figures.scale(scale);
        let currencies = self.figures.unverified_spend.currencies();
        let ranked = |groups: Groups| groups.ranked(ranking, &currencies, scale);
        let (denied_keys, near_limit) = self.keys.finish(scale);
        Summary {
            without_request: self.without_request.saturating_mul(scale),
            countries: ranked(self.countries),
            blocks: ranked(self.blocks),
            rules: ranked(self.rules),
            methods: ranked(self.methods),
            policies: counts(self.policies, scale),
            denied_keys,
            near_limit,
            monitors: self.monitors.finish(quotas, scale),
            uncounted: self.notes.finish(scale),
            step_seconds: self.steps.length().as_secs(),
            steps: self.steps.finish(scale),
            figures: self.figures,
        }
    }
}

/// What decided. No rule has either of the other two names.
pub(crate) fn rule(decided: &Decided) -> &str {
    let without = if decided.on_store_failure { "on_store_failure" } else { "default" };
    decided.rule.as_deref().unwrap_or(without)
}

/// The most frequent first; of equals, in alphabetical order.
fn counts(counted: BTreeMap<String, u64>, scale: u64) -> Vec<Count> {
    let counted = counted.into_iter();
    let mut counts: Vec<Count> = counted.map(|(name, count)| Count { name, count: count * scale }).collect();
    counts.sort_by_key(|one| Reverse(one.count));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::sample::story;
    use crate::verdict::Verdict;

    fn summed(stories: &[Story], ranking: Ranking, scale: u64) -> Summary {
        let mut tally = Tally::of(Timestamp::UNIX_EPOCH, Timestamp::from_second(60).unwrap());
        stories.iter().for_each(|story| tally.add(story, &Quotas::default()));
        tally.finish(&Quotas::default(), ranking, scale)
    }

    fn requests(groups: &[Group]) -> Vec<(&str, u64)> {
        groups.iter().map(|group| (group.name.as_str(), group.figures.requests)).collect()
    }

    /// Three that verify in Sweden, two that never do in Uzbekistan, and four that are denied in Britain.
    fn some() -> Vec<Story> {
        let swedes =
            (0..3).map(|n| story(&format!("+4670174060{n}"), Verdict::Allow, &[("SUCCESSFUL", None)]));
        let uzbeks = (0..2).map(|n| story(&format!("+99899394120{n}"), Verdict::Allow, &[]));
        let britons = (0..4).map(|n| story(&format!("+44207946012{n}"), Verdict::Deny, &[]));
        swedes.chain(uzbeks).chain(britons).collect()
    }

    #[test]
    fn what_did_not_verify_comes_first() {
        let summary = summed(&some(), Ranking::Unverified, 1);
        assert_eq!(requests(&summary.countries), [("UZ", 2), ("GB", 4), ("SE", 3)]);
        assert_eq!(requests(&summary.blocks), [("+998993941*", 2), ("+442079460*", 4), ("+46701740*", 3)]);
        assert_eq!(requests(&summary.rules), [("default", 5), ("blocked", 4)]);
        assert_eq!(requests(&summary.methods), [("sms", 9)]);
        let denied = summed(&some(), Ranking::Denied, 1);
        assert_eq!(requests(&denied.countries), [("GB", 4), ("UZ", 2), ("SE", 3)]);
        let busiest = summed(&some(), Ranking::Requests, 1);
        assert_eq!(requests(&busiest.countries), [("GB", 4), ("SE", 3), ("UZ", 2)]);
    }

    #[test]
    fn every_number_of_a_sample_stands_for_as_many_as_it_is_a_part_of() {
        let (one, eight) = (summed(&some(), Ranking::Unverified, 1), summed(&some(), Ranking::Unverified, 8));
        assert_eq!(one.figures.conversion(), eight.figures.conversion());
        assert_eq!(eight.figures.spend.to_string(), "4.00 EUR");
        assert_eq!(eight.steps[0].figures.requests, 72);
        assert_eq!(eight.monitors[0].figures.would_deny, 72);
        assert_eq!(requests(&eight.countries)[0], ("UZ", 16));
        assert_eq!(eight.policies, [Count { name: "v1".to_owned(), count: 72 }]);
    }

    #[test]
    fn an_outcome_without_request_is_not_a_request() {
        let lost = Story { decision: None, ..story("+46701740605", Verdict::Allow, &[("SUCCESSFUL", None)]) };
        let summary = summed(&[lost], Ranking::Unverified, 1);
        assert_eq!((summary.without_request, summary.figures), (1, Figures::default()));
        assert_eq!(summary.steps.len(), 1);
    }

    #[test]
    fn what_rests_on_on_store_failure_is_not_the_default_s() {
        let mut failed = story("+46701740605", Verdict::Allow, &[]);
        failed.decision.as_mut().unwrap().on_store_failure = true;
        assert_eq!(requests(&summed(&[failed], Ranking::Unverified, 1).rules), [("on_store_failure", 1)]);
    }
}

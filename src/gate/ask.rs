//! Ask: all that can be known before anything is taken, in one trip.

use jiff::Timestamp;

use super::handling::Handling;
use super::inquiry::Inquiry;
use super::notice::{Failure, ItemNotRead};
use crate::attempt::Attempts;
use crate::decision::{Evidence, Past, given};
use crate::policy::Plan;
use crate::quota::{Reading, Stamp};
use crate::store::{Answers, Earlier, Lookup, Question, Store, StoreError};

/// What is known before anything is taken.
pub(super) struct Asked {
    /// By step of the plan.
    pub(super) evidence: Vec<Evidence>,
    /// The attempts of the number, as far as they were asked for and read.
    pub(super) attempts: Attempts,
    /// The decision that this verification has already.
    pub(super) earlier: Option<Earlier>,
}

impl Handling<'_> {
    /// Asks the table what the plan depends on, and whether this verification was decided before. Newer
    /// policies are loaded beside it where that is due; what this answers is then about the policy before.
    ///
    /// Where neither a list nor the number's past has a say, and no refresh is due, nothing is asked: the
    /// write of the record shows a decision before this one.
    pub(super) async fn ask(&self, plan: &Plan<'_>, inquiry: &Inquiry) -> Asked {
        let full = full_in_memory(inquiry, &self.gate.store, self.stamp, self.now);
        let is_due = self.gate.policies.is_due(self.now);
        if !inquiry.asks() && !is_due {
            return Asked::given(plan, full, Past::default(), self.now);
        }
        let lookups: Vec<Lookup> = inquiry.lists.iter().map(|list| list.lookup.clone()).collect();
        let question = Question {
            lookups: &lookups,
            attempts: inquiry.asks_past.then_some(&self.attempts_key),
            record: &self.record_key,
        };
        let asking = self.gate.store.ask(&question, self.now);
        let failure = Failure::ListsNotRead { id: &self.subject.id };
        let asking = self.gate.within(self.deadlines.ask, asking, failure);
        let (answers, ()) = tokio::join!(asking, self.gate.refresh_policies(self.now));
        match answers {
            Ok(answers) => self.read(plan, inquiry, full, answers),
            Err(_) => {
                let unread = inquiry.lists.iter().map(|list| (list.step, Evidence::Unreachable));
                let evidence = full.into_iter().chain(unread).collect();
                Asked::given(plan, evidence, Past::Unreachable, self.now)
            }
        }
    }

    fn read(
        &self,
        plan: &Plan<'_>,
        inquiry: &Inquiry,
        mut evidence: Vec<(usize, Evidence)>,
        answers: Answers,
    ) -> Asked {
        let id = &self.subject.id;
        let warn = |error: &StoreError| self.gate.meter.report(&ItemNotRead { id, error });
        let steps = inquiry.lists.iter().map(|list| list.step);
        match answers.listed.inspect_err(warn) {
            Ok(listed) => evidence
                .extend(steps.zip(
                    listed.into_iter().map(|entry| entry.map_or(Evidence::NotListed, Evidence::Listed)),
                )),
            Err(_) => evidence.extend(steps.map(|step| (step, Evidence::Unreachable))),
        }
        let attempts = answers.attempts.inspect_err(warn);
        let past = attempts.as_ref().map_or(Past::Unreachable, |known| Past::Known(known.verified_at));
        let mut asked = Asked::given(plan, evidence, past, self.now);
        asked.attempts = attempts.unwrap_or_default();
        asked.earlier = answers.earlier.inspect_err(warn).unwrap_or_default();
        asked
    }
}

impl Asked {
    /// What is known by step, given the number's past.
    pub(super) fn given(plan: &Plan<'_>, known: Vec<(usize, Evidence)>, past: Past, now: Timestamp) -> Self {
        let evidence = given(plan, known, past, now);
        Self { evidence, attempts: Attempts::default(), earlier: None }
    }
}

/// The quotas that are certainly full for the moment, as this process saw them last.
fn full_in_memory(inquiry: &Inquiry, store: &Store, stamp: Stamp, now: Timestamp) -> Vec<(usize, Evidence)> {
    let mut full = Vec::new();
    for item in &inquiry.items {
        let readings: Vec<Option<Reading>> =
            store.quotas().full_in_memory(&item.key, &item.demands(), stamp, now);
        let of_steps = item.steps.iter().zip(readings);
        full.extend(of_steps.filter_map(|(of, reading)| Some((of.step, Evidence::Full(reading?)))));
    }
    full
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::gate::sample::{facts, full, listed, now, policy, request};

    /// Steps of a list, of a list for strangers, of a quota for strangers, and of the past alone.
    const POLICY: &str = r#"
        schema = 1
        default = "allow"
        [[rules]]
        id = "blocked"
        verdict = "deny"
        list = "blocklist"
        [[rules]]
        id = "watched"
        verdict = "deny"
        unless.verified_within = "90d"
        list = "watchlist"
        [[rules]]
        id = "stranger"
        verdict = "deny"
        unless.verified_within = "90d"
        quota = { per = "country", limit = 5, window = "1d" }
        [[rules]]
        id = "known"
        verdict = "allow"
        when.verified_within = "90d"
    "#;

    #[test]
    fn the_past_says_which_steps_look_at_a_number_at_all() {
        use Evidence::{Excluded, NotAsked, NotListed, PastFits, Unreachable};
        let (policy, request) = (policy(POLICY), request());
        let facts = facts(&request);
        let plan = policy.plan(&facts);
        let lately = now() - SignedDuration::from_hours(24);
        let long_ago = now() - SignedDuration::from_hours(24 * 91);
        let not_listed = || vec![(0, NotListed), (1, NotListed)];
        let on_both = || vec![(0, listed()), (1, listed()), (2, full())];
        for (known, past, expected) in [
            (not_listed(), Past::Known(None), [NotListed, NotListed, NotAsked, Excluded]),
            (not_listed(), Past::Known(Some(long_ago)), [NotListed, NotListed, NotAsked, Excluded]),
            (
                not_listed(),
                Past::Known(Some(lately)),
                [NotListed, Excluded, Excluded, PastFits(Some(lately))],
            ),
            (on_both(), Past::Known(None), [listed(), listed(), full(), Excluded]),
            (on_both(), Past::Known(Some(lately)), [listed(), Excluded, Excluded, PastFits(Some(lately))]),
            // What no rule can say without the past is not known; a number that is not listed is not.
            (not_listed(), Past::Unreachable, [NotListed, NotListed, Unreachable, Unreachable]),
            (on_both(), Past::Unreachable, [listed(), Unreachable, Unreachable, Unreachable]),
            (Vec::new(), Past::Known(None), [NotAsked, NotAsked, NotAsked, Excluded]),
            // There is no such step.
            (vec![(4, full())], Past::Known(None), [NotAsked, NotAsked, NotAsked, Excluded]),
        ] {
            let case = format!("{known:?}, {past:?}");
            let asked = Asked::given(&plan, known, past, now());
            assert_eq!(asked.evidence, expected, "{case}");
            assert_eq!((asked.attempts, asked.earlier.is_none()), (Attempts::default(), true), "{case}");
        }
    }
}

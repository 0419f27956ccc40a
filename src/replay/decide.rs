//! One request, from the question to the decision: the gate's steps, one after the other.

use std::sync::Arc;

use jiff::Timestamp;

use super::Replay;
use super::key::Key;
use super::verifications::First;
use crate::answer::Options;
use crate::attempt::{Attempt, Claim};
use crate::decision::{Evidence, Past, conclude, describe, given};
use crate::event::VerificationRequest;
use crate::gate::{Inquiry, claims, walk};
use crate::policy::{By, Conclusion, Facts, Plan, Policy, Rule};
use crate::quota::{Demand, Return, Share, Stamp};
use crate::record::Decided;
use crate::signature::AppKey;
use crate::store::{AttemptsKey, QuotaKey};
use crate::verdict::Verdict;

/// What was decided about a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// The verdict.
    pub verdict: Verdict,
    /// The deciding rule, by its place in the policy; `None` where the default decided.
    pub rule: Option<usize>,
    /// The options of the answer; none for a repeat, whose answer is not kept.
    pub options: Options,
    /// The rules in monitor mode that fired, and the verdicts that they would have given; none for a repeat.
    pub monitors: Vec<(usize, Verdict)>,
    /// Whether it is the verification's first; a repeat takes nothing.
    pub is_first: bool,
}

/// One handling of one request.
struct Handling<'a> {
    attempts_key: Key,
    facts: Facts<'a>,
    stamp: Stamp,
    now: Timestamp,
}

impl Replay {
    /// A request comes: decides it, and takes what an allowed one takes.
    pub fn request(&mut self, app: &AppKey, request: &VerificationRequest, now: Timestamp) -> Ruling {
        self.decide(app, request, now, |ruling, _, _, _| ruling, |ruling| ruling)
    }

    /// The same, with the decision as the gate would record it; `None` for a repeat.
    pub fn request_in_full(
        &mut self,
        app: &AppKey,
        request: &VerificationRequest,
        now: Timestamp,
    ) -> (Ruling, Option<Decided>) {
        let name = self.name.clone();
        let describe = |ruling, plan: &Plan<'_>, conclusion: &Conclusion<'_>, evidence: &[Evidence]| {
            (ruling, Some(describe(plan, conclusion, evidence, request, &name, now)))
        };
        self.decide(app, request, now, describe, |ruling| (ruling, None))
    }

    fn decide<T>(
        &mut self,
        app: &AppKey,
        request: &VerificationRequest,
        now: Timestamp,
        first: impl FnOnce(Ruling, &Plan<'_>, &Conclusion<'_>, &[Evidence]) -> T,
        repeat: impl FnOnce(Ruling) -> T,
    ) -> T {
        self.begin(now);
        let stamp = Stamp::new(app.as_str(), request.id.as_str());
        if let Some(first) = self.verifications.decided(stamp, now) {
            let (verdict, rule) = (first.verdict, first.rule());
            let (options, monitors) = (Options::default(), Vec::new());
            return repeat(Ruling { verdict, rule, options, monitors, is_first: false });
        }
        let number_key = self.settings.privacy.key(&request.number);
        let handling = Handling {
            attempts_key: Key::of(&AttemptsKey::new(app, &number_key)),
            facts: Facts { app: app.as_str(), request, stored_number: number_key.as_str(), now },
            stamp,
            now,
        };
        let policy = Arc::clone(&self.policy);
        let plan = policy.plan(&handling.facts);
        let (conclusion, evidence) = self.handle(&plan, &handling);
        let ruling = Ruling::of(&policy, &conclusion);
        let said = First::new(ruling.verdict, ruling.rule);
        let attempts_key = handling.attempts_key;
        let told = first(ruling, &plan, &conclusion, &evidence);
        self.verifications.decide(stamp, said, attempts_key, self.record_until(now));
        told
    }

    /// Asks, walks, takes and settles.
    fn handle<'p>(&mut self, plan: &Plan<'p>, handling: &Handling<'_>) -> (Conclusion<'p>, Vec<Evidence>) {
        let Handling { facts, stamp, now, .. } = handling;
        let inquiry = Inquiry::new(plan, self.lists.lengths(), facts);
        let (mut evidence, has_open_claims) = self.ask(plan, &inquiry, handling);
        let walked = walk(plan, &evidence);
        let predicted = &walked.conclusion;
        let expected = match predicted.verdict {
            Verdict::Allow => claims(&inquiry, predicted.end, &evidence),
            Verdict::Deny => Vec::new(),
        };
        // An attempt without claims is opened too where its success would free earlier ones of the number.
        let opens = !expected.is_empty() || predicted.verdict == Verdict::Allow && has_open_claims;
        let mut taken: Vec<(&QuotaKey, Vec<Share>)> = Vec::new();
        for item in &inquiry.items {
            let steps = walked.steps_of(item);
            if steps.is_empty() {
                continue;
            }
            let demands: Vec<&Demand> = steps.iter().map(|of| &of.demand).collect();
            let (readings, shares) = self.counters.take(&item.key, &demands, *stamp, *now);
            for (of, reading) in steps.iter().zip(readings) {
                if let Some(slot) = evidence.get_mut(of.step) {
                    *slot = reading.into();
                }
            }
            if !shares.is_empty() {
                taken.push((&item.key, shares));
            }
        }
        let held = claims(&inquiry, predicted.end, &evidence);
        let conclusion =
            if walked.reached.is_empty() { walked.conclusion } else { conclude(plan, &evidence) };
        match conclusion.verdict {
            Verdict::Allow if opens => self.open_attempt(handling, held),
            Verdict::Allow => {}
            Verdict::Deny => self.undo(taken, *stamp, *now),
        }
        (conclusion, evidence)
    }

    /// What is known before anything is taken, and whether the number has attempts that may be freed.
    fn ask(&self, plan: &Plan<'_>, inquiry: &Inquiry, handling: &Handling<'_>) -> (Vec<Evidence>, bool) {
        let Handling { stamp, now, .. } = *handling;
        let mut found = Vec::new();
        for item in &inquiry.items {
            let readings = self.counters.known_to_be_full(item, stamp, now);
            let full = item.steps.iter().zip(readings);
            found.extend(full.filter_map(|(of, reading)| Some((of.step, Evidence::Full(reading?)))));
        }
        found.extend(inquiry.lists.iter().map(|list| (list.step, self.lists.evidence(list, now))));
        let asked = inquiry.asks_past.then(|| self.numbers.ask(handling.attempts_key, now)).flatten();
        let past = Past::Known(asked.as_ref().and_then(|attempts| attempts.verified_at));
        (given(plan, found, past, now), asked.is_some_and(|attempts| attempts.has_open_claims()))
    }

    /// Leaves an attempt at the number, and releases it at once where its ending is known already.
    fn open_attempt(&mut self, handling: &Handling<'_>, claims: Vec<Claim>) {
        let Handling { stamp, now, .. } = *handling;
        let named = |claim: Claim| Claim { key: Key::of(&QuotaKey::named(claim.key)).to_text(), ..claim };
        let claims = claims.into_iter().map(named).collect();
        let attempt = Attempt { at: now, claims, token: self.next_token(), released_by: None };
        let kept = self.memory_of_numbers();
        let number = handling.attempts_key;
        let has_ended = self.numbers.change(number, |number| {
            number.open(stamp, attempt, kept);
            let has_ended = number.known.endings.contains_key(&stamp);
            if !has_ended {
                number.forget_surplus();
            }
            has_ended
        });
        if has_ended {
            self.release(number, stamp, now);
        }
    }

    /// Gives back what was taken in vain.
    fn undo(&mut self, taken: Vec<(&QuotaKey, Vec<Share>)>, stamp: Stamp, now: Timestamp) {
        for (key, shares) in taken {
            let back = Return { shares, verified: Vec::new(), stamp: Some(stamp) };
            self.counters.give_back(Key::of(key), &back, now);
        }
    }
}

impl Ruling {
    fn of(policy: &Policy, conclusion: &Conclusion<'_>) -> Self {
        // What decided is a rule of this very policy, so it is found by where it is.
        let place_of =
            |id: &crate::policy::RuleId| policy.rules().iter().position(|rule| std::ptr::eq(&rule.id, id));
        let rule = match conclusion.by {
            By::Rule(Rule { id, .. }) => place_of(id),
            By::Default | By::StoreFailure(_) => None,
        };
        let monitors = conclusion.monitors.iter();
        Self {
            verdict: conclusion.verdict,
            rule,
            options: conclusion.options.clone(),
            monitors: monitors.filter_map(|hit| Some((place_of(hit.rule)?, hit.verdict))).collect(),
            is_first: true,
        }
    }
}

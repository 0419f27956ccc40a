//! What the table says to each step of a plan at this moment, without taking anything.

use jiff::Timestamp;

use crate::decision::{Evidence, Past};
use crate::gate::Inquiry;
use crate::policy::{Facts, Plan, StepOutcome};
use crate::quota::{Reading, Stamp, Step, take};
use crate::store::{AttemptsKey, Lookup, PrefixLengths, Store, StoreError};

/// The evidence by step.
pub(super) struct Evidences {
    pub(super) by_step: Vec<Evidence>,
    /// Whether a table was asked; otherwise it is assumed.
    pub(super) is_told: bool,
}

impl Evidences {
    /// What is known without a table: nothing, so that the number is a stranger.
    pub(super) fn unasked(plan: &Plan<'_>, now: Timestamp) -> Self {
        let mut unasked = Self::empty(plan, false);
        unasked.consider(Past::default(), plan, now);
        unasked
    }

    fn empty(plan: &Plan<'_>, is_told: bool) -> Self {
        Self { by_step: vec![Evidence::NotAsked; plan.steps.len()], is_told }
    }

    /// Takes the number's past into account.
    fn consider(&mut self, past: Past, plan: &Plan<'_>, now: Timestamp) {
        for (evidence, step) in self.by_step.iter_mut().zip(&plan.steps) {
            *evidence = evidence.clone().given(past, step, now);
        }
    }

    pub(super) fn outcome(&self, step: usize) -> StepOutcome {
        self.by_step.get(step).map_or(StepOutcome::NotFired, Evidence::outcome)
    }

    fn set(&mut self, step: usize, evidence: Evidence) {
        if let Some(slot) = self.by_step.get_mut(step) {
            *slot = evidence;
        }
    }
}

/// Asks for every list entry and every counter that a plan needs.
///
/// # Errors
/// Where the store fails.
pub(super) async fn gather(
    plan: &Plan<'_>,
    store: &Store,
    lengths: &PrefixLengths,
    facts: &Facts<'_>,
    attempts_key: &AttemptsKey,
) -> Result<Evidences, StoreError> {
    let mut evidence = Evidences::empty(plan, true);
    let inquiry = Inquiry::new(plan, lengths, facts);
    let lookups: Vec<Lookup> = inquiry.lists.iter().map(|list| list.lookup.clone()).collect();
    for (list, entry) in inquiry.lists.iter().zip(store.lists().find(&lookups, facts.now).await?) {
        evidence.set(list.step, entry.map_or(Evidence::NotListed, Evidence::Listed));
    }
    let stamp = Stamp::new(facts.app, facts.request.id.as_str());
    for item in &inquiry.items {
        let state = store.quotas().peek(&item.key).await?;
        let readings = readings(take(state.as_ref(), &item.demands(), stamp, facts.now));
        for (of, reading) in item.steps.iter().zip(readings) {
            let found = if reading.over { Evidence::Full(reading) } else { Evidence::Room(reading) };
            evidence.set(of.step, found);
        }
    }
    if inquiry.asks_past {
        let attempts = store.attempts().peek(attempts_key).await?;
        evidence.consider(Past::Known(attempts.verified_at), plan, facts.now);
    }
    Ok(evidence)
}

/// Where the counters stand, whatever would have to be done.
fn readings(step: Step) -> Vec<Reading> {
    match step {
        Step::AlreadyTaken(readings) | Step::Refused(readings) | Step::Untouched(readings) => readings,
        Step::Write(write) => write.readings,
    }
}

//! What the table says to each step of a plan at this moment, without taking anything.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::decision::{Evidence, Past};
use crate::policy::{DimensionKey, Facts, Plan, StepOutcome, StepTest};
use crate::quota::{Demand, Reading, Stamp, Step, take};
use crate::store::{AttemptsKey, Lookup, PrefixLengths, QuotaKey, Store, StoreError};

/// The evidence by step.
pub(super) struct Evidences {
    pub(super) by_step: Vec<Evidence>,
    /// Whether a table told it; otherwise it is assumed.
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
) -> Result<Evidences, StoreError> {
    let mut evidence = Evidences::empty(plan, true);
    let mut asked = Vec::new();
    let mut lookups = Vec::new();
    let mut items: BTreeMap<&DimensionKey, Vec<(usize, Demand)>> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate() {
        match &step.test {
            StepTest::List(list) => {
                asked.push(index);
                lookups.push(Lookup::new(list.as_str(), &facts.request.number, lengths));
            }
            StepTest::Quota { quota, key, takes } => {
                let demand = quota.demand(step.rule, key, takes);
                items.entry(key).or_default().push((index, demand));
            }
            StepTest::Standing => {}
        }
    }
    for (index, entry) in asked.into_iter().zip(store.find_listed(&lookups, facts.now).await?) {
        evidence.set(index, entry.map_or(Evidence::NotListed, Evidence::Listed));
    }
    let stamp = Stamp::new(facts.app, facts.request.id.as_str());
    for (key, demands) in items {
        let state = store.peek_quota(&QuotaKey::new(facts.app, key)).await?;
        let (indexes, demands): (Vec<usize>, Vec<Demand>) = demands.into_iter().unzip();
        let readings = readings(take(state.as_ref(), &demands, stamp, facts.now));
        for (index, reading) in indexes.into_iter().zip(readings) {
            let found = if reading.over { Evidence::Full(reading) } else { Evidence::Room(reading) };
            evidence.set(index, found);
        }
    }
    if plan.steps.iter().any(|step| !step.standing.is_any()) {
        let attempts = store.peek_attempts(&AttemptsKey::new(facts.app, facts.stored_number)).await?;
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

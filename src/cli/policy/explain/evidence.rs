//! What the table says to each step of a plan at this moment, without taking anything.

use std::collections::BTreeMap;

use crate::decision::Evidence;
use crate::policy::{Effect, Facts, Plan, StepOutcome, StepTest};
use crate::quota::{Demand, Reading, Stamp, Step, take};
use crate::store::{Lookup, PrefixLengths, QuotaKey, Store, StoreError};

/// The evidence by step.
pub(super) struct Evidences(pub(super) Vec<Evidence>);

impl Evidences {
    /// What is known without a table: nothing.
    pub(super) fn unasked(plan: &Plan<'_>) -> Self {
        Self(vec![Evidence::NotAsked; plan.steps.len()])
    }

    pub(super) fn outcome(&self, step: usize) -> StepOutcome {
        self.0.get(step).map_or(StepOutcome::NotFired, Evidence::outcome)
    }

    fn set(&mut self, step: usize, evidence: Evidence) {
        if let Some(slot) = self.0.get_mut(step) {
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
    let mut evidence = Evidences::unasked(plan);
    let mut asked = Vec::new();
    let mut lookups = Vec::new();
    let mut items: BTreeMap<(&str, &str), Vec<(usize, Demand)>> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate() {
        match &step.test {
            StepTest::List(list) => {
                asked.push(index);
                lookups.push(Lookup::new(list.as_str(), &facts.request.number, lengths));
            }
            StepTest::Quota { quota, key, cost } => {
                let demand = Demand {
                    rule: step.rule.id.to_string(),
                    window: quota.window,
                    limit: quota.limit.amount(),
                    cost: *cost,
                    enforced: matches!(step.rule.effect(), Effect::Decide(_)),
                };
                items.entry((&key.dimension, &key.value)).or_default().push((index, demand));
            }
        }
    }
    for (index, entry) in asked.into_iter().zip(store.find_listed(&lookups, facts.now).await?) {
        evidence.set(index, entry.map_or(Evidence::NotListed, Evidence::Listed));
    }
    for ((dimension, value), demands) in items {
        // What is counted over all is counted over all applications too.
        let app = if dimension == "all" { "*" } else { facts.app };
        let state = store.peek_quota(&QuotaKey::new(app, dimension, value)).await?;
        let (indexes, demands): (Vec<usize>, Vec<Demand>) = demands.into_iter().unzip();
        let stamp = Stamp::new(facts.app, facts.request.id.as_str());
        for (index, reading) in
            indexes.into_iter().zip(readings(take(state.as_ref(), &demands, stamp, facts.now)))
        {
            let found = if reading.over { Evidence::Full(reading) } else { Evidence::Room(reading) };
            evidence.set(index, found);
        }
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

//! The one trip of a decision: list entries and quotas, all asked in parallel.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::Timestamp;
use rust_decimal::Decimal;
use tokio::time::Instant;

use super::{Gate, InForce};
use crate::decision::Evidence;
use crate::phone::PhoneNumber;
use crate::policy::{Effect, Plan, Quota, Rule, StepTest};
use crate::quota::{Demand, Reading, Share, Stamp};
use crate::store::{Lookup, QuotaKey, Take};

/// What a plan needs to know from the store.
pub(super) struct Inquiry {
    /// The list steps of the plan: step, lookup.
    lookups: Vec<(usize, Lookup)>,
    /// The quota steps of the plan, by the item they share.
    items: Vec<QuotaItem>,
}

/// The demands on one quota item.
struct QuotaItem {
    key: QuotaKey,
    /// The step of each demand.
    steps: Vec<usize>,
    demands: Vec<Demand>,
}

/// What was found about some steps.
#[derive(Default)]
pub(super) struct Findings {
    evidence: Vec<(usize, Evidence)>,
    /// What this handling took.
    holdings: Vec<Holding>,
}

/// Shares that this handling took of one item.
pub(super) struct Holding {
    key: QuotaKey,
    /// Step and share.
    shares: Vec<(usize, Share)>,
}

impl Inquiry {
    /// What a plan asks for.
    pub(super) fn of(plan: &Plan<'_>, in_force: &InForce, number: &PhoneNumber, app: &str) -> Self {
        let mut lookups = Vec::new();
        let mut items: BTreeMap<(&str, &str), QuotaItem> = BTreeMap::new();
        for (index, step) in plan.steps.iter().enumerate() {
            match &step.test {
                StepTest::List(list) => {
                    lookups.push((index, Lookup::new(list.as_str(), number, &in_force.lengths)));
                }
                StepTest::Quota { quota, key, cost } => {
                    let item = items.entry((&key.dimension, &key.value)).or_insert_with(|| QuotaItem {
                        // What is counted over all is counted over all applications too.
                        key: QuotaKey::new(
                            if key.dimension == "all" { "*" } else { app },
                            &key.dimension,
                            &key.value,
                        ),
                        steps: Vec::new(),
                        demands: Vec::new(),
                    });
                    item.steps.push(index);
                    item.demands.push(demand(step.rule, quota, *cost));
                }
            }
        }
        Self { lookups, items: items.into_values().collect() }
    }

    /// Whether anything is to be asked that could turn a denial.
    pub(super) fn asks_lists(&self) -> bool {
        !self.lookups.is_empty()
    }

    /// The refusals that are certain without asking.
    pub(super) fn certain(&self, gate: &Gate, stamp: Stamp, now: Timestamp) -> Findings {
        let mut findings = Findings::default();
        for item in &self.items {
            let readings = gate.store.refused_in_memory(&item.key, &item.demands, stamp, now);
            let full =
                item.steps.iter().zip(readings.into_iter().flatten()).filter(|(_, reading)| reading.over);
            findings.evidence.extend(full.map(|(step, reading)| (*step, Evidence::Full(reading))));
        }
        findings
    }

    /// Asks for the list entries, in one request.
    pub(super) async fn ask_lists(&self, gate: &Gate, deadline: Instant, now: Timestamp) -> Findings {
        if self.lookups.is_empty() {
            return Findings::default();
        }
        let lookups: Vec<Lookup> = self.lookups.iter().map(|(_, lookup)| lookup.clone()).collect();
        let evidence: Vec<Evidence> = match gate.within(deadline, gate.store.find_listed(&lookups, now)).await
        {
            Ok(found) => {
                found.into_iter().map(|entry| entry.map_or(Evidence::NotListed, Evidence::Listed)).collect()
            }
            Err(error) => {
                tracing::warn!(cause = error.name(), %error, "lists not read");
                vec![Evidence::Unreachable; lookups.len()]
            }
        };
        let steps = self.lookups.iter().map(|(step, _)| *step);
        Findings { evidence: steps.zip(evidence).collect(), holdings: Vec::new() }
    }

    /// Takes the shares of all quotas that have a step before `end`, each item in one request.
    pub(super) async fn take_quotas(
        &self,
        gate: &Gate,
        end: usize,
        stamp: Stamp,
        deadline: Instant,
        now: Timestamp,
    ) -> Findings {
        let items = self.items.iter().filter(|item| item.steps.iter().any(|step| *step < end));
        let taken = join_all(items.map(|item| item.take(gate, stamp, deadline, now))).await;
        let mut findings = Findings::default();
        taken.into_iter().for_each(|more| findings.extend(more));
        findings
    }
}

impl QuotaItem {
    async fn take(&self, gate: &Gate, stamp: Stamp, deadline: Instant, now: Timestamp) -> Findings {
        let take = gate.store.take(&self.key, &self.demands, stamp, now);
        match gate.within(deadline, take).await {
            Ok(Take::Held(held)) => {
                let shares = held.shares.into_iter().filter_map(|share| {
                    let position = self.demands.iter().position(|demand| demand.rule == share.rule)?;
                    Some((*self.steps.get(position)?, share))
                });
                let holding = Holding { key: self.key.clone(), shares: shares.collect() };
                Findings { evidence: self.evidence(held.readings), holdings: vec![holding] }
            }
            Ok(Take::Refused(readings)) => {
                Findings { evidence: self.evidence(readings), holdings: Vec::new() }
            }
            Err(error) => {
                tracing::warn!(cause = error.name(), key = ?self.key, %error, "quota not taken");
                let evidence = self.steps.iter().map(|step| (*step, Evidence::Unreachable));
                Findings { evidence: evidence.collect(), holdings: Vec::new() }
            }
        }
    }

    fn evidence(&self, readings: Vec<Reading>) -> Vec<(usize, Evidence)> {
        let evidence = readings
            .into_iter()
            .map(|reading| if reading.over { Evidence::Full(reading) } else { Evidence::Room(reading) });
        self.steps.iter().copied().zip(evidence).collect()
    }
}

/// What a rule's quota asks of its key.
fn demand(rule: &Rule, quota: &Quota, cost: Decimal) -> Demand {
    Demand {
        rule: rule.id.to_string(),
        window: quota.window,
        limit: quota.limit.amount(),
        cost,
        enforced: matches!(rule.effect(), Effect::Decide(_)),
    }
}

impl Findings {
    /// Adds what else was found.
    pub(super) fn extend(&mut self, more: Self) {
        self.evidence.extend(more.evidence);
        self.holdings.extend(more.holdings.into_iter().filter(|holding| !holding.shares.is_empty()));
    }

    /// The evidence by step; what was found last about a step counts.
    pub(super) fn by_step(&self, n_steps: usize) -> Vec<Evidence> {
        let mut by_step = vec![Evidence::NotAsked; n_steps];
        for (step, evidence) in &self.evidence {
            if let Some(slot) = by_step.get_mut(*step) {
                *slot = evidence.clone();
            }
        }
        by_step
    }

    /// Gives back what was taken for steps from `step` on, since the verification turned out not to need it.
    /// A failure is logged; the window heals it.
    pub(super) async fn give_back_from(
        self,
        step: usize,
        gate: &Gate,
        stamp: Stamp,
        deadline: Instant,
        now: Timestamp,
    ) {
        let returns = self.holdings.into_iter().map(|holding| async move {
            let (back, kept): (Vec<_>, Vec<_>) = holding.shares.into_iter().partition(|(of, _)| *of >= step);
            if back.is_empty() {
                return;
            }
            // While other shares of the item are kept, the stamp must go on saying so.
            let stamp = kept.is_empty().then_some(stamp);
            let shares: Vec<Share> = back.into_iter().map(|(_, share)| share).collect();
            let returned =
                gate.within(deadline, gate.store.give_back(&holding.key, &shares, stamp, now)).await;
            if let Err(error) = returned {
                tracing::warn!(cause = error.name(), key = ?holding.key, %error, "shares not given back");
            }
        });
        join_all(returns).await;
    }
}

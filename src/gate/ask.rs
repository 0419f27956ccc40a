//! The one trip of a decision: list entries, quotas and the number's past, all asked in parallel.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use super::decide::Handling;
use super::findings::{Findings, Holding};
use super::{Gate, InForce};
use crate::attempt::Claim;
use crate::decision::Evidence;
use crate::phone::PhoneNumber;
use crate::policy::{DimensionKey, Plan, Quota, StepTest};
use crate::quota::{Demand, Measure, Reading, Stamp};
use crate::store::{Lookup, QuotaKey, Take};

/// What a plan needs to know from the store.
pub(super) struct Inquiry {
    /// The list steps of the plan: step, lookup.
    lookups: Vec<(usize, Lookup)>,
    /// The quota steps of the plan, by the item they share.
    items: Vec<QuotaItem>,
    /// What the verification may give back once it has ended, by step.
    claims: Vec<(usize, Claim)>,
    /// Whether some step waits to learn of the number's past.
    asks_past: bool,
}

/// The demands on one quota item.
struct QuotaItem {
    key: QuotaKey,
    /// The step of each demand.
    steps: Vec<usize>,
    demands: Vec<Demand>,
}

impl Inquiry {
    /// What a plan asks for.
    pub(super) fn of(plan: &Plan<'_>, in_force: &InForce, number: &PhoneNumber, app: &str) -> Self {
        let (mut lookups, mut claims) = (Vec::new(), Vec::new());
        let mut items: BTreeMap<&DimensionKey, QuotaItem> = BTreeMap::new();
        for (index, step) in plan.steps.iter().enumerate() {
            match &step.test {
                StepTest::List(list) => {
                    lookups.push((index, Lookup::new(list.as_str(), number, &in_force.lengths)));
                }
                StepTest::Quota { quota, key, takes } => {
                    let item = items.entry(key).or_insert_with(|| QuotaItem {
                        key: QuotaKey::new(app, key),
                        steps: Vec::new(),
                        demands: Vec::new(),
                    });
                    let demand = quota.demand(step.rule, key, takes);
                    claims.extend(claim(&item.key, quota, &demand).map(|claim| (index, claim)));
                    item.steps.push(index);
                    item.demands.push(demand);
                }
                StepTest::Standing => {}
            }
        }
        let asks_past = plan.steps.iter().any(|step| !step.standing.is_any());
        Self { lookups, items: items.into_values().collect(), claims, asks_past }
    }

    /// Whether anything is to be asked that could turn a denial.
    pub(super) fn may_turn_a_denial(&self) -> bool {
        !self.lookups.is_empty() || self.asks_past
    }

    /// The refusals that are certain without asking.
    pub(super) fn certain(&self, gate: &Gate, stamp: Stamp, now: Timestamp) -> Findings {
        let mut evidence = Vec::new();
        for item in &self.items {
            let readings = gate.store.refused_in_memory(&item.key, &item.demands, stamp, now);
            let full =
                item.steps.iter().zip(readings.into_iter().flatten()).filter(|(_, reading)| reading.over);
            evidence.extend(full.map(|(step, reading)| (*step, Evidence::Full(reading))));
        }
        Findings::new(evidence, Vec::new())
    }

    /// Asks what is known of the number, in one request, where anything needs that. What the steps before `end`
    /// may give back later is left there by the same request.
    pub(super) async fn ask_number(&self, handling: &Handling<'_>, end: usize) -> Findings {
        let claims: Vec<(usize, Claim)> =
            self.claims.iter().filter(|(step, _)| *step < end).cloned().collect();
        if claims.is_empty() && !self.asks_past {
            return Findings::default();
        }
        Findings::of_number(handling, claims).await
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
        Findings::new(steps.zip(evidence).collect(), Vec::new())
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
                Findings::new(self.evidence(held.readings), vec![holding])
            }
            Ok(Take::Refused(readings)) => Findings::new(self.evidence(readings), Vec::new()),
            Err(error) => {
                tracing::warn!(cause = error.name(), key = ?self.key, %error, "quota not taken");
                let evidence = self.steps.iter().map(|step| (*step, Evidence::Unreachable));
                Findings::new(evidence.collect(), Vec::new())
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

/// What a demand leaves to be given back; nothing where the quota does not release.
fn claim(key: &QuotaKey, quota: &Quota, demand: &Demand) -> Option<Claim> {
    let Measure::Amount { cost, grow } = demand.measure else { return None };
    quota.release.then(|| Claim {
        key: key.name().to_owned(),
        rule: demand.rule.clone(),
        window: demand.window,
        cost,
        is_held: true,
        grows: grow.is_some(),
    })
}

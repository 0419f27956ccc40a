//! What came of a scenario.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Played;
use super::scenario::{Kind, Scenario};
use crate::backtest::Share;
use crate::policy::Policy;

/// What a policy did in a scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The scenario.
    pub scenario: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// The share of the attack's spend that was stopped; `None` where nobody attacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<f64>,
    /// What the attack would have spent without the policy, and what it spent, in ten-thousandths of a euro.
    #[serde(skip)]
    pub spend: (u64, u64),
    /// Requests of the attack.
    pub attack_requests: usize,
    /// Seconds until hardly anything of the attack got through; `None` where that never was so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contained_after_seconds: Option<i64>,
    /// People who would have verified and never did, of all who would have.
    pub lost: Share,
    /// People who wanted to verify and could not even without rules, since their messages did not arrive.
    pub lost_to_carrier: u64,
    /// The rules that denied, the most frequent first.
    pub rules: Vec<RuleHits>,
}

/// What a rule denied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleHits {
    /// The rule; `default` where no rule fired.
    pub rule: String,
    /// Requests of the attack that it denied.
    pub attack_denied: u64,
    /// People lost whom it denied last.
    pub people_lost: u64,
}

impl Outcome {
    /// What a policy did, from what came of the scenario without it and with it.
    pub(super) fn of(scenario: &Scenario, policy: &Policy, without: &Played, with: &Played) -> Self {
        let spend = (without.tally.spend(), with.tally.spend());
        let stopped = (spend.0 > 0).then(|| {
            let got = Share { count: spend.1, of: spend.0 };
            (1.0 - got.value()).max(0.0)
        });
        let mut hits: BTreeMap<Option<usize>, RuleHits> = BTreeMap::new();
        let mut of_rule = |rule: Option<usize>, attack_denied, people_lost| {
            let name = rule.and_then(|place| policy.rules().get(place)).map(|rule| rule.id.to_string());
            let name = name.unwrap_or_else(|| "default".to_owned());
            let hits = hits.entry(rule).or_insert(RuleHits { rule: name, attack_denied: 0, people_lost: 0 });
            hits.attack_denied += attack_denied;
            hits.people_lost += people_lost;
        };
        for (rule, n) in &with.tally.denied_by {
            of_rule(*rule, *n, 0);
        }
        let (mut lost, mut lost_to_carrier) = (Share::default(), 0);
        let pairs = without.people.iter().zip(&with.people).zip(&without.counted);
        for ((without, with), _) in pairs.filter(|(_, is_counted)| **is_counted) {
            lost.of += u64::from(without.verified);
            lost_to_carrier += u64::from(without.enters_code && !without.verified);
            if without.verified && !with.verified {
                lost.count += 1;
                of_rule(with.denied_by, 0, 1);
            }
        }
        let mut rules: Vec<RuleHits> = hits.into_values().collect();
        rules.sort_by_key(|hits| std::cmp::Reverse((hits.attack_denied, hits.people_lost)));
        let contained = with.tally.contained_after().filter(|_| spend.0 > 0);
        Self {
            scenario: scenario.name,
            kind: scenario.kind,
            stopped,
            spend,
            attack_requests: with.tally.requests(),
            contained_after_seconds: contained.map(|after| after.as_secs()),
            lost,
            lost_to_carrier,
            rules,
        }
    }
}

//! What a plan needs to know from the table, and what it would take there. Pure: nothing is asked here.

use std::collections::BTreeMap;

use crate::attempt::Claim;
use crate::dimension_key::DimensionKey;
use crate::policy::{Facts, Plan, Quota, StepQuestion};
use crate::quota::{Demand, Measure};
use crate::store::{Lookup, PrefixLengths, QuotaKey};

/// What a plan needs to know from the table.
pub(crate) struct Inquiry {
    /// The list steps of the plan.
    pub(crate) lists: Vec<ListStep>,
    /// The quota steps of the plan, by the item that they share.
    pub(crate) items: Vec<QuotaItem>,
    /// Whether some step depends on the number's past.
    pub(crate) asks_past: bool,
}

/// A list step, by its index in the plan.
pub(crate) struct ListStep {
    pub(crate) step: usize,
    pub(crate) lookup: Lookup,
}

/// The quota steps that count under one key.
pub(crate) struct QuotaItem {
    pub(crate) key: QuotaKey,
    pub(crate) steps: Vec<QuotaStep>,
}

/// A quota step, by its index in the plan.
#[derive(Clone)]
pub(crate) struct QuotaStep {
    pub(crate) step: usize,
    pub(crate) demand: Demand,
    /// What the share may give back once the verification has ended; `None` where the quota does not release.
    pub(crate) claim: Option<Claim>,
}

impl Inquiry {
    /// What a plan needs to know, given the lengths of the list prefixes in use.
    pub(crate) fn new(plan: &Plan<'_>, lengths: &PrefixLengths, facts: &Facts<'_>) -> Self {
        let mut lists = Vec::new();
        let mut items: BTreeMap<&DimensionKey, QuotaItem> = BTreeMap::new();
        for (index, step) in plan.steps.iter().enumerate() {
            match &step.question {
                StepQuestion::List(list) => {
                    let lookup = Lookup::new(list.as_str(), &facts.request.number, lengths);
                    lists.push(ListStep { step: index, lookup });
                }
                StepQuestion::Quota { quota, key, takes } => {
                    let item = items.entry(key).or_insert_with(|| QuotaItem {
                        key: QuotaKey::new(facts.app, key),
                        steps: Vec::new(),
                    });
                    let demand = step.demand(quota, key, takes);
                    let claim = claim(&item.key, quota, &demand);
                    item.steps.push(QuotaStep { step: index, demand, claim });
                }
                StepQuestion::Past => {}
            }
        }
        let asks_past = plan.steps.iter().any(|step| !step.past.is_any());
        Self { lists, items: items.into_values().collect(), asks_past }
    }

    /// Whether the table must be asked before anything is taken.
    pub(super) fn asks(&self) -> bool {
        self.asks_past || !self.lists.is_empty()
    }
}

impl QuotaItem {
    /// The demands of its steps.
    pub(crate) fn demands(&self) -> Vec<Demand> {
        self.steps.iter().map(|step| step.demand.clone()).collect()
    }
}

fn claim(key: &QuotaKey, quota: &Quota, demand: &Demand) -> Option<Claim> {
    let Measure::Amount { cost, grow } = demand.measure else { return None };
    quota.options.release.then(|| Claim {
        key: key.name().to_owned(),
        rule: demand.rule.clone(),
        window: demand.window,
        cost,
        is_held: true,
        grows: grow.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::sample::{POLICY, facts, policy, request};

    /// The lists, the quotas by item with a star for each that releases, and whether the past is asked for.
    fn inquired(source: &str) -> (Vec<usize>, Vec<String>, bool, bool) {
        let (policy, request) = (policy(source), request());
        let facts = facts(&request);
        let inquiry = Inquiry::new(&policy.plan(&facts), &PrefixLengths::default(), &facts);
        let quota = |of: &QuotaStep| {
            format!("{} {}{}", of.step, of.demand.rule, if of.claim.is_some() { "*" } else { "" })
        };
        let items =
            inquiry.items.iter().map(|item| item.steps.iter().map(quota).collect::<Vec<_>>().join(", "));
        (
            inquiry.lists.iter().map(|list| list.step).collect(),
            items.collect(),
            inquiry.asks_past,
            inquiry.asks(),
        )
    }

    #[test]
    fn quotas_of_one_key_share_an_item_and_the_past_is_asked_for_where_it_matters() {
        let table = [
            (POLICY.to_owned(), (vec![1], vec!["0 cap*, 2 stranger*, 3 watch*".to_owned()], true, true)),
            (rules(&[]), (vec![], vec![], false, false)),
            (
                rules(&[r#"quota = { per = "number", limit = 1, window = "1h" }"#]),
                (vec![], vec!["0 rule-0".to_owned()], false, false),
            ),
            (
                rules(&[
                    r#"quota = { per = "number", limit = 1, window = "1h" }"#,
                    r#"quota = { per = "country", limit = 1, window = "1h", release = "verified" }"#,
                    r#"quota = { per = "number", limit = 2, window = "1d" }"#,
                ]),
                (vec![], vec!["1 rule-1*".to_owned(), "0 rule-0, 2 rule-2".to_owned()], false, false),
            ),
            (rules(&[r#"list = "blocklist""#]), (vec![0], vec![], false, true)),
            (rules(&[r#"when.verified_within = "1d""#]), (vec![], vec![], true, true)),
            // What conditions leave out is not asked.
            (rules(&["list = \"blocklist\"\nwhen.country = [\"NO\"]"]), (vec![], vec![], false, false)),
        ];
        for (source, expected) in table {
            assert_eq!(inquired(&source), expected, "{source}");
        }
    }

    fn rules(bodies: &[&str]) -> String {
        let rule =
            |(n, body): (usize, &&str)| format!("[[rules]]\nid = \"rule-{n}\"\nverdict = \"deny\"\n{body}\n");
        let rules: String = bodies.iter().enumerate().map(rule).collect();
        format!("schema = 1\ndefault = \"allow\"\n{rules}")
    }
}

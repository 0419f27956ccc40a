//! Keys of quotas that were full, and keys near their limit, from records that say where each quota stood.

mod key;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

pub use key::Key;

use super::Seen;
use crate::policy::{Mode, Policy, Question};
use crate::record::{Decided, QuotaReading};
use crate::verdict::Verdict;

/// From this share of its limit on a key is near it.
const NEAR: Decimal = Decimal::from_parts(8, 0, 0, false, 1);

/// What the policies in force say of their rules.
#[derive(Clone, Debug, Default)]
pub struct Quotas {
    per: BTreeMap<String, String>,
    monitors: Vec<String>,
}

/// A key of a quota that denied, since the quota was full.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FullKey {
    /// The rule that denied.
    pub rule: String,
    /// What the quota counts by, such as `country`; absent where no policy in force has the rule any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// What it denied.
    pub denied: u64,
    /// The most that it stood at.
    pub total: Decimal,
    /// Its limit, as it stood last.
    pub limit: Decimal,
    /// The currency of both, where money is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When there is room again, by the last of its denials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
}

/// A key of a quota that was at four fifths of its limit or above, and denied nothing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearKey {
    /// The rule.
    pub rule: String,
    /// What the quota counts by, such as `country`; absent where no policy in force has the rule any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per: Option<String>,
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// How many requests found it so.
    pub requests: u64,
    /// The most that it stood at.
    pub total: Decimal,
    /// Its limit, as it stood last.
    pub limit: Decimal,
    /// The currency of both, where money is counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// Collects readings.
#[derive(Debug, Default)]
pub(super) struct Keys {
    full: BTreeMap<(String, Key), FullKey>,
    near: BTreeMap<(String, Key), NearKey>,
}

impl Quotas {
    /// Takes the rules of a policy in.
    pub fn learn(&mut self, policy: &Policy) {
        for rule in policy.rules() {
            if let Question::Quota(quota) = &rule.question {
                self.per.insert(rule.id.to_string(), quota.per.to_string());
            }
            if rule.mode == Mode::Monitor {
                self.monitors.push(rule.id.to_string());
            }
        }
    }

    /// What the quota of a rule counts by.
    #[must_use]
    pub fn per(&self, rule: &str) -> Option<&String> {
        self.per.get(rule)
    }

    /// The key of a verification under a rule. Without the quota of the rule, the country says most about it.
    pub(super) fn key(&self, rule: &str, seen: &Seen<'_>) -> Key {
        Key::of(self.per(rule).map_or("country", String::as_str), seen)
    }

    /// The rules in monitor mode.
    pub(super) fn monitors(&self) -> impl Iterator<Item = &String> {
        self.monitors.iter()
    }
}

impl Keys {
    /// Takes in where the quotas stood. A denial belongs to the rule that decided, and to no other.
    pub(super) fn add(&mut self, seen: &Seen<'_>, quotas: &Quotas) {
        let decided = seen.decided;
        for reading in &decided.quotas {
            let has_denied = decided.verdict == Verdict::Deny && decided.rule.as_ref() == Some(&reading.rule);
            if has_denied {
                self.add_full(reading, quotas.key(&reading.rule, seen), quotas);
            } else if let Some(total) = standing_near(reading, decided) {
                self.add_near(reading, total, quotas.key(&reading.rule, seen), quotas);
            }
        }
    }

    fn add_full(&mut self, reading: &QuotaReading, key: Key, quotas: &Quotas) {
        let QuotaReading { rule, total, limit, currency, retry_at } = reading;
        let new = || FullKey {
            rule: rule.clone(),
            per: quotas.per(rule).cloned(),
            key: key.clone(),
            denied: 0,
            total: *total,
            limit: *limit,
            currency: currency.clone(),
            retry_at: None,
        };
        let full = self.full.entry((rule.clone(), key.clone())).or_insert_with(new);
        full.denied += 1;
        full.total = full.total.max(*total);
        full.limit = *limit;
        full.retry_at = full.retry_at.max(*retry_at);
    }

    fn add_near(&mut self, reading: &QuotaReading, total: Decimal, key: Key, quotas: &Quotas) {
        let QuotaReading { rule, limit, currency, .. } = reading;
        let new = || NearKey {
            rule: rule.clone(),
            per: quotas.per(rule).cloned(),
            key: key.clone(),
            requests: 0,
            total,
            limit: *limit,
            currency: currency.clone(),
        };
        let near = self.near.entry((rule.clone(), key.clone())).or_insert_with(new);
        near.requests += 1;
        near.total = near.total.max(total);
        near.limit = *limit;
    }

    /// The keys that denied most, and those nearest to their limit. Each count stands for `scale` times as
    /// many.
    pub(super) fn finish(self, scale: u64) -> (Vec<FullKey>, Vec<NearKey>) {
        let Self { full, mut near } = self;
        near.retain(|key, _| !full.contains_key(key));
        let mut full: Vec<FullKey> = full.into_values().collect();
        full.sort_by_key(|key| Reverse(key.denied));
        full.iter_mut().for_each(|key| key.denied *= scale);
        let mut near: Vec<NearKey> = near.into_values().collect();
        near.sort_by_key(|key| Reverse((key.total.checked_div(key.limit), key.requests)));
        near.iter_mut().for_each(|key| key.requests *= scale);
        (full, near)
    }
}

/// Where a quota stood that did not decide, if that is near its limit without the verification's own share:
/// with it a limit of 1 would always be reached. A denied verification has given its share back.
fn standing_near(reading: &QuotaReading, decided: &Decided) -> Option<Decimal> {
    let own = match (&reading.retry_at, &reading.currency) {
        (Some(_), _) => Decimal::ZERO,
        (None, None) => Decimal::ONE,
        (None, Some(_)) => {
            let amount = decided.price.as_deref().and_then(|price| price.split(' ').next());
            amount.and_then(|amount| amount.parse().ok()).unwrap_or_default()
        }
    };
    let before = reading.total.saturating_sub(own);
    let is_near = reading.limit.checked_mul(NEAR).is_some_and(|near| before >= near);
    is_near.then_some(if decided.verdict == Verdict::Allow { reading.total } else { before })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::sample::story;
    use crate::record::Story;

    const POLICY: &str = r#"
schema = 1
default = "allow"
rules = [
    { id = "range", verdict = "deny", quota = { per = "block:3", limit = 10, window = "1d" } },
    { id = "number", verdict = "deny", quota = { per = ["number", "method"], limit = 5, window = "1d" } },
]
"#;

    fn denied(number: &str, by: &str, readings: &[(&str, u32, u32)]) -> Story {
        let mut story = story(number, Verdict::Deny, &[]);
        let decided = story.decision.as_mut().unwrap();
        decided.rule = Some(by.to_owned());
        let reading = |(rule, total, limit): &(&str, u32, u32)| QuotaReading {
            rule: (*rule).to_owned(),
            total: (*total).into(),
            limit: (*limit).into(),
            currency: None,
            retry_at: None,
        };
        decided.quotas = readings.iter().map(reading).collect();
        story
    }

    fn keys(stories: &[Story]) -> (Vec<FullKey>, Vec<NearKey>) {
        let mut quotas = Quotas::default();
        quotas.learn(&Policy::compile(POLICY).unwrap().policy);
        let mut keys = Keys::default();
        stories.iter().filter_map(Seen::of).for_each(|seen| keys.add(&seen, &quotas));
        keys.finish(1)
    }

    #[test]
    fn a_denial_belongs_to_the_rule_that_decided_and_to_no_other() {
        let (full, near) = keys(&[
            denied("+46701740605", "range", &[("number", 5, 5), ("range", 10, 10)]),
            denied("+46701740606", "range", &[("number", 1, 5), ("range", 9, 10)]),
            denied("+46701740605", "blocklist", &[("number", 5, 5)]),
        ]);
        let [range] = &full[..] else { panic!("{full:?}") };
        assert_eq!((range.rule.as_str(), range.key.shown.as_str(), range.denied), ("range", "+46701740*", 2));
        assert_eq!(range.total, 10.into());
        let [number] = &near[..] else { panic!("{near:?}") };
        // Its own share, which came back with the denial, is left out.
        assert_eq!((number.rule.as_str(), number.requests, number.total), ("number", 2, 4.into()));
    }

    #[test]
    fn a_limit_of_one_is_not_near_by_the_verification_s_own_share() {
        let (full, near) =
            keys(&[denied("+46701740605", "blocklist", &[("number", 1, 1), ("range", 8, 10)])]);
        assert_eq!((full, near), (vec![], vec![]));
    }

    #[test]
    fn numbers_that_look_the_same_where_they_are_masked_stay_apart() {
        let reading = [("number", 5, 5)];
        let (full, _) =
            keys(&[denied("+46701740605", "number", &reading), denied("+46709999905", "number", &reading)]);
        let names: Vec<_> =
            full.iter().map(|key| (key.key.key.as_str(), key.key.shown.as_str(), key.denied)).collect();
        let shown = "+4670*****05, sms";
        assert_eq!(names, [("+46701740605, sms", shown, 1), ("+46709999905, sms", shown, 1)]);
    }

    #[test]
    fn without_its_quota_a_rule_is_named_by_the_country() {
        let (full, _) = keys(&[denied("+46701740605", "gone", &[("gone", 1, 1)])]);
        assert_eq!((full[0].per.clone(), full[0].key.key.as_str()), (None, "SE"));
    }
}

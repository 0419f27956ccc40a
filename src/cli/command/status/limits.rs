//! Keys of quotas near their limit, from records of denials, which say where each quota stood.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::event::Method;
use crate::phone::PhoneNumber;
use crate::policy::{Policy, Question};
use crate::privacy::StoredNumber;
use crate::record::{Decided, QuotaReading, Region, Subject};

/// From this share of its limit on a key is near it.
const NEAR: Decimal = Decimal::from_parts(8, 0, 0, false, 1);

/// What the quotas of the policies in force count by, by rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Quotas(BTreeMap<String, String>);

/// A key of a quota that was near or at its limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct NearLimit {
    pub(super) rule: String,
    /// What the quota counts by, such as `country`; absent where no policy in force has the rule any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) per: Option<String>,
    /// The key, as far as a record has it; numbers are masked.
    pub(super) key: String,
    /// The most that it stood at.
    pub(super) total: Decimal,
    pub(super) limit: Decimal,
    /// How many denials name it.
    pub(super) denials: usize,
    /// When there is room again, by the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_at: Option<Timestamp>,
}

/// Collects readings.
#[derive(Default)]
pub(super) struct Limits(BTreeMap<(String, String), NearLimit>);

impl Quotas {
    /// Takes the rules of a policy in.
    pub(super) fn learn(&mut self, policy: &Policy) {
        for rule in policy.rules() {
            if let Question::Quota(quota) = &rule.question {
                self.0.insert(rule.id.to_string(), quota.per.to_string());
            }
        }
    }
}

impl Limits {
    /// Takes in where the quotas of a denial stood.
    pub(super) fn add(&mut self, subject: &Subject, decided: &Decided, quotas: &Quotas) {
        for reading in decided.quotas.iter().filter(|reading| is_near(reading)) {
            let per = quotas.0.get(&reading.rule);
            // Without its policy, the country says most about a denial.
            let key = key(per.map_or("country", String::as_str), subject);
            let new = || NearLimit {
                rule: reading.rule.clone(),
                per: per.cloned(),
                key: key.clone(),
                total: reading.total,
                limit: reading.limit,
                denials: 0,
                retry_at: None,
            };
            let near = self.0.entry((reading.rule.clone(), key.clone())).or_insert_with(new);
            near.total = near.total.max(reading.total);
            near.limit = reading.limit;
            near.denials += 1;
            near.retry_at = near.retry_at.max(reading.retry_at);
        }
    }

    /// Those that denied most.
    pub(super) fn nearest(self, top: usize) -> Vec<NearLimit> {
        let mut nearest: Vec<NearLimit> = self.0.into_values().collect();
        nearest.sort_by_key(|near| std::cmp::Reverse(near.denials));
        nearest.truncate(top);
        nearest
    }
}

fn is_near(reading: &QuotaReading) -> bool {
    reading.limit.checked_mul(NEAR).is_some_and(|near| reading.total >= near)
}

/// The key of a verification, as a person reads it.
fn key(per: &str, subject: &Subject) -> String {
    let number = subject.number.as_ref();
    let plain = number.and_then(StoredNumber::plain);
    let part = |dimension: &str| {
        let value = match dimension {
            "number" => number.map(StoredNumber::shown),
            "country" => subject.country.as_ref().map(Region::to_string),
            "calling_code" => plain.and_then(PhoneNumber::calling_code).map(|code| format!("+{code}")),
            "method" => subject.method.as_ref().map(Method::to_string),
            "app" => Some(subject.app.to_string()),
            "all" => Some("all".to_owned()),
            other => other.strip_prefix("block:").and_then(|digits| {
                let block = plain?.block(digits.parse().ok()?)?;
                Some(format!("{block}*"))
            }),
        };
        // What the end user's own text held is not shown, and what is not recorded cannot be.
        value.unwrap_or_else(|| dimension.to_owned())
    };
    per.split('+').map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::sample;
    use crate::verdict::Verdict;

    const POLICY: &str = r#"
schema = 1
default = "allow"
rules = [
    { id = "range", verdict = "deny", quota = { per = "block:3", limit = 10, window = "1d" } },
    { id = "number", verdict = "deny", quota = { per = ["number", "method"], limit = 5, window = "1d" } },
]
"#;

    fn subject(number: &str) -> Subject {
        Subject {
            number: Some(number.to_owned().into()),
            country: Some("SE".to_owned().into()),
            method: Some(Method::Sms),
            ..sample::subject()
        }
    }

    fn denied(readings: &[(&str, u32, u32)]) -> Decided {
        let reading = |(rule, total, limit): &(&str, u32, u32)| QuotaReading {
            rule: (*rule).to_owned(),
            total: (*total).into(),
            limit: (*limit).into(),
            currency: None,
            retry_at: None,
        };
        Decided { quotas: readings.iter().map(reading).collect(), ..sample::decided(Verdict::Deny) }
    }

    #[test]
    fn keys_near_their_limit_are_named_by_what_the_quota_counts_by() {
        let mut quotas = Quotas::default();
        quotas.learn(&Policy::compile(POLICY).unwrap().policy);
        let mut limits = Limits::default();
        limits.add(&subject("+46701740605"), &denied(&[("range", 10, 10), ("number", 4, 5)]), &quotas);
        limits.add(&subject("+46701740606"), &denied(&[("range", 9, 10), ("number", 3, 5)]), &quotas);
        limits.add(&subject("hmac:0011"), &denied(&[("gone", 1, 1)]), &quotas);
        let nearest = limits.nearest(3);
        let shown: Vec<_> =
            nearest.iter().map(|near| (near.rule.as_str(), near.key.as_str(), near.denials)).collect();
        assert_eq!(
            shown,
            [("range", "+46701740*", 2), ("gone", "SE", 1), ("number", "+4670*****05, sms", 1)]
        );
        assert_eq!(nearest[0].total, 10.into());
    }
}

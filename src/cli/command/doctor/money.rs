//! Limits of money, compared with the prices that Sinch reports: amounts in another currency count nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::check::Check;
use super::table;
use crate::policy::{Policy, Question};
use crate::signature::AppKey;
use crate::store::{Store, StoreError, StoredPolicies};

/// How far back prices are looked for.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// How many records are enough to know the currencies by.
const ENOUGH: usize = 500;

/// By application: the currencies of the prices of late.
type Prices = BTreeMap<AppKey, BTreeSet<String>>;

/// Compares them; says nothing where there is nothing to compare.
pub(super) async fn check(store: &Store, now: Timestamp) -> Vec<Check> {
    let compared = async {
        let prices = prices(store, now).await?;
        let apps: Vec<AppKey> = prices.keys().cloned().collect();
        Ok((store.policies().load(&apps).await?, prices))
    };
    match compared.await {
        Ok((policies, prices)) => report(&policies, &prices).into_iter().collect(),
        Err(error) => {
            let rights = "dynamodb:Query on the index, or dynamodb:BatchGetItem";
            vec![table::failure("prices", store.table().name(), &error, rights)]
        }
    }
}

async fn prices(store: &Store, now: Timestamp) -> Result<Prices, StoreError> {
    let mut prices = Prices::new();
    let mut n_read = 0;
    let mut read = store.records().between(now.saturating_sub(LATELY).unwrap_or(now), now);
    while let Some(stories) = read.next(now).await? {
        n_read += stories.len();
        for (_, story) in stories {
            let price = story.decision.and_then(|decided| decided.price);
            if let Some((_, currency)) = price.as_deref().and_then(|price| price.split_once(' ')) {
                prices.entry(story.subject.app).or_default().insert(currency.to_owned());
            }
        }
        if n_read >= ENOUGH {
            break;
        }
    }
    Ok(prices)
}

fn report(policies: &StoredPolicies, prices: &Prices) -> Option<Check> {
    let mut n_limits = 0;
    let mut wrong = BTreeSet::new();
    for (app, currencies) in prices {
        let policy = in_force(policies, app)?;
        for rule in policy.rules() {
            let Question::Quota(quota) = &rule.question else { continue };
            let Some(currency) = quota.limit.currency() else { continue };
            n_limits += 1;
            if !currencies.contains(&currency.to_string()) {
                let told: Vec<&str> = currencies.iter().map(String::as_str).collect();
                let counts = if quota.assume.is_zero() { "nothing" } else { "only what it assumes" };
                wrong.insert(format!(
                    "`{}` limits {currency}, and all prices of late are in {}, so it counts {counts}",
                    rule.id,
                    told.join(" and ")
                ));
            }
        }
    }
    if !wrong.is_empty() {
        let what = wrong.into_iter().collect::<Vec<_>>().join("; ");
        return Some(Check::found("prices", what, "write the limit in the currency that Sinch charges in"));
    }
    (n_limits > 0).then(|| Check::ok("prices", "limits of money are in the currency of the prices of late"))
}

/// The policy that decides for an application; none where another check reports that it does not compile.
fn in_force(policies: &StoredPolicies, app: &AppKey) -> Option<Policy> {
    match policies.for_app(app).ok()? {
        Some(active) => Policy::compile(&active.source).ok().map(|compiled| compiled.policy),
        None => Some(Policy::starter()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(currencies: &[&str], expected: Option<&str>) {
        let currencies = currencies.iter().map(|currency| (*currency).to_owned()).collect();
        let report = report(&StoredPolicies::default(), &[("app".parse().unwrap(), currencies)].into());
        assert_eq!(report.map(|check| check.what).as_deref(), expected);
    }

    #[test]
    fn the_starter_policy_s_limit_is_compared_too() {
        check(&["EUR"], Some("limits of money are in the currency of the prices of late"));
        check(&["EUR", "USD"], Some("limits of money are in the currency of the prices of late"));
        let wrong = "`spend-abroad` limits EUR, and all prices of late are in GBP and USD, so it counts only \
            what it assumes";
        check(&["USD", "GBP"], Some(wrong));
        assert_eq!(report(&StoredPolicies::default(), &Prices::new()), None);
    }
}

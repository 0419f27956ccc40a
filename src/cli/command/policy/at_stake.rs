//! Who would be denied: the numbers that verified in the last hour, asked again under another policy.
//!
//! Conditions and lists are asked. Quotas are not, since what they would have counted under the other policy
//! is not known; nor is what a number did before, so everybody counts as new.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::cli::output::count;
use crate::event::{Custom, Method, Status, VerificationId, VerificationRequest};
use crate::phone::PhoneNumber;
use crate::policy::{By, Conclusion, Facts, Plan, Policy, StepOutcome, StepQuestion};
use crate::record::Story;
use crate::signature::{AppKey, AppScope};
use crate::store::{Lookup, PrefixLengths, Store, StoreError};
use crate::verdict::Verdict;

/// How far back.
const SPANS: i32 = 6;
/// The newest come first, so that it is them who are looked at where there is too much.
const SPAN: SignedDuration = SignedDuration::from_mins(10);
/// How many records are read at most: somebody waits, and during an attack there is no end of them.
const MOST_RECORDS: usize = 3_000;
/// How many numbers are looked up in lists at most.
const MOST_NUMBERS: usize = 500;

/// What a change means for those who verified last.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct AtStake {
    /// How many numbers were asked again.
    n_numbers: usize,
    /// How far back they verified.
    span: SignedDuration,
    /// How many are denied that were not before, by what denies them.
    denied: BTreeMap<String, usize>,
    /// How many more are stored as hashes, so that they cannot be asked again.
    n_hashed: usize,
}

/// Somebody who verified.
struct Verified {
    app: AppKey,
    request: VerificationRequest,
    at: Timestamp,
}

/// Asks those who verified in the last hour again, under the policy in force and under the new one.
///
/// # Errors
/// Where the store fails.
pub(super) async fn at_stake(
    store: &Store,
    app: &AppScope,
    [old, new]: [&Policy; 2],
    now: Timestamp,
) -> Result<AtStake, StoreError> {
    let (verified, mut stake) = verified(store, app, now).await?;
    let lengths = store.policies().load(&[]).await?.lengths;
    let lookups: Vec<Lookup> = verified
        .iter()
        .flat_map(|one| [old, new].map(|policy| one.lookups(policy, &lengths)))
        .flatten()
        .collect();
    let mut listed = BTreeSet::new();
    for (lookup, entry) in lookups.iter().zip(store.lists().find(&lookups, now).await?) {
        if let (Some(_), Some(number)) = (entry, lookup.candidates.first()) {
            listed.insert((lookup.list.clone(), number.clone()));
        }
    }
    let is_listed =
        |list: &str, number: &PhoneNumber| listed.contains(&(list.to_owned(), number.as_str().to_owned()));
    for one in &verified {
        let [before, after] = [old, new].map(|policy| one.denied_by(policy, &is_listed));
        if let (None, Some(by)) = (before, after) {
            *stake.denied.entry(by).or_default() += 1;
        }
    }
    Ok(stake)
}

/// The numbers that verified last, each once, and how many cannot be asked.
async fn verified(
    store: &Store,
    app: &AppScope,
    now: Timestamp,
) -> Result<(Vec<Verified>, AtStake), StoreError> {
    let others: Vec<AppScope> = match app {
        AppScope::All => store.policies().applications().await?,
        AppScope::One(_) => Vec::new(),
    };
    // Who has a policy of its own does not follow the one for all.
    let follows = |key: &AppKey| match app {
        AppScope::One(one) => one == key,
        AppScope::All => !others.iter().any(|other| other.app() == Some(key)),
    };
    let mut found: BTreeMap<String, Verified> = BTreeMap::new();
    let mut stake = AtStake::default();
    let mut n_records = 0;
    for _ in 0..SPANS {
        let to = now.saturating_sub(stake.span).unwrap_or(now);
        let from = to.saturating_sub(SPAN).unwrap_or(to);
        let mut read = store.records().between(from, to);
        while let Some(stories) = read.next(now).await? {
            n_records += stories.len();
            for (_, story) in stories.iter().filter(|(_, story)| follows(&story.subject.app)) {
                if story.status() != Some(&Status::Successful) {
                    continue;
                }
                match Verified::of(story) {
                    Some(one) => drop(found.insert(one.request.number.as_str().to_owned(), one)),
                    None => stake.n_hashed += usize::from(story.decision.is_some()),
                }
            }
        }
        stake.span = stake.span.saturating_add(SPAN);
        if n_records >= MOST_RECORDS || found.len() >= MOST_NUMBERS {
            break;
        }
    }
    stake.n_numbers = found.len();
    Ok((found.into_values().collect(), stake))
}

impl Verified {
    /// What was asked; `None` where the record does not say it all.
    fn of(story: &Story) -> Option<Self> {
        let decision = story.decision.as_ref()?;
        let number = story.subject.number.as_ref()?.plain()?.clone();
        let request = VerificationRequest {
            id: VerificationId(story.subject.id.clone()),
            method: story.subject.method.clone().unwrap_or(Method::Sms),
            number,
            reference: None,
            custom: decision.custom.clone().map(Custom::new),
            price: decision.price.as_deref().and_then(|price| price.parse().ok()),
            unreadable: Vec::new(),
        };
        Some(Self { app: story.subject.app.clone(), request, at: decision.at })
    }

    fn facts(&self) -> Facts<'_> {
        let stored_number = self.request.number.as_str();
        Facts { app: self.app.as_str(), request: &self.request, stored_number, now: self.at }
    }

    /// What the policy would ask of lists.
    fn lookups(&self, policy: &Policy, lengths: &PrefixLengths) -> Vec<Lookup> {
        let plan = policy.plan(&self.facts());
        let lists = plan.steps.iter().filter_map(|step| match &step.question {
            StepQuestion::List(list) => Some(list.as_str()),
            _ => None,
        });
        let lookups = lists.map(|list| Lookup::new(list, &self.request.number, lengths));
        lookups.filter(|lookup| !lookup.candidates.is_empty()).collect()
    }

    /// What denies this one; `None` where it is allowed.
    fn denied_by(&self, policy: &Policy, is_listed: &impl Fn(&str, &PhoneNumber) -> bool) -> Option<String> {
        let plan = policy.plan(&self.facts());
        let conclusion = self.conclude(&plan, is_listed);
        (conclusion.verdict == Verdict::Deny).then(|| match conclusion.by {
            By::Rule(rule) => format!("by rule `{}`", rule.id),
            By::Default | By::StoreFailure(_) => "by default".to_owned(),
        })
    }

    fn conclude<'p>(
        &self,
        plan: &Plan<'p>,
        is_listed: &impl Fn(&str, &PhoneNumber) -> bool,
    ) -> Conclusion<'p> {
        plan.conclude(|index| {
            let fires = plan.steps.get(index).is_some_and(|step| {
                let fires = match &step.question {
                    StepQuestion::List(list) => is_listed(list.as_str(), &self.request.number),
                    StepQuestion::Quota { .. } => false,
                    StepQuestion::Past => true,
                };
                fires && step.past.is_met(None, self.at)
            });
            if fires { StepOutcome::Fired } else { StepOutcome::NotFired }
        })
    }
}

impl AtStake {
    /// `warning` where somebody is denied who was not before.
    pub(super) fn severity(&self) -> &'static str {
        if self.denied.is_empty() { "note" } else { "warning" }
    }

    /// The same for people; nothing where nobody verified.
    pub(super) fn in_words(&self) -> Vec<String> {
        let minutes = self.span.as_mins();
        let mut words = Vec::new();
        if self.n_numbers > 0 {
            let denied: usize = self.denied.values().sum();
            let by: Vec<String> = self.denied.iter().map(|(by, n)| format!("{n} {by}")).collect();
            let by = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
            words.push(format!(
                "of {} that verified in the last {minutes} minutes, {denied} would be denied from now on{by} \
                 (quotas are not counted)",
                count(self.n_numbers, "number")
            ));
        }
        if self.n_hashed > 0 {
            words.push(format!(
                "{} that verified in the last {minutes} minutes cannot be asked again, since the numbers are \
                 stored as hashes",
                count(self.n_hashed, "verification")
            ));
        }
        words
    }
}

//! Who would be denied: the numbers that verified in the last hour, asked again under another policy.
//!
//! Conditions and lists are asked. Quotas are not, since what they would have counted under the other policy
//! is not known; nor is what a number did before, so everybody counts as new. A number that is stored as a
//! hash is asked by its block, so that what concerns single numbers of it is not seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::cli::output::count;
use crate::cli::verified_lately::verified_lately;
use crate::event::{Custom, Method, VerificationId, VerificationRequest};
use crate::phone::PhoneNumber;
use crate::policy::{By, Conclusion, Facts, Plan, Policy, StepOutcome, StepQuestion};
use crate::record::{Region, Story, Subject};
use crate::signature::{AppKey, AppScope};
use crate::store::{Lookup, PrefixLengths, Store, StoreError};
use crate::verdict::Verdict;

/// How many numbers are looked up in lists at most.
const MOST_NUMBERS: usize = 500;

/// What a change means for those who verified last.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct AtStake {
    /// How many numbers were asked again.
    n_numbers: usize,
    /// How many of them are stored as hashes, and were asked by their block.
    n_by_block: usize,
    /// Which part of the hour's verifications was looked at, in words.
    part: String,
    /// How many are denied that were not before, by what denies them.
    denied: BTreeMap<String, usize>,
    /// How many more are stored as hashes and cannot be asked again, since their block is not known.
    n_unasked: usize,
}

/// Somebody who verified.
struct Verified {
    app: AppKey,
    request: VerificationRequest,
    at: Timestamp,
    /// How many digits are known, where the number stands for its block.
    of_block: Option<usize>,
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
        if let (Some(_), Some(best)) = (entry, lookup.candidates.first()) {
            listed.insert((lookup.list.clone(), best.clone()));
        }
    }
    let is_listed = |lookup: &Lookup| {
        lookup.candidates.first().is_some_and(|best| listed.contains(&(lookup.list.clone(), best.clone())))
    };
    for one in &verified {
        let [before, after] = [old, new].map(|policy| one.denied_by(policy, &lengths, &is_listed));
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
    let lately = verified_lately(store, now).await?;
    let mut stake = AtStake { part: lately.part(), ..AtStake::default() };
    let mut found = Vec::new();
    for story in lately.stories.iter().filter(|story| follows(&story.subject.app)) {
        match Verified::of(story) {
            Some(one) if found.len() < MOST_NUMBERS => found.push(one),
            Some(_) => {}
            None => stake.n_unasked += usize::from(story.decision.is_some()),
        }
    }
    stake.n_numbers = found.len();
    stake.n_by_block = found.iter().filter(|one| one.of_block.is_some()).count();
    Ok((found, stake))
}

impl Verified {
    /// What was asked; `None` where the record does not say it all.
    fn of(story: &Story) -> Option<Self> {
        let decision = story.decision.as_ref()?;
        let plain = story.subject.number.as_ref()?.plain().cloned();
        let (number, of_block) = match plain {
            Some(number) => (number, None),
            None => stand_in(&story.subject).map(|(number, digits)| (number, Some(digits)))?,
        };
        let request = VerificationRequest {
            id: VerificationId(story.subject.id.clone()),
            method: story.subject.method.clone().unwrap_or(Method::Sms),
            number,
            reference: None,
            custom: decision.custom.clone().map(Custom::new),
            price: decision.price.as_deref().and_then(|price| price.parse().ok()),
            unreadable: Vec::new(),
        };
        Some(Self { app: story.subject.app.clone(), request, at: decision.at, of_block })
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
        let lookups = lists.map(|list| self.lookup(list, lengths));
        lookups.filter(|lookup| !lookup.candidates.is_empty()).collect()
    }

    fn lookup(&self, list: &str, lengths: &PrefixLengths) -> Lookup {
        let mut lookup = Lookup::new(list, &self.request.number, lengths);
        if let Some(digits) = self.of_block {
            // With the plus and the star, and without what is invented.
            lookup.candidates.retain(|entry| entry.ends_with('*') && entry.len() <= digits + 2);
        }
        lookup
    }

    /// What denies this one; `None` where it is allowed.
    fn denied_by(
        &self,
        policy: &Policy,
        lengths: &PrefixLengths,
        is_listed: &impl Fn(&Lookup) -> bool,
    ) -> Option<String> {
        let plan = policy.plan(&self.facts());
        let conclusion = self.conclude(&plan, |list| is_listed(&self.lookup(list, lengths)));
        (conclusion.verdict == Verdict::Deny).then(|| match conclusion.by {
            By::Rule(rule) => format!("by rule `{}`", rule.id),
            By::Default | By::StoreFailure(_) => "by default".to_owned(),
        })
    }

    fn conclude<'p>(&self, plan: &Plan<'p>, is_listed: impl Fn(&str) -> bool) -> Conclusion<'p> {
        plan.conclude(|index| {
            let fires = plan.steps.get(index).is_some_and(|step| {
                let fires = match &step.question {
                    StepQuestion::List(list) => is_listed(list.as_str()),
                    StepQuestion::Quota { .. } => false,
                    StepQuestion::Past => true,
                };
                fires && step.past.is_met(None, self.at)
            });
            if fires { StepOutcome::Fired } else { StepOutcome::NotFired }
        })
    }
}

/// A number that stands for the block of one that is stored as a hash, and how many of its digits are known.
/// `None` where the block is not known, or such a number would not be of the same country and type.
fn stand_in(subject: &Subject) -> Option<(PhoneNumber, usize)> {
    let block = subject.block.as_ref()?.number();
    let is_alike = |number: &PhoneNumber| {
        number.country().map(Region::from) == subject.country
            && subject.number_type.as_ref().is_some_and(|of_it| *of_it == number.number_type().to_string())
    };
    let numbers = ["000", "500", "999"].map(|rest| PhoneNumber::new(&format!("{}{rest}", block.as_str())));
    Some((numbers.into_iter().find(is_alike)?, block.digits()?.len()))
}

impl AtStake {
    /// `warning` where somebody is denied who was not before.
    pub(super) fn severity(&self) -> &'static str {
        if self.denied.is_empty() { "note" } else { "warning" }
    }

    /// The same for people; nothing where nobody verified.
    pub(super) fn in_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.n_numbers > 0 {
            let denied: usize = self.denied.values().sum();
            let by: Vec<String> = self.denied.iter().map(|(by, n)| format!("{n} {by}")).collect();
            let by = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
            words.push(format!(
                "of {} that verified in the last hour{}, {denied} would be denied from now on{by} (quotas \
                 are not counted)",
                count(self.n_numbers, "number"),
                self.part
            ));
        }
        if self.n_by_block > 0 {
            words.push(format!(
                "{} of them by their block alone, since the table holds numbers as hashes: entries for \
                 single numbers are not seen",
                self.n_by_block
            ));
        }
        if self.n_unasked > 0 {
            words.push(format!(
                "{} that verified in the last hour cannot be asked again, since the table holds numbers as \
                 hashes",
                count(self.n_unasked, "number")
            ));
        }
        words
    }
}

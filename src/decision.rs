//! The decision about one request: what the store found for each step of a plan, what follows, and why in
//! words.

use jiff::Timestamp;

use crate::dimension_key::DimensionKey;
use crate::event::VerificationRequest;
use crate::list::ListEntry;
use crate::policy::{
    By, Conclusion, Condition, Limit, Plan, Quota, Rule, Step, StepOutcome, StepTest, Takes,
};
use crate::quota::Reading;
use crate::record::{Decided, MonitorHit, QuotaReading};
use crate::verdict::Verdict;

/// What is known about one step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing, since it was not asked.
    NotAsked,
    /// The number is not on the list.
    NotListed,
    /// The number is on the list.
    Listed(ListEntry),
    /// The quota has room, and the share is taken.
    Room(Reading),
    /// The quota has no room.
    Full(Reading),
    /// The rule looks only at numbers of another past, whatever its list or quota said.
    Excluded,
    /// The number's past is what the rule asks for: it verified last then, or never.
    Stands(Option<Timestamp>),
    /// The store did not answer.
    Unreachable,
}

impl Evidence {
    /// What it means for the step.
    #[must_use]
    pub fn outcome(&self) -> StepOutcome {
        match self {
            Self::NotAsked | Self::NotListed | Self::Room(_) | Self::Excluded => StepOutcome::NotFired,
            Self::Listed(_) | Self::Full(_) | Self::Stands(_) => StepOutcome::Fired,
            Self::Unreachable => StepOutcome::Unknown,
        }
    }

    /// The evidence about a step, given what is known of the number's past.
    #[must_use]
    pub fn given(self, past: Past, step: &Step<'_>, now: Timestamp) -> Self {
        if step.standing.is_any() {
            return self;
        }
        match past {
            Past::Known(verified_at) if !step.standing.is_met(verified_at, now) => Self::Excluded,
            Past::Known(verified_at) if step.test == StepTest::Standing => Self::Stands(verified_at),
            Past::Known(_) => self,
            // A number that is not listed is not, whatever its past.
            Past::Unreachable if self == Self::NotListed => self,
            Past::Unreachable => Self::Unreachable,
        }
    }
}

/// What is known of a number's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// When it verified last, if ever.
    Known(Option<Timestamp>),
    /// The store did not answer.
    Unreachable,
}

/// A number is a stranger until the store tells otherwise.
impl Default for Past {
    fn default() -> Self {
        Self::Known(None)
    }
}

/// Draws the conclusion of a plan from the evidence; a step without evidence was not asked about.
#[must_use]
pub fn conclude<'p>(plan: &Plan<'p>, evidence: &[Evidence]) -> Conclusion<'p> {
    plan.conclude(|step| evidence.get(step).map_or(StepOutcome::NotFired, Evidence::outcome))
}

/// The decision as it is recorded.
#[must_use]
pub fn describe(
    plan: &Plan<'_>,
    conclusion: &Conclusion<'_>,
    evidence: &[Evidence],
    request: &VerificationRequest,
    policy: &str,
    now: Timestamp,
) -> Decided {
    let readings = plan.steps.iter().zip(evidence).filter_map(|(step, evidence)| match evidence {
        Evidence::Room(reading) | Evidence::Full(reading) => Some((step, reading)),
        _ => None,
    });
    let quotas = readings.map(|(step, reading)| QuotaReading {
        rule: step.rule.id.to_string(),
        total: reading.total.normalize(),
        limit: reading.limit.normalize(),
        currency: match &step.test {
            StepTest::Quota { quota, .. } => quota.limit.currency().map(|currency| currency.to_string()),
            _ => None,
        },
        retry_at: reading.retry_at,
    });
    let monitors =
        conclusion.monitors.iter().map(|hit| MonitorHit { rule: hit.rule.to_string(), verdict: hit.verdict });
    let unanswered =
        conclusion.unanswered.iter().map(|rule| format!("`{rule}` was not asked: the table did not answer"));
    let unreadable = request.unreadable.iter().map(|member| format!("`{member}` could not be read"));
    Decided {
        at: now,
        verdict: conclusion.verdict,
        rule: match conclusion.by {
            By::Rule(rule) => Some(rule.id.to_string()),
            By::Default | By::StoreFailure(_) => None,
        },
        on_store_failure: rests_on_store_failure(conclusion),
        reason: reason(plan, conclusion, evidence, request),
        policy: policy.to_owned(),
        numbering: crate::phone::METADATA_VERSION.to_owned(),
        quotas: quotas.collect(),
        monitors: monitors.collect(),
        notes: plan.notes.iter().map(ToString::to_string).chain(unanswered).chain(unreadable).collect(),
        price: request.price.map(|price| price.to_string()),
        custom: request.custom.as_ref().map(|custom| custom.as_str().to_owned()),
    }
}

/// An allow rests on `on_store_failure` where a rule above could not be asked, whatever decided below it: the
/// verification may be beyond a limit.
fn rests_on_store_failure(conclusion: &Conclusion<'_>) -> bool {
    let is_unchecked = conclusion.verdict == Verdict::Allow && !conclusion.unanswered.is_empty();
    is_unchecked || matches!(conclusion.by, By::StoreFailure(_))
}

/// Why, in words: what was observed, and what the rule wants.
fn reason(
    plan: &Plan<'_>,
    conclusion: &Conclusion<'_>,
    evidence: &[Evidence],
    request: &VerificationRequest,
) -> String {
    let rule = match conclusion.by {
        By::Rule(rule) => rule,
        By::Default => return "no rule decided".to_owned(),
        By::StoreFailure(rule) => return format!("the table did not answer, which rule {} needs", rule.id),
    };
    let at = conclusion.end;
    match (plan.steps.get(at).map(|step| &step.test), evidence.get(at)) {
        (_, Some(Evidence::Listed(entry))) => {
            let until = entry.expires_at.map(|at| format!(" until {at:.0}")).unwrap_or_default();
            let matched = if entry.is_prefix() { format!("as {} ", entry.entry) } else { String::new() };
            format!("listed {matched}on {}{until}: {}", entry.list, entry.reason)
        }
        (Some(StepTest::Quota { quota, key, takes }), Some(Evidence::Full(reading))) => {
            used_up(quota, key, takes, reading)
        }
        (_, Some(Evidence::Stands(verified_at))) => match verified_at {
            Some(at) => format!("the number verified at {at:.0}"),
            None => "the number never verified".to_owned(),
        },
        _ => observed(rule, request),
    }
}

/// How a quota stood that had no room.
fn used_up(quota: &Quota, key: &DimensionKey, takes: &Takes, reading: &Reading) -> String {
    let retry = reading.retry_at.map(|at| format!(", room again at {at:.0}")).unwrap_or_default();
    // A count says by itself what this one would have added.
    let this_one = match (quota.limit, takes) {
        (Limit::Money(_), Takes::Cost(cost)) => format!(" and {} for this one", cost.normalize()),
        _ => String::new(),
    };
    let limit = quota.limit_of(key);
    let shard =
        key.shard.map(|shard| format!(", {} of them in each of {} shards", limit.normalize(), shard.of));
    let grown = Some(reading.limit).filter(|grown| *grown > limit);
    let grown = grown.map(|grown| format!(", grown to {}", grown.normalize()));
    format!(
        "{}{this_one} of {quota}{}{}{retry}",
        reading.total.normalize(),
        shard.unwrap_or_default(),
        grown.unwrap_or_default()
    )
}

/// What a rule without list or quota looked at: the values of the members that its conditions name.
fn observed(rule: &Rule, request: &VerificationRequest) -> String {
    let mut seen: Vec<String> = Vec::new();
    for condition in rule.when.iter().chain(rule.unless.iter()) {
        let part = observe(condition, request);
        if !seen.contains(&part) {
            seen.push(part);
        }
    }
    if seen.is_empty() { "the rule has no conditions".to_owned() } else { seen.join(", ") }
}

/// One member of the event, with the value that a condition looked at.
fn observe(condition: &Condition, request: &VerificationRequest) -> String {
    let number = &request.number;
    let (member, value) = match condition {
        Condition::Country(_) => ("country", number.country().map(|country| country.to_string())),
        Condition::CallingCode(_) => ("calling code", number.calling_code().map(|code| format!("+{code}"))),
        Condition::Prefix(_) => ("number", Some(number.masked().to_string())),
        Condition::NumberType(_) => ("number type", Some(number.number_type().to_string())),
        Condition::Method(_) => ("method", Some(request.method.to_string())),
        Condition::Price(_) => ("price", request.price.map(|price| price.to_string())),
        // The value is the end user's own text, so the record has it only where all of `custom` stands.
        Condition::Custom { key, .. } => return format!("custom.{key}"),
    };
    format!("{member} {}", value.as_deref().unwrap_or("unknown"))
}

//! The decision about one request: what the store found for each step of a plan, what follows, and why in
//! words.

#[cfg(test)]
mod described;
mod evidence;

use jiff::Timestamp;

pub use evidence::{Evidence, Past, given};

use crate::dimension_key::DimensionKey;
use crate::event::VerificationRequest;
use crate::policy::{
    By, Conclusion, Condition, Limit, Note, Plan, Quota, Rule, StepOutcome, StepQuestion, Takes,
};
use crate::quota::Reading;
use crate::record::{Decided, MonitorHit, QuotaReading};
use crate::verdict::Verdict;

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
    let monitors =
        conclusion.monitors.iter().map(|hit| MonitorHit { rule: hit.rule.to_string(), verdict: hit.verdict });
    let unanswered =
        conclusion.unanswered.iter().map(|rule| format!("`{rule}` was not asked: the table did not answer"));
    let lacks =
        plan.notes.iter().filter(|note| has_a_say(note, conclusion, evidence)).map(ToString::to_string);
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
        quotas: readings(plan, evidence),
        monitors: monitors.collect(),
        notes: lacks.chain(unanswered).chain(unreadable).collect(),
        price: request.price.map(|price| price.to_string()),
        custom: request.custom.as_ref().map(|custom| custom.as_str().to_owned()),
    }
}

/// Whether a note concerns the decision: the walk came to its rule, and what was assumed was counted, or is
/// about to be where an allow is predicted.
fn has_a_say(note: &Note<'_>, conclusion: &Conclusion<'_>, evidence: &[Evidence]) -> bool {
    let is_counted = || match evidence.get(note.above) {
        Some(Evidence::Room(_) | Evidence::Full(_)) => true,
        Some(Evidence::NotAsked) => conclusion.verdict == Verdict::Allow,
        _ => false,
    };
    note.above <= conclusion.end && (note.assumed.is_none() || is_counted())
}

/// How the quotas stood that were asked.
fn readings(plan: &Plan<'_>, evidence: &[Evidence]) -> Vec<QuotaReading> {
    let readings = plan.steps.iter().zip(evidence).filter_map(|(step, evidence)| match evidence {
        Evidence::Room(reading) | Evidence::Full(reading) => Some((step, reading)),
        _ => None,
    });
    readings
        .map(|(step, reading)| QuotaReading {
            rule: step.rule.id.to_string(),
            total: reading.total.normalize(),
            limit: reading.limit.normalize(),
            currency: match &step.question {
                StepQuestion::Quota { quota, .. } => {
                    quota.limit.currency().map(|currency| currency.to_string())
                }
                _ => None,
            },
            retry_at: reading.retry_at,
        })
        .collect()
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
    match (plan.steps.get(at).map(|step| &step.question), evidence.get(at)) {
        (_, Some(Evidence::Listed(entry))) => {
            let until = entry.expires_at.map(|at| format!(" until {at:.0}")).unwrap_or_default();
            let matched = if entry.is_prefix() {
                format!("{}{} ", Decided::LISTED_AS, entry.entry)
            } else {
                "listed ".to_owned()
            };
            format!("{matched}on {}{until}: {}", entry.list, entry.reason)
        }
        (Some(StepQuestion::Quota { quota, key, takes }), Some(Evidence::Full(reading))) => {
            used_up(quota, key, takes, reading)
        }
        (_, Some(Evidence::PastFits(verified_at))) => match verified_at {
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
    let total = reading.total.normalize();
    let shard = shard.unwrap_or_default();
    if reading.limit <= limit {
        return format!("{total}{this_one} of {quota}{shard}{retry}");
    }
    let all = quota.at_limit(reading.limit);
    format!("{total}{this_one} of {all}, where the limit has grown from {}{shard}{retry}", limit.normalize())
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

/// What a condition looked at and saw, as far as a record may hold it.
fn observe(condition: &Condition, request: &VerificationRequest) -> String {
    match condition {
        // The value is the end user's own text, so the record has it only together with all of `custom`.
        Condition::Custom { .. } => condition.key().into_owned(),
        _ => condition.in_words(request),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Custom, Method, VerificationId};
    use crate::phone::PhoneNumber;
    use crate::policy::{Facts, Policy, RequiredPast, Step, trace};
    use crate::verdict::Verdict;

    pub(super) fn priced(price: &str) -> VerificationRequest {
        VerificationRequest {
            id: VerificationId("1234567890".to_owned()),
            method: Method::Callout,
            number: PhoneNumber::new("+46701740605"),
            reference: None,
            custom: Some(Custom::new(r#"{"plan": "trial"}"#)),
            price: Some(price.parse().unwrap()),
            unreadable: Vec::new(),
        }
    }

    /// What the record says of a denial by a rule with this condition, and what an explanation says of the
    /// rule.
    fn record_and_explanation(when: &str) -> (String, String) {
        let source =
            format!("schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"r\"\nverdict = \"deny\"\n{when}\n");
        let policy = Policy::compile(&source).unwrap_or_else(|problems| panic!("{problems}")).policy;
        let request = priced("0.11 EUR");
        let now = Timestamp::UNIX_EPOCH;
        let facts = Facts { app: "app", request: &request, stored_number: "+46701740605", now };
        let plan = policy.plan(&facts);
        let conclusion = conclude(&plan, &[]);
        let decided = describe(&plan, &conclusion, &[], &request, "v1", now);
        assert_eq!((decided.verdict, decided.rule.as_deref()), (Verdict::Deny, Some("r")));
        let traced = trace(&policy, &facts, &plan, |_| StepOutcome::NotFired);
        (decided.reason, traced[0].in_words(&facts).to_string())
    }

    #[track_caller]
    fn check_alike(when: &str, words: &str) {
        let (record, explanation) = record_and_explanation(when);
        assert_eq!((record.as_str(), explanation), (words, format!("decided to deny: {words}")));
    }

    #[test]
    fn a_record_and_an_explanation_use_the_same_words() {
        check_alike(r#"when.country = "SE""#, "country is SE");
        check_alike("when.calling_code = 46", "calling_code is +46");
        check_alike(r#"when.prefix = "+4670*""#, "number is +4670*****05");
        check_alike(r#"when.number_type = "mobile""#, "number_type is mobile");
        let two = "when.method = \"callout\"\nwhen.price = { above = \"0.10 EUR\" }";
        check_alike(two, "method is callout, price is 0.11 EUR");
    }

    #[test]
    fn a_record_names_a_member_of_custom_without_its_value() {
        let (record, explanation) = record_and_explanation(r#"when.custom.plan = "trial""#);
        assert_eq!(record, "custom.plan");
        assert_eq!(explanation, r#"decided to deny: custom.plan is "trial""#);
    }

    #[test]
    fn a_decision_has_no_note_of_a_rule_that_was_not_asked() {
        let source = r#"schema = 1
            default = "allow"
            rules = [
              { id = "spend", verdict = "deny",
                quota = { per = "country", limit = "9.00 EUR", window = "1d", assume = "0.10 EUR" } },
              { id = "blocked", verdict = "deny", list = "blocklist" },
              { id = "device", verdict = "deny", when.custom.device = "none" },
            ]"#;
        let policy = Policy::compile(source).unwrap_or_else(|problems| panic!("{problems}")).policy;
        let request = priced("0.11 USD");
        let now = Timestamp::UNIX_EPOCH;
        let facts = Facts { app: "app", request: &request, stored_number: "+46701740605", now };
        let plan = policy.plan(&facts);
        let room = Evidence::Room(Reading {
            rule: "spend".to_owned(),
            total: 1.into(),
            limit: 9.into(),
            retry_at: None,
            over: false,
        });
        let notes = |evidence: &[Evidence]| {
            let conclusion = conclude(&plan, evidence);
            describe(&plan, &conclusion, evidence, &request, "v1", now).notes
        };
        assert_eq!(notes(&[Evidence::NotAsked, Evidence::PastFits(None)]), Vec::<String>::new());
        // A record is written while the quota is asked.
        for spend in [room, Evidence::NotAsked] {
            assert_eq!(
                notes(&[spend, Evidence::NotListed]),
                [
                    "`spend` counted 0.1: the event's price is in USD, the rule's in EUR",
                    "`device` did not apply: the event has no `custom.device`"
                ]
            );
        }
    }

    #[test]
    fn a_past_that_is_not_asked_for_excludes_only_where_it_is_known() {
        let policy = Policy::compile(
            "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"r\"\nverdict = \"deny\"\n\
             list = \"blocklist\"\nunless.verified_within = \"1d\"\n",
        )
        .unwrap()
        .policy;
        let rule = &policy.rules()[0];
        let past = RequiredPast { within: None, not_within: rule.unless.verified_within };
        let blocklist = "blocklist".parse().unwrap();
        let step = Step { passed: Default::default(), rule, question: StepQuestion::List(&blocklist), past };
        let now = Timestamp::from_second(200_000).unwrap();
        let just_now = Past::Known(Some(now));
        for (evidence, past, expected) in [
            (Evidence::NotAsked, just_now, Evidence::Excluded),
            (Evidence::NotAsked, Past::Known(None), Evidence::NotAsked),
            (Evidence::NotListed, Past::Unreachable, Evidence::NotListed),
            (Evidence::NotAsked, Past::Unreachable, Evidence::Unreachable),
            (Evidence::Unreachable, just_now, Evidence::Excluded),
        ] {
            assert_eq!(evidence.given(past, &step, now), expected, "{past:?}");
        }
    }
}

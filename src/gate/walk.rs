//! Walk: what the rules say with what is known. Pure.

use super::inquiry::{Inquiry, QuotaItem, QuotaStep};
use crate::attempt::Claim;
use crate::decision::{Evidence, conclude};
use crate::policy::{Conclusion, Plan, StepTest};
use crate::verdict::Verdict;

/// What the rules say before anything is taken: a verdict that stands, or an allow that quotas may still refuse.
pub(super) struct Walked<'p> {
    pub(super) conclusion: Conclusion<'p>,
    /// The quota steps that have a say, and whose room is not known yet. A verdict stands where there are none.
    pub(super) reached: Vec<usize>,
}

/// Walks the plan. A quota is reached only by a verification that every list, the past and every condition above the
/// deciding rule let pass, and never by one that is denied.
pub(super) fn walk<'p>(plan: &Plan<'p>, evidence: &[Evidence]) -> Walked<'p> {
    let conclusion = conclude(plan, evidence);
    let is_reached = |step: &usize| {
        conclusion.verdict == Verdict::Allow
            && evidence.get(*step) == Some(&Evidence::NotAsked)
            && plan.steps.get(*step).is_some_and(|step| matches!(step.test, StepTest::Quota { .. }))
    };
    let reached = (0..conclusion.end).filter(is_reached).collect();
    Walked { conclusion, reached }
}

impl Walked<'_> {
    /// The quotas to take, by item.
    pub(super) fn items(&self, inquiry: &Inquiry) -> Vec<QuotaItem> {
        let reached = |item: &QuotaItem| QuotaItem {
            key: item.key.clone(),
            steps: item.steps.iter().filter(|of| self.reached.contains(&of.step)).cloned().collect(),
        };
        inquiry.items.iter().map(reached).filter(|item| !item.steps.is_empty()).collect()
    }
}

/// What a verification that is allowed may give back later, given what became of the quotas above the deciding step:
/// each share that is held. A full quota in monitor mode lets a verification through without a share, but what ends
/// verified raises a limit that grows all the same.
pub(super) fn claims(inquiry: &Inquiry, end: usize, evidence: &[Evidence]) -> Vec<Claim> {
    let claim_of = |of: &QuotaStep| {
        let claim = of.claim.as_ref().filter(|_| of.step < end)?;
        match evidence.get(of.step)? {
            // Before the quotas are asked, each is expected to have room.
            Evidence::NotAsked | Evidence::Room(_) => Some(claim.clone()),
            Evidence::Full(_) => claim.grows.then(|| Claim { is_held: false, ..claim.clone() }),
            _ => None,
        }
    };
    inquiry.items.iter().flat_map(|item| &item.steps).filter_map(claim_of).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rust_decimal::Decimal;

    use super::*;
    use crate::decision::Past;
    use crate::event::{Method, VerificationId, VerificationRequest};
    use crate::list::ListEntry;
    use crate::phone::PhoneNumber;
    use crate::policy::{Facts, Policy};
    use crate::quota::Reading;
    use crate::store::PrefixLengths;

    const POLICY: &str = r#"
        schema = 1
        default = "allow"
        [[rules]]
        id = "cap"
        verdict = "deny"
        quota = { per = "country", limit = 9, window = "1d", release = "verified" }
        [[rules]]
        id = "safelist"
        verdict = "allow"
        list = "safelist"
        [[rules]]
        id = "stranger"
        verdict = "deny"
        unless.verified_within = "90d"
        quota = { per = "country", limit = 5, window = "1d", release = "verified" }
        [[rules]]
        id = "watch"
        verdict = "deny"
        mode = "monitor"
        quota = { per = "country", limit = 3, window = "1d", release = "verified", grow = 0.5 }
    "#;

    fn now() -> Timestamp {
        Timestamp::from_second(1_790_845_200).unwrap()
    }

    fn full() -> Evidence {
        let (total, limit) = (Decimal::ONE, Decimal::ONE);
        Evidence::Full(Reading { rule: "any".to_owned(), total, limit, over: true, retry_at: None })
    }

    fn room() -> Evidence {
        let (total, limit) = (Decimal::ONE, Decimal::TEN);
        Evidence::Room(Reading { rule: "any".to_owned(), total, limit, over: false, retry_at: None })
    }

    fn listed() -> Evidence {
        Evidence::Listed(ListEntry {
            list: "safelist".to_owned(),
            entry: "+46701740605".to_owned(),
            reason: String::new(),
            author: String::new(),
            added_at: now(),
            expires_at: None,
        })
    }

    /// What the walk says with evidence about steps: `allow by default, takes cap stranger watch; claims cap`.
    fn said(known: &[(usize, Evidence)], past: Past) -> String {
        let policy = Policy::compile(POLICY).unwrap().policy;
        let request = VerificationRequest {
            id: VerificationId("1".to_owned()),
            method: Method::Sms,
            number: PhoneNumber::new("+46701740605"),
            reference: None,
            custom: None,
            price: None,
            unreadable: Vec::new(),
        };
        let facts = Facts { app: "app", request: &request, stored_number: "+46701740605", now: now() };
        let plan = policy.plan(&facts);
        let mut evidence = vec![Evidence::NotAsked; plan.steps.len()];
        for (step, found) in known {
            evidence[*step] = found.clone();
        }
        let evidence: Vec<Evidence> = evidence
            .into_iter()
            .zip(&plan.steps)
            .map(|(found, step)| found.given(past, step, now()))
            .collect();
        let walked = walk(&plan, &evidence);
        let inquiry = Inquiry::new(&plan, &PrefixLengths::default(), &facts);
        let takes: Vec<&str> = walked.reached.iter().map(|step| plan.steps[*step].rule.id.as_str()).collect();
        let claims: Vec<String> = claims(&inquiry, walked.conclusion.end, &evidence)
            .iter()
            .map(|claim| format!("{}{}", claim.rule, if claim.is_held { "" } else { " (not held)" }))
            .collect();
        let ground = crate::metrics::Ground::from(&walked.conclusion);
        format!("{} by {ground:?}, takes {takes:?}, claims {claims:?}", walked.conclusion.verdict)
            .replace(['"', '[', ']', '`'], "")
    }

    #[test]
    fn a_quota_is_reached_only_by_what_everything_else_let_pass() {
        let (stranger, known) = (Past::Known(None), Past::Known(Some(now())));
        let not_listed = || (1, Evidence::NotListed);
        for (evidence, past, expected) in [
            (
                vec![not_listed()],
                stranger,
                "allow by Default, takes cap, stranger, watch, claims cap, stranger, watch",
            ),
            (vec![not_listed()], known, "allow by Default, takes cap, watch, claims cap, watch"),
            (vec![(1, listed())], stranger, "allow by Rule(safelist), takes cap, claims cap"),
            // What is full below the list has no say.
            (vec![(1, listed()), (2, full())], stranger, "allow by Rule(safelist), takes cap, claims cap"),
            (vec![(0, full()), (1, listed())], stranger, "deny by Rule(cap), takes , claims "),
            (vec![not_listed(), (2, full())], stranger, "deny by Rule(stranger), takes , claims cap"),
            (vec![not_listed(), (2, full())], known, "allow by Default, takes cap, watch, claims cap, watch"),
            // A full monitor takes nothing, and what is verified raises its limit.
            (
                vec![not_listed(), (3, full())],
                known,
                "allow by Default, takes cap, claims cap, watch (not held)",
            ),
            (
                vec![(0, room()), not_listed(), (2, room()), (3, room())],
                stranger,
                "allow by Default, takes , claims cap, stranger, watch",
            ),
            (
                vec![(1, Evidence::Unreachable)],
                known,
                "allow by StoreFailure, takes cap, watch, claims cap, watch",
            ),
            (
                vec![not_listed()],
                Past::Unreachable,
                "allow by StoreFailure, takes cap, watch, claims cap, watch",
            ),
        ] {
            assert_eq!(said(&evidence, past), expected, "{evidence:?} {past:?}");
        }
    }
}

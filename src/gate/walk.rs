//! Walk: what the rules say with what is known. Pure.

use super::inquiry::{Inquiry, QuotaItem, QuotaStep};
use crate::attempt::Claim;
use crate::decision::{Evidence, conclude};
use crate::policy::{Conclusion, Plan, StepQuestion};
use crate::verdict::Verdict;

/// What the rules say before anything is taken: a verdict that stands, or an allow that quotas may still
/// refuse.
pub(crate) struct Walked<'p> {
    pub(crate) conclusion: Conclusion<'p>,
    /// The quota steps that have a say, and whose room is not known yet. A verdict stands where there are
    /// none.
    pub(crate) reached: Vec<usize>,
}

/// Walks the plan. A quota is reached only by a verification that every list, the past and every condition
/// above the deciding rule let pass, and never by one that is denied.
pub(crate) fn walk<'p>(plan: &Plan<'p>, evidence: &[Evidence]) -> Walked<'p> {
    let conclusion = conclude(plan, evidence);
    let is_reached = |step: &usize| {
        conclusion.verdict == Verdict::Allow
            && evidence.get(*step) == Some(&Evidence::NotAsked)
            && plan.steps.get(*step).is_some_and(|step| matches!(step.question, StepQuestion::Quota { .. }))
    };
    let reached = (0..conclusion.end).filter(is_reached).collect();
    Walked { conclusion, reached }
}

impl Walked<'_> {
    /// The quotas to take, by item.
    pub(crate) fn items(&self, inquiry: &Inquiry) -> Vec<QuotaItem> {
        let reached = |item: &QuotaItem| QuotaItem {
            key: item.key.clone(),
            steps: self.steps_of(item).into_iter().cloned().collect(),
        };
        inquiry.items.iter().map(reached).filter(|item| !item.steps.is_empty()).collect()
    }

    /// The steps of an item that have a say.
    pub(crate) fn steps_of<'i>(&self, item: &'i QuotaItem) -> Vec<&'i QuotaStep> {
        item.steps.iter().filter(|of| self.reached.contains(&of.step)).collect()
    }
}

/// What a verification that is allowed may give back later, given what became of the quotas above the
/// deciding step: each share that is held. A full quota in monitor mode lets a verification through without a
/// share, but what ends verified raises a limit that grows all the same.
pub(crate) fn claims(inquiry: &Inquiry, end: usize, evidence: &[Evidence]) -> Vec<Claim> {
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
    use super::*;
    use crate::decision::{Past, describe};
    use crate::gate::ask::Asked;
    use crate::gate::sample::{POLICY, facts, full, listed, now, policy, request, room};
    use crate::metrics::Ground;
    use crate::store::PrefixLengths;

    /// What the walk says with evidence about steps: `allow by default, takes cap stranger watch; claims
    /// cap`.
    fn said(known: &[(usize, Evidence)], past: Past) -> String {
        let (policy, request) = (policy(POLICY), request());
        let facts = facts(&request);
        let plan = policy.plan(&facts);
        let Asked { evidence, .. } = Asked::given(&plan, known.to_vec(), past, now());
        let walked = walk(&plan, &evidence);
        let inquiry = Inquiry::new(&plan, &PrefixLengths::default(), &facts);
        let takes: Vec<&str> = walked.reached.iter().map(|step| plan.steps[*step].rule.id.as_str()).collect();
        let claims: Vec<String> = claims(&inquiry, walked.conclusion.end, &evidence)
            .iter()
            .map(|claim| format!("{}{}", claim.rule, if claim.is_held { "" } else { " (not held)" }))
            .collect();
        let decided = describe(&plan, &walked.conclusion, &evidence, &request, "v1", now());
        let ground = Ground::from(&decided);
        format!("{} by {ground:?}, takes {takes:?}, claims {claims:?}", walked.conclusion.verdict)
            .replace(['"', '[', ']', '`'], "")
    }

    /// What is claimed once the quotas have said this of `cap`, `stranger` and `watch`.
    fn claimed(quotas: [Evidence; 3], end: usize) -> Vec<(String, bool)> {
        let (policy, request) = (policy(POLICY), request());
        let facts = facts(&request);
        let inquiry = Inquiry::new(&policy.plan(&facts), &PrefixLengths::default(), &facts);
        let [cap, stranger, watch] = quotas;
        let claims = claims(&inquiry, end, &[cap, Evidence::NotListed, stranger, watch]);
        claims.into_iter().map(|claim| (claim.rule, claim.is_held)).collect()
    }

    #[test]
    fn what_is_claimed_is_what_is_held_above_the_deciding_step_and_what_grows() {
        let held = |rule: &str| (rule.to_owned(), true);
        let all = [held("cap"), held("stranger"), held("watch")];
        assert_eq!(claimed([room(), room(), room()], 4), all);
        assert_eq!(claimed([Evidence::NotAsked, Evidence::NotAsked, Evidence::NotAsked], 4), all);
        assert_eq!(claimed([room(), room(), room()], 3), all[..2]);
        assert_eq!(claimed([room(), room(), room()], 1), all[..1]);
        assert_eq!(claimed([room(), room(), room()], 0), []);
        // Only `watch` grows with what ends verified.
        assert_eq!(claimed([full(), full(), full()], 4), [("watch".to_owned(), false)]);
        assert_eq!(claimed([Evidence::Unreachable, Evidence::Excluded, room()], 4), all[2..]);
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

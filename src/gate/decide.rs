//! One request event, from the question to the answer: ask first, then take.
//!
//! | step | trips | what |
//! |---|---|---|
//! | [`ask`](super::ask) | 1, or 0 with nothing to ask | lists, the past, the verification's own record |
//! | [`walk`](super::walk) | 0 | a verdict that stands, or an allow that quotas may still refuse |
//! | [`take`](super::take) | 1 | quotas, attempt and predicted allow; or the verdict that stands, alone |
//! | [`settle`](super::settle) | 0 | as a rule nothing is left to do |
//! | | 1 or more | a quota refused: the denial is made final, then what was taken in vain is given back |
//!
//! So a denial is never provisional, a prediction is always an allow, and a quota is only taken by a
//! verification that everything else let pass.

use jiff::Timestamp;
use tokio::time::Instant;

use super::handling::Handling;
use super::inquiry::Inquiry;
use super::notice::{Decision, Repeated};
use super::walk::{claims, walk};
use super::{Gate, InForce};
use crate::answer::Answer;
use crate::decision::{Evidence, conclude, describe};
use crate::event::VerificationRequest;
use crate::metrics::Ground;
use crate::policy::{Conclusion, Plan};
use crate::privacy::Block;
use crate::record::Decided;
use crate::signature::AppKey;
use crate::store::Recorded;
use crate::verdict::Verdict;

/// A conclusion, ready to be recorded and answered.
pub(super) struct Draft {
    pub(super) decided: Decided,
    pub(super) answer: String,
}

impl Gate {
    /// Decides a request and records the decision; gives the answer, JSON.
    pub(super) async fn decide(&self, app: &AppKey, request: &VerificationRequest, now: Timestamp) -> String {
        if let Some(answer) = self.recent.get(app, request.id.as_str()) {
            self.meter.report(&Repeated { app, request });
            return answer;
        }
        let begun = Instant::now();
        let mut handling = self.handling(app, request, now);
        loop {
            // A second turn needs a policy that came into force meanwhile; a third one, yet another policy.
            let in_force = self.policies.current(app);
            if let Some((draft, is_first)) = handling.decide_by(&in_force).await {
                self.meter.report(&Decision {
                    subject: &handling.subject,
                    request,
                    decided: &draft.decided,
                    ground: &Ground::from(&draft.decided),
                    is_first,
                    elapsed: begun.elapsed(),
                    in_force: &self.policies.current(app),
                    now,
                });
                return draft.answer;
            }
            handling.deadlines = handling.deadlines.of_another_turn();
        }
    }
}

impl Handling<'_> {
    /// Decides by one policy; gives the decision that stands, and whether it is the verification's first.
    /// `None` where another policy came into force while the table was asked; nothing has been taken then.
    async fn decide_by(&self, in_force: &InForce) -> Option<(Draft, bool)> {
        let facts = self.facts();
        let plan = in_force.policy.plan(&facts);
        let inquiry = Inquiry::new(&plan, &in_force.lengths, &facts);
        let mut asked = self.ask(&plan, &inquiry).await;
        if self.gate.policies.current(&self.subject.app) != *in_force {
            return None;
        }
        if let Some(earlier) = asked.earlier.take_if(|earlier| self.is_final(earlier)) {
            return Some((self.adopt(earlier), false));
        }
        let walked = walk(&plan, &asked.evidence);
        let predicted = self.draft(&plan, &walked.conclusion, &asked.evidence, in_force);
        let (taken, recorded) = self.take(&inquiry, &walked, &predicted, asked).await;
        // Without a reply nobody knows, and this handling's answer may be the only one there is.
        let is_first = !matches!(recorded, Ok(Recorded::Earlier(_)));
        let conclusion = conclude(&plan, &taken.evidence);
        // A verdict that stands was recorded by itself, so nothing is known that it does not say already.
        let draft = if walked.reached.is_empty() {
            predicted
        } else {
            self.draft(&plan, &conclusion, &taken.evidence, in_force)
        };
        let claims = claims(&inquiry, walked.conclusion.end, &taken.evidence);
        let is_as_recorded = conclusion == walked.conclusion;
        Some((self.settle(draft, is_as_recorded, recorded, taken, claims).await, is_first))
    }

    fn draft(
        &self,
        plan: &Plan<'_>,
        conclusion: &Conclusion<'_>,
        evidence: &[Evidence],
        in_force: &InForce,
    ) -> Draft {
        let mut decided = describe(plan, conclusion, evidence, self.request, &in_force.name, self.now);
        decided.show_no_more_than(Block::of(&self.request.number).as_ref());
        let answer = match conclusion.verdict {
            Verdict::Allow => Answer::allow(&conclusion.options, &self.request.method),
            Verdict::Deny => Answer::Deny,
        };
        Draft { decided, answer: answer.to_json() }
    }
}

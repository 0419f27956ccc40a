//! One request event, from the question to the answer.
//!
//! The quotas, the list entries and the record go out together: the record says what will be decided unless
//! a list or a quota turns it ("predicted"), and only then a second trip sets it right. Three rules keep
//! concurrent copies of one request from getting different answers:
//!
//! 1. Whoever first writes the record is first; all others answer what the record says once it is final.
//! 2. A predicted record becomes final by one conditional write, or by its age: no handling lasts longer
//!    than [`SETTLING`]. A copy that meets a younger prediction makes its own conclusion final, or learns the
//!    one that was faster.
//! 3. An allow is made final only by a handling that saw every share held. Shares carry the verification's
//!    stamp, so that copies share them instead of taking them twice.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::ask::{Findings, Inquiry};
use super::{Gate, InForce, log};
use crate::answer::Answer;
use crate::decision::{Evidence, conclude, decided_at, describe};
use crate::event::{Reference, VerificationRequest};
use crate::policy::{Conclusion, Facts, Plan};
use crate::quota::Stamp;
use crate::record::{Decided, Subject};
use crate::signature::AppKey;
use crate::store::{Earlier, Finality, NewDecision, RecordKey, Recorded, StoreError};
use crate::verdict::Verdict;

/// The age from which a predicted record is final: far longer than any handling lasts, with room for clocks
/// that differ.
const SETTLING: SignedDuration = SignedDuration::from_secs(60);

/// One handling of one request.
struct Handling<'a> {
    gate: &'a Gate,
    request: &'a VerificationRequest,
    subject: Subject,
    key: RecordKey,
    stamp: Stamp,
    /// Marks this handling, so that a retried write knows its own work.
    token: String,
    /// Until when the table may tell. What is left of the budget then is for setting the record right: a table
    /// that is slow to tell of a list must not leave the prediction standing that the quotas have turned.
    asking_until: Instant,
    deadline: Instant,
    now: Timestamp,
}

/// A conclusion, ready to be recorded and answered.
struct Draft {
    decided: Decided,
    answer: String,
}

impl Gate {
    /// Decides a request and records the decision; gives the answer, JSON.
    pub(super) async fn decide(&self, app: &AppKey, request: &VerificationRequest, now: Timestamp) -> String {
        if let Some(answer) = self.recent.get(app.as_str(), request.id.as_str()) {
            tracing::info!(
                app = app.as_str(),
                id = request.id.as_str(),
                "repeated request, answered as before"
            );
            return answer;
        }
        let begun = Instant::now();
        let reference = request.reference.as_ref();
        let handling = Handling {
            gate: self,
            request,
            subject: Subject {
                method: Some(request.method.to_string()),
                ..self.subject(app, &request.id, reference, Some(&request.number))
            },
            key: RecordKey::new(app.as_str(), reference.map(Reference::as_str), request.id.as_str()),
            stamp: Stamp::new(app.as_str(), request.id.as_str()),
            token: format!("{:032x}", fastrand::u128(..)),
            asking_until: Instant::now() + self.settings.budget * 3 / 4,
            deadline: self.deadline(),
            now,
        };
        loop {
            // A second turn needs a policy that came into force meanwhile; a third one, yet another policy.
            if let Some(draft) = handling.attempt(&self.policies.current(app.as_str())).await {
                log::decision(&handling.subject, request, &draft.decided, begun.elapsed());
                return draft.answer;
            }
        }
    }
}

impl Handling<'_> {
    /// Decides by one policy; `None` where another one came into force while the store was asked.
    async fn attempt(&self, in_force: &InForce) -> Option<Draft> {
        let app = self.subject.app.as_str();
        let stored_number = self.gate.settings.privacy.stored(&self.request.number);
        let facts = Facts { app, request: self.request, stored_number: &stored_number, now: self.now };
        let plan = in_force.policy.plan(&facts);
        let inquiry = Inquiry::of(&plan, in_force, &self.request.number, app);
        let mut findings = inquiry.certain(self.gate, self.stamp, self.now);

        let evidence = findings.by_step(plan.steps.len());
        let predicted = conclude(&plan, &evidence);
        let first = self.draft(&plan, &predicted, &evidence, in_force);
        // A denial that is certain, or needs no quota, takes none.
        let takes = predicted.verdict == Verdict::Allow;
        let refreshing = self.gate.policies.is_due(self.now);
        let may_turn = takes && !plan.steps.is_empty() || inquiry.asks_lists() || refreshing;
        let finality = if may_turn { Finality::Predicted } else { Finality::Settled };
        let end = if takes { plan.steps.len() } else { 0 };
        let (listed, taken, recorded, ()) = tokio::join!(
            inquiry.ask_lists(self.gate, self.asking_until, self.now),
            inquiry.take_quotas(self.gate, end, self.stamp, self.asking_until, self.now),
            self.record(&first, finality),
            self.gate.refresh_policies(self.now),
        );
        findings.extend(listed);
        findings.extend(taken);
        if refreshing && self.gate.policies.current(app) != *in_force {
            self.give_back_from(0, findings).await;
            return None;
        }

        let mut evidence = findings.by_step(plan.steps.len());
        let mut conclusion = conclude(&plan, &evidence);
        if !takes && conclusion.verdict == Verdict::Allow {
            // A safelist has turned a predicted denial; the quotas above it count after all.
            let more = inquiry
                .take_quotas(self.gate, decided_at(&plan, &conclusion), self.stamp, self.deadline, self.now)
                .await;
            findings.extend(more);
            evidence = findings.by_step(plan.steps.len());
            conclusion = conclude(&plan, &evidence);
        }
        let last = self.draft(&plan, &conclusion, &evidence, in_force);
        // From this step on shares were taken in vain.
        let kept = match conclusion.verdict {
            Verdict::Allow => decided_at(&plan, &conclusion),
            Verdict::Deny => 0,
        };
        Some(match recorded {
            Ok(Recorded::Ours) if conclusion == predicted => {
                self.remember(&last);
                last
            }
            Ok(Recorded::Earlier(earlier)) if self.is_final(&earlier) => {
                self.give_back_from(0, findings).await;
                self.adopt(*earlier)
            }
            Ok(_) => self.settle(last, kept, findings).await,
            Err(error) => {
                log::unstored_decision(&self.subject, self.request, &last.decided, &error);
                self.give_back_from(kept, findings).await;
                last
            }
        })
    }

    /// Makes a conclusion final, or adopts the one that was faster. Only then is given back what was taken in
    /// vain: until a denial is final, a concurrent copy may rely on these shares.
    async fn settle(&self, draft: Draft, kept: usize, findings: Findings) -> Draft {
        let new = self.new_decision(&draft);
        match self.gate.within(self.deadline, self.gate.store.settle_decision(&self.key, &new)).await {
            Ok(Recorded::Ours) => {
                self.give_back_from(kept, findings).await;
                self.remember(&draft);
                draft
            }
            Ok(Recorded::Earlier(earlier)) => {
                if earlier.decided.verdict == Verdict::Deny {
                    self.give_back_from(0, findings).await;
                }
                self.adopt(*earlier)
            }
            Err(error) => {
                log::unstored_decision(&self.subject, self.request, &draft.decided, &error);
                self.give_back_from(kept, findings).await;
                draft
            }
        }
    }

    async fn record(&self, draft: &Draft, finality: Finality) -> Result<Recorded, StoreError> {
        let new = self.new_decision(draft);
        self.gate.within(self.asking_until, self.gate.store.record_decision(&self.key, &new, finality)).await
    }

    fn new_decision<'d>(&'d self, draft: &'d Draft) -> NewDecision<'d> {
        NewDecision {
            subject: &self.subject,
            decided: &draft.decided,
            answer: &draft.answer,
            token: &self.token,
            retention: self.gate.settings.retention,
        }
    }

    async fn give_back_from(&self, step: usize, findings: Findings) {
        findings.give_back_from(step, self.gate, self.stamp, self.deadline, self.now).await;
    }

    fn draft(
        &self,
        plan: &Plan<'_>,
        conclusion: &Conclusion<'_>,
        evidence: &[Evidence],
        in_force: &InForce,
    ) -> Draft {
        let decided = describe(plan, conclusion, evidence, self.request, &in_force.name, self.now);
        let answer = match conclusion.verdict {
            Verdict::Allow => Answer::allow(&conclusion.options, &self.request.method),
            Verdict::Deny => Answer::Deny,
        };
        Draft { decided, answer: answer.to_json() }
    }

    /// Whether a decision of another handling can no longer be turned.
    fn is_final(&self, earlier: &Earlier) -> bool {
        earlier.settled || self.now.duration_since(earlier.decided.at) >= SETTLING
    }

    /// Takes over the decision that stands.
    fn adopt(&self, earlier: Earlier) -> Draft {
        let draft = Draft { decided: earlier.decided, answer: earlier.answer };
        self.remember(&draft);
        draft
    }

    fn remember(&self, draft: &Draft) {
        self.gate.recent.put(&self.subject.app, &self.subject.id, &draft.answer);
    }
}

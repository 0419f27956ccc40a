//! One request event, from the question to the answer.
//!
//! The quotas, the list entries and the record go out together: the record says what will be decided unless
//! a list or a quota turns it ("predicted"), and only then a second trip sets it right. Copies of one request may be
//! handled at the same time; what `finality` does about them keeps their answers the same.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::ask::Inquiry;
use super::findings::Kept;
use super::{Gate, InForce, log};
use crate::answer::Answer;
use crate::attempt::Attempts;
use crate::decision::{Evidence, conclude, decided_at, describe};
use crate::event::{Reference, VerificationRequest};
use crate::metrics::Ground;
use crate::policy::{Conclusion, Facts, Plan};
use crate::quota::Stamp;
use crate::record::{Decided, Subject};
use crate::signature::AppKey;
use crate::store::{AttemptsKey, Finality, RecordKey, Recorded};
use crate::verdict::Verdict;

/// One handling of one request.
pub(super) struct Handling<'a> {
    pub(super) gate: &'a Gate,
    pub(super) request: &'a VerificationRequest,
    pub(super) subject: Subject,
    pub(super) key: RecordKey,
    /// Where the attempts of the number stand.
    pub(super) number: AttemptsKey,
    /// The number as it is stored.
    stored_number: String,
    pub(super) stamp: Stamp,
    /// Marks this handling, so that a retried write knows its own work.
    pub(super) token: String,
    /// Until when the table may tell. What is left of the budget then is for setting the record right: a table
    /// that is slow to tell of a list must not leave the prediction standing that the quotas have turned.
    pub(super) asking_until: Instant,
    pub(super) deadline: Instant,
    pub(super) now: Timestamp,
}

/// A conclusion, ready to be recorded and answered.
pub(super) struct Draft {
    pub(super) decided: Decided,
    pub(super) answer: String,
    pub(super) ground: Ground,
}

/// What came of deciding by one policy.
struct Turn {
    /// Whether the verification had no decision before.
    is_first: bool,
    /// The decision that stands; `None` where another policy came into force while the store was asked.
    draft: Option<Draft>,
}

impl Draft {
    fn denies(&self) -> bool {
        self.decided.verdict == Verdict::Deny
    }
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
        let stored_number = self.settings.privacy.stored(&request.number);
        let handling = Handling {
            gate: self,
            request,
            subject: Subject {
                method: Some(request.method.to_string()),
                ..self.subject(app, &request.id, reference, Some(&request.number))
            },
            key: RecordKey::new(app.as_str(), reference.map(Reference::as_str), request.id.as_str()),
            number: AttemptsKey::new(app.as_str(), &stored_number),
            stored_number,
            stamp: Stamp::new(app.as_str(), request.id.as_str()),
            token: format!("{:032x}", fastrand::u128(..)),
            asking_until: Instant::now() + self.settings.budget * 3 / 4,
            deadline: self.deadline(),
            now,
        };
        let mut is_first = false;
        loop {
            // A second turn needs a policy that came into force meanwhile; a third one, yet another policy.
            let turn = handling.attempt(&self.policies.current(app.as_str())).await;
            is_first |= turn.is_first;
            if let Some(draft) = turn.draft {
                log::decision(&handling.subject, request, &draft.decided, begun.elapsed());
                handling.measure(&draft, is_first, begun.elapsed());
                return draft.answer;
            }
        }
    }
}

impl Handling<'_> {
    /// Decides by one policy.
    async fn attempt(&self, in_force: &InForce) -> Turn {
        let app = self.subject.app.as_str();
        let facts = Facts { app, request: self.request, stored_number: &self.stored_number, now: self.now };
        let plan = in_force.policy.plan(&facts);
        let inquiry = Inquiry::of(&plan, in_force, &self.request.number, app);
        let mut findings = inquiry.certain(self.gate, self.stamp, self.now);

        let evidence = findings.by_step(&plan.steps, self.now);
        let predicted = conclude(&plan, &evidence);
        let first = self.draft(&plan, &predicted, &evidence, in_force);
        // A denial that is certain, or needs no quota, takes none.
        let takes = predicted.verdict == Verdict::Allow;
        let refreshing = self.gate.policies.is_due(self.now);
        let may_turn = takes && !plan.steps.is_empty() || inquiry.may_turn_a_denial() || refreshing;
        let finality = if may_turn { Finality::Predicted } else { Finality::Settled };
        let end = if takes { plan.steps.len() } else { 0 };
        let (listed, known, taken, recorded, ()) = tokio::join!(
            inquiry.ask_lists(self.gate, self.asking_until, self.now),
            inquiry.ask_number(self, end),
            inquiry.take_quotas(self.gate, end, self.stamp, self.asking_until, self.now),
            self.record(&first, finality),
            self.gate.refresh_policies(self.now),
        );
        [listed, known, taken].into_iter().for_each(|found| findings.extend(found));
        // Without a reply nobody can tell, and this handling's answer may be the only one there is.
        let is_first = !matches!(recorded, Ok(Recorded::Earlier(_)));
        if refreshing && self.gate.policies.current(app) != *in_force {
            findings.leave(self, &Kept::nothing()).await;
            return Turn { is_first, draft: None };
        }

        let mut evidence = findings.by_step(&plan.steps, self.now);
        let mut conclusion = conclude(&plan, &evidence);
        if !takes && conclusion.verdict == Verdict::Allow {
            // A safelist, or the number's past, has turned a predicted denial; the quotas above count after all.
            let end = decided_at(&plan, &conclusion);
            let (known, taken) = tokio::join!(
                inquiry.ask_number(self, end),
                inquiry.take_quotas(self.gate, end, self.stamp, self.deadline, self.now)
            );
            [known, taken].into_iter().for_each(|found| findings.extend(found));
            evidence = findings.by_step(&plan.steps, self.now);
            conclusion = conclude(&plan, &evidence);
        }
        let last = self.draft(&plan, &conclusion, &evidence, in_force);
        let kept = match conclusion.verdict {
            Verdict::Allow => Kept::before(decided_at(&plan, &conclusion), &evidence),
            Verdict::Deny => Kept::denied(),
        };
        let draft = match recorded {
            Ok(Recorded::Ours) if conclusion == predicted => {
                self.remember(&last);
                // As a rule everything is kept. But a quota that did not answer leaves nothing to claim, and what
                // was taken for a rule that passes known numbers over goes back.
                findings.leave(self, &kept).await;
                last
            }
            Ok(Recorded::Earlier(earlier)) if self.is_final(&earlier) => {
                findings.leave(self, &Kept::nothing()).await;
                self.adopt(*earlier)
            }
            Ok(Recorded::Earlier(earlier))
                if last.denies() && earlier.decided.verdict == Verdict::Allow && !earlier.is_own =>
            {
                let stands = self.wait_for_first(&first, *earlier).await;
                // The first copy may rely on a share that this one took, unless it was denied.
                if stands.decided.verdict == Verdict::Deny {
                    findings.leave(self, &Kept::denied()).await;
                }
                self.adopt(stands)
            }
            Ok(_) => self.settle(last, &kept, &findings).await,
            Err(error) => {
                self.leave_in_log(&last, &error);
                findings.leave(self, &kept).await;
                last
            }
        };
        if let Some(attempts) = findings.attempts() {
            self.look_after(attempts).await;
        }
        Turn { is_first, draft: Some(draft) }
    }

    /// Counts the decision where it is the verification's first, and what answering it took in any case.
    fn measure(&self, draft: &Draft, is_first: bool, took: Duration) {
        let in_force = self.gate.policies.current(&self.subject.app);
        self.gate.meter.count(|tally| {
            if is_first {
                let Draft { decided, ground, .. } = draft;
                tally.decided(decided.verdict, ground, self.request.number.country(), self.request.price);
            }
            tally.answered(took);
            tally.policy(&in_force.app, in_force.version, in_force.age(self.now));
        });
    }

    /// Does what is seldom due at the number: it has more attempts than are kept, or the verification ended
    /// before its request was handled, so that nobody else will release it.
    async fn look_after(&self, attempts: &Attempts) {
        if attempts.endings.contains_key(&self.stamp) {
            let release = self.gate.release(&self.number, self.stamp, attempts.clone(), self.now);
            if let Err(error) = self.gate.within(self.deadline, release).await {
                tracing::warn!(cause = error.name(), %error, "an early ending not released");
            }
        } else {
            self.gate.forget_surplus(&self.number, attempts).await;
        }
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
        Draft { decided, answer: answer.to_json(), ground: conclusion.by.into() }
    }
}

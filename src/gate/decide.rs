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
//! 4. A copy that would deny what the first one predicts to allow waits for that one, within its budget.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::ask::Inquiry;
use super::findings::{Findings, Kept};
use super::{Gate, InForce, log};
use crate::answer::Answer;
use crate::attempt::Attempts;
use crate::decision::{Evidence, conclude, decided_at, describe};
use crate::event::{Reference, VerificationRequest};
use crate::metrics::{Ground, Tally};
use crate::policy::{Conclusion, Facts, Plan};
use crate::quota::Stamp;
use crate::record::{Decided, Subject};
use crate::signature::AppKey;
use crate::store::{AttemptsKey, Earlier, Finality, NewDecision, RecordKey, Recorded, StoreError};
use crate::verdict::Verdict;

/// The age from which a predicted record is final, at most: far longer than any handling lasts.
const SETTLING: Duration = Duration::from_secs(60);

/// Room for clocks that differ, where the handling's budget says when a record is final.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(3);

/// One handling of one request.
pub(super) struct Handling<'a> {
    pub(super) gate: &'a Gate,
    request: &'a VerificationRequest,
    pub(super) subject: Subject,
    key: RecordKey,
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
struct Draft {
    decided: Decided,
    answer: String,
    ground: Ground,
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

    /// Keeps in the log what could not be recorded.
    fn leave_in_log(&self, draft: &Draft, error: &StoreError) {
        log::unstored_decision(&self.subject, self.request, &draft.decided, error);
        self.gate.meter.count(Tally::unstored);
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

    /// Gives the first copy's decision where this copy would deny. On a full key in constant use the stamp that
    /// the first copy left may be gone, so a refusal here does not mean one there. Where the first copy is
    /// refused too it soon says so; where it says nothing, it has answered as it predicted.
    async fn wait_for_first(&self, draft: &Draft, mut predicted: Earlier) -> Earlier {
        let mut pause = Duration::from_millis(10);
        while Instant::now() + pause < self.asking_until {
            tokio::time::sleep(pause).await;
            pause *= 2;
            // The condition of this write fails, which brings the record.
            match self.record(draft, Finality::Predicted).await {
                Ok(Recorded::Earlier(earlier)) if self.is_final(&earlier) => return *earlier,
                Ok(Recorded::Earlier(earlier)) => predicted = *earlier,
                Ok(Recorded::Ours) | Err(_) => {}
            }
        }
        predicted
    }

    /// Makes a conclusion final, or adopts the one that was faster. Only then is given back what was taken in
    /// vain: until a denial is final, a concurrent copy may rely on these shares.
    async fn settle(&self, draft: Draft, kept: &Kept<'_>, findings: &Findings) -> Draft {
        let new = self.new_decision(&draft);
        match self.gate.within(self.deadline, self.gate.store.settle_decision(&self.key, &new)).await {
            Ok(Recorded::Ours) => {
                findings.leave(self, kept).await;
                self.remember(&draft);
                draft
            }
            Ok(Recorded::Earlier(earlier)) => {
                if earlier.decided.verdict == Verdict::Deny {
                    findings.leave(self, &Kept::denied()).await;
                }
                self.adopt(*earlier)
            }
            Err(error) => {
                self.leave_in_log(&draft, &error);
                findings.leave(self, kept).await;
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

    /// Whether a decision of another handling can no longer be turned.
    fn is_final(&self, earlier: &Earlier) -> bool {
        let settling = SETTLING.min(self.gate.settings.budget.saturating_mul(2) + CLOCK_DIFFERENCE);
        let age = self.now.duration_since(earlier.decided.at);
        earlier.settled || !age.is_negative() && age.unsigned_abs() >= settling
    }

    /// Takes over the decision that stands.
    fn adopt(&self, earlier: Earlier) -> Draft {
        let rule = earlier.decided.rule.as_ref().and_then(|rule| rule.parse().ok());
        // A record does not tell `default` from `on_store_failure` but in words.
        let ground = rule.map_or(Ground::Default, Ground::Rule);
        let draft = Draft { decided: earlier.decided, answer: earlier.answer, ground };
        self.remember(&draft);
        draft
    }

    fn remember(&self, draft: &Draft) {
        self.gate.recent.put(&self.subject.app, &self.subject.id, &draft.answer);
    }
}

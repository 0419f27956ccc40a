//! How a conclusion becomes the decision that stands. Four rules keep concurrent copies of one request from getting
//! different answers:
//!
//! 1. Whoever first writes the record is first; all others answer what the record says once it is final.
//! 2. A predicted record becomes final by one conditional write, or by its age: no handling lasts longer
//!    than [`SETTLING`]. A copy that meets a younger prediction makes its own conclusion final, or learns the
//!    one that was faster.
//! 3. An allow is made final only by a handling that saw every share held. Shares carry the verification's
//!    stamp, so that copies share them instead of taking them twice.
//! 4. A copy that would deny what the first one predicts to allow waits for that one, within its budget.

use std::time::Duration;

use tokio::time::Instant;

use super::decide::{Draft, Handling};
use super::findings::{Findings, Kept};
use super::log;
use crate::metrics::{Ground, Tally};
use crate::store::{Earlier, Finality, NewDecision, Recorded, StoreError};
use crate::verdict::Verdict;

/// The age from which a predicted record is final, at most: far longer than any handling lasts.
const SETTLING: Duration = Duration::from_secs(60);

/// Room for clocks that differ, where the handling's budget says when a record is final.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(3);

impl Handling<'_> {
    /// Records the first decision, or learns of the one that was faster.
    pub(super) async fn record(&self, draft: &Draft, finality: Finality) -> Result<Recorded, StoreError> {
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

    /// Makes a conclusion final, or adopts the one that was faster. Only then is given back what was taken in
    /// vain: until a denial is final, a concurrent copy may rely on these shares.
    pub(super) async fn settle(&self, draft: Draft, kept: &Kept<'_>, findings: &Findings) -> Draft {
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

    /// Gives the first copy's decision where this copy would deny. On a full key in constant use the stamp that
    /// the first copy left may be gone, so a refusal here does not mean one there. Where the first copy is
    /// refused too it soon says so; where it says nothing, it has answered as it predicted.
    pub(super) async fn wait_for_first(&self, draft: &Draft, mut predicted: Earlier) -> Earlier {
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

    /// Whether a decision of another handling can no longer be turned.
    pub(super) fn is_final(&self, earlier: &Earlier) -> bool {
        let settling = SETTLING.min(self.gate.settings.budget.saturating_mul(2) + CLOCK_DIFFERENCE);
        let age = self.now.duration_since(earlier.decided.at);
        earlier.settled || !age.is_negative() && age.unsigned_abs() >= settling
    }

    /// Takes over the decision that stands.
    pub(super) fn adopt(&self, earlier: Earlier) -> Draft {
        let rule = earlier.decided.rule.as_ref().and_then(|rule| rule.parse().ok());
        // A record does not tell `default` from `on_store_failure` but in words.
        let ground = rule.map_or(Ground::Default, Ground::Rule);
        let draft = Draft { decided: earlier.decided, answer: earlier.answer, ground };
        self.remember(&draft);
        draft
    }

    /// Answers repeats from memory from now on.
    pub(super) fn remember(&self, draft: &Draft) {
        self.gate.recent.put(&self.subject.app, &self.subject.id, &draft.answer);
    }

    /// Keeps in the log what could not be recorded.
    pub(super) fn leave_in_log(&self, draft: &Draft, error: &StoreError) {
        log::unstored_decision(&self.subject, self.request, &draft.decided, error);
        self.gate.meter.count(Tally::unstored);
    }
}

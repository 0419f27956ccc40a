//! Settle: the decision that stands, and what follows from it for what was taken.

use std::time::Duration;

use tokio::time::Instant;

use super::copies::{Standing, stand};
use super::decide::Draft;
use super::final_by_age::{is_final, is_old};
use super::handling::Handling;
use super::notice::{Failure, UnstoredDecision};
use super::take::Taken;
use super::undo::Others;
use crate::attempt::Claim;
use crate::store::{Earlier, Finality, NewDecision, Recorded, StoreError};
use crate::verdict::Verdict;

/// The longest pause between two looks at what becomes of another copy's prediction.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

impl Handling<'_> {
    /// Makes one decision stand, and keeps or gives back what was taken accordingly. `claims` is what an
    /// allowed verification may give back later.
    pub(super) async fn settle(
        &self,
        draft: Draft,
        is_as_recorded: bool,
        recorded: Result<Recorded, StoreError>,
        taken: Taken,
        claims: Vec<Claim>,
    ) -> Draft {
        let is_final = |earlier: &Earlier| self.is_final(earlier);
        match stand(recorded, is_final, draft.decided.verdict, is_as_recorded) {
            Standing::Keep => {
                let attempts = self.claim_what_is_held(&taken, &claims).await;
                self.keep(draft, attempts).await
            }
            Standing::Settle => self.make_final(draft, &taken, &claims).await,
            Standing::Adopt(earlier) if self.is_old(&earlier) => {
                self.undo(&taken, Others::Done).await;
                self.adopt(earlier)
            }
            Standing::Adopt(earlier) => self.adopt_of_another(earlier, &taken).await,
            Standing::Wait(first) => {
                let stands = self.wait_for(first).await;
                self.adopt_of_another(stands, &taken).await
            }
            Standing::Log(error) => {
                self.leave_in_log(&draft, &error);
                let attempts = self.claim_what_is_held(&taken, &claims).await;
                self.keep(draft, attempts).await
            }
        }
    }

    /// Makes a decision final, or adopts the one that was faster. What a denial took in vain is given back
    /// only once it is final: until then a copy may rely on these shares, and where nobody said that it is
    /// final, a repeat may be answered with the allow that was predicted.
    async fn make_final(&self, draft: Draft, taken: &Taken, claims: &[Claim]) -> Draft {
        let new = self.new_decision(&draft);
        let settling = async {
            let records = self.gate.store.records();
            match draft.decided.verdict {
                Verdict::Allow => records.settle(&self.record_key, &new).await,
                // Where nothing is known of the record, another copy may have answered the allow there.
                Verdict::Deny => records.settle_own(&self.record_key, &new).await,
            }
        };
        let settling = self.gate.within(self.deadlines.settle, settling, Failure::Unanswered);
        // Beside it the attempt stops claiming what was refused. So it takes two writes that fail for a
        // success of the number to free a share that nobody holds: this one, and the one that withdraws the
        // attempt.
        let (settled, attempts) = tokio::join!(settling, self.claim_what_is_held(taken, claims));
        match settled {
            Ok(Recorded::Ours) if draft.decided.verdict == Verdict::Deny => {
                self.remember(&draft);
                self.undo(taken, Others::MayBeAtWork).await;
                draft
            }
            Ok(Recorded::Ours) => self.keep(draft, attempts).await,
            Ok(Recorded::Earlier(earlier)) => {
                let stands = if self.is_final(&earlier) { *earlier } else { self.wait_for(*earlier).await };
                self.adopt_of_another(stands, taken).await
            }
            Err(error) => {
                self.leave_in_log(&draft, &error);
                self.keep(draft, attempts).await
            }
        }
    }

    /// Takes over what a copy decided that was handled at the same time. One that was allowed may rely on the
    /// shares that this handling took, so these stay.
    async fn adopt_of_another(&self, earlier: Earlier, taken: &Taken) -> Draft {
        if earlier.decided.verdict == Verdict::Deny {
            self.undo(taken, Others::MayBeAtWork).await;
        }
        self.adopt(earlier)
    }

    /// Waits for what becomes of another copy's prediction. Where that is refused too it soon says so; where
    /// it says nothing, it has answered as it predicted.
    async fn wait_for(&self, mut predicted: Earlier) -> Earlier {
        let mut pause = Duration::from_millis(10);
        while Instant::now() + pause < self.deadlines.last_look() {
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            let finding = self.gate.store.records().find(&self.record_key);
            match self.gate.within(self.deadlines.last_look(), finding, Failure::Unanswered).await {
                Ok(Some(earlier)) if self.is_final(&earlier) => return earlier,
                Ok(Some(earlier)) => predicted = earlier,
                Ok(None) | Err(_) => {}
            }
        }
        self.insist_on(predicted).await
    }

    /// Makes another copy's prediction final, since this copy is about to answer by it. Where the table is
    /// slow, the other one may still be at work, and would deny what this one allows.
    async fn insist_on(&self, predicted: Earlier) -> Earlier {
        let Earlier { decided, answer, .. } = predicted;
        let draft = Draft { decided, answer };
        let new = self.new_decision(&draft);
        let settling = self.gate.store.records().settle(&self.record_key, &new);
        match self.gate.within(self.deadlines.settle, settling, Failure::Unanswered).await {
            Ok(Recorded::Earlier(earlier)) => return *earlier,
            Ok(Recorded::Ours) => {}
            Err(error) => self.leave_in_log(&draft, &error),
        }
        Earlier { decided: draft.decided, answer: draft.answer, settled: true }
    }

    /// Records the first decision, or learns of the one that was faster.
    pub(super) async fn record(&self, draft: &Draft, finality: Finality) -> Result<Recorded, StoreError> {
        let new = self.new_decision(draft);
        let recording = self.gate.store.records().record(&self.record_key, &new, finality);
        self.gate.within(self.deadlines.take, recording, Failure::Unanswered).await
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

    /// Whether a decision of another handling can no longer be turned.
    pub(super) fn is_final(&self, earlier: &Earlier) -> bool {
        is_final(earlier, self.gate.settings.budget, self.now)
    }

    /// Whether no handling that was there when this decision was made can still be at work.
    fn is_old(&self, earlier: &Earlier) -> bool {
        is_old(earlier, self.gate.settings.budget, self.now)
    }

    /// Takes over the decision that stands.
    pub(super) fn adopt(&self, earlier: Earlier) -> Draft {
        let draft = Draft { decided: earlier.decided, answer: earlier.answer };
        self.remember(&draft);
        draft
    }

    /// Answers repeats from memory from now on.
    pub(super) fn remember(&self, draft: &Draft) {
        self.gate.recent.put(&self.subject.app, &self.subject.id, &draft.answer);
    }

    /// Keeps in the log what could not be recorded. Repeats to this process are answered as this request was.
    fn leave_in_log(&self, draft: &Draft, error: &StoreError) {
        self.remember(draft);
        let (subject, request, decided) = (&self.subject, self.request, &draft.decided);
        self.gate.meter.report(&UnstoredDecision { subject, request, decided, error });
    }
}

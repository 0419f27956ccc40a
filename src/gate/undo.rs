//! Keep or undo: the attempt and the shares of a handling, once its decision stands.

use super::decide::Draft;
use super::handling::Handling;
use super::notice::Failure;
use super::release::Closing;
use super::take::Taken;
use crate::attempt::{Attempts, Claim};
use crate::quota::{Return, Share};
use crate::store::{QuotaKey, Written};
use crate::verdict::Verdict;

/// Whether other handlings of the request may still be at work, and so rely on shares that this one took.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    MayBeAtWork,
    Done,
}

impl Handling<'_> {
    /// Keeps what was taken, and looks after the number.
    pub(super) async fn keep(&self, draft: Draft, attempts: Option<Attempts>) -> Draft {
        self.remember(&draft);
        if let Some(attempts) = attempts.filter(|_| draft.decided.verdict == Verdict::Allow) {
            self.look_after(&attempts).await;
        }
        draft
    }

    /// Sets right what the attempt claims, where a quota refused, did not answer, or was full in monitor
    /// mode; gives what is known of the number then. Before the quotas answered, each share was expected to
    /// be held.
    pub(super) async fn claim_what_is_held(&self, taken: &Taken, claims: &[Claim]) -> Option<Attempts> {
        let opened = taken.opened.as_ref()?;
        if opened.claims == claims {
            return Some(opened.attempts.clone());
        }
        let amending = self.gate.store.attempts().amend(&self.attempts_key, self.stamp, &self.token, claims);
        let failure = Failure::AttemptNotAmended { id: &self.subject.id };
        let amended = self.gate.within(self.deadlines.settle, amending, failure).await;
        amended.ok().map(Written::into_inner)
    }

    /// Gives back what was taken in vain. A failure is logged; the window heals it.
    ///
    /// The attempt is withdrawn first. A share that it claims may be freed through it at any moment, by
    /// another verification of the number that ends verified; so only who has withdrawn the claim gives the
    /// share back.
    pub(super) async fn undo(&self, taken: &Taken, others: Others) {
        let Some(opened) = &taken.opened else { return self.give_back(taken, &[]).await };
        let is_free = match self.withdraw().await {
            Some(Written::Done(_)) => true,
            // It stands for the first handling's share, and this one is a second.
            Some(Written::Refused(attempts)) => others == Others::Done && self.is_of_another(&attempts),
            None => false,
        };
        self.give_back(taken, if is_free { &[] } else { &opened.claims }).await;
    }

    /// Gives back the shares that no claim among `spared` stands for.
    async fn give_back(&self, taken: &Taken, spared: &[Claim]) {
        let is_spared = |key: &QuotaKey, share: &Share| {
            spared.iter().any(|claim| claim.key == key.name() && claim.rule == share.rule)
        };
        let returns = taken.shares.iter().map(|(key, shares)| {
            let back: Vec<Share> = shares.iter().filter(|share| !is_spared(key, share)).cloned().collect();
            // While other shares of the item are kept, the stamp must go on saying so.
            let stamp = (back.len() == shares.len()).then_some(self.stamp);
            (key.clone(), Return { shares: back, verified: Vec::new(), stamp })
        });
        self.gate.give_back_all(&self.closing(), returns).await;
    }

    /// Takes the attempt away, where it is this handling's and not released; `None` where the table did not
    /// answer.
    async fn withdraw(&self) -> Option<Written<Attempts>> {
        let withdrawing = self.gate.store.attempts().withdraw(
            &self.attempts_key,
            self.stamp,
            &self.token,
            &self.record_key,
            self.now,
        );
        let failure = Failure::AttemptNotWithdrawn { id: &self.subject.id };
        self.gate.within(self.deadlines.settle, withdrawing, failure).await.ok()
    }

    fn is_of_another(&self, attempts: &Attempts) -> bool {
        attempts.attempts.get(&self.stamp).is_some_and(|attempt| attempt.token != self.token)
    }

    /// Does what is seldom due at the number, as far as there is time: the verification ended before its
    /// request was handled, so that nobody else will release it; or there are more attempts than are kept.
    async fn look_after(&self, attempts: &Attempts) {
        let closing = self.closing();
        if attempts.endings.contains_key(&self.stamp) {
            let release = self.gate.release(&closing, attempts.clone());
            let failure = Failure::EarlyEndingNotReleased { id: &self.subject.id };
            let _ = self.gate.within(closing.deadline, release, failure).await;
        } else {
            self.gate.forget_surplus(&closing, attempts).await;
        }
    }

    fn closing(&self) -> Closing<'_> {
        Closing {
            id: &self.subject.id,
            attempts_key: &self.attempts_key,
            stamp: self.stamp,
            deadline: self.deadlines.settle,
            now: self.now,
        }
    }
}

//! Take: quotas, the number's attempt and the record, all in parallel, in one trip.

use futures_util::future::join_all;

use super::ask::Asked;
use super::decide::Draft;
use super::handling::Handling;
use super::inquiry::{Inquiry, QuotaItem};
use super::notice::Failure;
use super::walk::{Walked, claims};
use crate::attempt::{Attempt, Attempts, Claim};
use crate::decision::Evidence;
use crate::quota::Share;
use crate::store::{Finality, QuotaKey, Recorded, StoreError, Take};
use crate::verdict::Verdict;

/// What was taken and written.
pub(super) struct Taken {
    /// By step: what was known before, and what the quotas said.
    pub(super) evidence: Vec<Evidence>,
    /// What this handling took, by item.
    pub(super) shares: Vec<(QuotaKey, Vec<Share>)>,
    /// The attempt that stands for the verification at its number.
    pub(super) opened: Option<Opened>,
}

/// An attempt that was opened.
pub(super) struct Opened {
    /// What it claims.
    pub(super) claims: Vec<Claim>,
    /// What is known of the number; nothing where the table did not answer.
    pub(super) attempts: Attempts,
}

impl Handling<'_> {
    /// Takes what the walk has reached, and records its verdict beside it: as one that stands, or as the
    /// allow that is predicted. Gives what was taken, and what became of the record.
    pub(super) async fn take(
        &self,
        inquiry: &Inquiry,
        walked: &Walked<'_>,
        draft: &Draft,
        asked: Asked,
    ) -> (Taken, Result<Recorded, StoreError>) {
        let Asked { mut evidence, attempts, earlier } = asked;
        let items = walked.items(inquiry);
        let finality = if items.is_empty() { Finality::Settled } else { Finality::Predicted };
        let claims = match walked.conclusion.verdict {
            Verdict::Allow => claims(inquiry, walked.conclusion.end, &evidence),
            Verdict::Deny => Vec::new(),
        };
        // An attempt without claims is opened too where its success would free earlier ones of the number.
        let opens =
            !claims.is_empty() || walked.conclusion.verdict == Verdict::Allow && attempts.has_open_claims();
        let recording = async {
            match earlier {
                Some(earlier) => Ok(Recorded::Earlier(Box::new(earlier))),
                None => self.record(draft, finality).await,
            }
        };
        let opening = async { if opens { Some(self.open_attempt(claims).await) } else { None } };
        let taking = join_all(items.iter().map(|item| self.take_item(item)));
        let (taken, opened, recorded) = tokio::join!(taking, opening, recording);
        let mut shares = Vec::new();
        for (item, (found, held)) in items.into_iter().zip(taken) {
            for (of, found) in item.steps.iter().zip(found) {
                evidence.get_mut(of.step).into_iter().for_each(|slot| *slot = found.clone());
            }
            if !held.is_empty() {
                shares.push((item.key, held));
            }
        }
        (Taken { evidence, shares, opened }, recorded)
    }

    /// Takes the shares of one item, all or none; gives what that says of each step, and the shares.
    async fn take_item(&self, item: &QuotaItem) -> (Vec<Evidence>, Vec<Share>) {
        let demands = item.demands();
        let take = self.gate.store.quotas().take(&item.key, &demands, self.stamp, self.now);
        let failure = Failure::QuotaNotTaken { id: &self.subject.id, key: &item.key, demands: &demands };
        match self.gate.within(self.deadlines.take, take, failure).await {
            Ok(Take::Held(held)) => (held.readings.into_iter().map(Evidence::from).collect(), held.shares),
            Ok(Take::Refused(readings)) => (readings.into_iter().map(Evidence::from).collect(), Vec::new()),
            Err(_) => (vec![Evidence::Unreachable; demands.len()], Vec::new()),
        }
    }

    /// Leaves an attempt at the number, for whatever ends the verification to find.
    async fn open_attempt(&self, claims: Vec<Claim>) -> Opened {
        let attempt = Attempt { at: self.now, claims, token: self.token.clone(), released_by: None };
        let kept = self.gate.memory_of_numbers(&self.subject.app);
        let opening =
            self.gate.store.attempts().open(&self.attempts_key, self.stamp, &attempt, &self.record_key, kept);
        let failure = Failure::AttemptNotOpened { id: &self.subject.id };
        // Where that failed, it may have been opened all the same.
        let opened = self.gate.within(self.deadlines.take, opening, failure).await;
        Opened { claims: attempt.claims, attempts: opened.unwrap_or_default() }
    }
}

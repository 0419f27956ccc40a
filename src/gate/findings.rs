//! What a decision found out, what it took for that, and how it leaves what it does not need.

use jiff::Timestamp;

use super::decide::Handling;
use crate::attempt::{Attempt, Attempts, Claim};
use crate::decision::{Evidence, Past};
use crate::policy::Step;
use crate::quota::{Return, Share};
use crate::store::QuotaKey;

/// What was found about some steps.
#[derive(Default)]
pub(super) struct Findings {
    evidence: Vec<(usize, Evidence)>,
    /// What this handling took.
    holdings: Vec<Holding>,
    past: Option<Past>,
    /// The attempt that was opened.
    opened: Option<Opened>,
}

/// Shares that this handling took of one item.
pub(super) struct Holding {
    pub(super) key: QuotaKey,
    /// Step and share.
    pub(super) shares: Vec<(usize, Share)>,
}

/// The attempt that stands for a verification at its number.
struct Opened {
    /// What this handling claims there, by step.
    claims: Vec<(usize, Claim)>,
    /// What is known of the number.
    attempts: Attempts,
}

impl Findings {
    /// What was found about steps, and what was taken for them.
    pub(super) fn new(evidence: Vec<(usize, Evidence)>, holdings: Vec<Holding>) -> Self {
        Self { evidence, holdings, ..Self::default() }
    }

    /// Asks what is known of the number, and leaves claims there, if any.
    pub(super) async fn of_number(handling: &Handling<'_>, claims: Vec<(usize, Claim)>) -> Self {
        let (gate, key) = (handling.gate, &handling.number);
        let attempt = Attempt {
            at: handling.now,
            claims: claims.iter().map(|(_, claim)| claim.clone()).collect(),
            token: handling.token.clone(),
            released_by: None,
        };
        let asked = async {
            if claims.is_empty() {
                return gate.store.look_at_attempts(key).await;
            }
            let kept = gate.memory_of_numbers(&handling.subject.app);
            gate.store.open_attempt(key, handling.stamp, &attempt, kept).await
        };
        match gate.within(handling.asking_until, asked).await {
            Ok(attempts) => {
                let past = Some(Past::Known(attempts.verified_at));
                let opened = (!claims.is_empty()).then_some(Opened { claims, attempts });
                Self { past, opened, ..Self::default() }
            }
            Err(error) => {
                tracing::warn!(cause = error.name(), %error, "the number's past not known");
                // Whether it was opened is not known either, so it may have to be taken away.
                let opened = (!claims.is_empty()).then(|| Opened { claims, attempts: Attempts::default() });
                Self { past: Some(Past::Unreachable), opened, ..Self::default() }
            }
        }
    }

    /// Adds what else was found.
    pub(super) fn extend(&mut self, more: Self) {
        self.evidence.extend(more.evidence);
        self.holdings.extend(more.holdings.into_iter().filter(|holding| !holding.shares.is_empty()));
        self.past = more.past.or(self.past);
        self.opened = more.opened.or(self.opened.take());
    }

    /// The evidence by step; what was found last about a step counts.
    pub(super) fn by_step(&self, steps: &[Step<'_>], now: Timestamp) -> Vec<Evidence> {
        let mut by_step = vec![Evidence::NotAsked; steps.len()];
        for (step, evidence) in &self.evidence {
            if let Some(slot) = by_step.get_mut(*step) {
                *slot = evidence.clone();
            }
        }
        let past = self.past.unwrap_or_default();
        by_step.into_iter().zip(steps).map(|(evidence, step)| evidence.given(past, step, now)).collect()
    }

    /// What stood at the number when the attempt was opened there.
    pub(super) fn attempts(&self) -> Option<&Attempts> {
        self.opened.as_ref().map(|opened| &opened.attempts)
    }

    /// Gives back what is not kept, and sets the attempt right. A failure is logged; the window heals it.
    ///
    /// Where the verification goes on, the attempt must say so first: a share that is given back here and
    /// claimed there would be given back twice. A denied one never ends verified, so nothing is claimed for it.
    pub(super) async fn leave(&self, handling: &Handling<'_>, kept: &Kept<'_>) {
        let amended = async {
            let Some(opened) = &self.opened else { return true };
            let claims = opened.claims_of(kept);
            if claims == opened.all_claims() {
                return true;
            }
            let amend =
                handling.gate.store.amend_attempt(&handling.number, handling.stamp, &handling.token, &claims);
            let amended = handling.gate.within(handling.deadline, amend).await;
            if let Err(error) = &amended {
                tracing::warn!(cause = error.name(), %error, "open attempt not amended");
            }
            amended.is_ok()
        };
        let give_back = |holding: &Holding, spare_claimed: bool| {
            let is_spared = |step: usize| {
                spare_claimed
                    && self.opened.iter().any(|opened| opened.claims.iter().any(|(of, _)| *of == step))
            };
            let (back, rest): (Vec<_>, Vec<_>) =
                holding.shares.iter().partition(|(step, _)| !kept.keeps(*step) && !is_spared(*step));
            let shares: Vec<Share> = back.into_iter().map(|(_, share)| share.clone()).collect();
            // While other shares of the item are kept, the stamp must go on saying so.
            let stamp = rest.is_empty().then_some(handling.stamp);
            (holding.key.clone(), Return { shares, verified: Vec::new(), stamp })
        };
        if kept.is_denied {
            let returns = self.holdings.iter().map(|holding| give_back(holding, false));
            tokio::join!(amended, handling.gate.give_back_all(returns, handling.deadline, handling.now));
        } else {
            let is_amended = amended.await;
            let returns = self.holdings.iter().map(|holding| give_back(holding, !is_amended));
            handling.gate.give_back_all(returns, handling.deadline, handling.now).await;
        }
    }
}

impl Opened {
    fn all_claims(&self) -> Vec<Claim> {
        self.claims.iter().map(|(_, claim)| claim.clone()).collect()
    }

    /// The claims that hold, given what became of each step. A quota in monitor mode that was full took
    /// nothing, but what is verified counts for it all the same.
    fn claims_of(&self, kept: &Kept<'_>) -> Vec<Claim> {
        let held = self.claims.iter().filter(|(step, _)| kept.keeps(*step)).filter_map(|(step, claim)| {
            match kept.evidence.get(*step)? {
                Evidence::Room(_) => Some(claim.clone()),
                Evidence::Full(_) => {
                    Some(Claim { is_held: false, ..claim.clone() }).filter(|claim| claim.grows)
                }
                _ => None,
            }
        });
        held.collect()
    }
}

/// Which shares a verification keeps.
pub(super) struct Kept<'e> {
    /// Steps from this one on had no say.
    end: usize,
    evidence: &'e [Evidence],
    is_denied: bool,
}

impl<'e> Kept<'e> {
    /// Those of the steps before `end` that look at the verification.
    pub(super) fn before(end: usize, evidence: &'e [Evidence]) -> Self {
        Self { end, evidence, is_denied: false }
    }

    /// None, since this handling turned out not to be the one that decides.
    pub(super) fn nothing() -> Self {
        Self { end: 0, evidence: &[], is_denied: false }
    }

    /// None, since the verification is denied.
    pub(super) fn denied() -> Self {
        Self { is_denied: true, ..Self::nothing() }
    }

    fn keeps(&self, step: usize) -> bool {
        step < self.end && self.evidence.get(step).is_some_and(|evidence| *evidence != Evidence::Excluded)
    }
}

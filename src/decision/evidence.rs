//! What is known about the steps of a plan before a conclusion is drawn.

use jiff::Timestamp;

use crate::list::ListEntry;
use crate::policy::{Plan, Step, StepOutcome, StepQuestion};
use crate::quota::Reading;

/// What is known about one step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing, since it was not asked.
    NotAsked,
    /// The number is not on the list.
    NotListed,
    /// The number is on the list.
    Listed(ListEntry),
    /// The quota has room, and the share is taken.
    Room(Reading),
    /// The quota has no room.
    Full(Reading),
    /// The rule looks only at numbers of another past, whatever its list or quota said.
    Excluded,
    /// The number's past is what the rule asks for: it verified last then, or never.
    PastFits(Option<Timestamp>),
    /// The store did not answer.
    Unreachable,
}

impl Evidence {
    /// What it means for the step.
    #[must_use]
    pub fn outcome(&self) -> StepOutcome {
        match self {
            Self::NotAsked | Self::NotListed | Self::Room(_) | Self::Excluded => StepOutcome::NotFired,
            Self::Listed(_) | Self::Full(_) | Self::PastFits(_) => StepOutcome::Fired,
            Self::Unreachable => StepOutcome::Unknown,
        }
    }

    /// The evidence about a step, given what is known of the number's past.
    #[must_use]
    pub fn given(self, past: Past, step: &Step<'_>, now: Timestamp) -> Self {
        if step.past.is_any() {
            return self;
        }
        match past {
            Past::Known(verified_at) if !step.past.is_met(verified_at, now) => Self::Excluded,
            Past::Known(verified_at) if step.question == StepQuestion::Past => Self::PastFits(verified_at),
            Past::Known(_) => self,
            // A number that is not listed is not, whatever its past.
            Past::Unreachable if self == Self::NotListed => self,
            Past::Unreachable => Self::Unreachable,
        }
    }
}

/// A counter has room, where it is not over.
impl From<Reading> for Evidence {
    fn from(reading: Reading) -> Self {
        if reading.over { Self::Full(reading) } else { Self::Room(reading) }
    }
}

/// What is known of each step of a plan, given what was found about some of them and the number's past.
#[must_use]
pub fn given(plan: &Plan<'_>, found: Vec<(usize, Evidence)>, past: Past, now: Timestamp) -> Vec<Evidence> {
    let mut evidence = vec![Evidence::NotAsked; plan.steps.len()];
    for (step, found) in found {
        if let Some(slot) = evidence.get_mut(step) {
            *slot = found;
        }
    }
    evidence.into_iter().zip(&plan.steps).map(|(found, step)| found.given(past, step, now)).collect()
}

/// What is known of a number's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// When it verified last, if ever.
    Known(Option<Timestamp>),
    /// The store did not answer.
    Unreachable,
}

/// A number has no past until the store says otherwise.
impl Default for Past {
    fn default() -> Self {
        Self::Known(None)
    }
}

//! What one number did in one go, which is what one person did.
//!
//! Somebody who asks three times and then verifies made it, so resends do not look like an attack. Attempts
//! of a number that lie far apart are judged apart: whoever verified last week may pump today.

use jiff::SignedDuration;

use super::faked::Faked;
use super::tried::says_something;
use crate::report::span::Spanned;
use crate::report::verification::{Block, Moment};

/// How long a number is silent before it begins anew.
const SILENT: SignedDuration = SignedDuration::from_hours(12);

/// How many attempts in vain count as one person: nobody asks more often in good faith.
const ATTEMPTS: usize = 5;

/// How often nobody asks in vain in good faith.
pub(super) const REPEATS: usize = 10;

/// How often nobody asks in good faith who was denied, which makes people try again.
const REPEATS_WITH_DENIALS: usize = 15;

/// The attempts of a number in one go.
pub(super) struct Episode<'s> {
    /// When it began.
    pub(super) at: Moment,
    pub(super) block: Block,
    pub(super) what: What,
    pub(super) places: &'s [u32],
    /// Its attempts that were allowed: people who are denied ask again in good faith. All where none was
    /// allowed, or where they are far too many.
    pub(super) tries: usize,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// The person verified.
    Made,
    /// It was verified as no person does.
    Faked,
    /// Messages arrived, as far as is known, and came to nothing.
    InVain,
    /// No message arrived.
    Undelivered,
    /// The gate denied all of it, and the number did not come back as people do: it asked once, or far too
    /// often.
    Denied,
    /// The gate denied all of it, and the number came back some times, as people do.
    TurnedAway,
    /// It says nothing, or nothing yet.
    Open,
}

impl Episode<'_> {
    /// For how many people it stands.
    pub(super) fn people(&self) -> u64 {
        if self.what == What::Made { 1 } else { self.tries.div_ceil(ATTEMPTS) as u64 }
    }

    /// The moments at which it counts: once for each person for whom it stands.
    pub(super) fn moments(&self, spanned: &Spanned<'_>) -> impl Iterator<Item = Moment> {
        let apart = if self.what == What::Made { self.places.len().max(1) } else { ATTEMPTS };
        let counted = self.places.iter().step_by(apart);
        let people = usize::try_from(self.people()).unwrap_or(usize::MAX);
        counted.take(people).filter_map(|place| spanned.at(*place).and_then(|one| one.at))
    }
}

/// The episodes of places that stand by number and time.
pub(super) fn of<'s>(spanned: &Spanned<'_>, faked: &Faked<'_>, places: &'s [u32]) -> Vec<Episode<'s>> {
    let goes_on = |place: &u32, next: &u32| {
        let (Some(one), Some(next)) = (spanned.at(*place), spanned.at(*next)) else { return false };
        let (Some(at), Some(next_at)) = (one.at, next.at) else { return false };
        one.number == next.number && next_at.since(at) < SILENT
    };
    places.chunk_by(goes_on).filter_map(|places| episode(spanned, faked, places)).collect()
}

fn episode<'s>(spanned: &Spanned<'_>, faked: &Faked<'_>, places: &'s [u32]) -> Option<Episode<'s>> {
    // A number whose digits are hidden stands for many.
    let first = spanned.at(*places.first()?).filter(|one| one.is_somebody())?;
    let attempts = || places.iter().filter_map(|place| Some((*place, spanned.at(*place)?)));
    let what = if attempts().any(|(place, one)| one.is_verified() && !faked.has(place)) {
        What::Made
    } else if attempts().any(|(place, _)| faked.has(place)) {
        What::Faked
    } else if attempts().any(|(_, one)| says_something(spanned, one)) {
        What::InVain
    } else if attempts().any(|(_, one)| !one.is_denied() && one.has_failed_delivery && !one.has_arrived) {
        What::Undelivered
    } else if attempts().all(|(_, one)| one.is_denied()) {
        if (2..REPEATS).contains(&places.len()) { What::TurnedAway } else { What::Denied }
    } else {
        What::Open
    };
    let allowed = attempts().filter(|(_, one)| !one.is_denied()).count();
    let counts_all = allowed == 0 || places.len() >= REPEATS_WITH_DENIALS;
    let tries = if counts_all { places.len() } else { allowed };
    Some(Episode { at: first.at?, block: first.block, what, places, tries })
}

//! A part of an attack: what happened in one country, or in some of its blocks, within a stretch of time.

use super::episodes::{Episode, What};
use super::rises::Stretch;
use super::{PENDING_AT_THE_END, ended};
use crate::backtest::Share;
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::{Block, Moment};

/// The fewest people of a part by whom it says something.
pub(super) const LEAST_PEOPLE: u64 = 20;

/// The fewest successes that look faked by which it says something.
pub(super) const LEAST_FAKED: u64 = 8;

/// The fewest numbers of a block that the gate denied.
pub(super) const LEAST_DENIED: u64 = 50;

/// A burst lasts at most this part of the time that is known.
const BURST: i32 = 4;

/// What happened.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) country: Name,
    /// The blocks of which it consists, the largest first; none where it is all over the country.
    pub(super) blocks: Vec<Block>,
    pub(super) from: Moment,
    pub(super) to: Moment,
    /// The places of its verifications.
    pub(super) places: Vec<u32>,
    /// Numbers that asked.
    pub(super) numbers: u64,
    /// People who were allowed to try and whose message arrived as far as is known, and those who verified.
    pub(super) people: Share,
    /// How many people more those count as who asked far too often in vain.
    pub(super) repeats: u64,
    /// Those whose messages did not arrive.
    pub(super) undelivered: u64,
    /// Those who were denied whatever they tried.
    pub(super) denied: u64,
    /// Those who verified as no person does.
    pub(super) faked: u64,
}

impl Part {
    /// Of those episodes that begin within a stretch of time. Those who verified are not of the attack, but
    /// they say how many did.
    pub(super) fn of<'e>(
        spanned: &Spanned<'_>,
        country: Name,
        episodes: impl Iterator<Item = &'e Episode<'e>>,
        (from, to): Stretch,
    ) -> Self {
        let mut part = Self {
            country,
            blocks: Vec::new(),
            from,
            to,
            places: Vec::new(),
            numbers: 0,
            people: Share::default(),
            repeats: 0,
            undelivered: 0,
            denied: 0,
            faked: 0,
        };
        // What is still open at the end of the span is of an attack that goes on.
        let end = if ended(spanned, to.time()).is_none() { Moment(i64::MAX) } else { to };
        let end = end.min(Moment(to.0.saturating_add(PENDING_AT_THE_END)));
        for episode in episodes.filter(|episode| (from..=end).contains(&episode.at)) {
            part.add(spanned, episode);
        }
        part
    }

    fn add(&mut self, spanned: &Spanned<'_>, episode: &Episode<'_>) {
        match episode.what {
            What::Made => {
                self.people.count += 1;
                self.people.of += 1;
                return;
            }
            What::InVain => self.people.of += 1,
            What::Faked => {
                self.people.of += 1;
                self.faked += 1;
            }
            What::Undelivered => self.undelivered += 1,
            What::Denied => self.denied += 1,
            What::Open => {}
        }
        self.numbers += 1;
        self.repeats += if episode.what == What::Denied { 0 } else { episode.people() - 1 };
        self.places.extend(episode.places);
        let last = episode.places.last().and_then(|place| spanned.at(*place)?.at);
        self.to = self.to.max(last.unwrap_or(episode.at));
    }

    /// Those who tried and did not make it.
    pub(super) fn in_vain(&self) -> u64 {
        self.people.of - self.people.count + self.repeats
    }

    /// Whether hardly anybody of enough people made it, when each who did outweighs `against` who did not.
    pub(super) fn has_collapsed(&self, against: f64) -> bool {
        let people = Share { count: self.people.count, of: self.people.of + self.repeats };
        self.people.of > 0 && self.in_vain() >= LEAST_PEOPLE && people.interval().1 < 1.0 / (1.0 + against)
    }

    /// The same, where those whose message did not arrive count as well.
    pub(super) fn has_collapsed_with_undelivered(&self, against: f64) -> bool {
        let of = self.people.of + self.repeats + self.undelivered;
        let people = Share { count: self.people.count, of };
        people.of - people.count >= LEAST_PEOPLE && people.interval().1 < 1.0 / (1.0 + against)
    }

    /// Whether it is a burst of numbers of which the gate denied nearly all.
    pub(super) fn is_stopped(&self, spanned: &Spanned<'_>) -> bool {
        self.denied >= LEAST_DENIED
            && self.denied * 10 >= self.numbers * 8
            && self.people.count * 10 <= self.numbers
            && self.to.since(self.from) * BURST <= spanned.known_for()
    }

    /// Adds another of the same country.
    pub(super) fn join(&mut self, other: Self) {
        self.blocks.extend(other.blocks);
        (self.from, self.to) = (self.from.min(other.from), self.to.max(other.to));
        self.places.extend(other.places);
        self.numbers += other.numbers;
        self.people.count += other.people.count;
        self.people.of += other.people.of;
        self.repeats += other.repeats;
        self.undelivered += other.undelivered;
        self.denied += other.denied;
        self.faked += other.faked;
    }

    /// How much of the time that either takes is of both.
    pub(super) fn overlap(&self, (from, to): Stretch) -> f64 {
        let all = self.to.max(to).since(self.from.min(from)).as_secs_f64();
        let both = self.to.min(to).since(self.from.max(from)).as_secs_f64();
        if all > 0.0 { both / all } else { 1.0 }
    }
}

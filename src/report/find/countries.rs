//! Attacks on a country: all over it, or in some of its blocks.
//!
//! Each number that asks in vain counts for a rise, each that verifies against it, so a launch that brings
//! ten times the people is not one. What verifies outweighs what does not by at least one to one, and by more
//! where fewer than usual verify in this country. Where it is in few blocks, these are what is attacked; else
//! the whole country is, and its blocks are parts of it.

use std::collections::BTreeMap;

use super::blocks;
use super::episodes::{self, Episode, REPEATS, What};
use super::faked::Faked;
use super::part::{LEAST_FAKED, LEAST_PEOPLE, Part};
use super::rises::{Event, Stretch, rises};
use super::stats;
use super::usual::Usually;
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::{Block, Moment};

/// How many people in vain a day are not worth a word in a country.
const IDLE: f64 = 1.0;

/// What counts as weak evidence, of which it takes several countries.
const WEAK: f64 = 3.0;

/// An attack is on blocks where these are four in five of it.
const IN_BLOCKS: (usize, usize) = (4, 5);

/// The most blocks that are named as such.
pub(super) const MOST_BLOCKS: usize = 50;

/// A country and what numbers did in it.
pub(super) struct Country<'s> {
    pub(super) name: Name,
    /// By block and number.
    pub(super) episodes: Vec<Episode<'s>>,
    pub(super) usually: Usually,
}

/// Weak evidence: the moments at which people of a country asked in vain, in stretches in which these rose.
pub(super) struct Weak(pub(super) Vec<Moment>);

/// The countries of a span, one after the other.
pub(super) fn all<'s>(
    spanned: &'s Spanned<'_>,
    faked: &Faked<'_>,
    usually: &BTreeMap<Name, Usually>,
) -> impl Iterator<Item = Country<'s>> {
    let country = |place: &u32| spanned.at(*place).map(|one| one.country);
    let by_country = spanned.by_number.chunk_by(move |one, other| country(one) == country(other));
    by_country.filter_map(move |places| {
        let name = spanned.at(*places.first()?)?.country;
        let usually = usually.get(&name).copied().unwrap_or_default();
        Some(Country { name, episodes: episodes::of(spanned, faked, places), usually })
    })
}

impl Country<'_> {
    /// What is attacked in it, or else what may be.
    pub(super) fn attacks(&self, spanned: &Spanned<'_>) -> (Vec<Part>, Option<Weak>) {
        let mut in_blocks = blocks::all(spanned, self);
        let events = self.events(spanned);
        let mut found = Vec::new();
        let least = stats::float(LEAST_PEOPLE) - 2.0;
        for stretch in rises(&events, IDLE, least) {
            let whole = self.within(spanned, stretch);
            let is_stopped = || whole.is_stopped(&self.usually) && whole.is_asked_beyond(&self.usually);
            if !whole.has_collapsed(self.usually.against) && !is_stopped() {
                continue;
            }
            let overlaps = |part: &mut Part| part.from <= whole.to && whole.from <= part.to;
            let parts: Vec<Part> = in_blocks.extract_if(.., overlaps).collect();
            let n: usize = parts.iter().map(|part| part.places.len()).sum();
            if n * IN_BLOCKS.1 >= whole.places.len() * IN_BLOCKS.0 && parts.len() <= MOST_BLOCKS {
                found.extend(joined(parts));
            } else {
                let blocks = blocks::of_nearly_all(spanned, &whole);
                found.push(Part { blocks, ..whole });
            }
        }
        found.extend(joined(in_blocks));
        found.extend(self.faked(spanned, &found));
        if found.is_empty() {
            let events = self::events(spanned, self.repeaters(), |_| 1.0);
            let stretches = rises(&events, IDLE, least).into_iter();
            found.extend(stretches.map(|stretch| self.repeated(spanned, stretch)));
        }
        let weak = found.is_empty().then(|| self.weak(spanned, &events)).flatten();
        (found, weak)
    }

    /// What happened in it in a stretch of time.
    pub(super) fn within(&self, spanned: &Spanned<'_>, stretch: Stretch) -> Part {
        Part::of(spanned, self.name, self.episodes.iter(), stretch)
    }

    /// Those who ask again and again in vain, whatever others do in the country: customers who turned
    /// abusers.
    fn repeaters(&self) -> impl Iterator<Item = &Episode<'_>> {
        let is_in_vain = |what: What| matches!(what, What::InVain | What::Denied);
        let is_one = move |episode: &&Episode<'_>| is_in_vain(episode.what) && episode.tries >= REPEATS;
        self.episodes.iter().filter(is_one)
    }

    /// What those who ask again and again did in a stretch of time.
    pub(super) fn repeated(&self, spanned: &Spanned<'_>, stretch: Stretch) -> Part {
        Part::of(spanned, self.name, self.repeaters(), stretch)
    }

    fn events(&self, spanned: &Spanned<'_>) -> Vec<Event> {
        let counts = |what: What| match what {
            What::InVain | What::Faked | What::Denied => 1.0,
            What::Made => -self.usually.against,
            What::Undelivered | What::TurnedAway | What::Open => 0.0,
        };
        events(spanned, &self.episodes, counts)
    }

    /// Successes that look faked where nothing else stands out.
    fn faked(&self, spanned: &Spanned<'_>, found: &[Part]) -> Vec<Part> {
        if found.iter().any(|part| part.faked > 0) {
            return Vec::new();
        }
        let is_faked = |what: What| if what == What::Faked { 1.0 } else { 0.0 };
        let events = events(spanned, &self.episodes, is_faked);
        let parts = rises(&events, IDLE, stats::float(LEAST_FAKED)).into_iter().map(|stretch| {
            let of_them = |episode: &&Episode<'_>| {
                episode.what == What::Faked && (stretch.0..=stretch.1).contains(&episode.at)
            };
            let mut blocks: Vec<_> =
                self.episodes.iter().filter(of_them).map(|episode| episode.block).collect();
            blocks.dedup();
            if blocks.len() > 5 {
                return self.within(spanned, stretch);
            }
            let in_them = self.episodes.iter().filter(|episode| blocks.contains(&episode.block));
            let part = Part::of(spanned, self.name, in_them, stretch);
            Part { blocks, ..part }
        });
        parts.collect()
    }

    fn weak(&self, spanned: &Spanned<'_>, events: &[Event]) -> Option<Weak> {
        let mut moments = Vec::new();
        for stretch in rises(events, IDLE, WEAK) {
            let part = self.within(spanned, stretch);
            let places = part.places.iter().filter_map(|place| spanned.at(*place));
            moments.extend(places.filter_map(|one| one.at));
        }
        moments.sort_unstable();
        (!moments.is_empty()).then_some(Weak(moments))
    }
}

/// What episodes count for a rise, in the order of time.
pub(super) fn events<'e>(
    spanned: &Spanned<'_>,
    episodes: impl IntoIterator<Item = &'e Episode<'e>>,
    counts: impl Fn(What) -> f64,
) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for episode in episodes {
        let counts = counts(episode.what);
        if counts != 0.0 {
            events.extend(episode.moments(spanned).map(|at| (at, counts)));
        }
    }
    events.sort_unstable_by_key(|(at, _)| *at);
    events
}

/// Blocks, and how much happened in them.
type OfSize = (usize, Vec<Block>);

/// Blocks that were attacked at the same time, or one soon after the other, are one attack.
fn joined(mut parts: Vec<Part>) -> Vec<Part> {
    const SOON: i64 = 6 * 3_600_000;
    parts.sort_unstable_by_key(|part| part.from);
    let mut joined: Vec<(Part, Vec<OfSize>)> = Vec::new();
    for mut part in parts {
        let size = (part.places.len(), std::mem::take(&mut part.blocks));
        match joined.last_mut().filter(|(last, _)| part.from.0 - last.to.0 <= SOON) {
            Some((last, sizes)) => {
                last.join(part);
                sizes.push(size);
            }
            None => joined.push((part, vec![size])),
        }
    }
    let largest_first = |(part, mut sizes): (Part, Vec<OfSize>)| {
        sizes.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        Part { blocks: sizes.into_iter().flat_map(|(_, blocks)| blocks).collect(), ..part }
    };
    joined.into_iter().map(largest_first).collect()
}

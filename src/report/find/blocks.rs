//! Blocks that were attacked: neighbouring numbers ask for codes, and hardly anybody enters one.
//!
//! Blocks of ten thousand numbers are looked at, then those of a thousand that are not in one of these.
//!
//! Numbers that do not exist are of this kind, and their messages do not arrive. What distinguishes them from
//! an outage is that other blocks of the country are as usual at that time.
//!
//! Where the gate denies an attack, hardly anybody is left to try. Then it takes more numbers, nearly all of
//! them denied, within a small part of the time: a country that a rule always denies is not a burst. It may
//! last where its numbers lie closer to each other than those of customers do.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::countries::{Country, MOST_BLOCKS, events};
use super::episodes::{Episode, What};
use super::part::{LEAST_PEOPLE, Part};
use super::rises::{Stretch, rises};
use super::stats;
use crate::backtest::Share;
use crate::report::span::Spanned;
use crate::report::verification::{Block, Moment, Number};

/// How many people in vain a day are not worth a word in a block.
const IDLE: f64 = 0.1;

/// How much a rise takes to be looked at.
const LEAST: f64 = 14.0;

/// The fewest numbers that make a block of an attack; where a few ask again and again, their block is not it.
const LEAST_NUMBERS: u64 = 10;

/// How many numbers of a thousand nobody has for customers.
const DENSE: f64 = 50.0;

/// How many times as many as in the thousands of the country elsewhere.
const DENSER: f64 = 5.0;

/// The fewest thousands that say how many they have.
const LEAST_BLOCKS: usize = 5;

/// How long before and after an attack its country is looked at.
const AROUND: i64 = 3_600_000;

/// The blocks of a country that were attacked.
pub(super) fn all(spanned: &Spanned<'_>, country: &Country<'_>) -> Vec<Part> {
    let mut found = Vec::new();
    for wide in country.episodes.chunk_by(|one, other| one.block.wider() == other.block.wider()) {
        if wide.first().is_none_or(|first| first.block.is_none()) {
            continue;
        }
        let of_wide = of_block(spanned, country, wide);
        if of_wide.is_empty() {
            let narrow = wide.chunk_by(|one, other| one.block == other.block);
            found.extend(narrow.flat_map(|narrow| of_block(spanned, country, narrow)));
        } else {
            found.extend(of_wide);
        }
    }
    found
}

fn of_block(spanned: &Spanned<'_>, country: &Country<'_>, episodes: &[Episode<'_>]) -> Vec<Part> {
    let people: u64 = episodes.iter().filter(|episode| episode.what != What::Made).map(Episode::people).sum();
    if people < LEAST_PEOPLE {
        return Vec::new();
    }
    let counts = |what: What| match what {
        What::Made => -country.usually.against,
        What::Open => 0.0,
        _ => 1.0,
    };
    let events = events(spanned, episodes, counts);
    let parts = rises(&events, IDLE, LEAST).into_iter().map(|stretch| {
        let part = Part::of(spanned, country.name, episodes.iter(), stretch);
        let block = name(spanned, &part.places);
        Part { blocks: vec![block], ..part }
    });
    let is_attacked = |part: &Part| {
        if part.numbers < LEAST_NUMBERS {
            return false;
        }
        part.has_collapsed(country.usually.against)
            || (part.has_collapsed_with_undelivered(country.usually.against)
                && !is_outage(country, episodes, part))
            || part.is_stopped(&country.usually)
            || part.is_stopped_block(&country.usually)
            || (part.is_stopped_for_long() && is_dense(spanned, country, part))
    };
    parts.filter(is_attacked).collect()
}

/// The blocks of ten thousand, the largest first, that have nearly all of a part between them, though each
/// has too few people to be attacked alone; none where it is all over the country.
pub(super) fn of_nearly_all(spanned: &Spanned<'_>, part: &Part) -> Vec<Block> {
    let mut requests: BTreeMap<Block, (usize, BTreeSet<Number>)> = BTreeMap::new();
    for one in part.places.iter().filter_map(|place| spanned.at(*place)).filter(|one| !one.block.is_none()) {
        let (count, numbers) = requests.entry(one.block.wider()).or_default();
        *count += 1;
        numbers.insert(one.number);
    }
    requests.retain(|_, (_, numbers)| numbers.len() as u64 >= LEAST_NUMBERS);
    let n: usize = requests.values().map(|(count, _)| count).sum();
    let mut blocks: Vec<(usize, Block)> =
        requests.into_iter().map(|(block, (count, _))| (count, block)).collect();
    blocks.sort_by_key(|block| Reverse(*block));
    let are_it = n * 10 >= part.places.len() * 9 && blocks.len() <= MOST_BLOCKS;
    if are_it { blocks.into_iter().map(|(_, block)| block).collect() } else { Vec::new() }
}

/// Whether the numbers of a part lie as close to each other as those of people do not: [`DENSE`] of a
/// thousand on average, and [`DENSER`] times as many as in the median thousand of the country elsewhere. A
/// company with very many customers there has them in all blocks alike.
fn is_dense(spanned: &Spanned<'_>, country: &Country<'_>, part: &Part) -> bool {
    let mut of_part: Vec<_> = part
        .places
        .iter()
        .filter_map(|place| spanned.at(*place))
        .map(|one| (one.block, one.number))
        .collect();
    of_part.sort_unstable();
    of_part.dedup();
    let blocks: Vec<Block> =
        of_part.chunk_by(|one, other| one.0 == other.0).filter_map(|block| Some(block.first()?.0)).collect();
    let here = stats::float(of_part.len() as u64) / stats::float(blocks.len().max(1) as u64);
    let narrow = country.episodes.chunk_by(|one, other| one.block == other.block);
    let is_elsewhere =
        |block: &&[Episode<'_>]| block.first().is_some_and(|first| !blocks.contains(&first.block));
    let elsewhere: Vec<f64> =
        narrow.filter(is_elsewhere).map(|block| stats::float(block.len() as u64)).collect();
    let usual = stats::median(&elsewhere).filter(|_| elsewhere.len() >= LEAST_BLOCKS).unwrap_or(0.0);
    here >= DENSE && here >= DENSER * usual
}

/// The block of ten thousand, or of a thousand where nearly all of it is in one, which is then what to block.
fn name(spanned: &Spanned<'_>, places: &[u32]) -> Block {
    let block = |place: &u32| spanned.at(*place).map_or(Block::NONE, |one| one.block);
    let narrow = places.chunk_by(|one, other| block(one) == block(other));
    let largest = narrow.max_by_key(|narrow| narrow.len()).unwrap_or_default();
    let narrow = largest.first().map_or(Block::NONE, block);
    if largest.len() * 10 >= places.len() * 9 { narrow } else { narrow.wider() }
}

/// Whether messages to other blocks of the country did not arrive either at that time.
fn is_outage(country: &Country<'_>, of_block: &[Episode<'_>], part: &Part) -> bool {
    let elsewhere = elsewhere(country, of_block, (part.from, part.to));
    elsewhere.count >= 5 && 3 * elsewhere.count >= elsewhere.of
}

/// Those whose messages did not arrive elsewhere in a country at about this time, of all who tried.
fn elsewhere(country: &Country<'_>, of_block: &[Episode<'_>], (from, to): Stretch) -> Share {
    let around = Moment(from.0 - AROUND)..=Moment(to.0 + AROUND);
    let block = |episode: &Episode<'_>| episode.block.wider();
    let here = of_block.first().map(block);
    let mut share = Share::default();
    for episode in country.episodes.iter().filter(|episode| around.contains(&episode.at)) {
        let is_known = matches!(episode.what, What::Made | What::InVain | What::Undelivered);
        if Some(block(episode)) != here && is_known {
            share.of += 1;
            share.count += u64::from(episode.what == What::Undelivered);
        }
    }
    share
}

//! Countries, their blocks, and the numbers in them.

use std::cmp::Reverse;

use crate::figures::{Figures, Spend, Steps};
use crate::money::Currency;
use crate::report::model::{Block, Country, Number, Series};
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};

/// The most blocks of a country that are shown.
const MOST_BLOCKS: usize = 25;

/// The most blocks whose numbers are shown, over all countries.
const MOST_BLOCKS_WITH_NUMBERS: usize = 200;

/// The most numbers of a block that are shown.
const MOST_NUMBERS: usize = 20;

/// The countries, where most was spent unverified first.
pub(super) fn countries(
    spanned: &Spanned<'_>,
    steps: &Steps,
    totals: &Figures,
    reveals_numbers: bool,
) -> Vec<Country> {
    let currencies = totals.unverified_spend.currencies();
    let by_country = spanned.by_number.chunk_by(|one, other| {
        let country = |place: &u32| spanned.at(*place).map(|one| one.country);
        country(one) == country(other)
    });
    let mut countries: Vec<(Country, &[u32])> =
        by_country.map(|places| (country(spanned, steps, places), places)).collect();
    countries.sort_by(|(one, _), (other, _)| {
        let spend = |country: &Country| country.figures.unverified_spend.clone();
        let requests = other.figures.requests.cmp(&one.figures.requests);
        spend(other).compare(&spend(one), &currencies).then(requests).then_with(|| one.name.cmp(&other.name))
    });
    let mut left = MOST_BLOCKS_WITH_NUMBERS;
    let with_blocks = countries.into_iter().map(|(mut country, places)| {
        let (blocks, left_out) = blocks(spanned, places, &currencies);
        country.blocks_left_out = left_out;
        country.blocks = blocks
            .into_iter()
            .filter_map(|places| {
                let most = if left > 0 { MOST_NUMBERS } else { 0 };
                left = left.saturating_sub(1);
                block(spanned, places, most, reveals_numbers)
            })
            .collect();
        country
    });
    with_blocks.collect()
}

fn country(spanned: &Spanned<'_>, steps: &Steps, places: &[u32]) -> Country {
    let zeros = || vec![0; steps.count()];
    let mut series = Series { requests: zeros(), denied: zeros(), verified: zeros(), unverified: zeros() };
    let mut name = None;
    for one in places.iter().filter_map(|place| spanned.at(*place)) {
        name = Some(one.country);
        let Some(at) = one.at else { continue };
        let (step, counted) = (steps.place(at.time()), spanned.counted(one));
        let Series { requests, denied, verified, unverified } = &mut series;
        for (counts, adds) in [
            (requests, true),
            (denied, one.is_denied()),
            (verified, counted.is_verified()),
            (unverified, counted.is_unverified()),
        ] {
            if let Some(count) = counts.get_mut(step).filter(|_| adds) {
                *count += spanned.scale;
            }
        }
    }
    let before = || spanned.figures(spanned.before.iter().filter(|one| Some(one.country) == name));
    Country {
        name: name.map_or("none", |name| spanned.gathered.names.text(name)).to_owned(),
        figures: spanned.figures(places.iter().filter_map(|place| spanned.at(*place))),
        before: spanned.has_before.then(before),
        series,
        blocks: Vec::new(),
        blocks_left_out: 0,
    }
}

/// The blocks of a country where most was not verified, and how many it has besides.
fn blocks<'s>(spanned: &Spanned<'_>, places: &'s [u32], currencies: &[Currency]) -> (Vec<&'s [u32]>, u64) {
    let block = |place: &u32| spanned.at(*place).map(|one| one.block);
    let by_block = places.chunk_by(|one, other| block(one) == block(other));
    let has_name = |places: &&[u32]| places.first().and_then(block).is_some_and(|block| !block.is_none());
    let mut blocks: Vec<(u64, usize, &[u32])> = by_block
        .filter(has_name)
        .map(|places| {
            let unverified =
                |place: &&u32| spanned.at(**place).is_some_and(|one| spanned.counted(one).is_unverified());
            (places.iter().filter(unverified).count() as u64, places.len(), places)
        })
        .collect();
    blocks.sort_by_key(|(unverified, requests, _)| Reverse((*unverified, *requests)));
    let left_out = blocks.len().saturating_sub(MOST_BLOCKS) as u64;
    blocks.truncate(MOST_BLOCKS);
    // Of as many unverified ones, those that cost more come first.
    let spent = |places: &[u32]| -> Spend {
        spanned.figures(places.iter().filter_map(|place| spanned.at(*place))).unverified_spend
    };
    let mut blocks: Vec<(u64, Spend, &[u32])> =
        blocks.into_iter().map(|(unverified, _, places)| (unverified, spent(places), places)).collect();
    blocks.sort_by(|(n, one, _), (m, other, _)| m.cmp(n).then_with(|| other.compare(one, currencies)));
    (blocks.into_iter().map(|(_, _, places)| places).collect(), left_out)
}

fn block(spanned: &Spanned<'_>, places: &[u32], most: usize, reveals_numbers: bool) -> Option<Block> {
    let all = || places.iter().filter_map(|place| spanned.at(*place));
    let first_at = all().filter_map(|one| one.at).min()?;
    let last_at = all().filter_map(|one| one.at).max()?;
    let name = all().next()?.block;
    let number = |place: &u32| spanned.at(*place).map(|one| one.number);
    let mut numbers: Vec<&[u32]> = places.chunk_by(|one, other| number(one) == number(other)).collect();
    numbers.sort_by_key(|places| Reverse(places.len()));
    let numbers_left_out = numbers.len().saturating_sub(most) as u64;
    let numbers = numbers.into_iter().take(most);
    Some(Block {
        name: name.to_string(),
        figures: spanned.figures(all()),
        first_at: first_at.time(),
        last_at: last_at.time(),
        numbers: numbers.filter_map(|places| one_number(spanned, places, reveals_numbers)).collect(),
        numbers_left_out,
    })
}

fn one_number(spanned: &Spanned<'_>, places: &[u32], reveals_numbers: bool) -> Option<Number> {
    let all = || places.iter().filter_map(|place| spanned.at(*place));
    let count = |is: &dyn Fn(&Verification) -> bool| all().filter(|one| is(one)).count() as u64;
    let one = all().next()?;
    let shown = match one.number.plain() {
        Some(number) if reveals_numbers => number.as_str().to_owned(),
        // Of a hash and a masked number nothing more is known.
        _ => one.block.masked(),
    };
    Some(Number {
        number: shown,
        requests: places.len() as u64,
        denied: count(&Verification::is_denied),
        verified: count(&Verification::is_verified),
        unverified: count(&|one| spanned.counted(one).is_unverified()),
        last_at: all().filter_map(|one| one.at).max().map(Moment::time)?,
    })
}

//! Successes that look faked: faster than people are, or of numbers one after the other.
//!
//! Whoever pumps traffic may verify a part of it, so that conversion looks honest. Two things give that away.
//! People take their time: only a tenth of them verify within what `usual` calls fast, so where more than
//! half of at least [`LEAST_FAST`] do, a program does. And the numbers of people are strewn over a block, so
//! [`RUN`] and more that verified one after the other, each at most two above the one before, are drawn up.

use std::collections::BTreeMap;

use super::usual::Usual;
use super::{evidence, stats};
use crate::backtest::Share;
use crate::report::model::Evidence;
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};

/// The fewest fast successes of a country by one method that say something.
pub(super) const LEAST_FAST: usize = 20;

/// How many numbers in sequence are not chance, in a block where fewer than a tenth of the numbers verified.
pub(super) const RUN: usize = 10;

/// The part of a thousand numbers up to which a run is not chance.
const MOST_OF_A_BLOCK: usize = 100;

/// The verifications that look faked.
pub(super) struct Faked<'s> {
    spanned: &'s Spanned<'s>,
    is_faked: Vec<bool>,
    in_sequence: BTreeMap<Name, u64>,
    evidence: BTreeMap<Name, Vec<Evidence>>,
}

impl<'s> Faked<'s> {
    pub(super) fn of(spanned: &'s Spanned<'s>, usual: &Usual) -> Self {
        let is_faked = vec![false; spanned.all.len()];
        let mut faked = Self { spanned, is_faked, in_sequence: BTreeMap::new(), evidence: BTreeMap::new() };
        faked.too_fast(usual);
        faked.in_sequence();
        faked
    }

    /// Whether the verification at a place is one.
    pub(super) fn has(&self, place: u32) -> bool {
        usize::try_from(place).ok().and_then(|place| self.is_faked.get(place)).is_some_and(|is| *is)
    }

    /// What gives those of a country away.
    pub(super) fn evidence(&self, country: Name) -> Vec<Evidence> {
        let mut found = self.evidence.get(&country).cloned().unwrap_or_default();
        if let Some(numbers) = self.in_sequence.get(&country) {
            let numbers = numbers * self.spanned.scale;
            found.push(evidence("numbers that verified in sequence", numbers, Some("none".to_owned())));
        }
        found
    }

    fn add(&mut self, place: u32) {
        let place = usize::try_from(place).ok();
        if let Some(is_faked) = place.and_then(|place| self.is_faked.get_mut(place)) {
            *is_faked = true;
        }
    }

    fn too_fast(&mut self, usual: &Usual) {
        // By day, so that an attack stands out among the successes of a month.
        let mut groups: BTreeMap<(Name, Name, i64), Vec<(u32, f64)>> = BTreeMap::new();
        for (place, one) in (0..).zip(self.spanned.all) {
            let Some(took) = one.time_to_verify() else { continue };
            let day = one.at.map_or(0, Moment::day);
            groups.entry((one.country, one.method, day)).or_default().push((place, took.as_secs_f64()));
        }
        for ((country, method, day), successes) in groups {
            let Some(limit) = usual.fast(method) else { continue };
            let fast = || successes.iter().filter(|(_, took)| *took < limit);
            let share = Share { count: fast().count() as u64, of: successes.len() as u64 };
            if fast().count() < LEAST_FAST || share.interval().0 <= 0.5 {
                continue;
            }
            let took: Vec<f64> = fast().map(|(_, took)| *took).collect();
            let middle = stats::median(&took).unwrap_or(0.0);
            fast().for_each(|(place, _)| self.add(*place));
            let by = self.spanned.gathered.names.text(method);
            let day = Moment::of_day(day).time().strftime("%-d %b %Y");
            self.evidence.entry(country).or_default().push(evidence(
                &format!("verified within {limit:.1} s by {by}, of all that verified there on {day}"),
                format!("{}, half of them within {middle:.1} s", self.spanned.scaled(share)),
                Some("one in ten".to_owned()),
            ));
        }
    }

    fn in_sequence(&mut self) {
        let spanned = self.spanned;
        let block = |place: &u32| spanned.at(*place).map(|one| (one.country, one.block));
        for places in spanned.by_number.chunk_by(|one, other| block(one) == block(other)) {
            let verified = places.iter().filter_map(|place| Some((*place, spanned.at(*place)?)));
            let is_of_block = |one: &Verification| one.number.digits().is_some() && !one.block.is_none();
            let mut verified: Vec<(u32, &Verification)> =
                verified.filter(|(_, one)| one.is_verified() && is_of_block(one)).collect();
            verified.dedup_by_key(|(_, one)| one.number);
            if verified.len() > MOST_OF_A_BLOCK {
                continue;
            }
            let digits = |one: &Verification| one.number.digits().unwrap_or(0);
            let runs = verified.chunk_by(|(_, one), (_, next)| digits(next) - digits(one) <= 2);
            for run in runs.filter(|run| run.len() >= RUN) {
                let Some((_, first)) = run.first() else { continue };
                *self.in_sequence.entry(first.country).or_default() += run.len() as u64;
                run.iter().for_each(|(place, _)| self.add(*place));
            }
        }
    }
}

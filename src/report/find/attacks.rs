//! One attack is one finding: what was attacked at the same time and by the same means is put together.
//!
//! Countries that were attacked for most of the same time, by a method that is the same, were attacked by the
//! same hands, as far as can be said. Where an attack is on several countries it takes less to belong to it.
//! And where it is spread so thin that no country stands out, it takes [`LEAST_COUNTRIES`] in which people
//! asked in vain at the same time, [`LEAST_PEOPLE`] in all.

use std::collections::{BTreeMap, BTreeSet};

use super::countries::{self, Weak};
use super::faked::Faked;
use super::part::{self, Part};
use super::rises::{Event, Stretch, rises};
use super::stats;
use super::usual::{self, Usually};
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::Moment;

/// How much of their time two have in common that are one.
const IN_COMMON: f64 = 0.4;

/// How much it is where they are one even by different methods.
const AS_ONE: f64 = 0.9;

/// The fewest countries of an attack in which none stands out.
const LEAST_COUNTRIES: usize = 5;

/// The fewest people of an attack in which no country stands out.
const LEAST_PEOPLE: f64 = 40.0;

/// How many people more than those who verify a country has in an attack on several countries.
const LEAST_OF_COUNTRY: f64 = 2.0;

/// An attack, on one country or several.
pub(super) struct Attack {
    /// Its parts, the largest first.
    pub(super) parts: Vec<Part>,
}

impl Attack {
    pub(super) fn stretch(&self) -> Stretch {
        let from = self.parts.iter().map(|part| part.from).min().unwrap_or(Moment(0));
        let to = self.parts.iter().map(|part| part.to).max().unwrap_or(Moment(0));
        (from, to)
    }

    pub(super) fn places(&self) -> impl Iterator<Item = u32> + Clone {
        self.parts.iter().flat_map(|part| part.places.iter().copied())
    }

    pub(super) fn sum(&self, of: impl Fn(&Part) -> u64) -> u64 {
        self.parts.iter().map(of).sum()
    }

    /// Whether it is of as many people as any finding takes.
    fn is_enough(&self) -> bool {
        let in_vain = self.sum(|part| part.in_vain() + part.undelivered + part.denied);
        in_vain >= part::LEAST_PEOPLE || self.sum(|part| part.faked) >= part::LEAST_FAKED
    }

    /// Those who were denied and came back are people of the place, unless hardly any other was denied.
    fn take_turned_away(&mut self) {
        if self.sum(|part| part.turned_away) > 2 * self.sum(|part| part.denied) {
            self.parts.iter_mut().for_each(Part::take_turned_away);
        }
    }

    pub(super) fn methods(&self, spanned: &Spanned<'_>) -> BTreeSet<Name> {
        methods(spanned, &self.parts)
    }
}

/// All attacks of the span.
pub(super) fn all(spanned: &Spanned<'_>, faked: &Faked<'_>) -> Vec<Attack> {
    let usually = usual::by_country(spanned);
    let (mut parts, mut weak) = (Vec::new(), Vec::new());
    for country in countries::all(spanned, faked, &usually) {
        let (found, maybe) = country.attacks(spanned);
        parts.extend(found);
        weak.extend(maybe);
    }
    let mut attacks = together(spanned, parts);
    let wide = |(place, attack): (usize, &Attack)| {
        (attack.parts.len() >= 3).then(|| (Some(place), clipped(spanned, attack)))
    };
    let mut wide: Vec<(Option<usize>, Stretch)> = attacks.iter().enumerate().filter_map(wide).collect();
    wide.extend(pooled(spanned, &weak).into_iter().map(|stretch| (None, stretch)));
    if !wide.is_empty() {
        attacks = with_small_parts(spanned, faked, &usually, attacks, &wide);
    }
    // Of one that was cut to its time, or of which others are the better part, too little may be left.
    attacks.retain(Attack::is_enough);
    attacks.iter_mut().for_each(Attack::take_turned_away);
    attacks
}

/// The stretch of an attack on several countries, without what is in only one of them before or after it:
/// where few people ask, one who asked in vain hours before looks like its beginning.
fn clipped(spanned: &Spanned<'_>, attack: &Attack) -> Stretch {
    let at = |place| Some((spanned.at(place)?.at?, 1.0));
    let mut events: Vec<Event> = attack.places().filter_map(at).collect();
    events.sort_unstable_by_key(|(at, _)| *at);
    let found = rises(&events, 1.0, LEAST_PEOPLE);
    let stretch = found.first().zip(found.last()).map(|((from, _), (_, to))| (*from, *to));
    let holds_most = |(from, to): &Stretch| {
        let n = events.iter().filter(|(at, _)| (*from..=*to).contains(at)).count();
        n * 20 >= events.len() * 19
    };
    stretch.filter(holds_most).unwrap_or_else(|| attack.stretch())
}

/// Puts together what was attacked at the same time.
fn together(spanned: &Spanned<'_>, mut parts: Vec<Part>) -> Vec<Attack> {
    parts.sort_by_key(|part| std::cmp::Reverse(part.places.len()));
    let mut attacks: Vec<Attack> = Vec::new();
    for part in parts {
        let by = methods(spanned, [&part]);
        let is_same = |attack: &&mut Attack| {
            let overlap = part.overlap(attack.stretch());
            let is_same_time = overlap >= IN_COMMON || is_small_part(attack, &part);
            let is_other_country = attack.parts.iter().all(|known| known.country != part.country);
            // What begins and ends together is one, whatever methods it tries where.
            let has_same_method = || !attack.methods(spanned).is_disjoint(&by);
            is_same_time && is_other_country && (overlap >= AS_ONE || has_same_method())
        };
        match attacks.iter_mut().find(is_same) {
            Some(attack) => attack.parts.push(part),
            None => attacks.push(Attack { parts: vec![part] }),
        }
    }
    attacks
}

/// Whether it is a small part of an attack on several countries, since it lies within its time.
fn is_small_part(attack: &Attack, part: &Part) -> bool {
    let (from, to) = attack.stretch();
    let length = |from: Moment, to: Moment| to.since(from).as_secs_f64();
    let within = length(part.from.max(from), part.to.min(to));
    let of_attack: usize = attack.parts.iter().map(|part| part.places.len()).sum();
    attack.parts.len() >= 3
        && part.blocks.is_empty()
        && part.places.len() * 10 <= of_attack
        && within >= 0.8 * length(part.from, part.to)
        && 10.0 * within >= length(from, to)
}

fn methods<'p>(spanned: &Spanned<'_>, parts: impl IntoIterator<Item = &'p Part>) -> BTreeSet<Name> {
    let places = parts.into_iter().flat_map(|part| &part.places);
    places.filter_map(|place| Some(spanned.at(*place)?.method)).collect()
}

/// When people asked in vain in many countries at once of which none stands out.
fn pooled(spanned: &Spanned<'_>, weak: &[Weak]) -> Vec<Stretch> {
    let mut events: Vec<Event> = weak.iter().flat_map(|weak| weak.0.iter().map(|at| (*at, 1.0))).collect();
    events.sort_unstable_by_key(|(at, _)| *at);
    let day = |moment: Option<Moment>| moment.map_or(0, Moment::day);
    let first = day(spanned.all.first().and_then(|one| one.at));
    let last = day(spanned.all.last().and_then(|one| one.at));
    let mut days: BTreeMap<i64, f64> = (first..=last).map(|day| (day, 0.0)).collect();
    events.iter().for_each(|(at, _)| *days.entry(at.day()).or_default() += 1.0);
    let days: Vec<f64> = days.into_values().collect();
    let usual = if days.len() > 3 { stats::median(&days).unwrap_or(0.0) } else { 0.0 };
    let idle = 3.0 * usual + 0.5 * stats::float(weak.len() as u64);
    let of_many = |stretch: &Stretch| {
        let within = |weak: &&Weak| weak.0.iter().any(|at| (stretch.0..=stretch.1).contains(at));
        weak.iter().filter(within).count() >= LEAST_COUNTRIES
    };
    rises(&events, idle, LEAST_PEOPLE).into_iter().filter(of_many).collect()
}

/// The attacks, where those on several countries have what belongs to them in further countries.
fn with_small_parts(
    spanned: &Spanned<'_>,
    faked: &Faked<'_>,
    usually: &BTreeMap<Name, Usually>,
    mut attacks: Vec<Attack>,
    wide: &[(Option<usize>, Stretch)],
) -> Vec<Attack> {
    let mut places = vec![false; spanned.all.len()];
    let mark = |places: &mut Vec<bool>, part: &Part| {
        for place in &part.places {
            if let Some(is_known) = usize::try_from(*place).ok().and_then(|place| places.get_mut(place)) {
                *is_known = true;
            }
        }
    };
    attacks.iter().flat_map(|attack| &attack.parts).for_each(|part| mark(&mut places, part));
    let mut thin: Vec<Attack> = wide.iter().map(|_| Attack { parts: Vec::new() }).collect();
    for country in countries::all(spanned, faked, usually) {
        for ((known, stretch), thin) in wide.iter().zip(&mut thin) {
            let of_country = known.and_then(|place| {
                let parts = &mut attacks.get_mut(place)?.parts;
                parts.iter_mut().find(|part| part.country == country.name)
            });
            let (from, to) = *stretch;
            if let Some(part) = of_country {
                if part.blocks.is_empty() && (part.from < from || part.to > to) {
                    *part = country.within(spanned, (part.from.max(from), part.to.min(to)));
                }
                continue;
            }
            let mut part = country.within(spanned, *stretch);
            let beyond = |part: &Part| {
                stats::float(part.in_vain() + part.denied)
                    - country.usually.against * stats::float(part.people.count)
            };
            if beyond(&part) < LEAST_OF_COUNTRY {
                part = country.repeated(spanned, *stretch);
            }
            let is_known = |place: &u32| {
                usize::try_from(*place).ok().and_then(|place| places.get(place)).is_some_and(|is| *is)
            };
            if beyond(&part) >= LEAST_OF_COUNTRY && !part.places.iter().any(is_known) {
                mark(&mut places, &part);
                thin.parts.push(part);
            }
        }
    }
    for ((known, _), thin) in wide.iter().zip(thin) {
        match known.and_then(|place| attacks.get_mut(place)) {
            Some(attack) => attack.parts.extend(thin.parts),
            None if !thin.parts.is_empty() => attacks.push(thin),
            None => {}
        }
    }
    // Those in which no country stands out may be of one in which some do.
    together_again(spanned, attacks)
}

fn together_again(spanned: &Spanned<'_>, mut attacks: Vec<Attack>) -> Vec<Attack> {
    attacks.sort_by_key(|attack| std::cmp::Reverse(attack.places().count()));
    let mut joined: Vec<Attack> = Vec::new();
    for attack in attacks {
        let (from, to) = attack.stretch();
        let by = attack.methods(spanned);
        let is_same = |other: &&mut Attack| {
            let (since, until) = other.stretch();
            let both = to.min(until).since(from.max(since)).as_secs_f64();
            let all = to.max(until).since(from.min(since)).as_secs_f64();
            both >= IN_COMMON * all && !other.methods(spanned).is_disjoint(&by)
        };
        let is_thin = attack.parts.iter().all(|part| part.blocks.is_empty());
        match joined.iter_mut().find(is_same).filter(|_| is_thin) {
            Some(other) => other.parts.extend(attack.parts),
            None => joined.push(attack),
        }
    }
    for attack in &mut joined {
        attack.parts.sort_by_key(|part| std::cmp::Reverse(part.places.len()));
    }
    joined
}

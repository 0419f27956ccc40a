//! What may be the beginning of an attack: far more people than usual who were asked for a code in the last
//! minutes and have not entered it, of whom nobody can say yet whether they will.
//!
//! They are looked at by block of ten thousand numbers, by country, and all together. It takes [`LEAST`]
//! numbers, and three times as many as in the busiest stretch of the same length before.

use std::collections::{BTreeMap, BTreeSet};

use super::tried::PENDING;
use super::{act, advice, evidence};
use crate::backtest::Share;
use crate::figures::Spend;
use crate::report::gathered::NO_COUNTRY;
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::names::Name;
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::{Block, Moment, Number, Verification};
use crate::report::words::counted;

/// The fewest numbers.
const LEAST: usize = 20;

/// How many times as many as in the busiest stretch before.
const BEYOND: usize = 3;

/// A place: a country, and a block of it or none; or everywhere.
type At = (Option<Name>, Option<Block>);

/// The numbers of places.
type Places = BTreeMap<At, BTreeSet<Number>>;

/// A place of which it may be said.
struct Rise<'v> {
    at: At,
    open: Vec<&'v Verification>,
    numbers: usize,
    /// How many numbers asked there at most in as long a time before; absent where that is not known.
    before: Option<usize>,
}

/// The finding of the place where most are, if there are that many anywhere.
pub(super) fn find(spanned: &Spanned<'_>, question: &Question, is_attack: &[bool]) -> Option<Finding> {
    finding(spanned, question, &rise(spanned, is_attack)?)
}

fn rise<'v>(spanned: &Spanned<'v>, is_attack: &[bool]) -> Option<Rise<'v>> {
    let end = Moment::of(spanned.span.to);
    let is_last = |one: &Verification| one.at.is_some_and(|at| end.since(at) < PENDING) && one.is_somebody();
    let last = || spanned.all.iter().zip(is_attack).filter(|(one, is_attack)| is_last(one) && !**is_attack);
    let (mut asked, mut open): (Places, Places) = Default::default();
    for (one, _) in last() {
        for at in places_of(one) {
            asked.entry(at).or_default().insert(one.number);
            if one.is_open() {
                open.entry(at).or_default().insert(one.number);
            }
        }
    }
    // Most people verify within a minute, so that those who have not are few.
    let are_most = |at: &At, numbers: &BTreeSet<Number>| {
        asked.get(at).is_some_and(|asked| 2 * numbers.len() > asked.len())
    };
    open.retain(|at, numbers| numbers.len() >= LEAST && are_most(at, numbers));
    let before = busiest(spanned, &open, end);
    let most = |at: &At| before.get(at).copied().unwrap_or(0);
    open.retain(|at, numbers| numbers.len() > BEYOND * most(at));
    // Where nearly all of a country are of one block, it is the block, and so on.
    let weight = |at: &At| match at {
        (_, Some(_)) => 10,
        (Some(_), None) => 9,
        (None, None) => 8,
    };
    let largest = open.iter().max_by_key(|(at, numbers)| numbers.len() * weight(at));
    let (at, numbers) = largest?;
    let there = last().map(|(one, _)| one).filter(|one| one.is_open() && places_of(one).any(|of| of == *at));
    Some(Rise {
        at: *at,
        open: there.collect(),
        numbers: numbers.len(),
        before: (spanned.known_for() >= 3 * PENDING).then(|| most(at)),
    })
}

fn finding(spanned: &Spanned<'_>, question: &Question, rise: &Rise<'_>) -> Option<Finding> {
    let figures = spanned.figures(rise.open.iter().copied());
    let text = |name| spanned.gathered.names.text(name).to_owned();
    let (country, block) = (rise.at.0.map(text), rise.at.1.map(|block| block.to_string()));
    let of: BTreeSet<Name> = rise.open.iter().map(|one| one.country).collect();
    let place = match (&country, &block) {
        (Some(country), Some(block)) => format!("block {block} in {country}"),
        (Some(country), None) => country.clone(),
        (None, _) => counted(of.len() as u64, "country", "countries"),
    };
    let countries = if country.is_some() { Vec::new() } else { of.into_iter().map(text).collect() };
    let scaled = |n: usize| n as u64 * spanned.scale;
    let requests = counted(figures.requests, "request", "requests");
    let numbers = scaled(rise.numbers);
    let before = rise.before.map_or_else(
        || "nothing earlier is known to compare it with".to_owned(),
        |most| format!("{} at most in as long a time before", counted(scaled(most), "number", "numbers")),
    );
    let mut todo = vec![advice("Look again in ten minutes: by then it is known whether they verify")];
    if let Some(block) = &block {
        let list = question.deny_list();
        todo.push(act(
            format!("Deny the block for a day, should they not{}", question.table_wanted()),
            format!("sinch-gate list add {list} '{block}' --for 1d --reason pumping{}", question.table),
        ));
    }
    Some(Finding {
        kind: Kind::TooEarly,
        severity: Severity::Gap,
        title: format!(
            "too early to say whether it is an attack: {requests} of {numbers} numbers in {place} in the \
             last 10 minutes, of which none has verified yet; {before}"
        ),
        place: Place {
            country: country.filter(|country| country != NO_COUNTRY),
            countries,
            blocks: block.into_iter().collect(),
            ..Place::default()
        },
        parts: Vec::new(),
        from: rise.open.first()?.at?.time(),
        to: None,
        may_be_older: false,
        cost: figures.spend,
        without_price: spanned.without_price(rise.open.iter().copied()),
        denied: Share::default(),
        denied_by: BTreeMap::new(),
        not_spent: Spend::default(),
        people: None,
        evidence: vec![evidence("numbers that have not verified yet", numbers, Some(before))],
        rests_on: format!(
            "at least {LEAST} numbers of a block, of a country or in all in the last 10 minutes whose \
             verification is open, most of those that asked, and more than {BEYOND} times as many \
             as asked in any 10 minutes before"
        ),
        act: todo,
    })
}

fn places_of(one: &Verification) -> impl Iterator<Item = At> {
    let country = Some(one.country);
    let block = (!one.block.is_none()).then(|| (country, Some(one.block.wider())));
    block.into_iter().chain([(country, None), (None, None)])
}

/// How many numbers at most asked in these places in as long a time before.
fn busiest(spanned: &Spanned<'_>, places: &Places, end: Moment) -> BTreeMap<At, usize> {
    let mut counts: BTreeMap<(At, i64), BTreeSet<Number>> = BTreeMap::new();
    for one in spanned.with_before() {
        let Some(at) = one.at else { continue };
        // Stretches are counted back from the end; that at the end is what is compared.
        let stretch = end.since(at).as_millis() / PENDING.as_millis();
        let Some(stretch) = i64::try_from(stretch).ok().filter(|stretch| *stretch > 0) else { continue };
        for place in places_of(one).filter(|place| places.contains_key(place)) {
            counts.entry((place, stretch)).or_default().insert(one.number);
        }
    }
    let mut most: BTreeMap<At, usize> = BTreeMap::new();
    for ((place, _), numbers) in counts {
        let most = most.entry(place).or_default();
        *most = numbers.len().max(*most);
    }
    most
}

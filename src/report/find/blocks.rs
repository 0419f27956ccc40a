//! Blocks whose conversion collapsed: neighbouring numbers ask for codes, and hardly anybody enters one.
//!
//! Blocks of ten thousand numbers are looked at, then those of a thousand that are not in one of these. It
//! takes [`LEAST_PEOPLE`], of whom fewer than half as many make it as usual, with 95 % certainty.
//!
//! Where the gate denies an attack, hardly anybody is left to try. Then it takes [`LEAST_NUMBERS`], nearly
//! all of them denied, within a small part of the time: a country that a rule always denies is not a burst.

use super::tried::Tried;
use super::usual::Usual;
use super::{act, advice, ended, evidence, stats};
use crate::backtest::{Share, percent};
use crate::figures::Figures;
use crate::report::model::{Command, Finding, Kind, Place, Severity, was_stopped};
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::Block;

/// The fewest people of a block by whom it says something.
const LEAST_PEOPLE: u64 = 20;

/// The fewest numbers of a block that the gate denied.
const LEAST_NUMBERS: u64 = 50;

/// A burst lasts at most this part of the time that is known.
const BURST: i32 = 4;

/// A block that collapsed.
struct Collapsed<'s> {
    block: Block,
    tried: Tried,
    places: &'s [u32],
}

/// A finding for each country with such blocks.
pub(super) fn all(spanned: &Spanned<'_>, usual: &Usual, question: &Question) -> Vec<Finding> {
    let country = |place: &u32| spanned.at(*place).map(|one| one.country);
    let by_country = spanned.by_number.chunk_by(|one, other| country(one) == country(other));
    by_country.filter_map(|places| of_country(spanned, usual, question, places)).collect()
}

fn of_country(spanned: &Spanned<'_>, usual: &Usual, question: &Question, places: &[u32]) -> Option<Finding> {
    let collapsed = collapsed(spanned, usual, places);
    let mut all = Tried::default();
    collapsed.iter().for_each(|one| all.add(one.tried.clone()));
    let (from, to) = stats::densest(all.in_vain.clone())?;
    let attempts = collapsed.iter().flat_map(|one| one.places).filter_map(|place| spanned.at(*place));
    let figures = spanned.figures(attempts.clone());
    let mut methods: Vec<_> = attempts.map(|one| one.method).collect();
    methods.sort_unstable();
    methods.dedup();
    let name = spanned.gathered.names.text(spanned.at(*places.first()?)?.country).to_owned();
    let blocks: Vec<String> = collapsed.iter().map(|one| one.block.to_string()).collect();
    let method = match &methods[..] {
        [method] => Some(spanned.gathered.names.text(*method).to_owned()),
        _ => None,
    };
    let subject = match &blocks[..] {
        [block] => format!("numbers of {block} in {name}"),
        blocks => format!("numbers of {} blocks in {name}", blocks.len()),
    };
    Some(Finding {
        kind: Kind::BlockCollapsed,
        severity: Severity::Attack,
        title: title(spanned, &all, &subject),
        act: commands(&blocks, question, denied(&figures)),
        place: Place { country: Some(name), blocks, method, ..Place::default() },
        from,
        to: ended(spanned, to),
        cost: figures.unverified_spend.clone(),
        denied: denied(&figures),
        people: None,
        evidence: pumping(spanned, &all, &figures, usual),
        rests_on: format!(
            "at least {LEAST_PEOPLE} people of a block, of whom fewer than half as many verify as usual, \
             with 95 % certainty; or a burst of at least {LEAST_NUMBERS} numbers, of which the gate denied \
             four in five; messages that did not arrive are left out"
        ),
    })
}

fn title(spanned: &Spanned<'_>, all: &Tried, subject: &str) -> String {
    let [numbers, made_it, people, denied, requests] =
        [all.numbers, all.people.count, all.people.of, all.denied, all.requests]
            .map(|count| count * spanned.scale);
    if denied * 10 >= requests * 8 {
        return format!("{numbers} {subject} asked for codes, and the gate denied {denied} of {requests}");
    }
    format!("{numbers} {subject} asked for codes, and {made_it} of {people} made it")
}

/// The blocks of a country that collapsed, those of most people first.
fn collapsed<'s>(spanned: &Spanned<'_>, usual: &Usual, places: &'s [u32]) -> Vec<Collapsed<'s>> {
    let block = |place: &u32| spanned.at(*place).map_or(Block::NONE, |one| one.block);
    let wide = |place: &u32| block(place).wider();
    let mut found = Vec::new();
    for places in places.chunk_by(|one, other| wide(one) == wide(other)) {
        let Some(first) = places.first().filter(|place| !block(place).is_none()) else { continue };
        let narrow = || places.chunk_by(|one, other| block(one) == block(other));
        let tried = Tried::of(spanned, places);
        if !is_attacked(spanned, usual, &tried) {
            let tried = narrow().map(|places| (Tried::of(spanned, places), places));
            let tried = tried.filter(|(tried, _)| is_attacked(spanned, usual, tried));
            found.extend(tried.filter_map(|(tried, places)| {
                Some(Collapsed { block: block(places.first()?), tried, places })
            }));
        } else if let Some(narrow) = narrow().find(|narrow| narrow.len() * 10 >= places.len() * 9) {
            // Nearly all of it is in one thousand, which is what to block.
            let tried = Tried::of(spanned, narrow);
            found.push(Collapsed { block: block(first), tried, places: narrow });
        } else {
            found.push(Collapsed { block: wide(first), tried, places });
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.tried.requests));
    found
}

fn is_attacked(spanned: &Spanned<'_>, usual: &Usual, tried: &Tried) -> bool {
    tried.has_collapsed(LEAST_PEOPLE, usual.made_it) || is_stopped(spanned, tried)
}

/// Whether it is a burst of numbers of which the gate denied nearly all.
fn is_stopped(spanned: &Spanned<'_>, tried: &Tried) -> bool {
    let are_denied = tried.numbers >= LEAST_NUMBERS
        && tried.denied * 10 >= tried.requests * 8
        && tried.people.count * 10 <= tried.numbers;
    are_denied
        && stats::densest(tried.in_vain.clone())
            .is_some_and(|(from, to)| to.duration_since(from) * BURST <= spanned.known_for())
}

/// What distinguishes pumping from people who are unlucky.
pub(super) fn pumping(
    spanned: &Spanned<'_>,
    tried: &Tried,
    figures: &Figures,
    usual: &Usual,
) -> Vec<crate::report::model::Evidence> {
    let arrived = figures.delivered.saturating_sub(figures.verified);
    vec![
        evidence(
            "people who verified, of those allowed to try",
            spanned.scaled(tried.people),
            Some(percent(usual.made_it)),
        ),
        evidence(
            "requests, and numbers asked about",
            format!("{}, {}", figures.requests, tried.numbers * spanned.scale),
            None,
        ),
        evidence("denied by the gate", format!("{} of {}", figures.denied, figures.requests), None),
        evidence("messages that arrived and came to nothing", arrived, None),
        evidence("messages that did not arrive", figures.failed_deliveries, None),
    ]
}

/// Of the requests of an attack, those that were denied.
pub(super) fn denied(figures: &Figures) -> Share {
    Share { count: figures.denied, of: figures.requests }
}

/// To put blocks on the list that denies, and to look for limits; that nothing is urgent where the gate
/// stopped it.
pub(super) fn commands(blocks: &[String], question: &Question, denied: Share) -> Vec<Command> {
    let list = question.known.as_ref().and_then(|known| known.deny_lists.first());
    let list = list.map_or("blocklist", String::as_str);
    let prefixes: Vec<String> = blocks.iter().take(10).map(|block| format!("'{block}'")).collect();
    let prefixes = prefixes.join(" ");
    let mut commands = Vec::new();
    let was_stopped = was_stopped(denied);
    if was_stopped {
        commands.push(advice(
            "The gate stopped it, so nothing is urgent: see that people of the place still verify",
        ));
    }
    if !blocks.is_empty() {
        let does = match blocks.len() {
            1 => "Deny the block for a week".to_owned(),
            n if n > 10 => format!("Deny the 10 worst of the {n} blocks for a week"),
            n => format!("Deny the {n} blocks for a week"),
        };
        commands.push(act(
            does,
            format!("sinch-gate list add {list} {prefixes} --for 7d --reason pumping{}", question.table),
        ));
    }
    if !was_stopped {
        commands.push(act(
            "Look for limits that would have stopped it",
            format!("sinch-gate policy suggest {}", question.place),
        ));
    }
    commands
}

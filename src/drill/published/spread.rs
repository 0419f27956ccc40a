//! Attacks that are spread over a country or many, so that no block stands out.

use super::attack;
use crate::drill::block::Block;
use crate::drill::market::{ABROAD, RISKY};
use crate::drill::scenario::Scenario;
use crate::drill::stage::{Stage, hours};
use crate::event::Method;

pub(super) const ALL: &[Scenario] = &[
    attack(
        "expensive-calls",
        "2,400 phone calls within half an hour, to Moldova, Somalia, Latvia, Albania and the Maldives",
        "Spike, blog.spike.sh: over 2,400 calls to Moldova, 870 USD in 15 to 30 minutes",
        expensive_calls,
    ),
    attack(
        "price-jump",
        "3,000 numbers all over Ghana within ten hours, where a message costs 0.31 EUR rather than 0.05",
        "GitLab, merge request 249216: termination cost varies sharply, and prefixes of high cost are what \
         pumping targets; the MEF on prices that operators raised since 2021",
        price_jump,
    ),
    attack(
        "many-countries",
        "6,000 numbers in all countries abroad at once, within two hours",
        "Enea's white paper on artificially inflated traffic: one sender, many operators",
        many_countries,
    ),
    attack(
        "home-market",
        "4,000 numbers out of 25 ranges of ten thousand in Great Britain, over six busy hours",
        "Twilio's glossary of SMS pumping, in a market where messages are usual",
        home_market,
    ),
    attack(
        "rotating-below-limits",
        "4,000 numbers of Indonesia over a day, never more than two out of a thousand neighbours",
        "Prelude's report on SMS fraud of 2025: few countries and carriers, residential addresses, no volume \
         at one place",
        rotating_below_limits,
    ),
];

fn expensive_calls(stage: &mut Stage<'_>) {
    stage.usual_days();
    let countries = ["MD", "MD", "MD", "SO", "LV", "AL", "MV"];
    let times = stage.times(stage.many(2_400), stage.opens + hours(3.0), hours(0.5));
    let mut shots = Vec::new();
    for at in times {
        let number = stage.dice.one_of(&countries).copied().map(|country| stage.number(country));
        shots.extend(number.map(|number| stage.shot(at, number, Method::Callout)));
    }
    stage.planned(shots);
}

fn price_jump(stage: &mut Stage<'_>) {
    stage.usual_days();
    let times = stage.times(stage.many(3_000), stage.opens + hours(7.0), hours(10.0));
    let mut shots = Vec::new();
    for at in times {
        let number = stage.number("GH");
        let mut shot = stage.shot(at, number, Method::Sms);
        shot.price = 3_100;
        shots.push(shot);
    }
    stage.planned(shots);
}

fn many_countries(stage: &mut Stage<'_>) {
    stage.usual_days();
    let times = stage.times(stage.many(6_000), stage.opens + hours(11.0), hours(2.0));
    let mut shots = Vec::new();
    for at in times {
        let number = stage.dice.one_of(&ABROAD).map(|market| stage.number(market.country));
        shots.extend(number.map(|number| stage.shot(at, number, Method::Sms)));
    }
    stage.planned(shots);
}

fn home_market(stage: &mut Stage<'_>) {
    stage.usual_days();
    let blocks: Vec<Block> = (0..25).map(|_| stage.block("GB", 4)).collect();
    let times = stage.times(stage.many(4_000), stage.opens + hours(14.0), hours(6.0));
    let mut shots = Vec::new();
    for at in times {
        let Some(block) = stage.dice.one_of(&blocks).cloned() else { continue };
        let number = block.number(stage.dice.below(block.len()));
        shots.push(stage.shot(at, number, Method::Sms));
    }
    stage.planned(shots);
}

fn rotating_below_limits(stage: &mut Stage<'_>) {
    stage.usual_days();
    let n = stage.many(4_000);
    let blocks: Vec<Block> = (0..n.div_ceil(2)).map(|_| stage.block("ID", 3)).collect();
    let times = stage.times(n, stage.opens, hours(23.5));
    let mut shots = Vec::new();
    for (at, block) in times.into_iter().zip(blocks.iter().cycle()) {
        let number = block.number(stage.dice.below(block.len()));
        shots.push(stage.shot(at, number, Method::Sms));
    }
    stage.planned(shots);
}

/// Countries of known attacks and others, as many as the published attacks had.
pub(super) fn forty() -> Vec<&'static str> {
    let others = ABROAD.iter().map(|market| market.country).filter(|country| !RISKY.contains(country));
    RISKY.into_iter().chain(others).take(40).collect()
}

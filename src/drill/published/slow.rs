//! Attacks that are low and slow: a few numbers a day in each of many countries.

use super::spread::forty;
use crate::drill::scenario::{Kind, Scenario};
use crate::drill::stage::{Stage, day, hours};
use crate::event::Method;

const SOURCE: &str = "GitLab, merge requests 257995 and 138287: an attack on one dial code below a limit of \
    16,000 a day for all, hence 50 a day and code";

pub(super) const ALL: &[Scenario] = &[
    slow(
        "slow-same-blocks",
        "30 numbers a day in each of forty countries for three days, out of one range of ten thousand each",
        slow_same_blocks,
    ),
    slow(
        "slow-spread",
        "30 numbers a day in each of forty countries for three days, all over them",
        slow_spread,
    ),
];

const fn slow(name: &'static str, about: &'static str, set_up: fn(&mut Stage<'_>)) -> Scenario {
    Scenario { name, kind: Kind::Slow, about, source: SOURCE, days: (8, 3), set_up }
}

fn slow_same_blocks(stage: &mut Stage<'_>) {
    stage.usual_days();
    let mut shots = Vec::new();
    for country in forty() {
        let block = stage.block(country, 4);
        for at in a_day_each(stage, 30) {
            let number = block.number(stage.dice.below(block.len()));
            shots.push(stage.shot(at, number, Method::Sms));
        }
    }
    stage.planned(shots);
}

fn slow_spread(stage: &mut Stage<'_>) {
    stage.usual_days();
    let countries = forty();
    spread(stage, &countries, 30);
}

/// This many numbers a day in each country, while it counts.
pub(in crate::drill) fn spread(stage: &mut Stage<'_>, countries: &[&'static str], a_day: u32) {
    let mut shots = Vec::new();
    for country in countries {
        for at in a_day_each(stage, a_day) {
            let number = stage.number(country);
            shots.push(stage.shot(at, number, Method::Sms));
        }
    }
    stage.planned(shots);
}

/// Times of this many verifications a day.
fn a_day_each(stage: &mut Stage<'_>, a_day: u32) -> Vec<jiff::SignedDuration> {
    let mut times = Vec::new();
    let mut begins = stage.opens;
    while begins < stage.ends {
        times.extend(stage.times(stage.many(a_day), begins, hours(24.0)));
        begins += day(1);
    }
    times
}

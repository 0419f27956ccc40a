//! Attacks that verify a part of what they start, which looks like people.

use super::attack;
use crate::drill::block::Block;
use crate::drill::scenario::Scenario;
use crate::drill::stage::{Stage, hours};
use crate::event::Method;

const SOURCE: &str = "Sinch's glossary, artificially inflated traffic, and CM.com: fraudsters tamper with \
    conversion statistics; the same source and the same delay each time";

pub(super) const ALL: &[Scenario] = &[
    attack(
        "faked-15",
        "4,000 numbers of Pakistan over twelve hours, 15 % of which verify four seconds later",
        SOURCE,
        |stage| faked(stage, "PK", 4_000, 0.15),
    ),
    attack(
        "faked-60",
        "4,000 numbers of Bangladesh over twelve hours, 60 % of which verify four seconds later",
        SOURCE,
        |stage| faked(stage, "BD", 4_000, 0.6),
    ),
];

/// Numbers out of many blocks, of which a share ends verified.
pub(in crate::drill) fn faked(stage: &mut Stage<'_>, country: &'static str, n: u32, share: f64) {
    stage.usual_days();
    let blocks: Vec<Block> = (0..80).map(|_| stage.block(country, 4)).collect();
    let times = stage.times(stage.many(n), stage.opens + hours(9.0), hours(12.0));
    let mut shots = Vec::new();
    for at in times {
        let Some(block) = stage.dice.one_of(&blocks).cloned() else { continue };
        let number = block.number(stage.dice.below(block.len()));
        let mut shot = stage.shot(at, number, Method::Sms);
        shot.is_faked = stage.dice.happens(share);
        shots.push(shot);
    }
    stage.planned(shots);
}

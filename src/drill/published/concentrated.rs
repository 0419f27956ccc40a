//! Attacks on few numbers: neighbours, or always the same.

use super::attack;
use crate::drill::block::Block;
use crate::drill::scenario::Scenario;
use crate::drill::stage::{Stage, hours};
use crate::event::Method;

pub(super) const ALL: &[Scenario] = &[
    attack(
        "sequence",
        "6,000 neighbouring numbers of Uzbekistan one after the other, five a second",
        "Luma, pont.is/p/sms-fraud: 13,000 messages to +99899394xxxx; Twilio's glossary of SMS pumping: \
         adjacent numbers, never verified",
        sequence,
    ),
    attack(
        "shuffled-block",
        "the same block in no order, from 20,000 addresses, over six hours",
        "Luma, pont.is/p/sms-fraud: 20,000 addresses",
        shuffled_block,
    ),
    attack(
        "three-minute-burst",
        "900 numbers of Myanmar within three minutes, mostly from one address",
        "Yousef Amar, memo of 2023-01-29: all within three minutes before 05:00 UTC",
        three_minute_burst,
    ),
    attack(
        "resend-loop",
        "30 numbers, each of which asks for a code every 35 seconds, for an hour",
        "Infobip's flooding filter: six identical messages an hour; Sinch: each ends the one before as \
         ABORTED",
        resend_loop,
    ),
    attack(
        "duplicates",
        "the sequence again, with callbacks that come several times and after their results",
        "Sinch's documentation of callbacks: they may be repeated, and come in any order",
        duplicates,
    ),
];

/// The block of the published attack.
fn published() -> Block {
    Block::of("+99899394", 4)
}

fn sequence(stage: &mut Stage<'_>) {
    stage.usual_days();
    in_sequence(stage, 0);
}

fn duplicates(stage: &mut Stage<'_>) {
    stage.usual_days();
    in_sequence(stage, 2);
}

fn in_sequence(stage: &mut Stage<'_>, copies: u8) {
    let block = published();
    let n = stage.many(6_000);
    let times = stage.times(n, stage.opens + hours(2.0), hours(1.0 / 3.0));
    let shots = times.into_iter().enumerate().map(|(place, at)| {
        let mut shot = stage.shot(at, block.number(place), Method::Sms);
        shot.copies = copies;
        shot
    });
    let shots = shots.collect();
    stage.planned(shots);
}

fn shuffled_block(stage: &mut Stage<'_>) {
    stage.usual_days();
    let block = published();
    let mut places: Vec<usize> = (0..block.len()).collect();
    stage.dice.shuffle(&mut places);
    let n = stage.many(6_000);
    let times = stage.times(n, stage.opens + hours(10.0), hours(6.0));
    let numbers = times.into_iter().zip(places.into_iter().cycle());
    let shots = numbers.map(|(at, place)| stage.shot(at, block.number(place), Method::Sms)).collect();
    stage.planned(shots);
}

fn three_minute_burst(stage: &mut Stage<'_>) {
    stage.usual_days();
    let blocks = [stage.block("MM", 4), stage.block("MM", 4), stage.block("MM", 4)];
    let times = stage.times(stage.many(900), stage.opens + hours(4.95), hours(0.05));
    let mut shots = Vec::new();
    for (place, at) in times.into_iter().enumerate() {
        let Some(block) = stage.dice.one_of(&blocks) else { continue };
        let mut shot = stage.shot(at, block.number(place), Method::Sms);
        if stage.dice.happens(0.9) {
            shot.address = Some("198.51.100.23".to_owned());
        }
        shots.push(shot);
    }
    stage.planned(shots);
}

fn resend_loop(stage: &mut Stage<'_>) {
    stage.usual_days();
    let mut shots = Vec::new();
    for _ in 0..stage.many(30) {
        let number = stage.number("LK");
        for round in 0..103_u32 {
            let at = stage.opens + hours(9.0) + hours(f64::from(round) * 35.0 / 3_600.0);
            shots.push(stage.shot(at, number.clone(), Method::Sms));
        }
    }
    stage.planned(shots);
}

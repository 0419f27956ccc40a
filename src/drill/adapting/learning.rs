//! Attackers who learn from denials.

use jiff::SignedDuration;

use super::adapting;
use crate::drill::attacker::{Attacker, Shot};
use crate::drill::block::Block;
use crate::drill::dice::{Dice, seconds};
use crate::drill::market::{Market, RISKY};
use crate::drill::scenario::Scenario;
use crate::drill::stage::{Stage, hours};
use crate::event::Method;
use crate::verdict::Verdict;

const SOURCE: &str = "Twilio's error 60410: a block of twelve hours on a prefix, repeated while fraud goes \
    on; so whoever is blocked moves";

pub(super) const ALL: &[Scenario] = &[
    adapting(
        "rotating-blocks",
        "5,000 numbers of Indonesia and Pakistan, one every ten seconds; two denials, and the next range \
         is hired",
        SOURCE,
        (8, 1),
        rotating_blocks,
    ),
    adapting(
        "mixed-methods",
        "4,000 numbers of Tunisia and Algeria over eleven hours; each denial changes the method",
        "Vonage, developer guide v2-anti-fraud: after a block other channels keep flowing",
        (8, 1),
        mixed_methods,
    ),
    adapting(
        "reacting",
        "4,000 numbers in 25 countries; each denial doubles the time between two of them and moves to \
         the next country",
        SOURCE,
        (8, 2),
        reacting,
    ),
];

/// Somebody who changes place, pace or method at denials.
struct Learner {
    /// How many are still to come.
    left: usize,
    at: SignedDuration,
    ends: SignedDuration,
    /// Ranges of numbers, and which of them is used.
    blocks: Vec<Block>,
    block: usize,
    methods: &'static [Method],
    method: usize,
    /// Seconds between two.
    pace: f64,
    fastest: f64,
    /// How many denials in a row it takes to move.
    patience: u32,
    denials: u32,
    /// How a denial changes the pace, and how an allow does.
    slows: f64,
    hastens: f64,
    dice: Dice,
}

impl Learner {
    fn learn(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Allow => {
                self.denials = 0;
                self.pace = (self.pace * self.hastens).max(self.fastest);
            }
            Verdict::Deny => {
                self.denials += 1;
                self.pace = (self.pace * self.slows).min(3_600.0);
                self.method += 1;
                if self.denials >= self.patience {
                    self.denials = 0;
                    self.block += 1;
                }
            }
        }
    }
}

impl Attacker for Learner {
    fn next(&mut self, last: Option<Verdict>) -> Option<Shot> {
        self.left = self.left.checked_sub(1)?;
        if let Some(verdict) = last {
            self.learn(verdict);
            self.at += seconds(self.pace * (0.5 + self.dice.unit()));
        }
        if self.at >= self.ends {
            return None;
        }
        let block = self.blocks.get(self.block % self.blocks.len().max(1))?;
        let method = self.methods.get(self.method % self.methods.len().max(1))?.clone();
        let number = block.number(self.dice.below(block.len()));
        let price = Market::of(number.country()?.code()).price(&method);
        let address = format!("198.18.{}.{}", self.dice.below(78), self.dice.below(256));
        Some(Shot {
            at: self.at,
            number,
            method,
            price,
            address: Some(address),
            is_faked: false,
            copies: 0,
            is_bait: false,
        })
    }
}

fn learner(stage: &mut Stage<'_>, n: u32, pace: f64) -> Learner {
    Learner {
        left: stage.many(n),
        at: stage.opens + hours(6.0),
        ends: stage.ends,
        blocks: Vec::new(),
        block: 0,
        methods: &[Method::Sms],
        method: 0,
        pace,
        fastest: pace,
        patience: 1,
        denials: 0,
        slows: 1.0,
        hastens: 1.0,
        dice: stage.dice.fork(),
    }
}

fn blocks_of(stage: &mut Stage<'_>, countries: &[&'static str], n: usize, digits: u8) -> Vec<Block> {
    let countries = countries.iter().cycle().take(n);
    countries.map(|country| stage.block(country, digits)).collect()
}

fn rotating_blocks(stage: &mut Stage<'_>) {
    stage.usual_days();
    let blocks = blocks_of(stage, &["ID", "PK"], 600, 3);
    let learner = Learner { blocks, patience: 2, ..learner(stage, 5_000, 10.0) };
    stage.attack(learner);
}

fn mixed_methods(stage: &mut Stage<'_>) {
    stage.usual_days();
    let blocks = blocks_of(stage, &["TN", "DZ"], 60, 4);
    let methods = &[Method::Sms, Method::Callout, Method::WhatsApp, Method::FlashCall];
    let learner = Learner { blocks, methods, ..learner(stage, 4_000, 10.0) };
    stage.attack(learner);
}

fn reacting(stage: &mut Stage<'_>) {
    stage.usual_days();
    // One range per country is a whole country here: its numbers differ in six digits.
    let blocks = blocks_of(stage, &RISKY, RISKY.len(), 6);
    let learner = Learner { blocks, slows: 2.0, hastens: 0.7, ..learner(stage, 4_000, 20.0) };
    stage.attack(learner);
}

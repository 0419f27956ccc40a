//! Days on which nobody attacks, and whoever is denied is a loss.

use super::market::{HOME, Market};
use super::person::custom_of;
use super::scenario::{Kind, Scenario};
use super::stage::{Outage, Stage, day, hours};
use crate::event::Method;

const OWN: &str = "not published as such: a day that every product has, with usual shares of people who \
    verify (70 to 90 %) and resend (1.2 to 1.4 attempts)";

/// Every scenario of this kind.
pub(super) const ALL: &[Scenario] = &[
    honest(
        "launch-spike",
        "ten times the usual people sign up in Germany within a day, and 85 % of them verify",
        OWN,
        (8, 1),
        launch_spike,
    ),
    honest(
        "quiet-country",
        "15 people a day sign up in Georgia, where two did before, and 65 % of them verify",
        "Authgear's fraud protection, docs/specs/fraud-protection.md: the floor for countries with few \
         people; GitLab, merge request 257995: limits for all countries fit none",
        (8, 3),
        quiet_country,
    ),
    honest("cold-start", "the first day of a gate that has counted nothing yet", OWN, (0, 1), cold_start),
    honest(
        "campus",
        "300 people behind one address sign up within four hours, 40 of them with numbers of their company, \
         which lie in one range of ten thousand",
        "Twilio's help centre, article 18224141185947: an honest number may be blocked for the prefix it \
         lies in",
        (8, 1),
        campus,
    ),
    honest(
        "carrier-outage",
        "nine in ten messages to Spain do not arrive for six hours, and people ask again",
        "Vonage, developer guide v2-anti-fraud: conversion drops without fraud, and a guard that goes by it \
         blocks people",
        (8, 1),
        carrier_outage,
    ),
    honest(
        "returning-customers",
        "600 people who verified in the week before come back on one day",
        "Authgear, pull request 5803: numbers that verified are never blocked",
        (8, 1),
        returning_customers,
    ),
    honest(
        "method-fallback",
        "half of the people at home try a flash call first, and a message or a call where it leads nowhere",
        "Sinch's documentation of its SDKs: fall back to another method",
        (8, 1),
        method_fallback,
    ),
];

const fn honest(
    name: &'static str,
    about: &'static str,
    source: &'static str,
    days: (u16, u16),
    set_up: fn(&mut Stage<'_>),
) -> Scenario {
    Scenario { name, kind: Kind::Honest, about, source, days, set_up }
}

fn launch_spike(stage: &mut Stage<'_>) {
    stage.usual_days();
    launch(stage, "DE");
}

/// Ten times the usual people of a country on the first day that counts.
pub(super) fn launch(stage: &mut Stage<'_>, country: &'static str) {
    let market = Market::of(country);
    for at in stage.times(stage.many_of(market.people * 9.0), stage.opens + hours(8.0), hours(14.0)) {
        let person = stage.somebody(market, 0.85);
        stage.comes(at, person);
    }
}

fn quiet_country(stage: &mut Stage<'_>) {
    stage.usual_days();
    let market = Market::of("GE");
    let mut begins = stage.opens;
    while begins < stage.ends {
        for _ in 0..stage.many(15) {
            let at = begins + stage.dice.time_of_day();
            let person = stage.somebody(market, 0.65);
            stage.comes(at, person);
        }
        begins += day(1);
    }
}

fn cold_start(stage: &mut Stage<'_>) {
    stage.usual_days();
}

fn campus(stage: &mut Stage<'_>) {
    stage.usual_days();
    let block = stage.block("GB", 4);
    let times = stage.times(stage.many(300), stage.opens + hours(8.0), hours(4.0));
    let mut is_of_company: Vec<bool> = vec![true; stage.many(40)];
    is_of_company.resize(times.len(), false);
    stage.dice.shuffle(&mut is_of_company);
    for (at, is_of_company) in times.into_iter().zip(is_of_company) {
        let mut person = stage.somebody(Market::of("GB"), 0.9);
        if is_of_company {
            person.number = block.number(stage.dice.below(block.len()));
        }
        person.custom = Some(custom_of("192.0.2.7"));
        stage.comes(at, person);
    }
}

fn carrier_outage(stage: &mut Stage<'_>) {
    stage.usual_days();
    let from = stage.opens + hours(14.0);
    stage.outage(Outage { country: "ES", from, to: from + hours(6.0) });
}

fn returning_customers(stage: &mut Stage<'_>) {
    stage.usual_days();
    for _ in 0..stage.many(600) {
        let before = day(1) + stage.dice.seconds(0.0, 6.0 * 86_400.0);
        let market = stage.dice.one_of(&HOME).copied().unwrap_or(Market::of("DE"));
        let person = stage.somebody(market, 1.0);
        let mut again = stage.somebody(market, 0.95);
        again.number = person.number.clone();
        stage.comes(before, person);
        let at = stage.opens + stage.dice.time_of_day();
        stage.comes(at, again);
    }
}

fn method_fallback(stage: &mut Stage<'_>) {
    stage.usual_days();
    for market in HOME {
        for at in stage.times(stage.many_of(market.people), stage.opens + hours(6.0), hours(16.0)) {
            let mut person = stage.somebody(market, 0.88);
            let next = if stage.dice.happens(0.8) { Method::Sms } else { Method::Callout };
            (person.method, person.falls_back_to) = (Method::FlashCall, Some(next));
            person.messages_needed = if stage.dice.happens(0.4) { 2 } else { 1 };
            stage.comes(at, person);
        }
    }
}

//! Attackers who take their time, or hide among people.

use super::adapting;
use crate::drill::honest;
use crate::drill::market::{HOME, RISKY};
use crate::drill::published::{faked, spread};
use crate::drill::scenario::Scenario;
use crate::drill::stage::{Stage, day, hours};
use crate::event::Method;

pub(super) const ALL: &[Scenario] = &[
    adapting(
        "slow-over-weeks",
        "eight numbers a day in each of 25 countries, all over them, for three weeks",
        "GitLab, work item 631067: limits for all countries trip too late where traffic is low; here \
         still slower",
        (8, 21),
        |stage| {
            stage.usual_days();
            spread(stage, &RISKY, 8);
        },
    ),
    adapting(
        "settled-history",
        "twelve verified numbers a day in each of ten countries for a week, then 60 a day that never verify",
        "Sinch's glossary, artificially inflated traffic: fraudsters tamper with conversion statistics, and \
         limits that grow with what was verified believe them",
        (8, 3),
        settled_history,
    ),
    adapting(
        "customers-turned-abusers",
        "300 numbers that verified in the week before, each of which asks 20 times over two days",
        "Authgear, pull request 5803: numbers that verified are never blocked, which can be used",
        (8, 2),
        customers_turned_abusers,
    ),
    adapting(
        "faked-at-home",
        "200 numbers of France within twelve hours, 60 % of which verify: less than usual there",
        "Sinch's glossary, artificially inflated traffic, in a market where nothing stands out",
        (8, 1),
        |stage| faked(stage, "FR", 200, 0.6),
    ),
    adapting(
        "hidden-in-launch",
        "900 numbers all over Germany on the day of a launch, among ten times the usual people",
        "Twilio's glossary of SMS pumping, at the time when volume says least",
        (8, 1),
        hidden_in_launch,
    ),
];

fn settled_history(stage: &mut Stage<'_>) {
    stage.usual_days();
    let countries: Vec<&'static str> = RISKY.into_iter().take(10).collect();
    let mut bait = Vec::new();
    for country in &countries {
        for at in stage.times(stage.many(12 * 7), day(1), day(7)) {
            let number = stage.number(country);
            let mut shot = stage.shot(at, number, Method::Sms);
            (shot.is_faked, shot.is_bait) = (true, true);
            bait.push(shot);
        }
    }
    stage.planned(bait);
    spread(stage, &countries, 60);
}

fn customers_turned_abusers(stage: &mut Stage<'_>) {
    stage.usual_days();
    let (mut bait, mut shots) = (Vec::new(), Vec::new());
    let places: Vec<&'static str> =
        HOME.iter().map(|market| market.country).chain(RISKY.into_iter().take(8)).collect();
    for country in places.iter().cycle().take(stage.many(300)) {
        let number = stage.number(country);
        let at = day(1) + stage.dice.seconds(0.0, 6.0 * 86_400.0);
        let mut before = stage.shot(at, number.clone(), Method::Sms);
        (before.is_faked, before.is_bait) = (true, true);
        bait.push(before);
        for at in stage.times(20, stage.opens, hours(47.0)) {
            shots.push(stage.shot(at, number.clone(), Method::Sms));
        }
    }
    stage.planned(bait);
    stage.planned(shots);
}

fn hidden_in_launch(stage: &mut Stage<'_>) {
    stage.usual_days();
    honest::launch(stage, "DE");
    let mut shots = Vec::new();
    for at in stage.times(stage.many(900), stage.opens + hours(9.0), hours(12.0)) {
        let number = stage.number("DE");
        shots.push(stage.shot(at, number, Method::Sms));
    }
    stage.planned(shots);
}

//! Tests that the traffic of each scenario has the shape that its description claims.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::person::Person;
use super::stage::{Cast, Plans, Stage, day};
use super::*;
use crate::phone::Country;
use crate::verdict::Verdict;

/// A scenario without usual days: one person stands in for all of them.
fn cast(name: &str) -> (Cast, u16) {
    let scenario = all().find(|scenario| scenario.name == name).unwrap();
    let mut people = OwnPeople::default();
    let request = crate::event::VerificationRequest {
        id: crate::event::VerificationId::new("id").unwrap(),
        method: crate::event::Method::Sms,
        number: crate::phone::PhoneNumber::new("+46701740605"),
        reference: None,
        custom: None,
        price: None,
        unreadable: Vec::new(),
    };
    people.take(&crate::backtest::TrafficEvent {
        at: FIRST_DAY,
        app: "app".parse().unwrap(),
        happens: crate::backtest::Happens::Request(Box::new(request), None),
    });
    let people = people.finish();
    let mut plans = Plans::default();
    let mut stage = Stage::new(Dice::named(1, name), 1.0, scenario.days, &mut plans, &people);
    (scenario.set_up)(&mut stage);
    (stage.cast(), scenario.days.0)
}

/// What an attack must look like: requests, countries, the percentage that ends verified, and hours.
struct Shape {
    requests: usize,
    countries: usize,
    faked: f64,
    hours: f64,
}

const SHAPES: [(&str, Shape); 22] = [
    ("sequence", shape(6_000, 1, 0.0, 0.34)),
    ("shuffled-block", shape(6_000, 1, 0.0, 6.0)),
    ("three-minute-burst", shape(900, 1, 0.0, 0.05)),
    ("resend-loop", shape(3_090, 1, 0.0, 1.0)),
    ("duplicates", shape(6_000, 1, 0.0, 0.34)),
    ("expensive-calls", shape(2_400, 5, 0.0, 0.5)),
    ("price-jump", shape(3_000, 1, 0.0, 10.0)),
    ("many-countries", shape(6_000, 62, 0.0, 2.0)),
    ("home-market", shape(4_000, 1, 0.0, 6.0)),
    ("rotating-below-limits", shape(4_000, 1, 0.0, 23.5)),
    ("faked-15", shape(4_000, 1, 15.0, 12.0)),
    ("faked-60", shape(4_000, 1, 60.0, 12.0)),
    ("slow-same-blocks", shape(3_600, 40, 0.0, 72.0)),
    ("slow-spread", shape(3_600, 40, 0.0, 72.0)),
    ("rotating-blocks", shape(5_000, 1, 0.0, 14.0)),
    ("mixed-methods", shape(4_000, 1, 0.0, 11.5)),
    ("reacting", shape(4_000, 1, 0.0, 23.0)),
    ("slow-over-weeks", shape(4_200, 25, 0.0, 504.0)),
    ("settled-history", shape(1_800, 10, 0.0, 72.0)),
    ("customers-turned-abusers", shape(6_000, 16, 0.0, 47.0)),
    ("faked-at-home", shape(200, 1, 60.0, 12.0)),
    ("hidden-in-launch", shape(900, 1, 0.0, 12.0)),
];

const fn shape(requests: usize, countries: usize, faked: f64, hours: f64) -> Shape {
    Shape { requests, countries, faked, hours }
}

/// The shots of an attack whose every request is allowed, but for what only prepares it.
fn shots(name: &str) -> Vec<attacker::Shot> {
    let (mut cast, warm_up) = cast(name);
    let mut shots = Vec::new();
    for attacker in &mut cast.attackers {
        let mut last = None;
        while let Some(shot) = attacker.next(last) {
            last = Some(Verdict::Allow);
            let is_early = shot.at < day(warm_up);
            assert_eq!(shot.is_bait, is_early, "{name}: an attack begins when the days that count do");
            shots.extend((!shot.is_bait).then_some(shot));
        }
    }
    shots
}

#[test]
fn attacks_have_the_shape_that_they_claim() {
    for (name, shape) in &SHAPES {
        let shots = shots(name);
        assert_eq!(shots.len(), shape.requests, "{name}: requests");
        let countries: BTreeSet<&str> =
            shots.iter().map(|shot| shot.number.country().map_or("none", Country::code)).collect();
        assert_eq!(countries.len(), shape.countries, "{name}: {countries:?}");
        assert!(!countries.contains("none"), "{name}: {countries:?}");
        let faked = shots.iter().filter(|shot| shot.is_faked).count() as f64;
        let faked = 100.0 * faked / shots.len() as f64;
        assert!((faked - shape.faked).abs() < 6.0, "{name}: {faked} % end verified");
        let times = shots.iter().map(|shot| shot.at);
        let lasts = times.clone().max().unwrap() - times.min().unwrap();
        let hours = lasts.as_secs_f64() / 3_600.0;
        assert!((0.85..1.05).contains(&(hours / shape.hours)), "{name}: {hours} hours");
    }
}

#[test]
fn every_attack_has_its_shape_and_none_comes_on_an_honest_day() {
    let shaped: BTreeSet<&str> = SHAPES.iter().map(|(name, _)| *name).collect();
    let attacks = all().filter(|scenario| scenario.kind != Kind::Honest);
    assert_eq!(attacks.map(|scenario| scenario.name).collect::<BTreeSet<_>>(), shaped);
    for scenario in all().filter(|scenario| scenario.kind == Kind::Honest) {
        assert!(cast(scenario.name).0.attackers.is_empty(), "{}", scenario.name);
    }
}

#[test]
fn names_are_told_apart_and_everything_is_described() {
    let names: BTreeSet<&str> = all().map(|scenario| scenario.name).collect();
    assert_eq!(names.len(), all().count());
    for scenario in all() {
        assert!(scenario.about.len() > 20 && scenario.source.len() > 20, "{}", scenario.name);
        let days = scenario.days.0 + scenario.days.1;
        assert!(i32::from(days) < APART, "{} would run into the next one", scenario.name);
    }
}

/// The people who come on top of the usual days while it counts.
fn extra(name: &str) -> Vec<(SignedDuration, Person)> {
    let (cast, warm_up) = cast(name);
    let people = cast.people.into_iter().filter(|(at, _)| *at >= day(warm_up));
    people.filter(|(_, person)| person.number.as_str() != "+46701740605").collect()
}

#[track_caller]
fn check_extra(name: &str, people: usize, enter_code: f64) -> Vec<(SignedDuration, Person)> {
    let extra = extra(name);
    assert_eq!(extra.len(), people, "{name}");
    let enter = extra.iter().filter(|(_, person)| person.enters_code).count() as f64 / people as f64;
    assert!((enter - enter_code).abs() < 0.15, "{name}: {enter}");
    extra
}

#[test]
fn honest_days_have_the_people_that_they_claim() {
    check_extra("launch-spike", 4_500, 0.85);
    check_extra("quiet-country", 45, 0.65);
    check_extra("returning-customers", 600, 0.95);
    check_extra("method-fallback", 2_000, 0.88);
    let campus = check_extra("campus", 300, 0.9);
    let addresses: BTreeSet<_> =
        campus.iter().map(|(_, person)| person.custom.as_ref().unwrap().as_str().to_owned()).collect();
    assert_eq!(addresses.len(), 1);
    let mut blocks = std::collections::BTreeMap::<&str, usize>::new();
    for (_, person) in &campus {
        *blocks.entry(person.number.block(4).unwrap()).or_default() += 1;
    }
    assert_eq!(blocks.values().max(), Some(&40));
    assert!(cast("carrier-outage").0.outage.is_some());
    assert_eq!(cast("cold-start").1, 0);
}

#[test]
fn those_who_are_called_back_verified_before() {
    let (cast, warm_up) = cast("returning-customers");
    let is_early = |at: SignedDuration| at < day(warm_up);
    let before: BTreeSet<&str> = cast
        .people
        .iter()
        .filter(|(at, person)| is_early(*at) && person.enters_code)
        .map(|(_, person)| person.number.as_str())
        .collect();
    assert_eq!(before.len(), 600);
    let later =
        cast.people.iter().filter(|(at, person)| !is_early(*at) && before.contains(person.number.as_str()));
    assert_eq!(later.count(), 600);
}

//! The scenarios of the drill, without rules and under the starter policy: an attack is found as one, where
//! and when it was, with its requests and what the gate denied of them; and on honest days nobody attacks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sinch_gate::phone::{Country, PhoneNumber};

use super::{json_of, says, with};
use crate::world::tool::Tool;

/// What the report says of a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Says {
    /// One attack, as it was.
    OneAttack,
    /// One attack by its first screen, but as several findings.
    SeveralAttacks,
    /// An outage.
    Outage,
    /// Nothing.
    Quiet,
}

use Says::{OneAttack, Outage, Quiet, SeveralAttacks};

/// Every scenario with the scale at which it is played, and what is said of it without rules and under the
/// starter policy. Attacks of which another thing is said than that they are one:
///
/// - `faked-at-home` verifies as many as people do, and `hidden-in-launch` has as many people around it;
/// - `reacting` doubles its pauses with each denial, up to an hour, so that it falls apart.
///
/// The slow ones are played at a scale at which there are enough people of an attack to say anything.
const ALL: &[(&str, f64, [Says; 2])] = &[
    ("launch-spike", 0.2, [Quiet, Quiet]),
    ("quiet-country", 0.2, [Quiet, Quiet]),
    ("cold-start", 0.2, [Quiet, Quiet]),
    ("campus", 0.2, [Quiet, Quiet]),
    ("carrier-outage", 0.2, [Outage, Outage]),
    ("returning-customers", 0.2, [Quiet, Quiet]),
    ("method-fallback", 0.2, [Quiet, Quiet]),
    ("sequence", 0.1, [OneAttack, OneAttack]),
    ("shuffled-block", 0.1, [OneAttack, OneAttack]),
    ("three-minute-burst", 0.1, [OneAttack, OneAttack]),
    ("resend-loop", 0.1, [OneAttack, OneAttack]),
    ("duplicates", 0.1, [OneAttack, OneAttack]),
    ("expensive-calls", 0.1, [OneAttack, OneAttack]),
    ("price-jump", 0.1, [OneAttack, OneAttack]),
    ("many-countries", 0.1, [OneAttack, OneAttack]),
    ("home-market", 0.1, [OneAttack, OneAttack]),
    ("rotating-below-limits", 0.1, [OneAttack, OneAttack]),
    ("faked-15", 0.1, [OneAttack, OneAttack]),
    ("faked-60", 0.1, [OneAttack, OneAttack]),
    ("slow-same-blocks", 0.3, [OneAttack, OneAttack]),
    ("slow-spread", 0.2, [OneAttack, OneAttack]),
    ("rotating-blocks", 0.2, [OneAttack, OneAttack]),
    ("mixed-methods", 0.2, [OneAttack, OneAttack]),
    ("reacting", 0.2, [OneAttack, SeveralAttacks]),
    ("slow-over-weeks", 0.3, [OneAttack, OneAttack]),
    ("settled-history", 0.2, [OneAttack, OneAttack]),
    ("customers-turned-abusers", 0.2, [OneAttack, OneAttack]),
    ("faked-at-home", 0.2, [Quiet, Quiet]),
    ("hidden-in-launch", 0.2, [Quiet, Quiet]),
];

/// The drill names its scenarios, and none is left out.
#[test]
fn all_scenarios_are_looked_at() {
    let listed = Tool::new().run(&["policy", "drill", "--list", "--format", "json"]).exits(0).json();
    let listed: BTreeSet<&str> = listed.iter().map(|one| one["scenario"].as_str().unwrap()).collect();
    assert_eq!(listed, ALL.iter().map(|(name, ..)| *name).collect());
}

#[test]
fn attacks_that_nobody_stops_are_found() {
    all_are_found(0, |scale| scale < 0.2);
}

#[test]
fn slow_attacks_and_honest_days_are_told_apart_without_rules() {
    all_are_found(0, |scale| scale >= 0.2);
}

#[test]
fn attacks_that_the_gate_stops_are_found() {
    all_are_found(1, |scale| scale < 0.2);
}

#[test]
fn slow_attacks_and_honest_days_are_told_apart_under_the_starter_policy() {
    all_are_found(1, |scale| scale >= 0.2);
}

fn all_are_found(policy: usize, of_scale: impl Fn(f64) -> bool) {
    let mut by_scale: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, scale, _) in ALL.iter().filter(|(_, scale, _)| of_scale(*scale)) {
        by_scale.entry(scale.to_string()).or_default().push(name);
    }
    let mut wrong = Vec::new();
    for (scale, names) in by_scale {
        for (name, traffic) in drilled(policy, &names, &scale) {
            let (.., said) = ALL.iter().find(|(known, ..)| **known == name).unwrap();
            wrong.extend(check(&name, &traffic, said[policy]).err().map(|why| format!("{name}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The traffic of each scenario, without rules or under the starter policy.
fn drilled(policy: usize, scenarios: &[&str], scale: &str) -> BTreeMap<String, String> {
    let tool = Tool::new();
    tool.write("none.toml", "schema = 1\ndefault = \"allow\"\n");
    let policy: &[&str] = if policy == 0 { &["none.toml"] } else { &[] };
    let options = ["--seed", "5", "--scale", scale, "--write", "all.jsonl", "--scenario"];
    tool.run(&[&["policy", "drill"], policy, &options, scenarios].concat()).exits(0);
    let mut by_scenario: BTreeMap<String, String> = BTreeMap::new();
    for line in std::fs::read_to_string(tool.file("all.jsonl")).unwrap().lines() {
        let (_, rest) = line.split_once(r#""app":"drill-"#).unwrap();
        let (name, _) = rest.split_once('"').unwrap();
        let text = by_scenario.entry(name.to_owned()).or_default();
        *text += line;
        *text += "\n";
    }
    assert_eq!(by_scenario.len(), scenarios.len());
    by_scenario
}

/// What the attackers of the drill did, by what stands in its traffic: they come from addresses of their own.
#[derive(Default)]
struct Truth {
    requests: u64,
    denied: u64,
    cost: f64,
    countries: BTreeMap<&'static str, u64>,
    times: Vec<Timestamp>,
}

impl Truth {
    /// Where an attacker makes himself trusted first, what that took is not of the attack.
    fn of(traffic: &str, has_bait: bool) -> Self {
        let is_verified = |line: &&str| has_bait && line.contains("\"SUCCESSFUL\"");
        let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let id = |event: &Value| event["event"]["id"].as_str().unwrap().to_owned();
        let bait = traffic.lines().filter(is_verified).map(|line| id(&read(line)));
        let mut seen: BTreeSet<String> = bait.collect();
        let mut truth = Self::default();
        for event in traffic.lines().filter(|line| line.contains(r#"\"198."#)).map(read) {
            if !event["event"]["price"].is_object() || !seen.insert(id(&event)) {
                continue;
            }
            let is_denied = event["verdict"] == "deny";
            truth.requests += 1;
            truth.denied += u64::from(is_denied);
            if !is_denied {
                truth.cost += event["event"]["price"]["amount"].as_f64().unwrap();
            }
            let number = PhoneNumber::new(event["event"]["identity"]["endpoint"].as_str().unwrap());
            *truth.countries.entry(number.country().map_or("", Country::code)).or_default() += 1;
            truth.times.push(time(&event["at"]));
        }
        truth.times.sort_unstable();
        truth
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn share(part: u64, whole: u64) -> f64 {
    f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole.max(1)).unwrap())
}

fn check(name: &str, traffic: &str, said: Says) -> Result<(), String> {
    let report = json_of(&with(traffic), &[]);
    let summary = &report["summary"];
    let findings = report["findings"].as_array().unwrap();
    let attacks: Vec<&Value> = findings.iter().filter(|one| one["severity"] == "attack").collect();
    let state = match said {
        OneAttack | SeveralAttacks => "attacked",
        Outage => "attention",
        Quiet => "quiet",
    };
    if summary["state"] != state {
        return Err(format!("{state} is not {summary}"));
    }
    if said == Outage {
        says(summary, "what", "did not arrive");
    }
    if said != OneAttack {
        return Ok(());
    }
    let [attack] = &attacks[..] else { return Err(format!("{} attacks: {summary}", attacks.len())) };
    let truth = Truth::of(traffic, matches!(name, "settled-history" | "customers-turned-abusers"));
    if findings.first() != Some(*attack) {
        return Err("the attack is not the first finding".to_owned());
    }
    is_where_it_was(attack, &truth)?;
    is_as_much_as_it_was(attack, &truth)?;
    is_when_it_was(attack, &truth, time(&report["span"]["to"]))?;
    let begins = match share(truth.denied, truth.requests) {
        0.92.. => "an attack that the gate stopped: ",
        ..0.88 => "an attack: ",
        _ => "an attack",
    };
    let what = summary["what"].as_str().unwrap();
    if what.starts_with(begins) { Ok(()) } else { Err(format!("{begins:?} is not {what}")) }
}

/// That it names the countries of nearly all of its requests, and hardly any in which it was not.
fn is_where_it_was(attack: &Value, truth: &Truth) -> Result<(), String> {
    let place = &attack["place"];
    let several = place["countries"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let found: BTreeSet<&str> = several.chain(place["country"].as_str()).collect();
    let of_them = truth.countries.iter().filter(|(country, _)| found.contains(**country));
    let requests: u64 = of_them.map(|(_, count)| count).sum();
    let elsewhere = found.iter().filter(|country| !truth.countries.contains_key(**country)).count();
    if elsewhere * 10 > found.len() || share(requests, truth.requests) < 0.85 {
        return Err(format!("{found:?} are not {:?}", truth.countries));
    }
    Ok(())
}

/// That its requests are as many to 15 %, those denied to 5 points, the cost to a tenth or some messages.
fn is_as_much_as_it_was(attack: &Value, truth: &Truth) -> Result<(), String> {
    let [denied, requests] = ["count", "of"].map(|of| number(&attack["denied"][of]));
    let cost: f64 = attack["cost"]["EUR"].as_str().unwrap_or("0").parse().unwrap();
    let is_denied = share(denied, requests) - share(truth.denied, truth.requests);
    let found = format!("{denied} of {requests} for {cost} EUR");
    if (share(requests, truth.requests) - 1.0).abs() > 0.15
        || is_denied.abs() > 0.05
        || (cost - truth.cost).abs() > (truth.cost * 0.1).max(2.5)
    {
        return Err(format!("{found} is not {} of {} for {}", truth.denied, truth.requests, truth.cost));
    }
    Ok(())
}

/// That it begins and ends when it did, to 15 % of its time.
fn is_when_it_was(attack: &Value, truth: &Truth, end: Timestamp) -> Result<(), String> {
    let (from, to) = (truth.times[0], truth.times[truth.times.len() - 1]);
    let near = (to.duration_since(from) * 3 / 20).max(SignedDuration::from_mins(1));
    let found = [time(&attack["from"]), attack.get("to").map_or(end, time)];
    let is_near = |(found, is): (Timestamp, Timestamp)| found.duration_since(is).abs() <= near;
    if [(found[0], from), (found[1], to)].into_iter().all(is_near) {
        return Ok(());
    }
    Err(format!("{found:?} is not {from} to {to}"))
}

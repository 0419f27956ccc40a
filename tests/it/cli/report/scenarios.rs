//! The scenarios of the drill: an attack is found as one, where and when it was and with what it cost, and on
//! honest days nobody attacks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{json_of, says, with};
use crate::world::tool::Tool;

/// What the drill did, by what stands in its traffic: attackers come from addresses of their own.
#[derive(Default)]
struct Truth {
    cost: f64,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// The traffic of each scenario, when nobody stops it.
fn drilled(scenarios: &[&str], scale: &str) -> BTreeMap<String, String> {
    let tool = Tool::new();
    tool.write("none.toml", "schema = 1\ndefault = \"allow\"\n");
    let drill = ["policy", "drill", "none.toml", "--seed", "5", "--scale", scale, "--write", "all.jsonl"];
    tool.run(&[&drill[..], &["--scenario"], scenarios].concat()).exits(0);
    let mut by_scenario: BTreeMap<String, String> = BTreeMap::new();
    for line in std::fs::read_to_string(tool.file("all.jsonl")).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let name = event["app"].as_str().unwrap().strip_prefix("drill-").unwrap().to_owned();
        let text = by_scenario.entry(name).or_default();
        *text += line;
        *text += "\n";
    }
    assert_eq!(by_scenario.len(), scenarios.len());
    by_scenario
}

impl Truth {
    /// Where an attacker makes himself trusted first, what that took is not of the attack.
    fn of(traffic: &str, has_bait: bool) -> Self {
        let events = || traffic.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let id = |event: &Value| event["event"]["id"].as_str().unwrap().to_owned();
        let is_verified = |event: &Value| event["event"]["status"] == "SUCCESSFUL";
        let bait: BTreeSet<String> =
            events().filter(|event| has_bait && is_verified(event)).map(|event| id(&event)).collect();
        let mut seen = BTreeSet::new();
        let mut truth = Self::default();
        for event in events() {
            let custom = event["event"]["custom"].as_str().unwrap_or_default();
            let is_attack = custom.contains(r#""198."#) && event["event"]["price"].is_object();
            if !is_attack || bait.contains(&id(&event)) || !seen.insert(id(&event)) {
                continue;
            }
            let at: Timestamp = event["at"].as_str().unwrap().parse().unwrap();
            truth.cost += event["event"]["price"]["amount"].as_f64().unwrap();
            truth.from = Some(truth.from.map_or(at, |from| from.min(at)));
            truth.to = Some(truth.to.map_or(at, |to| to.max(at)));
        }
        truth
    }
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// That one attack is found, in these countries or in at least that number.
#[track_caller]
fn check(name: &str, traffic: &str, countries: &[&str], at_least: usize) {
    let truth = Truth::of(traffic, matches!(name, "settled-history" | "customers-turned-abusers"));
    let report = json_of(&with(traffic), &[]);
    let findings: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|one| one["severity"] == "attack").collect();
    let [finding] = &findings[..] else { panic!("{name}: {findings:#?}") };
    let place = &finding["place"];
    let mut found: Vec<&str> =
        place["countries"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    found.extend(place["country"].as_str());
    found.sort_unstable();
    if countries.is_empty() {
        assert!(found.len() >= at_least, "{name}: {found:?}");
    } else {
        assert_eq!(found, countries, "{name}");
    }
    let cost: f64 = finding["cost"]["EUR"].as_str().unwrap().parse().unwrap();
    assert!((cost / truth.cost - 1.0).abs() < 0.1, "{name}: {cost} EUR of {} EUR", truth.cost);
    let (from, to) = (truth.from.unwrap(), truth.to.unwrap());
    let end = finding.get("to").unwrap_or(&report["span"]["to"]);
    // An hour, or a twentieth of a long one.
    let near = SignedDuration::from_hours(1).max(to.duration_since(from) / 20);
    for (found, is) in [(time(&finding["from"]), from), (time(end), to)] {
        assert!(found.duration_since(is).abs() <= near, "{name}: {found}, and it was at {is}");
    }
    assert_eq!(report["summary"]["state"], "attacked", "{name}");
    says(&report["summary"], "what", "an attack: ");
}

fn all_are_found(expected: &[(&str, &[&str], usize)], scale: &str) {
    let names: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
    let traffic = drilled(&names, scale);
    for (name, countries, at_least) in expected {
        check(name, &traffic[*name], countries, *at_least);
    }
}

#[test]
fn concentrated_attacks_are_found() {
    all_are_found(
        &[
            ("sequence", &["UZ"], 1),
            ("shuffled-block", &["UZ"], 1),
            ("three-minute-burst", &["MM"], 1),
            ("resend-loop", &["LK"], 1),
            ("duplicates", &["UZ"], 1),
            ("expensive-calls", &["AL", "LV", "MD", "MV", "SO"], 5),
        ],
        "0.1",
    );
}

#[test]
fn attacks_that_are_spread_are_found() {
    all_are_found(
        &[
            ("price-jump", &["GH"], 1),
            ("many-countries", &[], 50),
            ("home-market", &["GB"], 1),
            ("rotating-below-limits", &["ID"], 1),
            ("faked-15", &["PK"], 1),
            ("faked-60", &["BD"], 1),
        ],
        "0.1",
    );
}

#[test]
fn slow_attacks_and_those_that_adapt_are_found() {
    all_are_found(
        &[
            ("slow-same-blocks", &[], 35),
            ("slow-spread", &[], 30),
            ("settled-history", &[], 8),
            ("customers-turned-abusers", &[], 5),
        ],
        "0.2",
    );
}

#[test]
fn on_honest_days_nobody_attacks() {
    let quiet =
        ["launch-spike", "quiet-country", "cold-start", "campus", "returning-customers", "method-fallback"];
    let mut scenarios = quiet.to_vec();
    scenarios.push("carrier-outage");
    for (name, traffic) in drilled(&scenarios, "0.2") {
        let report = json_of(&with(&traffic), &[]);
        let expected = if name == "carrier-outage" { "attention" } else { "quiet" };
        assert_eq!(report["summary"]["state"], expected, "{name}: {}", report["findings"]);
    }
}

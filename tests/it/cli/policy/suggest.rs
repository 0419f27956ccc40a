//! `policy suggest`, on made traffic: people of four markets over three weeks, a few from abroad, and an
//! attack on a block of ten thousand numbers.

mod written;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::tool::{Run, Tool};

const APP: &str = "669E367E-6BBA-48AB-AF15-266871C28135";

/// Where people are, as numbers without their last six digits.
const MARKETS: [&str; 4] = ["+46701", "+447900", "+1201555", "+33612"];

/// How traffic is made.
#[derive(Clone, Copy)]
struct Made {
    seed: u64,
    days: u32,
    /// Requests of people a day.
    people: u32,
    /// Requests of the attack, on the middle day.
    attack: u32,
    currency: &'static str,
}

const USUAL: Made = Made { seed: 1, days: 21, people: 24, attack: 200, currency: "EUR" };

/// The events of a verification, as `outcome export` writes them.
fn verification(
    lines: &mut Vec<(Timestamp, Value)>,
    at: Timestamp,
    number: &str,
    status: &str,
    price: Value,
) {
    let id = format!("v{}", lines.len());
    let identity = json!({ "type": "number", "endpoint": number });
    let request = json!({
        "id": id, "event": "VerificationRequestEvent", "method": "sms", "identity": identity, "price": price,
        "reference": format!("order-{id}"),
    });
    let result = json!({
        "id": id, "event": "VerificationResultEvent", "method": "sms", "identity": identity, "status": status,
    });
    lines.push((at, request));
    lines.push((at + SignedDuration::from_secs(20), result));
}

impl Made {
    fn traffic(self) -> String {
        let mut dice = fastrand::Rng::with_seed(self.seed);
        let begin: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
        let mut lines = Vec::new();
        let price = |amount: f64| json!({ "currencyId": self.currency, "amount": amount });
        for day in 0..i64::from(self.days) {
            for _ in 0..self.people {
                let at = begin + SignedDuration::from_secs(day * 86_400 + dice.i64(0..80_000));
                let place = if dice.u8(..20) == 0 { "+998901" } else { dice.choice(MARKETS).unwrap() };
                let digits = if place == "+1201555" { dice.u32(..10_000) } else { dice.u32(..1_000_000) };
                let width = if place == "+1201555" { 4 } else { 6 };
                let number = format!("{place}{digits:0width$}");
                // Some need two attempts, and some never get through.
                if dice.u8(..8) == 0 {
                    verification(&mut lines, at, &number, "FAIL", price(0.05));
                }
                let status = if dice.u8(..12) == 0 { "FAIL" } else { "SUCCESSFUL" };
                let again = at + SignedDuration::from_secs(60);
                verification(&mut lines, again, &number, status, price(0.05));
            }
        }
        for n in 0..i64::from(self.attack) {
            let at = begin + SignedDuration::from_secs(i64::from(self.days / 2) * 86_400 + 36_000 + 9 * n);
            let number = format!("+99893394{:04}", dice.u32(..10_000));
            verification(&mut lines, at, &number, "FAIL", price(0.21));
        }
        lines.sort_by_key(|(at, _)| *at);
        let line = |(at, event): &(Timestamp, Value)| {
            format!("{}\n", json!({ "at": at.to_string(), "app": APP, "event": event }))
        };
        lines.iter().map(line).collect()
    }
}

fn analyst(made: Made) -> Tool {
    let tool = Tool::new();
    tool.write("traffic.jsonl", &made.traffic());
    tool
}

fn suggest(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["policy", "suggest", "--traffic", "traffic.jsonl"], arguments].concat())
}

/// The policy that is suggested, which has no mistakes and keeps its promise over the same traffic.
fn suggested(tool: &Tool, max_harm: &str) -> String {
    let text = suggest(tool, &["--max-harm", max_harm]).exits(0).says_nothing().stdout;
    tool.write("suggested.toml", &text);
    tool.run(&["policy", "check", "suggested.toml"]).exits(0).says("rules, no mistakes\n");
    let backtest = ["policy", "backtest", "suggested.toml", "--traffic", "traffic.jsonl", "--quick"];
    tool.run(&[&backtest[..], &["--max-harm", max_harm]].concat()).exits(0);
    text
}

#[test]
fn a_suggested_policy_stays_within_its_bound_over_the_same_traffic() {
    for seed in 1..=2 {
        let tool = analyst(Made { seed, days: 15, ..USUAL });
        for max_harm in ["0%", "2%"] {
            suggested(&tool, max_harm);
        }
    }
}

#[test]
fn an_attack_is_stopped_by_what_is_suggested() {
    let tool = analyst(USUAL);
    suggested(&tool, "0.5%");
    let backtest = ["policy", "backtest", "suggested.toml", "--traffic", "traffic.jsonl", "--json"];
    let report = &tool.run(&backtest).json()[0];
    let of = |part: &str| report[part]["unverified_spend"]["EUR"].as_str().unwrap().parse::<f64>().unwrap();
    // The attack costs 42 EUR.
    assert!(of("denied") > 0.9 * 42.0, "{} of {}", of("denied"), of("all"));
}

#[test]
fn a_rule_that_nobody_is_under_only_watches() {
    let tool = analyst(USUAL);
    let report = suggest(&tool, &["--json"]).exits(0).json().remove(0);
    let rules = report["rules"].as_array().unwrap();
    let known = rules.iter().find(|rule| rule["rule"] == "known-unverified").unwrap();
    let why = known["watches"].as_str().unwrap();
    assert!(why.contains("verified again after they had verified, and it takes 30"), "{why}");
    let text = report["text"].as_str().unwrap().replace("\n# ", " ");
    assert!(text.contains("All who verified stayed within 3, the lowest limit that was tried."), "{text}");
}

#[test]
fn what_comes_before_from_fills_the_counters_of_what_is_suggested() {
    let tool = analyst(USUAL);
    let from = ["--from", "2026-09-11", "--json"];
    let report = suggest(&tool, &from).exits(0).json().remove(0);
    let all = suggest(&tool, &["--json"]).exits(0).json().remove(0);
    let of = |report: &Value| report["turned_away"]["of"].as_u64().unwrap();
    assert!(of(&report) * 3 < of(&all) * 2, "{} of {}", of(&report), of(&all));
    assert_eq!(report["traffic"]["not_wanted"], 0);
    let text = report["text"].as_str().unwrap();
    assert!(text.contains("from 2026-09-11T"), "{text}");
}

#[test]
fn faked_successes_make_no_market_and_no_people() {
    let tool = Tool::new();
    tool.write("none.toml", "schema = 1\ndefault = \"allow\"\n");
    let drill = |policy: &str, more: &[&str]| {
        let drill = ["policy", "drill", policy, "--scenario", "faked-60", "--scale", "0.2", "--json"];
        tool.run(&[&drill[..], more].concat()).exits(0).json().remove(0)
    };
    drill("none.toml", &["--write", "traffic.jsonl"]);
    let suggested = suggest(&tool, &["--output", "suggested.toml", "--json"]).exits(0).json().remove(0);
    let gaps = suggested["gaps"].to_string();
    assert!(gaps.contains("verifications look faked"), "{gaps}");
    let outcome = drill("suggested.toml", &[]);
    let stopped = outcome["scenarios"][0]["stopped"].as_f64().unwrap();
    assert!(stopped > 0.5, "{outcome} of {suggested}");
}

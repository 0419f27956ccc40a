//! `policy drill`.

use serde_json::json;
use sinch_gate::drill::all;

use crate::documented_commands::blocks;
use crate::world::tool::{Tool, read};

const POLICY: &str = r#"schema = 1
default = "allow"

[[rules]]
id = "block"
verdict = "deny"
quota = { per = "block:3", limit = 3, window = "1d", release = "verified" }
"#;

fn analyst() -> Tool {
    let tool = Tool::new();
    tool.write("policy.toml", POLICY);
    tool
}

#[test]
fn the_document_shows_what_the_command_prints() {
    let document = read("docs/drill.md");
    let command = blocks(&document, "sh").into_iter().find(|block| block.contains("--scale")).unwrap();
    let shown = blocks(&document, "text").into_iter().next().unwrap();
    let printed = Tool::new().run_line(&command).exits(0).stdout;
    assert_eq!(printed.trim_end(), shown, "docs/drill.md shows something else than\n{printed}");
}

#[test]
fn the_strict_policy_has_no_mistakes_and_stops_what_the_starter_only_watches() {
    let tool = Tool::new();
    tool.write("strict.toml", &read("docs/strict.toml"));
    tool.run(&["policy", "check", "strict.toml"]).exits(0).says("no mistakes");
    let stopped = |policy: &[&str]| {
        let scenario = ["--scenario", "price-jump", "--scale", "0.05", "--json"];
        let run = tool.run(&[&["policy", "drill"], policy, &scenario[..]].concat()).exits(0);
        run.json()[0]["scenarios"][0]["stopped"].as_f64().unwrap()
    };
    assert!(stopped(&[]) < 0.1);
    assert!(stopped(&["strict.toml"]) > 0.9);
}

#[test]
fn what_is_written_is_decided_alike_by_a_backtest() {
    let tool = analyst();
    let drill = ["policy", "drill", "policy.toml", "--scenario", "sequence", "duplicates", "--scale", "0.02"];
    tool.run(&[&drill[..], &["--write", "traffic.jsonl"]].concat()).exits(0);
    let written = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    let is_denied = |line: &&str| line.contains("\"verdict\":\"deny\"");
    let mut denied: Vec<&str> =
        written.lines().filter(is_denied).map(|line| line.split("\"id\":\"").nth(1).unwrap()).collect();
    denied.sort_unstable();
    denied.dedup_by_key(|line| line.split('"').next().unwrap().to_owned());
    let backtest = ["policy", "backtest", "policy.toml", "--traffic", "traffic.jsonl", "--quick", "--json"];
    let report = tool.run(&backtest).exits(0).json().remove(0);
    assert_eq!(report["denied"]["requests"], json!(denied.len()));
    assert_eq!(report["traffic"]["broken"], json!(0));
    assert_eq!(report["traffic"]["out_of_order"], json!(0));
    assert_eq!(report["turned_away"]["count"], json!(0));
}

#[test]
fn people_of_recorded_traffic_come_in_the_place_of_simulated_ones() {
    let tool = analyst();
    let cold = ["policy", "drill", "policy.toml", "--scenario", "cold-start", "--scale", "0.02", "--json"];
    let simulated = tool.run(&[&cold[..], &["--write", "people.jsonl"]].concat()).exits(0).json().remove(0);
    let verified = simulated["scenarios"][0]["lost"]["of"].as_u64().unwrap();
    let again = tool.run(&[&cold[..], &["--people", "people.jsonl"]].concat()).exits(0).json().remove(0);
    assert_eq!(again["scenarios"][0]["lost"]["of"].as_u64().unwrap(), verified);
    tool.write("empty.jsonl", "");
    let run = tool.run(&[&cold[..], &["--people", "empty.jsonl"]].concat());
    run.exits(1).says("there is no request in the traffic");
}

#[test]
fn every_scenario_is_listed_with_its_source() {
    let shown = Tool::new().run(&["policy", "drill", "--list"]).exits(0).stdout;
    for scenario in all() {
        assert!(shown.contains(&format!("{} ({})", scenario.name, scenario.kind.name())), "{shown}");
        assert!(shown.contains(scenario.source), "{} has no source in\n{shown}", scenario.name);
    }
}

#[test]
fn a_name_that_is_not_a_scenario_is_answered_with_a_similar_one() {
    let tool = analyst();
    let run = tool.run(&["policy", "drill", "policy.toml", "--scenario", "sequense"]);
    run.exits(1).says("did you mean `sequence`?");
    tool.run(&["policy", "drill", "policy.toml", "--scale", "0"]).exits(1).says("from 0.001 to 100");
    tool.run(&["policy", "drill", "nowhere.toml"]).exits(1).says("cannot read nowhere.toml");
}

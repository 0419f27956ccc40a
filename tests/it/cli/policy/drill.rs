//! `policy drill`.

use serde_json::{Value, json};
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
fn the_documents_show_what_their_command_prints() {
    for file in ["docs/drill.md", "README.md"] {
        let document = read(file);
        let blocks_of = |language| blocks(&document, language).join("\n");
        let commands = blocks_of("sh").replace("cargo run --", "sinch-gate");
        let command = commands.lines().find(|line| line.contains("--scale")).unwrap();
        let printed = Tool::new().run_line(command).exits(0).stdout;
        // The README shows the table alone.
        let (_, table) = printed.split_once("\n\n").unwrap();
        let table = if file == "README.md" { table.split("\n\n").next().unwrap() } else { &printed };
        assert!(blocks_of("text").contains(table.trim_end()), "{file} shows something else than\n{printed}");
    }
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
fn stories_that_are_written_say_which_rule_decided_and_otherwise_what_callbacks_say() {
    let tool = analyst();
    let drill = ["policy", "drill", "policy.toml", "--scenario", "sequence", "duplicates", "--scale", "0.05"];
    tool.run(&[&drill[..], &["--write", "callbacks.jsonl"]].concat()).exits(0);
    let stories = ["--write", "stories.jsonl", "--stories", "--json"];
    let drilled = tool.run(&[&drill[..], &stories].concat()).exits(0).json().remove(0);
    let denied: u64 = drilled["scenarios"].as_array().unwrap().iter().map(denied_by_block).sum();
    let of_file = |command: &[&str], file| {
        let run = tool.run(&[command, &["--traffic", file, "--json"]].concat());
        let mut said = run.exits(0).json().remove(0);
        (said["rules"].take(), said)
    };
    let report = |file| of_file(&["report", "--policy", "policy.toml"], file);
    let ((unknown, of_callbacks), (rules, of_stories)) = (report("callbacks.jsonl"), report("stories.jsonl"));
    assert!(denied > 0 && unknown[0]["name"] == "unknown", "{unknown}");
    assert_eq!(rules[0]["name"], json!("block"));
    assert_eq!(rules[0]["denied"], json!(denied), "{rules}");
    for part in ["span", "totals", "countries", "time_to_verify"] {
        assert_eq!(of_callbacks[part], of_stories[part], "{part}");
        assert!(!of_stories[part].is_null(), "{part}");
    }
    let backtest = |file| of_file(&["policy", "backtest", "policy.toml", "--quick"], file);
    let (of_callbacks, of_stories) = (backtest("callbacks.jsonl"), backtest("stories.jsonl"));
    assert_eq!((of_callbacks.0, &of_callbacks.1["all"]), (of_stories.0, &of_stories.1["all"]));
    tool.run(&[&drill[..], &["--stories"]].concat()).exits(1).says("--write");
}

#[test]
fn the_commands_that_write_stories_work_as_they_are_documented() {
    let tool = analyst();
    let commands = blocks(&read("docs/drill.md"), "sh").join("\n");
    let commands: Vec<&str> = commands.lines().filter(|line| line.contains("stories.jsonl")).collect();
    let [drill, report] = commands[..] else { panic!("{commands:?}") };
    tool.run_line(drill).exits(0);
    tool.run_line(report).exits(0).shows("block");
}

/// What the rule `block` denied of an attack.
fn denied_by_block(scenario: &Value) -> u64 {
    let rules = scenario["rules"].as_array().unwrap();
    let of_block = rules.iter().filter(|hits| hits["rule"] == "block");
    of_block.map(|hits| hits["attack_denied"].as_u64().unwrap()).sum()
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

#[test]
fn a_scenario_that_is_named_twice_is_played_once() {
    let drill =
        ["policy", "drill", "--scenario", "cold-start", "--scenario", "cold-start", "--scale", "0.02"];
    let report = Tool::new().run(&[&drill[..], &["--json"]].concat()).json().remove(0);
    assert_eq!(report["scenarios"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_written_is_in_the_order_of_time_however_scenarios_are_named() {
    let tool = analyst();
    let drill = ["policy", "drill", "--scenario", "duplicates", "slow-over-weeks", "sequence", "cold-start"];
    tool.run(&[&drill[..], &["--scale", "0.02", "--write", "traffic.jsonl"]].concat()).exits(0);
    let backtest = ["policy", "backtest", "policy.toml", "--traffic", "traffic.jsonl", "--quick", "--json"];
    let report = tool.run(&backtest).exits(0).json().remove(0);
    assert_eq!(report["traffic"]["out_of_order"], json!(0));
}

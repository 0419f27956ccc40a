//! What a backtest must not do: destroy what it reads, or pass where it tried nothing.

use serde_json::json;

use super::{analyst, backtest};
use crate::world::tool::Tool;

#[test]
fn a_file_that_is_there_is_not_written_over() {
    let tool = analyst();
    let before = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    backtest(&tool, &["--traffic", "traffic.jsonl", "--decisions", "traffic.jsonl"])
        .exits(1)
        .says("traffic.jsonl exists and stays as it is");
    assert_eq!(std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap(), before);
    let drill = ["policy", "drill", "policy.toml", "--scenario", "sequence", "--scale", "0.01"];
    tool.run(&[&drill[..], &["--write", "policy.toml"]].concat())
        .exits(1)
        .says("policy.toml exists and stays as it is");
}

#[test]
fn a_bound_on_harm_is_not_met_by_traffic_in_which_nobody_verified() {
    let tool = analyst();
    tool.write("empty.jsonl", "");
    let wrong = ["empty.jsonl", "policy.toml"];
    for file in wrong {
        backtest(&tool, &["--traffic", file]).exits(0);
        backtest(&tool, &["--traffic", file, "--max-harm", "0.5%"])
            .exits(2)
            .says("nobody who verified is in");
    }
    backtest(&tool, &["--traffic", "traffic.jsonl", "--app", "other", "--max-harm", "100%"]).exits(2);
}

#[test]
fn a_policy_of_a_table_needs_a_table() {
    backtest(&analyst(), &["--traffic", "traffic.jsonl", "--against", "active"])
        .exits(1)
        .says("--against names a policy of a table")
        .says("hint: name it with --data FILE or --table NAME");
}

#[test]
fn a_line_that_is_too_long_is_one_line() {
    let tool = analyst();
    let traffic = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    tool.write("long.jsonl", &format!("{}\nbroken\n{traffic}", "x".repeat(9 << 20)));
    let broken = broken_lines(&tool, "traffic.jsonl");
    assert_eq!(broken_lines(&tool, "long.jsonl"), broken + 2);
    backtest(&tool, &["--traffic", "long.jsonl"]).exits(0).shows("long.jsonl:2: not a JSON object");
}

fn broken_lines(tool: &Tool, file: &str) -> u64 {
    let run = backtest(tool, &["--traffic", file, "--format", "json"]).exits(0);
    run.json()[0]["traffic"]["broken"].as_u64().unwrap()
}

#[test]
fn what_the_gates_of_a_table_note_of_themselves_is_no_traffic() {
    let tool = analyst();
    let item = json!({ "pk": { "S": "REF#*#gates" }, "sk": { "S": "SERVED" }, "form": { "S": "plain" } });
    let traffic = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    let whole: String = traffic.lines().take(2).map(|line| format!("{line}\n")).collect();
    tool.write("export.jsonl", &format!("{}\n{whole}", json!({ "Item": item })));
    backtest(&tool, &["--traffic", "export.jsonl", "--strict"]).exits(0);
}

//! `policy backtest`, on traffic written by hand.
//!
//! `backtest/traffic.jsonl` is 13 requests whose figures can be recounted:
//!
//! - People who verify: A (`a1`, `a3`; `a2` fails between them), B (`b1`), and C (`c1`), whose number is in
//!   the block that is attacked. Of A's three requests on one day the third is beyond `per-number`; C comes
//!   when the block is full. So 2 of 3 people are turned away.
//! - The attack: `u1` to `u5` for 0.10 EUR each, of which the block takes three. So 0.20 of its 0.50 EUR is
//!   stopped, and `a2` cost 0.05 EUR unverified: 0.20 of 0.55 EUR.
//! - `d1` was denied then, `e1` was not charged and is what `no-calls` would deny, `f1` has no price and no
//!   result.
//! - Besides: a copy of `a1`, a result of nothing, an event of the future, a line that broke off, and a
//!   masked number.

mod applications;
mod beside;
mod hashed;
mod lists;
mod refusals;
mod sources;
mod span;

use std::io::Write as _;

use serde_json::{Value, json};

use crate::world::tool::{Run, Tool, read};

const TRAFFIC: &str = "tests/it/cli/policy/backtest/traffic.jsonl";

const POLICY: &str = r#"schema = 1
default = "allow"

[[rules]]
id = "no-calls"
verdict = "deny"
mode = "monitor"
when.method = ["callout"]

[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 2, window = "1d" }

[[rules]]
id = "block"
verdict = "deny"
quota = { per = "block:3", limit = 3, window = "1d", release = "verified" }
"#;

fn analyst() -> Tool {
    let tool = Tool::new();
    tool.write("policy.toml", POLICY);
    tool.write("traffic.jsonl", &read(TRAFFIC));
    tool
}

fn backtest(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["policy", "backtest", "policy.toml"], arguments].concat())
}

#[test]
fn every_figure_of_a_report_can_be_recounted() {
    let run = backtest(&analyst(), &["--traffic", "traffic.jsonl"]).exits(0);
    let expected = read("tests/it/cli/policy/backtest/report.txt");
    assert_eq!(run.stdout, expected, "{run}");
}

#[test]
fn json_has_the_same_figures() {
    let run =
        backtest(&analyst(), &["--traffic", "traffic.jsonl", "--format", "json"]).exits(0).says_nothing();
    let report = &run.json()[0];
    let counts = |part: &Value| {
        let names = ["requests", "verified", "unverified", "unheard", "uncharged", "denied_then"];
        names.map(|name| part[name].as_u64().unwrap())
    };
    assert_eq!(counts(&report["all"]), [13, 4, 6, 1, 1, 1]);
    assert_eq!(counts(&report["denied"]), [4, 2, 2, 0, 0, 0]);
    assert_eq!(report["all"]["spend"], json!({ "EUR": "0.8" }));
    assert_eq!(report["denied"]["spend"], json!({ "EUR": "0.35" }));
    assert_eq!(report["unverified_spend_stopped"], json!({ "EUR": "0.2" }));
    assert_eq!(report["cost_per_verified_before"], json!({ "EUR": "0.2" }));
    assert_eq!(report["cost_per_verified_after"], json!({ "EUR": "0.225" }));
    assert_eq!([&report["turned_away"]["count"], &report["turned_away"]["of"]], [2, 3]);
    let rules = report["rules"].as_array().unwrap().iter().map(|rule| {
        json!([
            rule["rule"],
            rule["does"],
            rule["hits"]["requests"],
            rule["hits"]["verified"],
            rule["caught_otherwise"],
            rule["adds_spend_stopped"],
            rule["adds_verified_denied"]
        ])
    });
    let expected = [
        json!(["no-calls", "would deny", 1, 0, null, null, null]),
        // Without it the third request of A is allowed, which then verifies.
        json!(["per-number", "deny", 1, 1, 0, { "EUR": "0" }, 1]),
        json!(["block", "deny", 3, 1, 0, { "EUR": "0.2" }, 1]),
    ];
    assert_eq!(rules.collect::<Vec<_>>(), expected);
    // C never gets through; A does once.
    let worst: Vec<&Value> =
        report["worst"].as_array().unwrap().iter().map(|case| &case["reference"]).collect();
    assert_eq!(worst, ["order-c1", "a3"]);
    let caveats = &report["caveats"];
    for (name, n) in [
        ("denied_then", 1),
        ("denied_then_and_allowed", 1),
        ("unheard", 1),
        ("repeats", 1),
        ("results_without_request", 1),
        ("results_before_request", 0),
        ("without_price", 1),
        ("hashed", 0),
    ] {
        assert_eq!(caveats[name], n, "{name}");
    }
    let traffic = &report["traffic"];
    assert_eq!(traffic["unknown_events"], json!({ "VerificationEventOfTheFuture": 1 }));
    assert_eq!([&traffic["broken"], &traffic["masked"], &traffic["out_of_order"]], [1, 1, 0]);
}

#[test]
fn too_much_harm_is_an_exit_code() {
    let tool = analyst();
    let harm = |most: &str| backtest(&tool, &["--traffic", "traffic.jsonl", "--quick", "--max-harm", most]);
    harm("66.6%").exits(2).says("66.7 % of people who verified is more than --max-harm 66.6 %");
    harm("66.7%").exits(0);
    harm("two").exits(1).says("write a share with its sign");
    // Half of all, where half a percent was meant.
    harm("0.5").exits(1).says("such as 0.5%");
}

#[test]
fn a_policy_is_compared_with_another_over_the_same_traffic() {
    let tool = analyst();
    tool.write("old.toml", &POLICY.replace("limit = 3", "limit = 1"));
    let run = backtest(&tool, &["--traffic", "traffic.jsonl", "--quick", "--against", "old.toml"]).exits(0);
    // Four of the attack, since it takes one; A's and C's as before.
    run.shows("old.toml would have stopped 0.40 EUR of it, and turned away 2 of 3 (66.7 %).");
    // It needs no table, unlike a version.
    backtest(&tool, &["--traffic", "traffic.jsonl", "--against", "v3"]).exits(1).says("--data FILE");
}

#[test]
fn with_no_rules_nothing_is_stopped_and_with_denial_everything_is() {
    let tool = analyst();
    let sentences = |policy: &str| {
        tool.write("policy.toml", policy);
        let run = backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0);
        run.stdout.lines().take(2).map(ToOwned::to_owned).collect::<Vec<_>>().join(" ")
    };
    let none = sentences("schema = 1\ndefault = \"allow\"\n");
    assert!(none.contains("stopped nothing of 0.55 EUR"), "{none}");
    assert!(none.contains("turned away 0 of 3"), "{none}");
    let all = sentences("schema = 1\ndefault = \"deny\"\n");
    assert!(all.contains("stopped 0.55 EUR of 0.55 EUR of unverified spend (100.0 %)"), "{all}");
    assert!(all.contains("turned away 3 of 3"), "{all}");
}

#[test]
fn traffic_may_be_compressed_in_several_files_in_a_folder_or_on_standard_input() {
    let tool = analyst();
    let expected = backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0).stdout;
    let text = read(TRAFFIC);
    // Where a line that broke off stands is reported.
    let same =
        |run: &Run, name: &str| assert_eq!(run.stdout.replace(name, "traffic.jsonl:29"), expected, "{run}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    std::fs::write(tool.file("traffic.gz"), gzip.finish().unwrap()).unwrap();
    same(&backtest(&tool, &["--traffic", "traffic.gz"]), "traffic.gz:29");
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let zstd = ruzstd::encoding::compress_to_vec(text.as_bytes(), level);
    std::fs::write(tool.file("traffic.zst"), zstd).unwrap();
    same(&backtest(&tool, &["--traffic", "traffic.zst"]), "traffic.zst:29");
    let stdin = tool.run_on(&text, &["policy", "backtest", "policy.toml", "--traffic", "-"]);
    same(&stdin, "standard input:29");
    std::fs::create_dir(tool.file("folder")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    tool.write("folder/1.jsonl", &lines[..20].join("\n"));
    tool.write("folder/2.jsonl", &lines[20..].join("\n"));
    tool.write("folder/manifest-summary.json", "{}");
    same(&backtest(&tool, &["--traffic", "folder"]), "folder/2.jsonl:9");
}

#[test]
fn lines_out_of_order_are_put_into_order_within_an_hour() {
    let tool = analyst();
    let expected = backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0).stdout;
    let text = read(TRAFFIC);
    let mut lines: Vec<&str> = text.lines().collect();
    // Within the hour from nine o'clock on.
    lines[..15].reverse();
    tool.write("traffic.jsonl", &lines.join("\n"));
    backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0).prints(&expected);
    // The first request comes last, two hours late.
    let first = lines.remove(14);
    lines.push(first);
    tool.write("traffic.jsonl", &lines.join("\n"));
    let run = backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0);
    run.shows("1 event more than 1h out of order");
}

#[test]
fn a_broken_line_ends_a_strict_backtest() {
    let run = backtest(&analyst(), &["--traffic", "traffic.jsonl", "--strict"]).exits(1);
    run.says("traffic.jsonl:29: not a JSON object").says("hint: fix the line");
}

#[test]
fn traffic_without_a_request_says_so() {
    let tool = analyst();
    tool.write("traffic.jsonl", "");
    backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0).shows("there is no request in the traffic");
    backtest(&tool, &[]).exits(1).says("hint: give --traffic FILE");
    backtest(&tool, &["--traffic", "nowhere.jsonl"]).exits(1).says("cannot read nowhere.jsonl");
}

#[test]
fn each_decision_is_a_line_where_it_is_asked_for() {
    let tool = analyst();
    backtest(&tool, &["--traffic", "traffic.jsonl", "--decisions", "decisions.jsonl"]).exits(0);
    let decisions = std::fs::read_to_string(tool.file("decisions.jsonl")).unwrap();
    let decisions: Vec<Value> = decisions.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(decisions.len(), 13);
    let c1 = decisions.iter().find(|line| line["id"] == "c1").unwrap();
    let expected = json!({
        "at": "2026-10-01T09:40:00Z", "app": "669E367E-6BBA-48AB-AF15-266871C28135", "id": "c1",
        "reference": "order-c1", "verdict": "deny", "rule": "block",
    });
    assert_eq!(*c1, expected);
    let e1 = decisions.iter().find(|line| line["id"] == "e1").unwrap();
    assert_eq!([&e1["verdict"], &e1["would_deny"][0]], ["allow", "no-calls"]);
}

#[test]
fn what_the_default_denies_is_a_row_of_its_own() {
    let tool = analyst();
    let allowing = POLICY.replace("default = \"allow\"", "default = \"deny\"");
    tool.write("policy.toml", &allowing);
    let report = backtest(&tool, &["--traffic", "traffic.jsonl", "--json"]).exits(0).json().remove(0);
    let rules = report["rules"].as_array().unwrap();
    let hits = |rule: &Value| rule["hits"]["requests"].as_u64().unwrap();
    let of_default = rules.iter().find(|rule| rule["rule"] == "default").unwrap();
    assert_eq!((of_default["does"].as_str(), &of_default["hits"]["verified"]), (Some("deny"), &json!(4)));
    let denying = rules.iter().filter(|rule| rule["does"] == "deny");
    assert_eq!(denying.map(hits).sum::<u64>(), report["denied"]["requests"].as_u64().unwrap());
    backtest(&tool, &["--traffic", "traffic.jsonl"]).shows("default      deny         13     4");
}

#[test]
fn a_rule_that_denies_nothing_adds_nothing() {
    let tool = analyst();
    tool.write("policy.toml", &POLICY.replace("limit = 2", "limit = 100"));
    let report = backtest(&tool, &["--traffic", "traffic.jsonl", "--json"]).exits(0).json().remove(0);
    let rule = report["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "per-number").unwrap();
    let adds = ["caught_otherwise", "adds_spend_stopped", "adds_verified_denied"].map(|name| &rule[name]);
    assert_eq!(adds, [&json!(0), &json!({ "EUR": "0" }), &json!(0)]);
}

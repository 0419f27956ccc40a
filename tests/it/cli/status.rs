//! `status`.

use jiff::SignedDuration;
use serde_json::json;
use sinch_gate::clock;

use super::recorded::{allowed, denied, tool_with};
use crate::world::tool::Tool;

/// An hour with an attack in it, and a story of the hour before.
fn an_hour() -> Tool {
    let ago = |minutes| clock::now() - SignedDuration::from_mins(minutes);
    tool_with(&[
        allowed("1", ago(50)).ending(30, "SUCCESSFUL", None),
        allowed("2", ago(40)).ending(300, "FAIL", Some("Expired")),
        allowed("3", ago(30)).ending(60, "ABORTED", None),
        denied("4", ago(20)),
        denied("5", ago(10)),
        allowed("0", ago(70)),
    ])
}

fn without_times(text: &str) -> String {
    let is_time = |word: &str| word.trim_end_matches(',').parse::<jiff::Timestamp>().is_ok();
    let line = |line: &str| {
        line.split(' ').map(|word| if is_time(word) { "TIME" } else { word }).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn the_last_hour_is_told_at_a_glance() {
    let run = an_hour().run(&["status", "--data", "gate.db"]).exits(0).says_nothing();
    let expected = "\
TIME to TIME
  requests     5
  allowed      3
  denied       2: number-range 2
  conversion   50.0 % (1 of 2)
  spend        0.1359 EUR
  monitored    pumping-guard 2
  decided by   v3 5
  in force     the starter policy

country   requests   denied   conversion
";
    assert!(without_times(&run.stdout).starts_with(expected), "{run}");
    for row in [
        "SE        3          0        50.0 % (1 of 2)",
        "+998993941*   2          2        none ended",
        "10 of 10",
    ] {
        assert!(run.stdout.contains(row), "{row} in {run}");
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let tool = an_hour();
    let report = tool.run(&["status", "--data", "gate.db", "--format", "json"]).exits(0).json().remove(0);
    assert_eq!(report["requests"], 5);
    assert_eq!(report["conversion"], 0.5);
    assert_eq!(report["spend"], json!({ "EUR": "0.1359" }));
    assert_eq!(report["denied_by"], json!([{ "name": "number-range", "count": 2 }]));
    assert_eq!(
        report["countries"][0],
        json!({ "name": "SE", "requests": 3, "denied": 0, "verified": 1, "ended": 2 })
    );
    assert_eq!(report["near_limit"][0]["denials"], 2);
    let longer = ["status", "--hours", "2", "--data", "gate.db", "--format", "json"];
    assert_eq!(tool.run(&longer).exits(0).json()[0]["requests"], 6);
    let another = ["status", "--app", "another", "--data", "gate.db", "--format", "json"];
    assert_eq!(tool.run(&another).exits(2).json()[0]["requests"], 0);
}

#[test]
fn the_policy_in_force_is_named() {
    let tool = tool_with(&[]);
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    tool.run(&["policy", "apply", "policy.toml", "-m", "all may pass", "--data", "gate.db"]).exits(0);
    tool.run(&["status", "--data", "gate.db"])
        .exits(0)
        .shows("  requests     0\n")
        .shows("  conversion   none ended\n")
        .shows("by tester: all may pass\n");
}

/// A gate's file with a policy whose money limit is in one currency, and a request whose price is in another.
fn with_two_currencies() -> Tool {
    let tool = Tool::new();
    let rule = "[[rules]]\nid = \"spend\"\nverdict = \"deny\"\n\
        quota = { per = \"country\", limit = \"1.00 EUR\", window = \"1d\" }\n";
    tool.write("policy.toml", &format!("schema = 1\ndefault = \"allow\"\n{rule}"));
    tool.run(&["policy", "apply", "policy.toml", "-m", "money", "--data", "gate.db"]).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for (id, price) in [("1", json!({"currencyId": "USD", "amount": 0.09})), ("2", json!(null))] {
        let mut event = crate::world::sinch::request(id, "+46701740605");
        event["price"] = price;
        tool.write("event.json", &event.to_string());
        tool.run(&["send", "event.json", "--url", &gate.url]).exits(0);
    }
    assert_eq!(gate.stop(), Some(0));
    tool
}

#[test]
fn a_money_limit_that_counted_nothing_is_named() {
    let tool = with_two_currencies();
    let run = tool.run(&["status", "--data", "gate.db"]).exits(0);
    let run = run.shows("uncounted    spend 1: the event has no price\n");
    run.shows("uncounted    spend 1: the event's price is in USD, the rule's in EUR\n");
    let report = tool.run(&["status", "--data", "gate.db", "--format", "json"]).exits(0).json().remove(0);
    let uncounted = report["uncounted"].as_array().unwrap();
    assert_eq!(uncounted.len(), 2, "{uncounted:?}");
    assert_eq!((&uncounted[0]["rule"], &uncounted[0]["count"]), (&"spend".into(), &1.into()));
}

#[test]
fn doctor_compares_the_currencies_of_money_limits_with_those_of_prices() {
    let run = with_two_currencies().run(&["doctor", "--data", "gate.db"]).exits(2);
    run.shows("`spend` limits EUR, and all prices of late are in USD, so it counts nothing");
}

//! A part of the traffic, before which the counters are filled.

use serde_json::{Value, json};

use super::{analyst, backtest};

#[test]
fn what_comes_before_from_fills_the_counters_and_is_not_counted() {
    let tool = analyst();
    let from = ["--traffic", "traffic.jsonl", "--from", "2026-10-01T10:00:00Z"];
    let run = backtest(&tool, &[&from[..], &["--format", "json"]].concat()).exits(0);
    let report = &run.json()[0];
    let counts = |part: &str| ["requests", "verified"].map(|name| report[part][name].as_u64().unwrap());
    // a2, a3, d1, e1 and f1; the third of A is denied, since the first came at nine.
    assert_eq!([counts("all"), counts("denied")], [[5, 1], [1, 1]], "{run}");
    assert_eq!([&report["turned_away"]["count"], &report["turned_away"]["of"]], [1, 1]);
    // Of nine o'clock there are a1, b1, u1 to u5 and c1; the copy of a1 is not counted either.
    let caveats = ["warm_up", "repeats", "results_without_request"].map(|name| &report["caveats"][name]);
    assert_eq!(caveats, [8, 0, 1]);
    assert_eq!(report["from"], "2026-10-01T10:00:00Z");
    let run = backtest(&tool, &[&from[..], &["--decisions", "decisions.jsonl"]].concat()).exits(0);
    let run = run.shows("8 requests before that only filled the counters");
    let decisions = std::fs::read_to_string(tool.file("decisions.jsonl")).unwrap();
    assert_eq!(decisions.lines().count(), 5, "{run}");
}

#[test]
fn what_a_result_says_after_the_span_still_labels_a_request_in_it() {
    let tool = analyst();
    let to = ["--traffic", "traffic.jsonl", "--to", "2026-10-01T09:00:10Z", "--json"];
    let run = backtest(&tool, &to).exits(0);
    let all = &run.json()[0]["all"];
    assert_eq!([&all["requests"], &all["verified"]], [1, 1], "{run}");
}

#[test]
fn a_clock_that_is_years_ahead_for_a_moment_takes_no_label_away() {
    let tool = analyst();
    let text = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    // B's request again, as of somebody else, ten years ahead of what stands around it.
    let ahead = lines[3].replace("2026-10-01T09:01:00Z", "2036-10-01T09:01:00Z");
    lines.insert(2, ahead.replace("b1", "z1").replace("+46701740606", "+46739999999"));
    tool.write("traffic.jsonl", &lines.join("\n"));
    let run = backtest(&tool, &["--traffic", "traffic.jsonl", "--json"]).exits(0);
    let report = &run.json()[0];
    let counts = |part: &str| ["requests", "verified"].map(|name| report[part][name].as_u64().unwrap());
    assert_eq!([counts("all"), counts("denied")], [[14, 4], [4, 2]], "{run}");
}

#[test]
fn a_clock_that_is_wrong_does_not_stretch_the_span_that_is_shown() {
    let tool = analyst();
    let text = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    let span = |report: &Value| [report["from"].clone(), report["to"].clone()];
    let usual =
        backtest(&tool, &["--traffic", "traffic.jsonl", "--quick", "--json"]).exits(0).json().remove(0);
    assert_eq!(
        [&usual["caveats"]["far_in_time"], &usual["caveats"]["far_such_as"]],
        [&json!(0), &Value::Null]
    );
    // A request as of somebody else, when a clock had just been switched on.
    let odd = text.lines().nth(3).unwrap().replace("2026-10-01T09:01:00Z", "1970-01-01T00:00:09Z");
    tool.write(
        "odd.jsonl",
        &format!("{}\n{text}", odd.replace("b1", "z1").replace("+46701740606", "+46739999999")),
    );
    let odd = |arguments: &[&str]| {
        backtest(&tool, &[&["--traffic", "odd.jsonl", "--quick"], arguments].concat()).exits(0)
    };
    let report = odd(&["--json"]).json().remove(0);
    assert_eq!(span(&report), span(&usual));
    assert_eq!(report["all"]["requests"], json!(14), "it is one of the requests all the same");
    assert_eq!(report["caveats"]["far_in_time"], json!(1));
    assert_eq!(report["caveats"]["far_such_as"], json!("1970-01-01T00:00:09Z"));
    odd(&[]).shows("1 event far from all others in time, such as at 1970-01-01T00:00:09Z");
    // Whoever asks for that time gets it.
    let asked = odd(&["--from", "1970-01-01", "--json"]).json().remove(0);
    assert_eq!(
        (&asked["from"], &asked["caveats"]["far_in_time"]),
        (&json!("1970-01-01T00:00:09Z"), &json!(0))
    );
}

//! Traffic of a gate that stores hashes of numbers.

use serde_json::{Value, json};
use sinch_gate::phone::{Country, PhoneNumber};

use super::{TRAFFIC, analyst, backtest};
use crate::world::tool::{Tool, read};

/// The traffic, with each number hashed; a line says what is known of it.
fn hashed(has_blocks: bool) -> String {
    let text = read(TRAFFIC);
    let lines = text.lines().map(|line| {
        let Ok(mut event) = serde_json::from_str::<Value>(line) else { return format!("{line}\n") };
        let endpoint = event.pointer("/event/identity/endpoint").and_then(Value::as_str);
        let number = endpoint.map(PhoneNumber::new).filter(|number| number.digits().is_some());
        if let Some(number) = number {
            let hash = number.as_str().bytes().fold(7_u128, |hash, byte| hash * 31 + u128::from(byte));
            event["event"]["identity"]["endpoint"] = json!(format!("hmac:{hash:032x}"));
            event["country"] = json!(number.country().map(Country::code));
            event["number_type"] = json!(number.number_type().to_string());
            if has_blocks {
                event["block"] = json!(number.block(3));
            }
        }
        format!("{event}\n")
    });
    lines.collect()
}

/// What a backtest says, but for what is said of hashes and of the number that is shown.
fn said(tool: &Tool) -> Value {
    let run = backtest(tool, &["--traffic", "traffic.jsonl", "--format", "json"]).exits(0);
    let mut report = run.json().remove(0);
    for case in report["worst"].as_array_mut().unwrap() {
        case.as_object_mut().unwrap().remove("number");
    }
    let caveats = report["caveats"].as_object_mut().unwrap();
    caveats.retain(|name, _| !name.starts_with("hashed"));
    report
}

#[test]
fn hashed_numbers_with_their_blocks_give_the_figures_of_those_in_clear() {
    let tool = analyst();
    let expected = said(&tool);
    tool.write("traffic.jsonl", &hashed(true));
    assert_eq!(said(&tool), expected);
    let run = backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0);
    let hashed =
        "13 of 13 (100.0 %) requests have a hashed number, of which the last three digits are not known";
    let run = run.shows(hashed);
    assert!(!run.stdout.contains("without its block"), "{run}");
}

#[test]
fn without_their_blocks_it_is_said_that_blocks_cannot_be_seen() {
    let tool = analyst();
    tool.write("traffic.jsonl", &hashed(false));
    let run = backtest(&tool, &["--traffic", "traffic.jsonl"]).exits(0);
    run.shows("13 of 13 (100.0 %) requests have a hashed number without its block");
}

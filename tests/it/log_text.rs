//! What the gate logs is for people and for queries: no text of Rust's for its own values, and no text of an
//! event beyond a bound.

use serde_json::{Value, json};

use crate::world::gate_process::GateProcess;
use crate::world::sinch::{delivery, request, result};

const NUMBER: &str = "+46701740605";

/// The longest text of an event that a line may hold, and some more for the words around it.
const LONGEST: usize = 1_200;

/// How Rust writes values for its programmers, and nobody else does.
const DEBUG_FORMS: [&str; 9] = ["Some(", "None", "Ok(", "Err(", " { ", " }", "\\\"", "Error(", "Result {"];

/// Whether a text looks like a value in Rust's form for programmers.
pub(crate) fn is_debug_text(text: &str) -> bool {
    DEBUG_FORMS.iter().any(|form| text.contains(form))
}

/// Every text in a value, with the name of the member that it stands in.
pub(crate) fn texts<'v>(name: &'v str, value: &'v Value, found: &mut Vec<(&'v str, &'v str)>) {
    match value {
        Value::String(text) => found.push((name, text)),
        Value::Array(values) => values.iter().for_each(|value| texts(name, value, found)),
        Value::Object(members) => members.iter().for_each(|(name, value)| texts(name, value, found)),
        _ => {}
    }
}

#[track_caller]
fn check_lines(gate: &GateProcess, n_at_least: usize) {
    let lines = gate.log();
    let entries: Vec<Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(entries.len() >= n_at_least, "{lines:#?}");
    for entry in &entries {
        let mut found = Vec::new();
        texts("", entry, &mut found);
        // The line from which it is recorded later is the last copy of all that Sinch sent.
        for (name, text) in found.into_iter().filter(|(name, _)| *name != "unstored") {
            assert!(!is_debug_text(text), "{name} in {entry}");
            assert!(text.len() <= LONGEST, "{name} has {} bytes in {entry}", text.len());
        }
    }
}

/// An event whose members that others choose are long.
fn long(mut event: Value) -> Value {
    let long = "x".repeat(9_000);
    for name in ["id", "reference", "status", "reason", "source", "smsResult", "method"] {
        if event.get(name).is_some() || name == "reason" {
            event[name] = json!(long);
        }
    }
    event
}

#[test]
fn no_line_of_the_log_has_debug_text_or_a_long_text_of_an_event() {
    let gate = GateProcess::start(&[], &[]);
    for event in [request("v1", NUMBER), delivery("v1", NUMBER, "Failed"), result("v1", NUMBER, "SUCCESSFUL")]
    {
        gate.post(&event);
        gate.post(&event);
        gate.post(&long(event));
    }
    gate.post(&json!({ "event": "UnheardOfEvent".repeat(900), "id": "v4" }));
    gate.post(&json!({ "event": "VerificationRequestEvent" }));
    gate.lines_saying("callback refused", 1);
    gate.lines_saying("recorded", 6);
    gate.lines_saying("event of an unknown kind", 1);
    check_lines(&gate, 11);
}

#[test]
fn no_line_about_a_failure_has_debug_text_or_a_long_text_of_an_event() {
    let env = [
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("DECISION_BUDGET", "0.5"),
    ];
    // Nothing listens at this port of this machine.
    let gate = GateProcess::start(&["--table", "none", "--endpoint-url", "http://127.0.0.1:9"], &env);
    gate.post(&request("v1", NUMBER));
    gate.post(&long(request("v2", NUMBER)));
    gate.post(&result("v1", NUMBER, "FAIL"));
    gate.lines_saying("not stored", 3);
    check_lines(&gate, 6);
}

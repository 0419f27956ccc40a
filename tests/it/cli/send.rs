//! `send`, to a running `serve`.

use serde_json::{Value, json};

use crate::world::tool::{Run, Running, SAMPLE_SECRET, Tool, sample};

/// A gate on a table in memory.
#[track_caller]
fn serve(tool: &Tool) -> Running {
    tool.start(&["serve", "--listen", "127.0.0.1:0"])
}

fn send(tool: &Tool, gate: &Running, more: &[&str]) -> Run {
    tool.run(&[&["send", "--url", &gate.url], more].concat())
}

#[test]
fn an_allowed_and_a_denied_verification_end_apart() {
    let tool = Tool::new();
    let gate = serve(&tool);
    let event = sample("request-sms");
    send(&tool, &gate, &[&event]).exits(0).prints("200 {\"action\":\"allow\"}\n").says_nothing();
    // A repeat gets the first answer; a new verification of the same number comes too soon.
    send(&tool, &gate, &[&event]).exits(0).prints("200 {\"action\":\"allow\"}\n");
    let denied = send(&tool, &gate, &[&event, "--new", "--format", "json"]).exits(2);
    assert_eq!(denied.json(), [json!({"status": 200, "body": "{\"action\":\"deny\"}"})]);
    denied.says("`sinch-gate outcome show ref-");
}

#[test]
fn an_outcome_is_taken_in_without_an_answer() {
    let tool = Tool::new();
    let gate = serve(&tool);
    send(&tool, &gate, &[&sample("result-successful")]).exits(0).prints("200\n");
}

#[test]
fn a_refused_callback_is_found_and_its_cause_logged() {
    let tool = Tool::new();
    let gate = serve(&tool);
    let event = sample("request-sms");
    let stranger = ["--key", "stranger", "--secret", SAMPLE_SECRET];
    send(&tool, &gate, &[&[event.as_str()], &stranger[..]].concat())
        .exits(2)
        .prints("401 unauthorized\n")
        .says("hint: look for the cause in its log");
    send(&tool, &gate, &[&event, "--path", "/elsewhere"]).exits(2).prints("401 unauthorized\n");
    let no_event = tool.run_on("no event", &["send", "-", "--url", &gate.url]).exits(2);
    no_event.prints("400 bad request\n");
    let log = gate.log();
    let causes: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok()?.get("what").cloned())
        .collect();
    assert_eq!(causes, ["unknown-key", "signature-mismatch", "not-json"], "{log}");
}

#[test]
fn nobody_listening_is_a_failure_that_says_what_to_do() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    let event = sample("request-sms");
    let run = Tool::new().run(&["send", &event, "--url", &url]).exits(1).prints("");
    run.says(&format!("no reply from {url}: ")).says("`sinch-gate serve` starts one");
    Tool::new().run(&["send", &event, "--url", "127.0.0.1:8080"]).exits(1).says("is not a URL");
    Tool::new().run(&["send", "nothing.json"]).exits(1).says("cannot read nothing.json");
    Tool::new().run_on("[]", &["send", "-", "--new"]).exits(1).says("--new cannot change it");
}

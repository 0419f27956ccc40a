//! `start --wait`, with a gate: the whole loop.

use serde_json::json;

use super::{NUMBER, User};
use crate::world::stand_in::{CODE, Fault};
use crate::world::tool::{Run, Running, SAMPLE_KEY, SAMPLE_SECRET};

/// A gate on a file, which the stand-in calls back.
fn gate(user: &User) -> Running {
    let gate = user.tool.start(&["serve", "--data", "gate.db", "--listen", "127.0.0.1:0"]);
    user.api.call_back(&gate.url);
    gate
}

fn wait(user: &User, reference: &str, more: &[&str]) -> Run {
    user.start("sms", reference, &[&["--wait", "--data", "gate.db"], more].concat())
}

#[test]
fn the_whole_loop_from_start_to_record() {
    let user = User::new();
    let _gate = gate(&user);
    user.start("sms", "ref-1", &["--custom", r#"{"plan":"trial"}"#]).exits(0);
    assert_eq!(user.api.callbacks(), [("VerificationRequestEvent".to_owned(), 200)]);
    user.report("ref-1", CODE).exits(0).shows("SUCCESSFUL");
    let events: Vec<_> =
        user.api.callbacks().into_iter().map(|(event, status)| format!("{event} {status}")).collect();
    assert_eq!(events, ["VerificationRequestEvent 200", "VerificationResultEvent 200"]);

    let show = ["outcome", "show", "ref-1", "--data", "gate.db", "--format", "json"];
    let story = user.tool.run(&show).exits(0).json().remove(0);
    assert_eq!(story["id"], user.api.id_of("ref-1"));
    assert_eq!(story["number"], NUMBER);
    assert_eq!(story["decision"]["verdict"], "allow");
    assert_eq!(story["decision"]["custom"], r#"{"plan":"trial"}"#);
    assert_eq!(story["decision"]["price"], "0.0445 EUR");
    let mut heard = story["heard"][0].clone();
    heard["at"].take();
    assert_eq!(heard, json!({"at": null, "kind": "result", "status": "SUCCESSFUL", "source": "manual"}));
}

#[test]
fn both_sides_are_shown_and_agree() {
    let user = User::new();
    let _gate = gate(&user);
    user.api.behave(|behaviour| behaviour.phone_verifies = true);
    let run = wait(&user, "ref-1", &[]).exits(0).shows("recorded by the gate").shows("said by Sinch");
    for (name, recorded, said) in [
        ("decision", "allow", "–"),
        ("status", "SUCCESSFUL", "SUCCESSFUL"),
        ("reason", "–", "–"),
        ("source", "intercepted", "intercepted"),
    ] {
        let row =
            run.stdout.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {run}"));
        let words: Vec<_> = row.split_whitespace().collect();
        assert_eq!(words.first(), Some(&name), "{run}");
        assert!(words.contains(&recorded), "{run}");
        assert_eq!(words.last(), Some(&said), "{run}");
    }
    let both = wait(&user, "ref-2", &["--format", "json"]).json().remove(0);
    assert_eq!(both["agree"], true, "{both}");
}

#[test]
fn a_report_ends_the_wait() {
    let user = User::new();
    let _gate = gate(&user);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait(&user, "ref-1", &[]));
        while user.api.count("GET") == 0 {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        user.report("ref-1", CODE).exits(0);
        waiting.join().unwrap().exits(0).shows("manual");
    });
}

#[test]
fn a_denial_of_the_gate_is_seen_on_both_sides() {
    let user = User::new();
    let _gate = gate(&user);
    let add = ["list", "add", "blocklist", NUMBER, "--reason", "test", "--data", "gate.db"];
    user.tool.run(&add).exits(0);
    let run = wait(&user, "ref-1", &[]).exits(2).says("a callback denied it");
    run.shows("deny by rule blocklist").shows("DENIED").shows("Denied by callback");
    user.start("sms", "ref-2", &[]).exits(2).says("a callback denied it");
}

#[test]
fn a_result_that_is_lost_is_told() {
    let user = User::new();
    let _gate = gate(&user);
    user.api.behave(|behaviour| {
        behaviour.phone_verifies = true;
        behaviour.loses_results = true;
    });
    let run = wait(&user, "ref-1", &["--format", "json"]).exits(2).says("no result event has arrived");
    let both = run.json().remove(0);
    assert_eq!((&both["agree"], &both["api"]["status"]), (&json!(false), &json!("SUCCESSFUL")));
    assert_eq!(both["record"]["heard"], json!([]));
}

#[test]
fn a_gate_that_nobody_calls_back_is_told() {
    let user = User::new();
    let gate = gate(&user);
    user.api.call_back("http://127.0.0.1:1/");
    wait(&user, "ref-1", &[]).exits(2).says("the gate recorded no callback of it");
    drop(gate);
}

#[test]
fn a_gate_with_another_secret_is_told() {
    let mut user = User::new();
    user.tool.set("SINCH_APPLICATION_KEY", SAMPLE_KEY);
    user.tool.set("SINCH_APPLICATION_SECRET", "QW5vdGhlciBzZWNyZXQ=");
    let _gate = gate(&user);
    user.tool.set("SINCH_APPLICATION_SECRET", SAMPLE_SECRET);
    let run = wait(&user, "ref-1", &[]).exits(2).shows("DENIED").shows("Invalid callback");
    run.says("the gate recorded no callback of it");
    assert_eq!(user.api.callbacks()[0], ("VerificationRequestEvent".to_owned(), 401));
}

#[test]
fn what_kept_sinch_from_telling_is_told() {
    let user = User::new();
    user.api.fail([Fault::CutAfter]);
    user.api.fail(vec![Fault::Answer(404, r#"{"errorCode":40400}"#.to_owned()); 20]);
    let run = user.start("sms", "ref-1", &["--wait", "--for", "1s"]).exits(2);
    run.says("may have started").says("the last question to Sinch: HTTP 404, code 40400");
}

#[test]
fn a_wait_has_an_end() {
    let user = User::new();
    user.start("sms", "ref-1", &["--wait", "--for", "1s"])
        .exits(2)
        .says("no table is named")
        .says("still PENDING after 1s");
}

#[test]
fn a_start_whose_answer_was_lost_is_looked_for() {
    let user = User::new();
    let _gate = gate(&user);
    user.api.behave(|behaviour| behaviour.phone_verifies = true);
    user.api.fail([Fault::CutAfter, Fault::Answer(404, String::new())]);
    wait(&user, "ref-1", &[]).exits(0).says("may have started").shows("SUCCESSFUL");
    assert_eq!(user.api.count("POST"), 1);
}

#[test]
fn a_table_that_cannot_be_had_costs_no_verification() {
    let user = User::new();
    wait(&user, "ref-1", &[]).exits(1).says("there is no file gate.db");
    assert_eq!(user.api.seen(), []);
}

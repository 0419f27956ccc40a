//! `--app`: keys that are none, and keys that nothing is known of.

use jiff::SignedDuration;
use sinch_gate::clock;

use super::recorded::{allowed, tool_with};
use crate::world::tool::Tool;

/// What somebody pastes who takes the wrong line of the dashboard.
const SECRET: &str = "AAECAwQFBgcICQoLDA0ODw==";

/// Every command that has `--app`.
const COMMANDS: [&[&str]; 12] = [
    &["erase", "+46701740605", "--yes"],
    &["outcome", "export", "--from", "1h"],
    &["outcome", "reconcile"],
    &["outcome", "show", "order-1"],
    &["outcome", "tail", "--once"],
    &["policy", "apply", "p.toml", "-m", "x"],
    &["policy", "diff"],
    &["policy", "explain", "--number", "+46701740605"],
    &["policy", "history"],
    &["policy", "rollback", "--yes"],
    &["policy", "show"],
    &["status"],
];

fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

#[test]
fn a_secret_in_place_of_the_key_is_neither_stored_nor_printed() {
    let tool = Tool::new();
    tool.write("p.toml", "schema = 1\ndefault = \"allow\"\non_store_failure = \"allow\"\n");
    tool.run(&["policy", "apply", "p.toml", "-m", "x", "--data", "gate.db"]).exits(0);
    for command in COMMANDS {
        for more in
            [&["--app", SECRET, "--data", "gate.db"][..], &["--app", "not!a!key", "--data", "gate.db"]]
        {
            let run = tool.run(&with(command, more)).exits(1).prints("");
            let run = run.says("\nhint: check that it is not the secret, and not quoted");
            assert!(!run.stderr.contains(more[1]), "{command:?} repeats it: {run}");
        }
    }
    let stored = std::fs::read(tool.file("gate.db")).unwrap();
    assert!(!stored.windows(SECRET.len()).any(|bytes| bytes == SECRET.as_bytes()));
}

#[test]
fn a_variable_that_is_empty_is_not_a_key() {
    let mut tool = Tool::new();
    tool.run(&["policy", "show", "--data", "gate.db"]).exits(1);
    tool.set("SINCH_APPLICATION_KEY", "");
    tool.write("p.toml", "schema = 1\ndefault = \"allow\"\non_store_failure = \"allow\"\n");
    tool.run(&["policy", "explain", "p.toml", "--number", "+46701740605"]).exits(0);
}

#[test]
fn a_key_without_policy_and_record_is_not_taken_for_a_quiet_application() {
    let tool = tool_with(&[allowed("1", clock::now() - SignedDuration::from_mins(30))]);
    let known = "669E367E-6BBA-48AB-AF15-266871C28135";
    let misspelt = "669E367E-6BBA-48AB-AF15-266871C28136";
    for command in [&["status"][..], &["outcome", "export", "--from", "1h"]] {
        let of = |app| tool.run(&with(command, &["--app", app, "--data", "gate.db"]));
        of(known).exits(0);
        of(misspelt).exits(2).says(&format!(
            "nothing is known of application {misspelt}: no record in this time, and no policy of its own\n\
             hint: did you mean --app {known}?"
        ));
    }
    tool.write("p.toml", "schema = 1\ndefault = \"allow\"\non_store_failure = \"allow\"\n");
    let apply = |app| tool.run(&["policy", "apply", "p.toml", "-m", "x", "--app", app, "--data", "gate.db"]);
    apply("quiet").exits(0);
    tool.run(&["status", "--app", "quiet", "--data", "gate.db"]).exits(0).says_nothing();
    tool.run(&["policy", "show", "--app", "quite", "--data", "gate.db"])
        .exits(1)
        .says("did you mean --app quiet?");
}

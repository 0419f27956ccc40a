//! `--app`: keys that are none, and keys that nothing is known of.

use jiff::SignedDuration;
use sinch_gate::clock;
use sinch_gate::privacy::NumberPrivacy;

use super::recorded::{allowed, tool_with, write_to};
use crate::world::tool::{SAMPLE_SECRET, Tool, sample};

/// What somebody pastes who takes the wrong line of the dashboard.
const SECRET: &str = "AAECAwQFBgcICQoLDA0ODw==";

/// The same as a double click takes it.
const UNPADDED: &str = "AAECAwQFBgcICQoLDA0ODw";

/// Every command that has `--app`.
const COMMANDS: [&[&str]; 13] = [
    &["erase", "+46701740605", "--yes"],
    &["outcome", "export", "--from", "1h"],
    &["outcome", "find", "--number", "+46701740605"],
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
    for command in COMMANDS {
        let run = tool.run(&with(command, &["--app", UNPADDED, "--data", "gate.db"])).exits(1).prints("");
        let run = run.says("looks like a secret without its `==`\nhint: copy the key");
        assert!(!run.stderr.contains(UNPADDED), "{command:?} repeats it: {run}");
    }
    let stored = std::fs::read(tool.file("gate.db")).unwrap();
    assert!(!stored.windows(UNPADDED.len()).any(|bytes| bytes == UNPADDED.as_bytes()));
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
            "nothing is known of application {misspelt}: no record in this time, no policy of its own, no \
             gate that serves it\nhint: did you mean --app {known}?"
        ));
    }
    tool.write("p.toml", "schema = 1\ndefault = \"allow\"\non_store_failure = \"allow\"\n");
    let apply = |app| {
        tool.run(&["policy", "apply", "p.toml", "-m", "x", "--anyway", "--app", app, "--data", "gate.db"])
    };
    apply("quiet").exits(0);
    tool.run(&["status", "--app", "quiet", "--data", "gate.db"]).exits(0).says_nothing();
    tool.run(&["policy", "show", "--app", "quite", "--data", "gate.db"])
        .exits(1)
        .says("did you mean --app quiet?");
}

#[test]
fn an_application_that_no_gate_serves_yet_gets_a_policy_only_anyway() {
    let tool = Tool::new();
    tool.write("p.toml", "schema = 1\ndefault = \"allow\"\non_store_failure = \"allow\"\n");
    tool.run(&["policy", "apply", "p.toml", "-m", "x", "--data", "gate.db"]).exits(0);
    let own = ["policy", "apply", "p.toml", "-m", "x", "--app", "shop", "--data", "gate.db"];
    tool.run(&own)
        .exits(1)
        .says("nothing changed: no gate has begun to serve application shop")
        .says("hint: where it is right, go on with --anyway");
    tool.run(&["policy", "show", "--app", "shop", "--data", "gate.db"]).exits(1);
    tool.run(&with(&own, &["--anyway"])).exits(0);
    // It is known from then on.
    tool.run(&own).exits(0).says("already in force");
}

#[test]
fn a_policy_for_an_application_that_no_gate_serves_hides_no_record_of_another() {
    let tool = tool_with(&[allowed("1", clock::now())]);
    tool.write("p.toml", "schema = 1\ndefault = \"deny\"\n");
    let apply = ["policy", "apply", "p.toml", "-m", "x", "--anyway", "--data", "gate.db"];
    for stray in ["shop", "shpo"] {
        tool.run(&with(&apply, &["--app", stray])).exits(0);
    }
    let found = || {
        tool.run(&["outcome", "show", "order-1", "--data", "gate.db"]).exits(0).shows("order-1: sms");
        let find = ["outcome", "find", "--number", "+46701740605", "--data", "gate.db"];
        tool.run(&find).exits(0).shows("order-1");
    };
    found();
    serves(&tool, &["669E367E-6BBA-48AB-AF15-266871C28135"]);
    found();
    serves(&tool, &["shop"]);
    found();
    // Of those that are known, the one that a gate serves is meant.
    let explain = ["policy", "explain", "--number", "+46701740605", "--data", "gate.db"];
    tool.run(&explain).exits(2).shows("application shop, decided by version 1 of its own policy");
}

/// Notes in the file `gate.db` that a gate serves these.
fn serves(tool: &Tool, apps: &[&str]) {
    let apps: Vec<_> = apps.iter().map(|app| app.parse().unwrap()).collect();
    write_to(tool, async |store| store.note_served(&apps, &NumberPrivacy::Plain).await.unwrap());
}

#[test]
fn an_application_that_nothing_is_known_of_is_not_answered_for() {
    let tool = tool_with(&[allowed("1", clock::now() - SignedDuration::from_mins(30))]);
    serves(&tool, &["669E367E-6BBA-48AB-AF15-266871C28135"]);
    let nosuch = ["--app", "nosuch", "--data", "gate.db"];
    let known = "hint: choose from those that are known: 669E367E-6BBA-48AB-AF15-266871C28135";
    for (command, code) in [
        (&["outcome", "tail", "--once", "--since", "1h"][..], 2),
        (&["outcome", "find", "--number", "+46701740605"], 2),
        (&["outcome", "show", "order-1"], 2),
        (&["outcome", "export", "--from", "1h"], 2),
        (&["status"], 2),
        // Its code 2 means denied.
        (&["policy", "explain", "--number", "+46701740605"], 1),
    ] {
        tool.run(&with(command, &nosuch)).exits(code).prints("").says("of application nosuch").says(known);
    }
}

/// A file `gate.db` whose gate serves two applications. A customer of each signed up, so that the range of
/// the first one's number is full there.
fn two_applications() -> Tool {
    let mut tool = Tool::new();
    let secrets = format!(r#"{{"shop-ONE": ["{SAMPLE_SECRET}"], "shop-TWO": ["{SAMPLE_SECRET}"]}}"#);
    tool.set("SINCH_APPLICATIONS", &secrets);
    let rule = "[[rules]]\nid = \"range\"\nverdict = \"deny\"\n\
                quota = { per = \"block:3\", limit = 1, window = \"1d\", release = \"verified\" }\n";
    tool.write("p.toml", &format!("schema = 1\ndefault = \"allow\"\n{rule}"));
    tool.run(&["policy", "apply", "p.toml", "-m", "x", "--data", "gate.db"]).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for (key, event) in [("shop-ONE", "request-sms"), ("shop-TWO", "request-flashcall")] {
        let send = ["send", &sample(event), "--url", &gate.url, "--key", key, "--secret", SAMPLE_SECRET];
        tool.run(&send).exits(0);
    }
    gate.stop();
    tool
}

#[test]
fn of_several_applications_one_must_be_named_where_their_counters_differ() {
    let tool = two_applications();
    let explain = |more: &[&str]| {
        tool.run(&with(&["policy", "explain", "--number", "+46701740699", "--data", "gate.db"], more))
    };
    explain(&[]).exits(1).prints("").says(
        "which application? the table knows 2: shop-ONE, shop-TWO\nhint: give --app KEY, or set \
         SINCH_APPLICATION_KEY",
    );
    // One whose range is full, and one whose range is not.
    let first = "application shop-ONE, decided by version 1 for all applications\n";
    explain(&["--app", "shop-ONE"]).exits(2).shows(first).shows("deny by rule range: 1 of 1 unverified");
    explain(&["--app", "shop-TWO"]).exits(0).shows("application shop-TWO, decided by version 1 for all");
    let json = explain(&["--app", "shop-TWO", "--format", "json"]).exits(0).json();
    assert_eq!((&json[0]["app"], &json[0]["policy_app"]), (&"shop-TWO".into(), &"*".into()));
    // A key is known in any case of its letters, and a wrong one is set beside the right ones.
    explain(&["--app", "SHOP-one"]).exits(2).shows(first);
    explain(&["--app", "shop-OEN"])
        .exits(1)
        .prints("")
        .says("the table knows nothing of application shop-OEN\nhint: did you mean --app shop-ONE?");
    explain(&["--app", "5f2a-0000-0001"])
        .exits(1)
        .says("hint: choose from those that are known: shop-ONE, shop-TWO");
    // With a policy of its own, that decides, and the answer says so.
    tool.write("own.toml", "schema = 1\ndefault = \"deny\"\n");
    tool.run(&["policy", "apply", "own.toml", "-m", "x", "--app", "shop-TWO", "--data", "gate.db"]);
    explain(&["--app", "shop-TWO"])
        .exits(2)
        .shows("application shop-TWO, decided by version 1 of its own policy\n");
}

#[test]
fn a_verification_is_found_in_whichever_application_it_is() {
    let tool = two_applications();
    let show = |name: &str| tool.run(&["outcome", "show", name, "--data", "gate.db"]);
    show("signup-20260115-0001").exits(0).shows("application shop-ONE\nsignup-20260115-0001: sms to ");
    show("signup-20260115-0002").exits(0).shows("application shop-TWO\nsignup-20260115-0002: flashcall to ");
    show("another").exits(2).says("nothing is recorded under `another` for application shop-ONE, shop-TWO, ");
    tool.run(&["outcome", "show", "another", "--app", "shop-THREE", "--data", "gate.db"]).exits(2).says(
        "the table knows nothing of application shop-THREE: no policy of its own, no gate \
         that serves it\nhint: ",
    );
    let find = ["outcome", "find", "--number", "+46701740605", "--data", "gate.db"];
    tool.run(&find).exits(0).shows("application shop-ONE\n").shows("signup-20260115-0001");
    tool.run(&with(&find, &["--app", "SHOP-two"])).exits(2).prints("");
    // All commands that read records take the key in any case.
    tool.run(&["status", "--app", "SHOP-one", "--data", "gate.db"]).exits(0).says_nothing();
    tool.run(&["status", "--app", "shop-OEN", "--data", "gate.db"])
        .exits(2)
        .says("hint: did you mean --app shop-ONE?");
    let tail = ["outcome", "tail", "--once", "--since", "1h", "--data", "gate.db", "--app"];
    let n_lines = |app| tool.run(&with(&tail, &[app])).exits(0).stdout.lines().count();
    assert_eq!((n_lines("SHOP-one"), n_lines("shop-ONE")), (1, 1));
    for command in COMMANDS {
        let with_app = |app| tool.run(&with(command, &["--data", "gate.db", "--app", app]));
        with_app("shop-OEN").says("shop-OEN").says("did you mean --app shop-ONE?");
    }
}

#[test]
fn the_only_application_of_a_table_is_meant_and_not_that_of_the_samples() {
    let mut tool = Tool::new();
    tool.set("SINCH_APPLICATIONS", &format!(r#"{{"shop-ONE": ["{SAMPLE_SECRET}"]}}"#));
    tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]).stop();
    tool.run(&["policy", "explain", "--number", "+46701740699", "--data", "gate.db"])
        .exits(0)
        .shows("application shop-ONE, decided by the starter policy, or the function's FALLBACK_POLICY ");
}

//! `doctor`, on healthy deployments and on broken ones.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use sinch_gate::embedded::local_connection;
use sinch_gate::signature::AppScope;
use sinch_gate::store::NewVersion;
use sinch_gate::store::client::{Timeouts, connect};

use super::use_any_credentials;
use crate::world::engine::TestTable;
use crate::world::tool::{Run, SAMPLE_SECRET, Tool, read, repository};

const POLICY: &str = r#"schema = 1
default = "allow"
on_store_failure = "allow"

[[tests]]
name = "anybody may"
number = "+46701740605"
expect = "allow"
"#;

/// Compares with a file of the repository. Run with `UPDATE_EXPECT=1` to write it anew; read the difference
/// before committing.
#[track_caller]
fn check_golden(path: &str, shown: &str) {
    if std::env::vars().any(|(name, _)| name == "UPDATE_EXPECT") {
        std::fs::write(repository(path), shown).unwrap();
    }
    assert!(shown == read(path), "{path} differs from this:\n{shown}");
}

/// Ports, times and durations differ from run to run.
fn normalised(output: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', ';', ':']);
        let rest = &word[bare.len()..];
        if bare.parse::<Timestamp>().is_ok() {
            format!("YYYY-MM-DDThh:mm:ssZ{rest}")
        } else {
            word.to_owned()
        }
    };
    let mut lines = String::new();
    for line in output.lines() {
        let mut line = line.split(' ').map(word).collect::<Vec<_>>().join(" ");
        while let Some(at) =
            line.find("127.0.0.1:").filter(|at| line[at + 10..].starts_with(char::is_numeric))
        {
            let port = line[at + 10..].chars().take_while(char::is_ascii_digit).count();
            line.replace_range(at + 10..at + 10 + port, "PORT");
        }
        if let Some(at) = line.find(" ms, the median") {
            let digits = line[..at].chars().rev().take_while(char::is_ascii_digit).count();
            line.replace_range(at - digits..at, "N");
        }
        let line = line.replace(sinch_gate::phone::METADATA_VERSION, "VERSION");
        lines += line.trim_end_matches('─');
        lines.push('\n');
    }
    lines
}

/// The state of a check, and everything that is said about it.
#[track_caller]
fn line(run: &Run, check: &str) -> (String, String) {
    let lines = run.json();
    let found =
        lines.iter().find(|line| line["check"] == check).unwrap_or_else(|| panic!("no {check} in {run}"));
    let text = |member: &str| found[member].as_str().unwrap_or_default().to_owned();
    (text("state"), format!("{}; {}", text("what"), text("advice")))
}

#[track_caller]
fn check_found(run: &Run, check: &str, expected: &str) {
    let (state, words) = line(run, check);
    assert_eq!(state, "found", "{run}");
    assert!(words.contains(expected), "no `{expected}` in `{words}`");
}

fn doctor(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["doctor", "--format", "json"], arguments].concat())
}

#[test]
fn a_healthy_deployment_is_told_to_be_so() {
    let tool = Tool::new();
    tool.write("policy.toml", POLICY);
    tool.run(&["policy", "apply", "policy.toml", "-m", "first", "--data", "gate.db"]).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0"]);
    let arguments = ["--data", "gate.db", "--url", &gate.url];
    let table = tool.run(&[&["doctor"], &arguments[..]].concat()).exits(0).says_nothing();
    check_golden("tests/it/cli/doctor.txt", &normalised(&table.stdout));
    let json = doctor(&tool, &arguments).exits(0).says_nothing();
    check_golden("tests/it/cli/doctor.json", &normalised(&json.stdout));
    assert!(!table.stdout.contains(SAMPLE_SECRET) && !json.stdout.contains(SAMPLE_SECRET));
}

#[test]
fn what_may_be_meant_is_a_note_and_neither_well_nor_wrong() {
    let tool = Tool::new();
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    tool.run(&["policy", "apply", "policy.toml", "-m", "first", "--data", "gate.db"]).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0"]);
    let run = doctor(&tool, &["--data", "gate.db", "--url", &format!("{}?token=1", gate.url)]).exits(0);
    assert_eq!(line(&run, "policy tests").0, "note", "{run}");
    let (state, words) = line(&run, "callback URL");
    assert_eq!(state, "note", "{run}");
    assert!(words.contains("which Sinch does not sign") && !words.contains("token"), "{run}");
}

#[test]
fn probing_stores_nothing() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
    let gate = tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
    let run = doctor(&tool, &[&["--url", &gate.url], &place[..]].concat()).exits(0);
    assert_eq!(line(&run, "clock").0, "ok", "{run}");
    assert!(line(&run, "policy").1.contains("starter policy"), "{run}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client =
        connect(local_connection(&table.url), Timeouts::within(Duration::from_secs(60))).client().clone();
    let stored = runtime.block_on(client.scan().table_name("sinch-gate").send()).unwrap();
    // The gate notes which applications it serves when it starts.
    let sort_keys: Vec<_> = stored.items().iter().map(|item| item["sk"].as_s().unwrap().as_str()).collect();
    assert_eq!(sort_keys, ["SERVED"], "{:?}", stored.items());
}

#[test]
fn a_wrong_secret_or_path_is_found_and_explained() {
    let mut served = Tool::new();
    served.set("CALLBACK_PATH", "/sinch");
    let gate = served.start(&["serve", "--listen", "127.0.0.1:0"]);
    let tool = Tool::new();
    let strange = doctor(&tool, &["--url", &gate.url, "--key", "k", "--secret", "c3RyYW5nZXI="]).exits(2);
    check_found(&strange, "probe", "compare key and secret");
    assert_eq!(line(&strange, "forged probe").0, "ok", "{strange}");
    assert!(!strange.stdout.contains("c3RyYW5nZXI="), "{strange}");

    let elsewhere = gate.url.replace("/sinch", "/elsewhere");
    let run = doctor(&served, &["--url", &elsewhere]).exits(2);
    check_found(&run, "probe", "404: nothing is served at /elsewhere");
    check_found(&run, "probe", "(it is /sinch in this environment)");
    assert_eq!(line(&run, "forged probe").0, "not known", "{run}");

    let mut rewritten = Tool::new();
    rewritten.set("CALLBACK_URL", "https://example.com/public");
    let gate = rewritten.start(&["serve", "--listen", "127.0.0.1:0"]);
    let run = doctor(&tool, &["--url", &gate.url.replace("/public", "/private")]).exits(2);
    check_found(&run, "probe", "the path signed was /private");
}

#[test]
fn an_application_among_several_signs_where_only_those_are_set() {
    let mut tool = Tool::new();
    tool.set("SINCH_APPLICATIONS", r#"{"one": ["c2VjcmV0"]}"#);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0"]);
    let run = doctor(&tool, &["--url", &gate.url]).exits(0);
    assert!(line(&run, "configuration").1.contains("application one"), "{run}");
}

#[test]
fn a_url_that_nobody_serves_is_found() {
    let run = doctor(&Tool::new(), &["--url", "http://127.0.0.1:1/"]).exits(2);
    check_found(&run, "connection", "no connection to 127.0.0.1:1");
    assert_eq!(line(&run, "probe").0, "not known", "{run}");
    // A name that never exists, whatever DNS there is.
    let nameless = doctor(&Tool::new(), &["--url", "https://gate.invalid/"]).exits(2);
    check_found(&nameless, "connection", "DNS knows no gate.invalid");
    let tool = Tool::new();
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0"]);
    let no_tls = doctor(&tool, &["--url", &gate.url.replace("http:", "https:")]).exits(2);
    check_found(&no_tls, "connection", "the port must speak TLS");
    let plain = doctor(&Tool::new(), &["--url", "http://example.com/"]).exits(2);
    check_found(&plain, "connection", "use https");
}

#[test]
fn what_cannot_be_run_is_a_failure() {
    let tool = Tool::new();
    tool.run(&["doctor"]).exits(1).prints("").says("give --table NAME or --data FILE, --url URL, or both");
    tool.run(&["doctor", "--url", "example.com"]).exits(1).prints("").says("is not a URL");
}

#[test]
fn every_problem_of_the_environment_is_told() {
    let mut tool = Tool::new();
    tool.set("CALLBACK_PATH", "sinch");
    tool.set("SIGNATURE_TOLERANCE", "soon");
    let run = doctor(&tool, &["--data", "nothing.db"]).exits(2);
    check_found(&run, "configuration", "CALLBACK_PATH");
    check_found(&run, "configuration", "SIGNATURE_TOLERANCE");
    check_found(&run, "table", "there is no file nothing.db");
    assert!(!tool.file("nothing.db").exists());
}

#[test]
fn credentials_and_table_that_are_missing_are_found() {
    let mut tool = Tool::new();
    let run = doctor(&tool, &["--table", "x", "--region", "eu-west-1"]).exits(2);
    check_found(&run, "credentials", "no AWS credentials");
    use_any_credentials(&mut tool);
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let run = doctor(&tool, &["--table", "another", "--endpoint-url", &table.url]).exits(2);
    check_found(&run, "table", "there is no table another");
    let run = doctor(&tool, &["--table", "x", "--endpoint-url", "http://127.0.0.1:1"]).exits(2);
    check_found(&run, "table", "DynamoDB cannot be reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_another_shape_is_found_with_what_differs() {
    let engine = TestTable::new().await;
    let name = engine.make_one_of_another_shape().await;
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let run = doctor(&tool, &["--table", &name, "--endpoint-url", engine.endpoint()]).exits(2);
    check_found(&run, "table", "its keys are number (N), not pk (S), sk (S)");
    check_found(&run, "table", "the index by_hour is missing");
    check_found(&run, "table", "it has provisioned capacity");
    check_found(&run, "expiry", "nothing is ever deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_does_not_hold_is_found() {
    let table = TestTable::new().await;
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let place = ["--table", table.name(), "--endpoint-url", table.endpoint()];
    let at: Timestamp = "2026-03-02T10:15:30Z".parse().unwrap();
    // Only something other than the tool would store these.
    let failing = POLICY.replace("expect = \"allow\"", "expect = \"deny\"");
    let apply = async |source: &str, replaces| {
        let new = NewVersion {
            app: &AppScope::All,
            replaces,
            restores: None,
            source,
            author: "ann",
            message: "why",
        };
        table.store().policies().apply(&new, at).await.unwrap();
    };
    apply(&failing, None).await;
    let run = doctor(&tool, &place).exits(2);
    assert_eq!(line(&run, "policy").0, "ok", "{run}");
    check_found(&run, "policy tests", "1 of 1 test failed");
    apply("schema = 99\n", Some(1)).await;
    let run = doctor(&tool, &place).exits(2);
    check_found(&run, "policy", "version 2 for all applications does not compile");
    assert!(run.json().iter().all(Value::is_object));
}

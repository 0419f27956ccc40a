//! The built tool, command by command: what it prints, where, and how it ends.

mod app;
mod author;
mod completions_and_man;
mod demo;
mod doctor;
mod erase;
pub(crate) mod help;
mod json;
mod list;
mod list_asked;
mod list_history;
mod list_import;
mod list_input;
mod list_stakes;
pub(crate) mod local_table;
mod number;
mod of_hashed;
mod outcome;
mod outcome_export;
mod outcome_reconcile;
mod outcome_recover;
mod outcome_tail;
mod policy;
mod recorded;
pub(crate) mod report;
mod report_serve;
mod report_table;
mod send;
mod serve;
mod status;
mod status_of_hashed;
mod terminal;
mod verification;
mod verify;

pub(crate) use local_table::use_any_credentials;

use crate::world::tool::{Tool, sample};

#[track_caller]
fn check_usage_error(arguments: &[&str], hint: &str) {
    Tool::new().run(arguments).exits(1).prints("").says(hint);
}

#[test]
fn arguments_that_make_no_sense_are_failures_and_not_findings() {
    check_usage_error(&[], "Usage: sinch-gate <COMMAND>");
    check_usage_error(&["polcy"], "a similar subcommand exists: 'policy'");
    check_usage_error(&["policy"], "Usage: sinch-gate policy <COMMAND>");
    check_usage_error(&["policy", "check"], "<FILE>");
    check_usage_error(&["number", "--format", "xml"], "possible values: table, json");
    check_usage_error(&["serve", "--listen", "8080"], "invalid socket address");
    check_usage_error(&["list", "show", "blocklist"], "give --data FILE");
    check_usage_error(
        &["list", "show", "blocklist", "--data", "a.db", "--table", "b"],
        "cannot be used with",
    );
    check_usage_error(&["outcome", "show", "x", "--region", "eu-west-1"], "which table?");
}

#[test]
fn a_wrong_argument_is_answered_with_the_example_of_the_command() {
    let example = "Example:\n  sinch-gate policy history --data gate.db\n";
    check_usage_error(&["policy", "history", "--jsn"], example);
    check_usage_error(&["policy", "history", "--format", "xml", "--data", "gate.db"], example);
    check_usage_error(&["policy", "histry"], "Example:\n  sinch-gate policy init policy.toml\n");
    check_usage_error(&["--nonsense"], "Example:\n  sinch-gate demo\n");
    // Where the whole help is shown, it is there once.
    let run = Tool::new().run(&["policy"]).exits(1);
    assert_eq!(run.stderr.matches("Example:").count(), 1, "{run}");
}

#[test]
fn help_and_version_are_data() {
    Tool::new().run(&["--help"]).exits(0).shows("Commands:").says_nothing();
    Tool::new().run(&["--version"]).exits(0).prints(&format!("sinch-gate {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_secret_that_cannot_be_read_is_not_repeated() {
    let secret = "pUb1icBu7NoB@se64";
    let body = sample("request-sms");
    let mut tool = Tool::new();
    let sign = ["sign", "--path", "/", "--body", &body];
    let given = tool.run(&[&sign[..], &["--key", "k", "--secret", secret]].concat());
    tool.set("SINCH_APPLICATION_KEY", "k");
    tool.set("SINCH_APPLICATION_SECRET", secret);
    let inherited = tool.run(&sign);
    let verified = tool.run(&["verify", "--path", "/", "--body", &body]);
    for run in [given, inherited, verified] {
        let run = run.exits(1).prints("").says("is not base64 as the Sinch dashboard shows it");
        assert!(!run.stderr.contains(secret), "{run}");
    }
}

#[test]
fn a_key_never_goes_with_the_secret_of_the_samples() {
    let body = sample("request-sms");
    let sign = ["sign", "--path", "/", "--body", &body];
    Tool::new().run(&[&sign[..], &["--key", "k"]].concat()).exits(1).says("a key without its secret");
    Tool::new().run(&[&sign[..], &["--secret", "QQ=="]].concat()).exits(1).says("a secret without its key");
}

#[test]
fn an_empty_variable_counts_as_none() {
    let mut tool = Tool::new();
    for variable in ["SINCH_APPLICATION_KEY", "SINCH_APPLICATION_SECRET", "SINCH_GATE_TABLE"] {
        tool.set(variable, "");
    }
    tool.run(&["sign", "--path", "/", "--body", &sample("request-sms")]).exits(0).shows("authorization: ");
    tool.run(&["list", "show", "blocklist"]).exits(1).says("which table?");
}

#[test]
fn json_is_short_for_its_format_where_a_command_has_it() {
    let tool = Tool::new();
    let long = tool.run(&["number", "+46701740605", "--format", "json"]).exits(0);
    tool.run(&["number", "+46701740605", "--json"]).exits(0).prints(&long.stdout);
    tool.run(&["number", "--json", "+46701740605"]).exits(0).prints(&long.stdout);
    tool.run(&["number", "+46701740605", "--json", "--format", "table"]).exits(1).says("cannot be used with");
    tool.run(&["demo", "--json"]).exits(1).says("unexpected argument '--json'");
    assert!(!tool.run(&["number", "--help"]).exits(0).stdout.contains("--json"));
}

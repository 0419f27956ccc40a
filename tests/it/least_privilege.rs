//! Who may do what with the table: the statements of the template, compared with the requests that the gate
//! and the tool really send. What they need is allowed, what they must not do is refused, and nothing else is
//! allowed.

mod iam;
mod recorded;
mod request;

use std::collections::BTreeSet;

use iam::{Policy, Request};
use recorded::{READING, WRITING, recorded};

use crate::cli::help::commands_on_a_table;
use crate::world::cloudformation::template;

const TABLE: &str = "${Table.Arn}";
const INDEX: &str = "${Table.Arn}/index/by_hour";

/// A key of each kind of item.
const KEYS: [&str; 4] = ["POLICY#*", "LIST#blocklist", "QUOTA#app#country#SE", "REF#app#order-1"];

/// Every way to write.
const WRITES: [&str; 5] = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLDelete"];

fn of_gate() -> Policy {
    let template = template();
    let role = &template["Resources"]["GateRole"]["Properties"];
    assert_eq!(role["Policies"].as_array().unwrap().len(), 1, "one policy");
    assert_eq!(role.get("ManagedPolicyArns"), None);
    Policy::read(&role["Policies"][0]["PolicyDocument"])
}

fn of_managed(name: &str) -> Policy {
    let resource = &template()["Resources"][name];
    assert_eq!(resource["Type"], "AWS::IAM::ManagedPolicy");
    Policy::read(&resource["Properties"]["PolicyDocument"])
}

/// Expects that a policy allows these requests, and that each part of it is needed for one of them, except
/// the parts that cannot be seen here.
#[track_caller]
fn check_least(policy: &Policy, requests: &BTreeSet<Request>, unseen: &[&str]) {
    assert!(requests.len() > 10, "{requests:#?}");
    let refused: Vec<&Request> = requests.iter().filter(|request| !policy.allows(request)).collect();
    assert!(refused.is_empty(), "refused: {refused:#?}");
    assert_eq!(policy.unused(requests), unseen);
}

/// Expects that a policy refuses each action on these keys.
#[track_caller]
fn check_refused(policy: &Policy, resource: &str, actions: &[&str], keys: &[&str]) {
    for action in actions {
        let request = Request {
            action: format!("dynamodb:{action}"),
            resource: resource.to_owned(),
            leading_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        assert!(!policy.allows(&request), "allowed: {request:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_may_do_what_the_gate_does_and_no_more() {
    // Lambda writes the log with the function's rights, which does not concern the table.
    let log = ["logs:CreateLogStream", "logs:PutLogEvents"]
        .map(|action| format!("WriteItsLog: {action} on ${{GateLogs.Arn}}"));
    check_least(&of_gate(), &recorded().await.by_gate, &log.each_ref().map(String::as_str));
}

/// The SDK writes the name of an operation into a header, and the linker leaves out operations that nothing
/// calls.
#[test]
fn the_program_of_the_function_has_no_operation_that_its_role_does_not_allow() {
    const HEADER: &[u8] = b"DynamoDB_20120810.";
    let policy = of_gate();
    let allowed = policy.actions().filter_map(|action| action.strip_prefix("dynamodb:"));
    let allowed: BTreeSet<&str> = allowed.collect();
    let program = std::fs::read(env!("CARGO_BIN_EXE_bootstrap")).unwrap();
    let mut found = BTreeSet::new();
    for (at, _) in program.windows(HEADER.len()).enumerate().filter(|(_, window)| *window == HEADER) {
        let name = &program[at + HEADER.len()..][..30];
        // Other words may follow without a gap.
        let known = allowed.iter().find(|allowed| name.starts_with(allowed.as_bytes()));
        found.insert(*known.unwrap_or_else(|| panic!("not allowed: {}", String::from_utf8_lossy(name))));
    }
    assert_eq!(found, allowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_may_do_what_their_commands_do_and_no_more() {
    check_least(&of_managed("ReaderPolicy"), &recorded().await.by_readers, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_may_do_what_all_commands_do_and_no_more() {
    check_least(&of_managed("OperatorPolicy"), &recorded().await.by_operators, &[]);
}

#[test]
fn every_command_that_takes_a_table_was_recorded() {
    let recorded = READING.iter().chain(&WRITING).map(|command| command.to_vec());
    // It has the function's rights, and was recorded with the gate.
    let mut recorded: Vec<Vec<&str>> = recorded.chain([vec!["serve"]]).collect();
    for command in commands_on_a_table() {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let at = recorded.iter().position(|recorded| recorded.starts_with(&command));
        recorded.swap_remove(at.unwrap_or_else(|| panic!("whose rights does {command:?} need? record it")));
    }
    assert_eq!(recorded, Vec::<Vec<&str>>::new());
}

#[test]
fn the_function_neither_changes_policy_nor_deletes_nor_goes_through_records() {
    let policy = of_gate();
    for key in &KEYS[..2] {
        check_refused(&policy, TABLE, &WRITES, &[key]);
    }
    for key in &KEYS[2..] {
        check_refused(&policy, TABLE, &["PutItem", "DeleteItem", "BatchWriteItem", "PartiQLDelete"], &[key]);
        // By exact key it may read what it decides about; it cannot list what it does not know.
        check_refused(&policy, TABLE, &["GetItem", "Query", "PartiQLSelect"], &[key]);
    }
    check_refused(&policy, TABLE, &["UpdateItem"], &["POLICY#*", "QUOTA#app#country#SE"]);
    check_refused(
        &policy,
        TABLE,
        &["Scan", "BatchGetItem", "UpdateItem", "DescribeTable", "DeleteTable"],
        &[],
    );
    check_refused(&policy, INDEX, &["Query", "Scan"], &["2026-01-15T09#0"]);
    check_refused(&policy, INDEX, &["Query", "Scan"], &[]);
}

#[test]
fn readers_write_nothing_and_never_read_the_whole_table() {
    let policy = of_managed("ReaderPolicy");
    for key in KEYS {
        check_refused(&policy, TABLE, &WRITES, &[key]);
    }
    check_refused(&policy, TABLE, &WRITES, &[]);
    check_refused(&policy, TABLE, &["Scan", "UpdateTable", "DeleteTable", "UpdateTimeToLive"], &[]);
    check_refused(&policy, INDEX, &WRITES, &[]);
}

#[test]
fn operators_neither_delete_policies_nor_make_up_records_nor_touch_the_table_itself() {
    let policy = of_managed("OperatorPolicy");
    check_refused(&policy, TABLE, &["DeleteItem", "BatchWriteItem"], &["POLICY#*"]);
    check_refused(&policy, TABLE, &["BatchWriteItem"], &["LIST#blocklist", "POLICY#*"]);
    for key in &KEYS[2..] {
        check_refused(&policy, TABLE, &["PutItem", "BatchWriteItem"], &[key]);
    }
    let on_table = [
        "UpdateTable",
        "DeleteTable",
        "UpdateTimeToLive",
        "UpdateContinuousBackups",
        "ExportTableToPointInTime",
    ];
    check_refused(&policy, TABLE, &on_table, &[]);
    check_refused(&policy, TABLE, &WRITES, &[]);
    check_refused(&policy, INDEX, &WRITES, &[]);
}

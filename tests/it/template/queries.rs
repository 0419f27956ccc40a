//! The saved queries ask for fields that the log has.

use std::collections::BTreeSet;

use serde_json::Value;
use sinch_gate::clock;

use super::of_type;
use crate::world::cloudformation::template;
use crate::world::gate_process::GateProcess;
use crate::world::sinch::{Sent, request, result};

const NUMBER: &str = "+46701740605";
/// The starter policy denies it by a rule.
const TOLL_FREE: &str = "+18005550123";

/// The words of the query language that the queries use.
const LANGUAGE: [&str; 19] = [
    "fields",
    "filter",
    "stats",
    "sort",
    "by",
    "as",
    "and",
    "or",
    "asc",
    "desc",
    "count",
    "latest",
    "max",
    "pct",
    "bin",
    "ispresent",
    "timestamp",
    "message",
    "m",
];

/// The fields of a query: its words, without those of the language, quoted text, and the names that the query
/// itself defines.
fn fields(query: &str) -> BTreeSet<String> {
    let unquoted: String = query.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let words = unquoted.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).collect();
    let given = |word: &&str| words.windows(2).any(|pair| pair == ["as", *word]);
    let fields = words.iter().filter(|word| !LANGUAGE.contains(word) && !given(word));
    fields.map(|word| (*word).to_owned()).collect()
}

/// The names in every line that a gate logs while it decides, records, refuses and fails.
fn logged() -> BTreeSet<String> {
    let healthy = GateProcess::start(&[], &[]);
    healthy.post(&request("v1", NUMBER));
    healthy.post(&request("v2", TOLL_FREE));
    healthy.post(&result("v1", NUMBER, "SUCCESSFUL"));
    healthy.send(&Sent::signed("/elsewhere", "{}", clock::now()));
    healthy.lines_saying("callback refused", 1);
    let credentials =
        [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
    // Nothing listens at this port of this machine.
    let nowhere = ["--table", "none", "--endpoint-url", "http://127.0.0.1:9"];
    let failing = GateProcess::start(&nowhere, &[&credentials[..], &[("DECISION_BUDGET", "0.5")]].concat());
    failing.post(&request("v3", NUMBER));
    failing.lines_saying("not stored", 1);
    let lines = [healthy.log(), failing.log()].concat();
    let entries = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    entries.flat_map(|entry| entry.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).collect()
}

#[test]
fn saved_queries_ask_for_fields_that_the_log_has() {
    let (template, gate) = (template(), logged());
    let format = &template["Resources"]["HttpApiStage"]["Properties"]["AccessLogSettings"]["Format"];
    let format: Value = serde_json::from_str(format.as_str().unwrap()).unwrap();
    let front_door = format.as_object().unwrap().keys().cloned().collect();
    let mut n_queries = 0;
    for (name, query) in of_type(&template, "AWS::Logs::QueryDefinition") {
        let log = match query["Properties"]["LogGroupNames"][0]["Ref"].as_str().unwrap() {
            "GateLogs" => &gate,
            "FrontDoorLogs" => &front_door,
            other => panic!("{name} asks {other}"),
        };
        let fields = fields(query["Properties"]["QueryString"].as_str().unwrap());
        let unknown: Vec<_> = fields.difference(log).collect();
        assert!(unknown.is_empty(), "{name} asks for {unknown:?}, and the log has {log:?}");
        n_queries += 1;
    }
    assert!(n_queries > 0);
}

#[test]
fn fields_are_told_from_the_words_around_them() {
    let query = "filter message = \"decided x\" and verdict = \"deny\"\n\
        | stats count(*) as denials by rule, bin(5m)\n\
        | sort denials desc, pct(elapsed_ms, 50)";
    assert_eq!(Vec::from_iter(fields(query)), ["elapsed_ms", "rule", "verdict"]);
}

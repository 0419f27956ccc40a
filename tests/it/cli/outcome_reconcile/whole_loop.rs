//! From the start to the record, with the result lost on its way: the tool, the gate and the stand-in
//! together.

use serde_json::{Value, json};

use crate::cli::use_any_credentials;
use crate::world::stand_in::{CODE, StandIn};
use crate::world::tool::{Run, Running, Tool};

/// One verification at a time in a range of numbers, until it is verified.
const POLICY: &str = r#"schema = 1
default = "allow"

[[rules]]
id = "range"
verdict = "deny"
quota = { per = "block:3", limit = 1, window = "1d", release = "verified" }
"#;

const HASHED: [(&str, &str); 2] =
    [("NUMBER_PRIVACY", "hashed"), ("NUMBER_HASH_KEY", "MDEyMzQ1Njc4OWFiY2RlZg==")];

struct Loop {
    tool: Tool,
    api: StandIn,
    table: Running,
    gate: Option<Running>,
}

impl Loop {
    /// A gate that stores numbers as these variables say; the tool's later commands know them as well.
    fn with(variables: &[(&str, &str)]) -> Self {
        let (mut tool, api) = (Tool::new(), StandIn::start());
        use_any_credentials(&mut tool);
        tool.set("SINCH_API_URL", api.url());
        variables.iter().for_each(|(name, value)| tool.set(name, value));
        api.behave(|behaviour| behaviour.loses_results = true);
        let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
        let mut whole = Self { tool, api, table, gate: None };
        whole.tool.write("policy.toml", POLICY);
        whole.on_table(&["policy", "apply", "policy.toml", "-m", "test"]).exits(0);
        whole.another_gate();
        whole
    }

    /// Starts a new gate, which remembers nothing, and so does not know that a quota was full.
    fn another_gate(&mut self) {
        let place = ["--table", "sinch-gate", "--endpoint-url", &self.table.url];
        let gate = self.tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
        self.api.call_back(&gate.url);
        self.gate = Some(gate);
    }

    fn on_table(&self, arguments: &[&str]) -> Run {
        let place = ["--table", "sinch-gate", "--endpoint-url", &self.table.url];
        self.tool.run(&[arguments, &place[..]].concat())
    }

    /// Starts a verification of a number of the range; exit code 2 means that it was denied.
    fn start(&self, n: usize) -> Run {
        let (number, reference) = (format!("+467017406{n:02}"), format!("ref-{n}"));
        self.tool.run(&[
            "verification",
            "start",
            "--method",
            "sms",
            "--number",
            &number,
            "--reference",
            &reference,
        ])
    }

    fn report(&self, n: usize) {
        let reference = format!("ref-{n}");
        self.tool.run_on(CODE, &["verification", "report", "--reference", &reference]).exits(0);
    }

    fn reconcile(&self) -> Run {
        self.on_table(&["outcome", "reconcile", "--older-than", "0s"])
    }

    fn story(&self, n: usize) -> Value {
        let show = ["outcome", "show", &format!("ref-{n}"), "--format", "json"];
        self.on_table(&show).exits(0).json().remove(0)
    }

    /// Sinch reports how it ended, with a delay.
    fn tell_late(&self, n: usize) {
        self.api.behave(|behaviour| behaviour.loses_results = false);
        self.api.finish(&format!("ref-{n}"), "SUCCESSFUL", None);
        self.api.behave(|behaviour| behaviour.loses_results = true);
        assert_eq!(self.api.callbacks().last().unwrap(), &("VerificationResultEvent".to_owned(), 200));
    }
}

fn a_lost_result_is_reconciled(mut whole: Loop) {
    whole.start(1).exits(0);
    whole.report(1);
    assert_eq!(whole.story(1)["heard"], json!([]), "the result was lost");
    whole.start(2).exits(2);
    whole.reconcile().exits(0).shows("SUCCESSFUL 1").says_nothing();
    let story = whole.story(1);
    assert_eq!(story["decision"]["verdict"], "allow");
    let mut heard = story["heard"].clone();
    heard[0]["at"].take();
    let result =
        json!({"at": null, "kind": "result", "status": "SUCCESSFUL", "source": "manual", "reconciled": true});
    assert_eq!(heard, json!([result]));

    // The share is back, and is taken by the next.
    whole.another_gate();
    whole.start(3).exits(0);
    // The result arrives late: nothing changes, and no share comes back again.
    whole.tell_late(1);
    assert_eq!(whole.story(1), story);
    whole.another_gate();
    whole.start(4).exits(2);
    assert_eq!(whole.gate.as_ref().unwrap().log().matches("contradicts").count(), 0);
}

#[test]
fn the_whole_loop_with_the_result_lost_and_reconciled() {
    a_lost_result_is_reconciled(Loop::with(&[]));
}

#[test]
fn the_whole_loop_with_hashed_numbers() {
    let whole = Loop::with(&HASHED);
    a_lost_result_is_reconciled(whole);
}

#[test]
fn hashed_numbers_need_the_key_of_their_hashes() {
    let mut whole = Loop::with(&HASHED);
    whole.start(1).exits(0);
    whole.report(1);
    let asked = whole.api.count("GET");
    whole.tool.set("NUMBER_PRIVACY", "plain");
    whole.reconcile().exits(2).says("NUMBER_PRIVACY and NUMBER_HASH_KEY").shows("without hash key");
    assert_eq!(whole.api.count("GET"), asked);
    // With a wrong key, no number is the right one.
    whole.tool.set("NUMBER_PRIVACY", "hashed");
    whole.tool.set("NUMBER_HASH_KEY", "ZmVkY2JhOTg3NjU0MzIxMA==");
    whole
        .reconcile()
        .exits(2)
        .says("ref-1: the answer is about something else: its `identity.endpoint` differs");
    assert_eq!(whole.story(1)["heard"], json!([]));
}

#[test]
fn a_result_that_differs_from_the_answer_is_seen_in_the_record_and_the_log() {
    let whole = Loop::with(&[]);
    whole.start(1).exits(0);
    let id = whole.api.id_of("ref-1");
    // Sinch says FAIL when it is asked, and SUCCESSFUL by callback.
    whole.api.fail([crate::world::stand_in::Fault::AnswerAfter(
        200,
        json!({"id": id, "method": "sms", "status": "FAIL", "reason": "Expired"}).to_string(),
    )]);
    whole.reconcile().exits(0).shows("FAIL 1");
    whole.tell_late(1);
    let story = whole.story(1);
    assert_eq!(story["contradiction"], json!(["FAIL", "SUCCESSFUL"]));
    whole
        .on_table(&["outcome", "show", "ref-1"])
        .exits(0)
        .shows("contradiction: FAIL and SUCCESSFUL; SUCCESSFUL counts");
    let log = whole.gate.as_ref().unwrap().log();
    let alarm = log.lines().find(|line| line.contains("contradicts")).unwrap();
    assert!(
        alarm.contains(r#""level":"ERROR""#) && alarm.contains(r#""statuses":"FAIL, SUCCESSFUL""#),
        "{alarm}"
    );
    whole.reconcile().exits(2).says("ref-1: Sinch reported different ends: FAIL, SUCCESSFUL");
}

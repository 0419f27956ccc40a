//! `outcome show`.

use crate::world::tool::{SAMPLE_KEY, Tool, sample};

/// A gate's file, in which a sample and what came of it are recorded.
fn recorded() -> Tool {
    let tool = Tool::new();
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for event in ["request-sms", "sms-delivered-successful", "result-successful", "request-sms-minimal"] {
        tool.run(&["send", &sample(event), "--url", &gate.url]);
    }
    assert_eq!(gate.stop(), Some(0));
    tool
}

/// Replaces every time to the second.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| word.len() == 20 && word.parse::<jiff::Timestamp>().is_ok();
    text.split(' ').map(|word| if is_time(word) { "TIME" } else { word }).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_story_tells_what_was_asked_decided_and_heard() {
    let tool = recorded();
    let run = tool.run(&["outcome", "show", "signup-20260115-0001", "--data", "gate.db"]).exits(0);
    let expected = "\
signup-20260115-0001: sms to +46701740605 (SE, mobile)
  id 019bc0d4-3a10-7c41-8e52-5b0c7d1f9a01
  TIME   allow: no rule decided (policy starter)
  TIME   SMS delivery: Successful
  TIME   result: SUCCESSFUL, manual
";
    assert_eq!(without_times(&run.stdout), expected, "{run}");

    let run = tool
        .run(&["outcome", "show", "signup-20260115-0001", "--data", "gate.db", "--format", "json"])
        .exits(0);
    let story = &run.json()[0];
    assert_eq!(story["decision"]["verdict"], "allow");
    assert_eq!(story["heard"].as_array().unwrap().len(), 2);
}

#[test]
fn a_verification_without_reference_is_found_by_its_id() {
    let tool = recorded();
    let event: serde_json::Value =
        serde_json::from_str(&crate::world::tool::read("events/request-sms-minimal.json")).unwrap();
    let id = event["id"].as_str().unwrap();
    tool.run(&["outcome", "show", id, "--data", "gate.db"]).exits(0).shows("no reference: ").shows(id);
}

#[test]
fn a_reference_that_is_not_recorded_is_said_to_be_unknown() {
    let tool = recorded();
    tool.run(&["outcome", "show", "another", "--data", "gate.db"])
        .exits(2)
        .prints("")
        .says(&format!("nothing is recorded under `another` for application {SAMPLE_KEY}"));
    tool.run(&["outcome", "show", "signup-20260115-0001", "--app", "another", "--data", "gate.db"]).exits(2);
}

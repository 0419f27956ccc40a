//! `[[tests]]` over recorded traffic, which stand beside the policy.

use super::{POLICY, analyst};
use crate::world::tool::Tool;

fn with_test(tool: &Tool, max_harm: &str) {
    let test =
        format!("[[tests]]\nbacktest = {{ traffic = \"traffic.jsonl\", max_harm = \"{max_harm}\" }}\n");
    tool.write("policy.toml", &format!("{POLICY}\n{test}"));
    // A line that broke off ends a test, since it would pass for the wrong reason.
    let traffic = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    let whole: Vec<&str> = traffic.lines().filter(|line| line.ends_with('}')).collect();
    tool.write("traffic.jsonl", &whole.join("\n"));
}

#[test]
fn a_policy_that_turns_away_too_many_fails_its_own_test() {
    let tool = analyst();
    with_test(&tool, "66.6%");
    let run = tool.run(&["policy", "check", "policy.toml"]).exits(2).says("1 of 1 test failed");
    let run = run
        .shows("error: this test fails: it turns away 2 of 3 (66.7 %) people who verified, more than 66.6 %");
    run.shows("help: the worst case is by `block`; `sinch-gate policy backtest` shows whom");
    let apply = ["policy", "apply", "policy.toml", "-m", "test", "--data", "gate.db"];
    tool.run(&apply).exits(2).says("this test fails: it turns away").says("nothing changed");
    with_test(&tool, "67%");
    tool.run(&["policy", "check", "policy.toml"]).exits(0).says("no mistakes, 1 test passed");
    tool.run(&apply).exits(0);
}

#[test]
fn traffic_is_looked_for_beside_the_policy_and_must_be_whole() {
    let tool = analyst();
    let traffic = std::fs::read_to_string(tool.file("traffic.jsonl")).unwrap();
    std::fs::create_dir(tool.file("rules")).unwrap();
    let test =
        "[[tests]]\nname = \"last month\"\nbacktest = { traffic = \"month.jsonl\", max_harm = \"70%\" }\n";
    tool.write("rules/policy.toml", &format!("{POLICY}\n{test}"));
    let check = ["policy", "check", "rules/policy.toml"];
    tool.run(&check).exits(2).shows("test “last month” fails: cannot read");
    tool.write("rules/month.jsonl", &traffic);
    tool.run(&check).exits(2).shows("month.jsonl:29: not a JSON object");
    tool.write("rules/month.jsonl", "");
    tool.run(&check).exits(2).shows("fails: nobody verified in");
}

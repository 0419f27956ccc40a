//! `policy check` and `policy apply`.

use serde_json::json;

use crate::tool::{Run, Tool, read, sample};

const BROKEN: &str = "\
schema = 1
default = \"alow\"

[[rules]]
id = \"markets\"
verdict = \"deny\"
when.country = [\"UK\"]
";

const CLOSED: &str = "schema = 1\ndefault = \"deny\"\n";

/// A user with a broken policy, one that denies everything, and the starter policy.
fn author() -> Tool {
    let tool = Tool::new();
    tool.write("broken.toml", BROKEN);
    tool.write("closed.toml", CLOSED);
    tool.write("starter.toml", &read("src/policy/starter.toml"));
    tool
}

fn apply(tool: &Tool, file: &str, more: &[&str]) -> Run {
    tool.run(&[&["policy", "apply", file, "-m", "test", "--data", "gate.db"], more].concat())
}

/// What the policy in force says to a verification.
fn decides(tool: &Tool) -> Run {
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    tool.run(&["send", &sample("request-sms"), "--new", "--url", &gate.url])
}

#[test]
fn every_mistake_is_data_with_its_place() {
    author().run(&["policy", "check", "broken.toml"]).exits(2).says("broken.toml: 2 mistakes\n").prints(
        "broken.toml:2:11: error: `default` is `allow` or `deny`, not `alow`\n  \
         help: did you mean `allow`?\n\
         broken.toml:7:17: error: `UK` is no ISO 3166-1 country code\n  \
         help: did you mean `GB`?\n",
    );
    let run = author().run(&["policy", "check", "broken.toml", "--format", "json"]).exits(2);
    let second = json!({
        "severity": "error",
        "line": 7,
        "column": 17,
        "message": "`UK` is no ISO 3166-1 country code",
        "help": "did you mean `GB`?",
    });
    assert_eq!(run.json()[1], second);
}

#[test]
fn a_policy_without_mistakes_passes_even_with_warnings() {
    author().run(&["policy", "check", "starter.toml"]).exits(0).prints("").says(" rules, no mistakes\n");
    let tool = author();
    tool.write("unused.toml", &format!("{CLOSED}[sets]\nhome = [\"SE\"]\n"));
    tool.run(&["policy", "check", "unused.toml"])
        .exits(0)
        .shows("unused.toml:4:1: warning: ")
        .says("unused.toml: 0 rules, no mistakes, 1 warning\n");
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure() {
    author().run(&["policy", "check", "nothing.toml"]).exits(1).prints("").says("cannot read nothing.toml");
    apply(&author(), "nothing.toml", &[]).exits(1).says("cannot read nothing.toml");
}

#[test]
fn each_policy_that_is_applied_is_the_next_version() {
    let tool = author();
    apply(&tool, "starter.toml", &[]).exits(0).says("version 1 is in force for all applications\n");
    apply(&tool, "closed.toml", &[]).exits(0).says("version 2 is in force for all applications\n");
    decides(&tool).exits(2).shows("deny");
    apply(&tool, "starter.toml", &["--app", "mine"]).exits(0).says("version 1 is in force for mine\n");
}

#[test]
fn a_broken_policy_changes_nothing() {
    let tool = author();
    apply(&tool, "closed.toml", &[]).exits(0);
    apply(&tool, "broken.toml", &[])
        .exits(2)
        .prints("")
        .says("broken.toml:7:17: error: ")
        .says("nothing was changed");
    decides(&tool).exits(2).shows("deny");
}

#[test]
fn of_policies_applied_at_once_each_is_in_force_or_told_of_the_other() {
    let tool = author();
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let mut tool = tool;
    super::table::use_any_credentials(&mut tool);
    let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
    let apply = || tool.run(&[&["policy", "apply", "closed.toml", "-m", "race"], &place[..]].concat());
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(apply)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (applied, refused): (Vec<Run>, Vec<Run>) =
        runs.into_iter().partition(|run| run.stderr.contains("is in force for all"));
    let mut versions: Vec<String> = applied.into_iter().map(|run| run.exits(0).stderr).collect();
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len() + refused.len(), 6, "a version was given twice: {versions:?}");
    for run in refused {
        run.exits(1)
            .says("was put in force meanwhile")
            .says("by tester: “race”; look at it, then apply again");
    }
}

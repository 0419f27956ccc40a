//! `policy check` and `policy apply`, and in the files below the other commands for policies.

mod apply;
mod backtest;
mod diff;
mod drill;
mod explain;
mod history;
mod init;
mod rollback;
mod show;
mod suggest;

use serde_json::json;

use crate::world::tool::{Run, Tool, read, sample};

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

/// Somebody who has applied three policies: the starter, one that denies everything, and the starter again
/// with its default changed.
fn experienced() -> Tool {
    let tool = author();
    tool.write(
        "third.toml",
        &read("src/policy/starter.toml").replace("default = \"allow\"", "default = \"deny\""),
    );
    for (file, message) in [("starter.toml", "first"), ("closed.toml", "attack"), ("third.toml", "calm")] {
        tool.run(&["policy", "apply", file, "-m", message, "--data", "gate.db"]).exits(0);
    }
    tool
}

/// What `policy show` prints of a version for all applications.
fn shown(version: u64, text: &str) -> String {
    format!("# sinch-gate policy, version {version} for all applications, from gate.db\n{text}")
}

/// Replaces every time to the second by one of the same width.
fn without_times(text: &str) -> String {
    let is_time = |word: &str| word.len() == 20 && word.parse::<jiff::Timestamp>().is_ok();
    let words = text.split(' ').map(|word| if is_time(word) { "YYYY-MM-DDThh:mm:ssZ" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// What the policy in force decides about a verification.
fn decides(tool: &Tool) -> Run {
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    tool.run(&["send", &sample("request-sms"), "--new", "--url", &gate.url])
}

#[test]
fn every_mistake_is_data_with_its_place() {
    author().run(&["policy", "check", "broken.toml"]).exits(2).says("broken.toml: 2 mistakes\n").prints(
        "broken.toml:2:11: error: `default` is `allow` or `deny`, not `alow`\n  \
         help: did you mean `allow`?\n\
         broken.toml:7:17: error: `UK` is not an ISO 3166-1 country code\n  \
         help: did you mean `GB`?\n",
    );
    let run = author().run(&["policy", "check", "broken.toml", "--format", "json"]).exits(2);
    let second = json!({
        "severity": "error",
        "line": 7,
        "column": 17,
        "message": "`UK` is not an ISO 3166-1 country code",
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
        .shows("unused.toml:2:1: warning: this policy allows nothing: `default` denies, and no rule allows\n")
        .shows("unused.toml:4:1: warning: ")
        .says("unused.toml: 0 rules, no mistakes, 2 warnings\n");
}

/// One test that passes and two that fail.
const TESTED: &str = r#"
[[tests]]
number = "+46701740605"
expect = "deny"

[[tests]]
name = "calls"
number = "+46701740605"
method = "callout"
expect = "allow"

[[tests]]
number = "+46701740605"
expect = "allow"
"#;

#[test]
fn the_tests_beside_a_policy_are_run() {
    let tool = author();
    tool.write("tested.toml", &format!("{CLOSED}{TESTED}"));
    let help = "no rule decided; `sinch-gate policy explain` shows what became of each";
    tool.run(&["policy", "check", "tested.toml"])
        .exits(2)
        .says("tested.toml: 0 rules, no mistakes, 1 warning, 2 of 3 tests failed\n")
        .shows(&format!(
            "tested.toml:8:1: error: test “calls” fails: expected allow, got deny by default\n  help: \
             {help}\n\
             tested.toml:14:1: error: this test fails: expected allow, got deny by default\n  help: {help}\n"
        ));
    let json = tool.run(&["policy", "check", "tested.toml", "--format", "json"]).exits(2).json();
    assert_eq!((json.len(), &json[1]["line"]), (3, &8.into()));
    tool.write("tested.toml", &format!("{CLOSED}{}", TESTED.replace("allow", "deny")));
    tool.run(&["policy", "check", "tested.toml"])
        .exits(0)
        .says("tested.toml: 0 rules, no mistakes, 1 warning, 3 tests passed\n");
}

#[test]
fn a_policy_whose_tests_fail_is_not_applied() {
    let tool = author();
    apply(&tool, "starter.toml", &[]).exits(0);
    tool.write("tested.toml", &format!("{CLOSED}{TESTED}"));
    apply(&tool, "tested.toml", &[])
        .exits(2)
        .says("tested.toml:8:1: error: test “calls” fails: expected allow, got deny by default")
        .says("nothing changed\nhint: fix the policy or its tests, then apply again\n");
    tool.write("tested.toml", &format!("{CLOSED}{}", TESTED.replace("allow", "deny")));
    apply(&tool, "tested.toml", &[]).exits(0).says("version 2 is in force");
    // The gate passes over them.
    decides(&tool).exits(2).shows("deny");
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure() {
    author().run(&["policy", "check", "nothing.toml"]).exits(1).prints("").says("cannot read nothing.toml");
    apply(&author(), "nothing.toml", &[]).exits(1).says("cannot read nothing.toml");
}

#[test]
fn each_policy_that_is_applied_is_the_next_version() {
    let tool = author();
    apply(&tool, "starter.toml", &[])
        .exits(0)
        .says("version 1 is in force for all applications in gate.db\n");
    apply(&tool, "closed.toml", &[]).exits(0).says("version 2 is in force for all");
    decides(&tool).exits(2).shows("deny");
    apply(&tool, "starter.toml", &["--app", "mine", "--anyway"])
        .exits(0)
        .says("version 1 is in force for mine in gate.db");
}

#[test]
fn a_broken_policy_changes_nothing() {
    let tool = author();
    apply(&tool, "closed.toml", &[]).exits(0);
    apply(&tool, "broken.toml", &[])
        .exits(2)
        .prints("")
        .says("broken.toml:7:17: error: ")
        .says("nothing changed");
    decides(&tool).exits(2).shows("deny");
}

#[test]
fn a_text_that_is_in_force_is_not_applied_again() {
    let tool = author();
    apply(&tool, "closed.toml", &[]).exits(0);
    apply(&tool, "closed.toml", &[])
        .exits(0)
        .prints("")
        .says("already in force: version 1 for all applications");
    let history = tool.run(&["policy", "history", "--data", "gate.db", "--format", "json"]).exits(0);
    assert_eq!(history.json().len(), 1, "{history}");
    // For another application it is the first.
    apply(&tool, "closed.toml", &["--app", "mine", "--anyway"])
        .exits(0)
        .says("version 1 is in force for mine in gate.db");
}

#[test]
fn a_policy_that_is_too_large_for_the_table_is_refused() {
    let tool = author();
    tool.write("large.toml", &format!("{CLOSED}{}", "# text\n".repeat(10_000)));
    apply(&tool, "large.toml", &[]).exits(2).says("a policy has at most 65536 bytes, this one has 70");
}

#[test]
fn of_two_people_who_apply_at_once_one_wins_and_the_other_is_shown_whose_policy() {
    let mut tool = author();
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    super::local_table::use_any_credentials(&mut tool);
    let people = ["Åsa", "Ben", "Cem", "Dua", "Eve", "Fay"];
    let run = |name: &str| {
        let file = format!("{name}.toml");
        tool.write(&file, &format!("{CLOSED}# {name}\n"));
        let what = ["policy", "apply", &file, "-m", &format!("by {name}"), "--author", name];
        tool.run(&[&what[..], &["--table", "sinch-gate", "--endpoint-url", &table.url]].concat())
    };
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let threads: Vec<_> = people.iter().map(|name| scope.spawn(|| run(name))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut winners = Vec::new();
    let mut losers = Vec::new();
    for (name, run) in people.iter().zip(runs) {
        let said = run.stderr.lines().find_map(|line| line.strip_prefix("version ")?.split_once(' '));
        match said {
            Some((version, rest)) if rest.starts_with("is in force for all") => {
                winners.push((version.to_owned(), *name));
                run.exits(0);
            }
            _ => losers.push(run.exits(1).says("was put in force meanwhile, at 20")),
        }
    }
    assert!(!winners.is_empty(), "{}", losers[0]);
    for loser in &losers {
        let told = |(version, name): &(String, &str)| {
            loser.stderr.contains(&format!("version {version} was put in force meanwhile"))
                && loser.stderr.contains(&format!("by {name}: “by {name}”; look at it, then apply again"))
        };
        assert!(winners.iter().any(told), "{winners:?} won, and not told by {loser}");
    }
    let mut versions: Vec<&String> = winners.iter().map(|(version, _)| version).collect();
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len() + losers.len(), people.len(), "a version was given twice: {winners:?}");
    let place = ["--table", "sinch-gate", "--endpoint-url", &table.url, "--format", "json"];
    let history = tool.run(&[&["policy", "history"], &place[..]].concat()).exits(0).json();
    // What the losers stored was never in force, and is left out.
    let in_force: Vec<String> = history.iter().map(|row| row["version"].to_string()).collect();
    assert_eq!(in_force.iter().rev().collect::<Vec<_>>(), versions);
}

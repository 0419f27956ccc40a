//! `policy diff`.

use serde_json::json;

use super::{apply, author, experienced};
use crate::world::tool::{Run, Tool};

fn diff(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["policy", "diff"], arguments, &["--data", "gate.db"]].concat())
}

/// A policy with one rule, which admits `limit` a day.
fn with_limit(limit: u64) -> String {
    format!(
        "schema = 1\ndefault = \"allow\"\n\n[[rules]]\nid = \"per-number\"\nverdict = \"deny\"\n\
         quota = {{ per = \"number\", limit = {limit}, window = \"1d\" }}\n"
    )
}

#[test]
fn a_file_is_compared_with_the_policy_in_force() {
    let tool = author();
    tool.write("five.toml", &with_limit(5));
    tool.write("changed.toml", &with_limit(3));
    apply(&tool, "five.toml", &[]).exits(0);
    diff(&tool, &["five.toml"]).exits(0).prints("").says("to five.toml\nthere is no difference\n");
    let expected = "\
rule `per-number`: quota.limit changed from 5 to 3

--- version 1
+++ changed.toml
@@ -4,4 +4,4 @@
 [[rules]]
 id = \"per-number\"
 verdict = \"deny\"
-quota = { per = \"number\", limit = 5, window = \"1d\" }
+quota = { per = \"number\", limit = 3, window = \"1d\" }
";
    diff(&tool, &["changed.toml"]).exits(2).says("from version 1 (20").prints(expected);
    let run = diff(&tool, &["changed.toml", "--format", "json"]).exits(2);
    let change = json!({
        "change": "changed",
        "rule": "per-number",
        "key": "quota.limit",
        "from": "5",
        "to": "3",
        "text": "rule `per-number`: quota.limit changed from 5 to 3",
    });
    assert_eq!(run.json(), [change]);
}

#[test]
fn a_change_that_makes_counters_forget_is_told_before_and_while_it_comes_into_force() {
    let tool = author();
    let euros = with_limit(5).replace("limit = 5", "limit = \"5.00 EUR\"").replace("1d", "1h");
    tool.write("five.toml", &with_limit(5));
    tool.write("euros.toml", &euros);
    apply(&tool, "five.toml", &[]).exits(0);
    let unit = "rule `per-number`: quota.limit changed from 5 to \"5.00 EUR\" (it counts something else now, \
        so it \
                starts anew)\n";
    let window = "rule `per-number`: quota.window changed from \"1d\" to \"1h\" (in force at once, and what \
        is older is \
                  forgotten, also if it is made longer again)\n";
    diff(&tool, &["euros.toml"]).exits(2).shows(unit).shows(window);
    apply(&tool, "euros.toml", &[]).exits(0).says(unit).says(window);
}

#[test]
fn versions_are_compared_with_each_other_and_with_the_one_in_force() {
    let tool = experienced();
    diff(&tool, &["1", "3"]).exits(2).shows("default changed from \"allow\" to \"deny\"\n");
    diff(&tool, &["v3", "v3"]).exits(0).prints("");
    diff(&tool, &["1"])
        .exits(2)
        .says("to version 1 (20")
        .shows("default changed from \"deny\" to \"allow\"\n");
    // Without arguments, the last change.
    diff(&tool, &[])
        .exits(2)
        .says("from version 2 (20")
        .says("to version 3 (20")
        .shows("rule `cooldown` added");
    diff(&tool, &["1", "7"]).exits(1).says("there are versions 1 to 3, the nearest is 3");
}

#[test]
fn two_files_need_no_table() {
    let tool = author();
    let run = tool.run(&["policy", "diff", "starter.toml", "closed.toml"]).exits(2);
    assert!(run.stdout.contains("rule `cooldown` removed: ") && !tool.file("gate.db").exists(), "{run}");
    tool.write("comment.toml", &format!("{}# why\n", super::CLOSED));
    tool.run(&["policy", "diff", "closed.toml", "comment.toml"])
        .exits(2)
        .says("the rules are the same; only comments, layout or spelling differ")
        .shows("+# why\n");
}

#[test]
fn what_cannot_be_compared_is_a_failure() {
    let tool = author();
    diff(&tool, &["closed.toml"]).exits(1).says("there is no file gate.db");
    apply(&tool, "closed.toml", &[]).exits(0);
    diff(&tool, &["broken.toml"])
        .exits(1)
        .prints("")
        .says("broken.toml:7:17: error: ")
        .says("hint: fix them first");
    diff(&tool, &["nothing.toml"]).exits(1).says("cannot read nothing.toml");
}

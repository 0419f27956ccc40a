//! `policy rollback`.

use super::{CLOSED, apply, author, experienced};
use crate::world::tool::{Run, Tool, read};

fn rollback(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["policy", "rollback"], arguments, &["--data", "gate.db"]].concat())
}

#[test]
fn the_text_of_the_version_before_becomes_a_new_version() {
    let tool = experienced();
    rollback(&tool, &["--yes", "-m", "too strict"])
        .exits(0)
        .prints("")
        .says("the text of version 2 (20")
        .says("tester: attack) comes into force in place of version 3 (20")
        .says("  rule `cooldown` removed: ")
        .says("version 4 is in force for all applications in gate.db\n");
    tool.run(&["policy", "show", "--data", "gate.db"]).exits(0).prints(CLOSED);
    let history = tool.run(&["policy", "history", "--data", "gate.db", "--format", "json"]).exits(0).json();
    assert_eq!((history.len(), &history[0]["message"]), (4, &"rollback to v2: too strict".into()));
    // What was in force before is version 3 now: one more takes the first one back.
    rollback(&tool, &["--yes"]).exits(0).says("the text of version 3 (20").says("version 5 is in force");
    rollback(&tool, &["v1", "--yes"]).exits(0).says("version 6 is in force");
    tool.run(&["policy", "show", "--data", "gate.db"]).exits(0).prints(&read("src/policy/starter.toml"));
}

#[test]
fn nothing_is_changed_where_nobody_can_be_asked() {
    let tool = experienced();
    rollback(&tool, &[]).exits(1).says("comes into force in place of").says("give --yes");
    tool.run(&["policy", "history", "--data", "gate.db"]).exits(0).shows("3         in force");
}

#[test]
fn where_there_is_nothing_to_go_back_to_it_is_said() {
    let tool = author();
    apply(&tool, "closed.toml", &[]).exits(0);
    rollback(&tool, &["--yes"]).exits(1).says("version 1 is the first that was in force");
    rollback(&tool, &["1", "--yes"]).exits(0).says("already in force: version 1 has the text of version 1");
    rollback(&tool, &["5", "--yes"]).exits(1).says("there is no version 5: there is only version 1");
}

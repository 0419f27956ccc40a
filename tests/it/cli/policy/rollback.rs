//! `policy rollback`.

use super::{CLOSED, apply, author, experienced, shown};
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
    tool.run(&["policy", "show", "--data", "gate.db"]).exits(0).prints(&shown(4, CLOSED));
    let history = tool.run(&["policy", "history", "--data", "gate.db", "--format", "json"]).exits(0).json();
    assert_eq!((history.len(), &history[0]["reason"]), (4, &"rollback to v2: too strict".into()));
}

#[test]
fn who_goes_back_twice_is_further_back_and_not_where_he_began() {
    let tool = experienced();
    rollback(&tool, &["--yes"]).exits(0).says("the text of version 2 (20").says("version 4 is in force");
    rollback(&tool, &["--yes"]).exits(0).says("the text of version 1 (20").says("version 5 is in force");
    tool.run(&["policy", "show", "--data", "gate.db"])
        .exits(0)
        .prints(&shown(5, &read("src/policy/starter.toml")));
    // Forward again, which says so.
    rollback(&tool, &["--to", "v3"])
        .exits(1)
        .says("warning: this brings back version 3, which was rolled back at 20")
        .says("give --yes");
    let history = tool.run(&["policy", "history", "--data", "gate.db", "--format", "json"]).exits(0).json();
    let rolled_back: Vec<_> = history.iter().map(|row| row["rolled_back"] == true).collect();
    assert_eq!(rolled_back, [false, false, true, true, false]);
    rollback(&tool, &["--to", "v3", "--yes"]).exits(0).says("version 6 is in force");
    rollback(&tool, &["--yes"]).exits(0).says("the text of version 1 (20");
}

#[test]
fn before_and_behind_the_first_version_is_the_starter() {
    let tool = author();
    tool.run(&["list", "add", "blocklist", "+46701740605", "--reason", "x", "--data", "gate.db"]).exits(0);
    rollback(&tool, &["--yes"]).exits(1).says("the starter policy is in force").says("hint: ");
    apply(&tool, "closed.toml", &[]).exits(0);
    rollback(&tool, &["--yes", "-m", "oh no"])
        .exits(0)
        .says("the text of the starter policy (built in) comes into force in place of version 1 (20")
        .says("version 2 is in force");
    tool.run(&["policy", "show", "--data", "gate.db"])
        .exits(0)
        .prints(&shown(2, &read("src/policy/starter.toml")))
        .says("tester: rollback to the starter policy: oh no)");
    rollback(&tool, &["--yes"]).exits(1).says("there is nothing to go back to");
    apply(&tool, "closed.toml", &[]).exits(0);
    rollback(&tool, &["--to", "starter", "--yes"]).exits(0).says("version 4 is in force");
}

#[test]
fn what_came_of_a_change_is_one_object_for_programs() {
    let tool = experienced();
    let applied = apply(&tool, "closed.toml", &["--format", "json", "--author", "ann"]).exits(0).json();
    let back = rollback(&tool, &["--yes", "--format", "json"]).exits(0).json();
    for (run, version, from, by, reason) in
        [(&applied, 4, 3, "ann", "test"), (&back, 5, 4, "tester", "rollback to v3")]
    {
        let [run] = run.as_slice() else { panic!("{run:?}") };
        assert!(run["applied_at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{run}");
        let mut run = run.clone();
        run.as_object_mut().unwrap().remove("applied_at");
        let expected = serde_json::json!({
            "app": "*", "version": version, "applied_by": by, "reason": reason, "from": from,
            "place": "gate.db",
        });
        assert_eq!(run, expected);
    }
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
    let to = |version| rollback(&tool, &["--to", version, "--yes"]);
    to("1").exits(0).says("already in force: version 1 has the text of version 1");
    to("5").exits(1).says("there is no version 5: there is only version 1");
}

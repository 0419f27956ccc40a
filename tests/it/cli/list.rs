//! `list add`, `list remove` and `list show`.

use jiff::{SignedDuration, Timestamp};
use sinch_gate::clock;
use sinch_gate::list::ListEntry;

use super::recorded::write_to;
use crate::world::tool::{Run, Tool};

fn list(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["list"], arguments, &["--data", "gate.db"]].concat())
}

fn add(tool: &Tool, arguments: &[&str]) -> Run {
    list(tool, &[&["add", "blocklist", "--reason", "pumping"], arguments].concat())
}

#[test]
fn numbers_and_prefixes_are_added_shown_and_removed() {
    let tool = Tool::new();
    add(&tool, &["+46701740605", "+99899394*"])
        .exits(0)
        .prints("")
        .says("+46701740605 is on blocklist\n+99899394* is on blocklist\n");
    let shown = list(&tool, &["show", "blocklist"]).exits(0);
    for part in
        ["+46701740605   for good   pumping (tester, 20", "+99899394*     for good   pumping (tester, 20"]
    {
        assert!(shown.stdout.contains(part), "{part} in {shown}");
    }
    list(&tool, &["remove", "blocklist", "+99899394*"]).exits(0).says("+99899394* is off blocklist\n");
    list(&tool, &["remove", "blocklist", "+99899394*"]).exits(2).says("was not on blocklist");
    let left = list(&tool, &["show", "blocklist", "--format", "json"]).exits(0).json();
    assert_eq!(left.len(), 1);
    assert_eq!(
        (&left[0]["entry"], &left[0]["expires_at"]),
        (&"+46701740605".into(), &serde_json::Value::Null)
    );
}

#[test]
fn an_entry_lives_as_long_as_it_was_told_to() {
    let tool = Tool::new();
    add(&tool, &["+4670*", "--for", "6h", "--author", "night shift"])
        .exits(0)
        .says("is on blocklist until 20");
    let entry = list(&tool, &["show", "blocklist", "--format", "json"]).exits(0).json().remove(0);
    let time = |member: &str| entry[member].as_str().unwrap().parse::<Timestamp>().unwrap();
    let lived = time("expires_at").duration_since(time("added_at"));
    assert_eq!(lived.as_secs(), 6 * 3_600, "{entry}");
    assert_eq!(entry["added_by"], "night shift");
}

#[test]
fn an_entry_whose_time_is_over_is_not_shown() {
    let now = clock::now();
    let entry = |entry: &str, lives: i64| ListEntry {
        list: "blocklist".to_owned(),
        entry: entry.to_owned(),
        reason: "pumping".to_owned(),
        author: "tester".to_owned(),
        added_at: now - SignedDuration::from_hours(1),
        expires_at: Some(now + SignedDuration::from_secs(lives)),
    };
    let tool = Tool::new();
    write_to(&tool, async |store| {
        for entry in [entry("+4670*", 3_600), entry("+4671*", -1)] {
            store.lists().add(&entry).await.unwrap();
        }
    });
    let shown = list(&tool, &["show", "blocklist"]).exits(0).shows("+4670*");
    assert!(!shown.stdout.contains("+4671*"), "{shown}");
}

#[test]
fn a_list_without_entries_is_said_to_be_empty() {
    let tool = Tool::new();
    add(&tool, &["+4670*"]).exits(0);
    list(&tool, &["show", "safelist"]).exits(0).prints("").says("nothing is on safelist");
    list(&tool, &["show", "safelist", "--format", "json"]).exits(0).prints("");
}

#[test]
fn a_list_that_nobody_knows_is_a_failure_that_names_the_nearest() {
    let tool = Tool::new();
    add(&tool, &["+46701740605"]).exits(0);
    list(&tool, &["add", "testers", "+46701740606", "--reason", "test", "--anyway"]).exits(0);
    for command in ["show", "export"] {
        let unknown = list(&tool, &[command, "tester"]).exits(1).prints("");
        unknown.says("there is no list `tester`").says("did you mean `testers`?");
    }
    list(&tool, &["remove", "bloklist", "+46701740605"]).exits(2).says("did you mean `blocklist`?");
    list(&tool, &["show", "elephant"]).exits(1).says("known here: `blocklist`, ");
}

#[test]
fn several_entries_are_taken_off_only_with_leave() {
    let tool = Tool::new();
    add(&tool, &["+46701740605", "+4671*"]).exits(0);
    let remove = ["remove", "blocklist", "+46701740605", "+4671*"];
    list(&tool, &remove)
        .exits(1)
        .says("2 entries will be taken off blocklist: +46701740605, +4671*\n")
        .says("nothing was done, since nobody can be asked here\nhint: give --yes");
    list(&tool, &["show", "blocklist"]).exits(0).shows("+4671*");
    list(&tool, &[&remove[..], &["--yes"]].concat()).exits(0).says("+4671* is off blocklist");
    list(&tool, &["show", "blocklist"]).exits(0).says("nothing is on blocklist");
}

#[test]
fn bad_entries_lifetimes_and_names_are_refused_before_anything_is_written() {
    let tool = Tool::new();
    add(&tool, &["+46701740605", "0701740605"]).exits(1).says("`0701740605` is neither a number in E.164");
    add(&tool, &["*"]).exits(1).says("`*` is neither");
    add(&tool, &["+4670*", "--for", "a while"]).exits(1).says("--for: `a while` is not a lifetime");
    add(&tool, &["+4670*", "--for", "0h"]).exits(1).says("such as 30m, 6h or 7d");
    list(&tool, &["add", "Block_List", "+4670*", "--reason", "x"])
        .exits(1)
        .says("1 to 40 of the characters `a`-`z`");
    list(&tool, &["add", "blocklist", "+4670*"]).exits(1).says("--reason");
    assert!(!tool.file("gate.db").exists());
}

#[test]
fn a_number_that_nobody_can_have_is_added_with_a_hint() {
    let tool = Tool::new();
    add(&tool, &["+460000000000"]).exits(0).says("its country hands out no such number");
}

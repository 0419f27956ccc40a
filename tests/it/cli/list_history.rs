//! `list history`, `list undo`, and what changes of lists leave behind.

use serde_json::{Value, json};

use crate::cli::use_any_credentials;
use crate::world::proxy::{Fate, Proxy};
use crate::world::tool::{Run, Tool};

fn list(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["list"], arguments, &["--data", "gate.db"]].concat())
}

/// What is on the blocklist, without what differs from run to run.
fn there(tool: &Tool) -> Vec<(String, String, bool)> {
    let lines = list(tool, &["show", "blocklist", "--format", "json"]).exits(0).json();
    let text = |line: &Value, member: &str| line[member].as_str().unwrap_or_default().to_owned();
    lines
        .iter()
        .map(|line| (text(line, "entry"), text(line, "reason"), line["expires_at"].is_null()))
        .collect()
}

fn entry(entry: &str, reason: &str, is_for_good: bool) -> (String, String, bool) {
    (entry.to_owned(), reason.to_owned(), is_for_good)
}

/// A list whose block of six hours was replaced by one for good, and then taken off.
fn replaced_and_removed() -> Tool {
    let tool = Tool::new();
    let add = ["add", "blocklist", "+99899394*", "--author"];
    list(&tool, &[&add[..], &["ann", "--reason", "pumping", "--for", "6h"]].concat()).exits(0);
    list(&tool, &[&add[..], &["bob", "--reason", "again"]].concat())
        .exits(0)
        .says("in place of what was there until 20")
        .says("pumping (ann, 20");
    list(&tool, &["remove", "blocklist", "+99899394*", "--author", "eve", "--reason", "a mistake"])
        .exits(0)
        .says("it was there for good: again (bob, 20");
    tool
}

#[test]
fn a_list_keeps_who_changed_it_why_and_what_was_there_before() {
    let tool = replaced_and_removed();
    let history = list(&tool, &["history", "blocklist"]).exits(0).stdout;
    for part in [
        "ann   addition: 1 added; pumping; +99899394* is new",
        "bob   addition: 1 replaced; again; +99899394* was there until 20",
        "eve   removal: 1 removed; a mistake; +99899394* was there for good: again (bob, 20",
    ] {
        assert!(history.contains(part), "no `{part}` in {history}");
    }
    let lines = list(&tool, &["history", "blocklist", "+99899394*", "--format", "json"]).exits(0).json();
    let by: Vec<_> = lines.iter().map(|line| (&line["changed_by"], &line["kind"])).collect();
    let expected =
        [("eve", "remove"), ("bob", "add"), ("ann", "add")].map(|(by, kind)| (json!(by), json!(kind)));
    assert_eq!(by, expected.iter().map(|(by, kind)| (by, kind)).collect::<Vec<_>>());
    let before = &lines[1]["entries"][0]["before"];
    assert_eq!((&before["reason"], &before["added_by"]), (&json!("pumping"), &json!("ann")));
    list(&tool, &["history", "blocklist", "+4670*"])
        .exits(0)
        .prints("")
        .says("no change of +4670* on blocklist");
    list(&tool, &["history", "bloclist"]).exits(1).says("did you mean `blocklist`?");
}

#[test]
fn undo_takes_back_one_change_after_the_other() {
    let tool = replaced_and_removed();
    let undo = || list(&tool, &["undo", "blocklist", "--yes"]);
    undo().exits(0).says("the removal of 20").says("+99899394* comes back for good: again (bob, 20");
    assert_eq!(there(&tool), [entry("+99899394*", "again", true)]);
    undo().exits(0).says("comes back until 20");
    assert_eq!(there(&tool), [entry("+99899394*", "pumping", false)]);
    undo().exits(0).says("+99899394* goes");
    assert_eq!(there(&tool), []);
    undo().exits(1).says("there is no change of blocklist left to undo\nhint: ");
    let history = list(&tool, &["history", "blocklist"]).exits(0).stdout;
    assert_eq!(history.matches(", undone since").count(), 3, "{history}");
    assert_eq!(history.matches("undoing: ").count(), 3, "{history}");
}

#[test]
fn undo_shows_what_it_will_do_and_does_nothing_unasked() {
    let tool = replaced_and_removed();
    list(&tool, &["undo", "blocklist"]).exits(1).says("comes back for good").says("give --yes to go on");
    assert_eq!(there(&tool), []);
}

#[test]
fn an_import_is_undone_as_a_whole() {
    let tool = Tool::new();
    let add = ["add", "blocklist", "+46701740600", "+46701740699", "--reason", "before"];
    list(&tool, &add).exits(0);
    let numbers: String = (0..60).map(|n| format!("+467017406{n:02},imported\n")).collect();
    tool.write("numbers.csv", &numbers);
    let import = ["import", "blocklist", "numbers.csv"];
    list(&tool, &import).exits(0).says("60 entries written, 1 of them in the place of others");
    assert_eq!(there(&tool).len(), 61);
    list(&tool, &["history", "blocklist"]).exits(0).shows("import: 59 added, 1 replaced");
    let of_entry = list(&tool, &["history", "blocklist", "+46701740601"]).exits(0).stdout;
    assert!(of_entry.contains("import: "), "an entry says which import put it there: {of_entry}");
    let undone = list(&tool, &["undo", "blocklist", "--yes", "--format", "json"]).exits(0).json().remove(0);
    assert_eq!(
        (&undone["removed"], &undone["replaced"], &undone["left"]),
        (&json!(59), &json!(1), &json!([]))
    );
    assert_eq!(there(&tool), [entry("+46701740600", "before", true), entry("+46701740699", "before", true)]);
}

#[test]
fn a_file_of_entries_is_taken_off_at_once() {
    let tool = Tool::new();
    let numbers: String = (0..60).map(|n| format!("+467017406{n:02},imported\n")).collect();
    tool.write("numbers.csv", &numbers);
    list(&tool, &["import", "blocklist", "numbers.csv"]).exits(0);
    let remove = ["remove", "blocklist", "--file", "numbers.csv"];
    list(&tool, &remove).exits(1).says("60 entries will be taken off blocklist: +46701740600, ");
    let run = list(&tool, &[&remove[..], &["--yes"]].concat()).exits(0).says("and 40 more entries are off");
    assert_eq!(
        run.stderr.matches("+46701740600").count(),
        2,
        "named in the question and in the answer: {run}"
    );
    assert_eq!(there(&tool), []);
    list(&tool, &[&remove[..], &["--yes"]].concat()).exits(2).says("+46701740600 was not on blocklist");
    tool.write("bad.csv", "+46701740600\n0701\n");
    list(&tool, &["remove", "blocklist", "--file", "bad.csv"]).exits(1).says("bad.csv:2:1: ");
    list(&tool, &["undo", "blocklist", "--yes"]).exits(0);
    assert_eq!(there(&tool).len(), 60);
}

#[test]
fn what_is_cut_off_loses_nothing_that_was_there_before() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let proxy = Proxy::to(table.url.trim_end_matches('/'));
    let place = ["--table", "sinch-gate", "--endpoint-url", &proxy.endpoint()];
    let list = |arguments: &[&str]| tool.run(&[&["list"], arguments, &place].concat());
    list(&["add", "blocklist", "+46701740605", "--reason", "before"]).exits(0);
    let replace = ["add", "blocklist", "+46701740605", "--reason", "after"];
    // A change writes its history twice, for what it is and for what it replaces, then the list, and last
    // that it is finished. It is cut off after each of them.
    for n_written in 0..4 {
        let mut n_seen = 0;
        proxy.set(move |seen| {
            n_seen += usize::from(seen.operation == "BatchWriteItem");
            if n_seen > n_written { Fate::Forbidden } else { Fate::Answered }
        });
        list(&replace).exits(1);
        proxy.set(|_| Fate::Answered);
        let has_history = n_written >= 1;
        list(&["undo", "blocklist", "--yes"]).exits(0);
        let shown = list(&["show", "blocklist", "--format", "json"]).exits(0).json();
        if has_history {
            assert_eq!(shown[0]["reason"], "before", "cut off after {n_written}");
        } else {
            // Nothing was written of it, so the change before was undone.
            assert_eq!(shown, [] as [Value; 0]);
            list(&["add", "blocklist", "+46701740605", "--reason", "before"]).exits(0);
        }
    }
}

#[test]
fn what_the_history_says_of_a_number_goes_with_its_entries_when_it_is_erased() {
    let tool = Tool::new();
    let (number, neighbour) = ("+46701740605", "+46701740606");
    list(&tool, &["add", "blocklist", number, neighbour, "--reason", "pumping"]).exits(0);
    list(&tool, &["remove", "blocklist", number]).exits(0);
    let erase = |more: &[&str]| tool.run(&[&["erase", number, "--yes", "--data", "gate.db"], more].concat());
    erase(&[]).exits(2).says("2 list entries left");
    erase(&["--lists"]).exits(0).says("2 list entries removed");
    let history = list(&tool, &["history", "blocklist", "--format", "json"]).exits(0).stdout;
    assert!(!history.contains(number) && history.contains(neighbour), "{history}");
}

#[test]
fn a_change_as_json_has_the_entry_as_it_is_and_as_it_was() {
    let tool = Tool::new();
    let add = ["add", "blocklist", "+46701740605", "--reason", "first", "--format", "json"];
    let first = list(&tool, &add).exits(0).json().remove(0);
    assert_eq!((&first["list"], &first["entry"]), (&json!("blocklist"), &json!("+46701740605")));
    assert_eq!((&first["before"], &first["kind"]), (&Value::Null, &json!("add")));
    assert_eq!(first["seconds_until_in_force"], 0);
    let members: Vec<&String> = first["after"].as_object().unwrap().keys().collect();
    let expected = ["added_at", "added_by", "entry", "list", "reason"];
    let mut members: Vec<&str> = members.into_iter().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, expected);
    let removed = list(&tool, &["remove", "blocklist", "+46701740605", "--format", "json"]).exits(0).json();
    assert_eq!((&removed[0]["after"], &removed[0]["before"]["reason"]), (&Value::Null, &json!("first")));
    tool.write("numbers.csv", "+46701740601\n");
    let import = ["import", "blocklist", "numbers.csv", "--reason", "x", "--format", "json"];
    let imported = list(&tool, &import).exits(0).json().remove(0);
    assert_eq!((&imported["added"], &imported["unchanged"]), (&json!(1), &json!(0)));
    let again = list(&tool, &import).exits(0).json().remove(0);
    assert_eq!((&again["added"], &again["unchanged"]), (&json!(0), &json!(1)));
}

//! Lists and the rules that ask them: an entry that does nothing is never reported as a block.

use sinch_gate::privacy::NumberPrivacy;

use super::recorded::write_to;
use crate::world::tool::{Run, Tool};

/// A policy with one rule for each of these lists.
fn policy(lists: &[&str]) -> String {
    let rule =
        |list: &&str| format!("[[rules]]\nid = \"on-{list}\"\nverdict = \"deny\"\nlist = \"{list}\"\n");
    let rules: String = lists.iter().map(rule).collect();
    format!("schema = 1\ndefault = \"allow\"\n{rules}")
}

fn apply(tool: &Tool, lists: &[&str], more: &[&str]) {
    tool.write("policy.toml", &policy(lists));
    let apply = ["policy", "apply", "policy.toml", "-m", "test", "--data", "gate.db"];
    tool.run(&[&apply[..], more].concat()).exits(0);
}

fn list(tool: &Tool, arguments: &[&str]) -> Run {
    tool.run(&[&["list"], arguments, &["--data", "gate.db"]].concat())
}

fn add(tool: &Tool, name: &str, more: &[&str]) -> Run {
    list(tool, &[&["add", name, "+99899394*", "--reason", "pumping", "--for", "6h"], more].concat())
}

#[test]
fn an_entry_on_a_list_that_no_rule_asks_is_refused_with_the_nearest_name() {
    let tool = Tool::new();
    write_to(&tool, async |_| ());
    // Nothing was applied, so the starter policy is in force.
    add(&tool, "blcklist", &[])
        .exits(2)
        .prints("")
        .says("error: nothing was written: no rule in force asks the list blcklist")
        .says("\nhint: did you mean blocklist? rules ask blocklist, safelist; ")
        .says("give --anyway");
    list(&tool, &["show", "blcklist"]).exits(1).says("there is no list `blcklist`");
    tool.write("big.csv", "+46701740605\n");
    list(&tool, &["import", "blocklst", "big.csv", "--reason", "x"]).exits(2).says("did you mean blocklist?");
    list(&tool, &["show", "blocklst"]).exits(1);
    add(&tool, "blocklist", &[]).exits(0).says("rule `blocklist` denies what is on it, for all applications");
    add(&tool, "elephant", &["--anyway"]).exits(0).says("no rule in force asks it");
    list(&tool, &["show", "elephant"]).exits(0).shows("+99899394*");
}

#[test]
fn a_policy_without_lists_makes_every_entry_idle() {
    let tool = Tool::new();
    apply(&tool, &[], &[]);
    add(&tool, "blocklist", &[]).exits(2).says("hint: no rule asks any list; ");
}

#[test]
fn the_policy_of_any_application_may_ask_a_list() {
    let tool = Tool::new();
    apply(&tool, &["ours"], &[]);
    add(&tool, "theirs", &[]).exits(2);
    apply(&tool, &["theirs"], &["--app", "shop", "--anyway"]);
    add(&tool, "theirs", &[]).exits(0).says("rule `on-theirs` denies what is on it, for shop");
}

#[test]
fn a_policy_that_leaves_entries_without_a_rule_says_so() {
    let tool = Tool::new();
    add(&tool, "blocklist", &[]).exits(0);
    tool.write("policy.toml", &policy(&["another"]));
    let apply = ["policy", "apply", "policy.toml", "-m", "test", "--dry-run", "--data", "gate.db"];
    tool.run(&apply).exits(0).says("note: no rule asks the list blocklist then, so its entries do nothing");
    tool.write("policy.toml", &policy(&["blocklist"]));
    let run = tool.run(&apply).exits(0);
    assert!(!run.stderr.contains("do nothing"), "{run}");
}

#[test]
fn what_is_on_a_list_that_no_rule_asks_any_more_may_go() {
    let tool = Tool::new();
    add(&tool, "blocklist", &[]).exits(0);
    apply(&tool, &["another"], &[]);
    list(&tool, &["remove", "blocklist", "+4670*"]).exits(2).says("none of this is on it");
    list(&tool, &["remove", "blcklist", "+99899394*"]).exits(2).says("did you mean `blocklist`?");
    list(&tool, &["remove", "blocklist", "+99899394*"]).exits(0).says("+99899394* is off blocklist");
}

#[test]
fn doctor_finds_entries_that_no_rule_asks_for_and_names_empty_lists() {
    let tool = Tool::new();
    add(&tool, "blcklist", &["--anyway"]).exits(0);
    let check = || {
        let run = tool.run(&["doctor", "--data", "gate.db", "--format", "json"]);
        let of_lists = run.json().into_iter().filter(|line| line["check"] == "lists");
        of_lists
            .map(|line| format!("{}: {}", line["state"], line["what"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    let idle = "no rule in force asks the list blcklist, so its entries do nothing; did you mean blocklist?";
    assert_eq!(
        check(),
        [
            format!("found: {idle}"),
            "ok: nothing is on the list blocklist, which rule `blocklist` asks".to_owned(),
            "ok: nothing is on the list safelist, which rule `safelist` asks".to_owned(),
        ]
    );
    tool.run(&["doctor", "--data", "gate.db"]).exits(2);
    apply(&tool, &["blcklist"], &[]);
    assert_eq!(check(), ["ok: every list that rules ask has entries: blcklist"]);
}

#[test]
fn the_lists_that_there_are_have_their_entries_and_rules_beside_them() {
    let tool = Tool::new();
    add(&tool, "blocklist", &[]).exits(0);
    let ls = list(&tool, &["ls"]).exits(0);
    for line in [
        "blocklist   1         rule `blocklist` denies what is on it, for all applications",
        "safelist    0         rule `safelist` allows what is on it, for all applications",
    ] {
        assert!(ls.stdout.contains(line), "{ls}");
    }
    add(&tool, "blcklist", &["--anyway"]).exits(0);
    list(&tool, &["ls"]).exits(2).shows("blcklist    1         no rule in force, so its entries do nothing");
    let lines = list(&tool, &["ls", "--format", "json"]).exits(2).json();
    assert_eq!(lines[1]["asked_by"], serde_json::json!([{ "app": "*", "rule": "blocklist" }]));
    assert_eq!((&lines[0]["list"], &lines[0]["entries"]), (&"blcklist".into(), &1.into()));
}

#[test]
fn a_rule_that_only_monitors_is_not_taken_for_a_block() {
    let tool = Tool::new();
    tool.write("policy.toml", &format!("{}mode = \"monitor\"\n", policy(&["watched"])));
    tool.run(&["policy", "apply", "policy.toml", "-m", "test", "--data", "gate.db"]).exits(0);
    add(&tool, "watched", &[]).exits(0).says("rule `on-watched` only monitors what is on it");
}

#[test]
fn a_change_says_where_it_was_made_and_from_when_on_it_counts() {
    let tool = Tool::new();
    add(&tool, "blocklist", &[]).exits(0).says("  in gate.db: rule ").says("within 15 s");
    // The length of the prefix is known by now, and numbers need none.
    let more = ["add", "blocklist", "+99899395*", "+46701740605", "--reason", "x"];
    list(&tool, &more).exits(0).says("gates follow it at once");
    list(&tool, &["remove", "blocklist", "+99899395*"]).exits(0).says("in gate.db").says("at once");
}

/// A table whose gates serve two applications, `shop` and `taxi`.
fn serving_two() -> Tool {
    let tool = Tool::new();
    let apps = ["shop", "taxi"].map(|app| app.parse().unwrap());
    write_to(&tool, async |store| store.note_served(&apps, &NumberPrivacy::Plain).await.unwrap());
    tool
}

#[test]
fn an_application_whose_own_policy_does_not_ask_the_list_is_named() {
    let tool = serving_two();
    add(&tool, "blocklist", &[]).exits(0).says("for all applications; ");
    tool.write("policy.toml", &policy(&[]));
    let apply = ["policy", "apply", "policy.toml", "-m", "x", "--app", "shop", "--data", "gate.db"];
    let note = "note: no rule asks the list blocklist then for shop, so its entries do nothing there";
    tool.run(&apply).exits(0).says(note);
    let not_for =
        "for all applications without a policy of their own; not for shop, whose own policy does not ";
    add(&tool, "blocklist", &[]).exits(0).says(not_for);
    let ls = list(&tool, &["ls"]).exits(0);
    let line = ls.stdout.lines().find(|line| line.starts_with("blocklist")).unwrap();
    assert!(line.contains(not_for), "{ls}");
    let idle = "the own policy of shop does not ask the list blocklist, so its entries do nothing there";
    tool.run(&["doctor", "--data", "gate.db"]).shows(idle);
    tool.run(&["status", "--data", "gate.db"]).exits(0).shows(idle);
}

#[test]
fn a_list_that_no_served_application_asks_is_refused() {
    let tool = serving_two();
    add(&tool, "blocklist", &[]).exits(0);
    apply(&tool, &[], &["--app", "shop"]);
    tool.write("policy.toml", &policy(&[]));
    let apply = ["policy", "apply", "policy.toml", "-m", "x", "--app", "taxi", "--data", "gate.db"];
    tool.run(&apply).exits(0).says("note: no rule asks the list blocklist then, so its entries do nothing");
    add(&tool, "blocklist", &[])
        .exits(2)
        .says("error: nothing was written: no rule in force asks the list blocklist")
        .says("every application that is served has its own, which does not: shop, taxi");
    list(&tool, &["ls"]).exits(2);
    tool.run(&["doctor", "--data", "gate.db"]).exits(2).shows("no rule in force asks the list blocklist");
    list(&tool, &["show", "safelist"]).exits(0);
}

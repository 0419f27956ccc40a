//! `policy apply`: what it says and asks before anything is written.

use jiff::SignedDuration;
use sinch_gate::clock;

use super::{CLOSED, apply, author};
use crate::cli::recorded::{allowed, write_to};
use crate::world::tool::{Run, Tool, read, sample};

/// Applies a file as a script does that did not think of `--yes`.
fn unasked(tool: &Tool, arguments: &str) -> Run {
    tool.run_line(&format!("sinch-gate policy apply {arguments} -m test --data gate.db"))
}

fn n_versions(tool: &Tool) -> usize {
    tool.run(&["policy", "history", "--data", "gate.db", "--format", "json"]).exits(0).json().len()
}

#[test]
fn what_changes_is_shown_and_asked_before_it_is_written() {
    let tool = author();
    apply(&tool, "starter.toml", &[])
        .exits(0)
        .says("for all applications in gate.db, starter.toml comes into force in place of the starter policy")
        .says("  the rules are the same; only comments, layout or spelling differ\n");
    unasked(&tool, "closed.toml")
        .exits(1)
        .prints("")
        .says("closed.toml comes into force in place of version 1 (20")
        .says("\n  rule `cooldown` removed: ")
        .says("nothing was done, since nobody can be asked here\nhint: give --yes to go on");
    assert_eq!(n_versions(&tool), 1);
    unasked(&tool, "closed.toml --yes").exits(0).says("version 2 is in force");
}

#[test]
fn a_dry_run_shows_the_changes_and_makes_none() {
    let tool = author();
    apply(&tool, "starter.toml", &[]).exits(0);
    unasked(&tool, "closed.toml --dry-run")
        .exits(0)
        .shows("closed.toml comes into force in place of version 1 (20")
        .shows("\n  rule `cooldown` removed: ")
        .says("nothing changed, since this is a dry run");
    let json = unasked(&tool, "closed.toml --dry-run --format json").exits(0).json();
    assert!(json.iter().any(|change| change["rule"] == "cooldown" && change["change"] == "removed"));
    assert_eq!(n_versions(&tool), 1);
    tool.run_line("sinch-gate policy apply closed.toml --dry-run -m x --data new.db").exits(1);
    assert!(!tool.file("new.db").exists());
}

#[test]
fn a_file_that_was_taken_before_another_version_came_takes_nothing_back() {
    let tool = author();
    apply(&tool, "starter.toml", &[]).exits(0);
    tool.run_line("sinch-gate policy show --data gate.db > alice.toml").exits(0);
    tool.write(
        "alice.toml",
        &format!("{}# looser\n", std::fs::read_to_string(tool.file("alice.toml")).unwrap()),
    );
    apply(&tool, "closed.toml", &["--author", "bob"]).exits(0);
    apply(&tool, "alice.toml", &[])
        .exits(1)
        .says("error: nothing changed: version 2 (20")
        .says("by bob: test) is in force, and alice.toml was taken from version 1\nhint: ")
        .says("--from 2");
    apply(&tool, "alice.toml", &["--from", "1"]).exits(1).says("is in force, and not version 1");
    apply(&tool, "alice.toml", &["--from", "2"]).exits(0).says("version 3 is in force");
    // The line is not stored, where it would grow old.
    let text = read("src/policy/starter.toml") + "# looser\n";
    tool.run(&["policy", "show", "--data", "gate.db"]).exits(0).prints(&super::shown(3, &text));
    tool.run_line("sinch-gate policy show --data gate.db > again.toml").exits(0);
    apply(&tool, "again.toml", &[]).exits(0).says("already in force");
}

#[test]
fn one_application_s_first_policy_is_compared_with_the_one_that_it_followed() {
    let tool = author();
    apply(&tool, "closed.toml", &[]).exits(0);
    tool.write("open.toml", &CLOSED.replace("deny", "allow"));
    apply(&tool, "open.toml", &["--app", "mine", "--anyway"])
        .exits(0)
        .says("for mine in gate.db, open.toml comes into force in place of version 1 (20")
        .says("\n  default changed from \"deny\" to \"allow\"\n");
    tool.run_line("sinch-gate policy show --data gate.db > all.toml").exits(0);
    tool.write("all.toml", &std::fs::read_to_string(tool.file("all.toml")).unwrap().replace("deny", "allow"));
    apply(&tool, "closed.toml", &["--app", "other", "--anyway"]).exits(0);
    // What was taken from the policy for all says nothing of one application's.
    apply(&tool, "all.toml", &["--app", "other"]).exits(0).says("version 2 is in force for other");
}

#[test]
fn an_application_that_the_table_does_not_know_gets_no_policy_unasked() {
    let tool = author();
    apply(&tool, "closed.toml", &["--app", "shop-one", "--anyway"]).exits(0);
    apply(&tool, "closed.toml", &["--app", "shop-onw"]).exits(1).says(
        "knows nothing of application shop-onw\nhint: did you mean --app shop-one?\n\
         hint: where it is right, go on with --anyway",
    );
    apply(&tool, "closed.toml", &["--app", "SHOP-ONE"]).exits(0).says("already in force");
    apply(&tool, "closed.toml", &["--app", "shop-onw", "--anyway"]).exits(0).says("version 1 is in force");
}

fn asking(list: &str) -> String {
    format!(
        "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"block\"\nverdict = \"deny\"\nlist = \"{list}\"\n"
    )
}

#[test]
fn a_list_with_nothing_on_it_is_named_and_one_that_seems_misspelt_stops_the_change() {
    let tool = author();
    tool.write("asking.toml", &asking("blocklist"));
    tool.write("misspelt.toml", &asking("blcklist2"));
    apply(&tool, "asking.toml", &[])
        .exits(0)
        .says("note: rule `block` asks the list blocklist, and nothing is on it\n");
    tool.run(&["list", "add", "blocklist", "+46701740605", "--reason", "x", "--data", "gate.db"]).exits(0);
    tool.write("asking.toml", &format!("{}# again\n", asking("blocklist")));
    let run = apply(&tool, "asking.toml", &[]).exits(0);
    assert!(!run.stderr.contains("asks the list"), "{run}");
    apply(&tool, "misspelt.toml", &[])
        .exits(2)
        .says("warning: rule `block` asks the list blcklist2, and nothing is on it; did you mean blocklist")
        .says("nothing changed\nhint: correct the name, or go on with --anyway\n");
    assert_eq!(n_versions(&tool), 2);
    apply(&tool, "misspelt.toml", &["--anyway"]).exits(0).says("version 3 is in force");
}

#[test]
fn those_who_verified_in_the_last_hour_and_would_be_denied_are_counted() {
    let tool = author();
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for event in ["request-sms", "result-successful"] {
        tool.run(&["send", &sample(event), "--url", &gate.url]).exits(0);
    }
    drop(gate);
    unasked(&tool, "closed.toml")
        .exits(1)
        .says("warning: of 1 number that verified in the last hour, 1 would be denied from now on: ")
        .says("1 by default (quotas are not counted)");
    tool.write("open.toml", &CLOSED.replace("deny", "allow"));
    unasked(&tool, "open.toml").exits(1).says("note: of 1 number that verified").says(", 0 would be denied");
    let number = "+46701740605";
    tool.write("blocking.toml", &asking("blocklist"));
    tool.run(&["list", "add", "blocklist", number, "--reason", "x", "--yes", "--data", "gate.db"]).exits(0);
    // The starter asks the list, too, so that what the list denies is not new.
    unasked(&tool, "blocking.toml").exits(1).says(", 0 would be denied");
    apply(&tool, "open.toml", &[]).exits(0);
    unasked(&tool, "blocking.toml").exits(1).says("1 by rule `block`");
}

#[test]
fn a_file_from_another_table_is_not_compared_by_its_number() {
    let tool = author();
    apply(&tool, "closed.toml", &[]).exits(0);
    tool.run_line("sinch-gate policy show --data gate.db > taken.toml").exits(0);
    let text = std::fs::read_to_string(tool.file("taken.toml")).unwrap();
    tool.write("taken.toml", &format!("{text}# looser\n"));
    let in_staging = |file: &str, more: &[&str]| {
        let apply = ["policy", "apply", file, "-m", "test", "--data", "staging.db"];
        tool.run(&[&apply[..], more].concat())
    };
    in_staging("starter.toml", &[]).exits(0).says("version 1 is in force for all applications in staging.db");
    // Version 1 is in force in both.
    in_staging("taken.toml", &[])
        .exits(1)
        .says("error: nothing changed: taken.toml was taken from version 1 of gate.db, and this is ")
        .says("staging.db, where version 1 (20")
        .says("\nhint: look at it with `sinch-gate policy diff taken.toml`, then apply it with --from 1");
    in_staging("taken.toml", &["--from", "1"]).exits(0).says("version 2 is in force");
}

#[test]
fn those_who_verified_are_asked_by_their_block_where_numbers_are_hashed() {
    let tool = author();
    write_to(&tool, async |store| {
        let at = clock::now() - SignedDuration::from_mins(2);
        for id in ["1", "2"] {
            let verified = allowed(id, at).ending(1, "SUCCESSFUL", None);
            verified.hashed(&format!("+4670174060{id}")).write(store).await;
        }
        let mut without_block = allowed("3", at).ending(1, "SUCCESSFUL", None).hashed("+46701740603");
        without_block.subject.block = None;
        without_block.write(store).await;
    });
    let add = ["list", "add", "range", "+46701740*", "--reason", "x", "--anyway", "--data", "gate.db"];
    tool.run(&add).exits(0);
    tool.write("range.toml", &asking("range"));
    unasked(&tool, "range.toml")
        .exits(1)
        .says("warning: of 2 numbers that verified in the last hour, 2 would be denied from now on: ")
        .says("2 by rule `block` (quotas are not counted)\n")
        .says("warning: 2 of them by their block alone, since the table holds numbers as hashes")
        .says("warning: 1 number that verified in the last hour cannot be asked again");
    tool.write(
        "abroad.toml",
        &format!("{CLOSED}\n[[rules]]\nid = \"home\"\nverdict = \"allow\"\nwhen.country = \"SE\"\n"),
    );
    unasked(&tool, "abroad.toml")
        .exits(1)
        .says("note: of 2 numbers that verified")
        .says(", 0 would be denied");
}

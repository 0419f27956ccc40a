//! What is asked about before it is put on a list, with the numbers at stake.

use jiff::{SignedDuration, Timestamp};
use sinch_gate::clock;

use super::recorded::{allowed, write_to};
use crate::world::tool::{Run, Tool};

fn add(tool: &Tool, name: &str, more: &[&str]) -> Run {
    tool.run(&[&["list", "add", name, "--reason", "pumping", "--data", "gate.db"], more].concat())
}

fn ago(minutes: i64) -> Timestamp {
    clock::now() - SignedDuration::from_mins(minutes)
}

#[test]
fn a_prefix_that_means_a_country_or_more_is_asked_about() {
    let tool = Tool::new();
    add(&tool, "blocklist", &["+9*", "--for", "6h"])
        .exits(1)
        .says("+9* means every number of 31 calling codes: global services, AE, AF, ")
        .says("give --yes to go on");
    add(&tool, "blocklist", &["+1*"]).exits(1).says("+1* means every number of AG, AI, ");
    add(&tool, "safelist", &["+46*"]).exits(1).says("+46* means every number of SE\n");
    tool.write("short.csv", "+998*\n+99899394*\n");
    let import = ["list", "import", "blocklist", "short.csv", "--reason", "x", "--data", "gate.db"];
    tool.run(&import).exits(1).says("+998* means every number of UZ\n");
    tool.run(&["list", "ls", "--data", "gate.db", "--format", "json"])
        .exits(0)
        .shows(r#"{"list":"blocklist","entries":0"#);
    add(&tool, "blocklist", &["+9*", "--yes"]).exits(0).says("+9* is on blocklist");
    add(&tool, "blocklist", &["+99899394*", "+4670*", "+46701740605"]).exits(0);
}

#[test]
fn numbers_that_verified_in_the_last_hour_are_asked_about() {
    let tool = Tool::new();
    write_to(&tool, async |store| {
        for (id, minutes, status) in
            [("1", 2, "SUCCESSFUL"), ("2", 40, "SUCCESSFUL"), ("3", 41, "FAIL"), ("4", 90, "SUCCESSFUL")]
        {
            let mut recorded = allowed(id, ago(minutes)).ending(1, status, None);
            let number = format!("+4670174060{id}");
            recorded.subject = crate::world::sample::subject(crate::world::tool::SAMPLE_KEY, id, &number);
            recorded.write(store).await;
        }
    });
    let begins = "2 numbers that verified in the last hour would be denied, such as +4670*****01\n";
    add(&tool, "blocklist", &["+4670174*"]).exits(1).says(begins).says("give --yes to go on");
    add(&tool, "blocklist", &["+46701740602"])
        .exits(1)
        .says("1 number that verified in the last hour would be denied");
    tool.write("numbers.csv", "+46701740601\n+46701740602\n");
    let import = ["list", "import", "blocklist", "numbers.csv", "--reason", "x", "--data", "gate.db"];
    tool.run(&import).exits(1).says(begins);
    add(&tool, "blocklist", &["+46701740603", "+46701740604", "+4671*"]).exits(0);
    add(&tool, "safelist", &["+4670174*"]).exits(0);
    add(&tool, "safelist", &["+4670*"])
        .exits(1)
        .says("+4670* lets a whole range of the numbers of SE through, whoever asks\n");
    add(&tool, "blocklist", &["+4670174*", "--yes"]).exits(0).says("+4670174* is on blocklist");
}

#[test]
fn of_many_verifications_some_are_looked_at_and_said_to_be_so() {
    let tool = Tool::new();
    write_to(&tool, async |store| {
        for id in 0..4_000 {
            let recorded = allowed(&id.to_string(), ago(4));
            let recorded = if id % 100 == 0 { recorded.ending(1, "SUCCESSFUL", None) } else { recorded };
            recorded.write(store).await;
        }
    });
    add(&tool, "blocklist", &["+4670174*"])
        .exits(1)
        .says("1 number that verified in the last hour would be denied, such as +4670*****05, of the 3200 ");
}

#[test]
fn an_entry_for_good_on_a_list_that_denies_gets_a_hint_and_is_written() {
    let tool = Tool::new();
    add(&tool, "blocklist", &["+99899394*"]).exits(0).says("hint: this entry stays for good; give --for 7d");
    let run = add(&tool, "blocklist", &["+99899394*", "--for", "6h"]).exits(0);
    assert!(!run.stderr.contains("for good; give"), "{run}");
    let run = add(&tool, "safelist", &["+46701740605"]).exits(0);
    assert!(!run.stderr.contains("for good"), "{run}");
}

#[test]
fn a_reason_without_words_is_refused() {
    let tool = Tool::new();
    for reason in ["", "  ", "\t"] {
        let arguments = ["list", "add", "blocklist", "+4670*", "--reason", reason, "--data", "gate.db"];
        tool.run(&arguments).exits(1).says("a reason is a few words");
    }
    tool.write("numbers.csv", "+46701740601\n");
    let import = ["list", "import", "blocklist", "numbers.csv", "--reason", "", "--data", "gate.db"];
    tool.run(&import).exits(1).says("a reason is a few words");
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let apply = ["policy", "apply", "policy.toml", "-m", " ", "--data", "gate.db"];
    tool.run(&apply).exits(1).says("a reason is a few words");
    let back = ["policy", "rollback", "-m", "", "--data", "gate.db"];
    tool.run(&back).exits(1).says("a reason is a few words");
    assert!(!tool.file("gate.db").exists());
}

#[test]
fn hashed_numbers_are_compared_as_far_as_their_blocks_say() {
    let tool = Tool::new();
    write_to(&tool, async |store| {
        let verified = |id: &str| allowed(id, ago(2)).ending(1, "SUCCESSFUL", None);
        verified("1").hashed("+46701740601").write(store).await;
        verified("2").hashed("+46701740602").write(store).await;
        let mut without_block = verified("3").hashed("+46701740603");
        without_block.subject.block = None;
        without_block.write(store).await;
    });
    add(&tool, "blocklist", &["+4670174*"])
        .exits(1)
        .says(
            "note: 1 verified number of the last hour cannot be compared with the entries, since the table ",
        )
        .says("2 numbers that verified in the last hour would be denied, such as +46701740***\n");
    // A part of the block: nobody knows whether they are in it.
    add(&tool, "blocklist", &["+467017406*"]).exits(0).says("note: 3 verified numbers of the last hour");
    add(&tool, "blocklist", &["+4671*"]).exits(0).says("note: 1 verified number");
}

#[test]
fn a_forgotten_star_is_asked_about_since_the_block_would_do_nothing() {
    let tool = Tool::new();
    add(&tool, "blocklist", &["+99899394"])
        .exits(1)
        .says("+99899394 is too short for a number of UZ, so it does nothing without a star; ")
        .says("did you mean +99899394*?")
        .says("give --yes to go on");
    tool.write("forgotten.csv", "+99899394\n");
    let import = ["list", "import", "blocklist", "forgotten.csv", "--reason", "x", "--data", "gate.db"];
    tool.run(&import).exits(1).says("did you mean +99899394*?");
    add(&tool, "blocklist", &["+99899394", "--yes"]).exits(0).says("its country hands out no such number");
}

#[test]
fn what_is_finished_is_said_to_be() {
    let tool = Tool::new();
    tool.write("numbers.csv", "+46701740601\n");
    let import =
        ["list", "import", "blocklist", "numbers.csv", "--reason", "x", "--data", "gate.db", "--json"];
    for unchanged in [0, 1] {
        let line = &tool.run(&import).exits(0).json()[0];
        assert_eq!((&line["is_finished"], &line["unchanged"]), (&true.into(), &unchanged.into()), "{line}");
    }
    let undo = ["list", "undo", "blocklist", "--yes", "--data", "gate.db", "--json"];
    assert_eq!(tool.run(&undo).exits(0).json()[0]["is_finished"], true);
}

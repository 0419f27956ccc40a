//! What is said of numbers that a table holds as hashes, and what is not claimed of them.

use super::recorded::{tool_with, write_to};
use crate::world::sinch::request;
use crate::world::tool::Tool;

const NUMBER: &str = "+46701740605";
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZg==";
const OTHER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBw==";

/// A gate that stores hashes and that denied a number that is on a list.
fn denied() -> Tool {
    let mut tool = Tool::new();
    tool.set("NUMBER_PRIVACY", "hashed");
    tool.set("NUMBER_HASH_KEY", KEY);
    let listed = ["list", "add", "blocklist", NUMBER, "--reason", "pumping", "--for", "1h"];
    tool.run(&[&listed[..], &["--yes", "--data", "gate.db"]].concat()).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    tool.write("event.json", &request("1", NUMBER).to_string());
    tool.run(&["send", "event.json", "--url", &gate.url]).shows("deny");
    assert_eq!(gate.stop(), Some(0));
    tool
}

#[test]
fn nothing_is_claimed_of_a_list_on_which_a_hash_cannot_be_looked_up() {
    let tool = denied();
    let show = || tool.run(&["outcome", "show", "order-1", "--data", "gate.db"]).exits(0);
    let run = show().shows("whether it is on blocklist now cannot be seen");
    assert!(!run.stdout.contains("any more") && !run.stdout.contains("try again"), "{run}");
    // What the hint says leads to the answer.
    let hint = run.stdout.split('`').find(|part| part.contains("policy explain")).unwrap();
    let line = format!("{} --data gate.db", hint.replace("THE-NUMBER", NUMBER).replace('\n', " "));
    tool.run_line(&line).exits(2).shows("deny by rule blocklist");
}

#[test]
fn nothing_is_said_to_be_held_by_another_key_than_that_of_the_gate() {
    let mut tool = denied();
    let erase = |tool: &Tool| tool.run(&["erase", NUMBER, "--yes", "--data", "gate.db"]);
    tool.run(&["list", "remove", "blocklist", NUMBER, "--data", "gate.db"]).exits(0);
    tool.set("NUMBER_HASH_KEY", OTHER_KEY);
    // The list's history holds the number in clear.
    let run = erase(&tool).exits(2).says("more may be held: the gate hashes numbers with another key");
    assert!(!run.stderr.contains("nothing is held"), "{run}");
    tool.run(&["erase", "+46701740699", "--yes", "--data", "gate.db"])
        .exits(1)
        .says("nothing was removed: the gate hashes numbers with another key than this NUMBER_HASH_KEY");
    tool.set("NUMBER_HASH_KEY", KEY);
    erase(&tool).says("1 record, ");
    tool.run(&["erase", "+46701740699", "--yes", "--data", "gate.db"]).exits(0).says("nothing is held about");
}

#[test]
fn nothing_is_said_to_be_held_where_the_number_or_the_application_is_misspelt() {
    let tool = tool_with(&[super::recorded::allowed("1", sinch_gate::clock::now())]);
    write_to(&tool, async |store| {
        let apps = ["shop-ONE".parse().unwrap()];
        store.note_served(&apps, &sinch_gate::privacy::NumberPrivacy::Plain).await.unwrap();
    });
    let erase = |arguments: &[&str]| {
        let run = tool.run(&[&["erase", "--yes", "--data", "gate.db"], arguments].concat()).exits(2);
        assert!(!run.stderr.contains("nothing is held"), "{run}");
        run
    };
    erase(&["46701740605"]).says("hint: did you mean `+46701740605`?").says("nothing was removed");
    erase(&[NUMBER, "--app", "shop-ONW"])
        .says("the table knows nothing of application shop-ONW")
        .says("hint: did you mean --app shop-ONE?");
    tool.run(&["erase", NUMBER, "--yes", "--app", "shop-ONE", "--data", "gate.db"])
        .exits(0)
        .says("nothing is held about");
}

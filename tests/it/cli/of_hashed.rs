//! What support is told of numbers that a table holds as hashes, and what is not claimed of them.

use crate::world::sinch::request;
use crate::world::tool::Tool;

const NUMBER: &str = "+46701740605";
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZg==";

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

//! What `status`, `outcome tail` and the log show of an attack where numbers are stored as hashes.

use serde_json::Value;

use crate::world::sinch::request;
use crate::world::tool::Tool;

/// Four neighbours, of whom a limit per block lets three through, at a gate that stores hashes. Gives the
/// gate's log as well.
fn attacked() -> (Tool, String) {
    let mut tool = Tool::new();
    tool.set("NUMBER_PRIVACY", "hashed");
    tool.set("NUMBER_HASH_KEY", "MDEyMzQ1Njc4OWFiY2RlZg==");
    let rule = "[[rules]]\nid = \"range\"\nverdict = \"deny\"\n\
        quota = { per = \"block:4\", limit = 3, window = \"1d\" }\n";
    tool.write("policy.toml", &format!("schema = 1\ndefault = \"allow\"\n{rule}"));
    tool.run(&["policy", "apply", "policy.toml", "-m", "a limit", "--data", "gate.db"]);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for (id, number) in [("1", "605"), ("2", "606"), ("3", "707"), ("4", "608")] {
        tool.write("event.json", &request(id, &format!("+46701740{number}")).to_string());
        tool.run(&["send", "event.json", "--url", &gate.url]);
    }
    let log = gate.log();
    assert_eq!(gate.stop(), Some(0));
    (tool, log)
}

fn names(groups: &Value) -> Vec<&str> {
    groups.as_array().unwrap().iter().filter_map(|group| group["name"].as_str()).collect()
}

#[test]
fn the_attacked_range_is_seen_although_its_numbers_are_hashed() {
    let (tool, log) = attacked();
    let report = tool.run(&["status", "--data", "gate.db", "--format", "json"]).exits(0).json().remove(0);
    assert_eq!(names(&report["blocks"]), ["+46701740*"]);
    assert_eq!(report["denied_keys"][0]["key"], "+4670174*", "{report}");
    let tail = ["outcome", "tail", "--once", "--since", "1h", "--data", "gate.db"];
    tool.run(&tail).exits(0).shows("+46701740***");
    let story = tool.run(&[&tail[..], &["--format", "json"]].concat()).exits(0).json().remove(0);
    assert_eq!(story["block"], "+46701740");
    assert!(story["number"].as_str().unwrap().starts_with("hmac:"), "{story}");
    // The last digits beside the block would leave ten numbers to choose from.
    assert!(log.contains(r#""number":"+46701740***""#) && !log.contains("**05"), "{log}");
}

#[test]
fn a_number_in_clear_has_no_block_beside_it() {
    let tool = super::recorded::tool_with(&[super::recorded::allowed("1", sinch_gate::clock::now())]);
    let shown = tool.run(&["outcome", "show", "order-1", "--data", "gate.db", "--format", "json"]);
    assert_eq!(shown.exits(0).json()[0]["block"], Value::Null);
}

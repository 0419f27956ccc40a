//! Lists that a policy asks, in files.

use super::{POLICY, analyst, backtest};
use crate::world::tool::Tool;

/// Denies what is on a list, before anything else.
fn with_list() -> Tool {
    let tool = analyst();
    let rule = "[[rules]]\nid = \"blocked\"\nverdict = \"deny\"\nlist = \"blocklist\"\n\n[[rules]]";
    tool.write("policy.toml", &POLICY.replacen("[[rules]]", rule, 1));
    tool
}

const TRAFFIC: [&str; 3] = ["--traffic", "traffic.jsonl", "--quick"];

#[test]
fn a_rule_matches_what_is_on_a_list_that_is_given() {
    let tool = with_list();
    tool.write("attack.csv", "entry,reason\n+998993941*,pumping\n+46701740606,B\n");
    let given = [&TRAFFIC[..], &["--lists", "blocklist=attack.csv"]].concat();
    let run = backtest(&tool, &given).exits(0).says_nothing();
    // The five of the attack, C in their block, and B.
    let run = run.shows("policy.toml would have stopped 0.50 EUR of 0.55 EUR");
    run.shows("blocked      deny         7      2          5");
}

#[test]
fn where_a_list_is_not_known_it_is_said_which_rules_never_match() {
    let tool = with_list();
    let run = backtest(&tool, &TRAFFIC).exits(0);
    run.says("no list is known to blocked, so these rules never match").says("--lists LIST=FILE");
    tool.write("other.csv", "+46701740606\n");
    let other = [&TRAFFIC[..], &["--lists", "otherlist=other.csv"]].concat();
    backtest(&tool, &other).exits(0).says("no list is known to blocked");
}

#[test]
fn a_list_in_a_file_takes_the_place_of_the_tables() {
    let tool = with_list();
    let add = "list add blocklist +998993941* --reason x --author me --yes --anyway --data gate.db";
    tool.run(&add.split(' ').collect::<Vec<_>>()).exits(0);
    let place = [&TRAFFIC[..], &["--data", "gate.db"]].concat();
    let run = backtest(&tool, &place).exits(0);
    run.shows("blocked      deny         6      1          5");
    tool.write("b.csv", "+46701740606\n");
    let given = [&place[..], &["--lists", "blocklist=b.csv"]].concat();
    backtest(&tool, &given).exits(0).shows("blocked      deny         1      1          0");
}

#[test]
fn a_list_that_no_rule_looks_at_is_pointed_out() {
    let tool = with_list();
    tool.write("b.csv", "+46701740606\n");
    let given = |given: &str| backtest(&tool, &[&TRAFFIC[..], &["--lists", given]].concat());
    let typo = given("blocklits=b.csv").exits(1);
    typo.says("no rule looks at a list `blocklits`").says("hint: write --lists blocklist=FILE");
    given("testers=b.csv").exits(0).says("note: no rule looks at a list `testers`");
    let suggest = ["policy", "suggest", "--traffic", "traffic.jsonl", "--lists", "safelst=b.csv"];
    tool.run(&suggest).exits(1).says("hint: write --lists safelist=FILE");
}

#[test]
fn a_list_with_mistakes_is_not_taken() {
    let tool = with_list();
    let given = |given: &str| backtest(&tool, &[&TRAFFIC[..], &["--lists", given]].concat()).exits(1);
    tool.write("wrong.csv", "+46701740606\n0701740605\n");
    given("blocklist=wrong.csv").says("wrong.csv:2:1: ").says("hint: `sinch-gate list export blocklist`");
    given("wrong.csv").says("write LIST=FILE, such as blocklist=blocklist.csv");
    given("blocklist=nowhere.csv").says("cannot read nowhere.csv");
}

#[test]
fn a_drill_takes_lists_too() {
    let tool = with_list();
    let drill = |arguments: &[&str]| {
        let scenario = ["policy", "drill", "policy.toml", "--scenario", "sequence", "--scale", "0.02"];
        tool.run(&[&scenario, arguments].concat()).exits(0)
    };
    drill(&[]).says("no list is known to blocked");
    // Everybody is on it.
    let all: String = (1..=9).map(|digit| format!("+{digit}*\n")).collect();
    tool.write("all.csv", &all);
    drill(&["--lists", "blocklist=all.csv"]).says_nothing().shows("100.0 %");
}

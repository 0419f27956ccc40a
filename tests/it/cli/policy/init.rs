//! `policy init`.

use crate::world::tool::{Tool, read};

#[test]
fn the_starter_policy_is_written_and_passes_the_check() {
    let tool = Tool::new();
    tool.run(&["policy", "init"]).exits(0).prints("").says("policy.toml is written: set your markets in it");
    assert_eq!(std::fs::read_to_string(tool.file("policy.toml")).unwrap(), read("src/policy/starter.toml"));
    tool.run(&["policy", "check", "policy.toml"]).exits(0).prints("");
    tool.run(&["policy", "init", "other.toml"]).exits(0).says("other.toml is written");
}

#[test]
fn a_file_that_exists_stays_as_it_is() {
    let tool = Tool::new();
    tool.write("policy.toml", "mine");
    tool.run(&["policy", "init"]).exits(1).says("policy.toml exists and stays as it is");
    assert_eq!(std::fs::read_to_string(tool.file("policy.toml")).unwrap(), "mine");
    tool.run(&["policy", "init", "nowhere/policy.toml"]).exits(1).says("cannot make nowhere/policy.toml: ");
}

//! The help of every command.

use crate::world::documented::{Reader, commands};
use crate::world::tool::Tool;

/// The widest line that a terminal of 80 columns shows unbroken.
const WIDEST: usize = 80;

/// Every command of the tool, the groups included, in the order of their help; the tool itself first.
fn all_commands() -> Vec<Vec<String>> {
    let tool = Tool::new();
    let mut all = vec![Vec::new()];
    let mut at = 0;
    while at < all.len() {
        let command = all[at].clone();
        let help = help(&tool, &command);
        let names = listed(&help);
        let children = names.iter().filter(|name| **name != "help");
        let children = children.map(|name| [&command[..], &[(*name).to_owned()]].concat());
        // After their group, since a reader who follows the examples goes from top to bottom.
        all.splice(at + 1..at + 1, children);
        at += 1;
    }
    all
}

/// The commands that a help lists. What a line holds beyond the name may go on in lines that are further in.
fn listed(help: &str) -> Vec<&str> {
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = listed.lines().map_while(|line| line.strip_prefix("  "));
    lines.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_whitespace().next()).collect()
}

/// The commands that work on a DynamoDB table.
pub(crate) fn commands_on_a_table() -> Vec<Vec<String>> {
    let tool = Tool::new();
    all_commands()
        .into_iter()
        .filter(|command| help(&tool, command).contains("--endpoint-url <URL>"))
        .collect()
}

/// The commands that print data as JSON.
pub(crate) fn commands_with_json() -> Vec<Vec<String>> {
    let tool = Tool::new();
    let has_json = |command: &Vec<String>| help(&tool, command).contains("--format <FORM");
    all_commands().into_iter().filter(has_json).collect()
}

fn help(tool: &Tool, command: &[String]) -> String {
    let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
    tool.run(&arguments).exits(0).says_nothing().stdout
}

fn example<'h>(help: &'h str, command: &[String]) -> &'h str {
    help.split("\nExample:\n").nth(1).unwrap_or_else(|| panic!("no example in the help of {command:?}"))
}

#[test]
fn a_long_name_and_a_description_of_two_lines_are_one_command() {
    let beside = "Commands:\n  a-name-of-more-than-18-characters  What it does, in words\n\
        \u{20}                                    that go on\n  short  What\n\nOptions:\n  -h\n";
    let below =
        "Commands:\n  a-name-of-more-than-18-characters\n          What it does\n  short\n          What\n";
    for help in [beside, below] {
        assert_eq!(listed(help), ["a-name-of-more-than-18-characters", "short"], "{help}");
    }
}

#[test]
fn every_command_is_listed() {
    let names: Vec<String> = all_commands().iter().map(|command| command.join(" ")).collect();
    let expected = [
        "",
        "demo",
        "serve",
        "local-table",
        "doctor",
        "send",
        "sign",
        "verify",
        "number",
        "verification",
        "verification start",
        "verification report",
        "verification status",
        "policy",
        "policy init",
        "policy schema",
        "policy check",
        "policy explain",
        "policy backtest",
        "policy drill",
        "policy suggest",
        "policy apply",
        "policy show",
        "policy history",
        "policy diff",
        "policy rollback",
        "list",
        "list add",
        "list remove",
        "list show",
        "list ls",
        "list import",
        "list export",
        "list history",
        "list undo",
        "outcome",
        "outcome show",
        "outcome find",
        "outcome tail",
        "outcome export",
        "outcome recover",
        "outcome reconcile",
        "status",
        "report",
        "erase",
        "completions",
        "man",
    ];
    assert_eq!(names, expected);
}

#[test]
fn every_example_works_as_it_is_shown() {
    let mut reader = Reader::new();
    for command in all_commands() {
        let help = help(&reader.tool, &command);
        let example = example(&help, &command);
        let name = format!("sinch-gate {}", command.join(" "));
        assert!(example.contains(name.trim_end()), "the example of `{name}` shows something else: {example}");
        for line in commands(example) {
            reader.follow(&line);
        }
    }
}

#[test]
fn an_example_is_never_broken_by_a_terminal() {
    for command in all_commands() {
        let help = help(&Tool::new(), &command);
        let example = example(&help, &command);
        let widest = example.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(widest <= WIDEST, "{widest} columns in the example of {command:?}");
    }
}

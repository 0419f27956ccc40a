//! What the READMEs and the runbook ask people to type works. A command that is new there fails here until
//! it is run, or listed with the reason why it cannot be.

use sinch_gate::policy::Policy;

use crate::world::documented::{Reader, commands};
use crate::world::tool::read;

const NEEDS_AWS: &str = "it needs an AWS account";

/// Commands that no test runs.
const NOT_RUN: [(&str, &str); 10] = [
    ("cargo test", "it is what runs this"),
    ("cargo install --locked --path .", "it takes minutes, and builds what the tests run"),
    ("sam build --beta-features", "`.ci/template` runs it"),
    ("sha256sum .aws-sam/build/Gate/bootstrap", "it takes a build, which `.ci/template` makes"),
    (
        "sam local invoke Gate --event events/lambda/request-sms.json",
        "`.ci/sam-local` runs it in a container",
    ),
    ("sam local start-api &", "`.ci/sam-local` runs it with a container behind it"),
    ("sam deploy", NEEDS_AWS),
    ("sam package", NEEDS_AWS),
    ("sam delete", NEEDS_AWS),
    ("aws", NEEDS_AWS),
];

/// The blocks of a language in a Markdown text, without the indentation of the list that a block stands in.
pub(crate) fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let Some(opened) = line.trim_start().strip_prefix("```") else { continue };
        let indentation = line.len() - line.trim_start().len();
        let inside = lines.by_ref().take_while(|line| line.trim() != "```");
        let inside: Vec<&str> = inside.map(|line| line.get(indentation..).unwrap_or_default()).collect();
        if opened == language {
            blocks.push(inside.join("\n"));
        }
    }
    blocks
}

/// The commands of a Markdown text in order; a command whose block is followed by one of `text` shows that as
/// its output.
pub(crate) fn shown_with_output(markdown: &str) -> Vec<(String, Option<String>)> {
    let mut shown: Vec<(String, Option<String>)> = Vec::new();
    // Every other part stands between fences, and begins with its language.
    for block in markdown.split("```").skip(1).step_by(2) {
        match block.split_once('\n') {
            Some(("sh", lines)) => shown.extend(commands(lines).into_iter().map(|command| (command, None))),
            Some(("text", output)) => {
                shown.last_mut().expect("a command stands above").1 = Some(output.to_owned());
            }
            _ => {}
        }
    }
    shown
}

fn commands_of(readme: &str) -> Vec<String> {
    blocks(&read(readme), "sh").iter().flat_map(|block| commands(block)).collect()
}

/// Whether a command is the listed one; if that needs AWS, with any arguments.
fn is_excused(command: &str, listed: &str, reason: &str) -> bool {
    let rest = command.strip_prefix(listed);
    rest.is_some_and(|rest| rest.is_empty() || reason == NEEDS_AWS && rest.starts_with(' '))
}

/// Follows a document, as a reader who has run the commands of `before` first.
#[track_caller]
fn check_commands(readme: &str, before: &[&str]) {
    let mut reader = Reader::new();
    before.iter().for_each(|command| reader.follow(command));
    for command in commands_of(readme) {
        let command = command.replace("cargo run -- ", "sinch-gate ");
        if command.starts_with("sinch-gate ") {
            reader.follow(&command);
        } else {
            let is_listed = NOT_RUN.iter().any(|(listed, reason)| is_excused(&command, listed, reason));
            assert!(is_listed, "{readme} shows `{command}`: run it here, or list why it cannot be run");
        }
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    check_commands("README.md", &[]);
}

#[test]
fn the_commands_of_the_samples_work() {
    check_commands("events/README.md", &[]);
}

#[test]
fn the_commands_of_the_runbook_work() {
    let a_policy_is_in_force = [
        "sinch-gate policy init policy.toml",
        "sinch-gate policy apply policy.toml -m first --table TABLE_NAME",
    ];
    check_commands("docs/operations.md", &a_policy_is_in_force);
}

#[test]
fn no_command_is_excused_that_is_not_shown() {
    let documents = ["README.md", "events/README.md", "docs/operations.md"];
    let shown = documents.map(commands_of).concat();
    for (listed, reason) in NOT_RUN {
        let is_shown = shown.iter().any(|shown| is_excused(shown, listed, reason));
        assert!(is_shown, "no document shows `{listed}` any more");
    }
}

#[test]
fn the_policies_of_the_readme_are_policies() {
    let policies = blocks(&read("README.md"), "toml");
    assert!(!policies.is_empty());
    for policy in policies {
        let compiled = Policy::check(&policy).unwrap_or_else(|problems| panic!("{problems}\n{policy}"));
        assert_eq!(compiled.warnings, [], "{policy}");
    }
}

#[test]
fn a_block_is_read_without_the_indentation_of_its_list() {
    let markdown = "1. Text\n\n   ```sh\n   first\n     second\n   ```\n\n```toml\nthird\n```\n";
    assert_eq!(blocks(markdown, "sh"), ["first\n  second"]);
    assert_eq!(blocks(markdown, "toml"), ["third"]);
}

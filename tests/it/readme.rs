//! What the READMEs tell people to type works. A command that is new there fails here until it is run, or listed
//! with the reason why it cannot be.

use sinch_gate::policy::Policy;

use crate::documented::{Reader, commands};
use crate::tool::read;

/// Commands that no test runs.
const NOT_RUN: [(&str, &str); 6] = [
    ("cargo test", "it is what runs this"),
    ("cargo install --locked --path .", "it takes minutes, and builds what the tests run"),
    ("sam build --beta-features", "`.ci/template` runs it"),
    ("sam deploy --guided", "it needs an AWS account"),
    (
        "sam local invoke Gate --event events/lambda/request-sms.json",
        "`.ci/sam-local` runs it in a container",
    ),
    ("sam local start-api &", "`.ci/sam-local` runs it with a container behind it"),
];

/// The blocks of a language in a Markdown text, without the indentation of the list that a block stands in.
fn blocks(markdown: &str, language: &str) -> Vec<String> {
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

fn commands_of(readme: &str) -> Vec<String> {
    blocks(&read(readme), "sh").iter().flat_map(|block| commands(block)).collect()
}

#[track_caller]
fn check_commands(readme: &str) {
    let mut reader = Reader::new();
    for command in commands_of(readme) {
        let command = command.replace("cargo run -- ", "sinch-gate ");
        if command.starts_with("sinch-gate ") {
            reader.follow(&command);
        } else {
            let is_listed = NOT_RUN.iter().any(|(listed, _)| *listed == command);
            assert!(is_listed, "{readme} shows `{command}`: run it here, or list why it cannot be run");
        }
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    check_commands("README.md");
}

#[test]
fn the_commands_of_the_samples_work() {
    check_commands("events/README.md");
}

#[test]
fn no_command_is_excused_that_is_not_shown() {
    let shown = [commands_of("README.md"), commands_of("events/README.md")].concat();
    for (command, _) in NOT_RUN {
        assert!(shown.iter().any(|shown| shown == command), "no README shows `{command}` any more");
    }
}

#[test]
fn the_policies_of_the_readme_are_policies() {
    let policies = blocks(&read("README.md"), "toml");
    assert!(!policies.is_empty());
    for policy in policies {
        let compiled = Policy::compile(&policy).unwrap_or_else(|problems| panic!("{problems}\n{policy}"));
        assert_eq!(compiled.warnings, [], "{policy}");
    }
}

#[test]
fn a_block_is_read_without_the_indentation_of_its_list() {
    let markdown = "1. Text\n\n   ```sh\n   first\n     second\n   ```\n\n```toml\nthird\n```\n";
    assert_eq!(blocks(markdown, "sh"), ["first\n  second"]);
    assert_eq!(blocks(markdown, "toml"), ["third"]);
}

//! What the documents ask people to type works. A command that is new there fails here until it is run, or
//! listed with the reason why it cannot be.

use sinch_gate::policy::Policy;

use crate::world::documented::{Reader, commands, documents};
use crate::world::tool::read;

const README: &str = "README.md";
const SAMPLES: &str = "events/README.md";
const RUNBOOK: &str = "docs/operations.md";
const POLICIES: &str = "docs/policy.md";

/// The documents whose commands are run here.
const FOLLOWED: [&str; 4] = [README, SAMPLES, RUNBOOK, POLICIES];

/// Those whose commands another file of tests runs, during what they are about.
const FOLLOWED_ELSEWHERE: [(&str, &str); 4] = [
    ("docs/attack.md", "tests/it/attack.rs"),
    ("docs/drill.md", "tests/it/cli/policy/drill.rs"),
    ("docs/report.md", "tests/it/cli/report.rs"),
    ("docs/support.md", "tests/it/support.rs"),
];

const NEEDS_AWS: &str = "it needs an AWS account";
const IN_PACKAGE: &str = "`tests/it/package.rs` runs it on archives that it makes";

/// Commands that no test runs.
const NOT_RUN: [(&str, &str); 11] = [
    ("sha256sum --check --ignore-missing SHA256SUMS", IN_PACKAGE),
    ("tar -xzf sinch-gate-VERSION-arm64-deploy.tar.gz", IN_PACKAGE),
    ("cd sinch-gate-VERSION-arm64-deploy", IN_PACKAGE),
    ("cargo install --locked --path .", "it takes minutes, and builds what the tests run"),
    ("sam build --beta-features", "`.ci/template` runs it"),
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

/// The commands under a heading of rank 2.
pub(crate) fn commands_of_section(document: &str, heading: &str) -> Vec<String> {
    let text = read(document);
    let section = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no `{heading}`")).1;
    let section = section.split("\n## ").next().unwrap();
    blocks(section, "sh").iter().flat_map(|block| commands(block)).collect()
}

pub(crate) fn commands_of(document: &str) -> Vec<String> {
    blocks(&read(document), "sh").iter().flat_map(|block| commands(block)).collect()
}

/// Whether a command is the listed one; if that needs AWS, with any arguments.
fn is_excused(command: &str, listed: &str, reason: &str) -> bool {
    let rest = command.strip_prefix(listed);
    rest.is_some_and(|rest| rest.is_empty() || reason == NEEDS_AWS && rest.starts_with(' '))
}

/// Follows a document, as a reader who has run the commands of `before` first.
#[track_caller]
fn check_commands(document: &str, before: &[&str]) {
    check_commands_of(Reader::new(), document, before);
}

#[track_caller]
fn check_commands_of(mut reader: Reader, document: &str, before: &[&str]) {
    before.iter().for_each(|command| reader.follow(command));
    for command in commands_of(document) {
        let command = command.replace("cargo run -- ", "sinch-gate ");
        if command.starts_with("sinch-gate ") {
            reader.follow(&command);
        } else {
            let is_listed = NOT_RUN.iter().any(|(listed, reason)| is_excused(&command, listed, reason));
            assert!(is_listed, "{document} shows `{command}`: run it here, or list why it cannot be run");
        }
    }
}

#[test]
fn the_commands_of_the_readme_work() {
    check_commands(README, &[]);
}

#[test]
fn the_commands_of_the_samples_work() {
    check_commands(SAMPLES, &[]);
}

#[test]
fn the_commands_of_the_runbook_work() {
    let a_policy_is_in_force = [
        "sinch-gate policy init policy.toml",
        "sinch-gate policy apply policy.toml -m first --table TABLE_NAME",
    ];
    check_commands(RUNBOOK, &a_policy_is_in_force);
}

#[test]
fn the_commands_of_the_page_on_policies_work() {
    let two_versions = [
        "printf 'schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"safelist\"\nverdict = \"allow\"\n\
         list = \"safelist\"\n' > before.toml",
        "sinch-gate policy apply before.toml -m first --table TABLE_NAME",
        "sinch-gate policy init starter.toml",
        "sinch-gate policy apply starter.toml -m second --table TABLE_NAME",
    ];
    // Limits are suggested from people who verified.
    let mut reader = Reader::new();
    reader.verify_the_story();
    check_commands_of(reader, POLICIES, &two_versions);
}

#[test]
fn no_document_has_commands_that_no_test_runs() {
    for document in documents() {
        let is_run = FOLLOWED.contains(&&*document)
            || FOLLOWED_ELSEWHERE.iter().any(|(followed, file)| {
                *followed == document && read(file).contains(&format!("\"{document}\""))
            });
        // Those of contributors are run by `.ci/run`.
        let has_none = commands_of(&document).is_empty() || document == "CONTRIBUTING.md";
        assert!(is_run || has_none, "no test runs the commands of {document}");
    }
}

#[test]
fn no_command_is_excused_that_is_not_shown() {
    let shown = FOLLOWED.map(commands_of).concat();
    for (listed, reason) in NOT_RUN {
        let is_shown = shown.iter().any(|shown| is_excused(shown, listed, reason));
        assert!(is_shown, "no document shows `{listed}` any more");
    }
}

#[test]
fn the_policies_of_the_documents_are_policies_under_which_a_block_blocks() {
    let policies: Vec<String> = documents().iter().flat_map(|file| blocks(&read(file), "toml")).collect();
    assert!(policies.len() > 4, "{policies:?}");
    for policy in policies {
        let is_whole = policy.starts_with("schema");
        let policy = if is_whole { policy } else { format!("schema = 1\ndefault = \"allow\"\n{policy}") };
        let compiled = Policy::check(&policy).unwrap_or_else(|problems| panic!("{problems}\n{policy}"));
        assert_eq!(compiled.warnings, [], "{policy}");
        // Whoever begins with a copy of it, and types the commands of an attack, must be protected.
        assert!(
            !is_whole || policy.contains("list = \"blocklist\""),
            "no rule asks the blocklist:\n{policy}"
        );
    }
}

#[test]
fn the_readme_fits_whoever_reads_it_once() {
    let n_lines = read(README).lines().count();
    assert!(n_lines < 200, "{n_lines} lines: move to docs/ what a first reader does not need");
}

#[test]
fn a_block_is_read_without_the_indentation_of_its_list() {
    let markdown = "1. Text\n\n   ```sh\n   first\n     second\n   ```\n\n```toml\nthird\n```\n";
    assert_eq!(blocks(markdown, "sh"), ["first\n  second"]);
    assert_eq!(blocks(markdown, "toml"), ["third"]);
}

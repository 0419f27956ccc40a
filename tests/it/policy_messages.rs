//! Policies as their authors meet them: the messages of the checker, and the built-in policy.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sinch_gate::policy::limits::{LONGEST_POLICY, MOST_RULES};
use sinch_gate::policy::{Policy, Problem};

fn policies(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policies").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|kind| kind == "toml")).collect();
    files.sort();
    files
}

/// What the checker says, as the tool shows it.
fn messages(source: &str, file: &str) -> String {
    let problems: Vec<Problem> = match Policy::check(source) {
        Ok(compiled) => compiled.warnings,
        Err(problems) => problems.iter().cloned().collect(),
    };
    problems.iter().fold(String::new(), |mut text, problem| {
        writeln!(text, "{}", problem.in_file(file)).unwrap();
        text
    })
}

/// Run with `UPDATE_EXPECT=1` to write the messages down after a change; read the difference before
/// committing.
#[test]
fn every_mistake_is_explained_at_its_place() {
    let is_update = std::env::vars().any(|(name, _)| name == "UPDATE_EXPECT");
    let mut wrong = Vec::new();
    for path in policies("bad") {
        let file = path.file_name().unwrap().to_str().unwrap();
        let found = messages(&fs::read_to_string(&path).unwrap(), file);
        assert!(!found.is_empty(), "{file} has no problem");
        let expected_path = path.with_extension("txt");
        if is_update {
            fs::write(&expected_path, &found).unwrap();
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if found != expected {
            wrong.push(format!("--- {file}: expected\n{expected}--- found\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn good_policies_compile_without_a_warning() {
    for path in policies("good") {
        let file = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(messages(&fs::read_to_string(&path).unwrap(), file), "", "{file}");
    }
}

#[test]
fn a_policy_that_passes_is_the_same_one_in_use() {
    for path in policies("good").into_iter().chain(policies("bad")) {
        let source = fs::read_to_string(&path).unwrap();
        if let Ok(checked) = Policy::check(&source) {
            assert_eq!(Policy::compile(&source).unwrap().policy, checked.policy, "{}", path.display());
        }
    }
}

#[test]
fn the_starter_policy_compiles_without_a_warning_and_is_the_one_in_force() {
    assert_eq!(messages(Policy::starter_source(), "starter.toml"), "");
    assert_eq!(Policy::check(Policy::starter_source()).unwrap().policy, Policy::starter());
    assert!(Policy::starter().rules().len() > 5);
}

#[test]
fn a_policy_has_a_largest_size() {
    let head = "schema = 1\ndefault = \"allow\"\n";
    let of_size = |size: usize| format!("{head}{}\n", "#".repeat(size - head.len() - 1));
    assert_eq!(messages(&of_size(LONGEST_POLICY), "p"), "");
    assert_eq!(
        messages(&of_size(LONGEST_POLICY + 1), "p"),
        "p:1:1: error: a policy has at most 65536 bytes, this one has 65537\n  \
         help: keep numbers and prefixes in lists, outside the policy\n"
    );
    let rules: String = (0..=MOST_RULES)
        .map(|rule| format!("[[rules]]\nid = \"r{rule}\"\nverdict = \"deny\"\nwhen.custom.rule = {rule}\n"))
        .collect();
    assert_eq!(
        messages(&format!("{head}{rules}"), "p"),
        "p:803:1: error: a policy has at most 200 rules, this one has 201\n  \
         help: keep numbers and prefixes in lists\n"
    );
}

/// A policy of as many rules as there may be, each on the same long set, and none covering another.
fn of_rules_on_a_set(values: &[String]) -> String {
    let head = format!("schema = 1\ndefault = \"allow\"\nsets.s = [{}]\n", values.join(","));
    let rule = |n| {
        format!("[[rules]]\nid = \"r{n}\"\nverdict = \"deny\"\nwhen.custom.k = \"@s\"\nwhen.custom.n = {n}\n")
    };
    head + &(0..MOST_RULES).map(rule).collect::<String>()
}

/// If all values of all rules were compared with each other, this would not end.
#[test]
fn many_rules_on_long_sets_are_checked_at_once() {
    let values: Vec<String> = (0..5_000).map(|value| format!("\"{value}\"")).collect();
    let source = of_rules_on_a_set(&values);
    assert_eq!(messages(&source, "p"), "");
    let texts: Vec<String> = (0..500).map(|value| format!("\"text number {value}\"")).collect();
    assert_eq!(messages(&of_rules_on_a_set(&texts), "p"), "");
}

/// Pieces of policies, so that random text comes near the language.
const PIECES: [&str; 28] = [
    "schema = 1\n",
    "default = \"allow\"\n",
    "default",
    "[[rules]]\n",
    "[rules]\n",
    "[sets]\n",
    "id = \"a\"\n",
    "verdict = \"deny\"\n",
    "when.",
    "unless.",
    "country = ",
    "[\"SE\", \"@home\"]",
    "\"@\"",
    "quota = ",
    "{ ",
    " }",
    "per = \"number\"",
    ", ",
    "limit = 5",
    "window = \"1d\"",
    "respond.sms.",
    "expiry = \"00:03:00\"",
    "\n",
    "=",
    "\"",
    "price = ",
    "1979-05-27T07:32:00Z",
    "é",
];

#[test]
fn a_policy_of_many_rules_and_values_is_checked_without_a_wait() {
    let values = |end: &str| {
        let values: Vec<String> = (0..2_000).map(|n| format!("\"{n:x}\"")).collect();
        format!("[{}, \"{end}\"]", values.join(","))
    };
    let mut source = format!(
        "schema = 1\ndefault = \"allow\"\n[sets]\na = {}\nb = {}\n",
        values("only in a"),
        values("only in b")
    );
    for n in 0..180 {
        let set = ["a", "b"][n % 2];
        let when = format!("when.custom.k = \"@{set}\"\nwhen.custom.z = \"{n}\"");
        source += &format!("[[rules]]\nid = \"r{n}\"\nverdict = \"deny\"\n{when}\n");
    }
    let begun = std::time::Instant::now();
    assert!(Policy::check(&source).is_ok());
    // Value by value, rule by rule, it takes minutes.
    assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
}

proptest! {
    #[test]
    fn no_text_makes_the_checker_panic(text in ".{0,200}") {
        let _ = Policy::check(&text);
        let _ = Policy::compile(&text);
    }

    #[test]
    fn no_jumble_of_pieces_makes_the_checker_panic(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
    ) {
        let _ = Policy::check(&pieces.concat());
    }

    #[test]
    fn no_damage_to_the_starter_makes_the_checker_panic(
        at in 0_usize..4_000,
        length in 0_usize..40,
        text in ".{0,8}",
    ) {
        let source = Policy::starter_source().chars();
        let damaged: String =
            source.clone().take(at).chain(text.chars()).chain(source.skip(at + length)).collect();
        if let Err(problems) = Policy::check(&damaged) {
            prop_assert!(problems.first().is_some());
        }
    }
}

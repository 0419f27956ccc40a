//! What is measured: policies, and what is asked under them.

use std::fmt::Write as _;

use sinch_gate::phone::Country;

/// What the callbacks of a case are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Each is a verification of its own, of a number that was never seen.
    Strangers,
    /// All are the same one.
    Repeats,
    /// They arrive where nothing is served.
    Elsewhere,
}

/// A policy and its callbacks.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Its text; `None` for the starter policy.
    pub(crate) policy: Option<String>,
    pub(crate) asked: Asked,
}

const LISTS: &str = r#"
[[rules]]
id = "safelist"
verdict = "allow"
list = "safelist"
[[rules]]
id = "blocklist"
verdict = "deny"
list = "blocklist"
"#;

impl Case {
    /// The cases, cheapest first.
    pub(crate) fn all() -> Vec<Self> {
        let case = |name, asked, rules: String| Self { name, policy: Some(format!("{HEAD}{rules}")), asked };
        vec![
            case("not found", Asked::Elsewhere, rules_of_methods(30)),
            case("repeat, 30 rules", Asked::Repeats, rules_of_methods(30)),
            case("denied by rule 1", Asked::Strangers, rules_of_methods(1)),
            case("denied by rule 30", Asked::Strangers, rules_of_methods(30)),
            case("list", Asked::Strangers, LISTS.to_owned()),
            case("number", Asked::Strangers, quotas(&["number"])),
            case(
                "list, number, block, country",
                Asked::Strangers,
                LISTS.to_owned() + &quotas(&["number", "block:3", "country"]),
            ),
            Self { name: "starter", policy: None, asked: Asked::Strangers },
            case("10 rules, sets of all countries", Asked::Strangers, on_all_countries(7)),
            case("190 rules, sets of all countries", Asked::Strangers, on_all_countries(187)),
        ]
    }
}

const HEAD: &str = "schema = 1\ndefault = \"allow\"\n";

/// Rules on what the event itself says, of which the last one denies.
fn rules_of_methods(rules: usize) -> String {
    let mut text = String::new();
    for rule in 1..rules {
        let _ = writeln!(
            text,
            "[[rules]]\nid = \"other-{rule}\"\nverdict = \"deny\"\n\
             when.country = [\"FI\", \"NO\"]\nwhen.method = [\"callout\"]"
        );
    }
    text + "[[rules]]\nid = \"last\"\nverdict = \"deny\"\nwhen.country = [\"SE\"]\n"
}

fn quotas(dimensions: &[&str]) -> String {
    let quota = |(index, dimension): (usize, &&str)| {
        format!(
            "[[rules]]\nid = \"quota-{index}\"\nverdict = \"deny\"\n\
             quota = {{ per = \"{dimension}\", limit = 1000, window = \"1d\" }}\n"
        )
    };
    dimensions.iter().enumerate().map(quota).collect()
}

/// Rules that name a set of nearly every country and decide nothing, then lists and a quota.
fn on_all_countries(rules: usize) -> String {
    let countries: Vec<String> = Country::all()
        .map(Country::code)
        .filter(|code| *code != "SE")
        .map(|code| format!("\"{code}\""))
        .collect();
    let mut text = format!("[sets]\nothers = [{}]\n", countries.join(", "));
    for rule in 0..rules {
        let _ = writeln!(
            text,
            "[[rules]]\nid = \"others-{rule}\"\nverdict = \"deny\"\n\
             when.country = [\"@others\"]\nwhen.method = [\"callout\"]"
        );
    }
    text + LISTS + &quotas(&["number"])
}

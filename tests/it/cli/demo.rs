//! `demo`.

use crate::world::tool::{Tool, read};

/// What the demo prints, with the times, the port and the tool's path taken out. After a change on purpose,
/// copy the new text from the failure.
const GOLDEN: &str = "tests/it/cli/demo.txt";

/// As wide as a time, so that the columns keep their width.
const TIME: &str = "YYYY-MM-DDThh:mm:ssZ";

fn normalised(output: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([':', ',']);
        let rest = &word[bare.len()..];
        if bare.parse::<jiff::Timestamp>().is_ok() {
            format!("{TIME}{rest}")
        } else if bare.starts_with("http://127.0.0.1:") {
            format!("http://127.0.0.1:PORT/sinch{rest}")
        } else if bare.ends_with("/sinch-gate") {
            format!("sinch-gate{rest}")
        } else {
            word.to_owned()
        }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    output.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn the_demo_shows_every_kind_of_decision_and_why() {
    let run = Tool::new().run(&["demo"]).exits(0).says_nothing();
    let shown = normalised(&run.stdout);
    assert!(shown == read(GOLDEN), "{GOLDEN} differs from this:\n{shown}");
}

#[test]
fn the_demo_fits_a_screen() {
    let run = Tool::new().run_in_terminal(80, "sinch-gate demo").exits(0);
    let lines: Vec<_> = run.stdout.lines().collect();
    // With the prompt below it.
    assert!(lines.len() < 24, "{} lines in {run}", lines.len());
    let rows = lines.iter().filter(|line| line.starts_with("a ") || line.starts_with("the "));
    assert_eq!(rows.count(), 10, "{run}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{run}");
}

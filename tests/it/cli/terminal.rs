//! What is seen in a terminal: lines that fit it, and colour where it is wanted.

use crate::world::tool::{Run, Tool};

/// A tool in a terminal with colour, and a table with an entry whose reason is long.
fn user() -> Tool {
    let mut tool = Tool::new();
    tool.set("TERM", "xterm-256color");
    let reason = "pumping since tonight at 2026-01-15T09:30:00Z, seen by the night shift";
    let add =
        ["list", "add", "blocklist", "+99899394*", "--reason", reason, "--for", "6h", "--data", "gate.db"];
    tool.run(&add).exits(0);
    tool
}

/// The text without paint.
fn plain(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(|part| part.split_once('m').unwrap().1).collect::<String>()
}

fn words(run: &Run) -> Vec<String> {
    let text = plain(&run.stdout).replace('─', "");
    text.split_whitespace().map(str::to_owned).collect()
}

const SHOWN: [&str; 3] = [
    "sinch-gate list show blocklist --data gate.db",
    "sinch-gate number +46701740605 +998993941207 nonsense",
    // A message, and one of clap's.
    "sinch-gate outcome show signup-20260115-0001 --data gate.db",
];

#[test]
fn no_word_is_broken_and_no_line_too_long_in_any_terminal() {
    let tool = user();
    for line in SHOWN.iter().chain(&["sinch-gate list show blocklist --data gate.db --jsn"]) {
        let whole = words(&tool.run_in_terminal(400, line));
        for columns in [40, 60, 80, 132] {
            let run = tool.run_in_terminal(columns, line);
            assert_eq!(words(&run), whole, "at {columns}: {run}");
            for line in plain(&run.stdout).lines() {
                // Nothing breaks a word, such as a key, that is longer than the terminal.
                let is_one_word = line.split_whitespace().nth(1).is_none();
                assert!(is_one_word || line.chars().count() <= columns, "at {columns}: {run}");
            }
        }
    }
}

#[test]
fn a_pipe_has_a_row_on_each_line_and_no_colour() {
    let tool = user();
    let run = tool.run(&["list", "show", "blocklist", "--data", "gate.db"]).exits(0);
    assert_eq!(run.stdout.lines().count(), 3, "{run}");
    let run = tool.run(&["number", "--nonsense"]).exits(1);
    assert!(!run.stderr.contains('\x1b'), "{run}");
}

#[test]
fn colour_is_off_where_it_is_not_wanted_and_can_be_forced() {
    let mut tool = user();
    tool.write("old.toml", "schema = 1\ndefault = \"allow\"\n");
    tool.write("new.toml", "schema = 1\ndefault = \"deny\"\n");
    let line = "sinch-gate policy diff old.toml new.toml";
    let is_painted = |tool: &Tool| tool.run_in_terminal(80, line).stdout.contains('\x1b');
    assert!(is_painted(&tool));
    tool.set("NO_COLOR", "1");
    assert!(!is_painted(&tool));
    tool.set("NO_COLOR", "");
    tool.set("TERM", "dumb");
    assert!(!is_painted(&tool));
    tool.set("CLICOLOR_FORCE", "1");
    let piped = tool.run(&["policy", "diff", "old.toml", "new.toml"]).exits(2);
    assert!(piped.stdout.contains('\x1b'), "{piped}");
    let json = tool.run(&["policy", "diff", "old.toml", "new.toml", "--format", "json"]).exits(2);
    assert!(!json.stdout.contains('\x1b'), "{json}");
}

//! The picture of the demo in the README is what the demo shows. To draw it anew:
//! `SINCH_GATE_TEST_DRAW=yes cargo test --test it picture`.

use crate::world::svg;
use crate::world::tool::{Tool, read, repository};

const PICTURE: &str = "docs/demo.svg";

/// The columns of the terminal that is drawn.
const COLUMNS: usize = 80;

/// The picture of the demo as it is now.
fn drawn() -> String {
    let mut tool = Tool::new();
    tool.set("TERM", "xterm-256color");
    let run = tool.run_in_terminal(COLUMNS, "sinch-gate demo").exits(0);
    svg::terminal("What `sinch-gate demo` shows", &format!("$ sinch-gate demo\n{}", run.stdout))
}

/// A text in which every time, date and port is the same.
fn timeless(text: &str) -> String {
    let is_of_a_time = |character: &char| character.is_ascii_digit() || matches!(character, '-' | ':');
    let mut rest = text;
    let mut timeless = String::new();
    while let Some(first) = rest.chars().next() {
        let length = rest.chars().take_while(is_of_a_time).count();
        let (word, after) = rest.split_at(if length == 0 { first.len_utf8() } else { length });
        let is_time = length > 0 && word.contains([':', '-']) && word.contains(|c: char| c.is_ascii_digit());
        if is_time {
            timeless.extend(word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }));
        } else {
            timeless.push_str(word);
        }
        rest = after;
    }
    timeless
}

#[test]
fn the_picture_of_the_demo_is_what_the_demo_shows() {
    let drawn = drawn();
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests asks for a new picture")]
    if std::env::var_os("SINCH_GATE_TEST_DRAW").is_some() {
        std::fs::write(repository(PICTURE), &drawn).unwrap();
    }
    let is_current = timeless(&read(PICTURE)) == timeless(&drawn);
    assert!(is_current, "{PICTURE} is not what the demo shows: see the first lines of this file\n{drawn}");
    for (first, second) in [("allow", "deny"), ("401", "SUCCESSFUL")] {
        assert!(drawn.contains(first) && drawn.contains(second), "nothing to see in\n{drawn}");
    }
}

#[test]
fn a_picture_does_not_grow_old_by_its_times_alone() {
    let at = |time: &str, port: u16| format!("<text x=\"16\">{time} allow 127.0.0.1:{port} 3 of 5</text>");
    let now = timeless(&at("2026-11-26T01:02:03Z", 40_123));
    assert_eq!(now, timeless(&at("2025-10-15T21:32:33Z", 51_234)));
    assert_ne!(now, timeless(&at("2026-11-26T01:02:03Z", 40_123).replace("3 of 5", "4 of 5")));
}

//! What the file of a suggested policy says.

use super::{Made, USUAL, analyst, suggest, suggested};
use crate::world::tool::Tool;

#[track_caller]
fn check_says(text: &str, words: &str) {
    // Comments are wrapped.
    let flat = text.replace("\n# ", " ");
    assert!(flat.contains(words), "{words:?} is not in\n{text}");
}

#[test]
fn what_only_the_operator_knows_is_filled_from_history() {
    let text = suggested(&analyst(USUAL), "0.5%");
    assert!(text.starts_with("# What only you can know."), "{text}");
    check_says(&text, "home = [\"FR\", \"GB\", \"SE\", \"US\"]");
    check_says(&text, "Currency: EUR; a verification costs 0.0");
    check_says(&text, "\nspend-abroad = [\"");
    check_says(&text, "limit = \"@spend-abroad\", window = \"1d\", assume = \"0.0");
    check_says(&text, "\nhome-burst = [");
    check_says(&text, "limit = \"@home-burst\", window = \"3h\"");
    let usd = suggested(&analyst(Made { currency: "USD", ..USUAL }), "0.5%");
    check_says(&usd, "Currency: USD");
    assert!(!usd.contains("EUR"), "{usd}");
}

#[test]
fn each_limit_says_what_it_is_based_on() {
    let text = suggested(&analyst(USUAL), "0.5%");
    check_says(
        &text,
        "Resend loops. All who verified stayed within 3. It would have denied 0 requests, 0 verified.",
    );
    check_says(&text, "requests within 20 days from 2026-09-01T");
    check_says(&text, "What this traffic could not show:");
}

#[test]
fn what_too_few_people_say_is_only_watched() {
    let text = suggested(&analyst(Made { days: 2, people: 8, attack: 0, ..USUAL }), "0.5%");
    check_says(&text, "so `home` is a guess: write your markets there.");
    check_says(&text, " verified abroad, and it takes 30 to set a limit.");
    check_says(&text, "The traffic spans ");
    check_says(&text, "which is above 0.50 %. That takes more traffic.");
    let rules = text.split("[[rules]]").filter(|rule| rule.contains("limit = "));
    // All but the pause between two attempts.
    let enforced: Vec<&str> = rules.filter(|rule| !rule.contains("mode = \"monitor\"")).collect();
    assert_eq!(enforced.len(), 1, "{text}");
}

#[test]
fn windows_that_the_traffic_is_too_short_for_are_only_watched() {
    // A busy day is enough people, and not enough days.
    let text = suggested(&analyst(Made { days: 3, people: 400, attack: 0, ..USUAL }), "0.5%");
    check_says(&text, "and it takes 2 times 7d to set its limit.");
    let week = text.split("[[rules]]").find(|rule| rule.contains("id = \"country-week\"")).unwrap();
    let day = text.split("[[rules]]").find(|rule| rule.contains("id = \"thousand-block\"")).unwrap();
    assert!(week.contains("monitor") && !day.contains("monitor"), "{text}");
}

#[test]
fn without_people_there_is_no_suggestion() {
    let tool = analyst(Made { people: 0, ..USUAL });
    suggest(&tool, &[]).exits(1).says("nobody verified in the traffic").says("hint: begin with `sinch-gate");
    tool.write("traffic.jsonl", "");
    suggest(&tool, &[]).exits(1).says("nobody verified in the traffic");
    Tool::new().run(&["policy", "suggest"]).exits(1).says("hint: give --traffic FILE");
}

#[test]
fn a_file_is_written_once() {
    let tool = analyst(Made { days: 2, ..USUAL });
    let run = suggest(&tool, &["--output", "suggested.toml"]).exits(0);
    let run = run.says("suggested.toml would have stopped").says("note: The traffic spans");
    assert_eq!(run.stdout, "", "{run}");
    suggest(&tool, &["--output", "suggested.toml"]).exits(1).says("suggested.toml exists and stays as it is");
}

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
        "Resend loops. All who verified stayed within 3, the lowest limit that was tried. It would have \
         denied 0 requests, 0 verified.",
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
    check_says(&text, "so this policy stops hardly anything. Stay with the starter policy");
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
    // A calling code that is not in use.
    let abroad = Made { days: 2, ..USUAL }.traffic();
    let nowhere = abroad.replace("\"+", "\"+999");
    tool.write("traffic.jsonl", &nowhere);
    for starter in [&[][..], &["--starter"]] {
        suggest(&tool, starter).exits(1).says("no number in the traffic has a country").says("hint: begin");
    }
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

#[test]
fn the_head_of_the_starter_policy_is_filled() {
    let usual = analyst(USUAL);
    let text = suggest(&usual, &["--starter"]).exits(0).says_nothing().stdout;
    check_says(&text, "home = [\"FR\", \"GB\", \"SE\", \"US\"]");
    // There is less of it than the limits were chosen for.
    check_says(&text, "home-unverified = [100]");
    check_says(&text, "abroad-unverified = [100]");
    check_says(&text, "at home and ");
    assert_eq!(text.matches(" EUR\"]").count(), 2, "{text}");
    usual.write("starter.toml", &text);
    usual.run(&["policy", "check", "starter.toml"]).exits(0).says("rules, no mistakes\n");

    let busy = analyst(Made { days: 3, people: 5_000, attack: 0, currency: "USD", ..USUAL });
    let text = suggest(&busy, &["--starter"]).exits(0).stdout;
    // 5,000 people a day, some of whom ask twice, and one in twenty is abroad; the limits are for 2,000.
    let limit = text.split("home-unverified = [").nth(1).unwrap().split(']').next().unwrap();
    assert!((250..285).contains(&limit.parse::<u32>().unwrap()), "{limit}");
    // 350 times the price: abroad there is less than the limits were chosen for.
    check_says(&text, "spend-abroad = [\"17.5 USD\"]");
    check_says(&text, "usual-price = [\"0.05 USD\"]");
    suggest(&busy, &["--starter", "--max-harm", "1%"]).exits(1).says("cannot be used with");
}

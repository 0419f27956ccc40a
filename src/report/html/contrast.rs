//! Every pair of text and ground on the page stands out for people who see little: WCAG 2.2, level AA.

use std::collections::BTreeMap;

use super::STYLE;

/// What is enough for text, and for marks.
const TEXT: f64 = 4.5;
const MARK: f64 = 3.0;

/// The grounds on which text stands.
const GROUNDS: [&str; 6] = ["paper", "surface", "red-ground", "amber-ground", "green-ground", "grey-ground"];

/// The colours of the page by name, by day or by night; shades of the heat maps as `shade-1` and `alarm-1`.
fn colours(is_dark: bool) -> BTreeMap<String, [u8; 3]> {
    let mut colours = BTreeMap::new();
    let mut is_within = !is_dark;
    let mut prefix = String::new();
    let mut depth = 0_usize;
    for line in STYLE.lines() {
        if line.starts_with("@media (prefers-color-scheme: dark)") {
            is_within = is_dark;
        } else if line.starts_with("@media") {
            is_within = false;
        }
        depth = depth + line.matches('{').count() - line.matches('}').count();
        if let Some((alarm, shade)) = line.trim_start().split_once(".shade-") {
            let kind = if alarm.contains("alarm") { "alarm" } else { "shade" };
            prefix = format!("{kind}-{}-", &shade[..1]);
        }
        for declaration in line.split(['{', '}', ';']).filter(|_| is_within) {
            if let Some((name, value)) =
                declaration.trim().split_once(": #").filter(|(name, _)| name.starts_with("--"))
            {
                let digits = if value.len() == 3 {
                    value.chars().flat_map(|c| [c, c]).collect()
                } else {
                    value.to_owned()
                };
                let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
                let prefix = if matches!(name, "--shade" | "--on") { prefix.as_str() } else { "" };
                colours.insert(format!("{prefix}{}", &name[2..]), [channel(0), channel(2), channel(4)]);
            }
        }
        // The colours of the day go on after a block for something else.
        if depth == 0 {
            is_within = !is_dark;
        }
    }
    colours
}

/// How far two colours are apart, from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |colour: [u8; 3]| {
        let linear = colour.map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn black_on_white_is_as_far_apart_as_can_be() {
    assert_eq!(contrast([0; 3], [255; 3]).round(), 21.0);
    assert!((contrast([0x76; 3], [255; 3]) - 4.54).abs() < 0.01);
}

#[test]
fn the_night_has_a_colour_for_each_of_the_day() {
    assert!(colours(false).keys().eq(colours(true).keys()));
    assert_ne!(colours(false)["paper"], colours(true)["paper"]);
}

#[test]
fn text_and_marks_stand_out_from_their_ground() {
    for is_dark in [false, true] {
        let colours = colours(is_dark);
        let check = |front: &str, ground: &str, least: f64| {
            let found = contrast(colours[front], colours[ground]);
            assert!(found >= least, "dark {is_dark}: {front} on {ground} has {found:.2}, not {least}");
        };
        for (text, ground) in
            ["ink", "soft"].into_iter().flat_map(|text| GROUNDS.map(|ground| (text, ground)))
        {
            check(text, ground, TEXT);
        }
        for state in ["red", "amber", "green"] {
            check(state, &format!("{state}-ground"), TEXT);
            check(state, "surface", TEXT);
        }
        check("red", "paper", TEXT);
        for ground in ["paper", "surface"] {
            check("link", ground, TEXT);
            for mark in ["verified", "unverified", "denied", "uncharged", "strong-line"] {
                check(mark, ground, MARK);
            }
        }
        for shade in (1..=7).flat_map(|n| [format!("shade-{n}-"), format!("alarm-{n}-")]) {
            let on = format!("{shade}on");
            check(if colours.contains_key(&on) { &on } else { "ink" }, &format!("{shade}shade"), TEXT);
        }
    }
}

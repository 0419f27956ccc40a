//! Charts and tables say what the JSON says.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{Opened, drilled};

/// The heights of the steps in an outline: its upper edge runs from left to right, and back the edge below.
fn heights(outline: &str) -> Vec<f64> {
    let mut edges = (Vec::new(), Vec::new());
    let (mut y, mut x) = (0.0, 0_usize);
    for part in outline.trim_start_matches('M').trim_end_matches('Z').split('V').skip(1) {
        let (height, to) = part.split_once('H').unwrap();
        y = height.parse().unwrap_or(y);
        let to: usize = to.parse().unwrap();
        let edge = if to > x { &mut edges.0 } else { &mut edges.1 };
        edge.extend(std::iter::repeat_n(y, to.abs_diff(x)));
        x = to;
    }
    edges.0.iter().zip(edges.1.iter().rev()).map(|(upper, below)| below - upper).collect()
}

#[test]
fn an_outline_is_read_as_it_is_drawn() {
    assert_eq!(heights("M0 4V1H1V1.5H3V4H1V3H0Z"), [2.0, 2.5, 2.5]);
}

#[track_caller]
fn assert_heights(opened: &Opened, path: &str, expected: &[f64]) {
    let outline = opened.browser.run(&format!("return document.querySelector('{path}').getAttribute('d');"));
    let drawn = heights(outline.as_str().unwrap());
    let is_same = drawn.iter().zip(expected).all(|(drawn, expected)| (drawn - expected).abs() < 1e-3);
    assert!(drawn.len() == expected.len() && is_same, "{path}: {drawn:?} is not {expected:?}");
    assert!(expected.iter().any(|height| *height > 0.0), "{path} shows nothing");
}

fn numbers(values: &[Value]) -> Vec<f64> {
    values.iter().map(|value| value.as_f64().unwrap()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What was spent, as the page says it.
fn money(spend: &Value) -> String {
    let said = spend.as_object().unwrap().iter().map(|(currency, amount)| {
        let amount: Decimal = amount.as_str().unwrap().parse().unwrap();
        let away = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        let decimals = if amount < Decimal::ONE { 4 } else { 2 };
        let amount = amount.round_dp_with_strategy(decimals, away).normalize();
        format!("{amount:.*} {currency}", amount.scale().max(2) as usize)
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "–".to_owned() } else { said.join(", ") }
}

fn percent(part: &Value, whole: &Value) -> String {
    match (part.as_f64().unwrap(), whole.as_f64().unwrap()) {
        (_, 0.0) => "–".to_owned(),
        (part, whole) => format!("{:.1} %", 100.0 * part / whole),
    }
}

fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json[name].as_array().unwrap()
}

#[test]
fn what_is_drawn_over_time_is_what_the_json_says() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    let steps = list(&opened.json, "steps");
    for name in ["verified", "unverified", "denied"] {
        let counts: Vec<Value> = steps.iter().map(|step| step[name].clone()).collect();
        assert_heights(&opened, &format!("#requests path.{name}"), &numbers(&counts));
    }
    let spend = steps.iter().map(|step| step["unverified_spend"]["EUR"].as_str().unwrap_or("0"));
    let spend: Vec<f64> = spend.map(|amount| amount.parse().unwrap()).collect();
    assert_heights(&opened, "#spend path.unverified", &spend);
    let rows = opened.rows("#over-time-table");
    for (row, step) in rows.iter().zip(steps) {
        let counts = ["from", "requests", "verified", "unverified", "denied"].map(|name| text(&step[name]));
        let spends = ["spend", "unverified_spend"].map(|name| money(&step[name]));
        assert_eq!(row[..], [&counts[..], &spends[..]].concat());
    }
    assert_eq!(rows.len(), steps.len());
    let marks = "return [...document.querySelectorAll('#requests .attack rect:not(.edge)')].map(mark => \
                 mark.getAttribute('x') + ' ' + mark.getAttribute('width'));";
    let marks = opened.browser.run(marks);
    let (begin, seconds) = (moment(&steps[0]["from"]), opened.json["step_seconds"].as_i64().unwrap());
    let whole = seconds as f64 * steps.len() as f64;
    let percent = |second: i64| 100.0 * second as f64 / whole;
    let expected = list(&opened.json, "attacks").iter().map(|attack| {
        let (from, to) = (moment(&attack["from"]), moment(&attack["to"]));
        format!("{:.3}% {:.3}%", percent(from - begin), percent(to - from).max(0.5))
    });
    let expected: Vec<String> = expected.collect();
    assert_eq!(marks, serde_json::json!(expected));
    assert!(!expected.is_empty(), "no attack is marked");
}

fn moment(value: &Value) -> i64 {
    value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
}

#[test]
fn what_stands_in_tables_is_what_the_json_says() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    let json = &opened.json;
    let totals = &json["totals"];
    let funnel: Vec<String> = opened.rows("#funnel-table").iter().map(|row| row[1].clone()).collect();
    assert_eq!(funnel, ["requests", "allowed", "delivered", "verified"].map(|step| text(&totals[step])));
    let bars = "return [...document.querySelectorAll('#funnel-table rect.verified')].map(bar => \
                bar.getAttribute('width'));";
    let shares = ["requests", "allowed", "delivered", "verified"].map(|step| {
        format!("{:.2}%", 100.0 * totals[step].as_f64().unwrap() / totals["requests"].as_f64().unwrap())
    });
    assert_eq!(opened.browser.run(bars), serde_json::json!(shares));
    let methods =
        list(json, "methods").iter().map(|method| [vec![text(&method["name"])], figures(method)].concat());
    assert_eq!(opened.rows("#methods-table"), methods.collect::<Vec<_>>());
    let rules = list(json, "rules").iter().map(|rule| {
        let [denied, later] = ["people_denied", "people_verified_later"].map(|name| text(&rule[name]));
        let later = format!("{later} ({})", percent(&rule["people_verified_later"], &rule["people_denied"]));
        let counts = ["name", "denied", "allowed"].map(|name| text(&rule[name]));
        [&counts[..], &[denied, later, text(&rule["last_at"])]].concat()
    });
    assert_eq!(opened.rows("#rules-table"), rules.collect::<Vec<_>>());
    let monitored = opened.rows("#monitored-table");
    assert_eq!(monitored[0][..4], ["pumping-guard", "70", "0", "4"]);
    let buckets = list(&json["time_to_verify"], "buckets").iter().map(|bucket| text(&bucket["count"]));
    let durations = opened.rows("#durations-table");
    assert_eq!(durations.iter().map(|row| row[1].clone()).collect::<Vec<_>>(), buckets.collect::<Vec<_>>());
    for what in ["requests", "unverified"] {
        let cells = opened.rows(&format!("#hours-{what}")).into_iter().flat_map(|row| row[1..].to_vec());
        let hours = list(json, "hours").iter().map(|hour| text(&hour[what]));
        assert_eq!(cells.collect::<Vec<_>>(), hours.collect::<Vec<_>>(), "{what}");
    }
}

/// The columns that figures have in several tables.
fn figures(json: &Value) -> Vec<String> {
    let counts = ["requests", "denied", "verified"].map(|name| text(&json[name]));
    let conversion = percent(&json["verified"], &json["ended"]);
    let rest = [conversion, text(&json["unverified"]), money(&json["spend"])];
    [&[money(&json["unverified_spend"])][..], &counts[..], &rest[..]].concat()
}

#[test]
fn countries_lead_to_their_blocks_and_numbers() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    let countries = list(&opened.json, "countries");
    let drawn = opened.browser.run("return document.querySelectorAll('.country').length;");
    assert_eq!(drawn, countries.len().min(16));
    for (n, country) in (1..).zip(countries) {
        let is_drawn = format!("return document.querySelector('#country-{n}') !== null;");
        if opened.browser.run(&is_drawn) == false {
            continue;
        }
        for name in ["verified", "unverified", "denied"] {
            let counts = numbers(list(&country["series"], name));
            if counts.iter().any(|count| *count > 0.0) {
                assert_heights(&opened, &format!("#country-{n} path.{name}"), &counts);
            }
        }
        let names = format!(
            "return [...document.querySelectorAll('#country-{n} .block > summary code')]\
                             .map(code => code.textContent);"
        );
        let blocks = list(country, "blocks").iter().take(8);
        let blocks: Vec<&Value> = blocks.map(|block| &block["name"]).collect();
        assert_eq!(opened.browser.run(&names), serde_json::json!(blocks));
    }
    // The ranked blocks lead to their numbers, which come into view.
    let first = &opened.rows("#blocks-table")[0];
    let uzbek = countries.iter().position(|country| country["name"] == "UZ").unwrap();
    assert_eq!(first[1], "Uzbekistan (UZ)");
    let blocks = list(&countries[uzbek], "blocks");
    let block = blocks.iter().position(|block| block["name"] == *first[0]).unwrap();
    assert_eq!(first[2..], figures(&blocks[block]));
    let id = format!("block-{}-{}", uzbek + 1, block + 1);
    let is_seen = format!("return document.getElementById('{id}').checkVisibility();");
    assert_eq!(opened.browser.run(&is_seen), false);
    opened.browser.run("document.querySelector('#blocks-table a').click();");
    assert_eq!(opened.browser.run(&is_seen), true);
    let numbers = list(&blocks[block], "numbers").iter().take(8).map(|number| {
        ["number", "requests", "denied", "verified", "unverified", "last_at"]
            .map(|name| text(&number[name]))
            .to_vec()
    });
    assert_eq!(opened.rows(&format!("#{id}")), numbers.collect::<Vec<_>>());
    opened.was_quiet();
}

#[test]
fn the_first_screen_says_what_the_json_says() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    let json = &opened.json;
    let commands = opened
        .browser
        .run("return [...document.querySelectorAll('.finding code')].map(code => code.textContent);");
    let findings = list(json, "findings");
    let acts = findings.iter().flat_map(|finding| list(finding, "act")).filter_map(|act| act.get("command"));
    assert_eq!(commands, serde_json::json!(acts.collect::<Vec<_>>()));
    assert_ne!(commands, serde_json::json!([]));
    let said = opened.browser.run(
        "return [...document.querySelectorAll('.answer h1, .totals .now')].map(one => \
                                   one.textContent.replace(/[\\u202f]/g, '').replace(/[\\u00a0]/g, ' '));",
    );
    let totals = &json["totals"];
    let spends = ["spend", "unverified_spend", "spend_per_verified"].map(|name| money(&totals[name]));
    let counts = ["requests", "denied", "verified"].map(|name| text(&totals[name]));
    let what = text(&json["summary"]["what"]).replace(" in UZ ", " in Uzbekistan (UZ) ");
    let expected = [&[what][..], &counts[..], &spends[..]].concat();
    assert_eq!(said, serde_json::json!(expected));
}

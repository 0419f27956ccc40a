//! `sinch-gate report`, recounted by hand and on traffic of attacks and of honest days.

mod advice;
mod answers;
mod files;
mod scenarios;
pub(crate) mod traffic;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::recorded::{allowed, denied, write_to};
use crate::documented_commands::blocks;
use crate::world::documented::commands;
use crate::world::tool::{Run, Tool, read};
use traffic::{DAY, One, eventful};

/// A tool with a file of traffic.
fn with(text: &str) -> Tool {
    let tool = Tool::new();
    tool.write("traffic.jsonl", text);
    tool
}

fn report(tool: &Tool, arguments: &[&str]) -> Run {
    let all = [&["report", "--traffic", "traffic.jsonl"], arguments].concat();
    tool.run(&all).exits(0)
}

fn json_of(tool: &Tool, arguments: &[&str]) -> Value {
    report(tool, &[arguments, &["--json"]].concat()).json().remove(0)
}

#[track_caller]
fn says(summary: &Value, field: &str, part: &str) {
    assert!(summary[field].as_str().unwrap_or_default().contains(part), "{part} in {summary}");
}

/// Eight verifications that anybody can count: two of Sweden verified after 10 and 30 s, one failed, one
/// failed to arrive, one denied and one never ended; one of Norway not charged; and one of the day before.
fn eight() -> String {
    let swede = |id: &str, second: i64, n: u32| One::new(id, second, &format!("+4670174060{n}"), "SE");
    [
        One::new("0", DAY - 60, "+4790123456", "NO").ends(9, "SUCCESSFUL", None),
        swede("1", DAY + 60, 1).receipt(2, "Successful").ends(10, "SUCCESSFUL", None),
        swede("2", DAY + 120, 2).ends(5, "FAIL", Some("Invalid code")).ends(30, "SUCCESSFUL", None),
        swede("3", DAY + 7_200, 3).receipt(2, "Successful").ends(300, "FAIL", Some("Expired")),
        swede("4", DAY + 7_260, 4).receipt(2, "Failed").ends(300, "FAIL", Some("Expired")),
        swede("5", DAY + 7_320, 1).denied_by("per-number"),
        swede("6", DAY + 7_380, 6),
        One::new("7", DAY + 7_440, "+4790123456", "NO").ends(9, "ERROR", Some("Network error")),
    ]
    .iter()
    .map(One::line)
    .collect()
}

const THE_DAY: [&str; 4] = ["--from", "2026-01-06", "--to", "2026-01-07"];

#[test]
fn the_figures_are_those_that_one_counts_by_hand() {
    let report = json_of(&with(&eight()), &THE_DAY);
    let totals = json!({
        "requests": 7, "allowed": 6, "denied": 1, "verified": 2, "ended": 4, "conversion": 0.5,
        "unverified": 3, "delivered": 3, "failed_deliveries": 1, "spend": { "EUR": "0.50" },
        "unverified_spend": { "EUR": "0.30" }, "spend_per_verified": { "EUR": "0.25" },
    });
    assert_eq!(report["totals"], totals);
    let sum = |of: &str| -> u64 {
        report["steps"].as_array().unwrap().iter().map(|step| step[of].as_u64().unwrap()).sum()
    };
    assert_eq!((sum("requests"), sum("unverified"), sum("denied")), (7, 3, 1));
    assert_eq!(report["step_seconds"], 900);
    assert_eq!(report["steps"].as_array().unwrap().len(), 96);
    // The span before does not reach back a whole day.
    assert_eq!(report["before"], Value::Null);

    let names: Vec<&Value> = report["countries"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["SE", "NO"]);
    let sweden = &report["countries"][0];
    assert_eq!((&sweden["requests"], &sweden["verified"]), (&json!(6), &json!(2)));
    let series: u64 =
        sweden["series"]["unverified"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(series, 3);
    let block = &sweden["blocks"][0];
    assert_eq!((&block["name"], &block["requests"]), (&json!("+46701740*"), &json!(6)));
    assert_eq!(
        block["numbers"][0],
        json!({
            "number": "+46701740***", "requests": 2, "denied": 1, "verified": 1, "unverified": 0,
            "last_at": "2026-01-06T02:02:00Z",
        })
    );
    assert_eq!(block["numbers"].as_array().unwrap().len(), 5);

    let hour = |weekday: u64, hour: u64| {
        let hours = report["hours"].as_array().unwrap();
        hours.iter().find(|one| one["weekday"] == weekday && one["hour"] == hour).unwrap()["requests"].clone()
    };
    assert_eq!((hour(2, 0), hour(2, 2), hour(1, 23)), (json!(2), json!(5), json!(0)));
    let time = &report["time_to_verify"];
    assert_eq!((&time["known"], &time["median_seconds"]), (&json!(2), &Value::Null));
    let rule = &report["rules"][0];
    assert_eq!(
        (&rule["name"], &rule["denied"], &rule["people_denied"]),
        (&json!("per-number"), &json!(1), &json!(1))
    );
    // It verified before it was denied, not after.
    assert_eq!(rule["people_verified_later"], 0);
}

#[test]
fn the_span_before_is_there_where_the_traffic_reaches_back_to_it() {
    let early = One::new("e", 60, "+4790123456", "NO").ends(9, "SUCCESSFUL", None).line();
    let report = json_of(&with(&(early + &eight())), &THE_DAY);
    assert_eq!(report["before"]["totals"]["requests"], 2);
    assert_eq!(report["before"]["from"], "2026-01-05T00:00:00Z");
    let norway = report["countries"].as_array().unwrap().iter().find(|one| one["name"] == "NO").unwrap();
    assert_eq!(norway["before"]["verified"], 2);
}

#[test]
fn the_first_lines_say_what_where_since_when_what_it_cost_and_what_to_do() {
    let run = report(&with(&eventful()), &[]);
    // A line that goes on is indented.
    let whole = run.stdout.replace("\n            ", " ");
    let first: Vec<&str> = whole.lines().take(8).collect();
    for (line, parts) in first.iter().zip([
        &["attacked", "40 numbers of +99899394* in Uzbekistan (UZ)", "asked for codes in vain"][..],
        &["where", "Uzbekistan (UZ), block +99899394*, by sms"],
        &["since", "2026-01-08T01:00:00Z to 2026-01-08T01:1"],
        &["cost", "4.00 EUR"],
        &["the gate", "no: denied 0 of 40 (0.0 %) requests of the attack; denied 12 of 255"],
        &["hurts", "30 people whose messages did not arrive", "at least 12 people who had to wait"],
        &["to do", "sinch-gate list add blocklist '+99899394*' --for 7d --reason pumping"],
        &["span", "traffic.jsonl"],
    ]) {
        for part in parts {
            assert!(line.contains(part), "{part} in {run}");
        }
    }
    let kinds: Vec<Value> = json_of(&with(&eventful()), &[])["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["kind"].clone())
        .collect();
    assert_eq!(kinds, ["block_collapsed", "carrier_outage", "rule_hurts_people", "currency_uncounted"]);
    assert!(run.stdout.contains("note: 1 of 258 lines could not be read"), "{run}");
    assert!(run.stdout.contains("traffic.jsonl:258: not a JSON object"), "{run}");
}

#[test]
fn numbers_are_masked_unless_they_are_asked_for() {
    let tool = with(&eventful());
    let number = "+998993940000";
    for arguments in [&[][..], &["--json"], &["--html", "page.html"]] {
        let run = report(&tool, arguments);
        assert!(!run.stdout.contains(number), "{run}");
    }
    let page = std::fs::read_to_string(tool.file("page.html")).unwrap();
    assert!(!page.contains(number) && page.contains("+998"), "{page}");
    let run = report(&tool, &["--json", "--reveal"]);
    assert!(run.stdout.contains(number), "{run}");
}

#[test]
fn what_traffic_made_up_cannot_steer_the_terminal_or_pass_for_a_line_of_ours() {
    let hostile = "sms\u{1b}[2J\nquiet   nobody attacks";
    let story = One::new("1", 60, "+46701740605", "SE").whose("method", json!(hostile));
    let run = report(&with(&story.line()), &[]);
    assert!(!run.stdout.contains('\u{1b}') && run.stdout.contains("\\u{1b}[2J\\nquiet"), "{run}");
    assert_eq!(run.stdout.lines().filter(|line| line.starts_with("quiet")).count(), 0, "{run}");
}

#[test]
fn a_hashed_number_shows_its_block_and_counts_as_a_person() {
    let hash = format!("hmac:{}", "0f".repeat(16));
    let story = |id: &str, second| One::new(id, second, &hash, "SE").whose("block", json!("+46701740"));
    let tool = with(&(story("1", 60).line() + &story("2", 120).ends(9, "SUCCESSFUL", None).line()));
    for arguments in [&[][..], &["--reveal"]] {
        let block = &json_of(&tool, arguments)["countries"][0]["blocks"][0];
        assert_eq!(block["name"], "+46701740*");
        assert_eq!(block["numbers"][0]["number"], "+46701740***");
        assert_eq!(block["numbers"][0]["requests"], 2);
    }
}

#[test]
fn what_is_not_there_is_said_with_what_to_check() {
    let tool = with(&eight());
    let arguments = ["--from", "2030-01-01"];
    let run = report(&tool, &arguments);
    assert!(run.stdout.starts_with("nothing   "), "{run}");
    assert!(run.stdout.contains("no request of them is in the span"), "{run}");
    assert!(run.stdout.contains("hint: check --from and --to"), "{run}");
    report(&tool, &[&arguments[..], &["--html", "empty.html"]].concat());
    tool.write("traffic.jsonl", "");
    assert!(report(&tool, &[]).stdout.contains("nothing was read"));
    tool.run(&["report"]).exits(1).says("give --traffic FILE, or the table");
    tool.run(&["report", "--traffic", "missing.jsonl"]).exits(1).says("cannot read missing.jsonl");
}

#[test]
fn beyond_a_size_a_sample_stands_for_all_and_says_so() {
    let people: String = (0..4_000)
        .map(|n| {
            let number = format!("+4670{:07}", n * 7_919_777 % 10_000_000);
            One::new(&n.to_string(), 60 * n, &number, "SE").ends(20, "SUCCESSFUL", None).line()
        })
        .collect();
    let tool = with(&people);
    let sampled = json_of(&tool, &["--sample-beyond", "1000"]);
    assert_eq!(sampled["traffic"]["sampled"]["scale"], 8);
    let (all, estimated) = (4_000, sampled["totals"]["requests"].as_u64().unwrap());
    assert!(estimated.abs_diff(all) < 800, "{estimated}");
    assert_eq!(sampled["notes"][0]["kind"], "sampled");
    let whole = json_of(&tool, &[]);
    assert_eq!((&whole["totals"]["requests"], &whole["traffic"]["sampled"]), (&json!(4_000), &Value::Null));
}

#[test]
fn a_table_is_reported_with_the_rules_that_are_in_force() {
    let tool = Tool::new();
    let at = sinch_gate::clock::now() - SignedDuration::from_mins(20);
    let stories = [
        allowed("one", at).delivered(3).ending(9, "SUCCESSFUL", None),
        denied("two", at).ending(1, "DENIED", Some("Denied by callback")),
    ];
    write_to(&tool, async |store| {
        for story in &stories {
            story.write(store).await;
        }
    });
    let run = tool.run(&["report", "--from", "1h", "--data", "gate.db", "--json"]).exits(0);
    let report = run.json().remove(0);
    assert_eq!((&report["totals"]["requests"], &report["totals"]["denied"]), (&json!(2), &json!(1)));
    assert_eq!(report["sources"], json!(["--data gate.db"]));
    assert_eq!(report["monitored"][0]["name"], "pumping-guard");
    // Nobody knows which other rules are in force where no policy was applied.
    let names: Vec<&str> =
        report["rules"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["number-range", "default"]);
    let other = ["report", "--app", "another", "--data", "gate.db"];
    tool.run(&other).exits(2).says("nothing is known of application another");
}

/// A month of honest days: drills of days on which nobody attacks, one after the other.
fn honest_month(tool: &Tool) -> String {
    let scenarios = ["launch-spike", "quiet-country", "returning-customers", "method-fallback"];
    let drill = ["policy", "drill", "--scale", "0.08", "--write", "drill.jsonl", "--scenario"];
    tool.run(&[&drill[..], &scenarios].concat()).exits(0);
    let drilled = std::fs::read_to_string(tool.file("drill.jsonl")).unwrap();
    let mut shift = SignedDuration::ZERO;
    let mut last: Option<Timestamp> = None;
    let mut text = String::new();
    for line in drilled.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let at: Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        // Drills lie weeks apart.
        if let Some(gap) = last.map(|last| at.duration_since(last)).filter(|gap| gap.as_hours() > 48) {
            shift += SignedDuration::from_hours(24 * (gap.as_hours() / 24));
        }
        last = Some(at);
        line["at"] = json!(at - shift);
        text += &format!("{line}\n");
    }
    text
}

#[test]
fn nothing_is_found_in_a_month_of_honest_days() {
    let tool = Tool::new();
    let month = honest_month(&tool);
    tool.write("traffic.jsonl", &month);
    let report = json_of(&tool, &[]);
    assert_eq!(report["findings"], json!([]), "{}", report["findings"]);
    assert_eq!(report["summary"]["state"], "quiet");
    let span = |end: &str| report["span"][end].as_str().unwrap().parse::<Timestamp>().unwrap();
    let days = span("to").duration_since(span("from")).as_hours() / 24;
    assert!((28..=50).contains(&days) && report["totals"]["requests"].as_u64().unwrap() > 5_000, "{days}");
}

#[test]
fn a_drilled_attack_is_the_first_thing_that_is_said() {
    let tool = Tool::new();
    tool.write("none.toml", "schema = 1\ndefault = \"allow\"\n");
    let drill = ["policy", "drill", "none.toml", "--scale", "0.05", "--write", "traffic.jsonl", "--scenario"];
    for (scenario, kind) in [
        ("sequence", "block_collapsed"),
        ("price-jump", "country_jumped"),
        ("faked-60", "faked_successes"),
        ("carrier-outage", "carrier_outage"),
    ] {
        let scale = if scenario == "carrier-outage" { "0.5" } else { "0.05" };
        let mut drill = drill.to_vec();
        drill[4] = scale;
        tool.run(&[&drill[..], &[scenario]].concat()).exits(0);
        let report = json_of(&tool, &[]);
        assert_eq!(report["findings"][0]["kind"], kind, "{scenario}: {}", report["findings"]);
        std::fs::remove_file(tool.file("traffic.jsonl")).unwrap();
    }
}

#[test]
fn in_a_terminal_of_80_columns_nothing_is_cut_off() {
    let tool = with(&eventful());
    let run = tool.run_in_terminal(80, "sinch-gate report --traffic traffic.jsonl");
    let mut in_paint = false;
    for line in run.stdout.lines() {
        let plain: String = line
            .chars()
            .filter(|character| {
                let is_painted = in_paint || *character == '\u{1b}';
                in_paint = is_painted && *character != 'm';
                !is_painted
            })
            .collect();
        // Commands stand in one piece, to be copied.
        let is_command = plain.contains("sinch-gate ");
        assert!(is_command || plain.trim_end().chars().count() <= 80, "{plain}\n{run}");
    }
}

#[test]
fn made_up_names_leave_the_figures_their_room() {
    let long = "a-name-that-somebody-made-up-".repeat(9);
    let stories = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH"].map(|currency| {
        let story = One::new(currency, 60, "+46701740605", "SE").whose("method", json!(long));
        story.with("price", json!(format!("123456789.25 {currency}"))).ends(9, "FAIL", None).line()
    });
    let denied = One::new("denied", 90, "+46701740605", "SE").denied_by(&long).line();
    let run = report(&with(&(stories.concat() + &denied)), &[]);
    let (_, tables) = run.stdout.split_once("this span").unwrap();
    let widest = tables.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{widest} columns\n{run}");
    assert!(tables.contains("and 6 more") && tables.contains("a-name-that-somebody-mad…"), "{run}");
}

#[test]
fn what_the_document_says_can_be_typed() {
    let tool = Tool::new();
    write_to(&tool, async |store| allowed("one", sinch_gate::clock::now()).write(store).await);
    for block in blocks(&read("docs/report.md"), "sh") {
        for command in commands(&block) {
            if command.contains("--serve") {
                let here = command.replace("127.0.0.1:8081", "127.0.0.1:0");
                let words: Vec<&str> = here.split_whitespace().skip(1).collect();
                assert_eq!(tool.start(&words).stop(), Some(0));
            } else {
                tool.run_line(&command).exits(0);
            }
        }
    }
    assert!(tool.file("report.html").exists());
}

//! What the first lines of a report say, and that they say no more than the traffic does.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::recorded::{allowed, tool_with};
use super::traffic::{DAY, One, eventful};
use super::{json_of, report, says, with};
use crate::world::tool::Tool;

/// A number somewhere in a country.
pub(super) fn strewn(prefix: &str, n: i64) -> String {
    format!("{prefix}{:07}", n * 7_919_777 % 10_000_000)
}

/// Days of people in Sweden, sixty on each.
pub(super) fn honest(days: i64) -> String {
    let one = |n: i64| {
        let ends = 10 + n * 7 % 50;
        let one = One::new(&format!("h{n}"), n * DAY / 60, &strewn("+4670", n), "SE");
        one.receipt(3, "Successful").ends(ends, "SUCCESSFUL", None).line()
    };
    (0..days * 60).map(one).collect()
}

/// Some that are alike.
pub(super) fn many(n: i64, of: impl Fn(i64, &str) -> One) -> String {
    (0..n).map(|n| of(n, &format!("m{n}")).line()).collect()
}

/// People all over Ghana who ask on the ninth day, and never verify.
pub(super) fn in_vain(n: i64) -> String {
    many(n, |n, id| {
        let one = One::new(id, 8 * DAY + 60 * n, &strewn("+23324", n), "GH");
        one.receipt(3, "Successful").ends(300, "FAIL", Some("Expired"))
    })
}

fn summary(tool: &Tool, arguments: &[&str]) -> Value {
    json_of(tool, arguments)["summary"].clone()
}

#[test]
fn a_small_table_is_read_whole_however_long_the_span() {
    let at = sinch_gate::clock::now() - SignedDuration::from_mins(90);
    let stories: Vec<_> = (0..35).map(|n| allowed(&format!("id-{n}"), at)).collect();
    let tool = tool_with(&stories);
    let run = tool.run(&["report", "--from", "20d", "--data", "gate.db", "--json"]).exits(0);
    let report = run.json().remove(0);
    assert_eq!(report["totals"]["requests"], 35);
    assert_eq!(report["traffic"]["sampled"], Value::Null);
}

#[test]
fn a_span_in_which_much_is_unverified_is_not_called_quiet() {
    // Too strewn and too slow for a finding, and far from fine.
    let traffic = many(40, |n, id| {
        let one = One::new(id, n * 3_600, &strewn("+4670", n), "SE");
        if n % 20 < 9 { one.ends(20, "SUCCESSFUL", None) } else { one.ends(300, "FAIL", Some("Expired")) }
    });
    let tool = with(&traffic);
    let found = summary(&tool, &[]);
    assert_eq!(found["state"], "attention", "{found}");
    says(&found, "what", "55 % of the spend is unverified");
    says(&found, "act", "unverified");
    assert!(!found.to_string().contains("nobody attacks"), "{found}");
}

#[test]
fn too_little_traffic_is_not_called_quiet() {
    let few = many(19, |n, id| One::new(id, 60 * n, &strewn("+4670", n), "SE").ends(20, "SUCCESSFUL", None));
    let found = summary(&with(&few), &[]);
    says(&found, "what", "too little to say");
    assert_eq!(found["state"], "too_little", "{found}");
    says(&found, "act", "longer span");
    let enough =
        many(20, |n, id| One::new(id, 60 * n, &strewn("+4670", n), "SE").ends(20, "SUCCESSFUL", None));
    let found = summary(&with(&enough), &[]);
    says(&found, "what", "nobody attacks");
    assert_eq!(found["state"], "quiet", "{found}");
}

/// The rules of a report, by name.
fn rules(tool: &Tool, arguments: &[&str]) -> Vec<String> {
    let all = [&["report", "--from", "1h", "--data", "gate.db", "--json"], arguments].concat();
    let report = tool.run(&all).exits(0).json().remove(0);
    let names =
        report["rules"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap().to_owned());
    names.collect()
}

const POLICY: &str = "schema = 1\ndefault = \"allow\"\n[[rules]]\nid = \"embargo\"\nverdict = \"deny\"\n\
                      when.country = [\"KP\"]\n";

#[test]
fn only_rules_that_decided_or_that_are_known_to_be_in_force_are_listed() {
    let tool = tool_with(&[allowed("one", sinch_gate::clock::now() - SignedDuration::from_mins(5))]);
    assert_eq!(rules(&tool, &[]), ["default"]);
    tool.write("p.toml", POLICY);
    assert_eq!(rules(&tool, &["--policy", "p.toml"]), ["default", "embargo"]);
    tool.run(&["report", "--policy", "missing.toml", "--data", "gate.db"]).exits(1).says("missing.toml");
    let apply = ["policy", "apply", "p.toml", "-m", "first", "--data", "gate.db"];
    tool.run(&apply).exits(0);
    assert_eq!(rules(&tool, &[]), ["default", "embargo"]);
}

#[test]
fn an_attack_that_the_gate_stopped_is_said_to_be_stopped() {
    let attack = |n: i64, id: &str| {
        let number = format!("+99899394{:04}", n * 7_919 % 10_000);
        let one = One::new(id, 8 * DAY + n, &number, "UZ");
        if n % 20 == 0 { one.ends(300, "FAIL", Some("Expired")) } else { one.denied_by("range") }
    };
    let tool = with(&(honest(9) + &many(400, attack)));
    let found = json_of(&tool, &[]);
    says(&found["summary"], "what", "an attack that the gate stopped");
    says(&found["summary"], "gate", "denied 380 of 400");
    says(&found["summary"], "act", "The gate stopped it");
    assert!(!found["findings"].to_string().contains("would have stopped"), "{}", found["findings"]);
}

#[test]
fn heavy_denials_are_not_called_quiet() {
    // Each of them asks three times, as people do.
    let burst = |n: i64, id: &str| {
        One::new(id, 8 * DAY + 30 * n, &strewn("+23324", n / 3), "GH").denied_by("markets")
    };
    let tool = with(&(honest(9) + &many(300, burst)));
    let found = summary(&tool, &[]);
    assert_eq!(found["state"], "attention", "{found}");
    says(&found, "what", "the gate denied 300 of 360");
    says(&found, "place", "GH");
    says(&found, "act", "denied");
}

#[test]
fn prose_stays_within_80_columns_where_there_is_no_terminal() {
    let many: String = (0..8)
        .flat_map(|block| (0..40).map(move |n| (block, n)))
        .map(|(block, n)| {
            let prefixes = ["+99899394", "+95932520", "+25261234", "+23324555", "+22177123", "+9230012"];
            let prefix = prefixes.get(block).copied().unwrap_or("+880171234");
            let country = ["UZ", "MM", "SO", "GH", "SN", "PK", "BD", "BD"][block];
            let second = 30_000 * i64::try_from(block).unwrap() + 30 * n;
            let one = One::new(&format!("b{block}-{n}"), second, &format!("{prefix}{n:04}"), country);
            one.receipt(3, "Successful").ends(300, "FAIL", Some("Expired")).line()
        })
        .collect();
    let run = report(&with(&(eventful() + &many)), &[]);
    assert!(run.stdout.contains("further findings"), "{run}");
    for line in run.stdout.lines().filter(|line| !line.contains("sinch-gate ")) {
        assert!(line.chars().count() <= 80, "{line}\n{run}");
    }
}

#[test]
fn lines_that_cannot_be_read_are_named_in_the_first_lines_and_on_the_page() {
    let tool = with(&(honest(1) + "nonsense\nnonsense\n"));
    let found = summary(&tool, &["--html", "page.html"]);
    says(&found, "what", "2 of 62 lines could not be read");
    let page = std::fs::read_to_string(tool.file("page.html")).unwrap();
    let answer = page.split("</section>").next().unwrap();
    assert!(answer.contains("2 of 62 lines could not be read"), "{answer}");
    // One in a hundred is a detail.
    let tool = with(&(honest(2) + "nonsense\n"));
    assert!(!summary(&tool, &[]).to_string().contains("could not be read"));

    let garbage = with("nonsense\nmore of it\n");
    let found = summary(&garbage, &[]);
    assert_eq!(found["state"], "empty", "{found}");
    says(&found, "what", "none of the 2 lines could be read");
    let run = report(&garbage, &[]);
    assert!(!run.stdout.contains("nothing happened"), "{run}");
}

#[test]
fn all_figures_of_a_sampled_finding_are_scaled() {
    let tool = with(&(honest(9) + &in_vain(300)));
    let report = json_of(&tool, &["--sample-beyond", "300"]);
    let scale = report["traffic"]["sampled"]["scale"].as_u64().unwrap();
    assert!(scale > 1);
    let finding = &report["findings"][0];
    assert_eq!(finding["kind"], "country_jumped", "{finding}");
    let cost = finding["cost"]["EUR"].as_str().unwrap();
    let found = |n: usize| finding["evidence"][n]["found"].as_str().unwrap().to_owned();
    assert_eq!(found(2), format!("{cost} EUR"), "{finding}");
    let requests = found(1).split(',').next().unwrap().to_owned();
    assert!(found(0).starts_with(&format!("0 of {requests} ")), "{finding}");
    says(finding, "title", &format!("{requests} numbers all over GH asked for codes in vain"));
}

#[test]
fn an_outage_of_a_sample_is_scaled_throughout() {
    // Everybody asks twice.
    let lost = many(600, |n, id| {
        let one = One::new(id, 8 * DAY + 10 * n, &strewn("+3467", n / 2), "ES");
        one.receipt(9, "Failed").ends(300, "FAIL", Some("Expired"))
    });
    let report = json_of(&with(&(honest(9) + &lost)), &["--sample-beyond", "300"]);
    let finding = &report["findings"][0];
    assert_eq!(finding["kind"], "carrier_outage", "{finding}");
    let lost = finding["people"].as_u64().unwrap();
    assert!(lost.is_multiple_of(report["traffic"]["sampled"]["scale"].as_u64().unwrap()));
    let messages = 2 * lost;
    says(finding, "title", &format!("{messages} failed"));
    let evidence = json!([format!("{lost} of {lost}")]);
    let found = finding["evidence"][0]["found"].as_str().unwrap();
    assert!(found.starts_with(&format!("{messages} of {messages} ")), "{finding}");
    assert_eq!(json!([finding["evidence"][1]["found"]]), evidence);
}

#[test]
fn what_sinch_denies_or_cannot_carry_out_costs_nothing_in_any_figures() {
    let at = sinch_gate::clock::now() - SignedDuration::from_mins(90);
    let ends = [
        ("SUCCESSFUL", None),
        ("FAIL", Some("Expired")),
        ("ABORTED", None),
        ("ERROR", Some("Network error or number unreachable")),
        ("DENIED", Some("Not enough credit")),
        ("DENIED", Some("Fraud")),
    ];
    let ended = |(n, (status, reason)): (usize, &(&str, Option<&str>))| {
        allowed(&format!("id-{n}"), at).ending(20, status, *reason)
    };
    let tool = tool_with(&ends.iter().enumerate().map(ended).collect::<Vec<_>>());
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    let json_of = |command: &str| {
        tool.run_line(&format!("sinch-gate {command} --data gate.db --json")).exits(0).json().remove(0)
    };
    let backtest = json_of("policy backtest policy.toml --from 3h --quick")["all"].take();
    for figures in [json_of("report --from 3h")["totals"].take(), json_of("status --since 3h"), backtest] {
        let counted = ["requests", "verified", "unverified"].map(|name| &figures[name]);
        assert_eq!(counted, [&json!(6), &json!(1), &json!(2)], "{figures}");
        // Three at 0.0453 EUR.
        assert_eq!(figures["spend"], json!({ "EUR": "0.1359" }), "{figures}");
        assert_eq!(figures["unverified_spend"], json!({ "EUR": "0.0906" }), "{figures}");
    }
}

#[test]
fn a_clock_that_is_wrong_does_not_stretch_the_report() {
    let person = |id: &str, second: i64| {
        let one = One::new(id, second, &strewn("+4670", second), "SE");
        one.ends(20, "SUCCESSFUL", None).line()
    };
    let decades = 20 * 365 * DAY;
    let odd = person("early", -decades) + &person("late", 3 * decades);
    let tool = with(&(honest(2) + &odd));
    let report = json_of(&tool, &[]);
    assert_eq!(report["totals"]["requests"], 120);
    assert_eq!(report["step_seconds"], 900);
    assert_eq!(report["traffic"]["far_in_time"], 2);
    let notes = report["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["kind"] == "far_in_time").unwrap();
    says(note, "text", "2 requests left out for lying far from all others, such as 2006-");
    // Whoever asks for that time gets it.
    let asked = json_of(&tool, &["--from", "2060-01-01"]);
    assert_eq!((&asked["totals"]["requests"], &asked["traffic"]["far_in_time"]), (&json!(1), &json!(1)));

    // A week of silence is not far.
    let pause = with(&(honest(2) + &person("later", 9 * DAY)));
    assert_eq!(json_of(&pause, &[])["totals"]["requests"], 121);
}

#[test]
fn money_of_several_currencies_stands_amount_by_amount() {
    let currencies = ["EUR", "USD", "GBP", "SEK", "NOK", "DKK"];
    let traffic = many(60, |n, id| {
        let place = usize::try_from(n % 6).unwrap();
        let price = format!("0.{}0 {}", place + 1, currencies[place]);
        let one = One::new(id, 60 * n, &strewn("+4670", n), "SE").with("price", json!(price));
        one.ends(20, "SUCCESSFUL", None)
    });
    let found = summary(&with(&traffic), &[]);
    says(&found, "cost", "6.00 DKK, 5.00 NOK, 4.00 SEK, and 3 other currencies");
}

#[test]
fn a_backtest_and_a_report_count_the_same_money() {
    let traffic = many(40, |n, id| {
        let one = One::new(id, 60 * n, &strewn("+4670", n), "SE");
        match n % 4 {
            // Denied, and heard of all the same.
            0 => one.denied_by("range").ends(300, "FAIL", Some("Expired")),
            1 => one.denied_by("range").ends(300, "SUCCESSFUL", None),
            2 => one.ends(300, "FAIL", Some("Expired")),
            _ => one.ends(20, "SUCCESSFUL", None),
        }
    });
    let tool = with(&traffic);
    let reported = json_of(&tool, &[])["totals"].clone();
    tool.write("open.toml", "schema = 1\ndefault = \"allow\"\n");
    let backtest = ["policy", "backtest", "open.toml", "--traffic", "traffic.jsonl", "--quick", "--json"];
    let all = tool.run(&backtest).exits(0).json().remove(0)["all"].clone();
    assert_eq!((&all["denied_then"], &all["verified"]), (&json!(20), &reported["verified"]), "{all}");
    for money in ["spend", "unverified_spend"] {
        let amount = |value: &Value| value[money]["EUR"].as_str().unwrap().parse::<f64>().unwrap();
        assert_eq!(amount(&all), amount(&reported), "{money}: {all} {reported}");
    }
}

#[test]
fn first_lines_and_findings_name_countries() {
    let run = report(&with(&(honest(9) + &in_vain(300))), &[]);
    let titles: Vec<&str> = run.stdout.lines().filter(|line| line.contains("Ghana (GH)")).collect();
    assert!(titles.len() >= 2, "{run}");
}

#[test]
fn an_application_of_which_there_is_no_traffic_is_not_one_in_which_nothing_happened() {
    let tool = with(&honest(2));
    let run = tool.run(&["report", "--traffic", "traffic.jsonl", "--app", "somebody-else"]).exits(2);
    run.says("no traffic of application somebody-else").says("669E367E-6BBA-48AB-AF15-266871C28135");
    let nothing = with("");
    let run = nothing.run(&["report", "--traffic", "traffic.jsonl", "--app", "somebody-else"]).exits(0);
    assert!(run.stdout.contains("nothing"), "{run}");
}

#[test]
fn values_that_are_not_understood_are_counted() {
    let odd = |n: i64, id: &str| {
        let one = One::new(id, 60 * n, &strewn("+4670", n), "SE");
        match n % 3 {
            0 => one.ends(20, "WEIRD", None),
            1 => one.with("price", json!("100000000000000000000 EUR")).ends(20, "SUCCESSFUL", None),
            _ => one.ends(20, "SUCCESSFUL", None),
        }
    };
    let tool = with(&many(30, odd));
    let found = json_of(&tool, &[]);
    assert_eq!(found["traffic"]["not_understood"], json!({ "price": 10, "status": 10 }), "{found}");
    assert_eq!(found["totals"]["spend"], json!({ "EUR": "2.00" }));
    let run = report(&tool, &[]);
    assert!(run.stdout.contains("not understood, and are left out: `price` in 10 events"), "{run}");
}

#[test]
fn results_without_their_requests_are_said_to_be_there() {
    let result = |n: i64| {
        let event = json!({
            "id": format!("r{n}"), "event": "VerificationResultEvent", "method": "sms", "status": "FAIL",
            "identity": { "type": "number", "endpoint": "+46701740605" },
        });
        format!("{}\n", json!({ "at": "2026-01-05T00:00:00Z", "app": "a", "event": event }))
    };
    let tool = with(&(0..7).map(result).collect::<String>());
    let run = report(&tool, &[]);
    assert!(run.stdout.contains("7 outcomes came without a request"), "{run}");
    says(&summary(&tool, &[]), "what", "no request is in this span, and 7 outcomes are");
}

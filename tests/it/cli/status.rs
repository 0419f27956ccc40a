//! `status`.

use jiff::SignedDuration;
use serde_json::{Value, json};
use sinch_gate::clock;
use sinch_gate::record::MonitorHit;

use super::recorded::{Recorded, allowed, denied, tool_with};
use crate::world::tool::{SAMPLE_KEY, Tool};

/// An hour with an attack in it, and a story of the hour before.
fn an_hour() -> Tool {
    let ago = |minutes| clock::now() - SignedDuration::from_mins(minutes);
    tool_with(&[
        allowed("1", ago(50)).ending(30, "SUCCESSFUL", None).delivered(1),
        allowed("2", ago(40)).ending(300, "FAIL", Some("Expired")).undelivered(9),
        allowed("3", ago(30)).ending(60, "ABORTED", None),
        denied("4", ago(20)),
        denied("5", ago(10)),
        allowed("0", ago(70)),
    ])
}

fn without_times(text: &str) -> String {
    let is_time = |word: &str| word.trim_end_matches(',').parse::<jiff::Timestamp>().is_ok();
    let line = |line: &str| {
        line.split(' ').map(|word| if is_time(word) { "TIME" } else { word }).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

fn json_of(tool: &Tool, arguments: &[&str]) -> Value {
    let status = ["status", "--data", "gate.db", "--format", "json"];
    tool.run(&[&status[..], arguments].concat()).exits(0).json().remove(0)
}

#[test]
fn the_last_hour_is_told_at_a_glance_beside_the_hour_before() {
    let run = an_hour().run(&["status", "--data", "gate.db"]).exits(0).says_nothing();
    let expected = "\
application 669E367E-6BBA-48AB-AF15-266871C28135
TIME to TIME

                   this span     the span before
────────────────────────────────────────────────
requests           5             1
allowed            3             1
denied             2             0
unverified         2             1
conversion         50.0 % of 2   none ended
undelivered        1             0
spend              0.1359 EUR    0.0453 EUR
of it unverified   0.0906 EUR    0.0453 EUR
per verified       0.1359 EUR    none

denied by     number-range 2
would deny    pumping-guard 2
decided by    v3 5
in force      the starter policy, or the function's FALLBACK_POLICY where that is set
empty lists   blocklist (rule blocklist), safelist (rule safelist)

a bar for each 1m, from TIME on, and the most of one
requests        1 ·";
    assert!(without_times(&run.stdout).starts_with(expected), "{run}");
    for row in [
        "SE        3          0        2 (was 1)    0.0906 EUR   50.0 % of 2, 1 undelivered",
        "UZ        2          2        0 (was 0)    -            none ended",
        "+998993941*   2          2        0 (was 0)    -            none ended",
        "number-range   2          2        0 (was 0)    -            none ended",
        "number-range        UZ    2        10 of 10",
    ] {
        assert!(run.stdout.contains(row), "{row} in {run}");
    }
}

#[test]
fn programs_get_the_same_as_json() {
    let tool = an_hour();
    let report = json_of(&tool, &[]);
    assert_eq!(
        (&report["app"], &report["country"], &report["sampled"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let swedes = json!({
        "name": "SE", "requests": 3, "allowed": 3, "denied": 0, "verified": 1, "ended": 2, "conversion": 0.5,
        "unverified": 2, "delivered": 1, "failed_deliveries": 1, "spend": { "EUR": "0.1359" },
        "unverified_spend": { "EUR": "0.0906" },
        "spend_per_verified": { "EUR": "0.1359" },
    });
    assert_eq!(report["countries"][0], swedes);
    for (member, value) in swedes.as_object().unwrap() {
        let differs = ["name", "requests", "denied"].contains(&member.as_str());
        assert!(differs || report[member] == *value, "{member} in {report}");
    }
    assert_eq!(report["denied_keys"][0]["denied"], 2);
    assert_eq!(report["before"]["requests"], 1);
    assert_eq!(report["step_seconds"], 60);
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| step["requests"].as_u64().unwrap()).sum::<u64>(), 5);
    assert_eq!(json_of(&tool, &["--since", "2h"])["requests"], 6);
    let another = ["status", "--app", "another", "--data", "gate.db", "--format", "json"];
    tool.run(&another).exits(2).prints("");
}

/// Twenty-five countries with two attempts each that come to nothing, beside three with ten good ones each.
fn spread() -> Tool {
    let attacked = [
        "+93701234567",
        "+355672123456",
        "+213551234567",
        "+244923123456",
        "+37477123456",
        "+994401234567",
        "+8801812345678",
        "+22990011234",
        "+59171234567",
        "+38761123456",
        "+26771123456",
        "+22670123456",
        "+85591234567",
        "+237671234567",
        "+23563012345",
        "+243991234567",
        "+253771234",
        "+251911234567",
        "+241031234567",
        "+995555123456",
        "+233231234567",
        "+224601123456",
        "+50937123456",
        "+254712123456",
        "+996700123456",
    ];
    let at = clock::now() - SignedDuration::from_mins(5);
    let to = |id: String, number: &str| {
        let mut recorded = allowed(&id, at);
        recorded.subject = crate::world::sample::subject(SAMPLE_KEY, &id, number);
        recorded
    };
    let mut stories = Vec::new();
    for (n, number) in attacked.into_iter().enumerate() {
        stories.push(to(format!("bad-{n}-1"), number));
        stories.push(to(format!("bad-{n}-2"), number).ending(1, "FAIL", Some("Expired")));
    }
    for number in ["+46701740605", "+447400123456", "+4915123456789"] {
        for n in 0..10 {
            stories.push(to(format!("good-{number}-{n}"), number).ending(1, "SUCCESSFUL", None));
        }
    }
    tool_with(&stories)
}

#[test]
fn an_attack_that_is_spread_over_countries_is_seen() {
    let tool = spread();
    let report = json_of(&tool, &["--top", "1"]);
    let countries = report["countries"].as_array().unwrap();
    // All of them, whatever the table shows; those where nobody verifies first.
    assert_eq!(countries.len(), 28);
    assert!(countries[..25].iter().all(|one| one["conversion"] == 0.0 && one["unverified"] == 2), "{report}");
    assert!(countries[25..].iter().all(|one| one["conversion"] == 1.0), "{report}");
    assert_eq!(report["unverified_spend"], json!({ "EUR": "2.2650" }));
    let shown = tool.run(&["status", "--data", "gate.db"]).exits(0);
    let shown = shown.shows("AF        2          0        2 (was 0)    0.0906 EUR   0.0 % of 1 !\n");
    shown.shows("… and 23 more: --top 28\n");
    let busiest = tool.run(&["status", "--sort", "requests", "--top", "1", "--data", "gate.db"]).exits(0);
    busiest.shows("DE        10         0        0 (was 0)    -      100.0 % of 10\n");
}

#[test]
fn a_span_a_country_and_an_order_can_be_asked_for() {
    let tool = spread();
    let swedes = json_of(&tool, &["--country", "se"]);
    assert_eq!((&swedes["country"], &swedes["requests"]), (&json!("SE"), &json!(10)));
    assert_eq!(json_of(&tool, &["--since", "10 minutes", "--to", "1m"])["requests"], 80);
    assert_eq!(json_of(&tool, &["--from", "2m"])["requests"], 0);
    assert_eq!(json_of(&tool, &["--from", "2m"])["before"]["requests"], 0);
    assert_eq!(json_of(&tool, &["--since", "4m"])["before"]["requests"], 80);
    let fails =
        |arguments: &[&str]| tool.run(&[&["status", "--data", "gate.db"], arguments].concat()).exits(1);
    fails(&["--since", "1m", "--to", "2m"]).says("is not before");
    fails(&["--since", "40d"]).says("longer than 31 days");
    fails(&["--since", "a while"]).says("or how long ago, such as 6h");
}

#[test]
fn a_denial_belongs_to_the_rule_that_decided() {
    let mut blocked = denied("1", clock::now() - SignedDuration::from_mins(5));
    blocked.decided.rule = Some("blocklist".to_owned());
    let tool = tool_with(&[blocked, denied("2", clock::now() - SignedDuration::from_mins(4))]);
    let report = json_of(&tool, &[]);
    let denied: Vec<_> = report["denied_keys"].as_array().unwrap().iter().collect();
    assert_eq!(
        (denied.len(), &denied[0]["rule"], &denied[0]["denied"]),
        (1, &json!("number-range"), &json!(1))
    );
    let rules = report["rules"].as_array().unwrap();
    let rules: Vec<_> = rules.iter().map(|rule| (rule["name"].as_str().unwrap(), &rule["denied"])).collect();
    assert_eq!(rules, [("blocklist", &json!(1)), ("number-range", &json!(1))]);
}

#[test]
fn a_monitored_rule_says_whom_it_would_have_hurt() {
    let hit = |mut recorded: Recorded| {
        let verdict = sinch_gate::verdict::Verdict::Deny;
        recorded.decided.monitors = vec![MonitorHit { rule: "country-burst".to_owned(), verdict }];
        recorded
    };
    let ago = |minutes| clock::now() - SignedDuration::from_mins(minutes);
    let tool = tool_with(&[
        hit(allowed("1", ago(5))),
        hit(allowed("2", ago(5))).ending(5, "SUCCESSFUL", None),
        hit(allowed("3", ago(5))).ending(5, "FAIL", Some("Expired")),
        allowed("4", ago(5)),
    ]);
    let rule = |id: &str| {
        let quota = "quota = { per = \"country\", limit = 8, window = \"3h\" }";
        format!("[[rules]]\nid = \"{id}\"\nverdict = \"deny\"\nmode = \"monitor\"\n{quota}\n")
    };
    let rules = rule("country-burst") + &rule("never-full");
    tool.write("policy.toml", &format!("schema = 1\ndefault = \"allow\"\n{rules}"));
    tool.run(&["policy", "apply", "policy.toml", "-m", "watch", "--data", "gate.db"]).exits(0);
    let report = json_of(&tool, &["--monitors"]);
    let burst = json!({
        "rule": "country-burst", "per": "country", "would_deny": 3, "already_denied": 0, "verified": 1,
        "would_save": { "EUR": "0.0906" }, "would_allow": 0,
        "keys": [{
            "key": "SE", "would_deny": 3, "already_denied": 0, "verified": 1,
            "would_save": { "EUR": "0.0906" },
        }],
    });
    assert_eq!(report["monitors"][0], burst);
    assert_eq!(report["monitors"].as_array().unwrap().len(), 2, "the other one is there, too");
    let run = tool.run(&["status", "--monitors", "--data", "gate.db"]).exits(0);
    let run = run.shows("country-burst    3            0               1          0.0906 EUR\n");
    run.shows("SE              3            0               1          0.0906 EUR\n");
}

#[test]
fn a_status_that_is_watched_ends_when_its_reader_goes_away() {
    let tool = an_hour();
    let mut watch = tool.spawn(&["status", "--watch", "--data", "gate.db"]);
    drop(watch.stdout.take());
    let begun = std::time::Instant::now();
    while watch.try_wait().unwrap().is_none() {
        if begun.elapsed() > std::time::Duration::from_secs(30) {
            watch.kill().unwrap();
            panic!("it goes on");
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}

#[test]
fn the_policy_in_force_is_named() {
    let tool = tool_with(&[]);
    tool.write("policy.toml", "schema = 1\ndefault = \"allow\"\n");
    tool.run(&["policy", "apply", "policy.toml", "-m", "all may pass", "--data", "gate.db"]).exits(0);
    tool.run(&["status", "--data", "gate.db"])
        .exits(0)
        .shows("requests           0")
        .shows("conversion         none ended")
        .shows("by tester: all may pass\n");
}

/// A gate's file with a policy whose money limit is in one currency, and a request whose price is in another.
fn with_two_currencies() -> Tool {
    let tool = Tool::new();
    let rule = "[[rules]]\nid = \"spend\"\nverdict = \"deny\"\n\
        quota = { per = \"country\", limit = \"1.00 EUR\", window = \"1d\" }\n";
    tool.write("policy.toml", &format!("schema = 1\ndefault = \"allow\"\n{rule}"));
    tool.run(&["policy", "apply", "policy.toml", "-m", "money", "--data", "gate.db"]).exits(0);
    let gate = tool.start(&["serve", "--listen", "127.0.0.1:0", "--data", "gate.db"]);
    for (id, price) in [("1", json!({"currencyId": "USD", "amount": 0.09})), ("2", json!(null))] {
        let mut event = crate::world::sinch::request(id, "+46701740605");
        event["price"] = price;
        tool.write("event.json", &event.to_string());
        tool.run(&["send", "event.json", "--url", &gate.url]).exits(0);
    }
    assert_eq!(gate.stop(), Some(0));
    tool
}

#[test]
fn a_money_limit_that_counted_nothing_is_named() {
    let tool = with_two_currencies();
    let run = tool.run(&["status", "--data", "gate.db"]).exits(0);
    let run = run.shows("uncounted    spend 1: the event has no price\n");
    run.shows("uncounted    spend 1: the event's price is in USD, the rule's in EUR\n");
    let report = tool.run(&["status", "--data", "gate.db", "--format", "json"]).exits(0).json().remove(0);
    let uncounted = report["uncounted"].as_array().unwrap();
    assert_eq!(uncounted.len(), 2, "{uncounted:?}");
    assert_eq!((&uncounted[0]["rule"], &uncounted[0]["count"]), (&"spend".into(), &1.into()));
}

#[test]
fn doctor_compares_the_currencies_of_money_limits_with_those_of_prices() {
    let run = with_two_currencies().run(&["doctor", "--data", "gate.db"]).exits(2);
    run.shows("`spend` limits EUR, and all prices of late are in USD, so it counts nothing");
}

#[test]
fn the_application_is_named_where_there_is_one_and_found_in_any_case() {
    let tool = an_hour();
    let own = format!("application {SAMPLE_KEY}\n");
    let status =
        |arguments: &[&str]| tool.run(&[&["status", "--data", "gate.db"], arguments].concat()).exits(0);
    status(&[]).shows(&own);
    tool.write("own.toml", "schema = 1\ndefault = \"allow\"\n");
    let apply = ["policy", "apply", "own.toml", "-m", "mine", "--anyway", "--data", "gate.db", "--app"];
    tool.run(&[&apply[..], &[SAMPLE_KEY]].concat()).exits(0);
    let lower = SAMPLE_KEY.to_lowercase();
    let run = status(&["--app", &lower]).shows(&own);
    assert!(run.stdout.contains(&format!("v1 for {SAMPLE_KEY} since")), "{run}");
    assert!(!run.stdout.contains("FALLBACK_POLICY"), "it follows its own policy alone: {run}");
    let all = status(&[]);
    assert!(all.stdout.contains("is set; for all other applications\n"), "{all}");
    tool.run(&[&apply[..], &["shop"]].concat()).exits(0);
    status(&[]).shows("all applications\n");
}

#[test]
fn lists_that_do_not_go_with_the_rules_are_named() {
    let tool = an_hour();
    let add = ["list", "add", "blcklist", "+99899394*", "--reason", "x", "--anyway", "--data", "gate.db"];
    tool.run(&add)
        .exits(0)
        .says("note: no policy was applied for all applications, so it is the starter policy, or");
    let run = tool.run(&["status", "--data", "gate.db"]).exits(0);
    for row in [
        "idle list     no rule in force asks the list blcklist, so its entries do nothing; did you mean \
         blocklist?",
        "empty lists   blocklist (rule blocklist), safelist (rule safelist)",
    ] {
        assert!(run.stdout.contains(row), "{row} in {run}");
    }
    let lists = json!([
        { "list": "blcklist", "state": "not_asked", "near": "blocklist" },
        { "list": "blocklist", "state": "empty", "app": "*", "rule": "blocklist" },
        { "list": "safelist", "state": "empty", "app": "*", "rule": "safelist" },
    ]);
    assert_eq!(json_of(&tool, &[])["lists"], lists);
}

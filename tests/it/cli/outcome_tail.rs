//! `outcome tail`.

use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use sinch_gate::clock;

use super::recorded::{allowed, denied, tool_with};
use super::use_any_credentials;
use crate::world::engine::TestTable;
use crate::world::proxy::Proxy;
use crate::world::tool::{Tool, sample};

fn seconds_ago(seconds: i64) -> jiff::Timestamp {
    clock::now() - SignedDuration::from_secs(seconds)
}

#[test]
fn decisions_are_shown_in_order_filtered_and_masked() {
    let tool = tool_with(&[
        allowed("a", seconds_ago(20)),
        denied("b", seconds_ago(10)),
        allowed("old", seconds_ago(90)),
    ]);
    let tail = |arguments: &[&str]| {
        tool.run(&[&["outcome", "tail", "--once", "--data", "gate.db"], arguments].concat())
    };
    let run = tail(&[]).exits(0).says_nothing();
    let lines: Vec<&str> = run.stdout.lines().map(|line| line.split_at(20).1).collect();
    assert_eq!(
        lines,
        [
            "   allow   -                    SE    sms         +4670*****05       order-a   no rule decided",
            "   deny    number-range         UZ    sms         +9989******07      order-b   10 of 10 per \
             block:3 in 1d; would deny: pumping-guard",
        ]
    );
    assert_eq!(tail(&["--since", "1h", "--format", "json"]).exits(0).json().len(), 3);
    for filter in
        [["--country", "uz"], ["--verdict", "deny"], ["--rule", "number-range"], ["--rule", "pumping-guard"]]
    {
        let shown = tail(&[&filter[..], &["--format", "json"]].concat()).exits(0).json();
        assert_eq!((shown.len(), &shown[0]["id"]), (1, &"b".into()), "{filter:?}");
    }
    tail(&["--app", "another"]).exits(2).prints("").says("nothing is known of application another");
}

#[test]
fn a_tail_whose_reader_has_gone_away_ends() {
    let tool = tool_with(&[allowed("a", seconds_ago(20))]);
    let mut tail = tool.spawn(&["outcome", "tail", "--data", "gate.db"]);
    drop(tail.stdout.take());
    assert_eq!(code_within(&mut tail, Duration::from_secs(30)), Some(0));
}

#[test]
fn a_tail_with_nothing_more_to_show_ends_with_its_reader_too() {
    let tool = tool_with(&[allowed("a", seconds_ago(20))]);
    let mut tail = tool.spawn(&["outcome", "tail", "--since", "1m", "--data", "gate.db"]);
    // All that there is was written before the reader goes, as it does to `head -1`.
    let mut line = String::new();
    BufReader::new(tail.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("order-a"), "{line}");
    assert_eq!(code_within(&mut tail, Duration::from_secs(30)), Some(0));
}

/// With which code a process ends within this time.
fn code_within(process: &mut std::process::Child, limit: Duration) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if let Some(status) = process.try_wait().unwrap() {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    process.kill().unwrap();
    None
}

#[test]
fn a_tail_ends_where_it_is_told_to() {
    let tool = tool_with(&[allowed("a", seconds_ago(300)), allowed("b", seconds_ago(100))]);
    let tail = |arguments: &[&str]| {
        tool.run(&[&["outcome", "tail", "--data", "gate.db", "--format", "json"], arguments].concat())
    };
    let shown = tail(&["--since", "10 minutes", "--until", "3m"]).exits(0).json();
    assert_eq!((shown.len(), &shown[0]["id"]), (1, &"a".into()));
    tail(&["--since", "1m", "--until", "3m"]).exits(1).says("is not before --until");
}

#[test]
fn a_rule_that_no_policy_has_is_named_beside_the_nearest() {
    let tool = tool_with(&[denied("b", seconds_ago(10))]);
    let tail = |rule: &str| {
        tool.run(&["outcome", "tail", "--once", "--rule", rule, "--format", "json", "--data", "gate.db"])
    };
    let run = tail("country-brust").exits(2).prints("");
    let run = run.says("no policy in force has a rule `country-brust`");
    run.says("hint: did you mean `country-burst`?");
    tail("country-burst").exits(0).prints("").says_nothing();
    // What an older policy decided is shown all the same.
    assert_eq!(tail("number-range").exits(0).says("no policy in force has a rule").json().len(), 1);
}

#[test]
fn a_line_is_whole_in_any_terminal_and_its_columns_stand_under_each_other() {
    let mut long = denied("b", seconds_ago(10));
    long.decided.rule = Some("ten-thousand-block".to_owned());
    let tool = tool_with(&[allowed("a", seconds_ago(20)), long]);
    let line = "sinch-gate outcome tail --once --data gate.db";
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let whole = words(&tool.run_in_terminal(400, line).stdout);
    for columns in [60, 80, 132, 200] {
        let run = tool.run_in_terminal(columns, line);
        assert_eq!(words(&run.stdout), whole, "at {columns}: {run}");
        assert!(
            run.stdout.lines().all(|line| line.trim_end().chars().count() <= columns),
            "{columns}: {run}"
        );
        let countries = ["SE", "UZ"].map(|code| {
            let column = |line: &str| format!("{line} ").find(&format!(" {code} "));
            run.stdout.lines().find_map(column).unwrap()
        });
        assert_eq!(countries[0], countries[1], "at {columns}: {run}");
    }
}

#[test]
fn a_filter_that_cannot_match_is_refused() {
    let tail = |arguments: &[&str]| {
        Tool::new().run(&[&["outcome", "tail", "--data", "x.db"], arguments].concat()).exits(1)
    };
    tail(&["--country", "UK"]).says("did you mean `GB`?");
    tail(&["--verdict", "denied"]).says("a verdict is `allow` or `deny`");
    tail(&["--since", "a while"]).says("how long ago, such as 6h");
}

#[test]
fn live_decisions_are_followed_each_once() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = tool.start(&["local-table", "--listen", "127.0.0.1:0"]);
    let place = ["--table", "sinch-gate", "--endpoint-url", &table.url];
    let gate = tool.start(&[&["serve", "--listen", "127.0.0.1:0"], &place[..]].concat());
    let mut following = tool.spawn(&[&["outcome", "tail", "--format", "json"], &place[..]].concat());
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    for event in ["request-sms", "request-flashcall", "request-callout"] {
        tool.run(&["send", &sample(event), "--url", &gate.url]);
        let body: serde_json::Value =
            serde_json::from_str(&crate::world::tool::read(format!("events/{event}.json"))).unwrap();
        let story: serde_json::Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(story["id"], body["id"]);
    }
    following.kill().unwrap();
    following.wait().unwrap();
}

#[tokio::test]
async fn a_decision_that_comes_into_the_index_late_is_shown_once_all_the_same() {
    check_late(20, 10).await;
}

#[tokio::test]
async fn a_decision_is_shown_although_the_clock_here_is_minutes_ahead_of_the_gate_s() {
    // For somebody whose clock is two minutes ahead, a decision that is made now is two minutes old.
    check_late(140, 120).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_is_shown_although_it_seems_to_be_older_than_was_asked_for() {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = TestTable::new().await;
    let store = table.store();
    let proxy = Proxy::to(table.endpoint());
    let place = ["--table", table.name(), "--endpoint-url", &proxy.endpoint()];
    let arguments = ["outcome", "tail", "--since", "1m", "--for", "60s", "--format", "json"];
    allowed("early", seconds_ago(140)).write(&store).await;
    let mut following = tool.spawn(&[&arguments[..], &place[..]].concat());
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    // The first look is over when there were twice as many requests as the shards of two hours need: in the
    // first minutes of an hour it reads both, after what is asked at the start. What is written during it and
    // is older than was asked for is not new.
    while proxy.seen().len() <= 32 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    allowed("new", seconds_ago(120)).write(&store).await;
    let (lines, shown) = tokio::task::spawn_blocking(move || {
        let shown = lines.next();
        (lines, shown)
    })
    .await
    .unwrap();
    let shown = shown.expect("what is new is shown within a minute").unwrap();
    assert!(shown.contains("order-new"), "{shown}");
    // Some more looks at the table show nothing twice.
    tokio::time::sleep(Duration::from_secs(3)).await;
    following.kill().unwrap();
    following.wait().unwrap();
    assert_eq!(lines.count(), 0);
}

/// Follows a table that has a decision of some seconds ago, to which a later one is added while it is
/// followed.
async fn check_late(early: i64, late: i64) {
    let mut tool = Tool::new();
    use_any_credentials(&mut tool);
    let table = TestTable::new().await;
    let store = table.store();
    let place = ["--table", table.name(), "--endpoint-url", table.endpoint()];
    let arguments = ["outcome", "tail", "--since", "4m", "--for", "6s", "--format", "json"];
    allowed("early", seconds_ago(early)).write(&store).await;
    let mut following = tool.spawn(&[&arguments[..], &place[..]].concat());
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    // On another thread, since this one serves the table.
    let (mut lines, first) = tokio::task::spawn_blocking(move || {
        let first = lines.next().unwrap().unwrap();
        (lines, first)
    })
    .await
    .unwrap();
    assert!(first.contains("order-early"), "{first}");
    allowed("late", seconds_ago(late)).write(&store).await;
    let rest =
        tokio::task::spawn_blocking(move || lines.by_ref().map(Result::unwrap).collect::<Vec<String>>())
            .await
            .unwrap();
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert!(rest[0].contains("order-late"), "{rest:?}");
    assert!(following.wait().unwrap().success());
}

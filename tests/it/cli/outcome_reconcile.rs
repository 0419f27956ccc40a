//! `outcome reconcile`, on recorded stories and against the stand-in for Sinch's API.

mod answers;
mod failures;
mod poison;
mod together;
mod whole_loop;

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sinch_gate::clock;

use super::recorded::{self, Recorded, allowed, denied};
use crate::world::stand_in::StandIn;
use crate::world::tool::{Run, Tool};

/// Somebody with recorded stories, whose API is the stand-in.
struct Desk {
    tool: Tool,
    api: StandIn,
}

/// Before the one moment at which the tests began, so that what is equally long ago is of the same moment.
fn minutes_ago(minutes: i64) -> Timestamp {
    static BEGIN: LazyLock<Timestamp> = LazyLock::new(clock::now);
    *BEGIN - SignedDuration::from_mins(minutes)
}

/// An allowed SMS without an end, each to another number.
fn open(n: usize, minutes: i64) -> Recorded {
    let mut open = allowed(&n.to_string(), minutes_ago(minutes));
    open.subject.number = Some(number(n).into());
    open
}

fn number(n: usize) -> String {
    format!("+467017406{n:02}")
}

impl Desk {
    fn with(stories: &[Recorded]) -> Self {
        let (mut tool, api) = (recorded::tool_with(stories), StandIn::start());
        tool.set("SINCH_API_URL", api.url());
        Self { tool, api }
    }

    /// Lets Sinch know how the verification of [`open`] stands.
    fn knows(&self, n: usize, status: &str) {
        self.api.know(&n.to_string(), Some(&format!("order-{n}")), &number(n), status);
    }

    fn reconcile(&self, more: &[&str]) -> Run {
        let command = ["outcome", "reconcile", "--data", "gate.db", "--rate", "100"];
        self.tool.run(&[&command[..], more].concat())
    }

    /// What a run sums up to, without its span and what was not met.
    #[track_caller]
    fn summary(&self, more: &[&str], code: i32) -> Value {
        let mut summary =
            self.reconcile(&[&["--format", "json"], more].concat()).exits(code).json().remove(0);
        let counts = summary.as_object_mut().unwrap();
        counts.retain(|name, count| {
            let is_span = ["from", "to", "dry_run"].contains(&name.as_str());
            !is_span && *count != 0 && *count != json!({})
        });
        summary
    }

    #[track_caller]
    fn story(&self, n: usize) -> Value {
        let reference = format!("order-{n}");
        let show = ["outcome", "show", &reference, "--data", "gate.db", "--format", "json"];
        self.tool.run(&show).exits(0).json().remove(0)
    }

    fn told(&self, n: usize) -> Run {
        self.tool.run(&["outcome", "show", &format!("order-{n}"), "--data", "gate.db"]).exits(0)
    }

    /// How many questions were asked so far.
    fn questions(&self) -> usize {
        self.api.count("GET")
    }
}

/// Expects a row of the summary, whatever the width of its columns.
#[track_caller]
fn has_row(run: Run, row: &str) -> Run {
    let is_row = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ") == row;
    assert!(run.stdout.lines().any(is_row), "no row `{row}` in {run}");
    run
}

#[test]
fn every_verification_without_an_end_is_asked_about_once_and_settled() {
    let ended = allowed("3", minutes_ago(30)).ending(60, "FAIL", Some("Expired"));
    let replaced = open(6, 30).ending(1, "PENDING", None).delivered(2);
    let stories = [
        open(1, 30),
        open(2, 30),
        ended,
        denied("4", minutes_ago(30)),
        open(5, 5),
        replaced,
        open(7, 30),
        open(8, 1500),
    ];
    let desk = Desk::with(&stories);
    for (n, status) in
        [(1, "SUCCESSFUL"), (2, "FAIL"), (5, "SUCCESSFUL"), (6, "ABORTED"), (7, "PENDING"), (8, "FAIL")]
    {
        desk.knows(n, status);
    }
    let settled = json!({"SUCCESSFUL": 1, "FAIL": 1, "ABORTED": 1});
    assert_eq!(desk.summary(&[], 0), json!({"asked": 4, "settled": settled, "pending": 1, "denied": 1}));
    let asked = desk.api.seen();
    let ids: Vec<&str> = asked.iter().map(|call| call.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(ids, ["1", "2", "6", "7"], "oldest first, by id, each once");
    assert!(asked.iter().all(|call| call.path.contains("/id/")));

    let story = desk.story(1);
    let heard = &story["heard"][0];
    assert_eq!((&heard["status"], &heard["reconciled"]), (&"SUCCESSFUL".into(), &true.into()));
    assert_eq!(story["cost"], json!({"verification": "0.0445 EUR"}));
    desk.told(1)
        .shows("result: SUCCESSFUL (said when Sinch was asked)")
        .shows("price: at most 0.0445 EUR; 0.0453 EUR was expected");
    desk.told(7).shows("asked Sinch: PENDING");
    let export = desk.tool.run(&["outcome", "export", "--from", "48h", "--data", "gate.db"]).exits(0).json();
    let reconciled = export.iter().filter(|line| line["reconciled"] == true);
    assert_eq!(
        reconciled.map(|line| line["event"]["status"].clone()).collect::<Vec<_>>(),
        ["SUCCESSFUL", "FAIL", "ABORTED"]
    );

    assert_eq!(desk.summary(&[], 0), json!({"waiting": 1, "denied": 1}), "a second run finds nothing to ask");
    assert_eq!(desk.questions(), 4);
}

#[test]
fn people_see_a_table_of_what_was_met() {
    let desk = Desk::with(&[open(1, 30), open(2, 30)]);
    desk.knows(1, "SUCCESSFUL");
    desk.knows(2, "PENDING");
    let mut run = desk.reconcile(&[]).exits(0).says_nothing();
    for row in ["asked 2", "settled 1: SUCCESSFUL 1", "still open 1"] {
        run = has_row(run, row);
    }
    has_row(has_row(desk.reconcile(&[]).exits(0), "settled 0"), "not due again 1");
}

#[test]
fn a_limit_ends_a_run_and_the_next_one_goes_on() {
    let desk = Desk::with(&[open(1, 32), open(2, 31), open(3, 30)]);
    (1..=3).for_each(|n| desk.knows(n, "FAIL"));
    assert_eq!(desk.summary(&["--limit", "2"], 0), json!({"asked": 2, "settled": {"FAIL": 2}}));
    assert_eq!(desk.summary(&["--limit", "2"], 0), json!({"asked": 1, "settled": {"FAIL": 1}}));
    assert_eq!(desk.questions(), 3);
}

#[test]
fn how_old_and_how_far_back_is_for_the_user_to_say() {
    let desk = Desk::with(&[open(1, 2_000), open(2, 30), open(3, 5)]);
    (1..=3).for_each(|n| desk.knows(n, "FAIL"));
    let settled = |n| json!({"asked": n, "settled": {"FAIL": n}});
    assert_eq!(desk.summary(&[], 0), settled(1));
    assert_eq!(desk.summary(&["--older-than", "4m"], 0), settled(1));
    assert_eq!(desk.summary(&["--since", "2d"], 0), settled(1));
    desk.reconcile(&["--since", "5m"]).exits(1).says("is not before");
    desk.reconcile(&["--older-than", "soon"]).exits(1).says("a span of time");
}

#[test]
fn a_dry_run_asks_and_tells_and_records_nothing() {
    let desk = Desk::with(&[open(1, 30), open(2, 30)]);
    desk.knows(1, "SUCCESSFUL");
    desk.knows(2, "PENDING");
    let story = desk.story(1);
    let run =
        desk.reconcile(&["--dry-run"]).exits(0).says("order-1: SUCCESSFUL\n").says("order-2: PENDING\n");
    run.shows("a dry run: nothing is recorded");
    assert_eq!(desk.story(1), story);
    assert_eq!(desk.summary(&[], 0), json!({"asked": 2, "settled": {"SUCCESSFUL": 1}, "pending": 1}));
}

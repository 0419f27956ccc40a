//! Answers that do not come, or that stop the run.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Desk, has_row, number, open};
use crate::world::stand_in::Fault;
use crate::world::tool::SAMPLE_KEY;

pub(super) fn refusal(status: u16, code: u32) -> Fault {
    Fault::Answer(status, json!({"errorCode": code, "message": "About +46701740601."}).to_string())
}

fn wish(seconds: &str) -> Fault {
    Fault::AnswerWithWish(429, r#"{"errorCode":42900}"#.to_owned(), seconds.to_owned())
}

/// A desk with a number of open stories, all of which failed according to Sinch.
fn desk(n_stories: usize) -> Desk {
    let stories: Vec<_> = (1..=n_stories).map(|n| open(n, 100 - i64::try_from(n).unwrap())).collect();
    let desk = Desk::with(&stories);
    (1..=n_stories).for_each(|n| desk.knows(n, "FAIL"));
    desk
}

#[test]
fn a_question_that_fails_is_told_and_asked_again_later() {
    let desk = desk(6);
    let garbage = Fault::AnswerAfter(200, "{\"status\":".to_owned());
    desk.api.fail([refusal(500, 50000), Fault::CutBefore, refusal(422, 42299), garbage]);
    let run = has_row(has_row(desk.reconcile(&[]).exits(0), "asked 6"), "failed 4");
    for n in 1..=4 {
        assert!(run.stderr.contains(&format!("order-{n}: ")), "{run}");
    }
    assert_eq!(run.stderr.matches("; it is asked about again later\n").count(), 4, "{run}");
    assert!(!run.stderr.contains("701740601"), "{run}");
    assert_eq!(desk.questions(), 6, "never more than one question about one record");
    assert_eq!(desk.summary(&[], 0), json!({"waiting": 4}), "each at twice its age");
}

#[test]
fn what_is_not_for_the_record_that_it_failed_is_asked_in_the_next_run() {
    for fault in [refusal(401, 40102), Fault::Answer(404, "<html>nginx</html>".to_owned())] {
        let desk = desk(1);
        desk.api.fail([fault]);
        has_row(desk.reconcile(&[]), "failed 1");
        assert_eq!(desk.summary(&[], 0), json!({"asked": 1, "settled": {"FAIL": 1}}));
    }
}

#[test]
fn too_many_questions_slow_the_whole_run_down() {
    let desk = desk(3);
    desk.api.fail([wish("2")]);
    let begun = Instant::now();
    let run = desk.reconcile(&[]).exits(0).says("this run goes on in 2s at half the rate");
    has_row(run, "failed 1");
    assert!(begun.elapsed() >= Duration::from_secs(2));
    assert_eq!(desk.questions(), 3);
    desk.api.fail([wish("3600")]);
    desk.reconcile(&[]).exits(1).says("Sinch wants a longer pause than this run should wait");
    assert_eq!(desk.questions(), 4);
    assert_eq!(desk.summary(&[], 0), json!({"asked": 1, "settled": {"FAIL": 1}}));
}

#[test]
fn nobody_but_the_application_of_a_record_is_asked_about_it() {
    let mut foreign = open(1, 30);
    foreign.subject.app = "another".parse().unwrap();
    let mut desk = Desk::with(&[foreign, open(2, 29)]);
    desk.knows(2, "FAIL");
    let run = desk.reconcile(&[]).exits(2);
    has_row(run, "settled 1: FAIL 1")
        .says("1 of application another not asked about, since its secret is not known");
    assert_eq!(desk.reconcile(&["--app", SAMPLE_KEY]).exits(0).stderr, "");
    assert_eq!(desk.questions(), 1);
    // With its secret, it is asked as that application, which the stand-in does not know.
    desk.tool.set("SINCH_APPLICATIONS", r#"{"another": ["b3RoZXIgc2VjcmV0"]}"#);
    desk.reconcile(&[]).exits(1).says("application another: HTTP 401");
    let seen = desk.api.seen();
    let authorization = seen[1].headers.iter().find(|(name, _)| name == "authorization").unwrap();
    assert!(authorization.1.starts_with("Application another:"), "{authorization:?}");
    assert_eq!(desk.api.take_complaints().len(), 1);
}

#[test]
fn the_key_of_the_samples_is_never_sent_to_sinch() {
    let mut desk = Desk::with(&[open(1, 30)]);
    desk.tool.set("SINCH_API_URL", "https://127.0.0.1.invalid");
    desk.reconcile(&[]).exits(1).prints("").says("which application? the samples' key is published");
    desk.reconcile(&["--key", SAMPLE_KEY, "--secret", "QUJD"]).exits(1).says("which application?");
    desk.reconcile(&["--key", "mine", "--secret", "QUJD"])
        .exits(2)
        .says(&format!("1 of application {SAMPLE_KEY} not asked about"));
}

#[test]
fn no_message_holds_an_id_or_a_number() {
    let id = "018bec3e-6913-d36c-5102-ebda3fd6d30f";
    let mut nameless = open(1, 30);
    nameless.subject.id = id.to_owned();
    nameless.subject.reference = None;
    let desk = Desk::with(&[nameless]);
    desk.api.know(id, None, &number(1), "FAIL");
    let garbage = Fault::AnswerAfter(200, format!("{{\"id\":\"{id}\""));
    let gone = Fault::Answer(404, format!(r#"{{"errorCode":40400,"message":"No {id} of {}"}}"#, number(1)));
    desk.api.fail([
        Fault::CutBefore,
        Fault::CutAfter,
        garbage,
        refusal(500, 50000),
        refusal(401, 40107),
        gone,
    ]);
    for code in [0, 0, 0, 0, 1, 2] {
        let run = desk.reconcile(&["--dry-run"]).exits(code);
        assert!(!run.stderr.is_empty() && !run.to_string().contains(id), "{run}");
        assert!(!run.to_string().contains(&number(1)), "{run}");
        if code != 1 {
            run.says("without reference, of 2");
        }
    }
    desk.reconcile(&["--dry-run"]).exits(0).says(": FAIL\n");
    let Desk { tool, api } = desk;
    drop(api);
    let run = tool.run(&["outcome", "reconcile", "--data", "gate.db"]).exits(0).says("cannot be reached");
    assert!(!run.to_string().contains(id), "{run}");
}

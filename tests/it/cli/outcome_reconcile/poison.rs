//! Records and applications that Sinch refuses to answer about, among others that it answers about.

use std::collections::BTreeSet;

use serde_json::json;

use super::failures::refusal;
use super::{Desk, open};
use crate::world::tool::SAMPLE_KEY;

/// A desk with a number of open stories, all of which failed according to Sinch; the first are the oldest.
fn desk(n_stories: usize) -> Desk {
    let stories: Vec<_> = (1..=n_stories).map(|n| open(n, 100 - i64::try_from(n).unwrap())).collect();
    let desk = Desk::with(&stories);
    (1..=n_stories).for_each(|n| desk.knows(n, "FAIL"));
    desk
}

#[test]
fn an_application_that_is_refused_keeps_no_other_from_being_asked_about() {
    for (status, code) in [(401, 40102), (403, 40303)] {
        let stories = [1, 2, 3].map(|n| {
            let mut story = open(n, 40 - i64::try_from(n).unwrap());
            if n < 3 {
                story.subject.app = "another".parse().unwrap();
            }
            story
        });
        let mut desk = Desk::with(&stories);
        desk.tool.set("SINCH_APPLICATIONS", r#"{"another": ["b3RoZXIgc2VjcmV0"]}"#);
        desk.knows(3, "FAIL");
        desk.api.poison("/id/1", refusal(status, code));
        desk.api.poison("/id/2", refusal(status, code));
        let run = desk.reconcile(&["--format", "json"]).exits(1);
        let run = run.says(&format!("application another: HTTP {status}, code {code}"));
        let tally = run.json().remove(0);
        assert_eq!(
            (&tally["asked"], &tally["settled"], &tally["postponed"]),
            (&json!(2), &json!({"FAIL": 1}), &json!(1)),
            "{run}"
        );
        assert_eq!(desk.questions(), 2, "one for the application that is refused");
        assert_eq!(desk.reconcile(&["--app", SAMPLE_KEY]).exits(0).stderr, "");
    }
}

#[test]
fn one_verification_that_is_refused_keeps_no_other_from_being_asked_about() {
    let desk = desk(4);
    desk.api.poison("/id/1", refusal(403, 40300));
    desk.api.poison("/id/2", refusal(500, 50000));
    let run = desk.reconcile(&["--format", "json"]).exits(0);
    let run = run.says("order-1: HTTP 403, code 40300").says("order-2: HTTP 500, code 50000");
    assert_eq!(run.json()[0]["settled"], json!({"FAIL": 2}), "{run}");
    assert_eq!(desk.summary(&[], 0), json!({"waiting": 2}), "neither is asked about in every run");
    assert_eq!(desk.questions(), 4);
    assert_eq!(
        desk.story(1)["asked"],
        json!({"at": desk.story(1)["asked"]["at"], "said": "failed", "cause": "HTTP 403, code 40300"})
    );
    desk.told(1).shows("asked Sinch, without an answer: HTTP 403, code 40300");
}

#[test]
fn many_that_fail_are_leapt_over_and_what_was_passed_is_asked_about_in_the_next_run() {
    let desk = desk(8);
    (1..=5).for_each(|n| desk.api.poison(&format!("/id/{n}"), refusal(500, 50000)));
    let first = json!({"asked": 7, "settled": {"FAIL": 2}, "failed": 5, "postponed": 1});
    assert_eq!(desk.summary(&[], 0), first);
    assert_eq!(desk.story(6)["heard"], json!([]));
    assert_eq!(desk.summary(&[], 0), json!({"asked": 1, "settled": {"FAIL": 1}, "waiting": 5}));
}

#[test]
fn where_nothing_is_answered_a_run_asks_few_questions_and_the_next_one_others() {
    let desk = desk(40);
    (1..=40).for_each(|n| desk.api.poison(&format!("/id/{n}"), refusal(503, 50300)));
    desk.reconcile(&[]).exits(1).says(&format!("application {SAMPLE_KEY}: the last 9 questions failed"));
    assert_eq!(desk.questions(), 9, "five in a row, and then one after 1, 2, 4, 8 others");
    desk.reconcile(&[]).exits(1).says("the last 9 questions failed");
    let asked: BTreeSet<String> = desk.api.seen().into_iter().map(|call| call.path).collect();
    assert_eq!(asked.len(), 18, "none of them twice");
}

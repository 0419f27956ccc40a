//! What an answer means for the record, depending on what is in it.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use sinch_gate::embedded::Engine;
use sinch_gate::event::{Method, Status};
use sinch_gate::record::{Asked, Said};
use sinch_gate::store::client::Timeouts;
use sinch_gate::store::{Answered, RecordKey};

use super::{Desk, minutes_ago, number, open};
use crate::world::sample;
use crate::world::stand_in::Fault;

/// Puts a result that Sinch gave without a price, some minutes ago, into a desk's file.
fn settle(desk: &Desk, n: usize, status: &str, at: Timestamp) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let timeouts = Timeouts::within(Duration::from_secs(60));
        let (engine, store) =
            Engine::with_table(Some(&desk.tool.file("gate.db")), "sinch-gate", timeouts).await.unwrap();
        let subject = open(n, 0).subject;
        let key = RecordKey::new(&subject.app, subject.reference.as_deref(), &subject.id);
        let result = sample::result(status, None);
        let asked = Asked { at, said: Said::Status { status: Status::parse(status) } };
        let answered = Answered { asked, result: Some(result), cost: None };
        assert!(store.records().add_answer(&key, &answered).await.unwrap());
        drop(store);
        engine.stop().await;
    });
}

#[test]
fn a_price_that_appears_later_is_taken_up_by_one_more_question() {
    let desk = Desk::with(&[open(1, 60), open(2, 60)]);
    for n in 1..=2 {
        desk.knows(n, "FAIL");
        settle(&desk, n, "FAIL", minutes_ago(if n == 1 { 31 } else { 29 }));
    }
    assert_eq!(
        desk.summary(&[], 0),
        json!({"asked": 1, "priced": 1, "waiting": 1}),
        "the second is not due yet"
    );
    assert_eq!(desk.story(1)["cost"], json!({"verification": "0.0445 EUR"}));
    assert_eq!(desk.story(1)["heard"].as_array().unwrap().len(), 1);
    assert_eq!(desk.summary(&[], 0), json!({"waiting": 1}));
    assert_eq!(desk.questions(), 1);
}

#[test]
fn a_price_that_never_appears_is_not_asked_for_again() {
    let desk = Desk::with(&[open(1, 60)]);
    desk.api.behave(|behaviour| behaviour.price_after = 9);
    desk.knows(1, "FAIL");
    settle(&desk, 1, "FAIL", minutes_ago(31));
    assert_eq!(desk.summary(&[], 0), json!({"asked": 1}));
    assert_eq!(desk.summary(&["--older-than", "0s"], 0), json!({}));
    assert_eq!(desk.story(1)["cost"], json!(null));
}

#[test]
fn an_end_that_differs_from_an_earlier_answer_is_told_as_a_contradiction() {
    let desk = Desk::with(&[open(1, 60)]);
    desk.knows(1, "SUCCESSFUL");
    settle(&desk, 1, "FAIL", minutes_ago(31));
    let run = desk.reconcile(&[]).exits(2).says("order-1: Sinch said FAIL before, and SUCCESSFUL now");
    run.shows("contradicted");
    assert_eq!(desk.story(1)["contradiction"], json!(["FAIL", "SUCCESSFUL"]));
    desk.told(1).shows("contradiction: FAIL and SUCCESSFUL; SUCCESSFUL counts");
    desk.reconcile(&[]).exits(2).says("order-1: Sinch reported different ends: FAIL, SUCCESSFUL");
    assert_eq!(desk.questions(), 1, "it is told as long as it is in the span, and asked about no more");
}

#[test]
fn what_sinch_does_not_know_is_recorded_as_that_and_as_no_end() {
    let desk = Desk::with(&[open(1, 30), open(2, 9)]);
    let run = desk.reconcile(&["--older-than", "8m"]).exits(2);
    let run = run.says("order-1: Sinch does not know it; how it ended stays unknown\n");
    assert!(!run.stderr.contains("order-2"), "it may be known later: {run}");
    let story = desk.story(1);
    assert_eq!((&story["heard"], &story["asked"]["said"]), (&json!([]), &"not_found".into()));
    desk.told(1).shows("asked Sinch, which does not know it; how it ended is unknown");
    assert_eq!(desk.summary(&[], 0), json!({"waiting": 1}));
}

#[test]
fn a_404_that_is_not_from_sinch_is_a_failure() {
    let desk = Desk::with(&[open(1, 30)]);
    desk.api.fail([Fault::Answer(404, "<html>nginx</html>".to_owned())]);
    assert_eq!(desk.summary(&[], 0), json!({"asked": 1, "failed": 1}));
    assert_eq!(desk.story(1)["asked"], json!(null));
}

#[test]
fn an_answer_about_something_else_is_told_and_not_used() {
    let mut flash_call = open(3, 30);
    flash_call.subject.method = Some(Method::FlashCall);
    let desk = Desk::with(&[open(1, 32), open(2, 31), flash_call]);
    desk.knows(1, "SUCCESSFUL");
    desk.api.know("2", Some("order-2"), &number(99), "SUCCESSFUL");
    desk.knows(3, "SUCCESSFUL");
    desk.api.fail([Fault::Contradict]);
    let run = desk.reconcile(&[]).exits(2);
    let told = |reference: &str, member: &str| {
        format!("{reference}: the answer is about something else: its `{member}` differs; it is not used\n")
    };
    run.says(&told("order-1", "id"))
        .says(&told("order-2", "identity.endpoint"))
        .says(&told("order-3", "method"));
    for (n, member) in [(1, "id"), (2, "identity.endpoint"), (3, "method")] {
        let story = desk.story(n);
        assert_eq!(story["heard"], json!([]));
        assert_eq!(
            (&story["asked"]["said"], &story["asked"]["member"]),
            (&"mismatch".into(), &member.into())
        );
    }
    desk.told(3).shows("asked Sinch, whose answer was about something else (`method` differs); not used");
}

#[test]
fn what_cannot_stand_in_a_path_is_asked_by_its_reference_or_not_at_all() {
    let (mut by_reference, mut by_nothing) = (open(1, 31), open(2, 30));
    by_reference.subject.id = "1/../2".to_owned();
    by_nothing.subject.id = "2?x".to_owned();
    by_nothing.subject.reference = Some("order/2".to_owned());
    let desk = Desk::with(&[by_reference, by_nothing]);
    desk.api.know("1/../2", Some("order-1"), &number(1), "FAIL");
    desk.reconcile(&[])
        .exits(2)
        .says("order/2: neither id nor reference can stand in the path of a question");
    assert_eq!(desk.story(1)["heard"][0]["status"], "FAIL");
    assert!(desk.api.seen()[0].path.ends_with("/reference/order-1"));
    assert_eq!(desk.questions(), 1);
}

#[test]
fn a_wrong_code_may_have_been_followed_by_the_right_one_so_it_is_asked_about_once() {
    let wrong = |n| open(n, 30).ending(60, "FAIL", Some("Invalid code"));
    let desk = Desk::with(&[wrong(1), wrong(2), open(3, 30).ending(60, "FAIL", Some("Expired"))]);
    desk.knows(1, "SUCCESSFUL");
    desk.knows(2, "FAIL");
    desk.knows(3, "SUCCESSFUL");
    let settled = json!({"asked": 2, "settled": {"SUCCESSFUL": 1}, "confirmed": 1});
    assert_eq!(desk.summary(&[], 0), settled, "the third can have had no other end");
    let story = desk.story(1);
    assert_eq!(story["heard"][1]["status"], "SUCCESSFUL");
    assert_eq!(story["contradiction"], json!(null), "both are so");
    assert_eq!(desk.summary(&["--older-than", "0s"], 0), json!({}), "and never again");
}

#[test]
fn a_wrong_code_that_is_not_over_is_asked_about_again_later() {
    let desk = Desk::with(&[open(1, 30).ending(60, "FAIL", Some("Invalid CLI"))]);
    desk.knows(1, "PENDING");
    assert_eq!(desk.summary(&[], 0), json!({"asked": 1, "pending": 1}));
    assert_eq!(desk.summary(&[], 0), json!({"waiting": 1}));
}

//! The client against the stand-in: what is sent, what is repeated, and how each failure is understood.

use std::time::{Duration, Instant};

use sinch_gate::api::{
    ApiError, BaseUrl, Client, Code, How, Report, ReportBy, Scheme, SmsOptions, Start, StatusBy, Unsendable,
};
use sinch_gate::event::{Method, Reference, Status, VerificationId};
use sinch_gate::phone::PhoneNumber;

use crate::world::stand_in::{CODE, Fault, StandIn};
use crate::world::tool::{SAMPLE_KEY, SAMPLE_SECRET};

const NUMBER: &str = "+46700000001";

fn client(stand_in: &StandIn) -> Client {
    patient(stand_in, Duration::from_secs(10))
}

fn patient(stand_in: &StandIn, patience: Duration) -> Client {
    let base: BaseUrl = stand_in.url().parse().unwrap();
    let scheme = Scheme::Signed { key: SAMPLE_KEY.parse().unwrap(), secret: SAMPLE_SECRET.parse().unwrap() };
    Client::with_patience(base, scheme, patience)
}

fn start(reference: &str) -> Start {
    Start {
        number: PhoneNumber::new(NUMBER),
        how: How::Sms(SmsOptions::default()),
        reference: Reference::new(reference),
        custom: None,
    }
}

fn by_reference(reference: &str) -> StatusBy {
    StatusBy::Reference(Reference::new(reference).unwrap())
}

fn capacity() -> String {
    r#"{"errorCode":42900,"message":"Request capacity exceeded"}"#.to_owned()
}

#[tokio::test]
async fn a_verification_goes_from_start_to_success() {
    let stand_in = StandIn::start();
    let client = client(&stand_in);
    let started = client.start(&start("ref-1")).await.unwrap();
    assert_eq!(started.links.len(), 2);
    let by_id = StatusBy::Id(started.id.clone());
    assert_eq!(client.status(&by_id).await.unwrap().status, Status::Pending);

    let report = Report::Sms(Code::new(CODE));
    let reported = client.report(&ReportBy::Id(started.id.clone()), &report).await.unwrap();
    assert_eq!(reported.status, Status::Successful);

    let by_number = StatusBy::Number { method: Method::Sms, number: PhoneNumber::new(NUMBER) };
    for by in [by_id, by_number, by_reference("ref-1")] {
        let state = client.status(&by).await.unwrap();
        assert_eq!((state.id, state.status), (Some(started.id.clone()), Status::Successful));
        assert_eq!(state.cost.verification.map(|price| price.to_string()).as_deref(), Some("0.0445 EUR"));
    }
}

#[track_caller]
fn check_asked(stand_in: &StandIn, times: usize) {
    assert_eq!(stand_in.count("GET"), times, "{:?}", stand_in.seen());
}

#[tokio::test]
async fn a_question_is_repeated_with_a_new_signature_until_it_is_answered() {
    let stand_in = StandIn::start();
    let client = client(&stand_in);
    client.start(&start("ref-1")).await.unwrap();
    stand_in.fail([
        Fault::CutAfter,
        Fault::AnswerAfter(503, "<html>busy</html>".to_owned()),
        Fault::AnswerWithWish(429, capacity(), "1".to_owned()),
    ]);
    let begun = Instant::now();
    assert_eq!(client.status(&by_reference("ref-1")).await.unwrap().status, Status::Pending);
    // Half a second at least by its own pauses, where Sinch asked for a whole one once.
    assert!(begun.elapsed() >= Duration::from_millis(1_500), "{:?}", begun.elapsed());
    check_asked(&stand_in, 4);
}

#[tokio::test]
async fn a_question_is_not_repeated_for_ever() {
    let stand_in = StandIn::start();
    stand_in.fail(vec![Fault::CutBefore; 9]);
    let error = client(&stand_in).status(&by_reference("ref-1")).await.unwrap_err();
    assert!(matches!(error, ApiError::Lost { .. }) && !error.is_in_doubt(), "{error}");
    check_asked(&stand_in, 4);
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let codes = [(404, 40400), (401, 40102), (403, 40303), (429, 42901), (503, 50301)];
    for (http, code) in codes {
        let stand_in = StandIn::start();
        stand_in.fail([Fault::Answer(http, format!(r#"{{"errorCode":"{code}"}}"#))]);
        let error = client(&stand_in).status(&by_reference("ref-1")).await.unwrap_err();
        assert_eq!(error.refusal().and_then(|refusal| refusal.code), Some(code));
        check_asked(&stand_in, 1);
    }
}

#[tokio::test]
async fn a_long_wish_of_sinch_is_passed_on() {
    let stand_in = StandIn::start();
    stand_in.fail([Fault::AnswerWithWish(429, capacity(), "90".to_owned())]);
    let error = client(&stand_in).status(&by_reference("ref-1")).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(90)));
    check_asked(&stand_in, 1);
}

#[tokio::test]
async fn a_start_is_never_repeated_and_what_is_not_known_is_said() {
    let faults = [
        Fault::CutAfter,
        Fault::CutBefore,
        Fault::AnswerAfter(500, r#"{"errorCode":50000}"#.to_owned()),
        Fault::AnswerAfter(502, String::new()),
        Fault::AnswerAfter(200, "<html>".to_owned()),
        Fault::Slow(Duration::from_millis(600)),
    ];
    for fault in faults {
        let stand_in = StandIn::start();
        stand_in.fail([fault.clone()]);
        let is_slow = matches!(fault, Fault::Slow(_));
        let client = patient(&stand_in, Duration::from_millis(if is_slow { 300 } else { 10_000 }));
        let error = client.start(&start("ref-1")).await.unwrap_err();
        assert!(error.is_in_doubt(), "{fault:?}: {error:?}");
        assert!(error.to_string().contains("`sinch-gate verification status --reference ref-1`"), "{error}");
        // A busy machine may read the request only once the client has given it up.
        while stand_in.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(stand_in.seen().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_start_that_is_refused_is_not_in_doubt_and_not_repeated() {
    let stand_in = StandIn::start();
    stand_in.fail([Fault::Answer(429, capacity())]);
    let error = client(&stand_in).start(&start("ref-1")).await.unwrap_err();
    assert!(!error.is_in_doubt(), "{error}");
    assert_eq!(stand_in.count("POST"), 1);
}

#[tokio::test]
async fn a_report_is_never_repeated() {
    let stand_in = StandIn::start();
    let client = client(&stand_in);
    let id = client.start(&start("ref-1")).await.unwrap().id;
    stand_in.fail([Fault::CutAfter]);
    let error = client.report(&ReportBy::Id(id), &Report::Sms(Code::new(CODE))).await.unwrap_err();
    assert!(error.is_in_doubt() && error.to_string().contains("do not report it again"), "{error}");
    assert_eq!(stand_in.count("PUT"), 1);
}

#[tokio::test]
async fn nothing_was_sent_where_nobody_listens() {
    // Nothing listens on this port of any machine that runs the tests, whereas a port that was just closed
    // may be taken by another process.
    let url = "http://127.0.0.1:1";
    let scheme = Scheme::Public { key: SAMPLE_KEY.parse().unwrap() };
    let client = Client::new(url.parse().unwrap(), scheme);
    let error = client.start(&start("ref-1")).await.unwrap_err();
    assert!(matches!(error, ApiError::NoConnection { .. }) && !error.is_in_doubt(), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let stand_in = StandIn::start();
    stand_in.fail([Fault::Answer(307, String::new())]);
    let error = client(&stand_in).start(&start("ref-1")).await.unwrap_err();
    assert!(error.to_string().contains("a redirect, which is not followed"), "{error}");
    assert_eq!(stand_in.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_about_another_verification_is_not_used() {
    let stand_in = StandIn::start();
    let client = client(&stand_in);
    let id = client.start(&start("ref-1")).await.unwrap().id;
    let by_number = StatusBy::Number { method: Method::Sms, number: PhoneNumber::new(NUMBER) };
    let asked =
        [(StatusBy::Id(id), "id"), (by_reference("ref-1"), "reference"), (by_number, "identity.endpoint")];
    for (by, member) in asked {
        stand_in.fail([Fault::Contradict]);
        assert_eq!(client.status(&by).await, Err(ApiError::Contradiction { member }));
    }
}

#[tokio::test]
async fn what_cannot_be_sent_safely_never_leaves() {
    let stand_in = StandIn::start();
    let client = client(&stand_in);
    let error = client.start(&Start { number: PhoneNumber::new("0701234567"), ..start("ref-1") }).await;
    assert!(matches!(error, Err(ApiError::Unsendable(Unsendable::Number { .. }))), "{error:?}");
    let error = client.start(&start("a/b")).await;
    assert!(matches!(error, Err(ApiError::Unsendable(Unsendable::Reference { .. }))), "{error:?}");
    let error = client.status(&StatusBy::Id(VerificationId::new("../x").unwrap())).await;
    assert_eq!(error, Err(ApiError::Unsendable(Unsendable::Id)));
    let by_number = StatusBy::Number { method: Method::Seamless, number: PhoneNumber::new(NUMBER) };
    assert!(client.status(&by_number).await.is_err());
    assert_eq!(stand_in.seen(), []);
}

#[tokio::test]
async fn no_form_of_an_error_holds_the_code_or_the_number() {
    let stand_in = StandIn::start();
    let client = client(&stand_in);
    let id = client.start(&start("ref-1")).await.unwrap().id;
    let body = format!(r#"{{"errorCode":40003,"message":"{CODE} is not the code of {NUMBER}"}}"#);
    stand_in.fail([Fault::Answer(400, body)]);
    let error = client.report(&ReportBy::Id(id), &Report::Sms(Code::new(CODE))).await.unwrap_err();
    let shown = format!("{error} {error:?} {client:?}");
    assert!(shown.contains("is not the code of"), "{shown}");
    for secret in [CODE, NUMBER, SAMPLE_SECRET] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

//! How late a callback may come: a question has to be fresh, and an outcome may be retried long after it was
//! signed.

use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use serde_json::{Value, json};
use sinch_gate::config::GateConfig;
use sinch_gate::endpoint::Endpoint;

use crate::world::emf::Recorder;
use crate::world::engine::TestTable;
use crate::world::sinch::{KEY, SECRET, Sent, app, delivery, reference, request, result};

const NUMBER: &str = "+46701740605";
const DAY: i64 = 86_400;

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

fn gate(table: &TestTable, more: &[(&str, &str)]) -> (Endpoint, Recorder) {
    let own =
        [("SINCH_APPLICATION_KEY", KEY), ("SINCH_APPLICATION_SECRET", SECRET), ("DECISION_BUDGET", "20")];
    let config = GateConfig::parse(|name| {
        let mut variables = own.iter().chain(more);
        variables.find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    });
    let recorder = Recorder::default();
    (config.unwrap().into_endpoint(table.store()).measured(recorder.meter()), recorder)
}

/// Hands over a body that was signed `age` seconds ago; returns the status, and the cause of a refusal.
async fn post(gate: &(Endpoint, Recorder), body: &str, age: i64) -> (u16, Option<String>) {
    let reply = Sent::signed("/sinch", body, now() - age.seconds()).hand_to(&gate.0, now()).await;
    let series = gate.1.series();
    let cause = series.keys().find_map(|series| series.strip_prefix("Refusals{Cause="));
    (reply.status.as_u16(), cause.map(|cause| cause.trim_end_matches('}').to_owned()))
}

const STALE: (u16, Option<&str>) = (401, Some("stale-timestamp"));
const EARLY: (u16, Option<&str>) = (401, Some("early-timestamp"));

/// Which ages of an event a gate with these tolerances accepts, on either side of each bound.
async fn check(body: &str, accepted: (u16, Option<&str>), tolerance: i64, late: i64) {
    let table = TestTable::new().await;
    let outcome = late.to_string();
    let tolerances = [("SIGNATURE_TOLERANCE", tolerance.to_string()), ("OUTCOME_TOLERANCE", outcome)];
    let gate = gate(&table, &tolerances.each_ref().map(|(name, value)| (*name, value.as_str())));
    let late = if serde_json::from_str(body).is_ok_and(|event: Value| is_outcome(&event)) { late } else { 0 };
    let latest = late.max(tolerance);
    for (age, expected) in [
        (-10 * DAY, EARLY),
        (-tolerance - 1, EARLY),
        (-tolerance, accepted),
        (0, accepted),
        (latest, accepted),
        (latest + 1, STALE),
        (10 * DAY, STALE),
    ] {
        let (status, cause) = post(&gate, body, age).await;
        assert_eq!((status, cause.as_deref()), expected, "{body} signed {age} s ago");
    }
}

fn is_outcome(event: &Value) -> bool {
    event["event"] != "VerificationRequestEvent" && event["identity"].is_object()
}

#[tokio::test]
async fn an_outcome_may_be_a_day_late_and_nothing_else_may() {
    let accepted = (200, None);
    let outcomes = [
        result("a", NUMBER, "SUCCESSFUL"),
        result("b", NUMBER, "UNHEARD_OF"),
        delivery("c", NUMBER, "Successful"),
    ];
    for event in outcomes {
        check(&event.to_string(), accepted, 300, DAY).await;
        check(&event.to_string(), accepted, 60, 600).await;
        check(&event.to_string(), accepted, 300, 0).await;
    }
    check(&request("d", NUMBER).to_string(), accepted, 300, DAY).await;
    check(&json!({ "event": "SomethingNew", "id": "e" }).to_string(), accepted, 300, DAY).await;
    check("{", (400, Some("not-json")), 300, DAY).await;
    check(r#"{"event":"VerificationResultEvent"}"#, (400, Some("missing-member")), 300, DAY).await;
}

#[tokio::test]
async fn a_late_result_is_recorded_once_and_a_late_question_not_at_all() {
    let table = TestTable::new().await;
    let gate = gate(&table, &[]);
    let late = result("a", NUMBER, "SUCCESSFUL").to_string();
    for _ in 0..2 {
        assert_eq!(post(&gate, &late, 600).await, (200, None));
    }
    let stories = table.store().records().stories(&app(KEY), &reference("a"), now()).await.unwrap();
    assert_eq!((stories.len(), stories[0].heard.len()), (1, 1), "{stories:?}");
    assert_eq!(post(&gate, &request("b", NUMBER).to_string(), 600).await.0, 401);
    assert_eq!(table.store().records().stories(&app(KEY), &reference("b"), now()).await.unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Beyond every tolerance the body does not matter, since it is not read.
    #[test]
    fn what_is_older_than_everything_accepted_is_refused_whatever_it_says(body in "\\PC{0,40}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (status, cause) = runtime.block_on(async {
            let table = TestTable::new().await;
            post(&gate(&table, &[]), &body, DAY + 1).await
        });
        prop_assert_eq!((status, cause.as_deref()), STALE);
    }
}

#[tokio::test]
async fn a_timestamp_may_have_any_offset_since_its_text_is_signed() {
    let table = TestTable::new().await;
    let gate = gate(&table, &[]);
    let body = request("a", NUMBER).to_string();
    for (timestamp, expected) in [
        ("2026-10-01T09:00:00Z", 200),
        ("2026-10-01T09:00:00+00:00", 200),
        ("2026-10-01T11:00:00+02:00", 200),
        ("2026-10-01T11:00:00.1234567+0200", 200),
        ("2026-09-30T21:30:00-11:30", 200),
        ("2026-10-01T09:00:00+02:00", 401),
        ("2026-10-01T09:00:00", 401),
    ] {
        let sent = Sent::signed_at("/sinch", body.as_str(), timestamp);
        assert_eq!(sent.hand_to(&gate.0, now()).await.status, expected, "{timestamp}");
        // The same moment, in another spelling than the one that was signed.
        let respelt = sent.with("x-timestamp", &["2026-10-01T10:00:00+01:00"]);
        assert_eq!(respelt.hand_to(&gate.0, now()).await.status, 401, "{timestamp}");
    }
}

//! What is measured where something fails: the table, the code, or the refresh of the policy.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};
use sinch_gate::embedded::local_connection;
use sinch_gate::metrics::Metric;
use sinch_gate::store::client::{Timeouts, connect};
use sinch_gate::store::{NewVersion, Store};

use super::{ABROAD, NUMBER, POLICY, after, check, proxied, start};
use crate::world::container::{Container, PATIENT};
use crate::world::emf::Recorder;
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy, Seen};
use crate::world::sinch::{KEY, result};

const TTL: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_table_that_fails_is_counted_by_cause_with_what_it_did_not_take() {
    use Metric::{Decisions, Results, StoreFailures, Unstored};
    let table = TestTable::new().await;
    // Long enough for the retries of a busy machine.
    let budget = Duration::from_millis(1_500);
    for (fate, cause) in
        [(Fate::Throttled, "throttled"), (Fate::Lost, "unreachable"), (Fate::Unanswered, "timeout")]
    {
        let (container, recorder, proxy) = proxied(&table, budget).await;
        proxy.fail_all(fate, |_| true);
        assert_eq!(container.ask("a", NUMBER, start()).await, "deny", "{fate:?}");
        let series = recorder.series();
        let by_cause = format!("StoreFailures{{Cause={cause}}}");
        // The quota, the record, and the denial in its place, since the record may have been written.
        check(
            &series,
            &[Decisions, StoreFailures, Unstored],
            &[
                ("Decisions", &[1.0]),
                ("Decisions{Verdict=deny,Country=SE}", &[1.0]),
                ("Decisions{Verdict=deny,Rule=on_store_failure}", &[1.0]),
                ("Decisions{Verdict=deny}", &[1.0]),
                ("StoreFailures", &[3.0]),
                (&by_cause, &[3.0]),
                ("Unstored", &[1.0]),
            ],
        );
        assert!(series["StoreLatency"].len() > 2, "attempts are timed by themselves: {series:?}");
        if fate == Fate::Unanswered {
            assert!(series["StoreLatency"].iter().any(|took| *took >= 150.0), "{series:?}");
        }
        container.post(&result("a", NUMBER, "FAIL"), start()).await;
        check(
            &recorder.series(),
            &[Results, StoreFailures, Unstored],
            &[("StoreFailures", &[1.0]), (&by_cause, &[1.0]), ("Unstored", &[1.0])],
        );
    }
}

#[tokio::test]
async fn a_failure_that_a_retry_mends_is_none_but_both_attempts_are_timed() {
    let table = TestTable::new().await;
    let (container, recorder, proxy) = proxied(&table, PATIENT).await;
    proxy.fail_first(Fate::Throttled, Seen::is_record);
    assert_eq!(container.ask("a", NUMBER, start()).await, "allow");
    let series = recorder.series();
    assert_eq!(series["StoreFailures"], [0.0]);
    assert_eq!(series["StoreLatency"].len(), proxy.seen().len());
    assert_eq!(proxy.seen().iter().filter(|seen| seen.is_record()).count(), 2);
}

/// A bug in the client that sends requests to DynamoDB, once it is switched on.
#[derive(Clone, Debug, Default)]
struct Bug(Arc<AtomicBool>);

/// The client with the bug.
#[derive(Debug)]
struct Buggy(SharedHttpClient, Bug);

impl HttpClient for Buggy {
    fn http_connector(&self, with: &HttpConnectorSettings, of: &RuntimeComponents) -> SharedHttpConnector {
        assert!(!self.1.0.load(Ordering::Relaxed), "a bug");
        self.0.http_connector(with, of)
    }
}

#[tokio::test]
async fn a_bug_is_counted_and_the_request_answered_all_the_same() {
    let table = TestTable::new().await;
    let (bug, recorder) = (Bug::default(), Recorder::default());
    let connection = connect(local_connection(table.endpoint()), Timeouts::within(PATIENT));
    let buggy = |client| SharedHttpClient::new(Buggy(client, bug.clone()));
    let store = Store::new(connection.with_http_client(buggy), table.name());
    let container = Container::with_policy(store, POLICY, PATIENT, start()).await.measured(recorder.meter());
    bug.0.store(true, Ordering::Relaxed);
    assert_eq!(container.ask("a", NUMBER, start()).await, "deny");
    check(&recorder.series(), &[Metric::Bugs, Metric::Decisions], &[("Bugs", &[1.0])]);
    assert_eq!(container.post(&result("a", NUMBER, "FAIL"), start()).await.status, 503);
    check(&recorder.series(), &[Metric::Bugs, Metric::Results], &[("Bugs", &[1.0])]);
    bug.0.store(false, Ordering::Relaxed);
    assert_eq!(container.ask("b", NUMBER, start()).await, "allow");
    check(&recorder.series(), &[Metric::Bugs], &[]);
}

/// Version and age of the policy that decides about one more verification.
async fn policy_of(container: &Container, recorder: &Recorder, seconds: i64) -> (String, f64, f64) {
    container.ask(&format!("at-{seconds}"), ABROAD, after(seconds)).await;
    let series = recorder.series();
    let (name, version) = series.iter().find(|(name, _)| name.starts_with("PolicyVersion")).unwrap();
    let whose = name.trim_start_matches("PolicyVersion{Policy=").trim_end_matches('}');
    (whose.to_owned(), version[0], series[&format!("PolicyAge{{Policy={whose}}}")][0])
}

#[tokio::test]
async fn the_age_of_a_policy_grows_until_the_table_confirms_it_again() {
    let table = TestTable::new().await;
    let (recorder, proxy) = (Recorder::default(), Proxy::to(table.endpoint()));
    let store = table.store_through(&proxy.endpoint(), PATIENT);
    let container = Container::with_table(store, TTL, PATIENT, start()).await.measured(recorder.meter());
    let all = |version, age| ("*".to_owned(), version, age);
    // The starter policy, which is in force since the table holds none.
    assert_eq!(policy_of(&container, &recorder, 10).await, all(0.0, 10.0));
    assert_eq!(policy_of(&container, &recorder, 15).await, all(0.0, 0.0));
    let apply = async |app: &str, replaces| {
        let new = NewVersion {
            app: &app.parse().unwrap(),
            replaces,
            restores: None,
            source: POLICY,
            author: "test",
            message: "test",
        };
        table.store().policies().apply(&new, start()).await.unwrap()
    };
    apply("*", None).await;
    assert_eq!(policy_of(&container, &recorder, 40).await, all(1.0, 0.0));
    assert_eq!(policy_of(&container, &recorder, 47).await, all(1.0, 7.0));
    // It cannot be loaded.
    proxy.fail_all(Fate::Throttled, |seen| seen.body.contains("POLICY#"));
    assert_eq!(policy_of(&container, &recorder, 100).await, all(1.0, 60.0));
    assert_eq!(policy_of(&container, &recorder, 640).await, all(1.0, 600.0));
    proxy.set(|_| Fate::Answered);
    assert_eq!(policy_of(&container, &recorder, 700).await, all(1.0, 0.0));
    // The application gets a policy of its own.
    apply(KEY, None).await;
    assert_eq!(policy_of(&container, &recorder, 800).await, (KEY.to_owned(), 1.0, 0.0));
    // What somebody put into the table is not a policy, so what is in force is not confirmed.
    spoil(&table, KEY).await;
    assert_eq!(policy_of(&container, &recorder, 900).await, (KEY.to_owned(), 1.0, 100.0));
}

/// Puts something in force that is not a policy.
async fn spoil(table: &TestTable, app: &str) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: u64| AttributeValue::N(number.to_string());
    let item = HashMap::from([
        ("pk".to_owned(), text(&format!("POLICY#{app}"))),
        ("sk".to_owned(), text("ACTIVE")),
        ("version".to_owned(), number(2)),
        ("source".to_owned(), text("no policy")),
        ("author".to_owned(), text("somebody")),
        ("message".to_owned(), text("something")),
        ("applied_at".to_owned(), number(1_790_000_000)),
    ]);
    table.client().put_item().table_name(table.name()).set_item(Some(item)).send().await.unwrap();
}

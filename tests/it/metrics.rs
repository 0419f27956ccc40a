//! What is measured of callbacks, through the real endpoint and in the form that CloudWatch reads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;
use sinch_gate::metrics::{Dimension, Metric};
use sinch_gate::store::{NewVersion, Store};

use crate::container::{Container, PATIENT};
use crate::emf::{Reader, Recorder, Series};
use crate::engine::TestTable;
use crate::gate_process::GateProcess;
use crate::proxy::{Fate, Proxy, Seen};
use crate::sinch::{KEY, SECRET, delivery, reference, request, result};
use crate::tool::read;

const NUMBER: &str = "+46701740605";
const ABROAD: &str = "+4791234567";
const TTL: Duration = Duration::from_secs(15);

const POLICY: &str = r#"
    schema = 1
    default = "allow"
    on_store_failure = "deny"
    [[rules]]
    id = "markets"
    verdict = "deny"
    unless.country = ["SE"]
    [[rules]]
    id = "per-number"
    verdict = "deny"
    quota = { per = "number", limit = 1, window = "1d" }
"#;

fn start() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + seconds.seconds()
}

/// A container that follows [`POLICY`] and is measured.
async fn measured(table: &TestTable) -> (Container, Recorder) {
    let recorder = Recorder::default();
    let container = Container::with_policy(table.store(), POLICY, PATIENT, start()).await;
    (container.measured(recorder.meter()), recorder)
}

/// The same with a proxy in front of its table.
async fn proxied(table: &TestTable, budget: Duration) -> (Container, Recorder, Proxy) {
    let (recorder, proxy) = (Recorder::default(), Proxy::to(table.endpoint()));
    let store = table.store_through(&proxy.endpoint(), budget);
    let container = Container::with_policy(store, POLICY, budget, start()).await;
    (container.measured(recorder.meter()), recorder, proxy)
}

/// Compares the series of some metrics with those expected.
#[track_caller]
fn check(series: &Series, metrics: &[Metric], expected: &[(&str, &[f64])]) {
    let is_asked = |name: &str| metrics.iter().any(|metric| name.split('{').next() == Some(metric.name()));
    let told: Vec<(&str, &[f64])> = series
        .iter()
        .filter(|(name, _)| is_asked(name))
        .map(|(name, values)| (name.as_str(), values.as_slice()))
        .collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_allowed_verification_is_one_line() {
    use Metric::{Bugs, Decisions, PolicyAge, PolicyVersion, Refusals, Spend, StoreFailures, Unstored};
    let table = TestTable::new().await;
    let (container, recorder, proxy) = proxied(&table, PATIENT).await;
    proxy.set(|_| Fate::Answered);
    container.ask("a", NUMBER, after(5)).await;
    let lines = recorder.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(r#""Spend":0.0453"#), "{}", lines[0]);
    let series = Reader::new().series(&lines);
    check(
        &series,
        &[Bugs, Decisions, PolicyAge, PolicyVersion, Refusals, Spend, StoreFailures, Unstored],
        &[
            ("Decisions", &[1.0]),
            ("Decisions{Verdict=allow,Country=SE}", &[1.0]),
            ("Decisions{Verdict=allow,Rule=default}", &[1.0]),
            ("Decisions{Verdict=allow}", &[1.0]),
            ("PolicyAge{Policy=*}", &[5.0]),
            ("PolicyVersion{Policy=*}", &[0.0]),
            ("Spend{Currency=EUR}", &[0.0453]),
            ("StoreFailures", &[0.0]),
            ("Unstored", &[0.0]),
        ],
    );
    assert_eq!(series["DecisionLatency"].len(), 1);
    assert_eq!(series["StoreLatency"].len(), proxy.seen().len());
    assert!(series["StoreLatency"].iter().all(|took| *took > 0.0 && *took <= series["DecisionLatency"][0]));
}

#[tokio::test]
async fn a_denied_verification_names_its_rule_and_spends_nothing() {
    let table = TestTable::new().await;
    let (container, recorder) = measured(&table).await;
    container.ask("a", NUMBER, start()).await;
    recorder.lines();
    // By a quota, by a condition, and a number without a country.
    for (id, number) in [("b", NUMBER), ("c", ABROAD), ("d", "12")] {
        assert_eq!(container.ask(id, number, start()).await, "deny");
    }
    check(
        &recorder.series(),
        &[Metric::Decisions, Metric::Spend],
        &[
            ("Decisions", &[1.0, 1.0, 1.0]),
            ("Decisions{Verdict=deny,Country=NO}", &[1.0]),
            ("Decisions{Verdict=deny,Country=SE}", &[1.0]),
            ("Decisions{Verdict=deny,Country=none}", &[1.0]),
            ("Decisions{Verdict=deny,Rule=markets}", &[1.0, 1.0]),
            ("Decisions{Verdict=deny,Rule=per-number}", &[1.0]),
            ("Decisions{Verdict=deny}", &[1.0, 1.0, 1.0]),
        ],
    );
}

#[tokio::test]
async fn a_repeated_request_is_not_counted_again() {
    let table = TestTable::new().await;
    let (container, recorder) = measured(&table).await;
    container.ask("a", NUMBER, start()).await;
    recorder.lines();
    container.ask("a", NUMBER, after(1)).await;
    assert_eq!(recorder.series(), Series::new(), "answered from memory");
    for seconds in [1, 3_600] {
        let (stranger, recorder) = measured(&table).await;
        assert_eq!(stranger.ask("a", NUMBER, after(seconds)).await, "allow");
        let series = recorder.series();
        check(&series, &[Metric::Decisions, Metric::Spend], &[]);
        assert_eq!(series["DecisionLatency"].len(), 1);
    }
}

#[tokio::test]
async fn copies_of_a_request_that_reach_many_containers_at_once_are_one_decision() {
    let table = TestTable::new().await;
    let containers = join_all((0..8).map(|_| measured(&table))).await;
    for (id, number) in [("a", NUMBER), ("b", NUMBER), ("c", ABROAD), ("d", "+46701740606")] {
        join_all(containers.iter().map(|(container, _)| container.ask(id, number, start()))).await;
        let lines: Vec<String> = containers.iter().flat_map(|(_, recorder)| recorder.lines()).collect();
        let series = Reader::new().series(&lines);
        assert_eq!(series["Decisions"], [1.0], "{id}");
        assert_eq!(series["DecisionLatency"].len(), containers.len(), "{id}");
    }
}

#[tokio::test]
async fn a_result_is_counted_once_by_sinchs_status() {
    let table = TestTable::new().await;
    let (container, recorder) = measured(&table).await;
    container.ask("a", NUMBER, start()).await;
    recorder.lines();
    for (seconds, status) in
        [(1, "PENDING"), (2, "SUCCESSFUL"), (3, "SUCCESSFUL"), (4, "NEVER_SEEN"), (5, "")]
    {
        container.post(&result("a", NUMBER, status), after(seconds)).await;
    }
    // Another container does not know it, but the record does.
    let (stranger, repeated) = measured(&table).await;
    stranger.post(&result("a", NUMBER, "SUCCESSFUL"), after(6)).await;
    check(&repeated.series(), &[Metric::Results], &[]);
    container.post(&delivery("a", NUMBER, "Successful"), after(7)).await;
    check(
        &recorder.series(),
        &[Metric::Results, Metric::Decisions],
        &[
            ("Results{Status=OTHER}", &[1.0, 1.0]),
            ("Results{Status=PENDING}", &[1.0]),
            ("Results{Status=SUCCESSFUL}", &[1.0]),
        ],
    );
}

#[tokio::test]
async fn an_event_of_an_unknown_kind_is_counted_and_not_named() {
    let table = TestTable::new().await;
    let (container, recorder) = measured(&table).await;
    container.post(&json!({ "event": "SomethingNew", "id": "a" }), start()).await;
    assert_eq!(recorder.series(), Series::from([("UnknownEvents".to_owned(), vec![1.0])]));
}

#[tokio::test]
async fn a_table_that_fails_is_counted_by_cause_with_what_it_did_not_take() {
    use Metric::{Decisions, Results, StoreFailures, Unstored};
    let table = TestTable::new().await;
    let budget = Duration::from_millis(600);
    for (fate, cause) in
        [(Fate::Throttled, "throttled"), (Fate::Lost, "unreachable"), (Fate::Unanswered, "timeout")]
    {
        let (container, recorder, proxy) = proxied(&table, budget).await;
        proxy.fail_all(fate, |_| true);
        assert_eq!(container.ask("a", NUMBER, start()).await, "deny", "{fate:?}");
        let series = recorder.series();
        let by_cause = format!("StoreFailures{{Cause={cause}}}");
        // The quota and the record, and nothing twice.
        check(
            &series,
            &[Decisions, StoreFailures, Unstored],
            &[
                ("Decisions", &[1.0]),
                ("Decisions{Verdict=deny,Country=SE}", &[1.0]),
                ("Decisions{Verdict=deny,Rule=on_store_failure}", &[1.0]),
                ("Decisions{Verdict=deny}", &[1.0]),
                ("StoreFailures", &[2.0]),
                (&by_cause, &[2.0]),
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

/// A bug in whatever sends requests to DynamoDB, once it is let loose.
#[derive(Clone, Debug, Default)]
struct Bug(Arc<AtomicBool>);

#[dyn_dispatch_hint]
impl Intercept for Bug {
    fn name(&self) -> &'static str {
        "Bug"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        assert!(!self.0.load(Ordering::Relaxed), "a bug");
        Ok(())
    }
}

#[tokio::test]
async fn a_bug_is_counted_and_the_request_answered_all_the_same() {
    let table = TestTable::new().await;
    let (bug, recorder) = (Bug::default(), Recorder::default());
    let config = table.client().config().to_builder().interceptor(bug.clone()).build();
    let store = Store::new(Client::from_conf(config), table.name());
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
    let apply = async |app, replaces| {
        let new = NewVersion { app, replaces, source: POLICY, author: "test", message: "test" };
        table.store().apply_policy(&new, start()).await.unwrap()
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
    // What somebody put into the table is no policy, so what is in force is not confirmed.
    spoil(&table, KEY).await;
    assert_eq!(policy_of(&container, &recorder, 900).await, (KEY.to_owned(), 1.0, 100.0));
}

/// Puts a policy in force that is none.
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

#[tokio::test]
async fn no_metric_line_holds_a_number_a_reference_an_id_or_a_secret() {
    let table = TestTable::new().await;
    let (container, recorder, proxy) = proxied(&table, Duration::from_millis(400)).await;
    let id = "id-of-the-verification";
    let mut lines = Vec::new();
    for fate in [Fate::Answered, Fate::Lost] {
        proxy.fail_all(fate, |_| true);
        for event in [request(id, NUMBER), result(id, NUMBER, "FAIL"), delivery(id, NUMBER, "Failed")] {
            container.post(&event, start()).await;
        }
        lines.extend(recorder.lines());
    }
    assert!(lines.len() >= 5, "{lines:?}");
    let text = lines.concat();
    for private in [NUMBER.trim_start_matches('+'), "4670", id, &reference(id), "free text", SECRET] {
        assert!(!text.contains(private), "{private} in {text}");
    }
}

#[test]
fn serve_writes_metrics_beside_its_log_where_they_have_a_namespace() {
    let metrics = |namespace: &str| {
        let gate = GateProcess::start(&[], &[("METRICS_NAMESPACE", namespace)]);
        gate.post(&request("a", NUMBER));
        gate.lines_saying("decided", 1);
        gate.post(&request("b", NUMBER));
        gate.lines_saying("decided", 2);
        gate.log().into_iter().filter(|line| line.contains("_aws")).collect::<Vec<_>>()
    };
    // The second line may be on its way still.
    let lines = metrics("gate/test");
    assert!(!lines.is_empty() && lines[0].contains(r#""Namespace":"gate/test""#), "{lines:?}");
    assert_eq!(Reader::new().series(&lines[..1])["Decisions"], [1.0]);
    assert_eq!(metrics(""), Vec::<String>::new());
}

#[test]
fn the_readme_lists_the_metrics_as_they_are() {
    let readme = read("README.md");
    let rows: Vec<String> = readme
        .lines()
        .skip_while(|line| !line.starts_with("| metric | unit | by |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.split('|').map(str::trim).skip(1).take(3).collect::<Vec<_>>().join(" | "))
        .collect();
    let in_words = |set: &&[Dimension]| match set {
        [] => "all".to_owned(),
        set => set.iter().map(|dimension| format!("`{}`", dimension.name())).collect::<Vec<_>>().join(" × "),
    };
    let known = Metric::ALL.map(|metric| {
        let sets: Vec<String> = metric.dimension_sets().iter().map(in_words).collect();
        format!("`{}` | {} | {}", metric.name(), metric.unit().name(), sets.join(", "))
    });
    assert_eq!(rows, known);
}

//! What is measured of callbacks, through the real endpoint and in the form that CloudWatch reads.

mod failing;

use std::time::Duration;

use futures_util::future::join_all;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use sinch_gate::metrics::{Dimension, Metric};

use crate::world::cloudformation::template;
use crate::world::container::{Container, PATIENT};
use crate::world::emf::{Reader, Recorder, Series};
use crate::world::engine::TestTable;
use crate::world::gate_process::GateProcess;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{SECRET, delivery, reference, request, result};
use crate::world::tool::read;

const NUMBER: &str = "+46701740605";
const ABROAD: &str = "+4791234567";

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

/// What a part of the template asks CloudWatch for: name and dimensions.
fn asked_for(part: &Value, found: &mut Vec<(String, Vec<String>)>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match part {
        Value::Object(members) => {
            if members.get("Namespace") == Some(&json!({ "Fn::Sub": "sinch-gate/${AWS::StackName}" })) {
                let dimensions = members.get("Dimensions").and_then(Value::as_array).into_iter().flatten();
                let dimensions = dimensions.map(|dimension| text(&dimension["Name"]));
                found.push((text(&members["MetricName"]), dimensions.collect()));
            }
            members.values().for_each(|member| asked_for(member, found));
        }
        // A graph of the dashboard: namespace, metric, then each dimension with its value, and options.
        Value::Array(row) if row.first() == Some(&json!("${Ours}")) => {
            let words: Vec<String> = row.iter().skip(1).map_while(Value::as_str).map(str::to_owned).collect();
            found.push((words[0].clone(), words[1..].iter().step_by(2).cloned().collect()));
        }
        Value::Array(items) => items.iter().for_each(|item| asked_for(item, found)),
        Value::String(text) => {
            if let Some(search) = text.strip_prefix("SEARCH('{\"${Ours}\"") {
                let (dimensions, rest) = search.split_once('}').unwrap();
                let dimensions = dimensions.split(',').skip(1).map(str::to_owned);
                found.push((rest.split('"').nth(1).unwrap().to_owned(), dimensions.collect()));
            } else if let Some(dashboard) = serde_json::from_str(text).ok().filter(Value::is_object) {
                asked_for(&dashboard, found);
            }
        }
        _ => {}
    }
}

#[test]
fn what_alarms_and_dashboard_look_at_is_measured() {
    let mut found = Vec::new();
    asked_for(&template(), &mut found);
    assert!(found.len() > 20, "{found:?}");
    for (name, dimensions) in found {
        let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name);
        let sets = metric.map(Metric::dimension_sets).unwrap_or_default();
        let is_measured = sets.iter().any(|set| {
            set.len() == dimensions.len()
                && set.iter().all(|known| dimensions.iter().any(|name| name == known.name()))
        });
        assert!(is_measured, "{name} by {dimensions:?}");
    }
}

#[test]
fn the_runbook_lists_the_metrics_as_they_are() {
    let runbook = read("docs/operations.md");
    let rows: Vec<String> = runbook
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

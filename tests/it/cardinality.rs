//! Whatever arrives, the series that CloudWatch would keep come from lists that are known beforehand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sinch_gate::config::GateConfig;
use sinch_gate::endpoint::{Endpoint, LARGEST_BODY};
use sinch_gate::gate::Policies;
use sinch_gate::metrics::Metric;
use sinch_gate::money::Currency;
use sinch_gate::phone::Country;
use sinch_gate::policy::Policy;

use crate::world::emf::{Reader, Recorder, Series};
use crate::world::engine::TestTable;
use crate::world::sinch::{KEY, SECRET, Sent, request};

const PATH: &str = "/sinch/verification";

const POLICY: &str = r#"
    schema = 1
    default = "allow"
    [[rules]]
    id = "by-custom"
    verdict = "deny"
    quota = { per = "custom.ip", limit = 1, window = "1d" }
    [[rules]]
    id = "per-country"
    verdict = "deny"
    quota = { per = "country", limit = 2, window = "1d" }
"#;

const RULES: [&str; 4] = ["by-custom", "per-country", "default", "on_store_failure"];

/// Why a callback without a valid signature is refused.
const UNSIGNED: [&str; 12] = [
    "path",
    "method",
    "body",
    "missing-authorization",
    "malformed-authorization",
    "wrong-scheme",
    "unknown-key",
    "missing-timestamp",
    "malformed-timestamp",
    "missing-content-type",
    "malformed-content-type",
    "signature-mismatch",
];

/// Why a signed callback is refused.
const SIGNED: [&str; 6] = [
    "stale-timestamp",
    "early-timestamp",
    "not-json",
    "not-an-object",
    "missing-member",
    "unreadable-member",
];

const STORE: [&str; 8] =
    ["timeout", "unreachable", "throttled", "refused", "contended", "unreadable", "unwritable", "conflict"];

const STATUSES: [&str; 7] = ["PENDING", "SUCCESSFUL", "FAIL", "DENIED", "ABORTED", "ERROR", "OTHER"];

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// The values that a dimension of a metric may have.
fn values(metric: Metric, dimension: &str) -> BTreeSet<String> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match (dimension, metric) {
        ("Verdict", _) => names(&["allow", "deny"]),
        ("Rule", _) => names(&RULES),
        ("Country", _) => {
            Country::all().map(|country| country.to_string()).chain(["none".to_owned()]).collect()
        }
        ("Cause", Metric::Refusals) => names(&[&UNSIGNED[..], &SIGNED].concat()),
        ("Cause", Metric::StoreFailures) => names(&STORE),
        ("Status", _) => names(&STATUSES),
        ("Currency", _) => Currency::all().map(|currency| currency.to_string()).collect(),
        ("Policy", _) => names(&["*"]),
        unknown => panic!("{unknown:?}"),
    }
}

/// Every series that there can be under [`POLICY`].
fn possible() -> BTreeSet<String> {
    let mut possible = BTreeSet::new();
    for metric in Metric::ALL {
        for set in metric.dimension_sets() {
            let mut labels = vec![Vec::new()];
            for dimension in *set {
                let values = values(metric, dimension.name());
                let with_each = |labels: Vec<String>| {
                    let values = values.iter();
                    values
                        .map(|value| [labels.clone(), vec![format!("{}={value}", dimension.name())]].concat())
                        .collect::<Vec<_>>()
                };
                labels = labels.into_iter().flat_map(with_each).collect();
            }
            let named = labels.into_iter().map(|labels| match labels.as_slice() {
                [] => metric.name().to_owned(),
                labels => format!("{}{{{}}}", metric.name(), labels.join(",")),
            });
            possible.extend(named);
        }
    }
    possible
}

/// A measured endpoint that serves [`PATH`] under [`POLICY`].
fn endpoint(table: &TestTable) -> (Endpoint, Recorder) {
    let recorder = Recorder::default();
    let config = GateConfig::parse(|name| match name {
        "SINCH_APPLICATION_KEY" => Some(KEY.to_owned()),
        "SINCH_APPLICATION_SECRET" => Some(SECRET.to_owned()),
        "CALLBACK_PATH" => Some(PATH.to_owned()),
        "DECISION_BUDGET" => Some("20".to_owned()),
        _ => None,
    });
    let policies = Policies::pinned(Policy::compile(POLICY).unwrap().policy, "test", Duration::from_secs(60));
    let endpoint = config.unwrap().into_endpoint_with(table.store(), policies);
    (endpoint.measured(recorder.meter()), recorder)
}

/// A signed request event.
fn signed() -> Sent {
    Sent::signed(PATH, request("a", "+46701740605").to_string(), now())
}

#[tokio::test]
async fn a_refusal_is_counted_by_the_name_of_its_cause_and_nothing_else_is() {
    let table = TestTable::new().await;
    let (endpoint, recorder) = endpoint(&table);
    let body = |body: &str| Sent::signed(PATH, body, now());
    let minutes = |minutes: i64| Sent::signed(PATH, "{}", now() + minutes.minutes());
    let refused = [
        ("path", Sent { path: "/wp-login.php".to_owned(), ..signed() }),
        ("method", Sent { method: "GET", ..signed() }),
        ("body", Sent { body: vec![b' '; LARGEST_BODY + 1], ..signed() }),
        ("missing-authorization", signed().with("authorization", &[])),
        ("malformed-authorization", signed().with("authorization", &["Application"])),
        ("wrong-scheme", signed().with("authorization", &["Basic eDp5"])),
        ("unknown-key", signed().with("authorization", &["Application nobody:c2lnbmF0dXJl"])),
        ("missing-timestamp", signed().with("x-timestamp", &[])),
        ("malformed-timestamp", signed().with("x-timestamp", &["2026-10-01T09:00:00Z", "yesterday"])),
        ("missing-content-type", signed().with("content-type", &[])),
        ("malformed-content-type", signed().with("content-type", &["a/b", "c/d"])),
        ("signature-mismatch", Sent { body: b"{}".to_vec(), ..signed() }),
        ("stale-timestamp", minutes(-10)),
        ("early-timestamp", minutes(10)),
        ("not-json", body("{")),
        ("not-an-object", body("[]")),
        ("missing-member", body("{}")),
        ("unreadable-member", body(r#"{"event": "VerificationRequestEvent", "id": []}"#)),
    ];
    for (cause, sent) in refused {
        sent.hand_to(&endpoint, now()).await;
        let all = ("Refusals".to_owned(), vec![1.0]);
        let expected = Series::from([all, (format!("Refusals{{Cause={cause}}}"), vec![1.0])]);
        assert_eq!(recorder.series(), expected, "{cause}");
    }
}

/// What somebody without the secret may send.
fn unsigned() -> impl Strategy<Value = Sent> {
    let method = prop::sample::select(vec!["POST", "POST", "POST", "GET", "PUT", "DELETE", "BREW"]);
    let path = prop_oneof![3 => Just(PATH.to_owned()), 1 => "/[ -~]{0,40}"];
    let authorization = prop_oneof![
        Just(signed().authorization()),
        Just(format!("Application {KEY}:c2lnbmF0dXJl")),
        "Application [A-Za-z0-9-]{1,36}:[A-Za-z0-9+/]{8}",
        "[A-Z][a-z]{3,8} [!-~]{0,40}",
        "[ -~]{0,60}",
    ];
    let timestamp = prop_oneof![Just(now().to_string()), "[0-9TZ:.-]{0,30}", "[ -~]{0,30}"];
    let content_type = prop_oneof![Just("application/json".to_owned()), "[ -~]{0,40}"];
    // How often each header is there.
    let present = prop::array::uniform3(prop_oneof![1 => Just(0_usize), 12 => Just(1), 1 => Just(2)]);
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        Just(signed().body),
        Just(vec![b' '; LARGEST_BODY + 1]),
    ];
    (method, path, (authorization, timestamp, content_type), present, body).prop_map(
        |(method, path, (authorization, timestamp, content_type), present, body)| {
            let headers = [
                ("authorization", authorization),
                ("x-timestamp", timestamp),
                ("content-type", content_type),
            ];
            let headers = headers.into_iter().zip(present);
            let headers = headers.flat_map(|(header, times)| vec![header; times]).collect();
            Sent { method, path, headers, body }
        },
    )
}

/// What somebody may send who has a secret, or makes Sinch send it: any text in any place.
fn event() -> impl Strategy<Value = Value> {
    let text = || prop_oneof!["[ -~]{1,30}", "\\PC{1,12}", "[A-Z_]{3,12}"];
    let kind = prop_oneof![
        4 => Just("VerificationRequestEvent".to_owned()),
        2 => Just("VerificationResultEvent".to_owned()),
        1 => Just("VerificationSmsDeliveredEvent".to_owned()),
        1 => text(),
    ];
    let number = prop_oneof![3 => "\\+[1-9][0-9]{6,14}", 1 => "\\+4670174[0-9]{4}", 1 => text()];
    let method = prop_oneof![Just("sms".to_owned()), text()];
    let currency = prop_oneof!["[A-Za-z]{3}", Just("EUR".to_owned()), text()];
    let status = prop_oneof![
        Just("FAIL".to_owned()),
        prop::sample::select(STATUSES.map(str::to_owned).to_vec()),
        text()
    ];
    ((kind, text(), text(), number), (method, currency, 0_u32..1_000_000), (status, text(), text())).prop_map(
        |((kind, id, reference, number), (method, currency, amount), (status, reason, ip))| {
            json!({
                "event": kind,
                "id": id,
                "reference": reference,
                "method": method,
                "identity": { "type": "number", "endpoint": number },
                "price": { "amount": amount, "currencyId": currency },
                "status": status,
                "smsResult": status,
                "reason": reason,
                "source": reason,
                "custom": json!({ "ip": ip }).to_string(),
                "Decisions": 7,
                "_aws": { "CloudWatchMetrics": [] },
            })
        },
    )
}

/// Hands over a number of callbacks, and gives the series they make, each with its number of values.
fn series_of(callbacks: u32, sent: impl Strategy<Value = Sent>) -> BTreeMap<String, usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let table = runtime.block_on(TestTable::new());
    let (endpoint, recorder) = endpoint(&table);
    let (reader, found) = (Reader::new(), Mutex::new(BTreeMap::new()));
    let config = ProptestConfig { cases: callbacks, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let tried = runner.run(&sent, |sent| {
        runtime.block_on(sent.hand_to(&endpoint, now()));
        let mut found = found.lock().unwrap();
        for (series, values) in reader.series(&recorder.lines()) {
            *found.entry(series).or_insert(0) += values.len();
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    found.into_inner().unwrap()
}

#[test]
fn who_has_no_secret_chooses_among_the_causes_of_refusals_and_nothing_else() {
    let found = series_of(2_000, unsigned());
    let by_cause = UNSIGNED.map(|cause| format!("Refusals{{Cause={cause}}}"));
    let expected: BTreeSet<String> = by_cause.into_iter().chain(["Refusals".to_owned()]).collect();
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(found["Refusals"], 2_000);
}

#[test]
fn who_has_a_secret_makes_no_series_that_is_not_known_beforehand() {
    let found = series_of(400, event().prop_map(|event| Sent::signed(PATH, event.to_string(), now())));
    let possible = possible();
    let unknown: Vec<&String> = found.keys().filter(|series| !possible.contains(*series)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    // There are enough of them that a free value would have shown.
    for of in ["Decisions{Verdict=allow,C", "Decisions{Verdict=deny,R", "Results", "Spend", "UnknownEvents"] {
        assert!(found.keys().any(|series| series.starts_with(of)), "{of} in {found:?}");
    }
    // With two rules and one application; each further rule adds two series, and each further application
    // two.
    assert!(possible.len() < 800, "{}", possible.len());
}

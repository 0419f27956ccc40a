//! Properties of the edge as Lambda calls it: no event is an error, and every HTTP request gets a status.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use sinch_gate::config::GateConfig;
use sinch_gate::endpoint::{Endpoint, Invocation};

use crate::world::engine::TestTable;
use crate::world::sinch::{KEY, SECRET};

/// The statuses that are documented, except that of a table that fails.
const STATUSES: [u64; 6] = [200, 400, 401, 404, 405, 413];

const DOORS: [&str; 8] = [
    "http-api",
    "http-api-stage",
    "function-url-base64",
    "rest-api",
    "rest-api-stage-base64",
    "alb",
    "alb-base64",
    "alb-multi-value",
];

/// The members of events that the function reads, and some more.
const NAMES: [&str; 20] = [
    "version",
    "rawPath",
    "rawQueryString",
    "path",
    "httpMethod",
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "cookies",
    "body",
    "isBase64Encoded",
    "requestContext",
    "http",
    "method",
    "stage",
    "elb",
    "host",
    "authorization",
    "x-forwarded-proto",
    "x-timestamp",
];

/// A gate that reads the fixtures long after they were signed.
fn gate(table: &TestTable) -> Endpoint {
    let config = GateConfig::parse(|name| match name {
        "SINCH_APPLICATION_KEY" => Some(KEY.to_owned()),
        "SINCH_APPLICATION_SECRET" => Some(SECRET.to_owned()),
        "SIGNATURE_TOLERANCE" => Some("315360000".to_owned()),
        "CALLBACK_PATH" => Some("/sinch/verification".to_owned()),
        "DECISION_BUDGET" => Some("20".to_owned()),
        _ => None,
    });
    config.unwrap().into_endpoint(table.store())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        prop::sample::select(vec!["", "/", "GET", "POST", "q=a b", "https,http", "$default", "live", "!"])
            .prop_map(str::to_owned),
        "\\PC{0,20}",
        any::<String>(),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..6)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

/// The pointers to everything in a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, value)| pointers(value, &format!("{at}/{}", escape(name)), found));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(n, value)| pointers(value, &format!("{at}/{n}"), found));
        }
        _ => {}
    }
}

/// A front door's event with something else in up to four places.
fn mutated() -> impl Strategy<Value = Value> {
    let change = (any::<prop::sample::Index>(), prop_oneof![any_json(), any_text().prop_map(Value::from)]);
    (prop::sample::select(DOORS.to_vec()), prop::collection::vec(change, 0..=4)).prop_map(
        |(door, changes)| {
            let mut event = crate::lambda_edge::json(format!("tests/vectors/lambda/{door}.json"));
            for (place, value) in changes {
                let mut places = Vec::new();
                pointers(&event, "", &mut places);
                *event.pointer_mut(&places[place.index(places.len())]).unwrap() = value;
            }
            event
        },
    )
}

/// Whether it is an HTTP request: it has a method, where the front doors write it.
fn is_http(event: &Value) -> bool {
    event["requestContext"]["http"]["method"].is_string() || event["httpMethod"].is_string()
}

/// Hands events over; gives how often each status came, `null` for events that are not an HTTP request.
fn check(cases: u32, events: impl Strategy<Value = Value>) -> Map<String, Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let table = runtime.block_on(TestTable::new());
    let gate = gate(&table);
    let counted = std::cell::RefCell::new(Map::new());
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let tried = TestRunner::new(config).run(&events, |event| {
        let invocation: Invocation = serde_json::from_str(&event.to_string())
            .map_err(|error| TestCaseError::fail(format!("{error}")))?;
        let now = "2026-07-15T12:00:00Z".parse().unwrap();
        let reply = runtime.block_on(gate.handle_lambda(&invocation, now));
        let status = json!(reply)["statusCode"].as_u64();
        prop_assert_eq!(status.is_some(), is_http(&event));
        prop_assert!(status.is_none_or(|status| STATUSES.contains(&status)), "{:?}", reply);
        let mut counted = counted.borrow_mut();
        let count = counted.entry(json!(status).to_string()).or_insert(json!(0));
        *count = json!(count.as_u64().unwrap() + 1);
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    counted.into_inner()
}

#[test]
fn whatever_json_arrives_is_answered() {
    let counted = check(2_000, any_json());
    assert!(counted.contains_key("null"), "{counted:?}");
}

#[test]
fn whatever_a_front_door_hands_on_gets_a_status() {
    let counted = check(3_000, mutated());
    // Neither too little nor too much was changed.
    for status in ["null", "200", "400", "401", "404", "405"] {
        assert!(counted.contains_key(status), "{status} in {counted:?}");
    }
}

proptest! {
    #[test]
    fn text_that_is_json_is_read_whatever_bytes_it_was_made_of(
        door in prop::sample::select(DOORS.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut text = crate::world::tool::read(format!("tests/vectors/lambda/{door}.json")).into_bytes();
        for (at, byte) in changes {
            let at = at.index(text.len());
            text[at] = byte;
        }
        let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(&text).is_ok();
        prop_assert_eq!(serde_json::from_slice::<Invocation>(&text).is_ok(), is_json);
    }
}

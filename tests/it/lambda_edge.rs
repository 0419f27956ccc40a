//! The edge as Lambda calls it: whole Lambda events over the embedded engine.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sinch_gate::config::GateConfig;
use sinch_gate::endpoint::Endpoint;
use sinch_gate::gate::Policies;
use sinch_gate::policy::Policy;

use crate::world::engine::TestTable;
use crate::world::payloads::{ANSWERS, Answer, POLICY, payload};
use crate::world::sinch::{Sent, action};

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// Half a year after the samples were signed, since their gate has a wide tolerance.
fn now() -> Timestamp {
    "2026-07-15T12:00:00Z".parse().unwrap()
}

/// The configuration of `events/env.json`, and more.
fn config(more: &[(&str, &str)]) -> GateConfig {
    let environment = json("events/env.json");
    let config = GateConfig::parse(|name| {
        let own = more.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        own.or(environment["Gate"][name].as_str()).map(str::to_owned)
    });
    config.unwrap()
}

/// A gate with that configuration.
fn gate(table: &TestTable, more: &[(&str, &str)]) -> Endpoint {
    config(more).into_endpoint(table.store())
}

/// What the function answers.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Reply {
    status: u64,
    body: String,
    whole: Value,
}

async fn invoke(gate: &Endpoint, event: &str) -> Reply {
    let invocation = serde_json::from_str(event).expect("any JSON is an invocation");
    let whole = serde_json::to_value(gate.handle_lambda(&invocation, now()).await).unwrap();
    let (status, body) = (whole["statusCode"].as_u64(), whole["body"].as_str());
    Reply { status: status.expect("a status"), body: body.expect("a body").to_owned(), whole }
}

#[tokio::test]
async fn every_sample_gets_the_answer_that_its_table_promises() {
    let table = TestTable::new().await;
    // The path is the template's part.
    let gate = gate(&table, &[("CALLBACK_PATH", "/sinch/verification"), ("DECISION_BUDGET", "20")]);
    let expected = json("events/expected.json");
    for expected in expected.as_array().unwrap() {
        let sample = expected["sample"].as_str().unwrap();
        let reply = invoke(&gate, &read(format!("events/lambda/{sample}.json"))).await;
        assert_eq!(expected["status"], reply.status, "{sample}: {reply:?}");
        if let Some(expected) = expected["action"].as_str() {
            assert_eq!(action(&reply.body), expected, "{sample}");
        }
        if let Some(expected) = expected["body"].as_str() {
            assert_eq!(reply.body, expected, "{sample}");
        }
    }
    let samples = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("events/lambda")).unwrap();
    assert_eq!(samples.count(), expected.as_array().unwrap().len(), "a sample has no line in expected.json");
}

/// The front doors of `tests/vectors/lambda`: the public path, and whether the event names it.
const FRONT_DOORS: &[(&str, &str, bool)] = &[
    ("http-api", "/sinch/verification", true),
    ("http-api-base64", "/sinch/verification", true),
    ("http-api-stage", "/live/sinch/verification", true),
    ("http-api-custom-domain", "/hooks/sinch/verification", false),
    ("function-url", "/sinch/verification", true),
    ("function-url-base64", "/sinch/verification", true),
    ("rest-api", "/sinch/verification", true),
    ("rest-api-stage", "/live/sinch/verification", true),
    ("rest-api-stage-base64", "/live/sinch/verification", true),
    ("rest-api-custom-domain", "/hooks/sinch/verification", true),
    ("alb", "/sinch/verification", true),
    ("alb-base64", "/sinch/verification", true),
    ("alb-multi-value", "/sinch/verification", true),
];

/// The Lambda event of an HTTP API that carries a callback, with the body as it is or in base64.
fn lambda_event(sent: &Sent, in_base64: bool) -> String {
    let mut event = json("tests/vectors/lambda/http-api.json");
    let path = Value::from(sent.path.as_str());
    event["rawPath"] = path.clone();
    event["requestContext"]["http"]["path"] = path;
    for (name, value) in &sent.headers {
        event["headers"][*name] = Value::from(value.as_str());
    }
    let body = str::from_utf8(&sent.body).unwrap();
    event["body"] = Value::from(if in_base64 { STANDARD.encode(body) } else { body.to_owned() });
    event["isBase64Encoded"] = Value::from(in_base64);
    event.to_string()
}

#[tokio::test]
async fn every_payload_of_sinch_gets_its_answer_through_a_lambda_event() {
    let table = TestTable::new().await;
    let policy = Policy::compile(POLICY).unwrap().policy;
    let config = config(&[("DECISION_BUDGET", "20")]);
    let gate =
        config.into_endpoint_with(table.store(), Policies::pinned(policy, "test", Duration::from_secs(15)));
    for (name, expected) in ANSWERS {
        let sent = Sent::signed("/sinch/verification", payload(name), now());
        for in_base64 in [false, true] {
            let Reply { status, body, .. } = Box::pin(invoke(&gate, &lambda_event(&sent, in_base64))).await;
            match expected {
                Answer::Action(expected) => {
                    assert_eq!((status, action(&body).as_str()), (200, *expected), "{name}");
                }
                Answer::Empty => assert_eq!((status, body.as_str()), (200, ""), "{name}"),
                Answer::NoEvent => {
                    assert_eq!((status, body.as_str()), (400, "bad request"), "{name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn every_front_door_leads_to_an_answer_where_the_path_is_told_or_configured() {
    let table = TestTable::new().await;
    for (name, public_path, tells_its_path) in FRONT_DOORS {
        let event = read(format!("tests/vectors/lambda/{name}.json"));
        let url = format!("https://callbacks.example.com{public_path}");
        for (configured, is_accepted) in [("", *tells_its_path), (url.as_str(), true)] {
            let gate = gate(&table, &[("CALLBACK_URL", configured), ("DECISION_BUDGET", "20")]);
            let reply = invoke(&gate, &event).await;
            let expected = if is_accepted { 200 } else { 401 };
            assert_eq!(reply.status, expected, "{name} with CALLBACK_URL={configured}: {reply:?}");
            assert!(!is_accepted || action(&reply.body) == "allow", "{name}: {reply:?}");
        }
    }
    let doors =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/lambda")).unwrap();
    let doors = doors.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "json"));
    assert_eq!(doors.count(), FRONT_DOORS.len(), "a front door is not tried");
}

#[tokio::test]
async fn a_configured_path_is_a_filter_in_which_only_the_stage_may_differ() {
    let table = TestTable::new().await;
    let gate = gate(&table, &[("CALLBACK_PATH", "/sinch/verification"), ("DECISION_BUDGET", "20")]);
    // As behind a custom domain whose root is mapped to the stage `live`.
    for (received, expected) in [
        ("/sinch/verification", 200),
        ("/live/sinch/verification", 200),
        ("/test/sinch/verification", 404),
        ("/evil/live/sinch/verification", 404),
        ("/live//sinch/verification", 404),
        ("//sinch/verification", 404),
        ("/sinch/verification/", 404),
        ("/verification", 404),
        ("/", 404),
    ] {
        let mut event = json("tests/vectors/lambda/http-api.json");
        event["rawPath"] = json!(received);
        event["requestContext"]["stage"] = json!("live");
        assert_eq!(invoke(&gate, &event.to_string()).await.status, expected, "{received}");
    }
}

/// Behind the template the path is configured, so a front door whose public path is another needs the whole
/// URL.
#[tokio::test]
async fn the_runbook_tells_which_front_doors_need_the_whole_url() {
    let table = TestTable::new().await;
    let runbook = read("docs/operations.md");
    let rows = runbook.lines().filter(|line| line.starts_with("| ") && line.contains(".json` |"));
    let mut n_doors = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        for fixture in cells[3].split('`').skip(1).step_by(2) {
            let event = read(format!("tests/vectors/lambda/{fixture}"));
            let path = [("CALLBACK_PATH", "/sinch/verification"), ("DECISION_BUDGET", "20")];
            let reply = invoke(&gate(&table, &path), &event).await;
            assert_eq!(cells[2] == "empty", reply.status == 200, "{fixture}: {row}: {reply:?}");
            n_doors += 1;
        }
    }
    assert!(n_doors >= 9, "{n_doors} front doors are in the runbook");
}

/// What `headers` says where a header came twice.
#[derive(Clone, Copy)]
enum Repeated {
    /// Both, joined by a comma.
    Joined,
    /// The last one; `multiValueHeaders` has both.
    LastOnly,
}

/// The event of a front door with a wrong `Authorization` header before the right one, and one with it after.
fn with_second_authorization(door: &str, repeated: Repeated) -> [String; 2] {
    const WRONG: &str = "Application 669E367E-6BBA-48AB-AF15-266871C28135:AAAA";
    let event = json(format!("tests/vectors/lambda/{door}.json"));
    let part = ["headers", "multiValueHeaders"].into_iter().find(|part| event[part].is_object()).unwrap();
    let names = event[part].as_object().unwrap();
    let name = names.keys().find(|name| name.eq_ignore_ascii_case("authorization")).unwrap();
    let right = event[part][name].as_str().or(event[part][name][0].as_str()).unwrap();
    [[WRONG, right], [right, WRONG]].map(|both| {
        let mut event = event.clone();
        if event["headers"].is_object() {
            event["headers"][name] = match repeated {
                Repeated::Joined => json!(both.join(",")),
                Repeated::LastOnly => json!(both[1]),
            };
        }
        if event["multiValueHeaders"].is_object() {
            event["multiValueHeaders"][name] = json!(both);
        }
        event.to_string()
    })
}

#[tokio::test]
async fn two_authorization_headers_are_refused_where_lambda_tells_of_both() {
    let gate = gate(&TestTable::new().await, &[]);
    let doors = [
        ("http-api", Repeated::Joined),
        ("function-url", Repeated::Joined),
        ("rest-api", Repeated::LastOnly),
        ("rest-api-stage-base64", Repeated::LastOnly),
        ("alb-multi-value", Repeated::LastOnly),
    ];
    for (door, repeated) in doors {
        for event in with_second_authorization(door, repeated) {
            let reply = invoke(&gate, &event).await;
            assert_eq!((reply.status, reply.body.as_str()), (401, "unauthorized"), "{door}");
        }
    }
}

#[tokio::test]
async fn a_reply_goes_back_as_the_gateway_wants_it() {
    let gate = gate(&TestTable::new().await, &[("DECISION_BUDGET", "20")]);
    for (door, _, _) in FRONT_DOORS {
        let right = json(format!("tests/vectors/lambda/{door}.json"));
        let mut wrong = right.clone();
        wrong["body"] = json!("");
        let url = [(right, true), (wrong, false)];
        for (event, is_right) in url {
            let Reply { status, body, whole } = invoke(&gate, &event.to_string()).await;
            let content_type = if status == 200 { "application/json" } else { "text/plain" };
            let mut expected = json!({
                "statusCode": status,
                "headers": { "content-type": content_type },
                "body": body,
                "isBase64Encoded": false,
            });
            if door.starts_with("alb") {
                expected["multiValueHeaders"] = json!({ "content-type": [content_type] });
                expected["statusDescription"] =
                    if status == 200 { "200 OK" } else { "401 Unauthorized" }.into();
            }
            assert_eq!(whole, expected, "{door}");
            assert!(is_right || status == 401, "{door}: {whole}");
        }
    }
}

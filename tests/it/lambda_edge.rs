//! The edge as Lambda calls it: whole Lambda events, read by `lambda_http` itself, over the embedded engine.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lambda_http::{IntoResponse as _, request};
use serde_json::{Value, json};
use sinch_gate::config::GateConfig;
use sinch_gate::endpoint::{Endpoint, Reply};
use sinch_gate::gate::Policies;
use sinch_gate::policy::Policy;

use crate::engine::TestTable;
use crate::payloads::{ANSWERS, Answer, POLICY, payload};
use crate::sinch::{Sent, action};

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

/// Half a year after the samples were signed: their gate has a wide tolerance.
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
async fn invoke(gate: &Endpoint, event: &str) -> Reply {
    let request = request::from_str(event).expect("a Lambda event of a known gateway");
    gate.handle_lambda(&request, now()).await
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
        assert_eq!(expected["status"], reply.status.as_u16(), "{sample}: {reply:?}");
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

/// The front doors of `tests/vectors/lambda`: the public path, and whether the event tells it.
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
            let Reply { status, body } = Box::pin(invoke(&gate, &lambda_event(&sent, in_base64))).await;
            match expected {
                Answer::Action(expected) => {
                    assert_eq!((status.as_u16(), action(&body).as_str()), (200, *expected), "{name}");
                }
                Answer::Empty => assert_eq!((status.as_u16(), body.as_str()), (200, ""), "{name}"),
                Answer::NoEvent => {
                    assert_eq!((status.as_u16(), body.as_str()), (400, "bad request"), "{name}");
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

/// Behind the template the path is configured, so a front door whose public path is another needs the whole URL.
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
            let expected = if cells[2] == "empty" { 200 } else { 401 };
            assert_eq!(reply.status, expected, "{fixture}: {row}");
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
        ("alb-multi-value", Repeated::LastOnly),
    ];
    for (door, repeated) in doors {
        for event in with_second_authorization(door, repeated) {
            let reply = invoke(&gate, &event).await;
            assert_eq!((reply.status.as_u16(), reply.body.as_str()), (401, "unauthorized"), "{door}");
        }
    }
}

/// `lambda_http` lays `headers`, which has the last of them only, over `multiValueHeaders`. That header must be
/// right all the same, so nothing unsigned gets in.
#[tokio::test]
async fn behind_a_rest_api_the_last_of_two_authorization_headers_counts() {
    let table = TestTable::new().await;
    let gate = gate(&table, &[("DECISION_BUDGET", "20")]);
    let [right_last, wrong_last] = with_second_authorization("rest-api", Repeated::LastOnly);
    assert_eq!(invoke(&gate, &right_last).await.status, 200);
    assert_eq!(invoke(&gate, &wrong_last).await.status, 401);
}

#[tokio::test]
async fn a_reply_goes_back_as_the_gateway_wants_it() {
    for (status, content_type) in [(200, "application/json"), (401, "text/plain"), (503, "text/plain")] {
        let reply = Reply { status: status.try_into().unwrap(), body: "body".to_owned() };
        let response = reply.into_response().await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], content_type);
        assert_eq!(response.body().as_ref(), b"body");
    }
}

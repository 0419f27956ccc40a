//! The built function, as Lambda runs it: a process that asks a runtime API for events and hands in what came
//! of each.

pub(crate) mod process;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::world::engine::TestTable;
use crate::world::sinch::{Sent, request};
use process::{Function, Outcome};

const PATH: &str = "/sinch/verification";

fn fixture(door: &str) -> Value {
    serde_json::from_str(&crate::world::tool::read(format!("tests/vectors/lambda/{door}.json"))).unwrap()
}

/// The event of a function URL that carries a callback.
fn function_url(sent: &Sent) -> Value {
    let mut event = fixture("function-url");
    event["rawPath"] = json!(sent.path);
    event["requestContext"]["http"]["method"] = json!(sent.method);
    for (name, value) in &sent.headers {
        event["headers"][*name] = json!(value);
    }
    event["body"] = json!(str::from_utf8(&sent.body).unwrap());
    event
}

/// The same with some values in place of its own, each by its pointer.
fn with(mut event: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn no_http_request_is_an_error_of_the_function_whatever_it_holds() {
    let table = TestTable::new().await;
    let function = Function::start(table.endpoint(), table.name(), &[("CALLBACK_PATH", PATH)]);
    let now: Timestamp = sinch_gate::clock::now();
    let signed = |id: &str| function_url(&Sent::signed(PATH, request(id, "+46701740605").to_string(), now));
    let scan = |changes: &[(&str, Value)]| {
        let get = [("/requestContext/http/method", json!("GET")), ("/rawPath", json!("/"))];
        with(with(signed("scan"), &get), changes)
    };
    let rest = |changes: &[(&str, Value)]| with(fixture("rest-api"), changes);
    let alb = |changes: &[(&str, Value)]| with(fixture("alb"), changes);
    let events = [
        (404, scan(&[("/rawQueryString", json!("q=a b"))])),
        (404, scan(&[("/rawQueryString", json!("\u{0}\u{e9}[]{}|%zz"))])),
        (404, scan(&[("/rawPath", json!("/a b\u{0}<>\"{}"))])),
        (404, scan(&[("/headers/host", json!("a b:c:d@[::1"))])),
        (404, scan(&[("/headers", json!({ "a b": "c", "x-forwarded-port": "none", "\u{e9}": "\u{e9}\n" }))])),
        (405, scan(&[("/requestContext/http/method", json!("B R E W")), ("/rawPath", json!(PATH))])),
        (404, scan(&[("/rawPath", json!(null)), ("/headers", json!(7)), ("/body", json!([]))])),
        (200, with(signed("https"), &[("/headers/x-forwarded-proto", json!("https,http"))])),
        (
            200,
            with(
                signed("odd"),
                &[("/headers/x-odd", json!("\u{e9}\n")), ("/rawQueryString", json!("q=a b"))],
            ),
        ),
        (400, with(signed("base64"), &[("/isBase64Encoded", json!(true))])),
        (400, rest(&[("/isBase64Encoded", json!(true))])),
        (400, alb(&[("/isBase64Encoded", json!(true))])),
        (404, rest(&[("/path", json!("/a b")), ("/requestContext/path", json!("/a b"))])),
        (404, alb(&[("/path", json!("/a b")), ("/queryStringParameters", json!({ "q": "a b" }))])),
    ];
    for (status, event) in events {
        match function.invoke(&event.to_string()) {
            Outcome::Response(reply) => assert_eq!(reply["statusCode"], status, "{event:#}\n{reply}"),
            Outcome::Error(error) => panic!("{event:#}\n{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_an_http_request_is_answered_with_nothing_and_counted() {
    let table = TestTable::new().await;
    let function = Function::start(table.endpoint(), table.name(), &[("METRICS_NAMESPACE", "gate")]);
    let events = [
        r#"{"source":"aws.events","detail-type":"Scheduled Event","detail":{}}"#,
        r#"{"Records":[{"eventSource":"aws:sqs","body":"{}"}]}"#,
        r#"{"version":"2.0","rawPath":"/","requestContext":{"http":{}}}"#,
        r#"{"requestContext":"http"}"#,
        "{}",
        "[]",
        "null",
        "7",
        r#""text""#,
        r#"{"\ud800":"\ud800"}"#,
    ];
    for event in events {
        assert_eq!(function.invoke(event), Outcome::Response(Value::Null), "{event}");
    }
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(function.invoke(&deep), Outcome::Response(Value::Null));
    let counted = function.lines_with("OtherInvocations", events.len() + 1);
    assert_eq!(counted.len(), events.len() + 1, "{counted:#?}");
}

//! The edge over real HTTP: the built tool, what it answers, and what it never says.

use jiff::ToSpan as _;
use serde_json::Value;
use sinch_gate::clock;
use sinch_gate::endpoint::LARGEST_BODY;

use crate::world::gate_process::{GateProcess, Received};
use crate::world::payloads::{ANSWERS, Answer, POLICY, payload};
use crate::world::sinch::{SECRET, Sent, action, request};

const PATH: &str = "/sinch/verification";

const NOT_FOUND: (u16, &str) = (404, "not found");
const WRONG_METHOD: (u16, &str) = (405, "method not allowed");
const TOO_LARGE: (u16, &str) = (413, "payload too large");
const UNAUTHORIZED: (u16, &str) = (401, "unauthorized");
const BAD_REQUEST: (u16, &str) = (400, "bad request");

/// Callbacks that are refused: what comes back, and the cause that the log names.
fn refusals() -> Vec<(Sent, (u16, &'static str), &'static str)> {
    let now = clock::now();
    let body = request("refused", "+46700000013").to_string();
    let signed = || Sent::signed(PATH, body.as_str(), now);
    let signed_body = |body: &str| Sent::signed(PATH, body, now);
    let with = |name, values: &[&str]| signed().with(name, values);
    let changed = body.replace("0013", "0014");
    let (right, wrong) = (signed().authorization(), signed_body(&changed).authorization());
    let basic = "Basic NjY5RTM2N0U6QmVJdWtxbDNwVEtKOFJHTDV6bzBEQT09";
    vec![
        (Sent::signed("/somewhere/else", body.as_str(), now), NOT_FOUND, "path"),
        (Sent { path: "/".to_owned(), ..signed() }, NOT_FOUND, "path"),
        (Sent { path: format!("/evil{PATH}"), ..signed() }, NOT_FOUND, "path"),
        (Sent { method: "GET", ..signed() }, WRONG_METHOD, "method"),
        (Sent { method: "PUT", ..signed() }, WRONG_METHOD, "method"),
        (signed_body(&" ".repeat(LARGEST_BODY + 1)), TOO_LARGE, "body"),
        (with("authorization", &[]), UNAUTHORIZED, "missing-authorization"),
        (with("authorization", &[basic]), UNAUTHORIZED, "wrong-scheme"),
        (with("authorization", &["Application"]), UNAUTHORIZED, "malformed-authorization"),
        (with("authorization", &[&right, &right]), UNAUTHORIZED, "malformed-authorization"),
        (with("authorization", &[&right, &wrong]), UNAUTHORIZED, "malformed-authorization"),
        (with("authorization", &[&wrong]), UNAUTHORIZED, "signature-mismatch"),
        (Sent { body: changed.into_bytes(), ..signed() }, UNAUTHORIZED, "signature-mismatch"),
        (with("x-timestamp", &[]), UNAUTHORIZED, "missing-timestamp"),
        (with("content-type", &[]), UNAUTHORIZED, "missing-content-type"),
        (Sent::signed(PATH, body.as_str(), now - 302.seconds()), UNAUTHORIZED, "stale-timestamp"),
        (Sent::signed(PATH, body.as_str(), now + 10.minutes()), UNAUTHORIZED, "early-timestamp"),
        (signed_body(""), BAD_REQUEST, "not-json"),
        (signed_body("[]"), BAD_REQUEST, "not-an-object"),
        (signed_body(r#"{"event":"VerificationRequestEvent"}"#), BAD_REQUEST, "missing-member"),
    ]
}

/// A gate for [`PATH`] that logs at `level`. It has read its policy once it runs, so the file may go.
fn gate(level: &str) -> GateProcess {
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("policy.toml");
    std::fs::write(&policy, POLICY).unwrap();
    let env = [("CALLBACK_PATH", PATH), ("DECISION_BUDGET", "20"), ("LOG_LEVEL", level)];
    GateProcess::start(&["--policy", policy.to_str().unwrap()], &env)
}

fn plain((status, phrase): (u16, &str)) -> Received {
    Received { status, content_type: "text/plain".to_owned(), body: phrase.to_owned() }
}

#[track_caller]
fn check_answer(name: &str, received: &Received, expected: Answer) {
    match expected {
        Answer::Action(expected) => {
            assert_eq!((received.status, action(&received.body).as_str()), (200, expected), "{name}");
            assert_eq!(received.content_type, "application/json", "{name}");
        }
        Answer::Empty => assert_eq!((received.status, received.body.as_str()), (200, ""), "{name}"),
        Answer::NoEvent => assert_eq!(*received, plain(BAD_REQUEST), "{name}"),
    }
}

/// What must never stand in a log line, given everything that was sent.
fn unspeakable(sent: &[Sent]) -> Vec<String> {
    let mut words = vec![SECRET.to_owned()];
    for sent in sent {
        words.extend(sent.credentials().map(str::to_owned));
        let Ok(body) = std::str::from_utf8(&sent.body) else { continue };
        let Ok(event @ Value::Object(_)) = serde_json::from_str(body) else { continue };
        words.push(body.to_owned());
        // One sample has an id of the same digits as its number.
        let digits = |number: &str| number.trim_start_matches('+').to_owned();
        let number =
            event["identity"]["endpoint"].as_str().map(digits).filter(|digits| digits != "1234567890");
        // The `custom` of some samples is `string`, which a log may say for reasons of its own.
        let custom = event["custom"].as_str().map(str::to_owned).filter(|custom| custom != "string");
        words.extend([number, custom].into_iter().flatten());
    }
    words
}

#[track_caller]
fn check_silence(lines: &[String], words: &[String]) {
    for word in words {
        // Log lines are JSON, in which quotation marks are escaped.
        let escaped = Value::from(word.as_str()).to_string();
        let escaped = escaped.trim_matches('"');
        let line = lines.iter().find(|line| line.contains(word) || line.contains(escaped));
        assert_eq!(line, None, "a line says {word:?}");
    }
}

#[test]
fn every_payload_of_sinch_gets_its_answer_and_no_log_line_tells_too_much() {
    let gate = gate("trace");
    let mut sent = Vec::new();
    for (name, expected) in ANSWERS {
        sent.push(Sent::signed(PATH, payload(name), clock::now()));
        check_answer(name, &gate.send(sent.last().unwrap()), *expected);
    }
    let requests = ANSWERS.iter().filter(|(_, expected)| matches!(expected, Answer::Action(_))).count();
    let outcomes =
        ANSWERS.iter().filter(|(name, _)| name.contains("result-") || name.contains("delivered")).count();
    gate.lines_saying("recorded", outcomes);
    let decided = gate.lines_saying("decided", 1).len();
    gate.lines_saying("repeated request", requests - decided);
    gate.lines_saying("event of an unknown kind", 2);
    check_silence(&gate.log(), &unspeakable(&sent));
}

#[test]
fn a_refusal_is_a_fixed_phrase_outside_and_a_cause_inside() {
    let gate = gate("trace");
    let refusals = refusals();
    for (sent, reply, cause) in &refusals {
        assert_eq!(gate.send(sent), plain(*reply), "{cause}");
    }
    let lines = gate.lines_saying("callback refused", refusals.len());
    assert_eq!(lines.len(), refusals.len());
    for (line, (_, (status, _), cause)) in lines.iter().zip(&refusals) {
        assert_eq!((&line["status"], &line["what"]), (&Value::from(*status), &Value::from(*cause)), "{line}");
        assert!(line["cause"].as_str().is_some_and(|cause| !cause.is_empty()), "{line}");
    }
    let sent: Vec<Sent> = refusals.into_iter().map(|(sent, ..)| sent).collect();
    check_silence(&gate.log(), &unspeakable(&sent));
}

#[test]
fn a_body_of_exactly_64_kib_is_read() {
    let gate = gate("info");
    let mut body = request("long", "+46700000013").to_string();
    // Blanks around JSON are JSON.
    body += &" ".repeat(LARGEST_BODY - body.len());
    let received = gate.send(&Sent::signed(PATH, body, clock::now()));
    check_answer("64 KiB", &received, Answer::Action("allow"));
}

#[test]
fn a_gate_without_a_configured_path_takes_the_path_as_received() {
    let gate = GateProcess::start(&[], &[("DECISION_BUDGET", "20")]);
    let event = request("any-path", "+46700000013").to_string();
    for path in ["/", "/hooks/sinch", "/a/b/"] {
        let received = gate.send(&Sent::signed(path, event.as_str(), clock::now()));
        check_answer(path, &received, Answer::Action("allow"));
    }
}

#[test]
fn a_body_that_does_not_arrive_whole_is_told_as_that() {
    let gate = gate("info");
    let head = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    let chunks = format!("{head}transfer-encoding: chunked\r\n\r\n5\r\n{{\"id\"\r\nnot a length\r\n");
    assert_eq!(gate.send_bytes(chunks.as_bytes()), Some(plain(BAD_REQUEST)));
    let half = format!("{head}content-length: 100\r\n\r\n{{\"id\"");
    gate.send_and_hang_up(half.as_bytes());
    for line in gate.lines_saying("callback refused", 2) {
        assert_eq!((&line["status"], &line["what"]), (&Value::from(400), &Value::from("body")), "{line}");
        assert!(line["cause"].as_str().unwrap().starts_with("it did not arrive whole"), "{line}");
    }
}

#[test]
fn a_stranger_writes_short_log_lines_only() {
    const LONGEST: usize = 600;
    let gate = gate("trace");
    let now = clock::now();
    let long = "x".repeat(60_000);
    let method: &'static str = long.clone().leak();
    let signed = |path: &str| Sent::signed(path, "{}", now);
    let sent = [
        signed(&format!("/{long}")),
        Sent { method, ..signed(PATH) },
        signed(PATH).with("authorization", &[&format!("Application {long}:x")]),
        signed(PATH).with("authorization", &[&format!("{long} key:x")]),
        signed(PATH).with("x-timestamp", &[&long]),
        signed(PATH).with("content-type", &[&long]),
    ];
    for sent in &sent {
        assert!(gate.send(sent).status >= 400, "{}", sent.path);
    }
    gate.lines_saying("callback refused", sent.len());
    for line in gate.log() {
        assert!(line.len() <= LONGEST, "{} bytes: {line}", line.len());
    }
}

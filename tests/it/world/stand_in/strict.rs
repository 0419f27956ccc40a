//! The stand-in accepts what is right, and nothing else.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use sinch_gate::clock;

use super::StandIn;
use super::check::signature;
use crate::world::tool::SAMPLE_KEY;

const ROOT: &str = "/verification/v1/verifications";
const START: &str = r#"{"identity":{"type":"number","endpoint":"+46700000001"},"method":"sms"}"#;

/// A request whose every part can be wrong.
#[derive(Clone)]
struct Sent {
    method: &'static str,
    path: String,
    timestamp: String,
    content_type: &'static str,
    body: String,
    signed_body: String,
    more: &'static str,
}

impl Sent {
    fn start() -> Self {
        Self::new("POST", ROOT, START)
    }

    fn question() -> Self {
        Self { content_type: "", ..Self::new("GET", &format!("{ROOT}/id/1"), "") }
    }

    fn new(method: &'static str, path: &str, body: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            timestamp: clock::now().to_string(),
            content_type: "application/json",
            body: body.to_owned(),
            signed_body: body.to_owned(),
            more: "accept: application/json\r\n",
        }
    }

    fn to(&self, stand_in: &StandIn) -> String {
        let Self { method, path, timestamp, content_type, body, signed_body, more } = self;
        let signature = signature(method, signed_body.as_bytes(), content_type, timestamp, path);
        let content_type = match *content_type {
            "" => String::new(),
            content_type => format!("content-type: {content_type}\r\n"),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nauthorization: Application {SAMPLE_KEY}:{signature}\r\n\
             x-timestamp: {timestamp}\r\n{content_type}content-length: {}\r\n{more}\r\n{body}",
            body.len(),
        );
        let mut stream = TcpStream::connect(stand_in.url().trim_start_matches("http://")).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply.split(' ').nth(1).unwrap_or_default().to_owned()
    }
}

#[test]
fn what_is_right_is_carried_out() {
    let stand_in = StandIn::start();
    assert_eq!(Sent::start().to(&stand_in), "200");
    assert_eq!(Sent::question().to(&stand_in), "404");
}

#[track_caller]
fn check_complaint(sent: &Sent, status: &str, complaint: &str) {
    let stand_in = StandIn::start();
    assert_eq!(sent.to(&stand_in), status, "{complaint}");
    let complaints = stand_in.take_complaints();
    assert!(complaints.len() == 1 && complaints[0].contains(complaint), "{complaint}: {complaints:?}");
}

#[test]
fn what_is_wrong_is_complained_about() {
    let long_ago = "2014-06-04T13:41:58Z".to_owned();
    check_complaint(&Sent { timestamp: long_ago, ..Sent::start() }, "401", "signed at 2014");
    check_complaint(&Sent { timestamp: "now".to_owned(), ..Sent::start() }, "401", "a time that is none");
    check_complaint(&Sent { signed_body: "{}".to_owned(), ..Sent::start() }, "401", "not its own");
    let twice = Sent { more: "x-timestamp: 1\r\naccept: application/json\r\n", ..Sent::start() };
    check_complaint(&twice, "401", "without one x-timestamp header");
    check_complaint(&Sent { more: "", ..Sent::start() }, "400", "without Accept");
    check_complaint(&Sent { content_type: "application/json", ..Sent::question() }, "400", "content type");
    let escaped = Sent { path: format!("{ROOT}/sms/number/%2B46700000001"), ..Sent::question() };
    check_complaint(&escaped, "404", "the path");
    check_complaint(&Sent { path: format!("{ROOT}/other/1"), ..Sent::question() }, "404", "is not a call");
    let language = Sent { more: "accept: application/json\r\naccept-language: sv\r\n", ..Sent::start() };
    let callout = START.replace("sms", "callout");
    let language = Sent { body: callout.clone(), signed_body: callout, ..language };
    check_complaint(&language, "400", "a language where there is none");
}

#[test]
fn a_body_that_sinch_does_not_describe_is_complained_about() {
    let bad_starts = [
        START.replace("+46", "46"),
        START.replace("sms", "phonecall"),
        START.replace(r#""method""#, r#""metadata":{},"method""#),
        START.replace(r#""method""#, r#""smsOptions":{"template":"x"},"method""#),
        START.replace(r#""method""#, r#""flashCallOptions":{"dialTimeout":10},"method""#),
        START.replace(r#""method""#, r#""reference":"a b","method""#),
    ];
    for body in bad_starts {
        let sent = Sent { body: body.clone(), signed_body: body, ..Sent::start() };
        check_complaint(&sent, "400", "a body that is none");
    }
    let bad_reports = [
        "{}",
        r#"{"method":"sms","sms":{"code":1234}}"#,
        r#"{"method":"sms","callout":{"code":"1234"}}"#,
        r#"{"method":"flashcall","flashcall":{"cli":"+46000000000"}}"#,
        r#"{"method":"seamless"}"#,
    ];
    for body in bad_reports {
        check_complaint(&Sent::new("PUT", &format!("{ROOT}/id/1"), body), "400", "a body that is none");
    }
}

#[test]
fn a_signature_is_good_for_one_call() {
    let stand_in = StandIn::start();
    let question = Sent::question();
    assert_eq!((question.to(&stand_in), question.to(&stand_in)), ("404".to_owned(), "401".to_owned()));
    assert_eq!(stand_in.take_complaints(), ["GET with a signature that was used before"]);
}

#[test]
#[should_panic(expected = "the stand-in complains")]
fn a_complaint_that_nobody_takes_fails_the_test() {
    let stand_in = StandIn::start();
    let _ = Sent { more: "", ..Sent::start() }.to(&stand_in);
}

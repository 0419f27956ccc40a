//! `verification`, against the stand-in for Sinch's API and a running gate.

mod arguments;
mod failures;
mod wait;

use serde_json::{Value, json};

use crate::world::stand_in::{CALLER, CODE, Scheme, StandIn};
use crate::world::tool::{Run, SAMPLE_KEY, SAMPLE_SECRET, Tool};

const NUMBER: &str = "+46700000001";

/// A user of the tool whose API is a stand-in.
struct User {
    tool: Tool,
    api: StandIn,
}

impl User {
    fn new() -> Self {
        let (mut tool, api) = (Tool::new(), StandIn::start());
        tool.set("SINCH_API_URL", api.url());
        Self { tool, api }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.tool.run(&[&["verification"], arguments].concat())
    }

    /// Starts a verification with a reference.
    fn start(&self, method: &str, reference: &str, more: &[&str]) -> Run {
        let start = ["start", "--number", NUMBER, "--method", method, "--reference", reference];
        self.run(&[&start[..], more].concat())
    }

    fn report(&self, reference: &str, code: &str) -> Run {
        self.tool.run_on(format!("{code}\n"), &["verification", "report", "--reference", reference])
    }

    fn status(&self, reference: &str) -> Run {
        self.run(&["status", "--reference", reference])
    }

    /// The body of the last start.
    fn sent(&self) -> Value {
        let seen = self.api.seen();
        let start = seen.iter().rfind(|call| call.method == "POST").unwrap();
        serde_json::from_str(&start.body).unwrap()
    }
}

#[test]
fn a_verification_is_started_reported_and_asked_for() {
    let user = User::new();
    user.start("sms", "ref-1", &[])
        .exits(0)
        .shows("ref-1")
        .shows("Koden är {{CODE}}.")
        .says("`sinch-gate verification report --reference ref-1`");
    user.status("ref-1").exits(0).shows("PENDING").says_nothing();
    user.report("ref-1", CODE).exits(0).shows("SUCCESSFUL").says_nothing();
    user.status("ref-1").exits(0).shows("SUCCESSFUL").shows("manual").shows("0.0445 EUR");
}

#[test]
fn json_is_one_object_with_what_sinch_says() {
    let user = User::new();
    let started = user.start("sms", "ref-1", &["--format", "json"]).exits(0).json().remove(0);
    let id = user.api.id_of("ref-1");
    let expected = json!({
        "reference": "ref-1", "id": id, "method": "sms", "template": "Koden är {{CODE}}.", "seconds": 298,
    });
    assert_eq!(started, expected);
    user.report("ref-1", CODE).exits(0);
    let mut state = user.run(&["status", "--id", &id, "--format", "json"]).exits(0).json().remove(0);
    assert!(state["at"].take().as_str().is_some_and(|at| at.ends_with('Z')), "{state}");
    let expected = json!({
        "reference": "ref-1", "id": id, "method": "sms", "number": NUMBER, "country": "SE",
            "status": "SUCCESSFUL",
        "source": "manual", "at": null, "price": "0.0445 EUR",
    });
    assert_eq!(state, expected);
}

#[track_caller]
fn check_method(method: &str, options: &[&str], sent: &Value, code: Option<&str>) {
    let user = User::new();
    user.start(method, "ref-1", options).exits(0);
    let mut expected =
        json!({"identity": {"type": "number", "endpoint": NUMBER}, "method": method, "reference": "ref-1"});
    expected.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
    assert_eq!(user.sent(), expected);
    if let Some(code) = code {
        user.report("ref-1", code).exits(0).shows("SUCCESSFUL");
    } else {
        user.report("ref-1", CODE).exits(1).says("has no report");
    }
}

#[test]
fn every_method_goes_with_its_options_and_its_report() {
    let sms = ["--code-type", "Alpha", "--expiry", "00:03:00", "--custom", "Åsa 🐝"];
    let sent = json!({"smsOptions": {"codeType": "Alpha", "expiry": "00:03:00"}, "custom": "Åsa 🐝"});
    check_method("sms", &sms, &sent, Some(CODE));
    check_method("sms", &[], &json!({}), Some(CODE));
    let flash_call = ["--dial-timeout", "5", "--interception-timeout", "120"];
    let sent = json!({"flashCallOptions": {"dialTimeout": 5, "interceptionTimeout": 120}});
    check_method("flashcall", &flash_call, &sent, Some(CALLER));
    let sent = json!({"calloutOptions": {"speech": {"locale": "sv-SE"}}});
    check_method("callout", &["--locale", "sv-SE"], &sent, Some(CODE));
    let sent = json!({"whatsappOptions": {"codeType": "Numeric"}});
    check_method("whatsapp", &["--code-type", "Numeric"], &sent, Some(CODE));
    check_method("seamless", &[], &json!({}), None);
}

#[test]
fn the_language_of_an_sms_travels_in_a_header() {
    let user = User::new();
    user.start("sms", "ref-1", &["--language", "sv-SE"]).exits(0);
    let seen = user.api.seen();
    assert!(seen[0].headers.contains(&("accept-language".to_owned(), "sv-SE".to_owned())), "{seen:?}");
    assert!(user.sent().get("smsOptions").is_none());
}

#[test]
fn a_reference_is_made_where_none_is_given_and_told_before_the_start() {
    let user = User::new();
    let start = ["start", "--number", NUMBER, "--method", "sms"];
    let run = user.run(&start).exits(0).says("starting it with the reference try-");
    let reference = user.sent()["reference"].as_str().unwrap().to_owned();
    assert!(run.stderr.starts_with(&format!("starting it with the reference {reference}\n")), "{run}");
    // Also where the start never arrives.
    drop(user.api);
    user.tool
        .run(&[&["verification"], &start[..]].concat())
        .exits(1)
        .says("starting it with the reference try-");
}

#[test]
fn a_report_and_a_question_go_by_any_name() {
    let user = User::new();
    user.start("sms", "ref-1", &[]).exits(0);
    let id = user.api.id_of("ref-1");
    let by_number = ["--number", NUMBER, "--method", "sms"];
    user.run(&[&["status"], &by_number[..]].concat()).exits(0).shows("PENDING");
    user.run(&["report", "--id", &id, "--method", "sms", "--code", CODE]).exits(0);
    user.start("callout", "ref-2", &[]).exits(0);
    user.run(&["report", "--number", NUMBER, "--method", "callout", "--code", CODE]).exits(0);
    user.status("ref-2").exits(0).shows("SUCCESSFUL");
}

#[test]
fn the_weaker_schemes_go_on_request() {
    let user = User::new();
    user.api.behave(|behaviour| behaviour.level = Scheme::Public);
    for (reference, scheme) in [("ref-1", "basic"), ("ref-2", "public")] {
        user.start("sms", reference, &["--auth", scheme]).exits(0);
    }
    let authorizations = user.api.seen().into_iter().map(|call| {
        let mut headers = call.headers.into_iter();
        headers.find(|(name, _)| name == "authorization").unwrap().1
    });
    let authorizations: Vec<_> = authorizations.collect();
    assert!(authorizations[0].starts_with("Basic "), "{authorizations:?}");
    assert_eq!(authorizations[1], format!("Application {SAMPLE_KEY}"));
    user.start("sms", "ref-3", &["--auth", "public", "--code-type", "Alpha"])
        .exits(0)
        .says("Sinch means options for signed starts only");
    // A phone has no secret.
    user.start("sms", "ref-4", &["--auth", "public", "--key", SAMPLE_KEY]).exits(0);
    user.start("sms", "ref-5", &["--key", SAMPLE_KEY]).exits(1).says("a key without its secret");
}

#[test]
fn a_scheme_that_is_too_weak_is_refused_and_explained() {
    let user = User::new();
    user.start("sms", "ref-1", &["--auth", "public"]).exits(2).says("it demands signed calls");
    assert_eq!(user.api.take_complaints(), ["POST Public where Signed is demanded"]);
    let stranger = ["--key", "stranger", "--secret", SAMPLE_SECRET];
    user.start("sms", "ref-1", &stranger).exits(1).says("the signature is not the right one");
    assert_eq!(user.api.take_complaints().len(), 1);
}

//! Every sample of `tests/vectors/api` is read, and each request is written again to the same JSON.

use std::collections::BTreeSet;

use serde_json::Value;
use sinch_gate::api::{Call, How, Refusal, Report, Reported, Start, Started, State};
use sinch_gate::event::{Reference, Status, VerificationId};
use sinch_gate::phone::PhoneNumber;

use crate::world::tool::{read, repository};

fn names() -> BTreeSet<String> {
    let entries = std::fs::read_dir(repository("tests/vectors/api")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".json") && name != "request-signatures.json").collect()
}

/// The samples of a kind, with their bodies.
#[track_caller]
fn samples(prefix: &str, expected: usize) -> Vec<(String, String)> {
    let names: Vec<_> = names().into_iter().filter(|name| name.starts_with(prefix)).collect();
    assert_eq!(names.len(), expected, "{names:?}");
    names.into_iter().map(|name| (name.clone(), read(format!("tests/vectors/api/{name}")))).collect()
}

fn json(text: impl AsRef<[u8]>) -> Value {
    serde_json::from_slice(text.as_ref()).unwrap()
}

#[test]
fn every_sample_is_of_a_kind_that_is_read() {
    let kinds =
        ["start-request-", "start-response-", "report-request-", "report-response-", "status-response-"];
    let rest: Vec<_> =
        names().into_iter().filter(|name| !kinds.iter().any(|kind| name.starts_with(kind))).collect();
    assert_eq!(rest, ["error-40300-seamless-e2e.json", "error-40400-java.json", "errors-openapi.json"]);
}

#[test]
fn every_start_is_written_as_it_was_read() {
    for (name, body) in samples("start-request-", 5) {
        let start = Start::from_json(body.as_bytes()).unwrap();
        assert_eq!(json(start.to_json()), json(&body), "{name}");
        assert_eq!(start.how.method().to_string(), json(&body)["method"], "{name}");
        // Their reference has a blank, which nobody could ask for.
        assert!(Call::start(&start).is_err(), "{name}");
    }
}

#[test]
fn a_start_with_more_than_sinch_describes_is_no_start() {
    let (_, sms) = samples("start-request-sms", 1).remove(0);
    for (at, value) in
        [("metadata", json("{}")), ("flashCallOptions", json("{}")), ("method", json("\"auto\""))]
    {
        let mut body = json(&sms);
        body[at] = value;
        assert!(Start::from_json(body.to_string().as_bytes()).is_err(), "{body}");
    }
    for (option, value) in [("expiry", "3 minutes"), ("codeType", "numeric")] {
        let mut body = json(&sms);
        body["smsOptions"][option] = value.into();
        assert!(Start::from_json(body.to_string().as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn every_answer_to_a_start_is_read() {
    for (name, body) in samples("start-response-", 12) {
        let started = Started::read(body.as_bytes()).unwrap();
        let body = json(&body);
        assert_eq!(started.unreadable, [""; 0], "{name}");
        assert_eq!(started.id.as_str(), body["id"], "{name}");
        assert_eq!(started.method.to_string(), body["method"], "{name}");
        let links = body["_links"].as_array().map_or(0, Vec::len);
        assert_eq!(started.links.len(), links, "{name}");
        if let Some(sms) = &started.sms {
            assert_eq!(sms.template.as_deref(), body["sms"]["template"].as_str(), "{name}");
            let timeout = body["sms"]["interceptionTimeout"].as_u64();
            assert_eq!(sms.interception_timeout.map(u64::from), timeout, "{name}");
        }
        if let Some(flash_call) = &started.flash_call {
            assert_eq!(flash_call.cli_filter.as_deref(), body["flashCall"]["cliFilter"].as_str(), "{name}");
            let timeout = body["flashCall"]["reportTimeout"].as_u64();
            assert_eq!(flash_call.report_timeout.map(u64::from), timeout, "{name}");
        }
        assert_eq!(started.sms.is_some(), body["sms"].is_object(), "{name}");
        assert_eq!(started.flash_call.is_some(), body["flashCall"].is_object(), "{name}");
        assert_eq!(started.target_uri.as_deref(), body["seamless"]["targetUri"].as_str(), "{name}");
        let code_type = body["sms"]["codeType"].as_str().or(body["whatsapp"]["codeType"].as_str());
        assert_eq!(started.code_type.as_deref(), code_type, "{name}");
    }
}

#[test]
fn every_report_is_written_as_it_was_read() {
    for (name, body) in samples("report-request-", 4) {
        let report = Report::from_json(body.as_bytes()).unwrap();
        assert_eq!(json(report.to_json()), json(&body), "{name}");
    }
}

#[test]
fn every_answer_to_a_report_is_read() {
    for (name, body) in samples("report-response-", 9) {
        let reported = Reported::read(body.as_bytes()).unwrap();
        let body = json(&body);
        assert_eq!(reported.unreadable, [""; 0], "{name}");
        let text = |member: &str| body[member].as_str();
        assert_eq!(reported.id.as_ref().map(VerificationId::as_str), text("id"), "{name}");
        assert_eq!(Some(reported.status.to_string().as_str()), text("status"), "{name}");
        assert_eq!(reported.reason.as_deref(), text("reason"), "{name}");
        assert_eq!(reported.source.as_deref(), text("source"), "{name}");
        assert_eq!(reported.reference.as_ref().map(Reference::as_str), text("reference"), "{name}");
        assert_eq!(reported.call_complete, body["callComplete"].as_bool(), "{name}");
    }
}

#[test]
fn every_status_is_read_with_all_that_a_result_event_would_say() {
    for (name, body) in samples("status-response-", 10) {
        let state = State::read(body.as_bytes()).unwrap();
        let body = json(&body);
        let text = |member: &str| body[member].as_str();
        let has_strange_currency = name.ends_with("java.json");
        assert_eq!(state.unreadable.is_empty(), !has_strange_currency, "{name}: {:?}", state.unreadable);
        assert!(state.unreadable.iter().all(|member| member.starts_with("price.")), "{name}");
        let at = format!("{}Z", text("verificationTimestamp").unwrap());
        assert_eq!(state.at.map(|at| at.to_string()), Some(at), "{name}");
        assert_eq!(state.country.as_deref(), text("countryId"), "{name}");
        assert_eq!(state.call_result.as_deref(), text("callResult"), "{name}");
        if !has_strange_currency {
            let price = &body["price"]["verificationPrice"];
            let expected = format!("{} EUR", price["amount"]);
            assert_eq!(state.cost.verification.map(|price| price.to_string()), Some(expected), "{name}");
        }
        assert_eq!(state.id.as_ref().map(VerificationId::as_str), text("id"), "{name}");
        assert_eq!(state.method.to_string(), text("method").unwrap(), "{name}");
        assert_eq!(state.status.to_string(), text("status").unwrap(), "{name}");
        assert_eq!(state.reason.as_deref(), text("reason"), "{name}");
        assert_eq!(state.source.as_deref(), text("source"), "{name}");
        assert_eq!(state.reference.as_ref().map(Reference::as_str), text("reference"), "{name}");
        let endpoint = body["identity"]["endpoint"].as_str();
        assert_eq!(state.number.as_ref().map(PhoneNumber::as_str), endpoint, "{name}");
        assert_eq!(state.is_final(), state.status != Status::Pending, "{name}");
    }
}

#[test]
fn every_error_is_explained_in_words_of_its_own() {
    let listed = json(read("tests/vectors/api/errors-openapi.json"));
    let mut errors: Vec<(u16, Value)> = Vec::new();
    for error in listed.as_array().unwrap() {
        errors.push((u16::try_from(error["http"].as_u64().unwrap()).unwrap(), error["body"].clone()));
    }
    assert_eq!(errors.len(), 21);
    errors.push((403, json(read("tests/vectors/api/error-40300-seamless-e2e.json"))));
    errors.push((404, json(read("tests/vectors/api/error-40400-java.json"))));
    for (http, body) in errors {
        let refusal = Refusal::read(http, body.to_string().as_bytes(), None);
        assert_eq!(refusal.code.map(u64::from), body["errorCode"].as_u64(), "{body}");
        let without_code = Refusal { code: None, ..refusal.clone() };
        assert_ne!(refusal.meaning(), without_code.meaning(), "{body}");
        assert!(refusal.message.is_some(), "{body}");
    }
}

#[test]
fn a_start_without_options_has_no_block_of_them() {
    for (method, how) in [("sms", How::Sms(Default::default())), ("seamless", How::Seamless)] {
        let (_, body) = samples("start-request-sms", 1).remove(0);
        let start =
            Start { how, reference: None, custom: None, ..Start::from_json(body.as_bytes()).unwrap() };
        let expected =
            format!(r#"{{"identity":{{"type":"number","endpoint":"+endpoint"}},"method":"{method}"}}"#);
        assert_eq!(String::from_utf8(start.to_json()).unwrap(), expected);
    }
}

#[test]
fn an_option_that_is_not_known_is_handed_on_with_the_number_that_it_had() {
    // Read in a hurry, this number becomes one that prints as yet another.
    for number in ["26363333.6668676666679", "0.1", "1e300", "9007199254740993"] {
        let body = format!(
            r#"{{"identity": {{"type": "number", "endpoint": "+46701740605"}}, "method": "flashcall",
                "flashCallOptions": {{"dialTimeout": 20, "later": {number}}}}}"#
        );
        let start = Start::from_json(body.as_bytes()).unwrap();
        assert_eq!(Start::from_json(&start.to_json()).as_ref(), Ok(&start), "{number}");
        let printed: Value = serde_json::from_slice(&start.to_json()).unwrap();
        assert_eq!(printed["flashCallOptions"]["later"].as_f64(), number.parse().ok(), "{number}");
    }
}

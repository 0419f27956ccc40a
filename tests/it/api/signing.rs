//! Requests are signed as the published and derived cases of `tests/vectors/api` say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use sinch_gate::api::{Call, Code, How, Report, ReportBy, Scheme, SmsOptions, Start, StatusBy};
use sinch_gate::event::{Custom, Method, Reference, VerificationId};
use sinch_gate::phone::PhoneNumber;
use sinch_gate::signature::{StringToSign, sign};

/// A case of `request-signatures.json`.
#[derive(Deserialize)]
struct Case {
    id: String,
    category: String,
    key: String,
    secret: String,
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    string_to_sign: String,
    signature: String,
    authorization: String,
    published_signature: Option<String>,
    published_matches: Option<bool>,
    wrong_variant: Option<WrongVariant>,
}

/// What a faulty client would send.
#[derive(Deserialize)]
struct WrongVariant {
    why: String,
    signature: String,
}

impl Case {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    fn now(&self) -> Timestamp {
        self.header("x-timestamp").parse().unwrap()
    }

    fn scheme(&self) -> Scheme {
        Scheme::Signed { key: self.key.parse().unwrap(), secret: self.secret.parse().unwrap() }
    }
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../../vectors/api/request-signatures.json")).unwrap();
    assert_eq!(cases.len(), 13);
    cases
}

#[test]
fn every_case_signs_to_its_stated_value() {
    for case in cases() {
        let body = case.body.as_deref().unwrap_or_default().as_bytes();
        let (content_type, timestamp) = (case.header("content-type"), case.header("x-timestamp"));
        let text = StringToSign::new(&case.method, body, content_type, timestamp, &case.path);
        assert_eq!(text.to_string(), case.string_to_sign, "{}", case.id);
        let authorization = sign(&text, &case.key.parse().unwrap(), &case.secret.parse().unwrap());
        assert_eq!(authorization, case.authorization, "{}", case.id);
        assert!(authorization.ends_with(&format!(":{}", case.signature)), "{}", case.id);
    }
}

#[test]
fn what_was_published_is_matched_where_it_is_right() {
    for case in cases().iter().filter(|case| case.category != "derived") {
        let matches = case.published_signature.as_deref() == Some(&case.signature);
        assert_eq!(case.published_matches, Some(matches), "{}", case.id);
        assert_eq!(matches, case.id != "pub-docs-broken", "{}", case.id);
    }
}

#[test]
fn no_case_signs_as_a_faulty_client_would() {
    let faulty: Vec<_> = cases().into_iter().filter(|case| case.wrong_variant.is_some()).collect();
    assert_eq!(faulty.len(), 3);
    for case in faulty {
        let variant = case.wrong_variant.unwrap();
        assert_ne!(variant.signature, case.signature, "{}: {}", case.id, variant.why);
    }
}

/// The calls that the derived cases are about, built as the tool builds them.
fn call(id: &str) -> Option<Call> {
    let verification = VerificationId::new("018bec3e-6913-d36c-5102-ebda3fd6d30f").unwrap();
    let number = PhoneNumber::new("+46700000000");
    let call = match id {
        "der-get-id-no-ct" => Call::status(&StatusBy::Id(verification)),
        "der-get-number" => Call::status(&StatusBy::Number { method: Method::Sms, number }),
        "der-get-reference" => {
            Call::status(&StatusBy::Reference(Reference::new("ord_2026-01-02.42~a").unwrap()))
        }
        "der-put-id" => Call::report(&ReportBy::Id(verification), &Report::Sms(Code::new("0042"))),
        "der-put-number" => {
            Call::report(&ReportBy::Number(number), &Report::FlashCall(Code::new("+46000000000")))
        }
        "der-post-utf8" => Call::start(&Start {
            number,
            how: How::Sms(SmsOptions::default()),
            reference: Reference::new("ref-1"),
            custom: Some(Custom::new("Åsa 🐝")),
        }),
        _ => return None,
    };
    Some(call.unwrap())
}

#[test]
fn the_calls_of_the_client_are_those_of_the_derived_cases() {
    let mut n_checked = 0;
    for case in cases() {
        let Some(call) = call(&case.id) else { continue };
        assert_eq!((call.method(), call.path()), (case.method.as_str(), case.path.as_str()), "{}", case.id);
        assert_eq!(call.body(), case.body.as_deref().unwrap_or_default().as_bytes(), "{}", case.id);
        assert_eq!(call.content_type().unwrap_or_default(), case.header("content-type"), "{}", case.id);
        let headers = case.scheme().headers(&call, case.now());
        let expected =
            [("authorization", &case.authorization), ("x-timestamp", &case.headers["x-timestamp"])];
        assert_eq!(headers, expected.map(|(name, value)| (name, value.clone())), "{}", case.id);
        n_checked += 1;
    }
    assert_eq!(n_checked, 6);
}

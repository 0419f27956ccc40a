//! The sample callbacks of `events/` and of `tests/vectors/lambda/` are signed as their READMEs say. The
//! signatures were computed by another implementation, so this also checks ours.

use std::path::Path;
use std::time::Duration;

use lambda_http::request;
use serde_json::Value;
use sinch_gate::event;
use sinch_gate::signature::{
    Headers, Keyring, SignatureError, SignedRequest, Tolerance, VerifiedBody, verify,
};

/// Two minutes after the first sample was signed.
const NOW: &str = "2026-01-15T09:32:00Z";

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path)).unwrap()
}

fn environment() -> Value {
    json("events/env.json")["Gate"].take()
}

fn keyring() -> Keyring {
    let environment = environment();
    let text = |name: &str| environment[name].as_str().unwrap().to_owned();
    let key = text("SINCH_APPLICATION_KEY").parse().unwrap();
    let secret = text("SINCH_APPLICATION_SECRET").parse().unwrap();
    [(key, secret)].into_iter().collect()
}

/// Verifies a Lambda event with the default tolerance, as signed for `public_path`, and gives its body.
fn verify_event(event: &str, public_path: &str) -> Result<Vec<u8>, SignatureError> {
    let request = request::from_str(event).expect("a Lambda event of a known gateway");
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let signed = SignedRequest {
        method: request.method().as_str(),
        path: public_path,
        headers: Headers::new(headers),
        body: request.body(),
    };
    let tolerance = Tolerance::either_way(Duration::from_secs(300));
    verify(&signed, &keyring(), tolerance, NOW.parse().unwrap()).map(|body| body.bytes().to_vec())
}

#[track_caller]
fn check_refused(sample: &str, expected: &str) {
    let event = read(format!("events/lambda/{sample}.json"));
    let refused = verify_event(&event, "/sinch/verification").map_err(|error| error.name());
    assert_eq!(refused, Err(expected), "{sample}");
}

#[track_caller]
fn check_front_door(name: &str, public_path: &str) {
    let event = read(format!("tests/vectors/lambda/{name}.json"));
    match verify_event(&event, public_path) {
        Ok(body) => assert_eq!(body, read("events/request-sms.json").as_bytes(), "{name}"),
        Err(error) => panic!("{name}: {error}"),
    }
}

#[test]
fn samples_are_rightly_signed_unless_401_is_expected() {
    for expected in json("events/expected.json").as_array().unwrap() {
        let sample = expected["sample"].as_str().unwrap();
        let event = read(format!("events/lambda/{sample}.json"));
        let received_path =
            serde_json::from_str::<Value>(&event).unwrap()["rawPath"].as_str().unwrap().to_owned();
        let verified = verify_event(&event, &received_path);
        assert_eq!(verified.is_err(), expected["status"] == 401, "{sample}: {verified:?}");
    }
}

#[test]
fn signed_samples_are_readable_unless_400_is_expected() {
    for expected in json("events/expected.json").as_array().unwrap() {
        let sample = expected["sample"].as_str().unwrap();
        let request = request::from_str(&read(format!("events/lambda/{sample}.json"))).unwrap();
        let key = environment()["SINCH_APPLICATION_KEY"].as_str().unwrap().parse().unwrap();
        let event = event::parse(&VerifiedBody::trust_without_verification(request.body(), key));
        assert_eq!(event.is_err(), expected["status"] == 400, "{sample}: {event:?}");
    }
}

#[test]
fn refused_samples_fail_for_the_reason_in_their_name() {
    check_refused("wrong-signature", "signature-mismatch");
    check_refused("no-authorization", "missing-authorization");
    check_refused("basic-authorization", "wrong-scheme");
    check_refused("unknown-key", "unknown-key");
    check_refused("stale", "stale-timestamp");
    check_refused("wrong-path", "signature-mismatch");
}

#[test]
fn each_plain_body_is_the_one_in_its_lambda_event() {
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("events")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.ends_with(".json") || ["env.json", "expected.json"].contains(&name) {
            continue;
        }
        assert_eq!(json(Path::new("events/lambda").join(name))["body"], read(&path), "{name}");
    }
}

#[test]
fn every_front_door_carries_the_callback_signed_for_its_public_path() {
    check_front_door("http-api", "/sinch/verification");
    check_front_door("http-api-base64", "/sinch/verification");
    check_front_door("http-api-stage", "/live/sinch/verification");
    check_front_door("http-api-custom-domain", "/hooks/sinch/verification");
    check_front_door("function-url", "/sinch/verification");
    check_front_door("function-url-base64", "/sinch/verification");
    check_front_door("rest-api", "/sinch/verification");
    check_front_door("rest-api-stage", "/live/sinch/verification");
    check_front_door("rest-api-stage-base64", "/live/sinch/verification");
    check_front_door("rest-api-custom-domain", "/hooks/sinch/verification");
    check_front_door("alb", "/sinch/verification");
    check_front_door("alb-base64", "/sinch/verification");
    check_front_door("alb-multi-value", "/sinch/verification");
}

#[test]
fn the_sample_environment_sets_only_what_the_template_declares() {
    // `sam local` silently drops every other variable.
    let template = read("template.yaml");
    for name in environment().as_object().unwrap().keys() {
        assert!(template.contains(&format!("\n          {name}: ")), "template.yaml does not declare {name}");
    }
}

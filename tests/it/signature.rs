//! Signature checking against the published and derived vectors of `tests/vectors`.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use serde::Deserialize;
use sinch_gate::signature::{
    AppKey, AppSecret, Explanation, Finding, Headers, Keyring, SecretError, SignatureError, SignedRequest,
    StringToSign, Tolerance, VerifiedBody, explain, sign, verify,
};

const TOLERANCE: Duration = Duration::from_secs(300);

/// Cases whose secret is not canonical base64; the gate refuses such a secret when it starts.
const LENIENT_SECRETS: [&str; 9] = [
    "pub-03-java-verification-result",
    "pub-04-node-validate",
    "pub-05-node-generate",
    "pub-neg-24",
    "pub-neg-27",
    "pub-neg-28",
    "pub-neg-29",
    "pub-neg-30",
    "pub-neg-32",
];

/// A case of `sinch-callback-signatures.json`.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    category: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    secret_encoding: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// Null for a request without body, which over HTTP is the same as an empty one.
    body_base64: Option<String>,
    pub(crate) valid: bool,
    /// Null where a header is missing that it is built from.
    string_to_sign: Option<String>,
    signature_for_these_inputs: Option<String>,
    reason: Option<String>,
    now: Option<String>,
    tolerance_seconds: Option<u64>,
    pub(crate) fresh: Option<bool>,
    upstream_verdict: Option<bool>,
}

impl Case {
    pub(crate) fn body(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(self.body_base64.as_deref().unwrap_or_default()).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_lenient(&self) -> bool {
        LENIENT_SECRETS.contains(&self.id.as_str())
    }

    /// The clock of the case, or the very moment that it was signed.
    pub(crate) fn now(&self) -> Timestamp {
        let signed = || self.header("x-timestamp")?.parse().ok();
        let stated = || self.now.as_deref()?.parse().ok();
        stated().or_else(signed).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn request<'a>(&'a self, body: &'a [u8]) -> SignedRequest<'a> {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        SignedRequest { method: &self.method, path: &self.path, headers: Headers::new(headers), body }
    }

    fn keyring(&self) -> Keyring {
        keyring([(&self.key, &self.secret)])
    }

    fn explain(&self) -> Explanation {
        let body = self.body();
        explain(&self.request(&body), &self.keyring(), self.either_way(), self.now())
    }

    pub(crate) fn verify(&self) -> Result<(), SignatureError> {
        let body = self.body();
        let verified = verify(&self.request(&body), &self.keyring(), self.either_way(), self.now())?;
        assert_eq!(
            (verified.bytes(), verified.key().as_str()),
            (&body[..], self.key.as_str()),
            "{}",
            self.id
        );
        Ok(())
    }

    fn either_way(&self) -> Tolerance {
        Tolerance::either_way(self.tolerance())
    }

    pub(crate) fn tolerance(&self) -> Duration {
        self.tolerance_seconds.map_or(TOLERANCE, Duration::from_secs)
    }
}

fn keyring<const N: usize>(pairs: [(&str, &str); N]) -> Keyring {
    pairs.into_iter().map(|(key, secret)| (key.parse().unwrap(), secret.parse().unwrap())).collect()
}

pub(crate) fn cases() -> Vec<Case> {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../vectors/sinch-callback-signatures.json")).unwrap();
    assert_eq!(cases.len(), 97);
    cases
}

fn case(id: &str) -> Case {
    cases().into_iter().find(|case| case.id == id).unwrap()
}

#[test]
fn every_case_gets_its_verdict_and_reason() {
    for case in cases().iter().filter(|case| !case.is_lenient()) {
        // The vectors leave the clock out of `valid`, except where they state one.
        let expected = match (case.valid, case.fresh) {
            (true, None | Some(true)) => None,
            (true, Some(false)) => continue,
            (false, _) => Some(match (case.reason.as_deref(), case.id.as_str()) {
                (Some(reason), _) => reason,
                (None, "pub-bad-06-instance-signed-2") => "wrong-scheme",
                (None, _) => "signature-mismatch",
            }),
        };
        assert_eq!(case.verify().err().map(|error| error.name()), expected, "{}", case.id);
    }
}

#[test]
fn a_secret_that_needs_a_lenient_decoder_is_refused() {
    for case in cases() {
        assert_eq!(case.is_lenient(), case.secret_encoding == "lenient-base64", "{}", case.id);
        let expected = case.is_lenient().then_some(SecretError::NotBase64);
        assert_eq!(case.secret.parse::<AppSecret>().err(), expected, "{}", case.id);
    }
}

#[test]
fn a_correct_signature_is_accepted_only_near_the_time_it_states() {
    let expected = [
        ("age-01", None),
        ("age-02", None),
        ("age-03", Some("stale-timestamp")),
        ("age-04", None),
        ("age-06", Some("stale-timestamp")),
        ("age-08", Some("malformed-timestamp")),
        ("age-09", Some("malformed-timestamp")),
    ];
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.category == "derived-freshness").collect();
    assert_eq!(cases.len(), expected.len());
    for (case, (id, error)) in cases.iter().zip(expected) {
        assert_eq!((case.id.as_str(), case.verify().err().map(|error| error.name())), (id, error));
        assert_eq!(case.fresh, Some(error.is_none()), "{id}");
    }
}

#[test]
fn the_text_and_signature_of_every_case_are_as_computed_elsewhere() {
    for case in cases().iter().filter(|case| !case.is_lenient()) {
        let body = case.body();
        let text = StringToSign::of(&case.request(&body)).ok();
        assert_eq!(text.as_ref().map(ToString::to_string), case.string_to_sign, "{}", case.id);
        let (key, secret) = (case.key.parse().unwrap(), case.secret.parse().unwrap());
        let expected =
            case.signature_for_these_inputs.as_ref().map(|base64| format!("Application {key}:{base64}"));
        assert_eq!(text.map(|text| sign(&text, &key, &secret)), expected, "{}", case.id);
    }
}

#[test]
fn an_explanation_gives_the_verdict_of_verification() {
    for case in cases().iter().filter(|case| !case.is_lenient()) {
        assert_eq!(case.explain().verdict(), case.verify(), "{}", case.id);
    }
}

#[track_caller]
fn check_explanation(case: &Case, expected: &str) {
    let stages = case.explain().stages;
    let lines: Vec<String> =
        stages.iter().map(|stage| format!("{}: {}", stage.name, stage.finding)).collect();
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn an_explanation_tells_what_each_check_found() {
    check_explanation(
        &case("age-03"),
        "Authorization header: one signature for application `6f9b0c1e-2d34-4a56-8b78-9cdef0123456`\n\
         application key: configured with one secret\n\
         text to sign: POST\n+dwakKXBg5LA55eSLmbZpw==\napplication/json; charset=utf-8\n\
         x-timestamp:2026-03-02T10:15:30.1234567Z\n/sinch/verification\n\
         signature: a secret of the application gives this signature\n\
         x-timestamp: signed 300.9 s ago, 300 s are accepted: a replay, a long delay, or a wrong clock here",
    );
}

#[test]
fn an_explanation_goes_on_after_a_failure() {
    let explanation = case("amb-03-key-other-case").explain();
    let findings: Vec<&Finding> = explanation.stages.iter().map(|stage| &stage.finding).collect();
    assert!(
        matches!(
            findings[..],
            [
                Finding::Passed(_),
                Finding::Failed(SignatureError::UnknownKey { .. }),
                Finding::Passed(_),
                Finding::Skipped,
                Finding::Passed(_),
            ]
        ),
        "{findings:?}",
    );
}

#[test]
fn an_explanation_names_the_mistake_that_was_made() {
    let expected = [
        ("der-01-request-sms", None),
        ("amb-02-percent-path-decoded", Some("the path was signed with its percent-encoding undone")),
        (
            "amb-05-empty-body-md5-of-nothing",
            Some("an empty body was hashed, where its line has to be empty"),
        ),
        ("neg-01", None),
        ("neg-05", Some("the body was signed without the white space around it")),
        ("neg-08", None),
        ("neg-10", Some("the path was signed with a leading slash")),
        ("neg-11", Some("the path was signed in lower case")),
        (
            "neg-12",
            Some("the path was signed without its first segment: is that a stage, which the gateway adds?"),
        ),
        (
            "neg-13",
            Some("the path was signed with a stage in front: use the path of the public callback URL"),
        ),
        ("neg-21", Some("another content type was signed: something on the way rewrites the header")),
        ("neg-40", None),
        ("neg-50", Some("the lines were joined by CR LF, where LF has to stand alone")),
        ("neg-51", Some("a line end was signed after the path")),
        ("neg-53", Some("`x-timestamp` was not written in lower case")),
        ("neg-54", Some("a blank was signed after `x-timestamp:`")),
        ("neg-55", Some("the method was signed in lower case")),
        ("neg-57", Some("the line of the body's hash was left out")),
    ];
    for (id, mistake) in expected {
        assert_eq!(case(id).explain().suspicion, mistake, "{id}");
    }
}

#[test]
fn no_explanation_or_error_shows_a_signature_or_secret() {
    for case in cases().iter().filter(|case| !case.is_lenient()) {
        let shown = format!("{:?} {:?}", case.explain(), case.verify());
        assert!(!shown.contains(&case.secret), "{}", case.id);
        let sent = case.header("authorization").and_then(|value| value.rsplit([':', ' ']).next());
        let signatures = [sent, case.signature_for_these_inputs.as_deref()].into_iter().flatten();
        for signature in signatures.filter(|signature| signature.len() > 20) {
            assert!(!shown.contains(signature), "{}", case.id);
        }
    }
}

#[test]
fn the_published_verification_example_that_disagrees_with_itself_is_refused() {
    for id in ["pub-bad-02-verification-request-doc", "pub-bad-03-voice-request-doc"] {
        assert_eq!(case(id).verify(), Err(SignatureError::Mismatch), "{id}");
    }
}

#[test]
fn the_key_and_secret_in_clear_text_are_refused_unlike_in_the_node_library() {
    let case = case("pub-neg-32");
    assert_eq!((case.valid, case.upstream_verdict), (false, Some(true)));
    // The secret of that case is not canonical; the refusal does not depend on it.
    let keyring = keyring([(&case.key, "bXkta2V5LXNlY3JldA==")]);
    let body = case.body();
    let result = verify(&case.request(&body), &keyring, Tolerance::either_way(TOLERANCE), case.now());
    assert_eq!(result.err(), Some(SignatureError::WrongScheme));
}

#[test]
fn either_secret_is_accepted_while_one_replaces_the_other() {
    let case = case("der-01-request-sms");
    let (other, body) = ("bXkta2V5LXNlY3JldA==", case.body());
    for secrets in [[other, &case.secret], [&case.secret, other]] {
        let keyring = keyring([(&case.key, secrets[0]), (&case.key, secrets[1])]);
        assert!(verify(&case.request(&body), &keyring, Tolerance::either_way(TOLERANCE), case.now()).is_ok());
    }
}

#[test]
fn the_key_selects_the_secret() {
    let case = case("der-01-request-sms");
    let body = case.body();
    let keyring = keyring([(&case.key, "bXkta2V5LXNlY3JldA=="), ("another-app", &case.secret)]);
    let result = verify(&case.request(&body), &keyring, Tolerance::either_way(TOLERANCE), case.now());
    assert_eq!(result.err(), Some(SignatureError::Mismatch));
}

#[test]
fn a_missing_timestamp_is_refused() {
    let mut case = case("der-01-request-sms");
    case.headers.remove("x-timestamp");
    assert_eq!(case.verify(), Err(SignatureError::MissingTimestamp));
}

#[test]
fn the_debug_forms_show_neither_body_nor_signature() {
    let case = case("der-01-request-sms");
    let body = case.body();
    let key: AppKey = case.key.parse().unwrap();
    let n_bytes = body.len();
    assert_eq!(
        format!("{:?}", case.request(&body)),
        format!("SignedRequest(POST /sinch/verification, {n_bytes} bytes)"),
    );
    assert_eq!(
        format!("{:?}", VerifiedBody::trust_without_verification(&body, key)),
        format!("VerifiedBody({n_bytes} bytes for {})", case.key),
    );
}

//! Proof that a callback comes from Sinch.
//!
//! Sinch signs each callback with the secret of the application that it is for:
//!
//! ```text
//! Authorization: Application KEY:SIGNATURE
//! SIGNATURE = base64( HMAC-SHA256( base64-decode(SECRET), TEXT ) )
//! TEXT      = METHOD \n base64(MD5(body)) \n CONTENT-TYPE \n x-timestamp:TIMESTAMP \n PATH
//! ```
//!
//! [`verify`] checks a [`SignedRequest`] and turns its body into a [`VerifiedBody`], the only thing that
//! [`event::parse`](crate::event::parse()) reads: nothing can be parsed before it is proven. [`explain()`]
//! runs the same checks and shows what each of them found.
//!
//! The scheme is that of
//! <https://developers.sinch.com/docs/verification/api-reference/authentication/callback-signed-request>.
//! Sinch does not say how old a timestamp may be, so the tolerance is the caller's: one for [`verify`], and
//! after the event is read a narrower one for those that have to be fresh. There is no nonce: a replay inside
//! the tolerance passes here and is caught by the verification's `id`.
//!
//! This module knows neither HTTP types nor JSON, and it takes the time as an argument.

mod app_key;
mod app_scope;
mod authorization;
mod error;
mod explain;
mod freshness;
mod headers;
mod keyring;
mod secret;
mod string_to_sign;
mod suspicion;

pub use app_key::{AppKey, AppKeyError};
pub use app_scope::AppScope;
pub use error::SignatureError;
pub use explain::{Explanation, Finding, Stage, explain};
pub use freshness::Tolerance;
pub use headers::Headers;
pub use keyring::Keyring;
pub use secret::{AppSecret, SecretError};
pub use string_to_sign::StringToSign;

use std::fmt;

use authorization::Authorization;
use freshness::Age;
use jiff::{SignedDuration, Timestamp};

/// The parts of an HTTP request that Sinch's signature covers, borrowed as they were received.
#[derive(Clone, Copy)]
pub struct SignedRequest<'a> {
    /// The HTTP method in upper case, `POST` for every callback.
    pub method: &'a str,
    /// The path of the *public* callback URL, without origin and query. Behind a gateway it may differ from
    /// the path that the handler sees.
    pub path: &'a str,
    /// The headers that matter to the signature.
    pub headers: Headers<'a>,
    /// The body, byte for byte: parsing and writing it again breaks the signature.
    pub body: &'a [u8],
}

/// A body that Sinch has signed, with the application it was signed for, and how long ago.
#[derive(Clone)]
pub struct VerifiedBody<'a> {
    bytes: &'a [u8],
    key: AppKey,
    age: Age,
}

impl<'a> VerifiedBody<'a> {
    /// Takes a body on trust, for the local replay of recorded traffic. Never call this for a request that
    /// came over a network.
    #[must_use]
    pub fn trust_without_verification(bytes: &'a [u8], key: AppKey) -> Self {
        Self { bytes, key, age: Age(SignedDuration::ZERO) }
    }

    /// The body as received.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The application that the callback is for.
    #[must_use]
    pub fn key(&self) -> &AppKey {
        &self.key
    }

    /// Checks that it was signed within a tolerance narrower than that of [`verify`]: how late an event may
    /// come can depend on what it is, which only its body says.
    ///
    /// # Errors
    ///
    /// Where it was signed longer ago, or further ahead.
    pub fn check_age(&self, tolerance: Tolerance) -> Result<(), SignatureError> {
        self.age.check(tolerance)
    }
}

/// Checks that `request` was signed with a secret of the application it names, at a time within `tolerance`
/// of `now`.
///
/// All secrets of the application are tried, so that one can be replaced without a gap. The signature is
/// compared as text, in constant time: another spelling of the same bytes is not what Sinch sends.
///
/// # Errors
///
/// The first check that fails, in this order: authorization header, application key, timestamp and content
/// type present, signature, age.
pub fn verify<'a>(
    request: &SignedRequest<'a>,
    keyring: &Keyring,
    tolerance: Tolerance,
    now: Timestamp,
) -> Result<VerifiedBody<'a>, SignatureError> {
    let authorization = Authorization::read(&request.headers)?;
    let secrets = keyring.secrets(&authorization.key)?;
    let text = StringToSign::of(request)?;
    authorization.check_signature(&text, secrets)?;
    let age = Age::of(text.timestamp(), now)?;
    age.check(tolerance)?;
    Ok(VerifiedBody { bytes: request.body, key: authorization.key, age })
}

/// The value of the `Authorization` header that signs `text` for the application `key`.
#[must_use]
pub fn sign(text: &StringToSign<'_>, key: &AppKey, secret: &AppSecret) -> String {
    format!("Application {key}:{}", secret.sign(text))
}

/// Shows the size only, since a body holds numbers and free text of end users.
impl fmt::Debug for VerifiedBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifiedBody({} bytes for {})", self.bytes.len(), self.key)
    }
}

/// Shows neither body nor headers, since they hold numbers and the signature.
impl fmt::Debug for SignedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedRequest({} {}, {} bytes)", self.method, self.path, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn key() -> AppKey {
        "app-key".parse().unwrap()
    }

    const BODY: &[u8] = br#"{"id":"1","event":"VerificationRequestEvent"}"#;
    const NOW: &str = "2026-03-02T10:15:40Z";
    const SECRET: &str = "b2YgdGhlIGFwcGxpY2F0aW9u";
    /// Made by Python's `hmac` and `hashlib`.
    const HEADER: &str = "Application app-key:c7sIeiZ3tjlYHc7+DZev/AVXJ9e1qSsRuhhgMC4+i3o=";

    /// The request that [`HEADER`] signs, with another `Authorization` header or body.
    fn request<'a>(authorization: &'a str, body: &'a [u8]) -> SignedRequest<'a> {
        let headers = Headers::new([
            ("authorization", authorization.as_bytes()),
            ("x-timestamp", b"2026-03-02T10:15:30Z"),
            ("content-type", b"application/json"),
        ]);
        SignedRequest { method: "POST", path: "/sinch", headers, body }
    }

    /// What both say of a request, the gate's check and the explanation for people.
    fn check(request: &SignedRequest<'_>, secrets: &[&str]) -> (Result<(), SignatureError>, Vec<String>) {
        let keyring = secrets.iter().map(|secret| (key(), secret.parse().unwrap())).collect();
        let tolerance = Tolerance::either_way(Duration::from_secs(300));
        let now = NOW.parse().unwrap();
        let verdict =
            verify(request, &keyring, tolerance, now).map(|body| assert_eq!(body.bytes(), request.body));
        let explanation = explain(request, &keyring, tolerance, now);
        assert_eq!(explanation.verdict(), verdict);
        (verdict, explanation.stages.iter().map(|stage| stage.finding.to_string()).collect())
    }

    #[test]
    fn a_signature_made_elsewhere_is_accepted_with_any_secret_of_the_application() {
        let right = request(HEADER, BODY);
        let text = StringToSign::of(&right).unwrap();
        assert_eq!(sign(&text, &key(), &SECRET.parse().unwrap()), HEADER);
        let other = "YW5vdGhlcg==";
        for secrets in [&[SECRET][..], &[SECRET, other], &[other, SECRET], &[SECRET, SECRET]] {
            let (verdict, found) = check(&right, secrets);
            assert_eq!(verdict, Ok(()), "{secrets:?}");
            assert_eq!(found.last().map(String::as_str), Some("signed 10.0 s ago"));
        }
        let (verdict, found) = check(&right, &[other]);
        assert_eq!(verdict, Err(SignatureError::Mismatch));
        assert_eq!(found[3], SignatureError::Mismatch.to_string());
        assert_eq!(check(&request(HEADER, b"{}"), &[SECRET]).0, Err(SignatureError::Mismatch));
        assert_eq!(check(&request(HEADER, BODY), &[]).0, Err(SignatureError::UnknownKey { key: key() }));
    }

    #[test]
    fn an_age_is_checked_again_by_a_narrower_tolerance() {
        let tolerance = Tolerance::either_way(Duration::from_secs(300));
        let aged = |seconds| {
            let age = Age(SignedDuration::from_secs(seconds));
            VerifiedBody { bytes: b"{}", key: key(), age }.check_age(tolerance)
        };
        assert_eq!(aged(300), Ok(()));
        assert!(aged(301).is_err() && aged(-301).is_err());
        assert_eq!(VerifiedBody::trust_without_verification(b"{}", key()).check_age(tolerance), Ok(()));
    }

    #[test]
    fn what_is_shown_for_debugging_has_neither_body_nor_headers() {
        let body = br#"{"number": "+46701740605"}"#;
        let shown = format!("{:?}", VerifiedBody::trust_without_verification(body, key()));
        assert_eq!(shown, "VerifiedBody(26 bytes for app-key)");
        let headers = Headers::new([("authorization", b"Application app-key:c2lnbmF0dXJl".as_slice())]);
        let request = SignedRequest { method: "POST", path: "/sinch", headers, body };
        assert_eq!(format!("{request:?}"), "SignedRequest(POST /sinch, 26 bytes)");
        assert_eq!(format!("{:?}", key()), "app-key");
    }
}

//! Properties of signature checking: what is signed passes, and whatever differs from it does not.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use sinch_gate::signature::{
    AppKey, AppSecret, Headers, Keyring, SignatureError, SignedRequest, StringToSign, Tolerance, sign, verify,
};

const TOLERANCE: Tolerance = Tolerance { late: Duration::from_secs(300), early: Duration::from_secs(300) };

fn key() -> AppKey {
    "app".parse().unwrap()
}

fn secret() -> AppSecret {
    "bXkta2V5LXNlY3JldA==".parse().unwrap()
}

fn keyring() -> Keyring {
    [(key(), secret())].into_iter().collect()
}

/// What a sender signed, and a request that may differ from it.
#[derive(Clone, Debug)]
struct Parts {
    body: Vec<u8>,
    content_type: String,
    timestamp: String,
    path: String,
}

impl Parts {
    /// The header that signs these parts.
    fn authorization(&self) -> String {
        let text = StringToSign::new("POST", &self.body, &self.content_type, &self.timestamp, &self.path);
        sign(&text, &key(), &secret())
    }

    /// Verifies these parts under the signature of `signed`, at the time at which that was made.
    fn verify_as(&self, signed: &Self) -> Result<(), SignatureError> {
        self.verify_under(signed.authorization().as_bytes(), signed.timestamp.parse().unwrap())
    }

    fn verify_under(&self, authorization: &[u8], now: Timestamp) -> Result<(), SignatureError> {
        let headers = Headers::new([
            ("authorization", authorization),
            ("content-type", self.content_type.as_bytes()),
            ("x-timestamp", self.timestamp.as_bytes()),
        ]);
        let request = SignedRequest { method: "POST", path: &self.path, headers, body: &self.body };
        verify(&request, &keyring(), TOLERANCE, now).map(drop)
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    let body = proptest::collection::vec(any::<u8>(), 1..200);
    let content_type = "application/json(; charset=[a-zA-Z0-9-]{1,8})?";
    (body, content_type, 0..4_000_000_000_i64, 0..1_000_000_000_i32, "(/[a-zA-Z0-9._~-]{1,12}){1,4}")
        .prop_map(|(body, content_type, seconds, nanoseconds, path)| {
            let timestamp = Timestamp::new(seconds, nanoseconds).unwrap().to_string();
            Parts { body, content_type, timestamp, path }
        })
}

/// Replaces one byte by another printable one.
fn change(text: &str, at: prop::sample::Index, to: char) -> String {
    let at = at.index(text.len());
    format!("{}{to}{}", &text[..at], &text[at + 1..])
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted(parts in parts()) {
        prop_assert_eq!(parts.verify_as(&parts), Ok(()));
    }

    #[test]
    fn one_changed_byte_of_the_body_is_refused(
        parts in parts(), at: prop::sample::Index, flip in 1..=u8::MAX,
    ) {
        let mut changed = parts.clone();
        let at = at.index(changed.body.len());
        changed.body[at] ^= flip;
        prop_assert_eq!(changed.verify_as(&parts), Err(SignatureError::Mismatch));
    }

    #[test]
    fn one_changed_byte_of_path_content_type_or_timestamp_is_refused(
        parts in parts(), at: prop::sample::Index, to in proptest::char::range('!', '~'),
    ) {
        for changed in [
            Parts { path: change(&parts.path, at, to), ..parts.clone() },
            Parts { content_type: change(&parts.content_type, at, to), ..parts.clone() },
            Parts { timestamp: change(&parts.timestamp, at, to), ..parts.clone() },
        ] {
            let same = changed.path == parts.path
                && changed.content_type == parts.content_type
                && changed.timestamp == parts.timestamp;
            let expected = if same { Ok(()) } else { Err(SignatureError::Mismatch) };
            prop_assert_eq!(changed.verify_as(&parts), expected);
        }
    }

    #[test]
    fn one_changed_byte_of_key_or_signature_is_refused(
        parts in parts(), at: prop::sample::Index, to in proptest::char::range('!', '~'),
    ) {
        let right = parts.authorization();
        let (scheme, credentials) = right.split_once(' ').unwrap();
        let changed = format!("{scheme} {}", change(credentials, at, to));
        let result = parts.verify_under(changed.as_bytes(), parts.timestamp.parse().unwrap());
        prop_assert_eq!(result.is_ok(), changed == right, "{}", changed);
    }

    #[test]
    fn bytes_that_are_no_signature_are_refused(
        parts in parts(), value in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let now = parts.timestamp.parse().unwrap();
        prop_assert!(parts.verify_under(&value, now).is_err());
        let signature = [b"Application app:", value.as_slice()].concat();
        prop_assert!(parts.verify_under(&signature, now).is_err());
    }
}

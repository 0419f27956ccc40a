//! Requests for other implementations of the signature to judge: right ones, and ones with mistakes in them.
//!
//! `.ci/differential` has Sinch's own packages judge the same requests, and compares (`tests/differential`).
//! Here stands what needs no other implementation: the requests have all kinds of verdict in them, and what
//! is accepted was signed as it stands.

mod requests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;
use sinch_gate::signature::{Headers, Keyring, SignedRequest, Tolerance, verify};

use requests::{KEYRING, Request, Requests, now};

const SEED: u64 = 17;
const TOLERANCE: Duration = Duration::from_secs(300);

/// The number of requests where nothing else is asked for.
const N_REQUESTS: usize = 4_000;

/// What the gate says of a request: `accepted`, or why not.
fn verdict(request: &Request, keyring: &Keyring) -> String {
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let signed = SignedRequest {
        method: &request.method,
        path: &request.path,
        headers: Headers::new(headers),
        body: &request.body,
    };
    match verify(&signed, keyring, Tolerance::either_way(TOLERANCE), now()) {
        Ok(verified) => {
            assert_eq!(verified.bytes(), request.body);
            "accepted".to_owned()
        }
        Err(error) => error.name().to_owned(),
    }
}

fn keyring() -> Keyring {
    KEYRING.iter().map(|(key, secret)| (key.parse().unwrap(), secret.parse().unwrap())).collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::vars().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// A request and its verdict, as the judges read them: bytes in base64, since JSON holds text only.
fn line(request: &Request, verdict: &str) -> serde_json::Value {
    let headers = request.headers.iter().map(|(name, value)| json!([name, BASE64_STANDARD.encode(value)]));
    json!({
        "now": now(),
        "verdict": verdict,
        "keyring": KEYRING,
        "method": request.method,
        "path": request.path,
        "headers": headers.collect::<Vec<_>>(),
        "body": BASE64_STANDARD.encode(&request.body),
        "changes": request.changes,
    })
}

#[test]
fn requests_for_other_implementations_have_every_verdict_among_them() {
    let n_requests = variable("SINCH_GATE_TEST_REQUESTS").map_or(N_REQUESTS, |n| n.parse().unwrap());
    let file = variable("SINCH_GATE_TEST_REQUESTS_FILE");
    let mut file = file.map(|path| BufWriter::new(File::create(path).unwrap()));
    let keyring = keyring();
    let mut requests = Requests::new(SEED);
    let mut n_by_verdict = BTreeMap::<String, usize>::new();
    for _ in 0..n_requests {
        let request = requests.next();
        let verdict = verdict(&request, &keyring);
        if verdict == "accepted" {
            assert!(request.is_as_signed(), "accepted though changed: {}", line(&request, &verdict));
        }
        if let Some(file) = &mut file {
            writeln!(file, "{}", line(&request, &verdict)).unwrap();
        }
        *n_by_verdict.entry(verdict).or_default() += 1;
    }
    let verdicts: Vec<&str> = n_by_verdict.keys().map(String::as_str).collect();
    let expected = [
        "accepted",
        "early-timestamp",
        "malformed-authorization",
        "malformed-content-type",
        "malformed-timestamp",
        "missing-authorization",
        "missing-content-type",
        "missing-timestamp",
        "signature-mismatch",
        "stale-timestamp",
        "unknown-key",
        "wrong-scheme",
    ];
    assert_eq!(verdicts, expected);
    assert!(n_by_verdict["accepted"] * 8 > n_requests, "too few are accepted: {n_by_verdict:?}");
}

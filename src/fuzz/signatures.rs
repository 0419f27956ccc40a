//! The signature: what is accepted has a valid one, by an implementation that shares no code with ours.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::{KEY, SECRET, app, now};
use crate::signature::{Headers, Keyring, SignedRequest, StringToSign, Tolerance, explain, sign, verify};

/// The content type that stands for all in signed inputs of the front doors.
pub(super) const CONTENT_TYPE: &str = "application/json";

/// The path of the callback URL.
pub(super) const PATH: &str = "/sinch/verification";

pub(super) fn keyring() -> Keyring {
    [(app(), SECRET.parse().unwrap())].into_iter().collect()
}

/// An input in which `{now}` is the time and `{sig}` the signature of a body, so that changes of an input
/// come past the signature.
pub(super) fn signed(input: &[u8], body: &[u8], now: Timestamp) -> Vec<u8> {
    let timestamp = now.to_string();
    let text = StringToSign::new("POST", body, CONTENT_TYPE, &timestamp, PATH);
    let authorization = sign(&text, &app(), &SECRET.parse().unwrap());
    let (_, signature) = authorization.rsplit_once(':').unwrap();
    replaced(&replaced(input, b"{now}", timestamp.as_bytes()), b"{sig}", signature.as_bytes())
}

fn replaced(input: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(input.len());
    let mut rest = input;
    while let Some(at) = rest.windows(word.len()).position(|window| window == word) {
        output.extend(&rest[..at]);
        output.extend(by);
        rest = &rest[at + word.len()..];
    }
    output.extend(rest);
    output
}

/// Method and path, then headers, each on a line; then an empty line and the body.
pub(super) fn authorization(input: &[u8]) {
    let end = input.windows(2).position(|window| window == b"\n\n").unwrap_or(input.len());
    let body = input.get(end + 2..).unwrap_or_default();
    let head = signed(&input[..end], body, now());
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (method, path) = first.split_once(' ').unwrap_or((&first, ""));
    let headers: Vec<(String, &[u8])> = lines
        .filter_map(|line| {
            let at = line.iter().position(|byte| *byte == b':')?;
            let value = line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..]);
            Some((String::from_utf8_lossy(&line[..at]).into_owned(), value))
        })
        .collect();
    let named = || headers.iter().map(|(name, value)| (name.as_str(), *value));
    let request = SignedRequest { method, path, headers: Headers::new(named()), body };
    let tolerance = Tolerance::either_way(Duration::from_secs(300));
    let verdict = verify(&request, &keyring(), tolerance, now());
    let explained = explain(&request, &keyring(), tolerance, now());
    assert_eq!(explained.verdict(), verdict.as_ref().map(|_| ()).map_err(Clone::clone));
    // An explanation shows what was signed, whatever its sender wrote there; the log gets the error alone.
    let error = verdict.as_ref().err().map(ToString::to_string);
    assert!(!format!("{error:?} {verdict:?}").contains(SECRET), "the secret is shown");
    if verdict.is_ok() {
        let once = |name: &str| {
            let mut values = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            let (_, value) = values.next().expect("it is there");
            assert!(values.next().is_none(), "{name} came twice");
            std::str::from_utf8(value).expect("it is text")
        };
        let text = text_of(method, body, once("content-type"), once("x-timestamp"), path);
        let (scheme, credentials) = once("authorization").split_once(' ').expect("there is a scheme");
        assert!(scheme.eq_ignore_ascii_case("application"));
        assert_eq!(credentials, format!("{KEY}:{}", signature_of(&text)), "not signed, and accepted");
        let signed: Timestamp = once("x-timestamp").parse().expect("it is a time");
        assert!(now().duration_since(signed).unsigned_abs() <= Duration::from_secs(300));
    }
}

/// The five lines.
fn text_of(method: &str, body: &[u8], content_type: &str, timestamp: &str, path: &str) -> String {
    let hash = if body.is_empty() { String::new() } else { BASE64_STANDARD.encode(Md5::digest(body)) };
    [method, &hash, content_type, &format!("x-timestamp:{timestamp}"), path].join("\n")
}

/// HMAC as RFC 2104 defines it, from nothing but the hash.
fn signature_of(text: &str) -> String {
    let mut key = [0; 64];
    let secret = BASE64_STANDARD.decode(SECRET).unwrap();
    key[..secret.len()].copy_from_slice(&secret);
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    let outer = Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    BASE64_STANDARD.encode(outer)
}

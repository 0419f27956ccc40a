//! Random requests, signed rightly or by one of the usual mistakes, and changed on their way or not.

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, Engine as _};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use sinch_gate::signature::{AppKey, AppSecret, StringToSign, sign};

/// Two applications; the second is exchanging its secret.
pub(super) const KEYRING: [(&str, &str); 3] = [
    ("6f9b0c1e-2d34-4a56-8b78-9cdef0123456", "BeIukql3pTKJ8RGL5zo0DA=="),
    ("669E367E6BBA48ABAF15266871C28135", "uzNvJ2OQQE+vS2f2b1pZ8A=="),
    ("669E367E6BBA48ABAF15266871C28135", "AAECAwQFBgcICQoLDA0ODw=="),
];

/// A secret that no application has.
const FOREIGN_SECRET: &str = "//////////8AAAAAAAAAAA==";

const PATHS: [&str; 9] =
    ["/sinch/verification", "/", "", "/a%20b", "/a b", "/A/B", "/sinch/verification/", "/ö", "/a?b=c"];
const CONTENT_TYPES: [&str; 8] = [
    "application/json; charset=utf-8",
    "application/json",
    "application/json;charset=UTF-8",
    "APPLICATION/JSON",
    "",
    "text/plain; a=\"b, c\"",
    " application/json ",
    "application/jsön",
];

/// What senders do wrong, or differently.
const MISTAKES: [&str; 16] = [
    "foreign secret",
    "content type undefined",
    "timestamp undefined",
    "method signed in lower case",
    "path signed with query",
    "begin of the path within the timestamp",
    "hash of another body",
    "clear-text Basic",
    "base64 Basic",
    "signature in hex",
    "URL-safe signature",
    "no padding",
    "scheme in lower case",
    "another scheme",
    "no scheme",
    "clear-text secret",
];

/// The clock of all verdicts.
pub(super) fn now() -> Timestamp {
    "2026-10-01T09:00:00.25Z".parse().unwrap()
}

/// One request, as it arrives.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    /// The mistakes of its sender, and what happened to it on its way.
    pub(super) changes: Vec<&'static str>,
    signed: Signed,
}

/// What was signed of it.
#[derive(Clone)]
struct Signed {
    method: String,
    path: String,
    content_type: String,
    timestamp: String,
    body: Vec<u8>,
}

impl Request {
    /// Whether what the signature covers is what was signed.
    pub(super) fn is_as_signed(&self) -> bool {
        let Signed { method, path, content_type, timestamp, body } = &self.signed;
        let is = |name, value: &String| {
            let mut named = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
            named.next().is_some_and(|(_, first)| first == value.as_bytes()) && named.next().is_none()
        };
        (&self.method, &self.path, &self.body) == (method, path, body)
            && is("content-type", content_type)
            && is("x-timestamp", timestamp)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|(header, _)| header.eq_ignore_ascii_case(name))
    }
}

/// An endless number of them.
pub(super) struct Requests(Rng);

impl Requests {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    pub(super) fn next(&mut self) -> Request {
        let mut request = self.signed();
        let n_changes = [0, 0, 1, 1, 1, 2, 3][self.0.usize(..7)];
        for _ in 0..n_changes {
            self.change(&mut request);
        }
        request
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())]
    }

    fn body(&mut self) -> Vec<u8> {
        match self.0.u8(..8) {
            0 => Vec::new(),
            1 => (0..self.0.usize(1..64)).map(|_| self.0.u8(..)).collect(),
            2 => (0..self.0.usize(1..64)).flat_map(|_| self.0.char(..).to_string().into_bytes()).collect(),
            3 => b"\xef\xbb\xbf {\"event\": \"VerificationRequestEvent\"}\r\n".to_vec(),
            _ => format!(
                "{{\"id\":\"{:x}\",\"event\":\"VerificationRequestEvent\",\"method\":\"sms\",\
                 \"identity\":{{\"type\":\"number\",\"endpoint\":\"+4670{:07}\"}}}}",
                self.0.u64(..),
                self.0.u32(..10_000_000)
            )
            .into_bytes(),
        }
    }

    fn timestamp(&mut self) -> String {
        let distance = match self.0.u8(..8) {
            0 => self.0.i64(-900_000..900_000),
            1 => self.pick(&[-300_000, -300_001, 300_000, 300_001]),
            _ => self.0.i64(-290_000..290_000),
        };
        let at = now() + SignedDuration::from_millis(distance);
        match self.0.u8(..24) {
            0 => at.as_second().to_string(),
            1 => at.to_string().replace('Z', "+00:00"),
            2 => at.to_string().replace('T', " "),
            3 => at.to_string().trim_end_matches('Z').to_owned(),
            4 => String::new(),
            5 => "undefined".to_owned(),
            6 => format!("{at} "),
            _ => at.to_string(),
        }
    }

    /// A request as its sender makes it, who may make a mistake.
    fn signed(&mut self) -> Request {
        let mistake = MISTAKES.get(self.0.usize(..40)).copied().unwrap_or_default();
        let (key, secret) = self.pick(&KEYRING);
        let method = self.pick(&["POST", "POST", "POST", "POST", "POST", "GET", "PUT", "post"]).to_owned();
        let path = self.pick(&PATHS).to_owned();
        let (content_type, timestamp) = (self.pick(&CONTENT_TYPES).to_owned(), self.timestamp());
        let body = self.body();
        let mut headers = vec![
            ("Content-Type".to_owned(), content_type.clone().into_bytes()),
            ("x-timestamp".to_owned(), timestamp.clone().into_bytes()),
        ];
        let mut signed = Signed {
            method: method.clone(),
            path: path.clone(),
            content_type,
            timestamp,
            body: body.clone(),
        };
        match mistake {
            "content type undefined" => {
                headers.remove(0);
                signed.content_type = "undefined".to_owned();
            }
            "timestamp undefined" => {
                headers.remove(1);
                signed.timestamp = "undefined".to_owned();
            }
            "method signed in lower case" => signed.method.make_ascii_lowercase(),
            "path signed with query" => signed.path.push_str("?a=b"),
            // The signed text is the same wherever its lines are cut.
            "begin of the path within the timestamp" => {
                signed.path.insert_str(0, "/a\n");
                headers[1].1.extend(b"\n/a");
            }
            "hash of another body" => signed.body = b"{}".to_vec(),
            _ => {}
        }
        headers.push(("Authorization".to_owned(), authorization(&signed, key, secret, mistake).into_bytes()));
        self.0.shuffle(&mut headers);
        Request { method, path, headers, body, changes: vec![mistake], signed }
    }

    /// Something that a proxy, a framework or an attacker does to a request.
    fn change(&mut self, request: &mut Request) {
        let name = self.pick(&["authorization", "authorization", "x-timestamp", "content-type"]);
        let at = request.position(name);
        let change = match (self.0.u8(..19), at) {
            (0..3, Some(at)) => self.header_name(&mut request.headers[at].0),
            (3..9, Some(at)) => self.header_value(&mut request.headers[at].1),
            (9, Some(at)) => {
                request.headers.remove(at);
                "header removed"
            }
            (10, Some(at)) => {
                let (name, mut value) = request.headers[at].clone();
                let change = self.header_value(&mut value);
                let place = self.0.usize(..=request.headers.len());
                request.headers.insert(place, (name.to_uppercase(), value));
                ["header repeated", change][usize::from(self.0.bool())]
            }
            (11, Some(at)) => {
                let repeated = request.headers[at].clone();
                request.headers.push(repeated);
                "header repeated as it is"
            }
            (12, _) => {
                request.headers.push(("X-Forwarded-For".to_owned(), b"192.0.2.1".to_vec()));
                "other header"
            }
            (13..16, _) => {
                self.bytes(&mut request.body);
                "body"
            }
            (16, _) => {
                request.body.push(b'\n');
                "line end after the body"
            }
            (17, _) => {
                request.method = self.pick(&["POST", "post", "Post", "PUT", ""]).to_owned();
                "method"
            }
            _ => {
                request.path = self.pick(&PATHS).to_owned();
                "path"
            }
        };
        request.changes.push(change);
    }

    fn header_name(&mut self, name: &mut String) -> &'static str {
        *name = match self.0.u8(..4) {
            0 => name.to_uppercase(),
            1 => name.to_lowercase(),
            2 => name.chars().map(|c| if self.0.bool() { c.to_ascii_uppercase() } else { c }).collect(),
            _ => format!("{name} "),
        };
        "header name"
    }

    fn header_value(&mut self, value: &mut Vec<u8>) -> &'static str {
        match self.0.u8(..12) {
            0 => value.push(b' '),
            1 => value.insert(0, b' '),
            2 => value.extend(b"\t"),
            3 => value.extend(b", other"),
            4 => value.extend(b":more"),
            5 => value.make_ascii_uppercase(),
            6 => value.make_ascii_lowercase(),
            7 => value.clear(),
            8 => {
                if let Some(at) = value.iter().position(|byte| *byte == b' ') {
                    value.insert(at, self.pick(b" \t\n"));
                }
            }
            _ => self.bytes(value),
        }
        "header value"
    }

    /// Changes, adds or removes a byte, or cuts the rest off.
    fn bytes(&mut self, bytes: &mut Vec<u8>) {
        let at = self.0.usize(..=bytes.len());
        match (self.0.u8(..4), bytes.get_mut(at)) {
            (0, Some(byte)) => *byte ^= 1 << self.0.u8(..8),
            (1, Some(_)) => drop(bytes.remove(at)),
            (2, Some(_)) => bytes.truncate(at),
            _ => bytes.insert(at, self.0.u8(..)),
        }
    }
}

/// The header that signs this, but for a mistake.
fn authorization(signed: &Signed, key: &str, secret: &str, mistake: &str) -> String {
    let Signed { method, path, content_type, timestamp, body } = signed;
    let text = StringToSign::new(method, body, content_type, timestamp, path);
    let own_secret = if mistake == "foreign secret" { FOREIGN_SECRET } else { secret };
    let (app, app_secret): (AppKey, AppSecret) = (key.parse().unwrap(), own_secret.parse().unwrap());
    let right = sign(&text, &app, &app_secret);
    let (_, signature) = right.rsplit_once(':').unwrap();
    let bytes = BASE64_STANDARD.decode(signature).unwrap();
    match mistake {
        "clear-text Basic" => format!("Basic {key}:{secret}"),
        "base64 Basic" => format!("Basic {}", BASE64_STANDARD.encode(format!("{key}:{secret}"))),
        "signature in hex" => format!("Application {key}:{}", to_hex(&bytes)),
        "URL-safe signature" => format!("Application {key}:{}", BASE64_URL_SAFE.encode(&bytes)),
        "no padding" => format!("Application {key}:{}", BASE64_STANDARD_NO_PAD.encode(&bytes)),
        "scheme in lower case" => right.replacen("Application", "application", 1),
        "another scheme" => right.replacen("Application", "Bearer", 1),
        "no scheme" => format!("{key}:{signature}"),
        "clear-text secret" => format!("Application {key}:{secret}"),
        _ => right,
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

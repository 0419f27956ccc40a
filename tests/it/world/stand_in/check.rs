//! What makes a call right: its authorization, computed here anew, its headers, its path and its body.

use std::collections::BTreeSet;
use std::sync::Mutex;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use boon::{Compiler, SchemaIndex, Schemas};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use sinch_gate::clock;

use super::http::Request;
use crate::world::tool::{SAMPLE_KEY, SAMPLE_SECRET};

/// How far a signed time may be from now, in seconds.
const TOLERANCE: i64 = 60;

/// Ways to authorize a call, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Scheme {
    Public,
    Basic,
    Signed,
}

/// Why a call is not carried out: what is answered, and what is wrong with the client.
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: &'static str,
    pub(super) complaint: String,
}

/// Checks calls; it remembers signatures, since each of them is valid for one call.
pub(super) struct Checker {
    schemas: Schemas,
    start: SchemaIndex,
    report: SchemaIndex,
    signatures: Mutex<BTreeSet<String>>,
}

impl Checker {
    pub(super) fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        let mut compile = |name: &str, text: &str| {
            compiler.add_resource(name, serde_json::from_str(text).unwrap()).unwrap();
            compiler.compile(name, &mut schemas).unwrap()
        };
        let start = compile("http://local/start.json", include_str!("start.json"));
        let report = compile("http://local/report.json", include_str!("report.json"));
        Self { schemas, start, report, signatures: Mutex::default() }
    }

    pub(super) fn check(&self, request: &Request, level: Scheme) -> Result<(), Refused> {
        let refuse = |status, code, message, complaint: String| {
            Err(Refused { status, code, message, complaint: format!("{} {complaint}", request.method) })
        };
        match self.scheme(request) {
            Ok(scheme) if scheme < level => {
                let complaint = format!("{scheme:?} where {level:?} is demanded");
                return refuse(403, 40303, "Authorization requirement not met.", complaint);
            }
            Ok(_) => {}
            Err(complaint) => return refuse(401, 40102, "Invalid signature", complaint),
        }
        if !request.path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+-._~".contains(&byte)) {
            return refuse(
                404,
                40400,
                "Requested resource was not found.",
                format!("the path {}", request.path),
            );
        }
        if request.header("accept") != Some("application/json") {
            return refuse(400, 40001, "Not acceptable.", "without Accept".to_owned());
        }
        if request.method == "GET" {
            let has_body = !request.body.is_empty() || request.header("content-type").is_some();
            let complaint = "with a body or content type".to_owned();
            return if has_body { refuse(400, 40001, "Unexpected body.", complaint) } else { Ok(()) };
        }
        let schema = if request.method == "POST" { self.start } else { self.report };
        let body = request.json();
        if let Err(error) = self.schemas.validate(&body, schema) {
            return refuse(400, 40001, "The body is invalid.", format!("a body that is none: {error}"));
        }
        let language = request.header("accept-language");
        if language.is_some() && (request.method != "POST" || body["method"] != "sms") {
            return refuse(
                400,
                40001,
                "Unexpected language.",
                "with a language where there is none".to_owned(),
            );
        }
        Ok(())
    }

    /// How a call is authorized, if it is.
    fn scheme(&self, request: &Request) -> Result<Scheme, String> {
        let authorization = request.header("authorization").ok_or("without one Authorization header")?;
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{SAMPLE_KEY}:{SAMPLE_SECRET}")));
        if authorization == basic {
            return Ok(Scheme::Basic);
        }
        if authorization == format!("Application {SAMPLE_KEY}") {
            return Ok(Scheme::Public);
        }
        let timestamp = request.header("x-timestamp").ok_or("without one x-timestamp header")?;
        let signed: Timestamp =
            timestamp.parse().map_err(|error| format!("with a time that is none: {error}"))?;
        if !timestamp.ends_with('Z') || (clock::now().as_second() - signed.as_second()).abs() > TOLERANCE {
            return Err(format!("signed at {timestamp}"));
        }
        let content_type = request.header("content-type").unwrap_or_default();
        let signature = signature(&request.method, &request.body, content_type, timestamp, &request.path);
        if authorization != format!("Application {SAMPLE_KEY}:{signature}") {
            return Err("with a signature that is not its own".to_owned());
        }
        let is_new = self.signatures.lock().unwrap().insert(signature);
        if is_new { Ok(Scheme::Signed) } else { Err("with a signature that was used before".to_owned()) }
    }
}

/// The signature of a request, by Sinch's description alone.
pub(super) fn signature(
    method: &str,
    body: &[u8],
    content_type: &str,
    timestamp: &str,
    path: &str,
) -> String {
    let hash = if body.is_empty() { String::new() } else { BASE64_STANDARD.encode(Md5::digest(body)) };
    let text = [method, &hash, content_type, &format!("x-timestamp:{timestamp}"), path].join("\n");
    let mut mac = Hmac::<Sha256>::new_from_slice(&BASE64_STANDARD.decode(SAMPLE_SECRET).unwrap()).unwrap();
    mac.update(text.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

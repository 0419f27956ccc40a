//! What Lambda invokes the function with: a signed callback behind a function URL.

use serde_json::{Value, json};
use sinch_gate::clock::now;
use sinch_gate::signature::{StringToSign, sign};

/// The application of the samples in `events/`, and its secret.
pub(crate) const KEY: &str = "669E367E-6BBA-48AB-AF15-266871C28135";
pub(crate) const SECRET: &str = "BeIukql3pTKJ8RGL5zo0DA==";

const PATH: &str = "/sinch/verification";
pub(crate) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// A callback as Sinch sends it.
pub(crate) struct Signed {
    pub(crate) body: String,
    pub(crate) timestamp: String,
    pub(crate) authorization: String,
}

impl Signed {
    /// The n-th request: may this number, which nobody has asked about before, be verified?
    pub(crate) fn request(n: usize, id: usize, ip: &str) -> anyhow::Result<Self> {
        Self::of(&json!({
            "id": verification(id),
            "event": "VerificationRequestEvent",
            "method": "sms",
            "identity": { "type": "number", "endpoint": number(n) },
            "price": { "currencyId": "EUR", "amount": 0.0453 },
            "reference": format!("signup-20260115-{id:04}"),
            "custom": format!(r#"{{"ip":"{ip}","plan":"free"}}"#),
        }))
    }

    /// The result of the n-th verification: the person gave the right code.
    pub(crate) fn success(n: usize, id: usize) -> anyhow::Result<Self> {
        Self::of(&json!({
            "id": verification(id),
            "event": "VerificationResultEvent",
            "method": "sms",
            "identity": { "type": "number", "endpoint": number(n) },
            "status": "SUCCESSFUL",
            "source": "manual",
            "reference": format!("signup-20260115-{id:04}"),
        }))
    }

    fn of(body: &Value) -> anyhow::Result<Self> {
        let body = body.to_string();
        let timestamp = now().to_string();
        let text = StringToSign::new("POST", body.as_bytes(), CONTENT_TYPE, &timestamp, PATH);
        let authorization = sign(&text, &KEY.parse()?, &SECRET.parse()?);
        Ok(Self { body, timestamp, authorization })
    }
}

/// The event of the n-th callback.
pub(crate) fn event(n: usize, path: &str, id: usize) -> anyhow::Result<String> {
    let Signed { body, timestamp, authorization } = Signed::request(n, id, "203.0.113.24")?;
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/lambda/function-url.json");
    let mut event: Value = serde_json::from_str(&std::fs::read_to_string(fixture)?)?;
    let changes = [
        ("/rawPath", path),
        ("/body", &body),
        ("/headers/authorization", &authorization),
        ("/headers/x-timestamp", &timestamp),
    ];
    for (pointer, text) in changes {
        if let Some(value) = event.pointer_mut(pointer) {
            *value = json!(text);
        }
    }
    Ok(event.to_string())
}

fn verification(id: usize) -> String {
    format!("019bc0d4-3a10-7c41-8e52-5b0c7d1f{id:04}")
}

/// The n-th of some million numbers; those that follow each other are of different blocks.
fn number(n: usize) -> String {
    format!("+4670{}{:04}", 100 + n % 900, 605 + n / 900)
}

/// Where callbacks arrive.
pub(crate) fn path() -> &'static str {
    PATH
}

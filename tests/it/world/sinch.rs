//! What Sinch sends: signed callbacks, and the events in them.

use jiff::Timestamp;
use serde_json::{Value, json};
use sinch_gate::endpoint::{Callback, Endpoint, Reply};
use sinch_gate::signature::{AppKey, Headers, StringToSign, sign};

/// The application of the samples in `events/`, from a worked example in Sinch's own documentation.
pub(crate) const KEY: &str = "669E367E-6BBA-48AB-AF15-266871C28135";

/// An application, by its key.
pub(crate) fn app(key: &str) -> AppKey {
    key.parse().unwrap()
}
/// Its secret.
pub(crate) const SECRET: &str = "BeIukql3pTKJ8RGL5zo0DA==";

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

/// One callback, whose every part may be changed before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    /// A callback as Sinch signs it.
    pub(crate) fn signed(path: &str, body: impl Into<Vec<u8>>, now: Timestamp) -> Self {
        Self::signed_at(path, body, &now.to_string())
    }

    /// The same with a timestamp as it is written.
    pub(crate) fn signed_at(path: &str, body: impl Into<Vec<u8>>, timestamp: &str) -> Self {
        let body = body.into();
        let text = StringToSign::new("POST", &body, CONTENT_TYPE, timestamp, path);
        let authorization = sign(&text, &KEY.parse().unwrap(), &SECRET.parse().unwrap());
        let headers = vec![
            ("authorization", authorization),
            ("content-type", CONTENT_TYPE.to_owned()),
            ("x-timestamp", timestamp.to_owned()),
        ];
        Self { method: "POST", path: path.to_owned(), headers, body }
    }

    /// The value of its first `Authorization` header.
    pub(crate) fn authorization(&self) -> String {
        let mut headers = self.headers.iter();
        headers.find(|(name, _)| *name == "authorization").map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// The signatures, and anything else that claims to prove who sent it: none of it may ever stand in a
    /// log.
    pub(crate) fn credentials(&self) -> impl Iterator<Item = &str> {
        let authorizations = self.headers.iter().filter(|(name, _)| *name == "authorization");
        authorizations.filter_map(|(_, value)| value.split_once(' ')?.1.rsplit(':').next())
    }

    /// The callback with other values of one header, or without it.
    pub(crate) fn with(mut self, name: &'static str, values: &[&str]) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.extend(values.iter().map(|value| (name, (*value).to_owned())));
        self
    }

    /// The request that carries it, byte for byte, on a connection of its own.
    pub(crate) fn to_http(&self, host: impl std::fmt::Display) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len());
        [head.as_bytes(), &self.body].concat()
    }

    /// Hands the callback to an endpoint of this process, without HTTP in between.
    pub(crate) async fn hand_to(&self, endpoint: &Endpoint, now: Timestamp) -> Reply {
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        let callback = Callback {
            method: self.method,
            path: &self.path,
            stage: None,
            headers: Headers::new(headers),
            body: Ok(&self.body),
        };
        // On the heap, since without optimisation a test with many of these futures outgrows its stack.
        Box::pin(endpoint.handle(callback, now)).await
    }
}

/// May this number be verified?
pub(crate) fn request(id: &str, number: &str) -> Value {
    json!({
        "id": id,
        "event": "VerificationRequestEvent",
        "method": "sms",
        "identity": { "type": "number", "endpoint": number },
        "price": { "currencyId": "EUR", "amount": 0.0453 },
        "reference": reference(id),
        "custom": "free text of the customer",
    })
}

/// How the verification ended, or how it stands.
pub(crate) fn result(id: &str, number: &str, status: &str) -> Value {
    json!({
        "id": id,
        "event": "VerificationResultEvent",
        "method": "sms",
        "identity": { "type": "number", "endpoint": number },
        "reference": reference(id),
        "status": status,
        "source": "manual",
    })
}

/// Whether the SMS arrived.
pub(crate) fn delivery(id: &str, number: &str, sms_result: &str) -> Value {
    json!({
        "id": id,
        "event": "VerificationSmsDeliveredEvent",
        "method": "sms",
        "identity": { "type": "number", "endpoint": number },
        "reference": reference(id),
        "smsResult": sms_result,
    })
}

/// The reference that the events above carry.
pub(crate) fn reference(id: &str) -> String {
    format!("order-{id}")
}

/// The `action` of an answer.
#[track_caller]
pub(crate) fn action(body: &str) -> String {
    let answer: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {body:?}"));
    answer["action"].as_str().unwrap_or_else(|| panic!("no action in {body}")).to_owned()
}

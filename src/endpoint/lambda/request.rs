//! What of a Lambda event is an HTTP request.
//!
//! Sinch signs the path it called. What the front door passes on is not always that path:
//!
//! | front door | where the called path stands |
//! |---|---|
//! | HTTP API and Function URL (payload 2.0) | `rawPath`, with the stage in it unless that is `$default` |
//! | REST API | `requestContext.path`, with the stage or a custom domain's base path; `path` has no stage |
//! | ALB | `path` |
//!
//! With a custom domain in front of an HTTP API, and with anything that rewrites paths, only the
//! configuration knows the called path: set `CALLBACK_URL`.
//!
//! Six members are all that the gate needs, so they are read here and nothing else is. `lambda_http` would
//! make a whole `http::Request` of the event. It fails where a query, a host or a header that nobody here
//! looks at is not what a URI may hold, and that would be a function error that any stranger can cause.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::endpoint::{BodyError, Callback};
use crate::event::json_object::{JsonObject, scalar};
use crate::signature::Headers;

/// What the function was invoked with. Any JSON is one.
#[derive(Clone, Debug)]
pub struct Invocation(Option<HttpRequest>);

/// An HTTP request, by whatever front door it came.
#[derive(Clone, Debug)]
pub(super) struct HttpRequest {
    pub(super) is_from_load_balancer: bool,
    method: String,
    path: String,
    stage: Option<String>,
    headers: Vec<(String, String)>,
    body: Result<Vec<u8>, BodyError>,
}

impl Invocation {
    pub(super) fn http_request(&self) -> Option<&HttpRequest> {
        self.0.as_ref()
    }
}

impl<'de> Deserialize<'de> for Invocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|event| Self(HttpRequest::read(event)))
    }
}

impl HttpRequest {
    /// Reads an event. Every HTTP request has a method; what else is missing, or is of another type than a
    /// front door would send, counts as empty, and is refused like anything that is not signed.
    fn read(event: &RawValue) -> Option<Self> {
        let event = JsonObject::of(event)?;
        let context = event.get("requestContext").and_then(JsonObject::of);
        let in_context = |name: &str| context.as_ref()?.get(name);
        let http = in_context("http").and_then(JsonObject::of);
        let (method, path) = match http.and_then(|http| text(http.get("method"))) {
            Some(method) => (method, text(event.get("rawPath"))),
            None => {
                let path = text(in_context("path")).or_else(|| text(event.get("path")));
                (text(event.get("httpMethod"))?, path)
            }
        };
        let is_base64 = event.get("isBase64Encoded").is_some_and(|flag| flag.get() == "true");
        let body = text(event.get("body")).unwrap_or_default();
        Some(Self {
            is_from_load_balancer: in_context("elb").is_some(),
            method,
            path: path.unwrap_or_default(),
            stage: text(in_context("stage")),
            headers: headers(&event),
            body: match is_base64 {
                true => BASE64_STANDARD.decode(body).map_err(|_| BodyError::NotBase64),
                false => Ok(body.into_bytes()),
            },
        })
    }

    /// The callback in it.
    pub(super) fn callback(&self) -> Callback<'_> {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        Callback {
            method: &self.method,
            path: &self.path,
            stage: self.stage.as_deref(),
            headers: Headers::new(headers),
            body: self.body.as_deref().map_err(|error| *error),
        }
    }
}

/// All headers. Where a front door sends both forms, `headers` has only the last of those that came twice.
fn headers(event: &JsonObject<'_>) -> Vec<(String, String)> {
    let several = event.get("multiValueHeaders").and_then(|several| {
        serde_json::from_str::<BTreeMap<String, Vec<String>>>(several.get())
            .ok()
            .filter(|all| !all.is_empty())
    });
    match several {
        Some(several) => several
            .into_iter()
            .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)))
            .collect(),
        None => event
            .get("headers")
            .and_then(JsonObject::of)
            .map_or_else(Vec::new, |headers| headers.into_scalars().into_iter().collect()),
    }
}

/// A member that is text.
fn text(value: Option<&RawValue>) -> Option<String> {
    value.filter(|value| value.get().starts_with('"')).and_then(scalar)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What is read of an event: front door, method, path, stage, headers, body.
    fn read(event: &Value) -> Option<String> {
        let invocation: Invocation = serde_json::from_str(&event.to_string()).unwrap();
        let request = invocation.http_request()?;
        let door = if request.is_from_load_balancer { "balancer" } else { "gateway" };
        let headers: Vec<String> =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let (method, path, stage) = (&request.method, &request.path, request.stage.as_deref().unwrap_or("-"));
        let body = request.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
        Some(format!("{door} {method} {path} {stage} {headers:?} {body:?}").replace('"', ""))
    }

    #[test]
    fn each_front_door_says_in_its_own_way_what_was_called() {
        for (event, expected) in [
            (
                json!({ "requestContext": { "http": { "method": "POST" }, "stage": "$default" },
                    "rawPath": "/a", "path": "/b", "headers": { "x": "1" }, "body": "{}" }),
                "gateway POST /a $default [x: 1] Ok({})",
            ),
            (
                json!({ "httpMethod": "POST", "path": "/b",
                    "requestContext": { "path": "/live/b", "stage": "live" }, "headers": { "x": "2" },
                "multiValueHeaders": { "x": ["1", "2"] }, "body": "{}" }),
                "gateway POST /live/b live [x: 1, x: 2] Ok({})",
            ),
            (
                json!({ "httpMethod": "POST", "path": "/b", "requestContext": { "elb": {} },
                    "multiValueHeaders": {}, "headers": { "x": "1" },
                    "isBase64Encoded": true, "body": "e30=" }),
                "balancer POST /b - [x: 1] Ok({})",
            ),
            // What is missing or of another type counts as empty, and what is not base64 is refused later.
            (json!({ "httpMethod": "GET", "path": 1, "headers": [] }), "gateway GET  - [] Ok()"),
            (
                json!({ "httpMethod": "POST", "path": "/", "isBase64Encoded": true, "body": "{}" }),
                "gateway POST / - [] Err(NotBase64)",
            ),
        ] {
            assert_eq!(read(&event).as_deref(), Some(expected), "{event}");
        }
        for event in
            [json!({ "source": "aws.events" }), json!({ "httpMethod": null }), json!([]), json!(null)]
        {
            assert_eq!(read(&event), None, "{event}");
        }
    }
}

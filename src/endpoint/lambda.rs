//! Callbacks as Lambda delivers them.

mod request;

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

pub use request::Invocation;

use super::notice::OtherInvocation;
use super::{Endpoint, Reply};
use request::HttpRequest;

/// What goes back to a front door. Each of them takes this form; a load balancer also wants the headers in
/// the form that it is set to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LambdaReply {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<String>,
    headers: ContentType<&'static str>,
    /// Never for a REST API, which would send the header twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<ContentType<[&'static str; 1]>>,
    body: String,
    is_base64_encoded: bool,
}

/// The headers of every reply: a `content-type`, in the form of its value.
#[derive(Clone, PartialEq, Eq, Debug)]
struct ContentType<V>(V);

impl<V: Serialize> Serialize for ContentType<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut headers = serializer.serialize_map(Some(1))?;
        headers.serialize_entry("content-type", &self.0)?;
        headers.end()
    }
}

impl LambdaReply {
    fn to(request: &HttpRequest, reply: Reply) -> Self {
        let content_type = reply.content_type();
        let is_load_balancer = request.is_from_load_balancer;
        Self {
            status_code: reply.status.as_u16(),
            status_description: is_load_balancer.then(|| reply.status.to_string()),
            headers: ContentType(content_type),
            multi_value_headers: is_load_balancer.then_some(ContentType([content_type])),
            body: reply.body,
            is_base64_encoded: false,
        }
    }
}

impl Endpoint {
    /// Handles whatever Lambda invokes the function with. What is not an HTTP request, such as the ping of a
    /// schedule, is counted and gets nothing: who sent it awaits nothing, and an error would ring an alarm.
    pub async fn handle_lambda(&self, invocation: &Invocation, now: Timestamp) -> Option<LambdaReply> {
        let Some(request) = invocation.http_request() else {
            self.meter.report(&OtherInvocation);
            self.meter.flush(now);
            return None;
        };
        let reply = self.handle(request.callback(), now).await;
        Some(LambdaReply::to(request, reply))
    }
}

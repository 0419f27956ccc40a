//! Callbacks as Lambda delivers them.
//!
//! Sinch signs the path it called. What the front door passes on is not always that path:
//!
//! | front door | where the called path stands |
//! |---|---|
//! | HTTP API and Function URL (payload 2.0) | `rawPath`, with the stage in it unless that is `$default` |
//! | REST API | `requestContext.path`, with the stage or the base path of a custom domain; `path` lacks the stage |
//! | ALB | `path` |
//!
//! With a custom domain in front of an HTTP API, and with anything that rewrites paths, only the
//! configuration knows the called path: set `CALLBACK_URL`.

use jiff::Timestamp;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt};

use super::{Callback, Endpoint, Reply};

impl Endpoint {
    /// Handles one callback as Lambda delivers it.
    pub async fn handle_lambda(&self, request: &lambda_http::Request, now: Timestamp) -> Reply {
        let path = public_path(request);
        let callback = Callback {
            method: request.method(),
            path: &path,
            headers: request.headers(),
            body: request.body().as_ref(),
        };
        self.handle(callback, now).await
    }
}

/// The path as the sender called it, as far as the front door tells.
fn public_path(request: &lambda_http::Request) -> String {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => {
            context.path.clone().unwrap_or_else(|| request.raw_http_path().to_owned())
        }
        Some(_) => request.raw_http_path().to_owned(),
        None => request.uri().path().to_owned(),
    }
}

/// The reply in Lambda's form.
#[must_use]
pub fn to_lambda_response(reply: Reply) -> lambda_http::Response<Body> {
    let content_type = HeaderValue::from_static(reply.content_type());
    let mut response = lambda_http::Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

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

use std::future::{Future, ready};
use std::pin::Pin;

use jiff::Timestamp;
use lambda_http::http::HeaderValue;
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::request::RequestContext;
use lambda_http::{Body, IntoResponse, RequestExt, Response};

use super::{Callback, Endpoint, Reply};

type ResponseFuture = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

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

/// A body is text in UTF-8 already. The general way, by `http::Response`, would first look for another encoding, and
/// bring the tables of all encodings into the function, a tenth of its size.
impl IntoResponse for Reply {
    fn into_response(self) -> ResponseFuture {
        let content_type = HeaderValue::from_static(self.content_type());
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        Box::pin(ready(response))
    }
}

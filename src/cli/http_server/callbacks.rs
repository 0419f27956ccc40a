//! The gate, which answers callbacks.

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use hyper::Response;

use super::{Answers, Reply};
use crate::clock;
use crate::endpoint::{self, BodyError, Callback, Endpoint};
use crate::signature::Headers;

impl Answers for Endpoint {
    async fn answer(&self, request: &Parts, body: Result<&[u8], BodyError>) -> Reply {
        let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let callback = Callback {
            method: request.method.as_str(),
            path: request.uri.path(),
            stage: None,
            headers: Headers::new(headers),
            body,
        };
        to_response(self.handle(callback, clock::now()).await)
    }

    fn refuse_as_busy(&self) -> Reply {
        to_response(self.refuse_as_busy(clock::now()))
    }
}

fn to_response(reply: endpoint::Reply) -> Reply {
    let content_type = HeaderValue::from_static(reply.content_type());
    let mut response = Response::new(reply.body.into());
    *response.status_mut() = reply.status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

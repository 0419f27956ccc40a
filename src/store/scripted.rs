//! A table that answers what a script says, for tests of what a reply may hold.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};

use super::Store;
use super::client::{Access, Connection, Timeouts};

/// The replies that are still to come.
#[derive(Debug)]
struct Script(Mutex<VecDeque<Vec<u8>>>);

impl HttpConnector for Script {
    #[expect(clippy::unwrap_used, reason = "both numbers are statuses")]
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let reply = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        // A refusal names its type, and that is how it is recognised here.
        let reply = reply.unwrap_or_else(|| b"{}".to_vec());
        let status: u16 = if reply.starts_with(b"{\"__type\"") { 400 } else { 200 };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), reply.into())))
    }
}

/// A store whose table gives these replies in this order, and then empty ones.
pub(crate) fn scripted(replies: Vec<Vec<u8>>) -> Store {
    let connector = SharedHttpConnector::new(Script(Mutex::new(replies.into())));
    let timeouts = Timeouts::within(Duration::from_millis(1_500));
    let access = Access {
        region: Some(Region::new("eu-west-1")),
        credentials: Some(SharedCredentialsProvider::new(Credentials::new(
            "local", "local", None, None, "local",
        ))),
        endpoint: Some("http://127.0.0.1".to_owned()),
        retries: None,
    };
    let client = http_client_fn(move |_, _| connector.clone());
    Store::new(Connection::new(access, timeouts).with_http_client(|_| client), "table")
}

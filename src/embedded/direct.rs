//! Requests of the process that the engine is in: handed to it as they are, without a network in between.
//!
//! The store's code runs unchanged up to its signed HTTP requests, and gets the engine's own replies. What is
//! rare, and what the engine refuses otherwise than by a condition, goes over loopback like the requests of
//! any other process, so that there is one place that puts errors into words.

use std::fmt;
use std::sync::{Arc, Weak};

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An HTTP client in front of an engine of this process.
pub(super) struct Direct {
    /// Gone when the engine is.
    pub(super) database: Weak<Database>,
    pub(super) network: SharedHttpClient,
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Direct").finish_non_exhaustive()
    }
}

impl HttpClient for Direct {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let network = self.network.http_connector(settings, components);
        SharedHttpConnector::new(Connector { database: Weak::clone(&self.database), network })
    }
}

struct Connector {
    database: Weak<Database>,
    network: SharedHttpConnector,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = self.database.upgrade().zip(Call::of(&request));
        let network = self.network.clone();
        HttpConnectorFuture::new(async move {
            if let Some((database, call)) = call {
                // A task of its own, as it is with requests over the network: those of one decision run at
                // the same time, and one that nobody waits for any more is carried out all the same.
                let reply = tokio::spawn(async move { call.answer(&database) }).await;
                let reply = reply.map_err(|panic| ConnectorError::other(panic.into(), None))?;
                if let Some(reply) = reply {
                    return Ok(reply);
                }
            }
            network.call(request).await
        })
    }
}

/// A request of the kinds that are many.
struct Call {
    operation: Operation,
    body: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Operation {
    BatchGet,
    BatchWrite,
    Get,
    Put,
    Query,
    Scan,
    Update,
}

impl Call {
    fn of(request: &HttpRequest) -> Option<Self> {
        let operation = match request.headers().get("x-amz-target")?.strip_prefix("DynamoDB_20120810.")? {
            "BatchGetItem" => Operation::BatchGet,
            "BatchWriteItem" => Operation::BatchWrite,
            "GetItem" => Operation::Get,
            "PutItem" => Operation::Put,
            "Query" => Operation::Query,
            "Scan" => Operation::Scan,
            "UpdateItem" => Operation::Update,
            _ => return None,
        };
        Some(Self { operation, body: request.body().bytes()?.to_vec() })
    }

    /// The engine's reply; none where the network is to bring one. Nothing was changed then.
    fn answer(&self, database: &Arc<Database>) -> Option<HttpResponse> {
        match self.operation {
            Operation::BatchGet => self.by(|request| database.batch_get_item(request)),
            Operation::BatchWrite => self.by(|request| database.batch_write_item(request)),
            Operation::Get => self.by(|request| database.get_item(request)),
            Operation::Put => self.by(|request| database.put_item(request)),
            Operation::Query => self.by(|request| database.query(request)),
            Operation::Scan => self.by(|request| database.scan(request)),
            Operation::Update => self.by(|request| database.update_item(request)),
        }
    }

    fn by<Request: DeserializeOwned, Reply: Serialize>(
        &self,
        run: impl FnOnce(Request) -> dynoxide::Result<Reply>,
    ) -> Option<HttpResponse> {
        let (status, body): (u16, String) = match run(serde_json::from_slice(&self.body).ok()?) {
            Ok(reply) => (200, serde_json::to_string(&reply).ok()?),
            Err(error @ DynoxideError::ConditionalCheckFailedException(..)) => (400, error.to_json()),
            Err(_) => return None,
        };
        let mut response = HttpResponse::new(status.try_into().ok()?, body.into());
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        Some(response)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::embedded::{Engine, local_connection};
    use crate::list::ListEntry;
    use crate::signature::AppScope;
    use crate::store::client::{Timeouts, connect};
    use crate::store::{NewVersion, Store};

    #[tokio::test]
    async fn the_engine_of_this_process_needs_no_network_until_it_is_gone() {
        let timeouts = Timeouts::within(Duration::from_secs(20));
        let (engine, _) = Engine::with_table(None, "gate", timeouts).await.unwrap();
        // Nobody listens there.
        let nowhere = connect(local_connection("http://127.0.0.1:1"), timeouts);
        let database = Arc::downgrade(&engine.database);
        let store = Store::new(
            nowhere.with_http_client(|network| SharedHttpClient::new(Direct { database, network })),
            "gate",
        );
        let now: Timestamp = "2026-01-15T09:30:00Z".parse().unwrap();
        let entry = ListEntry {
            list: "blocklist".to_owned(),
            entry: "+46701740605".to_owned(),
            reason: String::new(),
            author: "a".to_owned(),
            added_at: now,
            expires_at: None,
        };
        store.lists().add(&entry).await.unwrap();
        assert_eq!(store.lists().entries("blocklist", now).next().await.unwrap().unwrap(), [entry]);
        // What a condition refuses is answered as well.
        let new = NewVersion {
            app: &AppScope::All,
            replaces: None,
            restores: None,
            source: "schema = 1",
            author: "a",
            message: "",
        };
        store.policies().apply(&new, now).await.unwrap();
        let refused = store.policies().apply(&new, now).await.unwrap_err();
        assert!(!refused.to_string().contains("connect"), "{refused}");
        engine.stop().await;
        assert!(store.lists().names().await.is_err());
    }
}

//! How long DynamoDB takes: an HTTP client that times each request of the one behind it.
//!
//! It stands below the SDK's retries, so each attempt is timed by itself; and a request that is given up, by
//! the SDK's timeout or by a decision whose budget is spent, counts with the time that was waited for it.

use std::time::Instant;

use aws_sdk_dynamodb::config::{ConfigBag, HttpClient, RuntimeComponents, SharedHttpClient};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;

use crate::meter::Meter;

/// An HTTP client whose requests are timed.
#[derive(Debug)]
pub(super) struct TimedClient {
    pub(super) client: SharedHttpClient,
    pub(super) meter: Meter,
}

impl HttpClient for TimedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(TimedConnector { connector, meter: self.meter.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct TimedConnector {
    connector: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for TimedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let stopwatch = Stopwatch { begun: Instant::now(), meter: self.meter.clone() };
        let reply = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            let _stopwatch = stopwatch;
            reply.await
        })
    }
}

/// Counts the time of its life.
struct Stopwatch {
    begun: Instant,
    meter: Meter,
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        self.meter.report(&crate::store::notice::Asked { took: self.begun.elapsed() });
    }
}

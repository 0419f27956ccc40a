//! The connection to DynamoDB.
//!
//! Built by hand rather than through `aws-config`, which costs a Lambda function more start-up work than
//! everything else it does: the region and the credentials of an execution environment are constant and
//! stand in its environment. The roots that AWS endpoints chain up to are embedded, since reading the
//! system's is the second largest cost. ring, because aws-lc gathers CPU jitter at its first handshake.

mod signer;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, Credentials, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};

use signer::Signature;

/// Amazon Root CA 1 to 4 and Starfield Services Root G2, as Amazon Trust Services publishes them.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// Where the table is and as whom to ask for it.
#[derive(Clone, Debug)]
pub struct AwsConnection {
    /// The AWS region, such as `eu-west-1`.
    pub region: String,
    /// The credentials.
    pub credentials: Credentials,
    /// Another DynamoDB endpoint than the region's.
    pub endpoint: Option<String>,
}

/// How long to wait for DynamoDB.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For one try.
    pub attempt: Duration,
    /// For all tries of one operation together.
    pub operation: Duration,
}

impl Timeouts {
    /// Three tries fit into a decision that must not take longer than `budget`.
    #[must_use]
    pub fn within(budget: Duration) -> Self {
        Self { attempt: budget / 3, operation: budget }
    }
}

/// Connects with the given credentials.
#[must_use]
pub fn connect(connection: AwsConnection, timeouts: Timeouts) -> Client {
    let AwsConnection { region, credentials, endpoint } = connection;
    let config = builder(endpoint.as_deref(), timeouts)
        .push_auth_scheme(Signature::of_region(&region))
        .region(Region::new(region))
        .credentials_provider(credentials)
        .build();
    Client::from_conf(config)
}

/// The settings shared by every connection: HTTP client, timeouts and retries. An endpoint of the user's own
/// may have a certificate of any kind, so the system's roots are trusted for it.
#[must_use]
pub fn builder(endpoint: Option<&str>, timeouts: Timeouts) -> Builder {
    let roots = match endpoint {
        None => TrustStore::empty().with_pem_certificate(AMAZON_ROOTS),
        Some(_) => TrustStore::empty().with_native_roots(true),
    };
    let mut builder = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http_client(roots, timeouts))
        .retry_config(
            RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(20)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(timeouts.attempt)
                .operation_attempt_timeout(timeouts.attempt)
                .operation_timeout(timeouts.operation)
                .build(),
        )
        // Requests and answers are a few hundred bytes, and every attempt has a timeout of its own.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    builder.set_endpoint_url(endpoint.map(str::to_owned));
    builder
}

/// One connector for all requests, made once: the SDK would make one to try it out for each client, and another
/// one for the first request, and each time read the roots.
fn http_client(roots: TrustStore, timeouts: Timeouts) -> SharedHttpClient {
    let settings = HttpConnectorSettings::builder().connect_timeout(timeouts.attempt).build();
    let builder = Connector::builder()
        .connector_settings(settings)
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring));
    let connector = SharedHttpConnector::new(match TlsContext::builder().with_trust_store(roots).build() {
        Ok(context) => builder.tls_context(context).build(),
        // Building a context cannot fail without native roots; with them, the client's own default is the
        // same.
        Err(_) => builder.build(),
    });
    http_client_fn(move |_, _| connector.clone())
}

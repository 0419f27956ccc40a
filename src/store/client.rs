//! The connection to DynamoDB.
//!
//! Built by hand rather than through `aws-config`, which costs a Lambda function more start-up work than
//! everything else it does: the region and the credentials of an execution environment are constant and
//! stand in its environment. The roots that AWS endpoints chain up to are embedded, since reading the
//! system's is the second largest cost. ring, because aws-lc gathers CPU jitter at its first handshake.

mod endpoint;
mod http;
mod lane;
mod signer;
mod tls;

use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};

use http::Http;
pub(super) use lane::{Call, Lane, Refusal};

use super::StoreError;

/// Where the table is and as whom to ask for it, as it stands in the environment.
#[derive(Clone, Debug)]
pub struct AwsConnection {
    /// The AWS region, such as `eu-west-1`.
    pub region: String,
    /// The credentials.
    pub credentials: Credentials,
    /// Another DynamoDB endpoint than the region's.
    pub endpoint: Option<String>,
}

/// The same as the SDK finds it.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The AWS region.
    pub region: Option<Region>,
    /// What gives the credentials.
    pub credentials: Option<SharedCredentialsProvider>,
    /// Another DynamoDB endpoint than the region's.
    pub endpoint: Option<String>,
    /// What bounds the retries of all requests together, where that is not the SDK's own measure.
    pub retries: Option<RetryPartition>,
}

/// A connection to DynamoDB.
#[derive(Debug)]
pub struct Connection {
    access: Access,
    timeouts: Timeouts,
    http: SharedHttpClient,
    lane: Result<Lane, String>,
    client: OnceLock<Client>,
}

impl Connection {
    /// Connects; nothing is sent before the first request.
    #[must_use]
    pub fn new(access: Access, timeouts: Timeouts) -> Self {
        let http = http_client(access.endpoint.as_deref(), timeouts);
        Self::over(http, access, timeouts)
    }

    /// The same connection over another HTTP client, which is made of the present one.
    #[must_use]
    pub fn with_http_client(self, of: impl FnOnce(SharedHttpClient) -> SharedHttpClient) -> Self {
        Self::over(of(self.http), self.access, self.timeouts)
    }

    fn over(http: SharedHttpClient, access: Access, timeouts: Timeouts) -> Self {
        let lane = Lane::new(&access, &http, timeouts).map_err(|error| error.to_string());
        Self { access, timeouts, http, lane, client: OnceLock::new() }
    }

    /// The way of a decision's requests.
    pub(super) fn lane(&self) -> Result<&Lane, StoreError> {
        self.lane.as_ref().map_err(|problem| StoreError::Unreachable(problem.clone()))
    }

    /// The SDK's client for everything else. It is made where it is asked for, which a function never does.
    #[must_use]
    pub fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let Access { region, credentials, endpoint, retries: partition } = self.access.clone();
            let mut builder = Builder::new()
                .behavior_version(BehaviorVersion::latest())
                .http_client(self.http.clone())
                .retry_config(retries())
                .timeout_config(timeouts_of(self.timeouts))
                // Requests and answers are a few hundred bytes, and every attempt has a timeout of its own.
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
            builder.set_retry_partition(partition);
            builder.set_region(region).set_credentials_provider(credentials).set_endpoint_url(endpoint);
            Client::from_conf(builder.build())
        })
    }
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
pub fn connect(connection: AwsConnection, timeouts: Timeouts) -> Connection {
    let AwsConnection { region, credentials, endpoint } = connection;
    let credentials = Some(SharedCredentialsProvider::new(credentials));
    let region = Some(Region::new(region));
    Connection::new(Access { region, credentials, endpoint, retries: None }, timeouts)
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(20))
}

fn timeouts_of(timeouts: Timeouts) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(timeouts.attempt)
        .operation_attempt_timeout(timeouts.attempt)
        .operation_timeout(timeouts.operation)
        .build()
}

/// One connector for all requests, made once: the SDK would make one for each client to try it out, and
/// another one for the first request.
///
/// An endpoint of the user's own may have a certificate of any kind, so the system's roots are trusted for
/// it.
#[must_use]
pub fn http_client(endpoint: Option<&str>, timeouts: Timeouts) -> SharedHttpClient {
    let tls = match endpoint {
        None => tls::trusting_amazon(),
        Some(_) => tls::trusting_the_system(),
    };
    let connector = SharedHttpConnector::new(Http::new(tls, timeouts.attempt));
    http_client_fn(move |_, _| connector.clone())
}

//! The way of a decision's requests to DynamoDB: the SDK's orchestrator with what they need, and no more.
//!
//! A modelled request passes some twenty interceptors, for metrics, user agents, features and endpoints, and
//! its plugins are put together anew each time. That costs more than the request itself. The SDK's way for
//! requests of one's own, [`Operation`], has the same retries, timeouts, identities, signatures and
//! connections without it. What only the operator's tool asks goes through the modelled client.

use std::fmt;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::SCHEME_ID;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Layer, RuntimeComponentsBuilder, SharedHttpClient, SharedRuntimePlugin,
    StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::error::{BoxError, ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;

use super::signer::{SERVICE, Signature};
use super::{Access, Timeouts, retries, timeouts_of};

/// The requests of decisions.
#[derive(Debug)]
pub(in crate::store) struct Lane {
    retried: Operation<Call, Vec<u8>, Refusal>,
    once: Operation<Call, Vec<u8>, Refusal>,
}

/// A request.
#[derive(Debug)]
pub(in crate::store) struct Call {
    /// What is asked, such as `DynamoDB_20120810.UpdateItem`.
    pub(in crate::store) target: &'static str,
    /// The body, JSON.
    pub(in crate::store) body: Vec<u8>,
    /// Whether it is sent again where its reply was lost, or where DynamoDB asks for it.
    pub(in crate::store) is_retried: bool,
}

/// DynamoDB's reply that it did not do what it was asked.
#[derive(Debug)]
pub(in crate::store) struct Refusal {
    meta: ErrorMetadata,
    /// The reply, JSON.
    pub(in crate::store) body: Vec<u8>,
}

impl Lane {
    /// The way to the endpoint of a region, or to another one.
    pub(super) fn new(
        access: &Access,
        client: &SharedHttpClient,
        timeouts: Timeouts,
    ) -> Result<Self, BoxError> {
        let region = access.region.clone();
        let endpoint = Params::builder()
            .set_region(region.as_ref().map(ToString::to_string))
            .set_endpoint(access.endpoint.clone())
            .build()?;
        let mut settings = Layer::new("lane");
        settings.store_put(EndpointResolverParams::new(endpoint));
        settings.store_put(AuthSchemeOptionResolverParams::new(()));
        settings.store_put(SigV4OperationSigningConfig {
            region: region.clone().map(Into::into),
            name: Some(SERVICE.into()),
            ..SigV4OperationSigningConfig::default()
        });
        if let Some(partition) = &access.retries {
            settings.store_put(partition.clone());
        }
        let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        let mut components = RuntimeComponentsBuilder::new("lane")
            .with_endpoint_resolver(Some(DefaultResolver::new().into_shared_resolver()))
            .with_auth_scheme_option_resolver(Some(schemes));
        components
            .push_auth_scheme(Signature::of_region(region.as_ref().map_or("", |region| region.as_ref())));
        if let Some(credentials) = &access.credentials {
            components.set_identity_resolver(SCHEME_ID, credentials.clone());
        }
        let plugin = StaticRuntimePlugin::new().with_config(settings.freeze());
        let plugin = SharedRuntimePlugin::new(plugin.with_runtime_components(components));
        let operation = || {
            Operation::builder()
                .service_name("DynamoDB")
                .operation_name("decision")
                .behavior_version(BehaviorVersion::latest())
                .http_client(client.clone())
                .timeout_config(timeouts_of(timeouts))
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .with_connection_poisoning()
                .interceptor(ServiceClockSkewInterceptor::new())
                .runtime_plugin(plugin.clone())
                .serializer(to_http)
                .deserializer(from_http)
        };
        Ok(Self {
            retried: operation()
                .standard_retry(&retries())
                .retry_classifier(HttpStatusCodeClassifier::default())
                .retry_classifier(TransientErrorClassifier::<Refusal>::new())
                .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
                .retry_classifier(ServiceClockSkewClassifier::<Refusal>::new())
                .build(),
            once: operation().no_retry().build(),
        })
    }

    /// Sends a request; gives the reply, JSON.
    pub(in crate::store) async fn send(
        &self,
        call: Call,
    ) -> Result<Vec<u8>, SdkError<Refusal, HttpResponse>> {
        let operation = if call.is_retried { &self.retried } else { &self.once };
        // On the heap: the future is large, and every caller's would hold it, and be moved with it.
        Box::pin(operation.invoke(call)).await
    }
}

fn to_http(call: Call) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(call.body.into());
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.0");
    headers.insert("x-amz-target", call.target);
    headers.insert("user-agent", concat!("sinch-gate/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

fn from_http(reply: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<Refusal>> {
    let body = reply.body().bytes().unwrap_or_default().to_vec();
    if reply.status().is_success() {
        return Ok(body);
    }
    Err(OrchestratorError::operation(Refusal::read(body, reply.headers().get("x-amzn-errortype"))))
}

impl Refusal {
    /// The reply with this body, and with what its header says of the error.
    fn read(body: Vec<u8>, header: Option<&str>) -> Self {
        /// What every error says.
        #[derive(serde::Deserialize, Default)]
        struct Said {
            #[serde(rename = "__type")]
            kind: Option<String>,
            #[serde(alias = "Message")]
            message: Option<String>,
        }
        let said: Said = serde_json::from_slice(&body).unwrap_or_default();
        let mut meta = ErrorMetadata::builder();
        // `com.amazonaws.dynamodb.v20120810#ThrottlingException`, or with a URL behind a colon.
        if let Some(kind) = header.map(str::to_owned).or(said.kind) {
            let kind = kind.split(':').next().unwrap_or_default();
            meta = meta.code(kind.rsplit('#').next().unwrap_or_default());
        }
        if let Some(message) = said.message {
            meta = meta.message(message);
        }
        Self { meta: meta.build(), body }
    }
}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.meta)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_its_name_however_it_is_written() {
        let read = |body: &str, header: Option<&str>| {
            let refusal = Refusal::read(body.into(), header);
            (refusal.code().map(str::to_owned), refusal.message().map(str::to_owned))
        };
        let some = |text: &str| Some(text.to_owned());
        let long =
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow down"}"#;
        assert_eq!(read(long, None), (some("ThrottlingException"), some("slow down")));
        let short = r#"{"__type":"ResourceNotFoundException","Message":"no table"}"#;
        assert_eq!(read(short, None), (some("ResourceNotFoundException"), some("no table")));
        assert_eq!(read("{}", Some("SlowDown:http://internal/")), (some("SlowDown"), None));
        assert_eq!(read("<html>", None), (None, None));
    }
}

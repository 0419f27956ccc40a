//! The way of a decision's requests to DynamoDB: the SDK's orchestrator with what they need, and no more.
//!
//! A modelled request passes some twenty interceptors, for metrics, user agents, features and endpoints, and
//! its plugins are put together anew each time. That costs more than the request itself. Here one plugin has
//! everything, put together once, and the retries, timeouts, identities and signatures are the SDK's own.
//! What only the operator's tool asks goes through the modelled client.

use std::fmt;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::SCHEME_ID;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_sdk_dynamodb::config::endpoint::Params;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::config::{
    ConfigBag, Layer, RuntimeComponentsBuilder, RuntimePlugin as _, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::error::{BoxError, ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime::client::defaults::{
    DefaultPluginParams, default_identity_cache_plugin, default_retry_config_plugin_v2,
    default_sleep_impl_plugin, default_time_source_plugin,
};
use aws_smithy_runtime::client::orchestrator::invoke;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::retries::strategy::{NeverRetryStrategy, StandardRetryStrategy};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Input, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::{RuntimePlugins, StaticRuntimePlugin};
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer,
};

use super::signer::{SERVICE, Signature};
use super::{Access, Timeouts, endpoint, retries, timeouts_of};

/// What the SDK calls the service where it counts retries.
const NAME: &str = "DynamoDB";

/// The requests of decisions.
#[derive(Debug)]
pub(in crate::store) struct Lane {
    retried: RuntimePlugins,
    once: RuntimePlugins,
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
        let components = components(access, client);
        let retried = components
            .clone()
            .with_retry_strategy(Some(StandardRetryStrategy::new()))
            .with_retry_classifier(HttpStatusCodeClassifier::default())
            .with_retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .with_retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .with_retry_classifier(ServiceClockSkewClassifier::<Refusal>::new());
        let once = components.with_retry_strategy(Some(NeverRetryStrategy::new()));
        let settings = settings(access, timeouts)?.freeze();
        let plugins = |components| {
            let plugin = StaticRuntimePlugin::new().with_config(settings.clone());
            RuntimePlugins::new().with_client_plugin(plugin.with_runtime_components(components))
        };
        Ok(Self { retried: plugins(retried), once: plugins(once) })
    }

    /// Sends a request; gives the reply, JSON.
    pub(in crate::store) async fn send(
        &self,
        call: Call,
    ) -> Result<Vec<u8>, SdkError<Refusal, HttpResponse>> {
        let plugins = if call.is_retried { &self.retried } else { &self.once };
        // On the heap: the future is large, and every caller's would hold it, and be moved with it.
        let reply = Box::pin(invoke(NAME, "decision", Input::erase(call), plugins)).await;
        let reply = reply.map_err(|error| error.map_service_error(Refusal::of))?;
        reply.downcast().map_err(|_| SdkError::construction_failure("a reply of another kind"))
    }
}

/// What sends requests, apart from what decides whether one is sent again.
fn components(access: &Access, client: &SharedHttpClient) -> RuntimeComponentsBuilder {
    let region = access.region.as_ref().map_or("", |region| region.as_ref());
    let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let mut components = RuntimeComponentsBuilder::new("lane")
        .with_http_client(Some(client.clone()))
        .with_endpoint_resolver(Some(endpoint::resolver(access)))
        .with_auth_scheme_option_resolver(Some(schemes))
        .with_interceptor(ServiceClockSkewInterceptor::new());
    components.push_auth_scheme(Signature::of_region(region));
    if let Some(credentials) = &access.credentials {
        components.set_identity_resolver(SCHEME_ID, credentials.clone());
    }
    let stock = [
        default_identity_cache_plugin(),
        default_retry_config_plugin_v2(&DefaultPluginParams::new().with_retry_partition_name(NAME)),
        default_sleep_impl_plugin(),
        default_time_source_plugin(),
    ];
    stock.into_iter().flatten().fold(components, |components, plugin| {
        let more = plugin.runtime_components(&components).into_owned();
        components.merge_from(&more)
    })
}

fn settings(access: &Access, timeouts: Timeouts) -> Result<Layer, BoxError> {
    let endpoint = Params::builder()
        .set_region(access.region.as_ref().map(ToString::to_string))
        .set_endpoint(access.endpoint.clone())
        .build()?;
    let mut settings = Layer::new("lane");
    settings.store_put(SharedRequestSerializer::new(Form));
    settings.store_put(SharedResponseDeserializer::new(Form));
    settings.store_put(EndpointResolverParams::new(endpoint));
    settings.store_put(AuthSchemeOptionResolverParams::new(()));
    settings.store_put(SigV4OperationSigningConfig {
        region: access.region.clone().map(Into::into),
        name: Some(SERVICE.into()),
        ..SigV4OperationSigningConfig::default()
    });
    settings.store_put(retries());
    settings.store_put(access.retries.clone().unwrap_or_else(|| RetryPartition::new(NAME)));
    settings.store_put(timeouts_of(timeouts));
    settings.store_put(StalledStreamProtectionConfig::disabled());
    Ok(settings)
}

/// How a call is written, and its reply read.
#[derive(Debug)]
struct Form;

impl SerializeRequest for Form {
    fn serialize_input(&self, input: Input, _: &mut ConfigBag) -> Result<HttpRequest, BoxError> {
        let call: Call = input.downcast().map_err(|_| "a request of another kind")?;
        let mut request = HttpRequest::new(call.body.into());
        request.set_method("POST")?;
        request.set_uri("/")?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.0");
        headers.insert("x-amz-target", call.target);
        headers.insert("user-agent", concat!("sinch-gate/", env!("CARGO_PKG_VERSION")));
        Ok(request)
    }
}

impl DeserializeResponse for Form {
    fn deserialize_nonstreaming_with_config(
        &self,
        reply: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = reply.body().bytes().unwrap_or_default().to_vec();
        if !is_unchanged(&body, reply.headers().get("x-amz-crc32")) {
            return Err(OrchestratorError::response("its reply was changed on the way".into()));
        }
        if reply.status().is_success() {
            return Ok(Output::erase(body));
        }
        let refusal = Refusal::read(body, reply.headers().get("x-amzn-errortype"));
        Err(OrchestratorError::operation(Error::erase(refusal)))
    }
}

/// Whether a body has the checksum that DynamoDB sends along. What is between may have changed it into
/// something that reads as well, and would be believed.
fn is_unchanged(body: &[u8], checksum: Option<&str>) -> bool {
    checksum.is_none_or(|checksum| checksum.parse() == Ok(crc32fast::hash(body)))
}

impl Refusal {
    /// What the orchestrator hands on of what was read.
    fn of(error: Error) -> Self {
        error.downcast().unwrap_or_else(|_| Self::read(Vec::new(), None))
    }

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
    fn a_body_that_was_changed_on_the_way_is_known_by_its_checksum() {
        // The checksum of this text is the one that descriptions of CRC-32 give.
        assert!(is_unchanged(b"123456789", Some("3421780262")));
        assert!(!is_unchanged(b"123456780", Some("3421780262")));
        assert!(!is_unchanged(b"123456789", Some("something else")));
        assert!(is_unchanged(b"123456789", None));
    }

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

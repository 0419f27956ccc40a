//! How requests are signed: AWS's Signature Version 4, as far as requests to DynamoDB need it.
//!
//! The SDK's own signer derives the key of the day anew for each request, and takes every header into the
//! signature. This one keeps the key, and takes in only the headers that AWS asks for. Whatever it does not
//! know it leaves to the SDK's: a request of another form, one that is sent again, for which the SDK allows
//! for a wrong clock, and one without a clock of the SDK's.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
use aws_sdk_dynamodb::config::{ConfigBag, Credentials, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::GetIdentityResolver;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::hmac::{self, HMAC_SHA256, Key};

use crate::hex::hex;

/// The name of the service in signatures.
pub(super) const SERVICE: &str = "dynamodb";

/// What signs the requests of one region.
#[derive(Debug)]
pub(super) struct Signature {
    signer: Signer,
}

impl Signature {
    pub(super) fn of_region(region: &str) -> Self {
        Self { signer: Signer { region: region.to_owned(), kept: Mutex::default(), sdk: SigV4Signer::new() } }
    }
}

impl AuthScheme for Signature {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        &self.signer
    }
}

struct Signer {
    region: String,
    kept: Mutex<Option<DayKey>>,
    sdk: SigV4Signer,
}

/// The key that signs the requests of one day.
struct DayKey {
    day: String,
    access_key: String,
    secret: String,
    key: Key,
}

/// Without the secret.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Sign for Signer {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let is_first = config.load::<RequestAttempts>().is_none_or(|attempts| attempts.attempts() <= 1);
        let clock = components.time_source().filter(|_| is_first);
        if let (Some(clock), Some(credentials)) = (clock, identity.data::<Credentials>())
            && self.sign(request, credentials, clock.now()).is_some()
        {
            return Ok(());
        }
        self.sdk.sign_http_request(request, identity, endpoint, components, config)
    }
}

impl Signer {
    /// Signs a request of a known form; of any other one nothing is changed.
    fn sign(&self, request: &mut HttpRequest, credentials: &Credentials, now: SystemTime) -> Option<()> {
        let time = written(now)?;
        let signed = self.authorization(request, credentials, &time)?;
        let headers = request.headers_mut();
        headers.insert("x-amz-date", time);
        if let Some(token) = credentials.session_token() {
            headers.insert("x-amz-security-token", token.to_owned());
        }
        headers.insert("authorization", signed);
        Some(())
    }

    /// The value of the header `authorization`.
    fn authorization(&self, request: &HttpRequest, credentials: &Credentials, time: &str) -> Option<String> {
        let body = request.body().bytes()?;
        let host = host_of(request.uri()).filter(|_| request.method() == "POST")?;
        let mut headers = vec![("host", host), ("x-amz-date", time)];
        headers.extend(credentials.session_token().map(|token| ("x-amz-security-token", token)));
        for (name, value) in request.headers() {
            if name == "content-type" || name.starts_with("x-amz-") {
                headers.push((name, value));
            }
        }
        headers.sort_unstable();
        // Spaces would have to be folded, and values of one name joined.
        let is_plain = |(name, value): &(&str, &str)| {
            !value.contains("  ") && value.trim() == *value && *name != "x-amz-content-sha256"
        };
        let are_different = headers.is_sorted_by(|(one, _), (next, _)| one < next);
        if !are_different || !headers.iter().all(is_plain) {
            return None;
        }
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut canonical = String::with_capacity(1_536);
        canonical.push_str("POST\n/\n\n");
        for (name, value) in &headers {
            canonical.extend([*name, ":", *value, "\n"]);
        }
        canonical.extend(["\n", names.as_str(), "\n", hex(digest(&SHA256, body).as_ref()).as_str()]);
        let day = time.get(..8)?;
        let scope = [day, self.region.as_str(), SERVICE, "aws4_request"].join("/");
        let canonical = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let text = ["AWS4-HMAC-SHA256", time, scope.as_str(), canonical.as_str()].join("\n");
        let signature = hex(hmac::sign(&self.key(credentials, day), text.as_bytes()).as_ref());
        let access_key = credentials.access_key_id();
        Some(format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        ))
    }

    fn key(&self, credentials: &Credentials, day: &str) -> Key {
        let (access_key, secret) = (credentials.access_key_id(), credentials.secret_access_key());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*kept
            && (known.day.as_str(), known.access_key.as_str(), known.secret.as_str())
                == (day, access_key, secret)
        {
            return known.key.clone();
        }
        let mut key = Key::new(HMAC_SHA256, format!("AWS4{secret}").as_bytes());
        for part in [day, self.region.as_str(), SERVICE, "aws4_request"] {
            key = Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        let owned = |text: &str| text.to_owned();
        *kept = Some(DayKey {
            day: owned(day),
            access_key: owned(access_key),
            secret: owned(secret),
            key: key.clone(),
        });
        key
    }
}

/// A time as signatures have it: `20260115T093000Z`.
fn written(time: SystemTime) -> Option<String> {
    let time = Timestamp::try_from(time).ok()?.to_string();
    Some(time.get(..19)?.replace(['-', ':'], "") + "Z")
}

/// The host that a request goes to, with its port unless that is the usual one; nothing where the request
/// asks for more than `/`.
fn host_of(uri: &str) -> Option<&str> {
    let (host, usual) = match uri.strip_prefix("https://") {
        Some(rest) => (rest, ":443"),
        None => (uri.strip_prefix("http://")?, ":80"),
    };
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.contains(['/', '?', '@']) {
        return None;
    }
    Some(host.strip_suffix(usual).unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign};
    use aws_sigv4::sign::v4;

    use super::*;

    const BODY: &str = r#"{"TableName":"gate"}"#;

    fn request(uri: &str) -> HttpRequest {
        let mut request = HttpRequest::new(BODY.into());
        request.set_method("POST").unwrap();
        request.set_uri(uri).unwrap();
        request.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        request.headers_mut().insert("x-amz-target", "DynamoDB_20120810.UpdateItem");
        request
    }

    fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
        request.headers().get(name)
    }

    /// What the SDK makes of the same request.
    fn by_the_sdk(request: &HttpRequest, credentials: &Credentials, time: SystemTime) -> HttpRequest {
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name(SERVICE)
            .time(time)
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let body = SignableBody::Bytes(BODY.as_bytes());
        let headers = request.headers().iter();
        let signable = SignableRequest::new("POST", request.uri(), headers, body).unwrap();
        let (instructions, _) = sign(signable, &SigningParams::V4(params)).unwrap().into_parts();
        let mut signed = self::request(request.uri());
        for (name, value) in instructions.headers() {
            signed.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        signed
    }

    #[test]
    fn a_signature_is_the_one_that_the_sdk_would_make() {
        let Signature { signer } = Signature::of_region("eu-west-1");
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_469_400);
        let day = Duration::from_secs(86_400);
        let with_token = Credentials::new("AKID", "secret", Some("token/+=".to_owned()), None, "test");
        let without = Credentials::new("AKID", "another secret", None, None, "test");
        for credentials in [&with_token, &without] {
            for time in [noon, noon + Duration::from_secs(1), noon + day, noon] {
                for uri in
                    ["https://dynamodb.eu-west-1.amazonaws.com/", "http://127.0.0.1:8000/", "https://x:443/"]
                {
                    let mut ours = request(uri);
                    assert!(signer.sign(&mut ours, credentials, time).is_some(), "{uri}");
                    let theirs = by_the_sdk(&request(uri), credentials, time);
                    for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
                        assert_eq!(header(&ours, name), header(&theirs, name), "{name} of {uri} at {time:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_of_the_known_form_is_left_to_the_sdk_as_it_is() {
        let Signature { signer } = Signature::of_region("eu-west-1");
        let credentials = Credentials::new("AKID", "secret", None, None, "test");
        let uri = "https://dynamodb.eu-west-1.amazonaws.com/";
        let changes: [fn(&mut HttpRequest); 5] = [
            |request| request.set_method("GET").unwrap(),
            |request| request.set_uri("https://dynamodb.eu-west-1.amazonaws.com/?a=b").unwrap(),
            |request| request.set_uri("https://dynamodb.eu-west-1.amazonaws.com/path").unwrap(),
            |request| _ = request.headers_mut().append("x-amz-meta", "a  b"),
            |request| {
                request.headers_mut().append("x-amz-meta", "a");
                request.headers_mut().append("x-amz-meta", "b");
            },
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut request = request(uri);
            change(&mut request);
            assert!(signer.sign(&mut request, &credentials, SystemTime::UNIX_EPOCH).is_none(), "{index}");
            assert_eq!(header(&request, "authorization"), None, "{index}");
        }
    }
}

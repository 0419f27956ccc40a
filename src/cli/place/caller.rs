//! As whom AWS knows the person at the tool.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

use super::Place;
use crate::store;

/// How long it is waited for: somebody waits who could give a name as well.
const TIMEOUT: Duration = Duration::from_secs(5);

impl Place {
    /// The identity whose credentials are used, such as `assumed-role/Operators/alice`; `None` where AWS has
    /// no part in it. An endpoint that was named may be anything, so then it is only asked where the
    /// environment says where its STS is.
    ///
    /// # Errors
    /// Where there are no credentials, or STS cannot be asked.
    pub(in crate::cli) async fn caller(&self) -> anyhow::Result<Option<String>> {
        if self.table().is_none() || (self.endpoint_url.is_some() && !is_sts_named()) {
            return Ok(None);
        }
        caller(&self.shared_config().await?).await.map(Some)
    }
}

#[expect(clippy::disallowed_methods, reason = "AWS's own variables stand only in the environment")]
fn is_sts_named() -> bool {
    ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].iter().any(|name| std::env::var_os(name).is_some())
}

/// Asks STS, which answers everybody who has credentials.
async fn caller(shared: &SdkConfig) -> anyhow::Result<String> {
    let timeouts = TimeoutConfig::builder().operation_timeout(TIMEOUT).build();
    let config = aws_sdk_sts::config::Builder::from(shared)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(2))
        .build();
    let request = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send();
    let reply = request.await.map_err(|error| anyhow!("{}", store::deepest_cause(&error)))?;
    let arn = reply.arn().context("it did not say who")?;
    Ok(identity(arn).to_owned())
}

/// What stands behind the account: `user/alice` of `arn:aws:iam::123456789012:user/alice`.
fn identity(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_what_stands_behind_the_account() {
        assert_eq!(identity("arn:aws:iam::123456789012:user/alice"), "user/alice");
        assert_eq!(
            identity("arn:aws:sts::123456789012:assumed-role/Operators/alice@example.com"),
            "assumed-role/Operators/alice@example.com"
        );
        assert_eq!(identity("arn:aws:sts::123456789012:federated-user/a:b"), "federated-user/a:b");
        assert_eq!(identity("nobody"), "nobody");
    }
}

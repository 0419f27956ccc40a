//! As which application the tool signs and listens.

use std::fmt;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;

use crate::config::{ConfigErrors, GateConfig};
use crate::signature::{AppKey, AppSecret};

/// The application of the samples in `events/`: key and secret from a worked example in Sinch's own
/// documentation, and so no credential of anything.
pub(super) const SAMPLE_KEY: &str = "669E367E-6BBA-48AB-AF15-266871C28135";
/// Its secret.
pub(super) const SAMPLE_SECRET: &str = "BeIukql3pTKJ8RGL5zo0DA==";

/// An application and its secret.
#[derive(Clone, Debug, Args)]
pub(super) struct Credentials {
    /// The application key; the samples' if not given
    #[arg(long, value_name = "KEY", env = "SINCH_APPLICATION_KEY", hide_env_values = true)]
    key: Option<String>,
    /// The application secret, base64; the samples' if not given
    #[arg(long, value_name = "SECRET", env = "SINCH_APPLICATION_SECRET", hide_env_values = true)]
    secret: Option<SecretText>,
}

impl Credentials {
    /// Reads key and secret; an empty value counts as absent, as it does for the function.
    ///
    /// # Errors
    /// Where one of them cannot be read, or stands alone: an own key with the samples' secret is never meant.
    pub(super) fn parse(&self) -> anyhow::Result<(AppKey, AppSecret)> {
        let (key, secret) = self.texts()?;
        Ok((key.parse().context("--key")?, secret.parse().context("--secret")?))
    }

    /// The key alone, for what needs no secret.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn key(&self) -> anyhow::Result<AppKey> {
        let key = self.key.as_deref().filter(|key| !key.is_empty());
        key.unwrap_or(SAMPLE_KEY).parse().context("--key")
    }

    /// Key and secret as they were given, or the samples'.
    ///
    /// # Errors
    /// Where one of them stands alone.
    pub(super) fn texts(&self) -> anyhow::Result<(&str, &str)> {
        let key = self.key.as_deref().filter(|key| !key.is_empty());
        let secret = self.secret.as_ref().map(|secret| secret.0.as_str()).filter(|secret| !secret.is_empty());
        match (key, secret) {
            (Some(key), Some(secret)) => Ok((key, secret)),
            (None, None) => Ok((SAMPLE_KEY, SAMPLE_SECRET)),
            (Some(_), None) => {
                bail!("a key without its secret\nhint: give --secret too, or set SINCH_APPLICATION_SECRET")
            }
            (None, Some(_)) => {
                bail!("a secret without its key\nhint: give --key too, or set SINCH_APPLICATION_KEY")
            }
        }
    }
}

/// A secret as it was typed. It is read after the other arguments, since clap repeats a value that it cannot
/// parse in its message.
#[derive(Clone)]
pub(super) struct SecretText(String);

impl SecretText {
    /// Reads the secret.
    ///
    /// # Errors
    /// Where it is none; the text is not repeated.
    pub(super) fn parse(&self) -> anyhow::Result<AppSecret> {
        self.0.parse().context("--secret")
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// What is wrong with the environment, as an error of the tool: each problem on a line, its advice below it.
pub(super) fn not_right(errors: &ConfigErrors) -> anyhow::Error {
    anyhow!("the environment is not right:\n  {}", errors.to_string().replace('\n', "\n  "))
}

/// The configuration of a gate on this machine, from the environment; without any application in it, the
/// samples' application. The second value says whether that is so.
///
/// # Errors
/// Every problem of the environment.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the tool's environment for the gate")]
pub(super) fn local_config() -> Result<(GateConfig, bool), ConfigErrors> {
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let samples =
        !["SINCH_APPLICATION_KEY", "SINCH_APPLICATION_SECRET", "SINCH_APPLICATIONS"].into_iter().any(is_set);
    let lookup = |name: &str| match name {
        "SINCH_APPLICATION_KEY" if samples => Some(SAMPLE_KEY.to_owned()),
        "SINCH_APPLICATION_SECRET" if samples => Some(SAMPLE_SECRET.to_owned()),
        name => std::env::var(name).ok(),
    };
    GateConfig::parse(lookup).map(|config| (config, samples))
}

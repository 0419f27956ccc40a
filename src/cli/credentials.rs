//! As which application the tool signs and listens.

use clap::Args;

use crate::config::GateConfig;
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
    #[arg(long, value_name = "KEY", env = "SINCH_APPLICATION_KEY", default_value = SAMPLE_KEY)]
    pub(super) key: AppKey,
    /// The application secret, base64; the samples' if not given
    #[arg(long, value_name = "SECRET", env = "SINCH_APPLICATION_SECRET", default_value = SAMPLE_SECRET, hide_env_values = true)]
    pub(super) secret: AppSecret,
}

/// The configuration of a gate on this machine, from the environment; without any application in it, the
/// samples' application. The second value tells whether that is so.
///
/// # Errors
/// Every problem of the environment.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the tool's environment for the gate")]
pub(super) fn local_config() -> Result<(GateConfig, bool), crate::config::ConfigErrors> {
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

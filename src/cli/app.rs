//! `--app`: which application, as an argument.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Args, Command};

use super::credentials::SAMPLE_KEY;
use crate::signature::{AppKey, AppKeyError, AppScope};

/// Reads `--app`. Clap repeats a value that it cannot parse in its message; this does not, since the value
/// may be a secret that was pasted in place of the key.
#[derive(Clone)]
pub(super) struct AppParser<T>(fn(&str) -> Result<T, AppKeyError>);

/// One application.
pub(super) fn key() -> AppParser<AppKey> {
    AppParser(str::parse)
}

/// One application; that of the samples where the value is empty, as an empty variable counts as absent.
fn key_or_samples() -> AppParser<AppKey> {
    AppParser(|text| if text.is_empty() { SAMPLE_KEY.parse() } else { text.parse() })
}

/// One application, for a command whose question is always about one.
#[derive(Debug, Args)]
pub(super) struct OneApp {
    /// The application key; the samples' if not given
    #[arg(
        long,
        value_name = "KEY",
        env = "SINCH_APPLICATION_KEY",
        hide_env_values = true,
        default_value = SAMPLE_KEY,
        hide_default_value = true,
        value_parser = key_or_samples()
    )]
    pub(super) app: AppKey,
}

/// One application, or `*` for all.
pub(super) fn scope() -> AppParser<AppScope> {
    AppParser(str::parse)
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for AppParser<T> {
    type Value = T;

    fn parse_ref(&self, cmd: &Command, _: Option<&clap::Arg>, value: &OsStr) -> Result<T, clap::Error> {
        // Text that is not Unicode has characters that no key has.
        let parsed = value.to_str().ok_or(AppKeyError::Character).and_then(self.0);
        parsed.map_err(|error| {
            let message = format!("invalid value for '--app <KEY>': {error}");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(cmd)
        })
    }
}

/// Whose something is, in words.
pub(super) fn whose(scope: &AppScope) -> &str {
    scope.app().map_or("all applications", AppKey::as_str)
}

//! `--app`: which application, as an argument.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Args, Command};

use super::applications::Applications;
use super::credentials::SAMPLE_KEY;
use super::place::Place;
use crate::signature::{AppKey, AppKeyError, AppScope};
use crate::store::Store;

/// Reads `--app`. Clap repeats a value that it cannot parse in its message; this does not, since the value
/// may be a secret that was pasted in place of the key.
#[derive(Clone)]
pub(super) struct AppParser<T>(fn(&str) -> Result<T, AppKeyError>);

/// One application.
pub(super) fn key() -> AppParser<AppKey> {
    AppParser(str::parse)
}

/// An application, as far as one was given.
#[derive(Clone, Debug)]
struct Given(Option<AppKey>);

/// An application; none where the value is empty, as an empty variable counts as absent.
fn key_or_nothing() -> AppParser<Given> {
    AppParser(|text| if text.is_empty() { Ok(Given(None)) } else { text.parse().map(|key| Given(Some(key))) })
}

/// One application, for a command whose question is always about one.
#[derive(Debug, Args)]
pub(super) struct OneApp {
    /// The application key; the only one that the table knows if not given
    #[arg(
        long,
        value_name = "KEY",
        env = "SINCH_APPLICATION_KEY",
        hide_env_values = true,
        value_parser = key_or_nothing()
    )]
    app: Option<Given>,
}

impl OneApp {
    fn given(&self) -> Option<&AppKey> {
        self.app.as_ref()?.0.as_ref()
    }

    /// The application that is meant where no table is asked: the samples' if none was given.
    ///
    /// # Errors
    /// Never in practice, since the key of the samples is one.
    pub(super) fn without_table(&self) -> anyhow::Result<AppKey> {
        self.given().map_or_else(|| Ok(SAMPLE_KEY.parse()?), |app| Ok(app.clone()))
    }

    /// The application that is meant in a table.
    ///
    /// # Errors
    /// Where the table knows others only, or several and none was given; or where the store fails.
    pub(super) async fn of(&self, store: &Store, place: &Place) -> anyhow::Result<AppKey> {
        let known = Applications::of(store).await?;
        match self.given() {
            Some(given) => known.find(given),
            None => known.only(place),
        }
    }

    /// The applications to look at in a table: the one that was given, or all that the table knows.
    ///
    /// # Errors
    /// Where the table knows none, or where the store fails.
    pub(super) async fn each_of(&self, store: &Store, place: &Place) -> anyhow::Result<Vec<AppKey>> {
        let known = Applications::of(store).await?;
        match self.given() {
            Some(given) => Ok(vec![known.same(given)]),
            None => known.every(place),
        }
    }

    /// What to say where nothing was found, if the application that was given is not one of the table's.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn why_unknown(&self, store: &Store) -> anyhow::Result<Option<String>> {
        let Some(given) = self.given() else { return Ok(None) };
        Ok(Applications::of(store).await?.unknown(given))
    }
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

//! Whose verifications they are, and where Sinch's API is.

use anyhow::bail;
use clap::{Args, ValueEnum};

use crate::api::{BaseUrl, Client, Scheme};
use crate::cli::credentials::{Credentials, SAMPLE_KEY};
use crate::signature::AppKey;

/// An application, and the API that knows it.
#[derive(Clone, Debug, Args)]
pub(super) struct Account {
    #[command(flatten)]
    credentials: Credentials,
    /// How calls are authorized: signed, basic with the secret itself, or public with the key alone, as from
    /// a phone
    #[arg(long, value_enum, value_name = "HOW", default_value_t, hide_possible_values = true)]
    auth: Auth,
    /// Where Sinch's API is
    #[arg(
        long,
        value_name = "URL",
        env = "SINCH_API_URL",
        hide_env_values = true,
        default_value = BaseUrl::SINCH
    )]
    api_url: BaseUrl,
}

// The variants have no documentation of their own, since clap would give each a paragraph in every help.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Auth {
    #[default]
    Signed,
    Basic,
    Public,
}

impl Account {
    /// A client of the API, and the application that it calls for.
    ///
    /// # Errors
    /// Where key or secret are missing or cannot be read.
    pub(super) fn client(&self) -> anyhow::Result<(Client, AppKey)> {
        let key = match self.auth {
            Auth::Public => self.credentials.key()?,
            Auth::Signed | Auth::Basic => self.credentials.parse()?.0,
        };
        if key.as_str() == SAMPLE_KEY && !self.api_url.is_loopback() {
            bail!(
                "which application? the samples' key is published and no account of Sinch's\n\
                 hint: give --key and --secret, or set SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET, \
                 as the Sinch dashboard shows them"
            );
        }
        let scheme = match self.auth {
            Auth::Signed => Scheme::Signed { key: key.clone(), secret: self.credentials.parse()?.1 },
            Auth::Basic => Scheme::basic(&key, self.credentials.texts()?.1)?,
            Auth::Public => Scheme::Public { key: key.clone() },
        };
        Ok((Client::new(self.api_url.clone(), scheme), key))
    }

    /// Whether calls are signed, as Sinch wants them where options are set.
    pub(super) fn is_signed(&self) -> bool {
        self.auth == Auth::Signed
    }
}

//! As which applications Sinch is asked.

use std::collections::BTreeMap;

use anyhow::bail;

use crate::api::{BaseUrl, Client, Scheme};
use crate::cli::credentials::{Credentials, SAMPLE_KEY};
use crate::signature::{AppKey, AppSecret, Keyring};

/// A client for each application whose secret is known.
#[derive(Debug)]
pub(super) struct Applications(BTreeMap<AppKey, Client>);

impl Applications {
    /// Those that the environment names, and the one that was given. Of two secrets of one application the
    /// first is used. The samples' application is asked for nowhere but on this machine.
    ///
    /// # Errors
    /// Where key or secret cannot be read, or there is no application.
    pub(super) fn new(keyring: &Keyring, given: &Credentials, api: &BaseUrl) -> anyhow::Result<Self> {
        let known = keyring.keys().filter_map(|key| {
            let secret = keyring.secrets(key).ok()?.first()?;
            Some((key.clone(), secret.clone()))
        });
        let mut secrets: BTreeMap<AppKey, AppSecret> = known.collect();
        secrets.extend([given.parse()?]);
        secrets.retain(|key, _| api.is_loopback() || key.as_str() != SAMPLE_KEY);
        if secrets.is_empty() {
            bail!(
                "which application? the samples' key is published and no account of Sinch's\n\
                 hint: give --key and --secret, or set SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET, \
                 or SINCH_APPLICATIONS, as for the function"
            );
        }
        let clients = secrets
            .into_iter()
            .map(|(key, secret)| (key.clone(), Client::new(api.clone(), Scheme::Signed { key, secret })));
        Ok(Self(clients.collect()))
    }

    /// The keys of all.
    pub(super) fn keys(&self) -> Vec<AppKey> {
        self.0.keys().cloned().collect()
    }

    /// The client for an application.
    pub(super) fn client(&self, app: &AppKey) -> Option<&Client> {
        self.0.get(app)
    }
}

//! The secrets that callbacks may be signed with.

use std::collections::BTreeMap;

use super::{AppKey, AppSecret, SignatureError};

/// The applications that the gate answers for, each with one secret or more: two while one replaces the
/// other. Collect it from pairs of key and secret.
#[derive(Clone, Debug, Default)]
pub struct Keyring(BTreeMap<AppKey, Vec<AppSecret>>);

impl Keyring {
    /// The applications' keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &AppKey> {
        self.0.keys()
    }

    /// Whether there is no application at all, so that every callback would be refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secrets of the application `key`.
    ///
    /// # Errors
    ///
    /// [`SignatureError::UnknownKey`] where the application is not one of these.
    pub fn secrets(&self, key: &AppKey) -> Result<&[AppSecret], SignatureError> {
        self.0.get(key).map(Vec::as_slice).ok_or_else(|| SignatureError::UnknownKey { key: key.clone() })
    }
}

impl FromIterator<(AppKey, AppSecret)> for Keyring {
    fn from_iter<I: IntoIterator<Item = (AppKey, AppSecret)>>(pairs: I) -> Self {
        let mut keyring = Self::default();
        for (key, secret) in pairs {
            keyring.0.entry(key).or_default().push(secret);
        }
        keyring
    }
}

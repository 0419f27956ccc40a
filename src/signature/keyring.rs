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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_may_have_several_secrets() {
        assert!(Keyring::default().is_empty());
        let pair = |key: &str, secret: &str| (key.parse().unwrap(), secret.parse().unwrap());
        let keyring: Keyring = [pair("b", "c2VjcmV0"), pair("a", "YW5vdGhlcg=="), pair("b", "YW5vdGhlcg==")]
            .into_iter()
            .collect();
        assert!(!keyring.is_empty());
        assert_eq!(keyring.keys().map(AppKey::as_str).collect::<Vec<_>>(), ["a", "b"]);
        let n_secrets = |key: &str| keyring.secrets(&key.parse().unwrap()).map(<[_]>::len);
        assert_eq!((n_secrets("a"), n_secrets("b")), (Ok(1), Ok(2)));
        assert_eq!(n_secrets("c"), Err(SignatureError::UnknownKey { key: "c".parse().unwrap() }));
    }
}

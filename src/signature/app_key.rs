//! The key that names an application.

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use serde::{Deserialize, Serialize};

/// The most characters that a key may have; Sinch's own have 36, or 32 without hyphens.
const MAX_LEN: usize = 64;

/// The key of a Sinch application, such as `669E367E-6BBA-48AB-AF15-266871C28135`: up to 64 letters, digits
/// and hyphens. It is not secret. Keys are compared exactly, as Sinch's own libraries compare them.
///
/// ```
/// use sinch_gate::signature::AppKey;
///
/// let key: AppKey = "669E367E-6BBA-48AB-AF15-266871C28135".parse()?;
/// assert_eq!(key.as_str().len(), 36);
/// # Ok::<(), sinch_gate::signature::AppKeyError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AppKey(Box<str>);

/// What keeps a text from being an application key. The text is not repeated, since it may be a secret in
/// the wrong place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AppKeyError {
    /// There is no text.
    #[error("application key is empty\nhint: copy it from the application's page in the Sinch dashboard")]
    Empty,
    /// Longer than 64 characters.
    #[error("application key is longer than 64 characters")]
    TooLong,
    /// Something other than letters, digits and hyphens.
    #[error(
        "application key contains something other than letters, digits and hyphens\nhint: check that it \
         is not the secret, and not quoted"
    )]
    Character,
    /// 16 bytes in base64, as secrets are, without the padding: what a double click in a terminal takes.
    #[error(
        "application key looks like a secret without its `==`\nhint: copy the key, and not the secret, from \
         the application's page in the Sinch dashboard"
    )]
    Secret,
}

impl AppKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppKey {
    type Err = AppKeyError;

    fn from_str(text: &str) -> Result<Self, AppKeyError> {
        if text.is_empty() {
            return Err(AppKeyError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(AppKeyError::Character);
        }
        if is_like_secret(text) {
            return Err(AppKeyError::Secret);
        }
        if text.len() > MAX_LEN {
            return Err(AppKeyError::TooLong);
        }
        Ok(Self(text.into()))
    }
}

/// Whether a text is 16 bytes in base64 without padding, and by its mixed letters no name. Sinch's keys are
/// UUIDs, which have other lengths.
fn is_like_secret(text: &str) -> bool {
    let is_mixed = text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.bytes().any(|byte| byte.is_ascii_uppercase());
    is_mixed && BASE64_STANDARD_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 16)
}

impl TryFrom<String> for AppKey {
    type Error = AppKeyError;

    fn try_from(text: String) -> Result<Self, AppKeyError> {
        text.parse()
    }
}

impl fmt::Display for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_letters_digits_and_hyphens() {
        for text in [
            "789",
            "app-key",
            "5F5C418A0F914BBC8234A9BF5EDDAD97",
            &"x".repeat(64),
            "a-shop-of-22-letters-Q",
            "ashopof22lettersinallw",
        ] {
            assert_eq!(text.parse::<AppKey>().map(|key| key.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn refuses_anything_else_and_says_why() {
        let refused = [
            ("", AppKeyError::Empty),
            (" 789", AppKeyError::Character),
            ("a_b", AppKeyError::Character),
            ("nyckel-å", AppKeyError::Character),
            ("BeIukql3pTKJ8RGL5zo0DA==", AppKeyError::Character),
            ("BeIukql3pTKJ8RGL5zo0DA", AppKeyError::Secret),
            ("AAECAwQFBgcICQoLDA0ODw", AppKeyError::Secret),
            (&"x".repeat(65), AppKeyError::TooLong),
        ];
        for (text, error) in refused {
            assert_eq!(text.parse::<AppKey>(), Err(error), "{text}");
        }
    }
}

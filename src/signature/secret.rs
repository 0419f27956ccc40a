//! The secret of an application.

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::StringToSign;

/// The secret of a Sinch application, decoded and ready to sign.
///
/// It is read from the base64 text that the Sinch dashboard shows, which must be in canonical form: a text
/// that only a lenient decoder accepts was cut or retyped, and every callback would fail later, without a
/// hint. It never prints.
///
/// ```
/// use sinch_gate::signature::AppSecret;
///
/// let secret: AppSecret = "BeIukql3pTKJ8RGL5zo0DA==".parse()?;
/// assert_eq!(format!("{secret:?}"), "AppSecret(redacted)");
/// # Ok::<(), sinch_gate::signature::SecretError>(())
/// ```
#[derive(Clone)]
pub struct AppSecret {
    /// The state of the MAC after the key and before any text: the key is mixed in once, not for each
    /// request.
    keyed: Hmac<Sha256>,
}

/// What keeps a text from being an application secret. The text is never repeated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no text.
    #[error("application secret is empty\nhint: copy it from the application's page in the Sinch dashboard")]
    Empty,
    /// The text is not base64 in its canonical form.
    #[error(
        "application secret is not base64 as the Sinch dashboard shows it \
         (A–Z, a–z, 0–9, `+`, `/`, padded with `=` to a multiple of four)\n\
         hint: copy it whole, without quotes or blanks"
    )]
    NotBase64,
}

impl AppSecret {
    /// The signature of `text` in its base64 form, as it follows the colon of the header.
    pub(super) fn sign(&self, text: &StringToSign<'_>) -> String {
        self.sign_text(&text.to_string())
    }

    /// Whether `signature` is the one of `text`, compared in constant time.
    pub(super) fn matches(&self, signature: &str, text: &str) -> Choice {
        self.sign_text(text).as_bytes().ct_eq(signature.as_bytes())
    }

    fn sign_text(&self, text: &str) -> String {
        let mut mac = self.keyed.clone();
        mac.update(text.as_bytes());
        BASE64_STANDARD.encode(mac.finalize().into_bytes())
    }
}

impl FromStr for AppSecret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        // This engine refuses missing padding, stray trailing bits and the URL-safe alphabet.
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| SecretError::NotBase64)?;
        // HMAC takes keys of any length, so this conversion has no way to fail.
        let keyed = Hmac::new_from_slice(&bytes).map_err(|_| SecretError::NotBase64)?;
        Ok(Self { keyed })
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_an_empty_secret() {
        assert_eq!("".parse::<AppSecret>().err(), Some(SecretError::Empty));
    }

    #[test]
    fn refuses_text_that_only_a_lenient_decoder_accepts() {
        let lenient = [
            ("no padding", "BeIukql3pTKJ8RGL5zo0DA"),
            ("stray trailing bits", "BeIukql3pTKJ8RGL5zo0DB=="),
            ("URL-safe alphabet", "app-secret=="),
            ("a blank at the end", "BeIukql3pTKJ8RGL5zo0DA== "),
            ("quotes", "\"BeIukql3pTKJ8RGL5zo0DA==\""),
            ("a line break inside", "BeIukql3pTKJ\n8RGL5zo0DA=="),
            ("padding alone", "===="),
        ];
        for (why, text) in lenient {
            assert_eq!(text.parse::<AppSecret>().err(), Some(SecretError::NotBase64), "{why}");
        }
    }

    #[test]
    fn never_prints() {
        let secret: AppSecret = "bXkta2V5LXNlY3JldA==".parse().unwrap();
        assert_eq!(format!("{secret:?} {secret:#?}"), "AppSecret(redacted) AppSecret(redacted)");
        let message = "bXkta2V5LXNlY3JldA".parse::<AppSecret>().unwrap_err().to_string();
        assert!(!message.contains("bXkta2V5"), "{message}");
    }
}

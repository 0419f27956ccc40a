//! How a call shows whose it is.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;

use super::call::Call;
use crate::signature::{AppKey, AppSecret, SecretError, StringToSign, sign};

/// A way to authorize calls.
#[derive(Clone)]
pub enum Scheme {
    /// Signed with the application's secret, as Sinch signs its callbacks. The one for production.
    Signed {
        /// The application.
        key: AppKey,
        /// Its secret.
        secret: AppSecret,
    },
    /// Key and secret as they are. Sinch means it for prototypes.
    Basic {
        /// The header that holds both.
        header: String,
    },
    /// The key alone, as a phone sends it; a callback must allow it.
    Public {
        /// The application.
        key: AppKey,
    },
}

impl Scheme {
    /// Basic authorization, with the secret as the dashboard shows it.
    ///
    /// # Errors
    /// Where the secret is none.
    pub fn basic(key: &AppKey, secret: &str) -> Result<Self, SecretError> {
        secret.parse::<AppSecret>()?;
        Ok(Self::Basic { header: format!("Basic {}", BASE64_STANDARD.encode(format!("{key}:{secret}"))) })
    }

    /// The headers for a call that is sent now: a call that is sent again needs new ones.
    #[must_use]
    pub fn headers(&self, call: &Call, now: Timestamp) -> Vec<(&'static str, String)> {
        match self {
            Self::Signed { key, secret } => {
                // To the microsecond, so that two calls in a row never have one signature, and without zeros
                // at the end, as Sinch's library for Java writes it.
                let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
                let timestamp = now.to_string();
                let content_type = call.content_type().unwrap_or_default();
                let text =
                    StringToSign::new(call.method(), call.body(), content_type, &timestamp, call.path());
                let authorization = sign(&text, key, secret);
                vec![("authorization", authorization), ("x-timestamp", timestamp)]
            }
            Self::Basic { header } => vec![("authorization", header.clone())],
            Self::Public { key } => vec![("authorization", format!("Application {key}"))],
        }
    }
}

/// Shows the kind only.
impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signed { .. } => "Signed(redacted)",
            Self::Basic { .. } => "Basic(redacted)",
            Self::Public { .. } => "Public",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::StatusBy;
    use super::*;
    use crate::event::VerificationId;

    const KEY: &str = "669E367E-6BBA-48AB-AF15-266871C28135";
    const SECRET: &str = "BeIukql3pTKJ8RGL5zo0DA==";

    fn headers(scheme: &Scheme) -> Vec<(&'static str, String)> {
        let id = VerificationId::new("018bec3e-6913-d36c-5102-ebda3fd6d30f").unwrap();
        let call = Call::status(&StatusBy::Id(id)).unwrap();
        scheme.headers(&call, "2026-01-02T03:04:05.678Z".parse().unwrap())
    }

    #[test]
    fn a_question_is_signed_without_body_and_content_type() {
        let scheme = Scheme::Signed { key: KEY.parse().unwrap(), secret: SECRET.parse().unwrap() };
        let signature = "rbI6eHeyNw0ioEUAFPx99m3jYt5+4lkq0Oq2lDg2rn0=";
        assert_eq!(
            headers(&scheme),
            [
                ("authorization", format!("Application {KEY}:{signature}")),
                ("x-timestamp", "2026-01-02T03:04:05.678Z".to_owned())
            ]
        );
    }

    #[test]
    fn basic_and_public_need_no_timestamp() {
        let key: AppKey = "key".parse().unwrap();
        let basic = Scheme::basic(&key, "c2VjcmV0").unwrap();
        assert_eq!(headers(&basic), [("authorization", "Basic a2V5OmMyVmpjbVYw".to_owned())]);
        let public = Scheme::Public { key };
        assert_eq!(headers(&public), [("authorization", "Application key".to_owned())]);
    }

    #[test]
    fn no_scheme_prints_its_secret() {
        let basic = Scheme::basic(&"key".parse().unwrap(), "c2VjcmV0").unwrap();
        assert_eq!(format!("{basic:?}"), "Basic(redacted)");
    }
}

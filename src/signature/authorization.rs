//! The `Authorization` header.

use subtle::Choice;

use super::{AppKey, AppSecret, Headers, SignatureError, StringToSign};

/// The scheme of signed callbacks. Sinch's pages spell it with and without a capital letter.
const SCHEME: &str = "application";

/// What the header says: `Application KEY:SIGNATURE`.
pub(super) struct Authorization<'a> {
    pub(super) key: AppKey,
    /// As received; it is only ever compared, so its form does not matter.
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads the one header that there must be. The form is strict (one blank, one colon, nothing after the
    /// signature), since validators that ignore the rest disagree on what was signed.
    pub(super) fn read(headers: &Headers<'a>) -> Result<Self, SignatureError> {
        let malformed = |problem| SignatureError::MalformedAuthorization { problem };
        let value = headers.authorization()?;
        if value.is_empty() {
            return Err(malformed("it is empty"));
        }
        let Some((scheme, credentials)) = value.split_once(' ') else {
            return Err(malformed("there is no blank between scheme and key"));
        };
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(SignatureError::WrongScheme);
        }
        if credentials.contains(',') {
            return Err(malformed("it contains a comma, as two headers joined into one do"));
        }
        if credentials.contains(' ') {
            return Err(malformed("there is more than one blank"));
        }
        let Some((key, signature)) = credentials.split_once(':') else {
            return Err(malformed("there is no colon between key and signature"));
        };
        if signature.is_empty() {
            return Err(malformed("the signature is empty"));
        }
        if signature.contains(':') {
            return Err(malformed("there is more than one colon"));
        }
        let key = key.parse().map_err(|_| malformed("the key is not 1 to 64 letters, digits and hyphens"))?;
        Ok(Self { key, signature })
    }

    /// Checks that one of `secrets` gives this signature for `text`.
    pub(super) fn check_signature(
        &self,
        text: &StringToSign<'_>,
        secrets: &[AppSecret],
    ) -> Result<(), SignatureError> {
        self.check_text(&text.to_string(), secrets)
    }

    /// The same for any text.
    pub(super) fn check_text(&self, text: &str, secrets: &[AppSecret]) -> Result<(), SignatureError> {
        // All secrets are tried, whichever fits, so that the time taken does not reveal which one is in use.
        let any =
            secrets.iter().fold(Choice::from(0), |any, secret| any | secret.matches(self.signature, text));
        if bool::from(any) { Ok(()) } else { Err(SignatureError::Mismatch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(value: &[u8], expected: &str) {
        let error = Authorization::read(&Headers::new([("Authorization", value)])).err();
        assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(expected));
    }

    #[track_caller]
    fn check_malformed(value: &[u8], problem: &str) {
        let expected =
            format!("Authorization header is not of the form `Application KEY:SIGNATURE`: {problem}");
        check_refused(value, &expected);
    }

    #[test]
    fn reads_key_and_signature() {
        for scheme in ["application", "Application", "APPLICATION"] {
            let value = format!("{scheme} app-key:c2lnbmF0dXJl");
            let read =
                Authorization::read(&Headers::new([("authorization", value.as_bytes())])).ok().unwrap();
            assert_eq!((read.key.as_str(), read.signature), ("app-key", "c2lnbmF0dXJl"));
        }
    }

    #[test]
    fn refuses_any_other_form() {
        check_malformed(b"", "it is empty");
        check_malformed(b"application", "there is no blank between scheme and key");
        check_malformed(b"key:signature", "there is no blank between scheme and key");
        check_malformed(b"application ", "there is no colon between key and signature");
        check_malformed(b"application key", "there is no colon between key and signature");
        check_malformed(b"application  key:signature", "there is more than one blank");
        check_malformed(b"application key:signature more", "there is more than one blank");
        check_malformed(b"application key:signature:more", "there is more than one colon");
        check_malformed(b"application key:", "the signature is empty");
        check_malformed(b"application :signature", "the key is not 1 to 64 letters, digits and hyphens");
        check_malformed(b"application k\xc3\xa9y:s", "the key is not 1 to 64 letters, digits and hyphens");
        check_malformed(b"application key:\xff", "it is not UTF-8 text");
        check_malformed(b"application key:s\0", "it contains a control character");
    }

    #[test]
    fn refuses_two_headers_joined_by_a_comma() {
        let problem = "it contains a comma, as two headers joined into one do";
        check_malformed(b"application key:signature, application key:signature", problem);
        check_malformed(b"application key:signature,application", problem);
    }

    #[test]
    fn refuses_two_headers() {
        let value: &[u8] = b"application key:signature";
        let headers = Headers::new([("Authorization", value), ("authorization", value)]);
        assert_eq!(
            Authorization::read(&headers).err(),
            Some(SignatureError::MalformedAuthorization { problem: "the header came more than once" }),
        );
    }

    #[test]
    fn refuses_another_scheme_without_repeating_the_credentials() {
        let message = "Authorization scheme is not `Application`: Sinch signs its callbacks, \
                       so `Basic`, `Bearer` and other credentials are refused";
        check_refused(b"Basic app-key:app-secret", message);
        check_refused(b"Bearer app-key:signature", message);
        check_refused(b" application key:signature", message);
    }
}

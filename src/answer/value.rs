//! The values of answer options, each within the range that Sinch documents.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Why a value cannot be that of an option. Codes are not repeated.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OptionError {
    /// Not an SMS code.
    #[error("an SMS code has 1 to 10 characters of A-Z, a-z, 0-9 and hyphen")]
    SmsCode,
    /// Not a code for a phone call.
    #[error("the code of a phone call consists of digits")]
    CalloutCode,
    /// Not a kind of code.
    #[error(
        "`{value}` is not a code type: write `Numeric`, `Alpha` or `Alphanumeric`, with the capital letter"
    )]
    CodeType {
        /// As it was written.
        value: String,
    },
    /// Not a span of time.
    #[error(
        "`{value}` is not an expiry: write hours, minutes and seconds, 00:00:01 to 23:59:59, such as \
         `00:03:00`"
    )]
    Expiry {
        /// As it was written.
        value: String,
    },
    /// Not a language tag.
    #[error(
        "`{value}` is not a language tag: write the language, and its region after a hyphen, such as `en-US`"
    )]
    LanguageTag {
        /// As it was written.
        value: String,
    },
    /// Not a number that could call.
    #[error("`{value}` is not a caller id: write a number of your own in E.164 form, such as `+46700000000`")]
    CallerId {
        /// As it was written.
        value: String,
    },
    /// Outside 5 to 120 seconds.
    #[error("a timeout of {value} is out of range: Sinch takes 5 to 120 seconds")]
    CallTimeout {
        /// As it was written.
        value: i64,
    },
}

/// The code of an SMS, chosen by the customer: 1 to 10 characters of A–Z, a–z, 0–9 and hyphen, as an error
/// text of Sinch's API has it. Meant for test numbers: a policy that sets one code for everybody lets
/// everybody in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SmsCode(String);

/// The spoken code of a phone call, chosen by the customer: digits. As with [`SmsCode`], meant for test
/// numbers.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CalloutCode(String);

/// The kind of code that Sinch makes up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum CodeType {
    /// Digits.
    Numeric,
    /// Letters.
    Alpha,
    /// Both.
    Alphanumeric,
}

/// How long a code is valid: `HH:MM:SS`, more than zero and less than a day. Sinch documents only the form;
/// the range is that of a time of day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Expiry(String);

/// A language, with or without region, in the form of BCP 47: `fr`, `en-US`. A printed sample of Sinch says
/// `en_US`, against the description next to it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LanguageTag(String);

/// The number that a flash call shows: E.164 with plus sign. Sinch wants it to be the customer's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CallerId(String);

/// A timeout of a flash call in seconds, 5 to 120.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct CallTimeout(u8);

impl FromStr for SmsCode {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if (1..=10).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(OptionError::SmsCode)
        }
    }
}

impl FromStr for CalloutCode {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        if !text.is_empty() && is_digits(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(OptionError::CalloutCode)
        }
    }
}

impl FromStr for CodeType {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        match text {
            "Numeric" => Ok(Self::Numeric),
            "Alpha" => Ok(Self::Alpha),
            "Alphanumeric" => Ok(Self::Alphanumeric),
            _ => Err(OptionError::CodeType { value: text.to_owned() }),
        }
    }
}

impl FromStr for Expiry {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let two_digits =
            |part: &str| if part.len() == 2 && is_digits(part) { part.parse::<u8>().ok() } else { None };
        let mut parts = text.split(':').map(two_digits);
        let parts = (parts.next(), parts.next(), parts.next(), parts.next());
        match parts {
            (Some(Some(hours @ 0..24)), Some(Some(minutes @ 0..60)), Some(Some(seconds @ 0..60)), None)
                if (hours, minutes, seconds) != (0, 0, 0) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(OptionError::Expiry { value: text.to_owned() }),
        }
    }
}

impl FromStr for LanguageTag {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let (language, rest) =
            text.split_once('-').map_or((text, None), |(language, rest)| (language, Some(rest)));
        let is_language =
            (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_subtag = |subtag: &str| {
            (2..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if is_language && rest.is_none_or(|rest| rest.split('-').all(is_subtag)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(OptionError::LanguageTag { value: text.to_owned() })
        }
    }
}

impl LanguageTag {
    /// The tag as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CallerId {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        // ITU-T E.164 allows at most 15 digits, and no calling code begins with 0.
        match text.strip_prefix('+') {
            Some(digits)
                if (1..=15).contains(&digits.len()) && is_digits(digits) && !digits.starts_with('0') =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(OptionError::CallerId { value: text.to_owned() }),
        }
    }
}

impl TryFrom<i64> for CallTimeout {
    type Error = OptionError;

    fn try_from(seconds: i64) -> Result<Self, OptionError> {
        match u8::try_from(seconds) {
            Ok(seconds @ 5..=120) => Ok(Self(seconds)),
            _ => Err(OptionError::CallTimeout { value: seconds }),
        }
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Redacted: a code lets its reader in.
impl fmt::Debug for SmsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmsCode(redacted)")
    }
}

/// Redacted: a code lets its reader in.
impl fmt::Debug for CalloutCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CalloutCode(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: FromStr<Err = OptionError> + Serialize>(accepted: &[&str], refused: &[&str], message: &str) {
        for text in accepted {
            let value = text.parse::<T>().ok().map(|value| serde_json::to_value(value).unwrap());
            assert_eq!(value, Some(serde_json::json!(text)));
        }
        for text in refused {
            let error = text.parse::<T>().err().map(|error| error.to_string());
            assert_eq!(error, Some(message.replace("{}", text)), "{text}");
        }
    }

    #[test]
    fn sms_codes() {
        check::<SmsCode>(
            &["3", "3688", "abc-DEF-09"],
            &["", "12345678901", "12 34", "åäö"],
            "an SMS code has 1 to 10 characters of A-Z, a-z, 0-9 and hyphen",
        );
    }

    #[test]
    fn callout_codes() {
        check::<CalloutCode>(
            &["1234", "0123456"],
            &["", "12a4", "12-34", "١٢"],
            "the code of a phone call consists of digits",
        );
    }

    #[test]
    fn code_types() {
        check::<CodeType>(
            &["Numeric", "Alpha", "Alphanumeric"],
            &["", "numeric", "AlphaNumeric"],
            "`{}` is not a code type: write `Numeric`, `Alpha` or `Alphanumeric`, with the capital letter",
        );
    }

    #[test]
    fn expiries() {
        check::<Expiry>(
            &["00:00:01", "00:03:00", "23:59:59"],
            &[
                "",
                "00:00:00",
                "3:00",
                "00:3:00",
                "24:00:00",
                "00:60:00",
                "00:00:60",
                "00:03:00:00",
                "+0:03:00",
            ],
            "`{}` is not an expiry: write hours, minutes and seconds, 00:00:01 to 23:59:59, such as \
             `00:03:00`",
        );
    }

    #[test]
    fn language_tags() {
        check::<LanguageTag>(
            &["fr", "en-US", "es-419", "zh-Hant-TW", "fil-PH"],
            &["", "en_US", "a language", "english", "en-", "-US", "en-U", "en--US"],
            "`{}` is not a language tag: write the language, and its region after a hyphen, such as `en-US`",
        );
    }

    #[test]
    fn caller_ids() {
        check::<CallerId>(
            &["+46700000000", "+4445874587", "+123456789012345"],
            &["", "+", "46700000000", "cli code", "+0700000000", "+1234567890123456", "+46 70 000 00 00"],
            "`{}` is not a caller id: write a number of your own in E.164 form, such as `+46700000000`",
        );
    }

    #[test]
    fn call_timeouts() {
        for seconds in [5, 120] {
            assert_eq!(CallTimeout::try_from(seconds).map(|timeout| i64::from(timeout.0)), Ok(seconds));
        }
        for seconds in [-1, 0, 4, 121, 261, 5000, i64::MAX] {
            assert_eq!(
                CallTimeout::try_from(seconds).map_err(|error| error.to_string()),
                Err(format!("a timeout of {seconds} is out of range: Sinch takes 5 to 120 seconds")),
            );
        }
    }

    #[test]
    fn codes_never_print() {
        let sms: SmsCode = "3688".parse().unwrap();
        let callout: CalloutCode = "3688".parse().unwrap();
        assert_eq!(format!("{sms:?} {callout:?}"), "SmsCode(redacted) CalloutCode(redacted)");
        assert!(!"secret code".parse::<SmsCode>().unwrap_err().to_string().contains("secret"));
    }
}

//! What reports a code, and what comes back.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::read::{self, AnswerError, RequestError};
use super::sendable::Unsendable;
use crate::event::{Method, Reference, Status, VerificationId};
use crate::phone::PhoneNumber;

/// The most characters of a code that is sent; Sinch's own have four to ten.
const LONGEST_CODE: usize = 64;

/// A code, or the number that called: whoever has it is verified, so it never prints.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(String);

/// What the phone received. Data verification reports nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Report {
    /// The code of an SMS.
    Sms(Code),
    /// The whole number that called, with its plus sign.
    FlashCall(Code),
    /// The code that was spoken.
    Callout(Code),
    /// The code of a WhatsApp message.
    WhatsApp(Code),
}

/// Which verification a report is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReportBy {
    /// The one with this id.
    Id(VerificationId),
    /// One of this number. Which one, where several are open, Sinch does not say.
    Number(PhoneNumber),
}

/// What came back on a report. That it came does not mean that the number is verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reported {
    /// The verification, where Sinch says it.
    pub id: Option<VerificationId>,
    /// How it verifies.
    pub method: Method,
    /// How it ended, or that it has not yet.
    pub status: Status,
    /// Why, in Sinch's words.
    pub reason: Option<String>,
    /// The customer's own reference.
    pub reference: Option<Reference>,
    /// How the code reached the app.
    pub source: Option<String>,
    /// Whether the call is over.
    pub call_complete: Option<bool>,
    /// Members that were there but made no sense, and so count as absent.
    pub unreadable: Vec<&'static str>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sms: Option<Coded>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flash_call: Option<Called>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callout: Option<Coded>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whatsapp: Option<Coded>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coded {
    code: Code,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Called {
    cli: Code,
}

impl Code {
    /// Takes a code as it was received.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The code, to be sent or hidden, never to be shown.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Report {
    /// A report for a method; none where the method has no report.
    #[must_use]
    pub fn new(method: &Method, code: Code) -> Option<Self> {
        match method {
            Method::Sms => Some(Self::Sms(code)),
            Method::FlashCall => Some(Self::FlashCall(code)),
            Method::Callout => Some(Self::Callout(code)),
            Method::WhatsApp => Some(Self::WhatsApp(code)),
            Method::Seamless | Method::Other(_) => None,
        }
    }

    /// The body to send.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let coded = |code: &Code| Some(Coded { code: code.clone() });
        let mut wire = Wire { method: self.method().to_string(), ..Wire::default() };
        match self {
            Self::Sms(code) => wire.sms = coded(code),
            Self::FlashCall(cli) => wire.flash_call = Some(Called { cli: cli.clone() }),
            Self::Callout(code) => wire.callout = coded(code),
            Self::WhatsApp(code) => wire.whatsapp = coded(code),
        }
        // Text always makes JSON.
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// Reads such a body, as Sinch's own libraries write it. What it holds need not be sendable.
    ///
    /// # Errors
    /// Where it is not a report as Sinch describes it, or its block is that of another method.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        let wire: Wire = read::request(json)?;
        match (wire.method.as_str(), wire.sms, wire.flash_call, wire.callout, wire.whatsapp) {
            ("sms", Some(block), None, None, None) => Ok(Self::Sms(block.code)),
            ("flashcall", None, Some(block), None, None) => Ok(Self::FlashCall(block.cli)),
            ("callout", None, None, Some(block), None) => Ok(Self::Callout(block.code)),
            ("whatsapp", None, None, None, Some(block)) => Ok(Self::WhatsApp(block.code)),
            _ => Err(RequestError::Method),
        }
    }

    fn method(&self) -> Method {
        match self {
            Self::Sms(_) => Method::Sms,
            Self::FlashCall(_) => Method::FlashCall,
            Self::Callout(_) => Method::Callout,
            Self::WhatsApp(_) => Method::WhatsApp,
        }
    }

    pub(super) fn code(&self) -> &Code {
        match self {
            Self::Sms(code) | Self::FlashCall(code) | Self::Callout(code) | Self::WhatsApp(code) => code,
        }
    }

    /// Checks that the code can be one.
    pub(super) fn check(&self) -> Result<(), Unsendable> {
        let text = self.code().reveal();
        if matches!(self, Self::FlashCall(_)) {
            return PhoneNumber::new(text).digits().map(|_| ()).ok_or(Unsendable::Caller);
        }
        let is_code = !text.is_empty()
            && text.chars().count() <= LONGEST_CODE
            && !text.contains(|character: char| character.is_whitespace() || character.is_control());
        if is_code { Ok(()) } else { Err(Unsendable::Code) }
    }
}

impl Reported {
    /// Reads the answer to a report.
    ///
    /// # Errors
    /// Where it is not a JSON object or has no status.
    pub fn read(json: &[u8]) -> Result<Self, AnswerError> {
        let mut reader = read::answer(json)?;
        Ok(Self {
            id: reader.id_if_any(),
            method: reader.method(),
            status: reader.status()?,
            reason: reader.text("reason"),
            reference: reader.reference(),
            source: reader.text("source"),
            call_complete: reader.value("callComplete"),
            unreadable: reader.unreadable,
        })
    }
}

/// Redacted: a code lets its reader in.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(report: &Report, expected: Result<(), Unsendable>) {
        assert_eq!(report.check(), expected, "{:?}", report.code().reveal());
    }

    #[test]
    fn a_code_is_what_the_phone_received() {
        for code in ["0042", "aB-9", "x"] {
            check(&Report::Sms(Code::new(code)), Ok(()));
        }
        for code in ["", "12 34", "1234\n", "\u{7}", &"1".repeat(65)] {
            check(&Report::Callout(Code::new(code)), Err(Unsendable::Code));
        }
    }

    #[test]
    fn a_flash_call_reports_the_whole_number_that_called() {
        check(&Report::FlashCall(Code::new("+46000000000")), Ok(()));
        for code in ["46000000000", "1234", ""] {
            check(&Report::FlashCall(Code::new(code)), Err(Unsendable::Caller));
        }
    }

    #[test]
    fn a_code_never_prints() {
        let report = Report::Sms(Code::new("4711"));
        assert_eq!(format!("{report:?}"), "Sms(Code(redacted))");
        let error = Report::from_json(br#"{"method":"sms","sms":{"code":4711}}"#).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("4711"), "{error}");
    }

    #[test]
    fn a_block_of_another_method_is_no_report() {
        let error = Report::from_json(br#"{"method":"sms","callout":{"code":"1"}}"#);
        assert_eq!(error, Err(RequestError::Method));
    }
}

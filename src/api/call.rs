//! One call of the API, ready to be signed and sent.

use super::report::{Report, ReportBy};
use super::sendable::{self, Unsendable};
use super::start::Start;
use super::status::StatusBy;
use crate::event::Reference;

/// Where all of the API is.
const ROOT: &str = "/verification/v1/verifications";

/// The content type of a body, without parameters. It is signed as it is sent.
const CONTENT_TYPE: &str = "application/json";

/// A call whose path and body hold nothing that could lead it elsewhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    method: &'static str,
    path: String,
    body: Vec<u8>,
    language: Option<String>,
    /// A code in the body, which no message may repeat.
    secret: Option<String>,
    purpose: Purpose,
}

/// What a call is for, and so what it means when its answer is lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// To start a verification, with this reference.
    Start(Option<Reference>),
    /// To report a code.
    Report,
    /// To ask for the status, which changes nothing.
    Status,
}

impl Call {
    /// The call that starts a verification.
    ///
    /// # Errors
    /// Where something of it cannot be sent, or could not be asked for later.
    pub fn start(start: &Start) -> Result<Self, Unsendable> {
        sendable::number(&start.number)?;
        if let Some(reference) = &start.reference {
            sendable::reference(reference)?;
        }
        if let Some(custom) = &start.custom {
            sendable::custom(custom.as_str())?;
        }
        if let Some(locale) = start.how.locale().filter(|locale| !locale.as_str().contains('-')) {
            return Err(Unsendable::LocaleWithoutRegion { locale: locale.as_str().to_owned() });
        }
        Ok(Self {
            method: "POST",
            path: ROOT.to_owned(),
            body: start.to_json(),
            language: start.how.language().map(|language| language.as_str().to_owned()),
            secret: None,
            purpose: Purpose::Start(start.reference.clone()),
        })
    }

    /// The call that reports a code.
    ///
    /// # Errors
    /// Where the code can be none, or id or number cannot stand in a path.
    pub fn report(by: &ReportBy, report: &Report) -> Result<Self, Unsendable> {
        report.check()?;
        let path = match by {
            ReportBy::Id(id) => format!("{ROOT}/id/{}", sendable::id(id)?),
            ReportBy::Number(number) => format!("{ROOT}/number/{}", sendable::number(number)?),
        };
        Ok(Self {
            method: "PUT",
            path,
            body: report.to_json(),
            language: None,
            secret: Some(report.code().reveal().to_owned()),
            purpose: Purpose::Report,
        })
    }

    /// The call that asks for the status.
    ///
    /// # Errors
    /// Where what it asks by cannot stand in a path.
    pub fn status(by: &StatusBy) -> Result<Self, Unsendable> {
        let path = match by {
            StatusBy::Id(id) => format!("{ROOT}/id/{}", sendable::id(id)?),
            StatusBy::Reference(reference) => format!("{ROOT}/reference/{}", sendable::reference(reference)?),
            StatusBy::Number { method, number } => {
                format!("{ROOT}/{}/number/{}", sendable::method(method)?, sendable::number(number)?)
            }
        };
        let purpose = Purpose::Status;
        Ok(Self { method: "GET", path, body: Vec::new(), language: None, secret: None, purpose })
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The path, which is sent and signed as it is.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The body, which is empty where none is sent.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The content type; none, and an empty line in what is signed, where there is no body.
    #[must_use]
    pub fn content_type(&self) -> Option<&'static str> {
        (!self.body.is_empty()).then_some(CONTENT_TYPE)
    }

    /// The language that the header `Accept-Language` asks for.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// What it is for.
    #[must_use]
    pub fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// What no message may repeat.
    pub(super) fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }
}

/// Shows neither path nor body, since they hold numbers and codes.
impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({} for {:?}, {} bytes)", self.method, self.purpose, self.body.len())
    }
}

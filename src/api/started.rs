//! What comes back on a start.

use serde_json::value::RawValue;

use super::read::{self, AnswerError};
use crate::event::json_object::{JsonObject, scalar};
use crate::event::{Method, VerificationId};

/// A verification that has started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Started {
    /// Sinch's id of it.
    pub id: VerificationId,
    /// How it verifies.
    pub method: Method,
    /// For an SMS.
    pub sms: Option<SmsDetails>,
    /// For a flash call.
    pub flash_call: Option<FlashCallDetails>,
    /// For data verification: what the phone, and nobody else, must open over its mobile data.
    pub target_uri: Option<String>,
    /// The kind of code, where Sinch says it.
    pub code_type: Option<String>,
    /// Where status and report can be had, at the data centre that has the verification.
    pub links: Vec<Link>,
    /// Members that were there but made no sense, and so count as absent.
    pub unreadable: Vec<&'static str>,
}

/// What Sinch says of an SMS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmsDetails {
    /// The text, with `{{CODE}}` where the code stands.
    pub template: Option<String>,
    /// How long a phone waits for it, in seconds.
    pub interception_timeout: Option<u32>,
}

/// What Sinch says of a flash call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlashCallDetails {
    /// A regular expression that the calling number matches.
    pub cli_filter: Option<String>,
    /// How long a phone waits for the call, in seconds.
    pub interception_timeout: Option<u32>,
    /// After how long the verification expires, in seconds.
    pub report_timeout: Option<u32>,
    /// For how long a phone refuses the call, in seconds.
    pub deny_call_after: Option<u32>,
}

/// A link of a start's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// What it leads to: `status` or `report`.
    pub rel: String,
    /// Where.
    pub href: String,
    /// By which HTTP method.
    pub method: String,
}

impl Started {
    /// Reads the answer to a start.
    ///
    /// # Errors
    /// Where it is not a JSON object or has no id.
    pub fn read(json: &[u8]) -> Result<Self, AnswerError> {
        let mut reader = read::answer(json)?;
        let id = reader.id()?;
        let method = reader.method();
        let mut code_type = None;
        let sms = reader.block("sms").map(|block| {
            code_type = reader.in_block(&block, "codeType", "sms.codeType");
            SmsDetails {
                template: reader.in_block(&block, "template", "sms.template"),
                interception_timeout: reader.in_block(
                    &block,
                    "interceptionTimeout",
                    "sms.interceptionTimeout",
                ),
            }
        });
        let flash_call = reader.block("flashCall").map(|block| FlashCallDetails {
            cli_filter: reader.in_block(&block, "cliFilter", "flashCall.cliFilter"),
            interception_timeout: reader.in_block(
                &block,
                "interceptionTimeout",
                "flashCall.interceptionTimeout",
            ),
            report_timeout: reader.in_block(&block, "reportTimeout", "flashCall.reportTimeout"),
            deny_call_after: reader.in_block(&block, "denyCallAfter", "flashCall.denyCallAfter"),
        });
        let target_uri = reader
            .block("seamless")
            .and_then(|block| reader.in_block(&block, "targetUri", "seamless.targetUri"));
        if let Some(block) = reader.block("whatsapp") {
            code_type = reader.in_block(&block, "codeType", "whatsapp.codeType");
        }
        let items = reader.list("_links");
        let links: Vec<Link> = items.iter().filter_map(|item| Link::read(item)).collect();
        if links.len() < items.len() {
            reader.unreadable.push("_links");
        }
        let unreadable = reader.unreadable;
        Ok(Self { id, method, sms, flash_call, target_uri, code_type, links, unreadable })
    }
}

impl Link {
    fn read(value: &RawValue) -> Option<Self> {
        let members = JsonObject::of(value)?;
        let text = |name| members.get(name).and_then(scalar);
        Some(Self { rel: text("rel")?, href: text("href")?, method: text("method")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_named_and_the_rest_is_read() {
        let started = Started::read(
            br#"{"id":"1","method":"sms","sms":{"template":7,"interceptionTimeout":-1,"codeType":"Alpha"},
                "flashCall":[],"_links":[{"rel":"status"}],"new":{"a":[1]}}"#,
        )
        .unwrap();
        assert_eq!(started.code_type.as_deref(), Some("Alpha"));
        let unreadable = ["sms.template", "sms.interceptionTimeout", "flashCall", "_links"];
        assert_eq!(started.unreadable, unreadable);
    }

    #[test]
    fn an_answer_without_id_is_none() {
        let read = |json: &[u8]| Started::read(json).map(|_| ());
        assert_eq!(read(b"{}"), Err(AnswerError::Missing { member: "id" }));
        assert_eq!(read(br#"{"id":[]}"#), Err(AnswerError::Unreadable { member: "id" }));
        assert_eq!(read(b"<html>"), Err(AnswerError::NotAnObject));
        assert_eq!(read(b"[]"), Err(AnswerError::NotAnObject));
    }
}

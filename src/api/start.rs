//! What starts a verification.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::read::{self, RequestError};
use crate::answer::{CallTimeout, CodeType, Expiry, LanguageTag};
use crate::event::{Custom, Method, Reference};
use crate::phone::PhoneNumber;

/// A verification to start. Its code cannot be chosen here, only in the answer to the request event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Start {
    /// The number to verify.
    pub number: PhoneNumber,
    /// How, with the options that this method has.
    pub how: How,
    /// The customer's own reference, unique per start. The only handle on a start whose answer was lost.
    pub reference: Option<Reference>,
    /// Free text for the callbacks, up to 4,096 characters.
    pub custom: Option<Custom>,
}

/// A method with its options.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum How {
    /// A code by SMS.
    Sms(SmsOptions),
    /// A missed call.
    FlashCall(FlashCallOptions),
    /// A spoken code.
    Callout(CalloutOptions),
    /// Data verification, which has no options.
    Seamless,
    /// A code by WhatsApp.
    WhatsApp(WhatsAppOptions),
}

/// What a start can set for an SMS.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SmsOptions {
    /// How long the code is good for.
    #[serde(default, deserialize_with = "from_text", skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Expiry>,
    /// The kind of code; digits where nothing is said.
    #[serde(default, deserialize_with = "from_text", skip_serializing_if = "Option::is_none")]
    pub code_type: Option<CodeType>,
    /// The language of the text, sent as the header `Accept-Language`; the application's where nothing is
    /// said.
    #[serde(skip)]
    pub language: Option<LanguageTag>,
    /// Members that Sinch's description admits here without naming them.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What a start can set for a flash call.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlashCallOptions {
    /// How long the phone rings.
    #[serde(default, deserialize_with = "from_seconds", skip_serializing_if = "Option::is_none")]
    pub dial_timeout: Option<CallTimeout>,
    /// How long the verification can be completed.
    #[serde(default, deserialize_with = "from_seconds", skip_serializing_if = "Option::is_none")]
    pub interception_timeout: Option<CallTimeout>,
    /// Members that Sinch's description admits here without naming them.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// What a start can set for a phone call.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct CalloutOptions {
    /// How the code is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<Speech>,
    /// Members that Sinch's description admits here without naming them.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// How a code is spoken.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Speech {
    /// Language and region; `en-US` where nothing is said.
    #[serde(default, deserialize_with = "from_text", skip_serializing_if = "Option::is_none")]
    pub locale: Option<LanguageTag>,
}

/// What a start can set for WhatsApp.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppOptions {
    /// The kind of code; digits where nothing is said.
    #[serde(default, deserialize_with = "from_text", skip_serializing_if = "Option::is_none")]
    pub code_type: Option<CodeType>,
    /// Members that Sinch's description admits here without naming them.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// The body, which has no other members.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    identity: Identity,
    method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    custom: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sms_options: Option<SmsOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flash_call_options: Option<FlashCallOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    callout_options: Option<CalloutOptions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    whatsapp_options: Option<WhatsAppOptions>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    r#type: IdentityType,
    endpoint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum IdentityType {
    Number,
}

impl How {
    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        match self {
            Self::Sms(_) => Method::Sms,
            Self::FlashCall(_) => Method::FlashCall,
            Self::Callout(_) => Method::Callout,
            Self::Seamless => Method::Seamless,
            Self::WhatsApp(_) => Method::WhatsApp,
        }
    }

    /// The language that the start asks for in a header.
    pub(super) fn language(&self) -> Option<&LanguageTag> {
        match self {
            Self::Sms(options) => options.language.as_ref(),
            _ => None,
        }
    }

    /// The language that a code is spoken in.
    pub(super) fn locale(&self) -> Option<&LanguageTag> {
        match self {
            Self::Callout(options) => options.speech.as_ref()?.locale.as_ref(),
            _ => None,
        }
    }
}

impl Start {
    /// The body to send. A method without any option set has no block of options.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut wire = Wire {
            identity: Identity { r#type: IdentityType::Number, endpoint: self.number.as_str().to_owned() },
            method: self.how.method().to_string(),
            reference: self.reference.as_ref().map(ToString::to_string),
            custom: self.custom.as_ref().map(|custom| custom.as_str().to_owned()),
            sms_options: None,
            flash_call_options: None,
            callout_options: None,
            whatsapp_options: None,
        };
        match &self.how {
            How::Sms(options) => {
                let options = SmsOptions { language: None, ..options.clone() };
                wire.sms_options = set(&options);
            }
            How::FlashCall(options) => wire.flash_call_options = set(options),
            How::Callout(options) => wire.callout_options = set(options),
            How::Seamless => {}
            How::WhatsApp(options) => wire.whatsapp_options = set(options),
        }
        // Text, small numbers and JSON that was read before always make JSON.
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// Reads such a body, as Sinch's own libraries write it. What it holds need not be sendable.
    ///
    /// # Errors
    /// Where it is not a start as Sinch describes it, or has options of another method.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        let wire: Wire = read::request(json)?;
        let how = match (
            wire.method.as_str(),
            wire.sms_options,
            wire.flash_call_options,
            wire.callout_options,
            wire.whatsapp_options,
        ) {
            ("sms", options, None, None, None) => How::Sms(options.unwrap_or_default()),
            ("flashcall", None, options, None, None) => How::FlashCall(options.unwrap_or_default()),
            ("callout", None, None, options, None) => How::Callout(options.unwrap_or_default()),
            ("seamless", None, None, None, None) => How::Seamless,
            ("whatsapp", None, None, None, options) => How::WhatsApp(options.unwrap_or_default()),
            _ => return Err(RequestError::Method),
        };
        Ok(Self {
            number: PhoneNumber::new(&wire.identity.endpoint),
            how,
            reference: wire.reference.as_deref().and_then(Reference::new),
            custom: wire.custom.map(Custom::new),
        })
    }
}

/// Options of which at least one is set.
fn set<T: Clone + Default + PartialEq>(options: &T) -> Option<T> {
    (*options != T::default()).then(|| options.clone())
}

fn from_text<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<Option<T>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

fn from_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CallTimeout>, D::Error> {
    Option::<i64>::deserialize(from)?.map(|value| value.try_into().map_err(D::Error::custom)).transpose()
}

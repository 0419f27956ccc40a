//! The answer to a request event.
//!
//! A status of 200 with a small JSON object, as Sinch describes at
//! <https://developers.sinch.com/docs/verification/api-reference/verification/verification-callbacks>: the
//! action, and with `allow` a block of options for the method at hand. The other events are answered with an
//! empty 200, so they have no type here.
//!
//! Options come from the rules of a policy. Their values are checked when they are built, so that a mistake
//! is found when the policy is checked, never when a person waits for a code.

mod value;

pub use value::{CallTimeout, CallerId, CalloutCode, CodeType, Expiry, LanguageTag, OptionError, SmsCode};

use serde::Serialize;

use crate::event::Method;

/// May the verification go ahead?
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Yes, with the options of its method where there are any.
    Allow(Option<Block>),
    /// No.
    Deny,
}

/// The options of one method, named on the wire as that method.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Block {
    /// For an SMS.
    #[serde(rename = "sms")]
    Sms(SmsOptions),
    /// For a flash call.
    #[serde(rename = "flashCall")]
    FlashCall(FlashCallOptions),
    /// For a phone call.
    #[serde(rename = "callout")]
    Callout(CalloutOptions),
    /// For WhatsApp.
    #[serde(rename = "whatsapp")]
    WhatsApp(WhatsAppOptions),
}

/// The options that a policy sets, for each method that has any.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// For an SMS.
    pub sms: Option<SmsOptions>,
    /// For a flash call.
    pub flash_call: Option<FlashCallOptions>,
    /// For a phone call.
    pub callout: Option<CalloutOptions>,
    /// For WhatsApp.
    pub whatsapp: Option<WhatsAppOptions>,
}

/// What an answer can set for an SMS.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SmsOptions {
    /// The code itself, instead of one that Sinch makes up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<SmsCode>,
    /// The kind of code that Sinch makes up; digits where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_type: Option<CodeType>,
    /// How long the code is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Expiry>,
    /// The languages of the text, best first. Rules of a carrier may override it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accept_language: Vec<LanguageTag>,
}

/// What an answer can set for a flash call.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlashCallOptions {
    /// The number that calls, and so the code; one from Sinch's pool where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cli: Option<CallerId>,
    /// How long the phone rings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dial_timeout: Option<CallTimeout>,
    /// How long the verification can be completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interception_timeout: Option<CallTimeout>,
}

/// What an answer can set for a phone call.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct CalloutOptions {
    /// The code to speak, instead of one that Sinch makes up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<CalloutCode>,
    /// How to speak it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech: Option<Speech>,
}

/// How a code is spoken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Speech {
    /// The language with its region; `en-US` where nothing is said.
    pub locale: LanguageTag,
}

/// What an answer can set for WhatsApp, where the code is always made up by Sinch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhatsAppOptions {
    /// The kind of code that Sinch makes up; digits where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_type: Option<CodeType>,
    /// The languages of the text, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accept_language: Vec<LanguageTag>,
}

impl Answer {
    /// Allows a verification by `method`, with those of `options` that fit it.
    #[must_use]
    pub fn allow(options: &Options, method: &Method) -> Self {
        Self::Allow(options.for_method(method))
    }

    /// The body to send.
    ///
    /// ```
    /// use sinch_gate::answer::Answer;
    ///
    /// assert_eq!(Answer::Allow(None).to_json(), r#"{"action":"allow"}"#);
    /// assert_eq!(Answer::Deny.to_json(), r#"{"action":"deny"}"#);
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Wire<'a> {
            action: &'static str,
            #[serde(flatten)]
            block: Option<&'a Block>,
        }

        let (action, block) = match self {
            Self::Allow(block) => ("allow", block.as_ref()),
            Self::Deny => ("deny", None),
        };
        // Text, small numbers and lists of text can always be written as JSON. If they could not, the action
        // alone would be the answer that matters.
        serde_json::to_string(&Wire { action, block })
            .unwrap_or_else(|_| format!(r#"{{"action":"{action}"}}"#))
    }
}

impl Options {
    /// The options of `method`, where any are set. Sinch does not say what it makes of a block for another
    /// method, so none is ever sent.
    #[must_use]
    pub fn for_method(&self, method: &Method) -> Option<Block> {
        match method {
            Method::Sms => set(self.sms.as_ref()).map(Block::Sms),
            Method::FlashCall => set(self.flash_call.as_ref()).map(Block::FlashCall),
            Method::Callout => set(self.callout.as_ref()).map(Block::Callout),
            Method::WhatsApp => set(self.whatsapp.as_ref()).map(Block::WhatsApp),
            Method::Seamless | Method::Other(_) => None,
        }
    }

    /// Adds what `later` sets and nothing has set before: the first setter of each option wins.
    pub fn merge(&mut self, later: &Self) {
        if let Some(later) = &later.sms {
            let sms = self.sms.get_or_insert_default();
            fill(&mut sms.code, later.code.as_ref());
            fill(&mut sms.code_type, later.code_type.as_ref());
            fill(&mut sms.expiry, later.expiry.as_ref());
            fill_list(&mut sms.accept_language, &later.accept_language);
        }
        if let Some(later) = &later.flash_call {
            let flash_call = self.flash_call.get_or_insert_default();
            fill(&mut flash_call.cli, later.cli.as_ref());
            fill(&mut flash_call.dial_timeout, later.dial_timeout.as_ref());
            fill(&mut flash_call.interception_timeout, later.interception_timeout.as_ref());
        }
        if let Some(later) = &later.callout {
            let callout = self.callout.get_or_insert_default();
            fill(&mut callout.code, later.code.as_ref());
            fill(&mut callout.speech, later.speech.as_ref());
        }
        if let Some(later) = &later.whatsapp {
            let whatsapp = self.whatsapp.get_or_insert_default();
            fill(&mut whatsapp.code_type, later.code_type.as_ref());
            fill_list(&mut whatsapp.accept_language, &later.accept_language);
        }
    }
}

/// Options of which at least one is set.
fn set<T: Clone + Default + PartialEq>(options: Option<&T>) -> Option<T> {
    options.filter(|options| **options != T::default()).cloned()
}

fn fill<T: Clone>(first: &mut Option<T>, later: Option<&T>) {
    if first.is_none() {
        *first = later.cloned();
    }
}

fn fill_list<T: Clone>(first: &mut Vec<T>, later: &[T]) {
    if first.is_empty() {
        first.extend_from_slice(later);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_options() -> Options {
        Options {
            sms: Some(SmsOptions {
                code: Some("3688".parse().unwrap()),
                code_type: Some(CodeType::Numeric),
                expiry: Some("01:02:03".parse().unwrap()),
                accept_language: vec!["sv-SE".parse().unwrap(), "en".parse().unwrap()],
            }),
            flash_call: Some(FlashCallOptions {
                cli: Some("+46700000000".parse().unwrap()),
                dial_timeout: Some(10.try_into().unwrap()),
                interception_timeout: Some(60.try_into().unwrap()),
            }),
            callout: Some(CalloutOptions {
                code: Some("0123".parse().unwrap()),
                speech: Some(Speech { locale: "en-US".parse().unwrap() }),
            }),
            whatsapp: Some(WhatsAppOptions {
                code_type: Some(CodeType::Alphanumeric),
                accept_language: vec!["fr".parse().unwrap()],
            }),
        }
    }

    #[track_caller]
    fn check(method: &Method, expected: &str) {
        assert_eq!(Answer::allow(&all_options(), method).to_json(), expected);
    }

    #[test]
    fn only_the_block_of_the_method_is_sent() {
        check(
            &Method::Sms,
            r#"{"action":"allow","sms":{"code":"3688","codeType":"Numeric","expiry":"01:02:03","acceptLanguage":["sv-SE","en"]}}"#,
        );
        check(
            &Method::FlashCall,
            r#"{"action":"allow","flashCall":{"cli":"+46700000000","dialTimeout":10,"interceptionTimeout":60}}"#,
        );
        check(
            &Method::Callout,
            r#"{"action":"allow","callout":{"code":"0123","speech":{"locale":"en-US"}}}"#,
        );
        check(
            &Method::WhatsApp,
            r#"{"action":"allow","whatsapp":{"codeType":"Alphanumeric","acceptLanguage":["fr"]}}"#,
        );
        check(&Method::Seamless, r#"{"action":"allow"}"#);
        check(&Method::parse("rcs"), r#"{"action":"allow"}"#);
    }

    #[test]
    fn a_block_is_named_as_its_method_says() {
        let blocks = [Some("sms"), Some("flashCall"), Some("callout"), None, Some("whatsapp")];
        for (method, block) in Method::known().into_iter().zip(blocks) {
            let json: serde_json::Value =
                serde_json::from_str(&Answer::allow(&all_options(), &method).to_json()).unwrap();
            let found = json.as_object().unwrap().keys().map(String::as_str).filter(|key| *key != "action");
            assert_eq!(found.collect::<Vec<_>>(), Vec::from_iter(block));
        }
    }

    #[test]
    fn nothing_set_sends_no_block() {
        let options = Options { sms: Some(SmsOptions::default()), ..Options::default() };
        assert_eq!(Answer::allow(&options, &Method::Sms).to_json(), r#"{"action":"allow"}"#);
    }

    #[test]
    fn the_first_setter_of_an_option_wins() {
        let mut options = Options {
            sms: Some(SmsOptions { code_type: Some(CodeType::Alpha), ..SmsOptions::default() }),
            ..Options::default()
        };
        options.merge(&all_options());
        let sms = SmsOptions { code_type: Some(CodeType::Alpha), ..all_options().sms.unwrap() };
        assert_eq!(options, Options { sms: Some(sms), ..all_options() });

        let before = options.clone();
        options.merge(&Options {
            whatsapp: Some(WhatsAppOptions {
                accept_language: vec!["de".parse().unwrap()],
                ..WhatsAppOptions::default()
            }),
            ..Options::default()
        });
        assert_eq!(options, before);
    }
}

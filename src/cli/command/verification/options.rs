//! The method of a verification and its options.

use anyhow::{Context as _, bail};
use clap::Args;

use crate::answer::{CallTimeout, CodeType, Expiry, LanguageTag};
use crate::api::{CalloutOptions, FlashCallOptions, How, SmsOptions, Speech, WhatsAppOptions};
use crate::event::Method;

/// How to verify.
#[derive(Clone, Debug, Args)]
pub(super) struct Options {
    /// How to verify: sms, flashcall, callout (a spoken code), seamless (by mobile data) or whatsapp
    #[arg(long, value_name = "METHOD", value_parser = str::parse::<Method>)]
    method: Method,
    /// The language of an SMS, such as sv-SE; the application's if not given
    #[arg(long, value_name = "TAG")]
    language: Option<LanguageTag>,
    /// The kind of code, for sms and whatsapp: Numeric, Alpha or Alphanumeric
    #[arg(long, value_name = "TYPE")]
    code_type: Option<CodeType>,
    /// How long the code of an SMS is good for, as HH:MM:SS
    #[arg(long, value_name = "TIME")]
    expiry: Option<Expiry>,
    /// How long a flash call rings, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    dial_timeout: Option<CallTimeout>,
    /// How long a flash call can be completed, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    interception_timeout: Option<CallTimeout>,
    /// The language and region that a code is spoken in, for callout, such as en-GB
    #[arg(long, value_name = "TAG")]
    locale: Option<LanguageTag>,
}

impl Options {
    /// Whether any option is set that travels in the body.
    pub(super) fn any(&self) -> bool {
        self.set().into_iter().any(|(name, is_set)| is_set && name != "--language")
    }

    /// Method and options as the API takes them.
    ///
    /// # Errors
    /// Where an option is set that the method does not have.
    pub(super) fn how(&self) -> anyhow::Result<How> {
        let fitting = fitting(&self.method);
        if let Some((name, _)) =
            self.set().into_iter().find(|(name, is_set)| *is_set && !fitting.contains(name))
        {
            let options = if fitting.is_empty() {
                "has no options".to_owned()
            } else {
                format!("takes {}", fitting.join(", "))
            };
            bail!("{name} does not go with the method {}, which {options}", self.method);
        }
        Ok(match &self.method {
            Method::Sms => How::Sms(SmsOptions {
                expiry: self.expiry.clone(),
                code_type: self.code_type,
                language: self.language.clone(),
                ..SmsOptions::default()
            }),
            Method::FlashCall => How::FlashCall(FlashCallOptions {
                dial_timeout: self.dial_timeout,
                interception_timeout: self.interception_timeout,
                ..FlashCallOptions::default()
            }),
            Method::Callout => {
                let speech = self.locale.clone().map(|locale| Speech { locale: Some(locale) });
                How::Callout(CalloutOptions { speech, ..CalloutOptions::default() })
            }
            Method::Seamless => How::Seamless,
            Method::WhatsApp => {
                How::WhatsApp(WhatsAppOptions { code_type: self.code_type, ..WhatsAppOptions::default() })
            }
            Method::Other(_) => bail!("the method is unknown"),
        })
    }

    /// Every option, and whether it is set.
    fn set(&self) -> [(&'static str, bool); 6] {
        [
            ("--language", self.language.is_some()),
            ("--code-type", self.code_type.is_some()),
            ("--expiry", self.expiry.is_some()),
            ("--dial-timeout", self.dial_timeout.is_some()),
            ("--interception-timeout", self.interception_timeout.is_some()),
            ("--locale", self.locale.is_some()),
        ]
    }
}

/// The options that a method has.
fn fitting(method: &Method) -> &'static [&'static str] {
    match method {
        Method::Sms => &["--language", "--code-type", "--expiry"],
        Method::FlashCall => &["--dial-timeout", "--interception-timeout"],
        Method::Callout => &["--locale"],
        Method::WhatsApp => &["--code-type"],
        Method::Seamless | Method::Other(_) => &[],
    }
}

fn seconds(text: &str) -> anyhow::Result<CallTimeout> {
    let seconds: i64 = text.parse().context("write whole seconds, 5 to 120")?;
    Ok(seconds.try_into()?)
}

//! How a number is verified.

use std::fmt;

/// The `method` of an event. Compared without case, since samples spell it in several ways.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Method {
    /// A code by SMS.
    Sms,
    /// A missed call whose caller id is the code.
    FlashCall,
    /// A spoken code; the product name is Phone Call.
    Callout,
    /// Data verification over the mobile network.
    Seamless,
    /// A code by WhatsApp.
    WhatsApp,
    /// A method this version does not know, as it was spelt, or empty where none was sent.
    Other(String),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sms => "sms",
            Self::FlashCall => "flashcall",
            Self::Callout => "callout",
            Self::Seamless => "seamless",
            Self::WhatsApp => "whatsapp",
            Self::Other(name) => name,
        })
    }
}

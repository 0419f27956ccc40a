//! Members of the event's `custom` as policies see them.
//!
//! A blank member is a missing one: code that has nothing to say often says it in full, and all whom it says
//! it of are not one person. A member that is an IP address is that address, under any key and however it is
//! spelt; with a port, or among other text, it is text like any other.

use core::net::IpAddr;
use std::borrow::Cow;

use super::ip_address::{Ip6Prefix, address};
use super::name::CustomKey;
use super::note::Lack;
use crate::event::VerificationRequest;

/// A member of `custom`, in the form in which it is compared: an address in its shortest spelling, other text
/// as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CustomValue(Box<str>);

impl CustomValue {
    /// Reads a value; a blank one is `None`.
    pub(super) fn new(text: &str) -> Option<Self> {
        let is_blank = text.trim().is_empty();
        (!is_blank).then(|| match address(text) {
            Some(address) => Self(address.to_string().into()),
            None => Self(text.into()),
        })
    }

    /// The member of this name.
    ///
    /// # Errors
    /// Where the event has none, or a blank one.
    pub(super) fn of(request: &VerificationRequest, key: &CustomKey) -> Result<Self, Lack> {
        let text = request.custom.as_ref().and_then(|custom| custom.get(key.as_str()));
        text.and_then(Self::new).ok_or_else(|| Lack::Custom(key.clone()))
    }

    /// What a quota counts it under. An IPv6 address counts with its network: whoever has one has all of it.
    pub(super) fn source(&self, prefix: Ip6Prefix) -> Cow<'_, str> {
        match self.0.parse() {
            Ok(IpAddr::V6(address)) => Cow::Owned(prefix.network(address)),
            Ok(IpAddr::V4(_)) | Err(_) => Cow::Borrowed(&self.0),
        }
    }
}

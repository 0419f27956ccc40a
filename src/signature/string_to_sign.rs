//! The text that is signed.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use md5::{Digest as _, Md5};

use super::{SignatureError, SignedRequest};

/// The five lines that Sinch signs; [`Display`](fmt::Display) writes exactly the text that enters the MAC.
///
/// ```
/// use sinch_gate::signature::StringToSign;
///
/// let text = StringToSign::new("POST", b"{}", "application/json", "2014-09-24T10:59:41Z", "/sinch");
/// assert_eq!(
///     text.to_string(),
///     "POST\nmZFLkyvTelC5g8XnyQrpOw==\napplication/json\nx-timestamp:2014-09-24T10:59:41Z\n/sinch",
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StringToSign<'a> {
    pub(super) method: &'a str,
    pub(super) body_hash: String,
    pub(super) content_type: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) path: &'a str,
}

impl<'a> StringToSign<'a> {
    /// Builds the text from its parts: `method` in upper case, `content_type` and `timestamp` as their
    /// headers have them, `path` with its leading slash and without query.
    ///
    /// A request without body, such as a GET, is signed with an empty line for the hash, and one without
    /// content type with an empty line for that.
    #[must_use]
    pub fn new(
        method: &'a str,
        body: &[u8],
        content_type: &'a str,
        timestamp: &'a str,
        path: &'a str,
    ) -> Self {
        Self { method, body_hash: body_hash(body), content_type, timestamp, path }
    }

    /// The text that the sender of `request` must have signed.
    ///
    /// # Errors
    ///
    /// Timestamp or content type missing, repeated or not a line of text.
    pub fn of(request: &SignedRequest<'a>) -> Result<Self, SignatureError> {
        let timestamp = request.headers.timestamp()?;
        let content_type = request.headers.content_type()?;
        Ok(Self::new(request.method, request.body, content_type, timestamp, request.path))
    }

    /// The timestamp as its header has it.
    #[must_use]
    pub fn timestamp(&self) -> &'a str {
        self.timestamp
    }
}

/// The second line: base64 of the MD5 of the body. An empty body gives an empty line, not the hash of
/// nothing, as Sinch's page on request signing says.
fn body_hash(body: &[u8]) -> String {
    if body.is_empty() { String::new() } else { BASE64_STANDARD.encode(Md5::digest(body)) }
}

impl fmt::Display for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, body_hash, content_type, timestamp, path } = self;
        write!(f, "{method}\n{body_hash}\n{content_type}\nx-timestamp:{timestamp}\n{path}")
    }
}

/// Leaves out the hash of the body: bodies are so regular that the phone number could be found by trying all
/// numbers.
impl fmt::Debug for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StringToSign({} {} at {})", self.method, self.path, self.timestamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_body_gives_an_empty_line() {
        let text = StringToSign::new("GET", b"", "application/json", "2023-11-22T09:10:11.999Z", "/path");
        assert_eq!(text.to_string(), "GET\n\napplication/json\nx-timestamp:2023-11-22T09:10:11.999Z\n/path");
    }

    #[test]
    fn no_content_type_gives_an_empty_line() {
        let text = StringToSign::new("GET", b"", "", "2023-11-22T09:10:11.999Z", "/path");
        assert_eq!(text.to_string(), "GET\n\n\nx-timestamp:2023-11-22T09:10:11.999Z\n/path");
    }

    #[test]
    fn the_debug_form_leaves_the_hash_out() {
        let text = StringToSign::new("POST", b"{}", "application/json", "2023-11-22T09:10:11.999Z", "/path");
        assert_eq!(format!("{text:?}"), "StringToSign(POST /path at 2023-11-22T09:10:11.999Z)");
    }
}

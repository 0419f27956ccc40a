//! The three headers that a signature depends on.

use super::SignatureError;

/// The three headers that matter, picked out of a request's headers without regard to case.
///
/// How often each of them came is kept: a request with two `Authorization` headers has no meaning that
/// everyone between sender and receiver agrees on, so it is refused instead of guessed at.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    authorization: Occurrence<'a>,
    timestamp: Occurrence<'a>,
    content_type: Occurrence<'a>,
}

/// How often a header came.
#[derive(Clone, Copy)]
enum Occurrence<'a> {
    Never,
    Once(&'a [u8]),
    Repeated,
}

impl<'a> Headers<'a> {
    /// Picks the headers that matter from all headers of a request.
    ///
    /// ```
    /// use sinch_gate::signature::Headers;
    ///
    /// let received: [(&str, &[u8]); 2] = [("Content-Type", b"application/json"), ("accept", b"*/*")];
    /// let headers = Headers::new(received);
    /// ```
    pub fn new<'n>(headers: impl IntoIterator<Item = (&'n str, &'a [u8])>) -> Self {
        let mut found = Self {
            authorization: Occurrence::Never,
            timestamp: Occurrence::Never,
            content_type: Occurrence::Never,
        };
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("authorization") {
                found.authorization.add(value);
            } else if name.eq_ignore_ascii_case("x-timestamp") {
                found.timestamp.add(value);
            } else if name.eq_ignore_ascii_case("content-type") {
                found.content_type.add(value);
            }
        }
        found
    }

    pub(super) fn authorization(&self) -> Result<&'a str, SignatureError> {
        self.authorization
            .text()
            .map_err(|problem| SignatureError::MalformedAuthorization { problem })?
            .ok_or(SignatureError::MissingAuthorization)
    }

    pub(super) fn timestamp(&self) -> Result<&'a str, SignatureError> {
        self.timestamp
            .text()
            .map_err(|problem| SignatureError::MalformedTimestamp { problem })?
            .ok_or(SignatureError::MissingTimestamp)
    }

    pub(super) fn content_type(&self) -> Result<&'a str, SignatureError> {
        self.content_type
            .text()
            .map_err(|problem| SignatureError::MalformedContentType { problem })?
            .ok_or(SignatureError::MissingContentType)
    }
}

impl<'a> Occurrence<'a> {
    fn add(&mut self, value: &'a [u8]) {
        *self = match self {
            Self::Never => Self::Once(value),
            Self::Once(_) | Self::Repeated => Self::Repeated,
        };
    }

    /// The value as one line of text. A line break would let its sender move text from one line of the
    /// signed text to another without changing the signature.
    fn text(self) -> Result<Option<&'a str>, &'static str> {
        let value = match self {
            Self::Never => return Ok(None),
            Self::Once(value) => value,
            Self::Repeated => return Err("the header came more than once"),
        };
        match std::str::from_utf8(value) {
            Ok(text) if text.contains(char::is_control) => Err("it contains a control character"),
            Ok(text) => Ok(Some(text)),
            Err(_) => Err("it is not UTF-8 text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_content_type(headers: &[(&str, &[u8])], expected: Result<&str, &str>) {
        let headers = Headers::new(headers.iter().copied());
        assert_eq!(
            headers.content_type().map_err(|error| error.to_string()),
            expected.map_err(str::to_owned),
        );
    }

    #[test]
    fn finds_a_header_in_any_letter_case() {
        for name in ["content-type", "Content-Type", "CONTENT-TYPE"] {
            check_content_type(&[("accept", b"*/*"), (name, b"text/plain")], Ok("text/plain"));
        }
    }

    #[test]
    fn keeps_a_value_as_it_came() {
        check_content_type(&[("content-type", b" a/b ; c=D ")], Ok(" a/b ; c=D "));
        check_content_type(&[("content-type", b"")], Ok(""));
    }

    #[test]
    fn refuses_a_header_that_is_missing_repeated_or_not_a_line_of_text() {
        let refused = [
            (&[][..], "no content-type header, which is part of the signed text"),
            (
                &[("content-type", &b"a/b"[..]), ("Content-Type", b"a/b")],
                "content-type header is not usable: the header came more than once",
            ),
            (&[("content-type", b"\xff")], "content-type header is not usable: it is not UTF-8 text"),
            (
                &[("content-type", b"a/b\nx-timestamp:0")],
                "content-type header is not usable: it contains a control character",
            ),
        ];
        for (headers, message) in refused {
            check_content_type(headers, Err(message));
        }
    }
}

//! Where the API is.

// An address is not a socket, so it comes from the crate without sockets.
use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

/// The origin of the API, such as `https://verification.api.sinch.com`: https, or http to this machine
/// itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaseUrl(String);

/// Why a text is not such an origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BaseUrlError {
    /// Neither https nor http.
    #[error("no URL\nhint: give one such as https://verification.api.sinch.com")]
    NoUrl,
    /// Credentials and numbers would travel in clear text.
    #[error("http would show number and credentials to everybody on the way\nhint: give an https URL")]
    ClearText,
    /// There is more than an origin.
    #[error("there is more than an origin\nhint: give scheme and host alone, since the path is known")]
    NotAnOrigin,
    /// The host or its port cannot be one.
    #[error("the host or port makes no sense\nhint: give one such as verification.api.sinch.com")]
    Host,
}

impl BaseUrl {
    /// The only server in Sinch's description, which is the default of its own libraries too.
    pub const SINCH: &str = "https://verification.api.sinch.com";

    /// The origin, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this machine itself, and so certainly not Sinch.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.split_once("://").is_some_and(|(_, authority)| is_loopback(authority))
    }

    /// Whether clear text is never sent to it.
    pub(super) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(BaseUrlError::NoUrl)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@', '\\']) {
            return Err(BaseUrlError::NotAnOrigin);
        }
        if !is_authority(authority) {
            return Err(BaseUrlError::Host);
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(authority) => {}
            "http" => return Err(BaseUrlError::ClearText),
            _ => return Err(BaseUrlError::NoUrl),
        }
        Ok(Self(format!("{scheme}://{authority}")))
    }
}

fn is_authority(authority: &str) -> bool {
    let (host, port) = split(authority);
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    !host.is_empty()
        && host.bytes().all(is_host)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Host and port; the colons of an address in brackets are not before a port.
fn split(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn is_loopback(authority: &str) -> bool {
    let (host, _) = split(authority);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, BaseUrlError>) {
        let read = text.parse::<BaseUrl>().map(|url| url.to_string());
        assert_eq!(read, expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn https_goes_anywhere() {
        check(BaseUrl::SINCH, Ok(BaseUrl::SINCH));
        check("https://verificationapi-v1.sinch.com/", Ok("https://verificationapi-v1.sinch.com"));
        check("https://localhost:8443", Ok("https://localhost:8443"));
    }

    #[test]
    fn http_stays_on_this_machine() {
        for text in ["http://127.0.0.1:3018", "http://localhost:80", "http://[::1]:80", "http://[::1]"] {
            check(text, Ok(text));
        }
        for text in [
            "http://verification.api.sinch.com",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com:80",
        ] {
            check(text, Err(BaseUrlError::ClearText));
        }
    }

    #[test]
    fn anything_but_an_origin_is_refused() {
        check("verification.api.sinch.com", Err(BaseUrlError::NoUrl));
        check("ftp://localhost", Err(BaseUrlError::NoUrl));
        check("https://", Err(BaseUrlError::Host));
        check("https://a b", Err(BaseUrlError::Host));
        check("https://a:0", Err(BaseUrlError::Host));
        check("https://a:x", Err(BaseUrlError::Host));
        check("https://user:password@host", Err(BaseUrlError::NotAnOrigin));
        check("http://127.0.0.1@example.com", Err(BaseUrlError::NotAnOrigin));
        check("https://verification.api.sinch.com/verification/v1", Err(BaseUrlError::NotAnOrigin));
        check("https://host?x", Err(BaseUrlError::NotAnOrigin));
    }
}

//! What Sinch says when it refuses, and what that means.

use std::fmt;
use std::time::Duration;

use super::read;
use super::scrub::scrubbed;

/// A call that Sinch refused, or failed at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub http_status: u16,
    /// Sinch's code, such as 40400; none where a proxy answered instead.
    pub code: Option<u32>,
    /// Sinch's words, fit to be shown.
    pub message: Option<String>,
    /// What Sinch's support knows the call by. It is not the reference of a verification.
    pub support_id: Option<String>,
    /// How long to wait at least, where the answer says so.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Reads the answer that came with an HTTP status other than 200. It may be anything; `secret` is not
    /// repeated.
    #[must_use]
    pub fn read(http_status: u16, body: &[u8], secret: Option<&str>) -> Self {
        let mut refusal =
            Self { http_status, code: None, message: None, support_id: None, retry_after: None };
        if let Ok(mut reader) = read::answer(body) {
            refusal.code = reader.text("errorCode").and_then(|code| code.parse().ok());
            let shown = |words: String| scrubbed(&words, secret);
            refusal.message = reader.text("message").map(shown).filter(|words| !words.is_empty());
            // Not scrubbed of digits, since it is nothing without them.
            let is_id = |id: &String| {
                (1..=64).contains(&id.len())
                    && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            };
            refusal.support_id = reader.text("reference").filter(is_id);
        }
        refusal
    }

    /// Whether Sinch asks for fewer calls, whatever they are about.
    #[must_use]
    pub fn is_capacity(&self) -> bool {
        self.http_status == 429 && self.code != Some(42901)
    }

    /// Whether the fault is on Sinch's side and may pass.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.http_status >= 500 && self.code != Some(50301)
    }

    /// Whether Sinch does not know what was asked for.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.http_status == 404
    }

    /// Whether key, secret or the authorization of the application are at fault, so that no other call of it
    /// will do.
    #[must_use]
    pub fn is_about_credentials(&self) -> bool {
        self.http_status == 401 || self.code == Some(40303)
    }

    /// Status, code, meaning, and what Sinch says itself, without advice.
    #[must_use]
    pub fn what(&self) -> String {
        let mut what = format!("HTTP {}", self.http_status);
        if let Some(code) = self.code {
            what += &format!(", code {code}");
        }
        what += &format!(": {}", self.meaning().0);
        if let Some(message) = &self.message {
            what += &format!(" (Sinch says: {message})");
        }
        if let Some(id) = &self.support_id {
            what += &format!(" (for Sinch's support: {id})");
        }
        what
    }

    /// What it means, and what to do, where there is something to do.
    #[must_use]
    pub fn meaning(&self) -> (&'static str, &'static str) {
        self.code.and_then(of_code).unwrap_or_else(|| of_http(self.http_status))
    }
}

/// What Sinch's codes mean, and what to do about them.
fn of_code(code: u32) -> Option<(&'static str, &'static str)> {
    Some(match code {
        40001 => (
            "something is missing or makes no sense, most often the number",
            "give the number in E.164 form, with its plus sign",
        ),
        40002 => ("the number is missing", ""),
        40003 => ("well-formed, but number or code cannot be processed", "check the number, or the code"),
        40005 => ("the number lacks its plus sign", ""),
        40100 => ("the Authorization header cannot be read", "check the application key"),
        40101 => (
            "the x-timestamp header is missing or makes no sense",
            "check what stands between here and Sinch",
        ),
        40102 => (
            "the signature is not the right one",
            "check that the secret is this application's, and this machine's clock",
        ),
        40104 => ("the call must be authorized", "sign it, with key and secret of the application"),
        40107 => ("key or secret are not accepted", "check that both are of the same application"),
        40200 => ("the account has not enough credit", "top it up in the Sinch dashboard"),
        40300 => {
            ("Sinch blocks this number, or has no data verification for its network", "try another method")
        }
        40303 => (
            "not allowed: a callback denied it, the application has no callback URL, or it demands signed \
             calls",
            "look in the gate's records whether it was the gate",
        ),
        40400 => (
            "Sinch does not know it: it never started, is of another application, is too old, or too new",
            "ask again after a while",
        ),
        40900 => (
            "a verification with this reference was started before",
            "ask for its status by the reference, and take a new one for a new start",
        ),
        42200 => ("the application has no name yet", "give it one in the Sinch dashboard"),
        42201 => ("there is no route to this number by this method", "try another method"),
        42900 => ("too many calls", "wait, then go on more slowly"),
        42901 => ("the same number was verified a moment ago", "wait some minutes before a new start"),
        50000 => ("an error inside Sinch", ""),
        50300 => ("Sinch is not available just now", "try again later"),
        50301 => ("the account is set up wrongly on Sinch's side", "write to its support"),
        _ => return None,
    })
}

/// What is known from the HTTP status alone, and what to do about it.
fn of_http(http_status: u16) -> (&'static str, &'static str) {
    match http_status {
        300..=399 => {
            ("a redirect, which is not followed, since the signature is for one path", "check the API's URL")
        }
        401 => {
            ("key, secret or clock are not accepted", "check that key and secret are of the same application")
        }
        402 => ("it is not paid for", "check the account in the Sinch dashboard"),
        403 => (
            "not allowed, by Sinch or by something in between",
            "check the application's settings in the Sinch dashboard",
        ),
        404 => ("not known there", "check the API's URL, and what was asked for"),
        407 => ("a proxy in between wants credentials of its own", ""),
        409 => ("it contradicts something that was done before", ""),
        413 => ("too large", ""),
        422 => ("understood, but impossible", ""),
        429 => ("too many calls, to Sinch or through something in between", "wait, then go on more slowly"),
        400..=499 => ("Sinch does not accept the call as it is", ""),
        500..=599 => ("an error at Sinch or in between", "try again later"),
        _ => ("an answer that Sinch does not describe", "check the API's URL"),
    }
}

/// Shows status, code, meaning, and what Sinch says itself; then what to do.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, advice) = self.meaning();
        let advice = if advice.is_empty() { String::new() } else { format!("\nhint: {advice}") };
        write!(f, "{}{advice}", self.what())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_number_or_text() {
        for body in [r#"{"errorCode":40400}"#, r#"{"errorCode":"40400"}"#] {
            assert_eq!(Refusal::read(404, body.as_bytes(), None).code, Some(40400));
        }
    }

    #[test]
    fn an_unknown_code_is_shown_with_what_its_status_means() {
        let refusal = Refusal::read(422, br#"{"errorCode":42299,"message":"New."}"#, None);
        assert_eq!(
            refusal.to_string(),
            "HTTP 422, code 42299: understood, but impossible (Sinch says: New.)"
        );
    }

    #[test]
    fn what_is_no_json_falls_back_to_the_status() {
        for body in [&b"<html>502 Bad Gateway</html>"[..], b"", b"[]", b"{\"errorCode\":{}}", b"\xff"] {
            let refusal = Refusal::read(502, body, None);
            assert_eq!(
                refusal.to_string(),
                "HTTP 502: an error at Sinch or in between\nhint: try again later"
            );
            assert!(refusal.is_passing());
        }
    }

    #[test]
    fn neither_number_nor_code_is_repeated() {
        let body = br#"{"errorCode":40003,"message":"Code aBcD of +46701234567","reference":"a b"}"#;
        let shown = format!("{0} {0:?}", Refusal::read(400, body, Some("aBcD")));
        assert!(!shown.contains("aBcD") && !shown.contains("701234567") && !shown.contains("a b"), "{shown}");
    }

    #[test]
    fn the_same_number_too_quickly_is_not_a_matter_of_capacity() {
        let capacity =
            |code| Refusal::read(429, format!("{{\"errorCode\":{code}}}").as_bytes(), None).is_capacity();
        assert_eq!((capacity(42900), capacity(42901)), (true, false));
        assert!(Refusal::read(429, b"slow down", None).is_capacity());
    }
}

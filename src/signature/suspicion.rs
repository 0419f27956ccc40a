//! Guesses at why a signature does not fit.

use super::authorization::Authorization;
use super::{AppSecret, SignedRequest, StringToSign};

/// Names of stages that API Gateway, SAM and their users give, which appear in front of a path.
const STAGES: [&str; 6] = ["prod", "Prod", "dev", "stage", "staging", "test"];

/// Tries the texts that known mistakes lead to, and names the mistake under which the signature fits. This is
/// for people who look for an error; nothing is ever accepted because of it.
pub(super) fn suspect(
    request: &SignedRequest<'_>,
    text: &StringToSign<'_>,
    authorization: &Authorization<'_>,
    secrets: &[AppSecret],
) -> Option<&'static str> {
    let mistakes =
        [path_mistakes(text), body_mistakes(request, text), content_type_mistakes(text), line_mistakes(text)];
    mistakes
        .into_iter()
        .flatten()
        .find(|(_, signed)| authorization.check_text(signed, secrets).is_ok())
        .map(|(mistake, _)| mistake)
}

/// A mistake, and the text that it leads to.
type Mistake = (&'static str, String);

fn path_mistakes(text: &StringToSign<'_>) -> Vec<Mistake> {
    let with_path = |path: &str| StringToSign { path, ..text.clone() }.to_string();
    let path = text.path;
    let bare = path.trim_start_matches('/');
    let mut mistakes = vec![
        ("the path was signed without its leading slash", with_path(bare)),
        ("the path was signed with a leading slash", with_path(&format!("/{path}"))),
        ("the path was signed with a slash at its end", with_path(&format!("{path}/"))),
        ("the path was signed without the slash at its end", with_path(path.trim_end_matches('/'))),
        ("the path was signed in lower case", with_path(&path.to_lowercase())),
        ("the path was signed with its percent-encoding undone", with_path(&percent_decoded(path))),
    ];
    if let Some((_, rest)) = bare.split_once('/') {
        let mistake =
            "the path was signed without its first segment: is that a stage, which the gateway adds?";
        mistakes.push((mistake, with_path(&format!("/{rest}"))));
    }
    for stage in STAGES {
        let mistake = "the path was signed with a stage in front: use the path of the public callback URL";
        mistakes.push((mistake, with_path(&format!("/{stage}{path}"))));
    }
    mistakes
}

fn body_mistakes(request: &SignedRequest<'_>, text: &StringToSign<'_>) -> Vec<Mistake> {
    let with_body = |body: &[u8]| {
        StringToSign::new(text.method, body, text.content_type, text.timestamp, text.path).to_string()
    };
    // MD5 of no bytes at all, in base64.
    let hash_of_nothing =
        StringToSign { body_hash: "1B2M2Y8AsgTpgAmY7PhCfg==".to_owned(), ..text.clone() }.to_string();
    vec![
        ("the body was signed without the white space around it", with_body(request.body.trim_ascii())),
        ("the body was signed with a line end after it", with_body(&[request.body, b"\n"].concat())),
        ("the request was signed without its body", with_body(b"")),
        ("an empty body was hashed, where its line has to be empty", hash_of_nothing),
    ]
}

fn content_type_mistakes(text: &StringToSign<'_>) -> Vec<Mistake> {
    let with_type = |content_type: &str| StringToSign { content_type, ..text.clone() }.to_string();
    let mistake = "another content type was signed: something on the way rewrites the header";
    ["application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"]
        .map(|content_type| (mistake, with_type(content_type)))
        .to_vec()
}

fn line_mistakes(text: &StringToSign<'_>) -> Vec<Mistake> {
    let StringToSign { method, body_hash, content_type, timestamp, path } = text;
    let lower = method.to_lowercase();
    vec![
        (
            "the lines were joined by CR LF, where LF has to stand alone",
            text.to_string().replace('\n', "\r\n"),
        ),
        ("a line end was signed after the path", format!("{text}\n")),
        (
            "`x-timestamp` was not written in lower case",
            format!("{method}\n{body_hash}\n{content_type}\nX-Timestamp:{timestamp}\n{path}"),
        ),
        (
            "a blank was signed after `x-timestamp:`",
            format!("{method}\n{body_hash}\n{content_type}\nx-timestamp: {timestamp}\n{path}"),
        ),
        (
            "the method was signed in lower case",
            format!("{lower}\n{body_hash}\n{content_type}\nx-timestamp:{timestamp}\n{path}"),
        ),
        (
            "the line of the body's hash was left out",
            format!("{method}\n{content_type}\nx-timestamp:{timestamp}\n{path}"),
        ),
    ]
}

/// Decodes `%41` and the like; a percent sign that does not begin such a triple stays.
fn percent_decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let byte = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        for (path, decoded) in [
            ("/caf%C3%A9/x%20y", "/café/x y"),
            ("/plain", "/plain"),
            ("/100%", "/100%"),
            ("/%4", "/%4"),
            ("/%zz%41", "/%zzA"),
            ("/%ff", "/\u{fffd}"),
        ] {
            assert_eq!(percent_decoded(path), decoded);
        }
    }
}

//! What a reply to a probe says about the way to the gate.

use super::check::Check;
use crate::cli::http_client::Received;

/// The signed probe: an event of a kind that no gate knows is answered with an empty 200.
pub(super) const PROBE: &str = "probe";
/// The same with a broken signature, which is refused with 401.
pub(super) const FORGED: &str = "forged probe";

/// What is known about the environment that may explain a refusal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints<'a> {
    /// The path that was signed: that of the URL.
    pub(super) path: &'a str,
    /// The path that this environment configures, where it does.
    pub(super) configured: Option<&'a str>,
    /// Whether this machine's clock is off.
    pub(super) is_clock_wrong: bool,
    /// Whether the probe was signed with the samples' secret.
    pub(super) is_samples: bool,
}

/// Explains the reply to the signed probe.
pub(super) fn of_probe(received: &Received, hints: Hints<'_>) -> Check {
    let found = |what: &str, advice: &str| Check::found(PROBE, what, advice);
    match received.status {
        200 if received.body.is_empty() => {
            Check::ok(PROBE, "a signed event reached the gate; nothing was stored")
        }
        200 => found(
            &format!("200 with {}, where the gate sends nothing", kind(&received.body)),
            "something else answers there; give the callback URL as the Sinch dashboard has it",
        ),
        300..=399 => found(
            &format!(
                "{}, a redirect to {}",
                received.status,
                received.location.as_deref().unwrap_or("nowhere")
            ),
            "Sinch signs the path it calls; give it the URL at the redirect's end as callback URL",
        ),
        400 => found(
            "400: the signature is right, but the event was refused",
            "update the function to this tool's version",
        ),
        401 => found("401: the signature was refused", &refused(hints)),
        403 => found(
            "403: the front door refuses the call before the gate sees it",
            "allow public calls: AuthType NONE and both permissions of a function URL, no authorizer on the \
             route, and no firewall rule that blocks Sinch",
        ),
        404 => found(
            &format!("404: nothing is served at {}", hints.path),
            &format!("give the URL of the output CallbackUrl{}", other_path(hints)),
        ),
        405 => found(
            "405: POST is not allowed there",
            "route POST to the function; give the callback URL, not that of a page",
        ),
        429 => {
            found("429: the front door throttles", "raise its limit, or that of the function's concurrency")
        }
        502..=504 => found(
            &format!("{}: the front door got no answer from the function", received.status),
            "read the function's log: does it start, and in time? the wrong architecture and a missing \
             variable stop it",
        ),
        status @ 500..=599 => found(&format!("{status}: the function failed"), "read the function's log"),
        status => found(
            &format!("{status} with {}", kind(&received.body)),
            "something else answers there; give the callback URL as the Sinch dashboard has it",
        ),
    }
}

/// Explains the reply to the probe with a broken signature. Where the signed one did not reach the gate, a
/// refusal proves nothing.
pub(super) fn of_forged(received: &Received, has_reached: bool) -> Check {
    match received.status {
        401 => Check::ok(FORGED, "a broken signature is refused with 401"),
        200..=299 if has_reached => Check::found(
            FORGED,
            format!("{}: a broken signature was accepted", received.status),
            "this is not a gate, or something in front of it answers; anybody could call it, so do \
             not use it",
        ),
        status if has_reached => Check::found(
            FORGED,
            format!("{status} in place of 401"),
            "something in front of the gate answers; it must hand every callback on",
        ),
        status => Check::not_known(FORGED, format!("{status}, but the probe did not reach the gate either")),
    }
}

/// What to do about a 401, the likeliest cause first.
fn refused(hints: Hints<'_>) -> String {
    let mut causes = Vec::new();
    if hints.is_clock_wrong {
        causes.push("set the clock, which is wrong (see above)".to_owned());
    }
    if hints.is_samples {
        causes.push(
            "set SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET to the function's, since the samples' \
             were used"
                .to_owned(),
        );
    } else {
        causes.push("compare key and secret with the function's and the Sinch dashboard's".to_owned());
    }
    causes.push(format!(
        "the path signed was {}: the function's CALLBACK_URL or CALLBACK_PATH must have the same{}",
        hints.path,
        other_path(hints)
    ));
    format!("{}; the cause is in the function's log", causes.join("; "))
}

/// The environment's path, where it is another than the URL's.
fn other_path(hints: Hints<'_>) -> String {
    match hints.configured.filter(|configured| *configured != hints.path) {
        Some(configured) => format!(" (it is {configured} in this environment)"),
        None => String::new(),
    }
}

/// A body in a word; it is a stranger's, and not repeated.
fn kind(body: &str) -> &'static str {
    let start = body.trim_start();
    if start.is_empty() {
        "an empty body"
    } else if start.starts_with('<') {
        "an HTML page"
    } else if start.starts_with(['{', '[']) {
        "JSON"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    fn reply(status: u16, body: &str) -> Received {
        Received { status, body: body.to_owned(), ..Received::default() }
    }

    #[track_caller]
    fn check(status: u16, body: &str, hints: Hints<'_>, expected: &str) {
        let words = of_probe(&reply(status, body), hints).in_words();
        assert!(words.contains(expected), "no `{expected}` in `{words}`");
    }

    #[test]
    fn every_way_to_miss_the_gate_has_its_advice() {
        let hints = Hints { path: "/x", ..Hints::default() };
        assert_eq!(of_probe(&reply(200, ""), hints).state, State::Ok);
        check(200, "<!doctype html>", hints, "200 with an HTML page");
        check(200, "{}", hints, "200 with JSON");
        check(308, "", hints, "a redirect to nowhere");
        check(400, "bad request", hints, "update the function");
        check(403, "{\"message\":\"Forbidden\"}", hints, "AuthType NONE");
        check(404, "not found", hints, "nothing is served at /x; give the URL of the output CallbackUrl");
        check(405, "", hints, "route POST");
        check(418, "", hints, "418 with an empty body");
        check(429, "", hints, "throttles");
        check(500, "", hints, "500: the function failed");
        check(503, "", hints, "no answer from the function");
    }

    #[test]
    fn a_refused_signature_is_explained_by_what_is_known_here() {
        let hints = Hints { path: "/x", configured: Some("/y"), ..Hints::default() };
        check(401, "unauthorized", hints, "compare key and secret");
        check(401, "unauthorized", hints, "the path signed was /x");
        check(401, "unauthorized", hints, "(it is /y in this environment)");
        check(401, "", Hints { is_clock_wrong: true, ..hints }, "refused; set the clock");
        check(401, "", Hints { is_samples: true, ..hints }, "since the samples' were used");
    }

    #[test]
    fn a_broken_signature_must_be_refused_by_the_gate_itself() {
        assert_eq!(of_forged(&reply(401, ""), true).state, State::Ok);
        assert_eq!(of_forged(&reply(200, ""), true).state, State::Found);
        assert_eq!(of_forged(&reply(403, ""), true).state, State::Found);
        assert_eq!(of_forged(&reply(404, ""), false).state, State::NotKnown);
    }
}

//! The payloads of `tests/vectors/events`, and what each of them is answered.

use std::path::Path;

/// Denies one of Sinch's samples, so that both answers occur, and counts, so that numbers become keys in the
/// table.
pub(crate) const POLICY: &str = r#"
    schema = 1
    default = "allow"
    [[rules]]
    id = "not-france"
    verdict = "deny"
    when.country = ["FR"]
    [[rules]]
    id = "per-number"
    verdict = "deny"
    quota = { per = "number", limit = 1000, window = "1d" }
"#;

/// What goes back for an event that is rightly signed.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// 200 and an answer with this action.
    Action(&'static str),
    /// 200 and nothing.
    Empty,
    /// 400.
    NoEvent,
}

/// The answer to each payload of `tests/vectors/events`. Many samples share one made-up id, and so are
/// repeats of one question to the gate: no id here has both answers.
pub(crate) const ANSWERS: &[(&str, Answer)] = &[
    ("derived-request-callout", Answer::Action("allow")),
    ("derived-request-custom-4096", Answer::Action("allow")),
    ("derived-request-flashcall", Answer::Action("allow")),
    ("derived-request-non-e164", Answer::Action("allow")),
    ("derived-request-null-optionals", Answer::Action("allow")),
    ("derived-request-price-integer", Answer::Action("allow")),
    ("derived-request-price-string", Answer::Action("allow")),
    ("derived-request-unicode-custom", Answer::Action("allow")),
    ("derived-request-unknown-fields", Answer::Action("allow")),
    ("derived-request-unknown-method", Answer::Action("allow")),
    ("derived-request-whatsapp", Answer::Action("allow")),
    ("derived-result-callout-hungup", Answer::Empty),
    ("derived-result-denied-by-callback", Answer::Empty),
    ("derived-result-error-network", Answer::Empty),
    ("derived-result-flashcall-aborted", Answer::Empty),
    ("derived-result-invalid-callback", Answer::Empty),
    ("derived-result-seamless-successful", Answer::Empty),
    ("derived-result-whatsapp-successful", Answer::Empty),
    ("derived-sms-delivered-unknown-result", Answer::Empty),
    ("no-event-node", Answer::NoEvent),
    ("request-flashCall-camelcase-docs-2021", Answer::Action("allow")),
    ("request-sms-acceptlanguage-dotnet2", Answer::Action("allow")),
    ("request-sms-acceptlanguage-java1", Answer::Action("allow")),
    ("request-sms-docs-2.0.1", Answer::Action("allow")),
    ("request-sms-docs-2.0", Answer::Action("allow")),
    ("request-sms-docs-2021", Answer::Action("allow")),
    ("request-sms-java2", Answer::Action("allow")),
    ("request-sms-minimal-node", Answer::Action("allow")),
    ("request-sms-mock", Answer::Action("deny")),
    ("result-sms-denied-fraud-java2", Answer::Empty),
    ("result-sms-fail-expired-identity-verified-java", Answer::Empty),
    ("result-sms-pending-curly-quotes-redocly", Answer::Empty),
    ("result-sms-pending-fraud-dotnet1", Answer::Empty),
    ("result-sms-successful-docs-2021", Answer::Empty),
    ("result-sms-successful-mock", Answer::Empty),
    ("result-sms-successful-with-reason-dotnet2", Answer::Empty),
    ("result-sms-unknown-status-node", Answer::Empty),
    ("sms-delivered-failed-java2", Answer::Empty),
    ("sms-delivered-failed-no-method-node", Answer::Empty),
    ("sms-delivered-successful-dotnet2", Answer::Empty),
    ("sms-delivered-successful-mock", Answer::Empty),
    ("start-event-name-dotnet2-draft", Answer::Empty),
    ("truncated-no-event-node", Answer::NoEvent),
    ("unknown-event-name-node", Answer::Empty),
];

/// The text of a payload, byte for byte.
pub(crate) fn payload(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/events/{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_payload_has_a_line_in_the_table() {
    let known =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/events")).unwrap();
    let known = known.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "json"));
    assert_eq!(known.count(), ANSWERS.len(), "a payload has no line in the table");
}

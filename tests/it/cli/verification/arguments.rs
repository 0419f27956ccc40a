//! What makes no sense is refused before anything is sent.

use super::{NUMBER, User};
use crate::world::stand_in::CODE;
use crate::world::tool::Tool;

#[track_caller]
fn check_refused(user: &User, arguments: &[&str], message: &str) {
    user.run(arguments).exits(1).prints("").says(message);
    assert_eq!(user.api.seen(), [], "{arguments:?}");
}

#[test]
fn options_that_do_not_fit_the_method_are_refused() {
    let user = User::new();
    let check = |method: &str, option: &[&str], message: &str| {
        let start = ["start", "--number", NUMBER, "--method", method];
        check_refused(&user, &[&start[..], option].concat(), message);
    };
    check("flashcall", &["--expiry", "00:03:00"], "--expiry does not go with the method flashcall");
    check("flashcall", &["--expiry", "00:03:00"], "takes --dial-timeout, --interception-timeout");
    check("whatsapp", &["--language", "sv"], "--language does not go with the method whatsapp");
    check("sms", &["--locale", "sv-SE"], "--locale does not go with the method sms");
    check("seamless", &["--code-type", "Alpha"], "the method seamless, which has no options");
    check("callout", &["--dial-timeout", "10"], "--dial-timeout does not go with the method callout");
}

#[test]
fn options_outside_their_ranges_are_refused() {
    let user = User::new();
    let check = |method: &str, option: &[&str], message: &str| {
        let start = ["start", "--number", NUMBER, "--method", method];
        check_refused(&user, &[&start[..], option].concat(), message);
    };
    check("flashcall", &["--dial-timeout", "4"], "Sinch takes 5 to 120 seconds");
    check("flashcall", &["--interception-timeout", "121"], "Sinch takes 5 to 120 seconds");
    check("flashcall", &["--dial-timeout", "soon"], "write whole seconds");
    check("sms", &["--expiry", "3m"], "00:00:01 to 23:59:59");
    check("sms", &["--code-type", "alpha"], "with the capital letter");
    check("sms", &["--language", "sv_SE"], "is not a language tag");
    check("callout", &["--locale", "sv"], "has no region");
    check("rcs", &[], "methods are `sms`, `flashcall`, `callout`, `seamless` and `whatsapp`");
    check("sms", &["--custom", &"å".repeat(4097)], "4097 characters");
    check("sms", &["--for", "1m"], "--wait");
}

#[test]
fn what_cannot_stand_in_a_path_is_refused() {
    let user = User::new();
    for reference in ["a/b", "a b", "..", "a?b", "å"] {
        let start = ["start", "--number", NUMBER, "--method", "sms", "--reference", reference];
        check_refused(&user, &start, "letters, digits, `-`, `.`, `_` and `~`");
        check_refused(&user, &["status", "--reference", reference], "letters, digits");
    }
    check_refused(&user, &["status", "--id", "../x"], "the id cannot stand in a path");
    check_refused(&user, &["status", "--reference", ""], "--reference is empty");
    let start = |number| ["start", "--number", number, "--method", "sms"];
    check_refused(&user, &start("+46 70 174 06 05"), "\nhint: did you mean `+46701740605`?");
    check_refused(&user, &start("0701740605"), "in place of the first 0 (in SE it is +46701740605)");
    for number in ["46700000001", "+46 70 000 00 01", "-1", "+0700000001"] {
        check_refused(&user, &["start", "--number", number, "--method", "sms"], "E.164");
        check_refused(&user, &["status", "--number", number, "--method", "sms"], "E.164");
    }
}

#[test]
fn a_verification_has_one_name() {
    let user = User::new();
    check_refused(&user, &["status"], "--reference <REFERENCE>");
    check_refused(&user, &["status", "--id", "1", "--reference", "r"], "cannot be used with");
    check_refused(&user, &["status", "--number", NUMBER], "--number needs --method");
    check_refused(&user, &["status", "--number", NUMBER, "--method", "seamless"], "no status by number");
}

#[test]
fn what_can_be_no_code_is_refused_without_being_repeated() {
    let user = User::new();
    let report = |code: &str| {
        user.run(&["report", "--id", "1", "--method", "sms", "--code", code]).exits(1).prints("")
    };
    for code in ["s3 cret", "s3cret\u{7}"] {
        let run = report(code).says("send what the phone received");
        assert!(!run.stderr.contains("s3"), "{run}");
    }
    report("").says("the code is empty");
    let caller = ["report", "--id", "1", "--method", "flashcall", "--code", CODE];
    check_refused(&user, &caller, "the whole number that called");
}

#[test]
fn the_key_of_the_samples_never_goes_to_sinch() {
    let mut tool = Tool::new();
    let status = ["verification", "status", "--reference", "r"];
    tool.run(&status).exits(1).prints("").says("which application? the samples' key is published");
    tool.run(&[&status[..], &["--auth", "public"]].concat()).exits(1).says("which application?");
    tool.set("SINCH_API_URL", "https://localhost.example");
    tool.run(&status).exits(1).says("which application?");
}

#[test]
fn the_api_is_https_or_this_machine() {
    let tool = Tool::new();
    for (url, message) in [
        ("http://verification.api.sinch.com", "give an https URL"),
        ("verification.api.sinch.com", "no URL"),
        ("https://verification.api.sinch.com/verification/v1", "scheme and host alone"),
    ] {
        tool.run(&["verification", "status", "--reference", "r", "--api-url", url]).exits(1).says(message);
    }
}

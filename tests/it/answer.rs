//! Answers against the published ones of `tests/vectors/responses`.

use serde_json::Value;
use sinch_gate::answer::{
    Answer, CallTimeout, CallerId, CalloutOptions, CodeType, Expiry, FlashCallOptions, LanguageTag,
    OptionError, Options, SmsOptions, Speech, WhatsAppOptions,
};
use sinch_gate::event::Method;

fn published(file: &str) -> Value {
    let path = format!("{}/tests/vectors/responses/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Checks that the gate, given these options, would answer as published.
#[track_caller]
fn check(file: &str, options: Options, method: Method) {
    let answer: Value = serde_json::from_str(&Answer::allow(&options, &method).to_json()).unwrap();
    let mut published = published(file);
    // Sinch's fixtures show with this member that blocks take extra ones.
    for block in published.as_object_mut().unwrap().values_mut().filter_map(Value::as_object_mut) {
        block.remove("my key");
    }
    assert_eq!(answer, published, "{file}");
}

fn sms(options: SmsOptions) -> Options {
    Options { sms: Some(options), ..Options::default() }
}

fn flash_call(options: FlashCallOptions) -> Options {
    Options { flash_call: Some(options), ..Options::default() }
}

fn callout(code: &str, locale: &str) -> Options {
    let options = CalloutOptions {
        code: Some(code.parse().unwrap()),
        speech: Some(Speech { locale: locale.parse().unwrap() }),
    };
    Options { callout: Some(options), ..Options::default() }
}

fn whatsapp(language: &str) -> Options {
    let options =
        WhatsAppOptions { accept_language: vec![language.parse().unwrap()], ..WhatsAppOptions::default() };
    Options { whatsapp: Some(options), ..Options::default() }
}

#[test]
fn the_actions_are_written_as_published() {
    for file in ["java2-allow.json", "docs2021-allow.json"] {
        check(file, Options::default(), Method::Sms);
    }
    let deny: Value = serde_json::from_str(&Answer::Deny.to_json()).unwrap();
    assert_eq!(deny, published("docs2021-deny.json"));
}

#[test]
fn sms_options_are_written_as_published() {
    let all = SmsOptions {
        code: Some("5666".parse().unwrap()),
        code_type: Some(CodeType::Numeric),
        expiry: Some("01:02:03".parse().unwrap()),
        accept_language: vec!["fr-FR".parse().unwrap()],
    };
    check("dotnet2-sms.json", sms(all), Method::Sms);
    let code = |code: &str| SmsOptions { code: Some(code.parse().unwrap()), ..SmsOptions::default() };
    check("node-example-sms.json", sms(code("123456")), Method::Sms);
    check("docs2021-sms-code.json", sms(code("12345")), Method::Sms);
    let spanish = SmsOptions { accept_language: vec!["es-ES".parse().unwrap()], ..code("12345") };
    check("docs2021-sms-language.json", sms(spanish), Method::Sms);
    let english = SmsOptions { accept_language: vec!["en-US".parse().unwrap()], ..code("3688") };
    check("docs-sms.json", sms(english), Method::Sms);
}

#[test]
fn flash_call_options_are_written_as_published() {
    let options = |cli: Option<&str>, dial: Option<i64>, interception: Option<i64>| {
        flash_call(FlashCallOptions {
            cli: cli.map(|cli| cli.parse().unwrap()),
            dial_timeout: dial.map(|seconds| seconds.try_into().unwrap()),
            interception_timeout: interception.map(|seconds| seconds.try_into().unwrap()),
        })
    };
    check("dotnet2-flashcall.json", options(Some("+12025550187"), Some(30), Some(60)), Method::FlashCall);
    check("dotnet2-flashcall-minimal.json", options(Some("+12025550187"), None, None), Method::FlashCall);
    check("docs-flashcall.json", options(Some("+46700000000"), Some(10), None), Method::FlashCall);
    check("docs2021-flashcall-cli.json", options(Some("+4445874587"), None, None), Method::FlashCall);
    check("docs2021-flashcall-dialtimeout.json", options(None, Some(10), None), Method::FlashCall);
}

#[test]
fn callout_and_whatsapp_options_are_written_as_published() {
    check("dotnet2-callout.json", callout("1234", "en-US"), Method::Callout);
    check("node-example-callout.json", callout("123456", "en-US"), Method::Callout);
    check("docs-whatsapp.json", whatsapp("en-US"), Method::WhatsApp);
    check("node-example-whatsapp.json", whatsapp("fr"), Method::WhatsApp);
}

/// The value at `pointer` in a published answer that the gate must not send.
fn bad(file: &str, pointer: &str) -> Value {
    published(file).pointer(pointer).unwrap().clone()
}

#[test]
fn published_values_outside_the_documented_range_are_refused() {
    for (file, pointer) in [
        ("java2-flashcall.json", "/flashCall/dialTimeout"),
        ("java2-flashcall.json", "/flashCall/interceptionTimeout"),
        ("java1-flashcall-lowercase.json", "/flashcall/dialTimeout"),
        ("node-example-flashcall-out-of-range.json", "/flashCall/dialTimeout"),
    ] {
        let value = bad(file, pointer).as_i64().unwrap();
        assert_eq!(CallTimeout::try_from(value), Err(OptionError::CallTimeout { value }), "{file}");
    }
    for (file, pointer) in [
        ("docs-callout-underscore-locale.json", "/callout/speech/locale"),
        ("java1-callout.json", "/callout/speech/locale"),
        ("java2-callout.json", "/callout/speech/locale"),
        ("java1-sms.json", "/sms/acceptLanguage/0"),
        ("java2-sms.json", "/sms/acceptLanguage/0"),
        ("java2-whatsapp.json", "/whatsapp/acceptLanguage/0"),
        ("dotnet1-whatsapp.json", "/whatsapp/acceptLanguage/0"),
        ("dotnet2-whatsapp.json", "/whatsapp/acceptLanguage/0"),
    ] {
        let value = bad(file, pointer).as_str().unwrap().to_owned();
        assert_eq!(value.parse::<LanguageTag>(), Err(OptionError::LanguageTag { value }), "{file}");
    }
    let value = bad("java2-flashcall.json", "/flashCall/cli").as_str().unwrap().to_owned();
    assert_eq!(value.parse::<CallerId>(), Err(OptionError::CallerId { value }));
}

#[test]
fn the_published_expiry_is_accepted() {
    let value = bad("java2-sms.json", "/sms/expiry").as_str().unwrap().to_owned();
    assert!(value.parse::<Expiry>().is_ok());
}

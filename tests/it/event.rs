//! Event reading against the payloads of `tests/vectors/events`.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use sinch_gate::event::{Event, EventError, parse};
use sinch_gate::signature::VerifiedBody;

/// What the gate reads from each file, in the form of [`summary`].
const EXPECTED: &[(&str, &str)] = &[
    (
        "derived-request-callout.json",
        "request 018f7a10-0000-7000-8000-00000000d00d callout +46700000001 price=0.0453 EUR",
    ),
    (
        "derived-request-custom-4096.json",
        "request 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 custom=<4096 characters> price=0.0453 \
         EUR",
    ),
    (
        "derived-request-flashcall.json",
        "request 018f7a10-0000-7000-8000-00000000d00d flashcall +46700000001 price=0.0453 EUR",
    ),
    (
        "derived-request-non-e164.json",
        "request 018f7a10-0000-7000-8000-00000000d00d sms 0700000001 price=0.0453 EUR",
    ),
    ("derived-request-null-optionals.json", "request 018f7a10-0000-7000-8000-00000000d00d sms +46700000001"),
    (
        "derived-request-price-integer.json",
        "request 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 price=7 JPY",
    ),
    (
        "derived-request-price-string.json",
        "request 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 price=0.0127 USD",
    ),
    (
        "derived-request-unicode-custom.json",
        "request 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 custom={\"användare\":\"Åsa \
         🙂\",\"tab\":\"\t\"} price=0.0453 EUR",
    ),
    (
        "derived-request-unknown-fields.json",
        "request 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 price=0.0453 EUR",
    ),
    (
        "derived-request-unknown-method.json",
        "request 018f7a10-0000-7000-8000-00000000d00d rcs +46700000001 price=0.0453 EUR",
    ),
    (
        "derived-request-whatsapp.json",
        "request 018f7a10-0000-7000-8000-00000000d00d whatsapp +46700000001 reference=order-17 price=0.0453 \
         EUR",
    ),
    (
        "derived-result-callout-hungup.json",
        "result 018f7a10-0000-7000-8000-00000000d00d callout +46700000001 status=FAIL reason=Hung up without \
         entering valid code",
    ),
    (
        "derived-result-denied-by-callback.json",
        "result 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 status=DENIED reason=Denied by \
         callback",
    ),
    (
        "derived-result-error-network.json",
        "result 018f7a10-0000-7000-8000-00000000d00d flashcall +46700000001 status=ERROR reason=Network \
         error or number unreachable",
    ),
    (
        "derived-result-flashcall-aborted.json",
        "result 018f7a10-0000-7000-8000-00000000d00d flashcall +46700000001 status=ABORTED",
    ),
    (
        "derived-result-invalid-callback.json",
        "result 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 status=DENIED reason=Invalid callback",
    ),
    (
        "derived-result-seamless-successful.json",
        "result 018f7a10-0000-7000-8000-00000000d00d seamless +46700000001 status=SUCCESSFUL",
    ),
    (
        "derived-result-whatsapp-successful.json",
        "result 018f7a10-0000-7000-8000-00000000d00d whatsapp +46700000001 status=SUCCESSFUL source=manual",
    ),
    (
        "derived-sms-delivered-unknown-result.json",
        "sms-delivered 018f7a10-0000-7000-8000-00000000d00d sms +46700000001 result=Unknown",
    ),
    ("no-event-node.json", "body has no `event`, which the event cannot do without"),
    (
        "request-flashCall-camelcase-docs-2021.json",
        "request 1234567890 flashcall +46700000000 custom=your custom data, you can make json if you want \
         price=0.005 USD",
    ),
    (
        "request-sms-acceptlanguage-dotnet2.json",
        "request 1234567890 sms +11235551234 reference=string custom=string price=10.5 USD",
    ),
    (
        "request-sms-acceptlanguage-java1.json",
        "request 1234567890 sms +11235551234 reference=reference string custom=custom string price=10.5 USD",
    ),
    (
        "request-sms-docs-2.0.1.json",
        "request 1234567890 sms +11235551234 reference=string custom=string price=0.0127 USD",
    ),
    (
        "request-sms-docs-2.0.json",
        "request 1234567890 sms +11235551234 reference=string custom=string price=10.5 USD",
    ),
    ("request-sms-docs-2021.json", "request 1234567890 sms +46700000000 price=10.5 USD"),
    (
        "request-sms-java2.json",
        "request 1234567890 sms +11235551234 reference=reference string custom=custom string price=10.5 USD",
    ),
    ("request-sms-minimal-node.json", "request eventId sms +1234567890"),
    (
        "request-sms-mock.json",
        "request 1ce0ffee-c0de-5eed-d00d-f00dfeed1337 sms +33612345678 price=0.0453 EUR",
    ),
    (
        "result-sms-denied-fraud-java2.json",
        "result 1234567890 sms +11235551234 reference=reference string custom=custom string status=DENIED \
         reason=Fraud source=manual",
    ),
    (
        "result-sms-fail-expired-identity-verified-java.json",
        "result 018c25e1-7163-5677-b8fb-467d7b1cffa5 sms +33628254417 status=FAIL reason=Expired",
    ),
    (
        "result-sms-pending-curly-quotes-redocly.json",
        "result 1234567890 sms +11235551234 reference=12345 custom=string status=PENDING reason=“Fraud” \
         source=intercept",
    ),
    (
        "result-sms-pending-fraud-dotnet1.json",
        "result 1234567890 sms +11235551234 reference=12345 custom=string status=PENDING reason=Fraud \
         source=intercepted",
    ),
    ("result-sms-successful-docs-2021.json", "result 1234567890 sms +46700000000 status=SUCCESSFUL"),
    (
        "result-sms-successful-mock.json",
        "result 1ce0ffee-c0de-5eed-d00d-f00dfeed1337 sms +33612345678 status=SUCCESSFUL",
    ),
    (
        "result-sms-successful-with-reason-dotnet2.json",
        "result 1234567890 sms +11235551234 reference=12345 custom=string status=SUCCESSFUL reason=Fraud \
         source=intercepted",
    ),
    ("result-sms-unknown-status-node.json", "result eventId sms +1234567890 status=status"),
    (
        "sms-delivered-failed-java2.json",
        "sms-delivered 1234567890 sms +11235551234 reference=reference string custom=custom string \
         result=Failed",
    ),
    ("sms-delivered-failed-no-method-node.json", "sms-delivered eventId  +1234567890 result=Failed"),
    (
        "sms-delivered-successful-dotnet2.json",
        "sms-delivered 1234567890 sms +11235551234 reference=string custom=string result=Successful",
    ),
    (
        "sms-delivered-successful-mock.json",
        "sms-delivered 0198511c-d1d1-8bf3-109b-85455d310123 sms +33123456789 result=Successful",
    ),
    ("start-event-name-dotnet2-draft.json", "unknown VerificationStartEvent"),
    ("truncated-no-event-node.json", "body has no `event`, which the event cannot do without"),
    ("unknown-event-name-node.json", "unknown unknown"),
];

fn parse_bytes(body: &[u8]) -> Result<Event, EventError> {
    parse(&VerifiedBody::trust_without_verification(body, "app".parse().unwrap()))
}

fn payloads() -> Vec<(String, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/events");
    let mut payloads: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
        .collect();
    payloads.sort();
    payloads
}

/// An event in one line: its kind, id, method and number, then what else it has.
fn summary(event: &Event) -> String {
    let mut words = Vec::new();
    match event {
        Event::Unknown { name } => words.push(format!("unknown {name}")),
        Event::Request(request) => {
            words.push(format!("request {} {} {}", request.id, request.method, request.number.as_str()));
            words.extend(request.reference.as_ref().map(|reference| format!("reference={reference}")));
            words.extend(request.custom.as_ref().map(|custom| shortened(custom.as_str())));
            words.extend(request.price.map(|price| format!("price={} {:?}", price.amount, price.currency)));
            words.extend(request.unreadable.iter().map(|member| format!("unreadable={member}")));
        }
        Event::Result(result) => {
            let number = result.number.as_ref().unwrap();
            words.push(format!("result {} {} {}", result.id, result.method, number.as_str()));
            words.extend(result.reference.as_ref().map(|reference| format!("reference={reference}")));
            words.extend(result.custom.as_ref().map(|custom| shortened(custom.as_str())));
            words.push(format!("status={}", result.status));
            words.extend(result.reason.as_ref().map(|reason| format!("reason={reason}")));
            words.extend(result.source.as_ref().map(|source| format!("source={source}")));
            words.extend(result.unreadable.iter().map(|member| format!("unreadable={member}")));
        }
        Event::SmsDelivered(delivered) => {
            let number = delivered.number.as_ref().unwrap();
            words.push(format!("sms-delivered {} {} {}", delivered.id, delivered.method, number.as_str()));
            words.extend(delivered.reference.as_ref().map(|reference| format!("reference={reference}")));
            words.extend(delivered.custom.as_ref().map(|custom| shortened(custom.as_str())));
            words.push(format!("result={}", delivered.sms_result));
            words.extend(delivered.unreadable.iter().map(|member| format!("unreadable={member}")));
        }
    }
    words.join(" ")
}

fn shortened(custom: &str) -> String {
    if custom.len() > 100 {
        format!("custom=<{} characters>", custom.len())
    } else {
        format!("custom={custom}")
    }
}

#[test]
fn every_payload_is_read_as_expected() {
    let payloads = payloads();
    let names: Vec<&str> = payloads.iter().map(|(name, _)| name.as_str()).collect();
    let expected_names: Vec<&str> = EXPECTED.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, expected_names);
    for ((name, body), (_, expected)) in payloads.iter().zip(EXPECTED) {
        let read = match parse_bytes(body) {
            Ok(event) => summary(&event),
            Err(error) => error.to_string(),
        };
        assert_eq!(read, *expected, "{name}");
    }
}

#[test]
fn members_of_custom_are_read_by_name() {
    let body = fs::read("tests/vectors/events/derived-request-unicode-custom.json").unwrap();
    let parsed = parse_bytes(&body);
    let Ok(Event::Request(request)) = parsed else { panic!("{parsed:?}") };
    // A tab may not stand in a JSON text unescaped: the text as a whole is not an object then.
    let custom = request.custom.unwrap();
    assert_eq!(custom.get("användare"), None);
    assert_eq!(custom.as_str(), "{\"användare\":\"Åsa 🙂\",\"tab\":\"\t\"}");
}

#[test]
fn the_debug_form_of_an_event_shows_neither_number_nor_custom_text() {
    for (name, body) in payloads() {
        let Ok(event) = parse_bytes(&body) else { continue };
        let shown = format!("{event:?}");
        for hidden in ["5551234", "4670000000", "12345678\"", "your custom data", "custom string", "Åsa"] {
            assert!(!shown.contains(hidden), "{name}: {shown}");
        }
    }
}

/// JSON as an event may have it: the names that matter with values that may not make sense.
fn event_like() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "VerificationRe(quest|sult)Event|VerificationSmsDeliveredEvent|sms|EUR|\
            [+][0-9]{0,16}|[0-9.eE+-]{0,12}"
            .prop_map(Value::from),
    ];
    let name = prop_oneof![
        prop::sample::select(vec![
            "id",
            "event",
            "method",
            "identity",
            "endpoint",
            "price",
            "amount",
            "currencyId",
            "reference",
            "custom",
            "status",
            "reason",
            "source",
            "smsResult",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    scalar.prop_recursive(4, 64, 12, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..12)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_bytes(&body);
    }

    #[test]
    fn any_json_gets_an_answer(json in event_like()) {
        let _ = parse_bytes(json.to_string().as_bytes());
    }

    #[test]
    fn a_request_with_id_and_number_is_always_read(mut rest in event_like()) {
        if !rest.is_object() {
            rest = json!({
                "price": rest.clone(), "reference": rest.clone(), "custom": rest.clone(), "method": rest
            });
        }
        rest["event"] = json!("VerificationRequestEvent");
        rest["id"] = json!("1");
        rest["identity"] = json!({ "endpoint": "+46700000001" });
        let parsed = parse_bytes(rest.to_string().as_bytes());
        prop_assert!(matches!(parsed, Ok(Event::Request(_))), "{parsed:?}");
    }

    #[test]
    fn a_payload_with_one_changed_byte_gets_an_answer(
        file: prop::sample::Index, at: prop::sample::Index, to: u8,
    ) {
        let (_, mut body) = file.get(&payloads()).clone();
        let at = at.index(body.len());
        body[at] = to;
        let _ = parse_bytes(&body);
    }
}

//! `number`.

use serde_json::json;

use crate::world::tool::Tool;

#[test]
fn a_number_has_country_calling_code_and_type() {
    let expected = "\
number          country   calling code   type
───────────────────────────────────────────────────
+18765550123    JM        +1             mobile
+442079460123   GB        +44            fixed_line
";
    Tool::new().run(&["number", "+18765550123", "+442079460123"]).exits(0).prints(expected);
}

#[test]
fn a_text_that_is_no_number_is_found() {
    let run = Tool::new().run(&["number", "0701234567", "+46701740605"]).exits(2);
    assert!(run.stdout.contains("invalid") && run.stdout.contains("mobile"), "{run}");
    // E.164, although no country assigns it.
    Tool::new().run(&["number", "+4670"]).exits(0).shows("unknown");
}

#[test]
fn lines_of_standard_input_are_numbers_too() {
    let run = Tool::new().run_on("+46701740605\n\n  abc \n", &["number", "--format", "json"]).exits(2);
    let expected = [
        json!({"number": "+46701740605", "country": "SE", "calling_code": "46", "number_type": "mobile"}),
        json!({"number": "abc", "number_type": "invalid"}),
    ];
    assert_eq!(run.json(), expected);
    Tool::new().run(&["number"]).exits(0).prints("").says("no numbers were given");
}

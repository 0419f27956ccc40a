//! Which modules are pure, and what they never name.

use super::source::{code_of, names, uses_of_our_modules};
use super::{File, all_files};
use crate::world::tool::read;

/// The pure modules.
pub(super) const CORE: [&str; 21] = [
    "phone",
    "money",
    "signature",
    "event",
    "answer",
    "dimension_key",
    "policy",
    "quota",
    "attempt",
    "decision",
    "record",
    "figures",
    "metrics",
    "list",
    "verdict",
    "privacy",
    "span",
    "bounded",
    "suggest",
    "hex",
    "token",
];

/// The modules around the core.
pub(super) const OUTER: [&str; 17] = [
    "store",
    "gate",
    "replay",
    "backtest",
    "drill",
    "suggestion",
    "report",
    "endpoint",
    "config",
    "wiring",
    "cli",
    "api",
    "embedded",
    "clock",
    "meter",
    "telemetry",
    "fuzz",
];

/// The one file of the API's client that is not as pure as the core.
const EDGE_OF_THE_CLIENT: &str = "src/api/client.rs";

/// What `build.rs` runs, though it stands beside the module that it serves.
const BUILD_TIME: &str = "src/phone/generate";

/// What the core never names: async, the SDK, HTTP, the environment, files, sockets and clocks.
const NOT_IN_THE_CORE: [&str; 24] = [
    "async",
    "await",
    "futures_util",
    "tokio",
    "aws_config",
    "aws_sdk_dynamodb",
    "aws_sdk_sts",
    "hyper",
    "rustls",
    "aws_smithy_runtime_api",
    "lambda_http",
    "axum",
    "ureq",
    "http",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "now(",
    "SystemTime",
    "Instant",
    "fastrand",
];

/// The module of the library that a file belongs to: `policy` for `src/policy.rs` and `src/policy/rule.rs`.
fn module_of(path: &str) -> Option<&str> {
    let path = path.strip_prefix("src/")?;
    Some(path.split('/').next().unwrap_or(path).trim_end_matches(".rs"))
}

/// Whether a file has no async, no HTTP, no clock and no I/O.
fn is_pure(path: &str) -> bool {
    match module_of(path) {
        Some("api") => path != EDGE_OF_THE_CLIENT,
        Some(module) => CORE.contains(&module) && !path.starts_with(BUILD_TIME),
        None => false,
    }
}

/// What an impure file of a pure module would name.
fn faults(file: &File) -> Vec<String> {
    let code = code_of(&file.text);
    let mut faults = Vec::new();
    if is_pure(&file.path) {
        let named = NOT_IN_THE_CORE.into_iter().filter(|name| names(&code, name));
        faults.extend(named.map(|name| format!("the core names `{name}`")));
    }
    let module = module_of(&file.path);
    if module.is_some_and(|module| is_pure(&file.path) || module == "api") {
        let is_edge = file.path == EDGE_OF_THE_CLIENT;
        let is_foreign = |used: &String| OUTER.contains(&used.as_str()) && !(is_edge && used == "clock");
        let used = uses_of_our_modules(&code).into_iter().filter(is_foreign);
        faults.extend(used.map(|module| format!("the core uses `{module}`")));
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", file.path)).collect()
}

#[test]
fn the_core_is_pure() {
    let faults: Vec<String> = all_files().iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_module_is_of_the_core_or_around_it() {
    let library = read("src/lib.rs");
    let declared = library.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
    let mut declared: Vec<&str> = declared.map(|name| name.trim_end_matches(';')).collect();
    let mut known = [&CORE[..], &OUTER[..]].concat();
    declared.sort_unstable();
    known.sort_unstable();
    assert_eq!(declared, known);
}

#[test]
fn the_function_has_nothing_of_the_tool() {
    let library = read("src/lib.rs");
    for module in ["api", "backtest", "cli", "drill", "embedded", "replay", "suggestion"] {
        let only_with_the_tool = format!("#[cfg(feature = \"cli\")]\npub mod {module};\n");
        assert!(library.contains(&only_with_the_tool), "{module} is part of the function");
    }
}

#[test]
fn the_architecture_names_the_same_core() {
    let architecture = read("ARCHITECTURE.md");
    let named = architecture.split("The core (`").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    assert_eq!(named.split_whitespace().collect::<Vec<_>>(), CORE);
}

#[track_caller]
fn check_planted(path: &str, text: &str, fault: &str) {
    let file = File { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(faults(&file), [format!("{path}: {fault}")]);
}

#[test]
fn a_planted_fault_is_found() {
    check_planted("src/money.rs", "pub async fn f() {}", "the core names `async`");
    check_planted("src/policy/rule.rs", "use std::fs;", "the core names `std::fs`");
    check_planted("src/policy/rule.rs", "use std::{fmt, net::IpAddr};", "the core names `std::net`");
    check_planted("src/phone.rs", "let at = Timestamp::now();", "the core names `now(`");
    check_planted("src/event/parse.rs", "use crate::store::Store;", "the core uses `store`");
    check_planted(
        "src/event.rs",
        "use crate::{\n    phone::{PhoneNumber, gate},\n    clock,\n};",
        "the core uses `clock`",
    );
    check_planted("src/api/call.rs", "use std::net::TcpStream;", "the core names `std::net`");
    check_planted("src/api/retry.rs", "use crate::clock;", "the core uses `clock`");
    check_planted("src/api/client.rs", "use crate::store::Store;", "the core uses `store`");
}

#[test]
fn what_is_no_fault_is_not_found() {
    let fine = "//! No async, no tokio: `now` is an argument.\n\
        use crate::phone::PhoneNumber;\n\
        use std::{fmt, num::NonZeroU64};\n\
        const WORD: &str = \"async tracing http\"; /* std::env */\n\
        fn known(now: Timestamp, asynchronous: char) -> bool { asynchronous == '\"' }\n";
    let file = File { path: "src/policy/rule.rs".to_owned(), text: fine.to_owned() };
    assert_eq!(faults(&file), Vec::<String>::new());
}

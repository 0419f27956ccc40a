//! The rules of `ARCHITECTURE.md` that a compiler does not hold: who may name what.

mod language;
mod layers;
mod source;

use std::path::Path;

use source::{code_of, names, uses_of_our_modules};

use crate::world::tool::{read, repository};

/// The pure modules.
const CORE: [&str; 20] = [
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
const OUTER: [&str; 11] = [
    "store",
    "gate",
    "endpoint",
    "config",
    "wiring",
    "cli",
    "api",
    "embedded",
    "clock",
    "meter",
    "telemetry",
];

/// The one file of the API's client that is not as pure as the core.
const EDGE_OF_THE_CLIENT: &str = "src/api/client.rs";

/// What `build.rs` runs, though it stands beside the module that it serves.
const BUILD_TIME: &str = "src/phone/generate";

/// What the core never names: async, the SDK, HTTP, the environment, files, sockets and clocks.
const NOT_IN_THE_CORE: [&str; 22] = [
    "async",
    "await",
    "futures_util",
    "tokio",
    "aws_config",
    "aws_sdk_dynamodb",
    "aws_smithy_http_client",
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

/// Names that only some files may use.
const RESERVED: [(&str, &[&str]); 8] = [
    (
        "aws_sdk_dynamodb",
        &[
            "src/store.rs",
            "src/store/",
            "src/embedded.rs",
            "src/cli/place.rs",
            "src/config.rs",
            "src/config/",
        ],
    ),
    ("aws_config", &["src/cli/place.rs"]),
    ("StatusCode", &["src/endpoint.rs", "src/endpoint/", "src/cli/http_server.rs", "src/bin/bootstrap.rs"]),
    ("dynoxide", &["src/embedded.rs"]),
    // What is logged is counted in the same place, so that the two cannot disagree.
    (
        "tracing",
        &[
            "src/gate/notice.rs",
            "src/gate/notice/",
            "src/endpoint/notice.rs",
            "src/store/notice.rs",
            "src/telemetry.rs",
            "src/bin/bootstrap.rs",
        ],
    ),
    ("ureq", &["src/api/client.rs", "src/cli/http_client.rs", "src/cli/command/doctor/url.rs"]),
    // Part of the tool alone.
    ("delete_item", &["src/store/table/delete.rs"]),
    ("scan", &["src/store/erase.rs"]),
];

/// A file of the repository, by its path from the root.
#[derive(Clone, Debug)]
struct File {
    path: String,
    text: String,
}

/// Every Rust file in a folder.
fn files_in(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(repository(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if repository(&path).is_dir() {
            files.extend(files_in(&path));
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            files.push(File { text: read(&path), path });
        }
    }
    files
}

fn all_files() -> Vec<File> {
    let build = File { path: "build.rs".to_owned(), text: read("build.rs") };
    [files_in("src"), files_in("tests"), vec![build]].concat()
}

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

/// What is wrong with a file.
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
    for (name, allowed) in RESERVED {
        let is_allowed = allowed.iter().any(|place| file.path.starts_with(place));
        if file.path.starts_with("src/") && !is_allowed && names(&code, name) {
            faults.push(format!("`{name}` is named outside {}", allowed.join(", ")));
        }
    }
    for name in ["todo!", "unimplemented!", "#[ignore"] {
        if names(&code, name) {
            faults.push(format!("`{name}`"));
        }
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", file.path)).collect()
}

#[test]
fn the_rules_of_the_architecture_hold() {
    let files = all_files();
    assert!(files.len() > 100, "only {} files found", files.len());
    let faults: Vec<String> = files.iter().flat_map(faults).collect();
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
    for module in ["api", "cli", "embedded"] {
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

#[test]
fn every_file_of_the_tests_is_part_of_them() {
    for file in files_in("tests/it").iter().filter(|file| file.path != "tests/it/main.rs") {
        let (folder, name) = file.path.rsplit_once('/').unwrap();
        let parent = if folder == "tests/it" { "tests/it/main".to_owned() } else { folder.to_owned() };
        let module = format!("mod {};", name.trim_end_matches(".rs"));
        let is_declared = |line: &str| line == module || line.ends_with(&format!(" {module}"));
        assert!(read(format!("{parent}.rs")).lines().any(is_declared), "{} is never run", file.path);
    }
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
    let outside = "`StatusCode` is named outside \
        src/endpoint.rs, src/endpoint/, src/cli/http_server.rs, src/bin/bootstrap.rs";
    check_planted("src/gate/decide.rs", "use lambda_http::http::StatusCode;", outside);
    check_planted("src/api/call.rs", "use std::net::TcpStream;", "the core names `std::net`");
    check_planted("src/api/retry.rs", "use crate::clock;", "the core uses `clock`");
    check_planted("src/api/client.rs", "use crate::store::Store;", "the core uses `store`");
    let outside =
        "`ureq` is named outside src/api/client.rs, src/cli/http_client.rs, src/cli/command/doctor/url.rs";
    check_planted("src/cli/command/send.rs", "fn f(agent: ureq::Agent) {}", outside);
    check_planted(
        "src/store/list.rs",
        "self.client.delete_item().send()",
        "`delete_item` is named outside src/store/table/delete.rs",
    );
    let outside = "`tracing` is named outside src/gate/notice.rs, src/gate/notice/, src/endpoint/notice.rs, \
        src/store/notice.rs, src/telemetry.rs, src/bin/bootstrap.rs";
    for path in ["src/gate/take.rs", "src/quota/window.rs"] {
        check_planted(path, "fn f() { tracing::warn!(\"attempt not opened\"); }", outside);
    }
    check_planted("src/cli/command/send.rs", "fn f() { todo!() }", "`todo!`");
    check_planted("tests/it/phone.rs", "#[test]\n#[ignore = \"later\"]\nfn f() {}", "`#[ignore`");
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

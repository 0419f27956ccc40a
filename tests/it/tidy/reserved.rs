//! Names that only some files may use, and those that none may.

use super::source::{code_of, names};
use super::{File, all_files};

/// Names that only some files may use.
const RESERVED: [(&str, &[&str]); 9] = [
    (
        "aws_sdk_dynamodb",
        &[
            "src/store.rs",
            "src/store/",
            "src/embedded.rs",
            "src/embedded/",
            "src/cli/place.rs",
            "src/config.rs",
            "src/config/",
        ],
    ),
    ("aws_config", &["src/cli/place.rs", "src/cli/place/"]),
    ("aws_sdk_sts", &["src/cli/place/caller.rs"]),
    (
        "StatusCode",
        &[
            "src/endpoint.rs",
            "src/endpoint/",
            "src/cli/http_server.rs",
            "src/cli/command/report/serve.rs",
            "src/bin/bootstrap.rs",
        ],
    ),
    ("dynoxide", &["src/embedded.rs", "src/embedded/"]),
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
    ("scan", &["src/embedded/direct.rs", "src/store/erase.rs", "src/store/record/index/whole.rs"]),
];

/// What no file holds.
const NEVER: [&str; 3] = ["todo!", "unimplemented!", "#[ignore"];

/// What a file names that it may not.
fn faults(file: &File) -> Vec<String> {
    let code = code_of(&file.text);
    let mut faults = Vec::new();
    for (name, allowed) in RESERVED {
        let is_allowed = allowed.iter().any(|place| file.path.starts_with(place));
        if file.path.starts_with("src/") && !is_allowed && names(&code, name) {
            faults.push(format!("`{name}` is named outside {}", allowed.join(", ")));
        }
    }
    let named = NEVER.into_iter().filter(|name| names(&code, name));
    faults.extend(named.map(|name| format!("`{name}`")));
    faults.into_iter().map(|fault| format!("{}: {fault}", file.path)).collect()
}

#[test]
fn no_file_names_what_is_reserved_for_others() {
    let faults: Vec<String> = all_files().iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[track_caller]
fn check_planted(path: &str, text: &str, fault: &str) {
    let file = File { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(faults(&file), [format!("{path}: {fault}")]);
}

#[test]
fn a_planted_fault_is_found() {
    let outside = "`StatusCode` is named outside src/endpoint.rs, src/endpoint/, src/cli/http_server.rs, \
        src/cli/command/report/serve.rs, src/bin/bootstrap.rs";
    check_planted("src/gate/decide.rs", "use lambda_http::http::StatusCode;", outside);
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
    let fine = "//! The word tracing, in a comment: todo!\n\
        const WORD: &str = \"async tracing http\"; /* delete_item */\n";
    let file = File { path: "src/policy/rule.rs".to_owned(), text: fine.to_owned() };
    assert_eq!(faults(&file), Vec::<String>::new());
}

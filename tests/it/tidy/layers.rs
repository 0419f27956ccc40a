//! The third column of the map in `ARCHITECTURE.md`: what each module must not know.

use super::purity::{CORE, OUTER};
use super::source::{code_of, names, uses_of_our_modules};
use super::{File, all_files};
use crate::world::tool::read;

/// A row of the map that says what its module must not know.
struct Layer {
    /// The module, by its file without the extension.
    module: &'static str,
    /// Modules of the library that it never uses.
    modules: &'static [&'static [&'static str]],
    /// Names that it never uses.
    names: &'static [&'static str],
}

const fn layer(
    module: &'static str,
    modules: &'static [&'static [&'static str]],
    names: &'static [&'static str],
) -> Layer {
    Layer { module, modules, names }
}

/// The rows of the map whose third column says something, in its order.
const LAYERS: [Layer; 22] = [
    layer("src/phone", &[&CORE, &OUTER], &[]),
    layer("src/money", &[&CORE, &OUTER], &[]),
    layer("src/signature", &[], &["serde_json"]),
    // Only `signature` can make a `VerifiedBody`. What else `event` could read comes from further out.
    layer("src/event", &[&OUTER], &[]),
    layer("src/dimension_key", &[&["policy", "store"]], &[]),
    layer("src/policy", &[&["store"]], &[]),
    layer("src/quota", &[&["store"]], &["aws_sdk_dynamodb", "AttributeValue"]),
    layer("src/attempt", &[&["store"]], &["aws_sdk_dynamodb", "AttributeValue"]),
    layer("src/metrics", &[], &["PhoneNumber", "Reference", "VerificationId", "VerificationRequest"]),
    layer(
        "src/store",
        &[&["policy", "gate", "endpoint", "config", "wiring", "api", "cli"]],
        &["lambda_http", "axum"],
    ),
    layer(
        "src/gate",
        &[&["endpoint", "config", "wiring", "api", "cli"]],
        &["http", "lambda_http", "axum", "attribute"],
    ),
    layer(
        "src/replay",
        &[&["endpoint", "config", "wiring", "api", "cli", "embedded", "clock", "meter"]],
        &["async", "await", "tokio", "Store", "StoreError", "now("],
    ),
    layer(
        "src/backtest",
        &[&["store", "endpoint", "config", "wiring", "api", "cli", "embedded", "clock", "meter"]],
        &["async", "await", "tokio", "now("],
    ),
    layer(
        "src/drill",
        &[&["store", "endpoint", "config", "wiring", "api", "cli", "embedded", "clock", "meter"]],
        &["async", "await", "tokio", "now("],
    ),
    layer(
        "src/suggestion",
        &[&["store", "endpoint", "config", "wiring", "api", "cli", "embedded", "clock", "meter"]],
        &["async", "await", "tokio", "now("],
    ),
    layer(
        "src/report",
        &[&["store", "endpoint", "config", "wiring", "api", "cli", "embedded", "clock", "meter"]],
        &["async", "await", "tokio", "now("],
    ),
    layer("src/endpoint", &[&["store", "config", "wiring", "api", "cli"]], &["StoreError"]),
    layer("src/config", &[&["wiring", "api", "cli"]], &["Gate", "Policies", "Endpoint", "Store", "Meter"]),
    layer("src/wiring", &[&["api", "cli", "embedded"]], &[]),
    layer("src/meter", &[&["store", "gate", "endpoint"]], &[]),
    layer("src/api", &[&["store", "gate"]], &[]),
    layer("src/bin/bootstrap", &[], &["sinch_gate::cli", "sinch_gate::embedded", "sinch_gate::api"]),
];

impl Layer {
    fn has(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.module);
        rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }

    /// What of this a file of the module knows all the same.
    fn faults(&self, code: &str) -> Vec<String> {
        let own = self.module.rsplit('/').next();
        let unknown = self.modules.iter().copied().flatten();
        let unknown: Vec<&str> = unknown.copied().filter(|module| Some(*module) != own).collect();
        let used = uses_of_our_modules(code);
        let used = used.iter().filter(|used| unknown.contains(&used.as_str()));
        let named = self.names.iter().filter(|name| names(code, name));
        used.map(|module| format!("it must not know `{module}`"))
            .chain(named.map(|name| format!("it must not name `{name}`")))
            .collect()
    }
}

fn faults(file: &File) -> Vec<String> {
    let code = code_of(&file.text);
    let layers = LAYERS.iter().filter(|layer| layer.has(&file.path));
    let faults = layers.flat_map(|layer| layer.faults(&code));
    faults.map(|fault| format!("{}: {fault}", file.path)).collect()
}

#[test]
fn no_module_knows_what_the_map_forbids() {
    let faults: Vec<String> = all_files().iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_row_of_the_map_has_its_layer() {
    let architecture = read("ARCHITECTURE.md");
    let rows = architecture.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `src/")?.split(" | ").collect();
        let forbids = cells.get(2)?.trim_end_matches('|').trim();
        let file = cells.first()?.split(".rs`").next()?;
        // An empty cell would leave open whether somebody forgot it.
        (forbids != "nothing").then(|| format!("src/{file}"))
    });
    assert_eq!(rows.collect::<Vec<_>>(), LAYERS.map(|layer| layer.module.to_owned()));
}

#[track_caller]
fn check_planted(path: &str, text: &str, fault: &str) {
    let file = File { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(faults(&file), [format!("{path}: {fault}")]);
}

#[test]
fn a_planted_fault_is_found_in_every_layer() {
    check_planted("src/phone/table.rs", "use crate::money::Money;", "it must not know `money`");
    check_planted("src/money.rs", "use crate::quota::Window;", "it must not know `quota`");
    check_planted("src/signature.rs", "use serde_json::Value;", "it must not name `serde_json`");
    check_planted("src/event/parse.rs", "use crate::endpoint::Reply;", "it must not know `endpoint`");
    check_planted("src/dimension_key.rs", "use crate::policy::Per;", "it must not know `policy`");
    check_planted("src/policy/plan.rs", "use crate::{store, verdict};", "it must not know `store`");
    check_planted("src/quota.rs", "fn f(at: AttributeValue) {}", "it must not name `AttributeValue`");
    check_planted("src/attempt.rs", "use crate::store::Store;", "it must not know `store`");
    check_planted("src/metrics/tally.rs", "fn f(to: &PhoneNumber) {}", "it must not name `PhoneNumber`");
    check_planted("src/store/key.rs", "use crate::policy::Per;", "it must not know `policy`");
    check_planted("src/store.rs", "use lambda_http::Body;", "it must not name `lambda_http`");
    check_planted("src/gate/decide.rs", "use http::Uri;", "it must not name `http`");
    check_planted("src/gate.rs", "use crate::endpoint::Reply;", "it must not know `endpoint`");
    check_planted("src/gate/take.rs", "crate::store::attribute::text(x)", "it must not name `attribute`");
    check_planted("src/replay/outcome.rs", "use crate::store::Store;", "it must not name `Store`");
    check_planted("src/backtest/side.rs", "use crate::store::QuotaKey;", "it must not know `store`");
    check_planted("src/drill/world.rs", "use crate::store::QuotaKey;", "it must not know `store`");
    check_planted("src/endpoint/lambda.rs", "use crate::store::Store;", "it must not know `store`");
    check_planted("src/config.rs", "use crate::gate::{Gate, Settings};", "it must not name `Gate`");
    check_planted("src/wiring.rs", "use crate::cli::Exit;", "it must not know `cli`");
    check_planted("src/meter.rs", "use crate::gate::Gate;", "it must not know `gate`");
    check_planted("src/api/call.rs", "use crate::store::Store;", "it must not know `store`");
    let outside = "it must not name `sinch_gate::cli`";
    check_planted("src/bin/bootstrap.rs", "use sinch_gate::{cli, clock};", outside);
}

#[test]
fn what_a_module_may_know_is_not_a_fault() {
    let fine = [
        ("src/phone/table.rs", "use crate::phone::Country;"),
        ("src/policy_file.rs", "use crate::store::Store;"),
        ("src/store/quota.rs", "use crate::quota::State; // crate::policy"),
        ("src/gate.rs", "use crate::store::Store;"),
        ("src/config.rs", "use crate::gate::Settings;"),
        ("tests/it/gate.rs", "use lambda_http::Body;"),
    ];
    for (path, text) in fine {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(faults(&file), Vec::<String>::new());
    }
}

//! What is private stays where it belongs. A long mixed run of the gate is read by tests that know every
//! secret, signature, body, `custom` and number that went in, in any encoding.
//!
//! Secrets, signatures and bodies stand nowhere. The others:
//!
//! | where | `custom` | numbers |
//! |---|---|---|
//! | log, metrics, replies | never | masked; without their last three digits where they are hashed |
//! | table, plain | records, keys of quotas per `custom.…` | records, keys of quotas per number, lists |
//! | table, hashed | the same | lists; elsewhere without their last three digits |
//! | tool, for people | keys of quotas in `status` | masked or without three digits; lists as they are |
//! | tool, for programs | stories | as the table has them |
//!
//! The attempts of a number have the keys of the quotas whose shares they claim.

mod needles;
mod printed;
mod run;
mod table;
mod traffic;

use std::collections::BTreeSet;

use needles::{Kind, Shown};
use run::Run;
use table::places;

/// What one line or reply may show of a number.
fn shown(privacy: &str) -> Shown {
    if privacy == "hashed" { Shown::Block } else { Shown::Masked }
}

/// What is private in one of these texts.
fn leaks(run: &Run, texts: &[String], privacy: &str) -> Vec<String> {
    let mut leaks = Vec::new();
    for text in texts {
        let found = run.traffic.needles.find(text.as_bytes(), shown(privacy));
        leaks.extend(found.into_iter().map(|(kind, form)| format!("{kind:?} as {form}\n  in {text}")));
    }
    leaks
}

/// What the run has not met, so that it says nothing about it.
fn not_met(run: &Run) -> Vec<String> {
    let all = run.log.join("\n");
    let of_log = [
        r#""message":"decided""#,
        r#""verdict":"allow""#,
        r#""rule":"blocked""#,
        r#""rule":"suspects""#,
        r#""rule":"per-device""#,
        r#""rule":"known""#,
        "listed by a prefix on blocklist",
        "repeated request",
        r#""kind":"result""#,
        r#""kind":"delivery""#,
        "not stored; this line holds all",
        "quota not taken",
        "AccessDeniedException",
        "InvalidSignatureException",
        "event of an unknown kind",
        r#""what":"wrong-scheme""#,
        r#""what":"signature-mismatch""#,
        r#""what":"unknown-key""#,
        r#""what":"not-json""#,
        r#""what":"stale-timestamp""#,
        r#""what":"method""#,
        r#""CloudWatchMetrics""#,
        "characters, not E.164",
    ];
    let of_replies = ["allow", "deny", "unauthorized", "bad request", "service unavailable"];
    let replies = run.replies.join("\n");
    let not_logged = of_log.into_iter().filter(|part| !all.contains(part));
    let not_replied = of_replies.into_iter().filter(|part| !replies.contains(part));
    not_logged.chain(not_replied).map(|part| format!("not met: {part}")).collect()
}

/// How the table differs from what is written above: what it holds elsewhere, and what it does not hold, so
/// that nobody knows whether the search would find it.
async fn misplaced(run: &Run, expected: &[(Kind, &str)]) -> Vec<String> {
    let found = places(&run.table, &run.traffic.needles, Shown::Block).await;
    let expected: BTreeSet<_> = expected.iter().map(|(kind, place)| (*kind, (*place).to_owned())).collect();
    found
        .symmetric_difference(&expected)
        .map(|place| format!("in the table, or not there: {place:?}"))
        .collect()
}

/// Where `custom` stands in the table, and numbers on lists, however numbers are stored.
const ALWAYS: [(Kind, &str); 6] = [
    (Kind::Custom, "REF: decided.custom"),
    (Kind::Custom, "QUOTA custom.device: pk"),
    (Kind::Custom, "QUOTA number: a#….q[].i"),
    (Kind::Number, "LIST: sk"),
    (Kind::Number, "LIST CHANGES: sk"),
    (Kind::Number, "LIST CHANGES: entry"),
];

/// Where numbers stand besides, unless they are hashed.
const PLAIN: [(Kind, &str); 4] = [
    (Kind::Number, "REF: subject.number"),
    (Kind::Number, "QUOTA number: pk"),
    (Kind::Number, "QUOTA number: a#….q[].i"),
    (Kind::Number, "QUOTA number+method: pk"),
];

/// The first of those that begin with the same word.
fn first_of_each(wrong: &[String]) -> String {
    let mut seen = BTreeSet::new();
    let first = wrong.iter().filter(|text| seen.insert(text.split(' ').next()));
    first.cloned().collect::<Vec<_>>().join("\n")
}

async fn check(privacy: &str, seed: u64, of_numbers: &[(Kind, &str)]) {
    let run = Run::of(privacy, seed).await;
    let wrong = [
        not_met(&run),
        leaks(&run, &run.log, privacy),
        leaks(&run, &run.replies, privacy),
        misplaced(&run, &[&ALWAYS[..], of_numbers].concat()).await,
        printed::leaks(&run),
    ]
    .concat();
    assert!(wrong.is_empty(), "{} leaks, the first of each kind:\n{}", wrong.len(), first_of_each(&wrong));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_stores_numbers_keeps_everything_else_to_itself() {
    check("plain", 1, &PLAIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_hashes_numbers_keeps_them_to_itself_too() {
    check("hashed", 2, &[]).await;
}

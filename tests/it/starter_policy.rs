//! The built-in policy, played through the whole gate: people whom it must not obstruct, and attacks that it
//! must not let through.

use jiff::{Timestamp, ToSpan as _};
use serde_json::json;
use sinch_gate::list::ListEntry;
use sinch_gate::policy::Policy;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::sinch::{action, request, result};

const NUMBER: &str = "+46701740605";

/// A second of the test's time.
fn at(second: i64) -> Timestamp {
    "2026-10-01T09:00:00Z".parse::<Timestamp>().unwrap() + second.seconds()
}

async fn gate(table: &TestTable) -> Container {
    Container::with_policy(table.store(), Policy::starter_source(), PATIENT, at(0)).await
}

/// Asks for a verification by a method.
async fn ask(gate: &Container, id: &str, method: &str, now: Timestamp) -> String {
    let mut event = request(id, NUMBER);
    event["method"] = json!(method);
    action(&gate.post(&event, now).await.body)
}

/// A flash call that ends with this status, and what follows a second later.
async fn after_a_flash_call(status: &str, next: &str) -> String {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    assert_eq!(ask(&gate, "first", "flashcall", at(0)).await, "allow");
    assert_eq!(gate.post(&result("first", NUMBER, status), at(1)).await.status, 200);
    ask(&gate, "second", next, at(2)).await
}

#[tokio::test]
async fn another_method_may_follow_at_once_however_the_first_one_ended() {
    for status in ["ERROR", "FAIL", "SUCCESSFUL"] {
        assert_eq!(after_a_flash_call(status, "sms").await, "allow", "{status}");
    }
}

#[tokio::test]
async fn the_same_method_may_follow_at_once_what_cost_nothing_or_succeeded() {
    for (status, expected) in [("ERROR", "allow"), ("SUCCESSFUL", "allow"), ("FAIL", "deny")] {
        assert_eq!(after_a_flash_call(status, "flashcall").await, expected, "{status}");
    }
}

#[tokio::test]
async fn a_double_tap_is_one_message() {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    assert_eq!(ask(&gate, "first", "sms", at(0)).await, "allow");
    assert_eq!(ask(&gate, "second", "sms", at(1)).await, "deny");
    assert_eq!(ask(&gate, "third", "sms", at(40)).await, "allow");
}

/// The same number as people write it, and as scripts vary it.
const SPELLINGS: [&str; 20] = [
    NUMBER,
    "+46 70 174 06 05",
    "+46-70-174-06-05",
    "+46 701740605",
    "+467 01740605",
    "+4670 1740605",
    "+46701740605 ",
    " +46701740605",
    "46701740605",
    "0046701740605",
    "++46701740605",
    "+(46)701740605",
    "+46.701740605",
    "tel:+46701740605",
    "\u{ff0b}46701740605",
    "+\u{ff14}6701740605",
    "\u{202a}+46701740605\u{202c}",
    "+46701740605\n",
    "+46/701740605",
    "+46\u{a0}701740605",
];

#[tokio::test]
async fn spellings_of_a_number_are_no_more_numbers() {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    let mut n_allowed = 0;
    for (n, spelling) in SPELLINGS.into_iter().enumerate() {
        n_allowed += usize::from(gate.ask(&format!("ask-{n}"), spelling, at(1)).await == "allow");
    }
    assert_eq!(n_allowed, 1);
}

#[tokio::test]
async fn a_blocked_range_is_blocked_in_every_spelling_and_the_record_says_why() {
    let table = TestTable::new().await;
    let entry = ListEntry {
        list: "blocklist".to_owned(),
        entry: "+4670*".to_owned(),
        reason: "under attack".to_owned(),
        author: "ops".to_owned(),
        added_at: at(0),
        expires_at: None,
    };
    table.store().lists().add(&entry).await.unwrap();
    let gate = Container::with_table(table.store(), std::time::Duration::from_secs(15), PATIENT, at(0)).await;
    for (n, spelling) in SPELLINGS.into_iter().enumerate() {
        assert_eq!(gate.ask(&format!("ask-{n}"), spelling, at(1)).await, "deny", "{spelling:?}");
    }
    let decided = gate.story("ask-1", at(2)).await.decision.unwrap();
    assert_eq!(decided.rule.as_deref(), Some("not-e164"));
    assert_eq!(decided.reason, "number_type is invalid");
}

#[tokio::test]
async fn numbers_of_no_country_share_the_limits_per_country() {
    let table = TestTable::new().await;
    let gate = gate(&table).await;
    for n in 0..=8 {
        let expected = if n < 8 { "allow" } else { "deny" };
        assert_eq!(gate.ask(&format!("ask-{n}"), &format!("+440791{n:02}12345"), at(1)).await, expected);
    }
    let decided = gate.story("ask-8", at(2)).await.decision.unwrap();
    assert_eq!(decided.rule.as_deref(), Some("country-burst"));
}

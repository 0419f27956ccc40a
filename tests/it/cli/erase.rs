//! `erase`: what the table holds about one number is removed, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sinch_gate::clock;
use sinch_gate::list::ListEntry;
use sinch_gate::phone::PhoneNumber;
use sinch_gate::privacy::{HashKey, NumberPrivacy};

use super::recorded::{Recorded, allowed};
use super::use_any_credentials;
use crate::world::container::Container;
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{KEY, delivery, request, result};
use crate::world::tool::{Run, Tool};

const NUMBER: &str = "+46701740605";
/// Of the same block, so that it shares some counters.
const NEIGHBOUR: &str = "+46701740606";
/// Begins with the number.
const LONGER: &str = "+467017406051";
/// How messages show the number.
const MASKED: &str = "+4670*****05";

const POLICY: &str = r#"
schema = 1
default = "allow"
[[rules]]
id = "per-number"
verdict = "deny"
quota = { per = "number", limit = 2, window = "1d" }
[[rules]]
id = "per-number-and-method"
verdict = "deny"
quota = { per = ["number", "method"], limit = 9, window = "1d", shards = 2 }
[[rules]]
id = "per-device-number"
verdict = "deny"
quota = { per = "custom.phone", limit = 9, window = "1d" }
[[rules]]
id = "per-block"
verdict = "deny"
quota = { per = "block:3", limit = 9, window = "1d", release = "verified" }
[[rules]]
id = "different-numbers"
verdict = "deny"
quota = { per = "country", limit = 99, window = "1d", distinct = "number" }
"#;

/// A table, and somebody who is asked to erase.
struct Support {
    table: TestTable,
    tool: Tool,
}

impl Support {
    async fn new() -> Self {
        let mut tool = Tool::new();
        use_any_credentials(&mut tool);
        Self { table: TestTable::new().await, tool }
    }

    async fn gate(&self, privacy: NumberPrivacy) -> Container {
        Container::with_privacy(self.table.store(), POLICY, privacy, clock::now()).await
    }

    fn erase(&self, arguments: &[&str]) -> Run {
        self.erase_through(self.table.endpoint(), arguments)
    }

    fn erase_through(&self, endpoint: &str, arguments: &[&str]) -> Run {
        let place = ["--table", self.table.name(), "--endpoint-url", endpoint];
        let run = self.tool.run(&[&["erase", NUMBER], arguments, &place].concat());
        let message = run.stderr.split("\nExample:").next().unwrap();
        assert!(!message.contains(NUMBER), "the whole number in a message of {run}");
        run
    }

    /// The keys of all items.
    async fn items(&self) -> BTreeSet<String> {
        let pages = self.table.client().scan().table_name(self.table.name()).into_paginator().items().send();
        let items = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
        items
            .iter()
            .map(|item| format!("{} {}", item["pk"].as_s().unwrap(), item["sk"].as_s().unwrap()))
            .collect()
    }

    /// Expects that exactly those items are gone since `before` that are `is_theirs`.
    #[track_caller]
    fn check_gone(before: &BTreeSet<String>, after: &BTreeSet<String>, is_theirs: impl Fn(&str) -> bool) {
        let others: BTreeSet<String> = before.iter().filter(|item| !is_theirs(item)).cloned().collect();
        assert_eq!(*after, others);
        assert!(others.len() < before.len(), "something went");
    }
}

/// A verification whose device names the number too.
fn asked(id: &str, number: &str) -> Value {
    let mut event = request(id, number);
    event["custom"] = json!({ "phone": number }).to_string().into();
    event
}

/// Two verifications of the number, one of them successful, and one each of others.
async fn verify_some(gate: &Container, prefix: &str) {
    for (id, number) in [("1", NUMBER), ("2", NUMBER), ("3", NEIGHBOUR), ("4", LONGER)] {
        gate.post(&asked(&format!("{prefix}{id}"), number), clock::now()).await;
    }
    gate.post(&result(&format!("{prefix}2"), NUMBER, "SUCCESSFUL"), clock::now()).await;
}

fn hashed() -> NumberPrivacy {
    NumberPrivacy::Hashed(HashKey::new(vec![7; 16]).unwrap())
}

/// That key, as the environment has it.
const HASH_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBw==";

/// The same story under another application.
fn of_app(mut recorded: Recorded, app: &str) -> Recorded {
    recorded.subject.app = app.parse().unwrap();
    recorded
}

fn ago(minutes: i64) -> Timestamp {
    clock::now() - SignedDuration::from_mins(minutes)
}

/// The number of items of a kind, by what became of them.
fn count(run: &Run, what: &str, state: &str) -> usize {
    run.json().iter().filter(|row| row["what"] == what && row["state"] == state).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_about_a_number_goes_and_nothing_else() {
    let support = Support::new().await;
    let gate = support.gate(NumberPrivacy::Plain).await;
    verify_some(&gate, "").await;
    assert_eq!(gate.ask("5", NUMBER, clock::now()).await, "deny");
    let before = support.items().await;
    let run = support
        .erase(&["--yes", "--format", "json"])
        .exits(0)
        .says("about +4670*****05 will be removed")
        .says("in backups for up to 35 days");
    assert_eq!([count(&run, "record", "removed"), count(&run, "attempts", "removed")], [3, 1], "{run}");
    let rows = run.json();
    let quotas = rows.iter().filter(|row| row["what"] == "quota").map(|row| row["name"].as_str().unwrap());
    assert_eq!(quotas.collect::<BTreeSet<_>>(), ["custom.phone", "number", "number+method"].into());
    assert_eq!(run.json()[0]["app"], KEY);
    let is_theirs = |item: &str| {
        let theirs =
            ["order-1 ", "order-2 ", "order-5 ", "#+46701740605 ", "#+46701740605|sms#", "#%2B46701740605 "];
        theirs.iter().any(|part| item.contains(part))
    };
    Support::check_gone(&before, &support.items().await, is_theirs);
    support.erase(&["--yes"]).exits(0).prints("").says(&format!("nothing is held about {MASKED}\n"));
    // A container that has not known the number for two seconds.
    let gate = support.gate(NumberPrivacy::Plain).await;
    assert_eq!(gate.ask("6", NUMBER, clock::now()).await, "allow", "the number has its quotas whole again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hashed_number_is_known_by_the_key_of_the_function() {
    let mut support = Support::new().await;
    // What was stored before numbers were hashed is theirs as well.
    verify_some(&support.gate(NumberPrivacy::Plain).await, "old-").await;
    verify_some(&support.gate(hashed()).await, "new-").await;
    let before = support.items().await;
    support.erase(&["--yes"]).exits(1).prints("").says("holds hashed numbers\nhint: set NUMBER_PRIVACY");
    assert_eq!(support.items().await, before);

    support.tool.set("NUMBER_PRIVACY", "hashed");
    support.erase(&["--yes"]).exits(1).says("NUMBER_HASH_KEY is needed with NUMBER_PRIVACY=hashed");
    support.tool.set("NUMBER_HASH_KEY", HASH_KEY);
    let hash = String::from(hashed().stored(&PhoneNumber::new(NUMBER)));
    let run = support.erase(&["--yes", "--format", "json"]).exits(0);
    assert_eq!([count(&run, "record", "removed"), count(&run, "attempts", "removed")], [4, 2], "{run}");
    let is_theirs = |item: &str| {
        let theirs = ["-1 ", "-2 ", "#+46701740605 ", "#+46701740605|sms#", "#%2B46701740605 ", &hash];
        theirs.iter().any(|part| item.contains(part))
    };
    Support::check_gone(&before, &support.items().await, is_theirs);
    support.erase(&["--yes"]).exits(0).says("in clear or by this NUMBER_HASH_KEY");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_application_or_all_over_many_pages() {
    let support = Support::new().await;
    let store = support.table.store();
    // Some megabytes, of which DynamoDB gives one at a time.
    for n in 0..900 {
        let mut other = allowed(&format!("other-{n}"), ago(n));
        other.subject.number = Some(NEIGHBOUR.to_owned().into());
        other.decided.custom = Some("x".repeat(4_000));
        other.write(&store).await;
        if n % 30 == 0 {
            for app in ["one", "two", "three"] {
                of_app(allowed(&format!("{app}-{n}"), ago(n)), app).write(&store).await;
            }
        }
    }
    let before = support.items().await;
    let proxy = Proxy::to(support.table.endpoint());
    let erase = |arguments: &[&str]| support.erase_through(&proxy.endpoint(), arguments);
    erase(&["--yes", "--app", "two"]).exits(0).says("30 records, 0 counters removed\n");
    let pages = proxy.seen().iter().filter(|seen| seen.operation == "Scan").count();
    assert!(pages > 2, "{pages} pages");
    Support::check_gone(&before, &support.items().await, |item| item.starts_with("REF#two#"));
    erase(&["--yes", "--app", "not a key"]).exits(1).says("something other than letters, digits and hyphens");
    erase(&["--yes"]).exits(0).says("60 records, 0 counters removed\n");
    Support::check_gone(&before, &support.items().await, |item| !item.contains("other-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_on_a_list_stays_unless_it_is_told_to_go() {
    let support = Support::new().await;
    let store = support.table.store();
    for (list, entry) in
        [("blocklist", NUMBER), ("safelist", NUMBER), ("blocklist", NEIGHBOUR), ("blocklist", "+4670174*")]
    {
        let entry = ListEntry {
            list: list.to_owned(),
            entry: entry.to_owned(),
            reason: "pumping".to_owned(),
            author: "test".to_owned(),
            added_at: clock::now(),
            expires_at: None,
        };
        store.lists().add(&entry).await.unwrap();
    }
    allowed("1", ago(1)).write(&store).await;
    let before = support.items().await;
    let run = support.erase(&["--yes"]).exits(2).says("1 record, 0 counters removed\n2 list entries left");
    assert!(run.stdout.contains("left      blocklist"), "{run}");
    Support::check_gone(&before, &support.items().await, |item| item.contains("order-1 "));
    support.erase(&["--yes", "--lists"]).exits(0).says("0 records, 0 counters, 2 list entries removed");
    let is_theirs = |item: &str| item.contains("order-1 ") || item.ends_with(&format!("list {NUMBER}"));
    Support::check_gone(&before, &support.items().await, is_theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_in_a_dry_run_or_unasked() {
    let support = Support::new().await;
    verify_some(&support.gate(NumberPrivacy::Plain).await, "").await;
    let before = support.items().await;
    let run = support.erase(&["--dry-run"]).exits(2).says("2 records, 5 counters would be removed\n");
    assert!(run.stdout.contains("found   order-1\n"), "{run}");
    support.erase(&[]).exits(1).prints("").says("2 records, 5 counters about").says("give --yes to go on");
    support.erase(&["--dry-run", "--yes"]).exits(1).says("cannot be used with");
    assert_eq!(support.items().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_does_not_name_the_number_goes_by_its_reference() {
    let support = Support::new().await;
    let store = support.table.store();
    // Its request was lost, it was made from a log, or it is of another person under the same reference.
    for (id, number) in [
        ("none", None),
        ("masked", Some(MASKED)),
        ("neighbour", Some(NEIGHBOUR)),
        ("also-masked", Some(MASKED)),
    ] {
        let mut recorded = allowed(id, ago(1));
        recorded.subject.reference =
            Some(if id == "also-masked" { "another" } else { "customer-7" }.to_owned());
        recorded.subject.number = number.map(|number| number.to_owned().into());
        recorded.write(&store).await;
    }
    let before = support.items().await;
    support.erase(&["--yes"]).exits(2).says(
        "0 records, 0 counters removed\n\
         2 records left, made from a log: the masked number may be this one or another",
    );
    assert_eq!(support.items().await, before);
    support
        .erase(&["--yes", "--reference", "customer-7"])
        .exits(2)
        .says("2 records, 0 counters removed\n1 record left");
    Support::check_gone(&before, &support.items().await, |item| {
        item.ends_with(" none") || item.ends_with(" masked")
    });
    support.erase(&["--reference", ""]).exits(1).says("--reference is empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_lost_its_connection_is_completed_by_the_same_command() {
    let support = Support::new().await;
    for n in 0..40 {
        allowed(&n.to_string(), ago(n)).write(&support.table.store()).await;
    }
    let proxy = Proxy::to(support.table.endpoint());
    let erase = || support.erase_through(&proxy.endpoint(), &["--yes"]);
    proxy.fail_all(Fate::Lost, |seen| seen.operation == "Scan");
    erase().exits(1).prints("").says("nothing was removed: DynamoDB cannot be reached");
    assert_eq!(support.items().await.len(), 40);

    let sent = AtomicUsize::new(0);
    proxy.set(move |seen| {
        let is_late = seen.operation == "DeleteItem" && sent.fetch_add(1, Ordering::Relaxed) >= 15;
        if is_late { Fate::Lost } else { Fate::Answered }
    });
    let run = erase()
        .exits(1)
        .says("of 40 items removed: ")
        .says("\nhint: run the same command again, and it finishes\n");
    let n_left = support.items().await.len();
    assert!((20..40).contains(&n_left), "{n_left} left after {run}");

    // What is refused for a moment, or whose reply is lost, is tried again; seven times at most.
    let mut tries = BTreeMap::new();
    proxy.set(move |seen| {
        let n_tries: &mut u32 = tries.entry(seen.operation.clone()).or_default();
        *n_tries += 1;
        match *n_tries {
            1 | 3 | 5 | 7 => Fate::Throttled,
            2 | 4 | 6 => Fate::ReplyLost,
            _ => Fate::Answered,
        }
    });
    erase().exits(0).says(&format!("{n_left} records, 0 counters removed"));
    assert_eq!(support.items().await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_callback_changes_meanwhile_goes_and_what_it_adds_later_with_the_next_run() {
    let support = Support::new().await;
    let gate = support.gate(NumberPrivacy::Plain).await;
    verify_some(&gate, "").await;
    let proxy = Proxy::to(support.table.endpoint());
    let runtime = tokio::runtime::Handle::current();
    let mut gate = Some(gate);
    // The whole table was read by now; the callbacks come in before anything is deleted.
    proxy.set(move |seen| {
        if let Some(gate) = gate.take_if(|_| seen.operation == "DeleteItem") {
            runtime.block_on(async {
                gate.post(&result("1", NUMBER, "SUCCESSFUL"), clock::now()).await;
                gate.post(&asked("7", NUMBER), clock::now()).await;
            });
        }
        Fate::Answered
    });
    let run = support.erase_through(&proxy.endpoint(), &["--yes"]).exits(0).says("2 records, ");
    let after = support.items().await;
    assert!(!after.iter().any(|item| item.contains("order-1 ")), "a record that had grown went: {run}");
    assert!(
        after.iter().any(|item| item.contains("order-7 ")),
        "a verification that began after the search stays"
    );
    support.erase(&["--yes"]).exits(0).says("1 record, ");
    let after = support.items().await;
    assert!(
        after.iter().all(|item| !item.contains("order-7 ") && !item.contains("#+46701740605 ")),
        "{after:?}"
    );
    assert!(!after.is_empty(), "others stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_not_e164_is_looked_for_just_as_it_stands() {
    let support = Support::new().await;
    let gate = support.gate(NumberPrivacy::Plain).await;
    for (id, number) in [("1", "070-174 06 05"), ("2", "070-174 06 06")] {
        gate.ask(id, number, clock::now()).await;
    }
    let before = support.items().await;
    let place = ["--table", support.table.name(), "--endpoint-url", support.table.endpoint()];
    let erase = |number: &str| support.tool.run(&[&["erase", number, "--yes"], &place[..]].concat());
    erase("0701740605")
        .exits(2)
        .says("looked for just as it stands\nhint: write the calling code, such as +46, in place of");
    assert_eq!(support.items().await, before);
    erase("070-174 06 05").exits(0).says("1 record, 2 counters removed");
    Support::check_gone(&before, &support.items().await, |item| {
        item.contains("order-1 ") || item.contains("070-174 06 05")
    });
    erase(" ").exits(1).says("no number was given\nhint: give it in E.164");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_number_came_after_an_outcome_without_one_goes_too() {
    let support = Support::new().await;
    let gate = support.gate(NumberPrivacy::Plain).await;
    let nameless = |mut outcome: Value| {
        outcome.as_object_mut().unwrap().remove("identity");
        outcome
    };
    gate.post(&nameless(result("1", NUMBER, "FAIL")), clock::now()).await;
    gate.post(&asked("1", NUMBER), clock::now()).await;
    gate.post(&nameless(delivery("2", NUMBER, "Successful")), clock::now()).await;
    gate.post(&result("2", NUMBER, "FAIL"), clock::now()).await;
    let run = support.erase(&["--yes", "--format", "json"]).exits(0);
    assert_eq!(count(&run, "record", "removed"), 2, "{run}");
}

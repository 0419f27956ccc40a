//! What outcomes do to quotas: shares that come back, limits that grow, numbers that are known.

mod lost;

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use sinch_gate::verdict::Verdict;
use tokio::task::JoinSet;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy};
use crate::world::sinch::{request, result};

const NUMBER: &str = "+46701740605";
const NEIGHBOUR: &str = "+46701740698";
const BLOCK: &str = "block:3#+46701740";
const COUNTRY: &str = "country#SE";

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// A policy of rules whose ids are `r0`, `r1` and so on.
fn policy(rules: &[&str]) -> String {
    let rules = rules.iter().enumerate().map(|(n, rule)| format!("[[rules]]\nid = \"r{n}\"\n{rule}\n"));
    format!("schema = 1\ndefault = \"allow\"\non_store_failure = \"deny\"\n{}", rules.collect::<String>())
}

/// A rule that denies beyond a quota.
fn deny(quota: &str) -> String {
    format!("verdict = \"deny\"\nquota = {{ window = \"1d\", {quota} }}")
}

fn block(limit: u32) -> String {
    deny(&format!("per = \"block:3\", limit = {limit}, release = \"verified\""))
}

async fn container(table: &TestTable, policy: &str) -> Container {
    Container::with_policy(table.store(), policy, PATIENT, now()).await
}

/// When every request that was asked moments after [`now`] is decided for sure.
fn decided() -> Timestamp {
    now() + 70.seconds()
}

async fn end(container: &Container, id: &str, number: &str, status: &str) {
    let reply = container.post(&result(id, number, status), decided()).await;
    assert_eq!(reply.status, 200, "{id} {status}");
}

#[tokio::test]
async fn a_verified_number_gives_its_share_back_once_and_other_endings_give_nothing() {
    let table = TestTable::new().await;
    let gate = container(&table, &policy(&[&block(2)])).await;
    assert_eq!(gate.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(gate.ask("b", NEIGHBOUR, now()).await, "allow");
    assert_eq!(gate.ask("c", NEIGHBOUR, now()).await, "deny");
    for status in ["PENDING", "FAIL", "DENIED", "ABORTED", "SOMETHING_NEW"] {
        end(&gate, "a", NUMBER, status).await;
        assert_eq!(table.admitted(BLOCK, "r0").await, "2", "{status}");
    }
    for _ in 0..3 {
        end(&gate, "a", NUMBER, "SUCCESSFUL").await;
        assert_eq!(table.admitted(BLOCK, "r0").await, "1");
    }
    // Neither does the ERROR of one that was verified give back again, nor that of one that was denied.
    end(&gate, "a", NUMBER, "ERROR").await;
    end(&gate, "c", NEIGHBOUR, "ERROR").await;
    assert_eq!(table.admitted(BLOCK, "r0").await, "1");
    assert_eq!(gate.ask("d", NUMBER, now() + 3.seconds()).await, "allow");
}

#[tokio::test]
async fn a_verified_number_takes_its_earlier_attempts_along_and_leaves_later_ones() {
    let table = TestTable::new().await;
    let gate = container(&table, &policy(&[&block(10)])).await;
    for (second, id) in (0..).zip(["a", "b", "c", "d"]) {
        assert_eq!(gate.ask(id, NUMBER, now() + second.seconds()).await, "allow");
    }
    assert_eq!(gate.ask("other", NEIGHBOUR, now()).await, "allow");
    end(&gate, "a", NUMBER, "ERROR").await;
    assert_eq!(table.admitted(BLOCK, "r0").await, "4", "an uncharged one gives back its own");
    end(&gate, "c", NUMBER, "SUCCESSFUL").await;
    assert_eq!(
        table.admitted(BLOCK, "r0").await,
        "2",
        "`b` and `c` are back, `d` and the neighbour's are open"
    );
    end(&gate, "b", NUMBER, "SUCCESSFUL").await;
    assert_eq!(table.admitted(BLOCK, "r0").await, "2");
    end(&gate, "d", NUMBER, "SUCCESSFUL").await;
    assert_eq!(table.admitted(BLOCK, "r0").await, "1");
}

#[tokio::test]
async fn a_result_before_its_request_or_without_a_number_gives_back_as_well() {
    let table = TestTable::new().await;
    let gate = container(&table, &policy(&[&block(10)])).await;
    end(&gate, "early", NUMBER, "SUCCESSFUL").await;
    assert_eq!(gate.ask("early", NUMBER, now()).await, "allow");
    assert_eq!(table.admitted(BLOCK, "r0").await, "0");

    assert_eq!(gate.ask("nameless", NUMBER, now()).await, "allow");
    let mut nameless = result("nameless", NUMBER, "SUCCESSFUL");
    nameless["identity"] = Value::Null;
    assert_eq!(gate.post(&nameless, now()).await.status, 200);
    assert_eq!(table.admitted(BLOCK, "r0").await, "0");
}

#[tokio::test]
async fn money_that_was_verified_is_not_counted_as_spent_in_vain() {
    let table = TestTable::new().await;
    let spend = deny(r#"per = "country", limit = "0.10 EUR", release = "verified""#);
    let gate = container(&table, &policy(&[&spend])).await;
    assert_eq!(gate.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(gate.ask("b", NEIGHBOUR, now()).await, "allow");
    assert_eq!(table.admitted(COUNTRY, "r0#EUR").await, "0.0906");
    assert_eq!(gate.ask("c", NUMBER, now()).await, "deny");
    end(&gate, "b", NEIGHBOUR, "SUCCESSFUL").await;
    assert_eq!(table.admitted(COUNTRY, "r0#EUR").await, "0.0453");
    assert_eq!(container(&table, &policy(&[&spend])).await.ask("d", NUMBER, now()).await, "allow");
}

#[tokio::test]
async fn a_limit_grows_with_what_was_verified_in_its_window() {
    let table = TestTable::new().await;
    let quota = deny(r#"per = "country", limit = 2, release = "verified", grow = 1.5"#);
    let policy = policy(&[&quota]);
    let gate = container(&table, &policy).await;
    for n in 0..4 {
        let (id, number) = (format!("good-{n}"), format!("+4670174060{n}"));
        assert_eq!(gate.ask(&id, &number, now()).await, "allow");
        end(&gate, &id, &number, "SUCCESSFUL").await;
    }
    assert_eq!(
        (table.admitted(COUNTRY, "r0").await, table.verified(COUNTRY, "r0").await),
        ("0".into(), "4".into())
    );
    let fresh = container(&table, &policy).await;
    for n in 0..6 {
        assert_eq!(fresh.ask(&format!("open-{n}"), &format!("+4673100000{n}"), now()).await, "allow", "{n}");
    }
    assert_eq!(fresh.ask("one-more", NUMBER, now()).await, "deny");
    let story = fresh.story("one-more", now()).await;
    assert_eq!(
        story.decision.unwrap().reason,
        "6 of 6 unverified per country in 1d, where the limit has grown from 2, room again at \
         2026-10-02T09:36:00Z"
    );
    // A day later what was verified has left the window, and the limit is what it was.
    let later = now() + 26.hours();
    let gate = container(&table, &policy).await;
    for (id, expected) in [("x", "allow"), ("y", "allow"), ("z", "deny")] {
        assert_eq!(gate.ask(id, NUMBER, later).await, expected);
    }
}

#[tokio::test]
async fn a_full_monitor_takes_nothing_and_yet_learns_what_was_verified() {
    let table = TestTable::new().await;
    let monitor = format!(
        "mode = \"monitor\"\n{}",
        deny(r#"per = "country", limit = 1, release = "verified", grow = 1"#)
    );
    let gate = container(&table, &policy(&[&monitor])).await;
    assert_eq!(gate.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(gate.ask("b", NEIGHBOUR, now()).await, "allow");
    end(&gate, "b", NEIGHBOUR, "SUCCESSFUL").await;
    assert_eq!(table.admitted(COUNTRY, "r0").await, "1", "`b` held nothing that it could give back");
    assert_eq!(table.verified(COUNTRY, "r0").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_copies_of_a_result_and_of_its_request_give_back_once() {
    let table = TestTable::new().await;
    let policy = policy(&[&block(100)]);
    let mut gates = Vec::new();
    for _ in 0..5 {
        gates.push(Arc::new(container(&table, &policy).await));
    }
    for n in 0..8 {
        assert_eq!(gates[0].ask(&format!("other-{n}"), NEIGHBOUR, now()).await, "allow");
    }
    for round in 0..4 {
        let id = format!("copied-{round}");
        let mut tasks = JoinSet::new();
        for n in 0..20 {
            let (gate, id) = (Arc::clone(&gates[n % gates.len()]), id.clone());
            // Requests and results of one verification cross each other in every way.
            let event = if n % 4 == 0 { request(&id, NUMBER) } else { result(&id, NUMBER, "SUCCESSFUL") };
            tasks.spawn(async move { gate.post(&event, now()).await.status });
        }
        assert!(tasks.join_all().await.iter().all(|status| *status == 200));
        assert_eq!(table.admitted(BLOCK, "r0").await, "8", "round {round}");
    }
}

#[tokio::test]
async fn a_number_that_verified_before_passes_where_others_do_not() {
    let table = TestTable::new().await;
    let known = "verdict = \"allow\"\nwhen.verified_within = \"30d\"";
    let policy = policy(&[known, &block(1)]);
    let gate = container(&table, &policy).await;
    assert_eq!(gate.ask("first", NUMBER, now()).await, "allow");
    end(&gate, "first", NUMBER, "SUCCESSFUL").await;
    assert_eq!(gate.ask("stranger", NEIGHBOUR, now()).await, "allow");
    assert_eq!(gate.ask("another", NEIGHBOUR, now()).await, "deny");
    for (id, gate) in [("again", &gate), ("elsewhere", &container(&table, &policy).await)] {
        assert_eq!(gate.ask(id, NUMBER, now()).await, "allow");
        let decided = gate.story(id, now()).await.decision.unwrap();
        assert_eq!((decided.verdict, decided.rule.as_deref()), (Verdict::Allow, Some("r0")));
        assert_eq!(decided.reason, "the number verified at 2026-10-01T09:01:10Z");
        // What the quota below the rule took in vain was given back, and its success frees nothing that
        // others hold.
        end(gate, id, NUMBER, "SUCCESSFUL").await;
        assert_eq!(table.admitted(BLOCK, "r1").await, "1");
    }
    assert_eq!(
        gate.ask("late", NUMBER, now() + 745.hours()).await,
        "allow",
        "the block is free again by then"
    );
    assert_eq!(gate.story("late", now()).await.decision.unwrap().rule, None);
}

#[tokio::test]
async fn a_rule_for_strangers_passes_known_numbers_over() {
    let table = TestTable::new().await;
    let strangers = format!("unless.verified_within = \"90d\"\n{}", block(1));
    let policy = policy(&[&strangers]);
    let gate = container(&table, &policy).await;
    assert_eq!(gate.ask("first", NUMBER, now()).await, "allow");
    end(&gate, "first", NUMBER, "SUCCESSFUL").await;
    for n in 0..3 {
        assert_eq!(gate.ask(&format!("known-{n}"), NUMBER, now()).await, "allow");
        assert_eq!(table.admitted(BLOCK, "r0").await, "0", "a known number takes no share");
    }
    assert_eq!(gate.ask("stranger-1", NEIGHBOUR, now()).await, "allow");
    assert_eq!(gate.ask("stranger-2", NEIGHBOUR, now()).await, "deny");
    assert_eq!(gate.ask("known-4", NUMBER, now()).await, "allow", "although the quota is known to be full");
}

#[tokio::test]
async fn a_known_number_takes_no_share_of_a_rule_for_strangers_that_releases_nothing() {
    let table = TestTable::new().await;
    let strangers = format!("unless.verified_within = \"90d\"\n{}", deny(r#"per = "block:3", limit = 2"#));
    let gate = container(&table, &policy(&[&strangers])).await;
    end(&gate, "before", NUMBER, "SUCCESSFUL").await;
    for n in 0..3 {
        assert_eq!(gate.ask(&format!("known-{n}"), NUMBER, now()).await, "allow");
        assert_eq!(table.admitted(BLOCK, "r0").await, "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allow_that_releases_and_looks_at_the_past_is_two_trips_too() {
    let table = TestTable::new().await;
    let rules = [
        "verdict = \"deny\"\nlist = \"blocklist\"",
        "verdict = \"allow\"\nwhen.verified_within = \"90d\"",
        &deny(r#"per = "number", limit = 5"#),
        &block(3),
        &deny(r#"per = "country", limit = 100, release = "verified", grow = 1.5"#),
        &deny(r#"per = "country", limit = "25.00 EUR""#),
    ];
    let policy = policy(&rules);
    assert_eq!(container(&table, &policy).await.ask("before", "+46731000001", now()).await, "allow");
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), PATIENT);
    let gate = Container::with_policy(store, &policy, PATIENT, now()).await;
    // The list and the past are asked first. Then number, block and country, whose two rules share an item,
    // the attempt and the record: no reply comes before all are on their way, so none can wait for another.
    proxy.fail_all(Fate::AnsweredTogether(6), |seen| !seen.is_lookup());
    assert_eq!(gate.ask("a", NUMBER, now()).await, "allow");
    let seen = proxy.seen();
    let count = |is: fn(&crate::world::proxy::Seen) -> bool| seen.iter().filter(|seen| is(seen)).count();
    assert_eq!(count(crate::world::proxy::Seen::is_quota), 3);
    assert_eq!(count(crate::world::proxy::Seen::is_attempts), 1);
    assert_eq!(count(crate::world::proxy::Seen::is_lookup), 1);
    assert_eq!(count(crate::world::proxy::Seen::is_record), 1);
    assert_eq!(seen.len(), 6);
}

/// A request with an address in `custom`.
fn from_address(id: &str, number: &str, address: &str) -> Value {
    let mut request = request(id, number);
    request["custom"] = json!({ "ip": address }).to_string().into();
    request
}

async fn ask_from(gate: &Container, id: &str, number: &str, address: &str) -> String {
    crate::world::sinch::action(&gate.post(&from_address(id, number, address), now()).await.body)
}

#[tokio::test]
async fn different_values_are_counted_once_each_and_exactly() {
    let table = TestTable::new().await;
    let countries = deny(r#"per = "custom.ip", distinct = "country", limit = 2"#);
    let gate = container(&table, &policy(&[&countries, &deny(r#"per = "number", limit = 1"#)])).await;
    let ip = "203.0.113.9";
    assert_eq!(ask_from(&gate, "se-1", NUMBER, ip).await, "allow");
    assert_eq!(ask_from(&gate, "se-2", NEIGHBOUR, ip).await, "allow");
    // A denial by the rule below does not take a place.
    let no = "+4791234567";
    assert_eq!(ask_from(&gate, "no-elsewhere", no, "203.0.113.1").await, "allow");
    assert_eq!(ask_from(&gate, "no-1", no, ip).await, "deny");
    assert_eq!(ask_from(&gate, "dk-1", "+4532123456", ip).await, "allow");
    assert_eq!(ask_from(&gate, "fi-1", "+358412345678", ip).await, "deny");
    let decided = gate.story("fi-1", now()).await.decision.unwrap();
    assert!(decided.reason.starts_with("2 of 2 different country per custom.ip in 1d"), "{}", decided.reason);
    assert_eq!(ask_from(&gate, "se-3", "+46701740655", ip).await, "allow", "a country that counts already");
}

#[tokio::test(flavor = "multi_thread")]
async fn different_values_from_many_containers_at_once_never_exceed_the_limit() {
    let table = TestTable::new().await;
    let policy = policy(&[&deny(r#"per = "block:3", distinct = "number", limit = 7"#)]);
    let mut tasks = JoinSet::new();
    for n in 0..10 {
        let gate = container(&table, &policy).await;
        tasks.spawn(async move {
            let mut allowed = Vec::new();
            for m in 0..20 {
                let number = format!("+46701740{:03}", 600 + (n * 7 + m) % 40);
                if gate.ask(&format!("{n}-{m}"), &number, now()).await == "allow" {
                    allowed.push(number);
                }
            }
            allowed
        });
    }
    let allowed: Vec<String> = tasks.join_all().await.into_iter().flatten().collect();
    let different: std::collections::BTreeSet<&String> = allowed.iter().collect();
    assert_eq!(different.len(), 7);
    assert!(allowed.len() > 7, "a number that counts already goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_admit_no_more_than_the_whole_and_nearly_as_much() {
    let table = TestTable::new().await;
    let policy = policy(&[&deny(r#"per = "all", limit = 403, shards = 4"#)]);
    let mut tasks = JoinSet::new();
    for n in 0..8 {
        let gate = container(&table, &policy).await;
        tasks.spawn(async move {
            let mut n_allowed = 0;
            for m in 0..70 {
                let number = format!("+4670174{:04}", 600 + n * 70 + m);
                n_allowed += usize::from(gate.ask(&format!("{n}-{m}"), &number, now()).await == "allow");
            }
            n_allowed
        });
    }
    let n_allowed: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(n_allowed, 403, "560 verifications fill every shard");
}

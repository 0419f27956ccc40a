//! Ask first, then take: a quota counts what everything else let pass, a denial is final, and what was
//! answered once is answered again.

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _};
use sinch_gate::list::ListEntry;
use sinch_gate::verdict::Verdict;

use crate::world::container::{Container, PATIENT};
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy, Seen};
use crate::world::sinch::result;

const NUMBER: &str = "+46701740605";
const COUNTRY: &str = "country#SE";

fn now() -> Timestamp {
    "2026-10-01T09:00:00Z".parse().unwrap()
}

/// A policy of rules such as `id = "cap" …`.
fn policy(rules: &[&str]) -> String {
    rules.iter().fold("schema = 1\ndefault = \"allow\"\n".to_owned(), |policy, rule| {
        format!("{policy}[[rules]]\n{rule}\n")
    })
}

/// A wide limit that gives shares back, above a narrow one that refuses a number's second request.
fn cap_and_cooldown() -> String {
    policy(&[
        r#"id = "cap"
           verdict = "deny"
           quota = { per = "country", limit = 50, window = "1d", release = "verified" }"#,
        r#"id = "cooldown"
           verdict = "deny"
           quota = { per = "number", limit = 1, window = "10s" }"#,
    ])
}

/// The number of the nth stranger.
fn stranger(n: usize) -> String {
    format!("+467310000{n:02}")
}

async fn container(table: &TestTable, policy: &str) -> Container {
    Container::with_policy(table.store(), policy, PATIENT, now()).await
}

async fn container_behind(table: &TestTable, policy: &str, budget: Duration) -> (Container, Proxy) {
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), budget);
    (Container::with_policy(store, policy, budget, now()).await, proxy)
}

async fn put_on(list: &str, entry: &str, table: &TestTable) {
    let entry = ListEntry {
        list: list.to_owned(),
        entry: entry.to_owned(),
        reason: "a test".to_owned(),
        author: "a test".to_owned(),
        added_at: now(),
        expires_at: None,
    };
    table.store().lists().add(&entry).await.unwrap();
}

async fn end(gate: &Container, id: &str, number: &str, status: &str, at: Timestamp) {
    assert_eq!(gate.post(&result(id, number, status), at).await.status, 200, "{id} {status}");
}

#[tokio::test]
async fn a_safelisted_number_counts_for_the_limit_above_the_list_and_never_passes_it() {
    let table = TestTable::new().await;
    put_on("safelist", "+467017*", &table).await;
    let policy = policy(&[
        r#"id = "hard-cap"
           verdict = "deny"
           quota = { per = "country", limit = 5, window = "1d" }"#,
        r#"id = "partners"
           verdict = "allow"
           list = "safelist""#,
        r#"id = "soft-cap"
           verdict = "deny"
           quota = { per = "country", limit = 2, window = "1d" }"#,
    ]);
    let gate = container(&table, &policy).await;
    for (n, expected) in ["allow", "allow", "deny", "deny"].into_iter().enumerate() {
        assert_eq!(gate.ask(&format!("stranger-{n}"), &stranger(n), now()).await, expected, "{n}");
    }
    // A container that has not seen the quotas full, so that it finds out by taking.
    let gate = container(&table, &policy).await;
    let mut allowed = 0;
    for n in 0..18 {
        allowed +=
            usize::from(gate.ask(&format!("p-{n}"), &format!("+467017406{n:02}"), now()).await == "allow");
    }
    assert_eq!((allowed, table.admitted(COUNTRY, "hard-cap").await.as_str()), (3, "5"));
}

#[tokio::test]
async fn a_success_frees_no_share_of_a_rule_that_looked_away() {
    let table = TestTable::new().await;
    let policy = policy(&[
        r#"id = "cap"
           verdict = "deny"
           quota = { per = "country", limit = 10, window = "1d", release = "verified" }"#,
        r#"id = "guard"
           verdict = "deny"
           unless.verified_within = "90d"
           quota = { per = "country", limit = 5, window = "1d", release = "verified" }"#,
    ]);
    let gate = container(&table, &policy).await;
    assert_eq!(gate.ask("first", NUMBER, now()).await, "allow");
    end(&gate, "first", NUMBER, "SUCCESSFUL", now()).await;
    for n in 0..5 {
        assert_eq!(gate.ask(&format!("s-{n}"), &stranger(n), now()).await, "allow", "{n}");
    }
    assert_eq!(gate.ask("s-5", &stranger(5), now()).await, "deny", "`guard` is full");
    for n in 0..5 {
        let id = format!("again-{n}");
        assert_eq!(gate.ask(&id, NUMBER, now()).await, "allow");
        assert_eq!(table.admitted(COUNTRY, "cap").await, "6", "{id} holds a share of `cap`");
        end(&gate, &id, NUMBER, "SUCCESSFUL", now()).await;
        assert_eq!(table.admitted(COUNTRY, "cap").await, "5", "{id} gives its own share back, and no other");
    }
}

#[tokio::test]
async fn a_denial_by_a_quota_that_is_known_to_be_full_is_final_at_once() {
    let table = TestTable::new().await;
    let policy = policy(&[
        r#"id = "blocklist"
           verdict = "deny"
           list = "blocklist""#,
        r#"id = "one"
           verdict = "deny"
           quota = { per = "country", limit = 1, window = "1d", release = "verified" }"#,
    ]);
    let (here, elsewhere) = (container(&table, &policy).await, container(&table, &policy).await);
    assert_eq!(here.ask("a", NUMBER, now()).await, "allow");
    assert_eq!(here.ask("b", &stranger(1), now()).await, "deny");
    end(&elsewhere, "a", NUMBER, "SUCCESSFUL", now()).await;
    // There is room by now, and still the same request gets the same answer.
    for seconds in [1, 3, 7] {
        assert_eq!(elsewhere.ask("b", &stranger(1), now() + seconds.seconds()).await, "deny", "{seconds} s");
    }
    assert_eq!(here.story("b", now()).await.decision.unwrap().verdict, Verdict::Deny);
    assert_eq!(elsewhere.ask("c", &stranger(2), now() + 8.seconds()).await, "allow");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_withdrawal_frees_a_share_once() {
    let table = TestTable::new().await;
    let policy = cap_and_cooldown();
    let gate = container(&table, &policy).await;
    for n in 0..5 {
        assert_eq!(gate.ask(&format!("s-{n}"), &stranger(n), now()).await, "allow");
    }
    for round in 0..4_i64 {
        let at = now() + (round * 60).seconds();
        assert_eq!(gate.ask(&format!("first-{round}"), NUMBER, at).await, "allow");
        let (other, proxy) = container_behind(&table, &policy, PATIENT).await;
        let mut n_attempts = 0;
        // The attempt is opened, then withdrawn, and each write that withdraws it is refused.
        proxy.set(move |seen: &Seen| {
            n_attempts += usize::from(seen.is_attempts());
            if seen.is_attempts() && n_attempts > 1 { Fate::Throttled } else { Fate::Answered }
        });
        assert_eq!(other.ask(&format!("second-{round}"), NUMBER, at).await, "deny");
    }
    let at = now() + 300.seconds();
    assert_eq!(gate.ask("last", NUMBER, at).await, "allow");
    end(&gate, "last", NUMBER, "SUCCESSFUL", at).await;
    assert_eq!(table.admitted(COUNTRY, "cap").await, "5", "the strangers' attempts are open");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_released_while_its_request_was_denied_frees_its_share_once() {
    let table = TestTable::new().await;
    let policy = cap_and_cooldown();
    let gate = container(&table, &policy).await;
    assert_eq!(gate.ask("stranger", &stranger(1), now()).await, "allow");
    assert_eq!(gate.ask("first", NUMBER, now()).await, "allow");
    let (other, proxy) = container_behind(&table, &policy, PATIENT).await;
    let (send, settling) = std::sync::mpsc::channel();
    let (proceed, proceeds) = std::sync::mpsc::channel::<()>();
    proxy.set(move |seen: &Seen| {
        if seen.is_settlement() && send.send(()).is_ok() {
            let _ = proceeds.recv();
        }
        Fate::Answered
    });
    // The second one has taken a share of `cap`, and is being refused by `cooldown`.
    let second = tokio::spawn(async move { other.ask("second", NUMBER, now()).await });
    tokio::task::spawn_blocking(move || settling.recv().unwrap()).await.unwrap();
    // Then the first one ends verified, and takes along what else the number has open.
    end(&gate, "first", NUMBER, "SUCCESSFUL", now()).await;
    proceed.send(()).unwrap();
    assert_eq!(second.await.unwrap(), "deny");
    assert_eq!(table.admitted(COUNTRY, "cap").await, "1", "the stranger's attempt is open");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allow_without_its_quotas_says_so() {
    let table = TestTable::new().await;
    let policy = policy(&[r#"id = "cap"
           verdict = "deny"
           quota = { per = "country", limit = 1, window = "1d" }"#]);
    let (gate, proxy) = container_behind(&table, &policy, PATIENT).await;
    proxy.fail_all(Fate::Forbidden, Seen::is_quota);
    for n in 0..3 {
        let id = format!("a-{n}");
        assert_eq!(gate.ask(&id, &stranger(n), now()).await, "allow");
        let decision = gate.story(&id, now()).await.decision.unwrap();
        assert_eq!(decision.reason, "the table did not answer, which rule cap needs");
        assert_eq!(decision.notes, ["`cap` was not asked: the table did not answer"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_answers_again_as_it_did_also_where_it_could_not_record_that() {
    let table = TestTable::new().await;
    let policy = policy(&[r#"id = "one"
           verdict = "deny"
           quota = { per = "country", limit = 1, window = "1d", release = "verified" }"#]);
    let (gate, proxy) = container_behind(&table, &policy, PATIENT).await;
    let elsewhere = container(&table, &policy).await;
    assert_eq!(elsewhere.ask("a", NUMBER, now()).await, "allow");
    proxy.fail_all(Fate::Forbidden, Seen::is_settlement);
    assert_eq!(gate.ask("b", &stranger(1), now()).await, "deny");
    proxy.set(|_| Fate::Answered);
    end(&elsewhere, "a", NUMBER, "SUCCESSFUL", now()).await;
    assert_eq!(gate.ask("b", &stranger(1), now() + 30.seconds()).await, "deny");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_left_unprocessed_are_asked_for_with_pauses() {
    let table = TestTable::new().await;
    let policy = policy(&[r#"id = "blocklist"
           verdict = "deny"
           list = "blocklist""#]);
    let (gate, proxy) = container_behind(&table, &policy, Duration::from_secs(3)).await;
    proxy.fail_all(Fate::LeftUnprocessed, Seen::is_lookup);
    assert_eq!(gate.ask("a", NUMBER, now()).await, "allow", "as `on_store_failure` says");
    let n_asked = proxy.seen().iter().filter(|seen| seen.is_lookup()).count();
    assert!(n_asked <= 8, "{n_asked} requests for one decision");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_awaited_beyond_the_budget() {
    let table = TestTable::new().await;
    let policy = policy(&[r#"id = "cap"
           verdict = "deny"
           quota = { per = "country", limit = 500, window = "1d", release = "verified" }"#]);
    let patient = container(&table, &policy).await;
    for n in 0..16 {
        assert_eq!(patient.ask(&format!("a-{n}"), NUMBER, now() + i64::from(n).seconds()).await, "allow");
    }
    // One attempt more than are kept, so half of them should be forgotten, but that write gets no answer.
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), Duration::from_secs(60));
    let budget = Duration::from_secs(2);
    let gate = Container::with_policy(store, &policy, budget, now()).await;
    proxy.fail_all(Fate::Unanswered, |seen| seen.is_attempts() && seen.body.contains("REMOVE"));
    let begun = std::time::Instant::now();
    assert_eq!(gate.ask("b", NUMBER, now() + 20.seconds()).await, "allow");
    assert!(proxy.seen().iter().any(|seen| seen.body.contains("REMOVE")), "nothing was to be forgotten");
    assert!(begun.elapsed() < budget * 3, "answered after {:?}", begun.elapsed());
}

/// Whom a success frees where the denial of another verification of its number could not be written in full.
async fn check_refused_share(what: &str, is_lost: fn(&Seen) -> bool) {
    let table = TestTable::new().await;
    let policy = policy(&[r#"id = "cap"
           verdict = "deny"
           quota = { per = "country", limit = 5, window = "1d", release = "verified" }"#]);
    let gate = container(&table, &policy).await;
    for n in 0..5 {
        assert_eq!(gate.ask(&format!("s-{n}"), &stranger(n), now()).await, "allow");
    }
    let (other, proxy) = container_behind(&table, &policy, PATIENT).await;
    proxy.fail_all(Fate::Forbidden, is_lost);
    assert_eq!(other.ask("refused", NUMBER, now()).await, "deny", "{what}");
    let later = now() + 120.seconds();
    end(&gate, "s-0", &stranger(0), "SUCCESSFUL", later).await;
    let third = container(&table, &policy).await;
    assert_eq!(third.ask("allowed", NUMBER, later).await, "allow", "{what}");
    end(&third, "allowed", NUMBER, "SUCCESSFUL", later + 120.seconds()).await;
    assert_eq!(table.admitted(COUNTRY, "cap").await, "4", "{what}: four strangers' attempts are open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_was_refused_is_freed_by_nobody_though_a_write_of_the_denial_is_lost() {
    check_refused_share("no write is lost", |_| false).await;
    check_refused_share("the withdrawal is lost", is_withdrawal).await;
    check_refused_share("the final denial is lost", Seen::is_settlement).await;
    check_refused_share("the amendment is lost", is_amendment).await;
}

fn is_withdrawal(seen: &Seen) -> bool {
    seen.is_attempts() && seen.body.contains("REMOVE")
}

fn is_amendment(seen: &Seen) -> bool {
    seen.is_attempts() && seen.body.contains("attribute_not_exists") && !is_withdrawal(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_waits_for_the_first_one_for_as_long_as_that_may_take() {
    let table = TestTable::new().await;
    let policy = policy(&[r#"id = "one"
           verdict = "deny"
           quota = { per = "country", limit = 1, window = "1d" }"#]);
    assert_eq!(container(&table, &policy).await.ask("a", NUMBER, now()).await, "allow");
    let budget = Duration::from_secs(6);
    let (first, of_first) = container_behind(&table, &policy, budget).await;
    let (copy, of_copy) = container_behind(&table, &policy, budget).await;
    let (send, settling) = std::sync::mpsc::channel();
    let (proceed, proceeds) = std::sync::mpsc::channel::<()>();
    // The first one has been refused, and its denial is long on its way.
    of_first.set(move |seen: &Seen| {
        if seen.is_settlement() && send.send(()).is_ok() {
            let _ = proceeds.recv();
        }
        Fate::Answered
    });
    let first = tokio::spawn(async move { first.ask("b", &stranger(1), now()).await });
    tokio::task::spawn_blocking(move || settling.recv().unwrap()).await.unwrap();
    let mut copy = tokio::spawn(async move { copy.ask("b", &stranger(1), now()).await });
    // The copy looks at the record more often than a pause that doubles each time would let it in its budget.
    let looks = || of_copy.seen().iter().filter(|seen| seen.operation == "BatchGetItem").count();
    while looks() < 12 && !copy.is_finished() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    proceed.send(()).unwrap();
    assert_eq!((&mut copy).await.unwrap(), "deny");
    assert_eq!(first.await.unwrap(), "deny");
}

#[tokio::test]
async fn a_result_that_is_sent_again_does_not_renew_when_the_number_verified() {
    let table = TestTable::new().await;
    let policy = policy(&[
        r#"id = "known"
           verdict = "allow"
           when.verified_within = "1h""#,
        r#"id = "strangers"
           verdict = "deny"
           quota = { per = "number", limit = 1, window = "1d" }"#,
    ]);
    let gate = container(&table, &policy).await;
    assert_eq!(gate.ask("a", NUMBER, now()).await, "allow");
    end(&gate, "a", NUMBER, "SUCCESSFUL", now()).await;
    assert_eq!(gate.ask("b", NUMBER, now() + 30.minutes()).await, "allow");
    end(&gate, "a", NUMBER, "SUCCESSFUL", now() + 50.minutes()).await;
    assert_eq!(gate.ask("c", NUMBER, now() + 70.minutes()).await, "deny");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_the_policies_no_longer_than_a_decision_does() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let table = TestTable::new().await;
    let store = table.store_through(&format!("http://{}", nobody.local_addr().unwrap()), PATIENT);
    let begun = std::time::Instant::now();
    Container::with_table(store, Duration::from_secs(15), PATIENT, now()).await;
    assert!(begun.elapsed() < Duration::from_secs(30), "ready after {:?}", begun.elapsed());
}

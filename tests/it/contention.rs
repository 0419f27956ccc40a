//! Thousands of mixed operations by many containers at once, while the table fails in every way: what is
//! counted in the end is what is open, and each share too many is explained by one fault.
//!
//! `SINCH_GATE_TEST_OPERATIONS` says how many operations run under faults (600 if not given). A third as many
//! run twice without.

mod counts;
mod worker;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sinch_gate::list::ListEntry;
use tokio::task::JoinSet;

use counts::{Counts, too_many};
use worker::{Verification, Worker};

use crate::world::container::Container;
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy, Seen};

const CONTAINERS: usize = 8;

/// Long, since a busy machine must not turn a test of counting into one of speed; a copy waits so long at
/// most.
const BUDGET: Duration = Duration::from_secs(20);

/// What stands on lists, and numbers that verified, pass below the quotas per number and block, and above all
/// others.
const POLICY: &str = r#"
    schema = 1
    default = "allow"
    on_store_failure = "deny"
    [[rules]]
    id = "blocked"
    verdict = "deny"
    list = "blocklist"
    [[rules]]
    id = "number"
    verdict = "deny"
    quota = { per = "number", limit = 12, window = "1h" }
    [[rules]]
    id = "block"
    verdict = "deny"
    quota = { per = "block:3", limit = 10, window = "1h", release = "verified" }
    [[rules]]
    id = "partners"
    verdict = "allow"
    list = "safelist"
    [[rules]]
    id = "watch"
    verdict = "deny"
    mode = "monitor"
    quota = { per = "country", limit = 5, window = "1h", release = "verified", grow = 0.5 }
    [[rules]]
    id = "new"
    verdict = "deny"
    unless.verified_within = "90d"
    quota = { per = "block:3", limit = 8, window = "1h", release = "verified" }
    [[rules]]
    id = "known"
    verdict = "allow"
    when.verified_within = "90d"
    [[rules]]
    id = "country"
    verdict = "deny"
    quota = { per = "country", limit = 30, window = "1h", release = "verified", grow = 0.5 }
    [[rules]]
    id = "spend"
    verdict = "deny"
    quota = { per = "country", limit = "500.00 EUR", window = "1h" }
"#;

/// How often a request to the table fails, of a thousand.
#[derive(Clone, Copy)]
struct Faults {
    throttled: u32,
    reply_lost: u32,
    lost: u32,
}

/// What was done, and its result.
#[derive(Default, Debug)]
struct Tally {
    allowed: AtomicUsize,
    denied: AtomicUsize,
    results: AtomicUsize,
    results_sent_again: AtomicUsize,
    /// After the first one was answered.
    copies: AtomicUsize,
    copies_answered_differently: AtomicUsize,
    copies_at_once: AtomicUsize,
    copies_at_once_answered_differently: AtomicUsize,
    throttled: Arc<AtomicUsize>,
    replies_lost: Arc<AtomicUsize>,
    requests_lost: Arc<AtomicUsize>,
}

impl Tally {
    fn compare(&self, at_once: bool, are_alike: bool) {
        let (copies, different) = match at_once {
            true => (&self.copies_at_once, &self.copies_at_once_answered_differently),
            false => (&self.copies, &self.copies_answered_differently),
        };
        copies.fetch_add(1, Ordering::Relaxed);
        different.fetch_add(usize::from(!are_alike), Ordering::Relaxed);
    }
}

/// When what happens. Every operation has a moment of its own, in one of several spans of 50 minutes. From
/// one span to the next are a multiple of 63 minutes, 21 buckets of a window of an hour, which stand under
/// one name in an item.
#[derive(Clone, Copy)]
struct Timeline {
    n_operations: usize,
}

/// When the spans begin, in buckets of three minutes.
const SPANS: [i64; 4] = [0, 42, 21 * 12, 21 * 36];

impl Timeline {
    fn moment(self, operation: usize) -> Timestamp {
        let begin: Timestamp = "2026-10-01T09:00:00Z".parse().unwrap();
        let part = operation * SPANS.len();
        let minutes = SPANS[part / self.n_operations] * 3;
        let millis = 50 * 60_000 * (part % self.n_operations) / self.n_operations;
        let millis = SignedDuration::from_millis(i64::try_from(millis).unwrap());
        begin + SignedDuration::from_mins(minutes) + millis
    }

    /// The first operation of each span, and of the one after the last.
    fn spans(self) -> impl Iterator<Item = (usize, usize)> {
        let first = move |span: usize| (span * self.n_operations).div_ceil(SPANS.len());
        (0..SPANS.len()).map(move |span| (first(span), first(span + 1)))
    }

    fn begin(self) -> Timestamp {
        self.moment(0)
    }

    fn end(self) -> Timestamp {
        self.moment(self.n_operations - 1)
    }
}

/// A container behind a proxy that fails its requests now and then.
async fn container(table: &TestTable, faults: Faults, tally: &Tally, now: Timestamp) -> Container {
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), BUDGET);
    let container = Container::with_policy(store, POLICY, BUDGET, now).await;
    let counters = [&tally.throttled, &tally.replies_lost, &tally.requests_lost].map(Arc::clone);
    proxy.set(move |_: &Seen| {
        let dice = fastrand::u32(0..1_000);
        let (fate, counter) = match dice {
            _ if dice < faults.throttled => (Fate::Throttled, 0),
            _ if dice < faults.throttled + faults.reply_lost => (Fate::ReplyLost, 1),
            _ if dice < faults.throttled + faults.reply_lost + faults.lost => (Fate::Lost, 2),
            _ => return Fate::Answered,
        };
        counters[counter].fetch_add(1, Ordering::Relaxed);
        fate
    });
    container
}

async fn put_on_lists(table: &TestTable, now: Timestamp) {
    for (list, entry) in worker::listed() {
        let (reason, author) = ("a test".to_owned(), "a test".to_owned());
        let entry =
            ListEntry { list: list.to_owned(), entry, reason, author, added_at: now, expires_at: None };
        table.store().lists().add(&entry).await.unwrap();
    }
}

/// Runs the operations.
async fn run(n_operations: usize, copies_at_once: bool, faults: Faults) -> (Arc<Tally>, Counts) {
    let table = TestTable::new().await;
    let timeline = Timeline { n_operations };
    put_on_lists(&table, timeline.begin()).await;
    let tally = Arc::new(Tally::default());
    let mut containers = Vec::new();
    for _ in 0..CONTAINERS {
        containers.push(container(&table, faults, &tally, timeline.begin()).await);
    }
    let containers = Arc::new(containers);
    let next = Arc::new(AtomicUsize::new(0));
    let new_worker = |worker| Worker {
        containers: Arc::clone(&containers),
        tally: Arc::clone(&tally),
        next: Arc::clone(&next),
        timeline,
        copies_at_once,
        numbers: Worker::numbers(worker),
        verified: BTreeSet::new(),
        allowed: Vec::new(),
        denied: None,
    };
    let mut workers: Vec<Worker> = (0..CONTAINERS).map(new_worker).collect();
    // Whoever is late in one span would count in the next, since the time of a key never runs back.
    for (first, end) in timeline.spans() {
        next.store(first, Ordering::Relaxed);
        workers = workers.into_iter().map(|worker| worker.work(end)).collect::<JoinSet<_>>().join_all().await;
    }
    let verifications: Vec<Verification> = workers.into_iter().flat_map(|worker| worker.allowed).collect();
    (tally, counts::compare(&table, &verifications, timeline.end()).await)
}

fn operations() -> usize {
    let named = std::env::vars().find(|(name, _)| name == "SINCH_GATE_TEST_OPERATIONS");
    named.map_or(600, |(_, number)| number.parse().expect("SINCH_GATE_TEST_OPERATIONS is a number"))
}

const CALM: Faults = Faults { throttled: 0, reply_lost: 0, lost: 0 };
const STORM: Faults = Faults { throttled: 20, reply_lost: 10, lost: 5 };

#[tokio::test(flavor = "multi_thread")]
async fn without_faults_exactly_what_is_open_is_counted() {
    let (tally, counts) = run(operations() / 3, false, CALM).await;
    println!("calm: {tally:?}");
    assert_eq!(too_many(&counts), 0);
    assert_eq!(tally.copies_answered_differently.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_at_the_same_moment_get_one_answer_and_take_at_most_a_share_too_many() {
    let (tally, counts) = run(operations() / 3, true, CALM).await;
    let copies = tally.copies_at_once.load(Ordering::Relaxed) + tally.copies.load(Ordering::Relaxed);
    let too_many = too_many(&counts);
    println!("copies: {tally:?}; {too_many} shares too many");
    // A copy that finds the stamp of the first one gone takes shares of its own in up to five counters.
    assert!(too_many <= 5 * copies, "{too_many} shares too many, {copies} copies");
    assert_eq!(tally.copies_answered_differently.load(Ordering::Relaxed), 0);
    assert_eq!(tally.copies_at_once_answered_differently.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_faults_no_share_is_freed_twice_and_each_one_too_many_has_its_fault() {
    let (tally, counts) = run(operations(), false, STORM).await;
    let too_many = too_many(&counts);
    let n_faults = tally.replies_lost.load(Ordering::Relaxed) + tally.requests_lost.load(Ordering::Relaxed);
    println!("storm: {tally:?}; {too_many} shares too many for {n_faults} unclear writes");
    assert!(too_many <= n_faults, "{too_many} shares too many, {n_faults} faults");
}

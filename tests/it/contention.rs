//! Thousands of mixed operations by many containers at once, while the table fails in every way: what is
//! counted in the end is what is open, and each share too many is explained by one fault.
//!
//! `SINCH_GATE_TEST_OPERATIONS` says how many operations run under faults (600 if not given). A third as many run
//! twice without.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;

use crate::world::container::Container;
use crate::world::engine::TestTable;
use crate::world::proxy::{Fate, Proxy, Seen};
use crate::world::sinch::{action, request, result};

const CONTAINERS: usize = 8;

/// Long, since a busy machine must not turn a test of counting into one of speed; a copy waits so long at most.
const BUDGET: Duration = Duration::from_secs(20);

/// How verifications end, by weight.
const ENDINGS: [&str; 4] = ["SUCCESSFUL", "SUCCESSFUL", "ERROR", "FAIL"];

/// When a record is final in any case.
const LATER: SignedDuration = SignedDuration::from_secs(61);

/// Each worker has numbers of its own, in blocks and a country that all share.
const NUMBERS_PER_WORKER: usize = 40;

const POLICY: &str = r#"
    schema = 1
    default = "allow"
    on_store_failure = "deny"
    [[rules]]
    id = "number"
    verdict = "deny"
    quota = { per = "number", limit = 12, window = "1h" }
    [[rules]]
    id = "block"
    verdict = "deny"
    quota = { per = "block:3", limit = 25, window = "1h", release = "verified" }
    [[rules]]
    id = "country"
    verdict = "deny"
    quota = { per = "country", limit = 60, window = "1h", release = "verified", grow = 0.5 }
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

/// One verification, as those who asked for it know it.
#[derive(Clone, Debug)]
struct Verification {
    id: String,
    number: String,
    at: Timestamp,
    is_open: bool,
}

/// What was done and what came of it.
#[derive(Default, Debug)]
struct Tally {
    allowed: AtomicUsize,
    denied: AtomicUsize,
    results: AtomicUsize,
    copies: AtomicUsize,
    copies_answered_differently: AtomicUsize,
    results_sent_again: AtomicUsize,
    throttled: Arc<AtomicUsize>,
    replies_lost: Arc<AtomicUsize>,
    requests_lost: Arc<AtomicUsize>,
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Every operation has a moment of its own, and all of them are within one window.
fn moment(operation: usize, n_operations: usize) -> Timestamp {
    let begin: Timestamp = "2026-10-01T09:00:00Z".parse().unwrap();
    let nanos = SignedDuration::from_mins(50).as_nanos() * operation as i128 / n_operations as i128;
    begin + SignedDuration::from_millis(i64::try_from(nanos / 1_000_000).unwrap())
}

/// A container behind a proxy that fails its requests now and then.
async fn container(table: &TestTable, faults: Faults, tally: &Tally) -> Container {
    let proxy = Proxy::to(table.endpoint());
    let store = table.store_through(&proxy.endpoint(), BUDGET);
    let container = Container::with_policy(store, POLICY, BUDGET, moment(0, 1)).await;
    let counters = [&tally.throttled, &tally.replies_lost, &tally.requests_lost].map(Arc::clone);
    proxy.set(move |_: &Seen| {
        let dice = fastrand::u32(0..1_000);
        let (fate, counter) = match dice {
            _ if dice < faults.throttled => (Fate::Throttled, 0),
            _ if dice < faults.throttled + faults.reply_lost => (Fate::ReplyLost, 1),
            _ if dice < faults.throttled + faults.reply_lost + faults.lost => (Fate::Lost, 2),
            _ => return Fate::Answered,
        };
        count(&counters[counter]);
        fate
    });
    container
}

/// What one worker does: it asks, asks again, and tells how its verifications ended.
struct Worker {
    containers: Arc<Vec<Container>>,
    tally: Arc<Tally>,
    next: Arc<AtomicUsize>,
    n_operations: usize,
    /// Whether copies of a request come at the same moment, or later.
    copies_at_once: bool,
    numbers: Vec<String>,
    verifications: Vec<Verification>,
}

impl Worker {
    fn any_container(&self) -> &Container {
        &self.containers[fastrand::usize(..self.containers.len())]
    }

    async fn work(mut self) -> Vec<Verification> {
        loop {
            let operation = self.next.fetch_add(1, Ordering::Relaxed);
            if operation >= self.n_operations {
                return self.verifications;
            }
            let now = moment(operation, self.n_operations);
            match fastrand::u32(0..10) {
                0..5 => self.ask(format!("v{operation}"), now).await,
                5 if self.copies_at_once => self.ask_twice_at_once(format!("v{operation}"), now).await,
                5 => self.ask_again(now).await,
                6..9 => self.end(ENDINGS[fastrand::usize(..ENDINGS.len())], now).await,
                _ => self.repeat_a_result(now).await,
            }
        }
    }

    async fn ask(&mut self, id: String, now: Timestamp) {
        let number = self.numbers[fastrand::usize(..self.numbers.len())].clone();
        let answer = self.any_container().ask(&id, &number, now).await;
        self.note(id, number, now, &answer);
    }

    async fn ask_twice_at_once(&mut self, id: String, now: Timestamp) {
        let number = self.numbers[fastrand::usize(..self.numbers.len())].clone();
        let event = request(&id, &number);
        let (one, other) =
            tokio::join!(self.any_container().post(&event, now), self.any_container().post(&event, now));
        count(&self.tally.copies);
        if one.body != other.body {
            count(&self.tally.copies_answered_differently);
        }
        self.note(id, number, now, &action(&one.body));
    }

    /// Asks again about a verification that was allowed, long after, in any container.
    async fn ask_again(&mut self, now: Timestamp) {
        let Some(known) = self.verifications.last() else { return };
        count(&self.tally.copies);
        let answer = self.any_container().ask(&known.id, &known.number, now + LATER).await;
        if answer != "allow" {
            count(&self.tally.copies_answered_differently);
        }
    }

    fn note(&mut self, id: String, number: String, at: Timestamp, answer: &str) {
        if answer == "allow" {
            count(&self.tally.allowed);
            self.verifications.push(Verification { id, number, at, is_open: true });
        } else {
            count(&self.tally.denied);
        }
    }

    /// Ends one of the latest verifications.
    async fn end(&mut self, status: &str, now: Timestamp) {
        let Some(latest) = self.verifications.len().checked_sub(1) else { return };
        let chosen = self.verifications[latest - fastrand::usize(..=latest.min(6))].clone();
        self.tell(&chosen, status, now).await;
        for verification in &mut self.verifications {
            let is_freed = match status {
                "SUCCESSFUL" => verification.number == chosen.number && verification.at <= chosen.at,
                "ERROR" => verification.id == chosen.id,
                _ => false,
            };
            // A verification that is over stays so; what was opened before it goes along only with itself.
            verification.is_open &= !is_freed;
        }
    }

    async fn repeat_a_result(&mut self, now: Timestamp) {
        let closed: Vec<&Verification> = self.verifications.iter().filter(|known| !known.is_open).collect();
        let Some(chosen) = closed.last().map(|known| (*known).clone()) else { return };
        count(&self.tally.copies);
        let status = "SUCCESSFUL";
        self.tell(&chosen, status, now).await;
        for verification in &mut self.verifications {
            verification.is_open &= !(verification.number == chosen.number && verification.at <= chosen.at);
        }
    }

    /// Posts a result until the gate has taken it in, as Sinch or `outcome recover` would.
    async fn tell(&self, of: &Verification, status: &str, now: Timestamp) {
        count(&self.tally.results);
        for _ in 0..20 {
            let reply = self.any_container().post(&result(&of.id, &of.number, status), now).await;
            if reply.status == 200 {
                return;
            }
            count(&self.tally.results_sent_again);
        }
        panic!("{of:?} could not be told of {status}");
    }
}

/// By item and rule: what is counted, and what is open.
type Counts = BTreeMap<(String, &'static str), (u32, u32)>;

/// Runs the operations.
async fn run(n_operations: usize, copies_at_once: bool, faults: Faults) -> (Arc<Tally>, Counts) {
    let table = TestTable::new().await;
    let tally = Arc::new(Tally::default());
    let mut containers = Vec::new();
    for _ in 0..CONTAINERS {
        containers.push(container(&table, faults, &tally).await);
    }
    let containers = Arc::new(containers);
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for worker in 0..CONTAINERS {
        let numbers =
            (0..NUMBERS_PER_WORKER).map(|n| format!("+467017{:02}{:03}", n, 100 + worker)).collect();
        let worker = Worker {
            containers: Arc::clone(&containers),
            tally: Arc::clone(&tally),
            next: Arc::clone(&next),
            n_operations,
            copies_at_once,
            numbers,
            verifications: Vec::new(),
        };
        workers.spawn(worker.work());
    }
    let verifications: Vec<Verification> = workers.join_all().await.into_iter().flatten().collect();
    let mut open: BTreeMap<(String, &str), u32> = BTreeMap::new();
    for known in &verifications {
        let block = known.number.get(..known.number.len() - 3).unwrap();
        *open.entry((format!("number#{}", known.number), "number")).or_default() += 1;
        *open.entry((format!("block:3#{block}"), "block")).or_default() += u32::from(known.is_open);
        *open.entry(("country#SE".to_owned(), "country")).or_default() += u32::from(known.is_open);
    }
    let mut counts = BTreeMap::new();
    for ((key, rule), open) in open {
        let counted = table.admitted(&key, rule).await.parse().unwrap();
        counts.insert((key, rule), (counted, open));
    }
    let spent: rust_decimal::Decimal = table.admitted("country#SE", "spend#EUR").await.parse().unwrap();
    let n_spent = u32::try_from(spent / rust_decimal::Decimal::new(453, 4)).unwrap();
    counts.insert(("country#SE".to_owned(), "spend"), (n_spent, u32::try_from(verifications.len()).unwrap()));
    (tally, counts)
}

/// How many shares are counted that nobody holds. None is ever missing: nothing is freed twice.
fn too_many(counts: &Counts) -> usize {
    let mut too_many = 0;
    for ((key, rule), (counted, open)) in counts {
        assert!(counted >= open, "{rule} of {key} counts {counted}, but {open} are open");
        too_many += counted - open;
    }
    too_many as usize
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
    let (too_many, copies) = (too_many(&counts), tally.copies.load(Ordering::Relaxed));
    println!("copies: {tally:?}; {too_many} shares too many");
    // A copy that finds the stamp of the first one gone takes shares of its own in up to three busy items.
    assert!(too_many <= 3 * copies, "{too_many} shares too many, {copies} copies");
    assert_eq!(tally.copies_answered_differently.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_faults_no_share_is_freed_twice_and_each_one_too_many_has_its_fault() {
    let (tally, counts) = run(operations(), false, STORM).await;
    let too_many = too_many(&counts);
    let n_faults = tally.replies_lost.load(Ordering::Relaxed) + tally.requests_lost.load(Ordering::Relaxed);
    println!("storm: {tally:?}; {too_many} shares too many for {n_faults} unclear writes");
    assert!(too_many <= n_faults, "{too_many} shares too many, {n_faults} faults");
}

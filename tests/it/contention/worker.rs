//! What one worker does: it asks, asks again, and reports how its verifications ended.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{BUDGET, Tally, Timeline};
use crate::world::container::Container;
use crate::world::sinch::{action, request, result};

/// How verifications end, by weight.
const ENDINGS: [&str; 4] = ["SUCCESSFUL", "SUCCESSFUL", "ERROR", "FAIL"];

/// When a record is final in any case.
const LATER: SignedDuration = SignedDuration::from_secs(61);

/// Each worker has numbers of its own, in blocks and a country that all share.
const NUMBERS: usize = 40;

/// One verification, as those who asked for it know it.
#[derive(Clone, Debug)]
pub(super) struct Verification {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) at: Timestamp,
    pub(super) is_open: bool,
    pub(super) has_verified: bool,
    /// Whether the rules for strangers had a say: it was neither on a list, nor had its number verified.
    pub(super) is_of_stranger: bool,
}

/// A worker.
pub(super) struct Worker {
    pub(super) containers: Arc<Vec<Container>>,
    pub(super) tally: Arc<Tally>,
    pub(super) next: Arc<AtomicUsize>,
    pub(super) timeline: Timeline,
    /// Whether there are copies at the same moment, or so soon that the first one may still be at work.
    pub(super) copies_at_once: bool,
    pub(super) numbers: Vec<String>,
    pub(super) verified: BTreeSet<String>,
    pub(super) allowed: Vec<Verification>,
    /// The last one that was denied, and when.
    pub(super) denied: Option<(String, String, Timestamp)>,
}

impl Worker {
    /// The numbers of the nth worker. Of every four one is a partner on the safelist, one is blocked, and one
    /// never verifies.
    pub(super) fn numbers(worker: usize) -> Vec<String> {
        (0..NUMBERS).map(|n| format!("+467017{n:02}{:03}", 100 + worker)).collect()
    }

    fn any_container(&self) -> &Container {
        &self.containers[fastrand::usize(..self.containers.len())]
    }

    fn any_number(&self) -> String {
        self.numbers[fastrand::usize(..self.numbers.len())].clone()
    }

    /// Works until this number of operations is done.
    pub(super) async fn work(mut self, end: usize) -> Self {
        loop {
            let operation = self.next.fetch_add(1, Ordering::Relaxed);
            if operation >= end {
                return self;
            }
            let now = self.timeline.moment(operation);
            match fastrand::u32(0..11) {
                0..5 => self.ask(format!("v{operation}"), now).await,
                5 if self.copies_at_once => self.ask_twice_at_once(format!("v{operation}"), now).await,
                5 => self.ask_again_much_later(now).await,
                6 => self.ask_again().await,
                7..10 => self.end(ENDINGS[fastrand::usize(..ENDINGS.len())], now).await,
                _ => self.repeat_a_result(now).await,
            }
        }
    }

    async fn ask(&mut self, id: String, now: Timestamp) {
        let number = self.any_number();
        let answer = self.any_container().ask(&id, &number, now).await;
        self.note(id, number, now, &answer);
    }

    async fn ask_twice_at_once(&mut self, id: String, now: Timestamp) {
        let number = self.any_number();
        let event = request(&id, &number);
        let soon = now + a_few_seconds();
        let (one, other) =
            tokio::join!(self.any_container().post(&event, now), self.any_container().post(&event, soon));
        self.tally.compare(true, one.body == other.body);
        self.note(id, number, now, &action(&one.body));
    }

    /// Asks again about a verification that was allowed, long after, in any container.
    async fn ask_again_much_later(&mut self, now: Timestamp) {
        let Some(known) = self.allowed.last() else { return };
        let answer = self.any_container().ask(&known.id, &known.number, now + LATER).await;
        self.tally.compare(false, answer == "allow");
    }

    /// Asks again about one that was just allowed or denied, a few seconds after, in any container.
    async fn ask_again(&mut self) {
        // One that was allowed takes a second share where others have overwritten the stamp of the first.
        if let Some(known) = self.allowed.last().filter(|_| self.copies_at_once && fastrand::bool()) {
            let at = known.at + a_few_seconds();
            let answer = self.any_container().ask(&known.id, &known.number, at).await;
            return self.tally.compare(false, answer == "allow");
        }
        let Some((id, number, at)) = &self.denied else { return };
        let answer = self.any_container().ask(id, number, *at + a_few_seconds()).await;
        self.tally.compare(false, answer == "deny");
    }

    fn note(&mut self, id: String, number: String, at: Timestamp, answer: &str) {
        if answer == "allow" {
            self.tally.allowed.fetch_add(1, Ordering::Relaxed);
            let is_of_stranger = !is_partner(&number) && !self.verified.contains(&number);
            self.allowed.push(Verification {
                id,
                number,
                at,
                is_open: true,
                has_verified: false,
                is_of_stranger,
            });
        } else {
            self.tally.denied.fetch_add(1, Ordering::Relaxed);
            self.denied = Some((id, number, at));
        }
    }

    /// Ends one of the latest verifications.
    async fn end(&mut self, status: &str, now: Timestamp) {
        let Some(latest) = self.allowed.len().checked_sub(1) else { return };
        let chosen = self.allowed[latest - fastrand::usize(..=latest.min(6))].clone();
        let status = if status == "SUCCESSFUL" && never_verifies(&chosen.number) { "FAIL" } else { status };
        self.tell(&chosen, status, now).await;
        self.free(&chosen, status, now);
    }

    async fn repeat_a_result(&mut self, now: Timestamp) {
        let over = |known: &&Verification| !known.is_open && !never_verifies(&known.number);
        let Some(chosen) = self.allowed.iter().rfind(over).cloned() else { return };
        self.tell(&chosen, "SUCCESSFUL", now).await;
        self.free(&chosen, "SUCCESSFUL", now);
    }

    /// Notes which verifications are over. They stay so; what was opened before one of them goes along with
    /// its success, which no later result takes back.
    fn free(&mut self, ended: &Verification, status: &str, now: Timestamp) {
        let is_verified = status == "SUCCESSFUL" || status == "ERROR" && ended.has_verified;
        // What was asked for after this may still be refused by a handling at work.
        let decided_before = now - (2 * BUDGET + Duration::from_secs(3));
        // Of two copies, the later one's moment may be the one that is kept.
        let latest = ended.at + if self.copies_at_once { MOST_BETWEEN_COPIES } else { SignedDuration::ZERO };
        for other in &mut self.allowed {
            let is_itself = other.id == ended.id;
            let is_earlier = other.number == ended.number && other.at <= latest.min(decided_before);
            if is_itself && (is_verified || status == "ERROR") || is_earlier && is_verified {
                other.is_open = false;
            }
            other.has_verified |= is_itself && is_verified;
        }
    }

    /// Posts a result until the gate has taken it in, as Sinch or `outcome recover` would.
    async fn tell(&mut self, of: &Verification, status: &str, now: Timestamp) {
        self.tally.results.fetch_add(1, Ordering::Relaxed);
        for _ in 0..20 {
            let reply = self.any_container().post(&result(&of.id, &of.number, status), now).await;
            if reply.status == 200 {
                if status == "SUCCESSFUL" {
                    self.verified.insert(of.number.clone());
                }
                return;
            }
            self.tally.results_sent_again.fetch_add(1, Ordering::Relaxed);
        }
        panic!("{of:?} could not be told of {status}");
    }
}

/// What lies between copies: less or more than a handling lasts.
const MOST_BETWEEN_COPIES: SignedDuration = SignedDuration::from_secs(6);

fn a_few_seconds() -> SignedDuration {
    MOST_BETWEEN_COPIES * fastrand::i32(0..=1_000) / 1_000
}

/// By the two digits that differ among the numbers of a worker.
fn kind_of(number: &str) -> u8 {
    number[7..9].parse::<u8>().unwrap() % 4
}

fn is_partner(number: &str) -> bool {
    kind_of(number) == 0
}

fn never_verifies(number: &str) -> bool {
    kind_of(number) == 1
}

/// The entries of the lists that these numbers meet: whole ones and prefixes.
pub(super) fn listed() -> Vec<(&'static str, String)> {
    let of_kind = |kind: usize| (0..NUMBERS).filter(move |n| n % 4 == kind);
    let partners = of_kind(0).map(|n| ("safelist", format!("+467017{n:02}*")));
    partners.chain([("blocklist", "+46701702*".to_owned())]).collect()
}

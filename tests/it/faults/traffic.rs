//! The traffic of a row: verifications that are asked about at both gates, some at the same moment, and how
//! they end.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::lab::{Faults, Lab};
use super::rows::Row;
use crate::world::sinch::{action, request, result};

const CALLERS: usize = 8;

/// Numbers that are asked about more often than their limit allows, and how often.
const CROWDED: usize = 3;
const ASKED: usize = 4;

/// Numbers that are asked about once; every other one verifies.
const SINGLE: usize = 10;

/// A copy that waits for another one for as long as it may has waited for so long.
const WAITED: Duration = Duration::from_millis(450);

/// What a verification is there for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// One of too many for its number.
    Crowd,
    /// Its number is asked about once; whether it ends verified.
    Single(bool),
    /// Its number is on the blocklist.
    Blocked,
    /// Its country is denied without asking the table.
    Abroad,
}

/// A verification, and what was said of it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) number: String,
    pub(super) purpose: Purpose,
    /// By gate, in the order they came.
    pub(super) answers: [Vec<String>; 2],
    /// Anything other than an answer.
    pub(super) refused: Vec<String>,
    pub(super) slowest: Duration,
    /// Whether both gates were asked at the same moment.
    pub(super) at_once: bool,
    /// Whether a result was sent, and taken in.
    pub(super) told: Option<bool>,
}

/// All of a row.
pub(super) struct Traffic {
    pub(super) asked: Vec<Asked>,
    pub(super) faults: Faults,
    /// What the gates logged meanwhile.
    pub(super) lines: Vec<String>,
    /// The block of its numbers.
    pub(super) block: String,
}

/// The verifications of the nth row.
fn verifications(nth: usize) -> Vec<Asked> {
    let number = |n: usize| format!("+4670{nth:04}{n:03}");
    let mut planned = Vec::new();
    planned.extend((0..CROWDED * ASKED).map(|n| (number(n % CROWDED), Purpose::Crowd)));
    planned.extend((0..SINGLE).map(|n| (number(100 + n), Purpose::Single(n.is_multiple_of(2)))));
    planned.extend((0..2).map(|_| (number(900), Purpose::Blocked)));
    planned.push((format!("+47912{nth:05}"), Purpose::Abroad));
    let asked = |(n, (number, purpose))| Asked {
        id: format!("{nth}-{n}"),
        number,
        purpose,
        answers: [Vec::new(), Vec::new()],
        refused: Vec::new(),
        slowest: Duration::ZERO,
        at_once: false,
        told: None,
    };
    planned.into_iter().enumerate().map(asked).collect()
}

/// Runs the traffic of the nth row while the table fails.
pub(super) fn run(lab: &Lab, row: &Row, nth: usize) -> Traffic {
    let planned = verifications(nth);
    let block = format!("+4670{nth:04}");
    lab.block(&format!("{block}900"));
    let logged = lab.logged();
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let faults = lab.failing(row, || {
        std::thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| {
                    while let Some(asked) = planned.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let asked = play(lab, asked.clone());
                        done.lock().unwrap().insert(asked.id.clone(), asked);
                    }
                });
            }
        });
    });
    let asked = done.into_inner().unwrap().into_values().collect();
    Traffic { asked, faults, lines: lab.lines_since(logged), block }
}

/// Asks about a verification here, there, and here again, or first at both gates at the same moment; then
/// reports its end, until one of them has taken it in.
fn play(lab: &Lab, mut asked: Asked) -> Asked {
    let here = fastrand::usize(0..2);
    asked.at_once = fastrand::u32(0..3) == 0;
    if asked.at_once {
        let posted = std::thread::scope(|scope| {
            let posting = [0, 1].map(|gate| {
                scope.spawn({
                    let asked = &asked;
                    move || post(lab, gate, asked)
                })
            });
            posting.map(|posting| posting.join().unwrap())
        });
        posted.into_iter().zip(0..).for_each(|(reply, gate)| asked.note(gate, reply));
    }
    for gate in [here, 1 - here, here] {
        let reply = post(lab, gate, &asked);
        asked.note(gate, reply);
    }
    if asked.purpose == Purpose::Single(true) {
        let event = result(&asked.id, &asked.number, "SUCCESSFUL");
        asked.told = Some([here, 1 - here].iter().any(|gate| lab.gates[*gate].post(&event).status == 200));
    }
    asked
}

/// The answer, and how long it took.
fn post(lab: &Lab, gate: usize, asked: &Asked) -> (Result<String, String>, Duration) {
    let begun = Instant::now();
    let reply = lab.gates[gate].post(&request(&asked.id, &asked.number));
    let answer = match reply.status {
        200 => Ok(action(&reply.body)),
        status => Err(format!("{status} {}", reply.body)),
    };
    (answer, begun.elapsed())
}

impl Asked {
    fn note(&mut self, gate: usize, (answer, took): (Result<String, String>, Duration)) {
        self.slowest = self.slowest.max(took);
        match answer {
            Ok(answer) => self.answers[gate].push(answer),
            Err(refused) => self.refused.push(refused),
        }
    }

    /// All answers, in no order.
    pub(super) fn all_answers(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().flatten().map(String::as_str)
    }

    pub(super) fn was_answered(&self, answer: &str) -> bool {
        self.all_answers().any(|given| given == answer)
    }

    /// Whether it may have been allowed without a share: one of the gates denied it and could not record
    /// that, or one of two copies waited for the other one for as long as it may.
    pub(super) fn may_lack_a_share(&self) -> bool {
        self.is_ambiguous() || self.at_once && self.slowest > WAITED
    }

    /// Whether the gates said different things of it.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.was_answered("allow") && self.was_answered("deny")
    }
}

//! Deciding beside reading: the sides of a backtest on threads of their own.
//!
//! ```text
//! reading ── batches ──> each worker: its sides, batch after batch ── what they said ──> summing up
//! ```
//!
//! A batch is read once and decided by every side; the sides are spread over the processors. Where no policy
//! counts over all applications together, these do not depend on each other, so each side is split by them
//! as well. What was said is put together again in the order of the batches, so the result does not depend on
//! who was faster.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::anyhow;

use super::decisions::Decisions;
use super::kept::{Keeping, Kept};
use crate::backtest::{Backtest as Test, Said, Side, TrafficEvent};
use crate::signature::AppKey;

/// How many events are handed over at a time.
const BATCH: usize = 1_024;

/// How many batches may wait for a worker.
const WAITING: usize = 8;

/// Events, and for each of them the part of the applications that it belongs to.
#[derive(Default)]
struct Batch {
    events: Vec<TrafficEvent>,
    parts: Vec<usize>,
}

/// The sides at work.
pub(super) struct Deciding {
    batch: Batch,
    parts: Parts,
    workers: Vec<Worker>,
    summing: Summing,
}

/// Which part each application belongs to: they take turns as they appear.
struct Parts {
    of_apps: HashMap<AppKey, usize>,
    n_parts: usize,
}

/// One side over one part of the applications.
struct Share {
    side: usize,
    part: usize,
    replay: Side,
}

/// A thread with some of the shares.
struct Worker {
    batches: SyncSender<Arc<Batch>>,
    thread: JoinHandle<()>,
}

/// The thread that puts together what the sides said.
struct Summing {
    batches: SyncSender<Arc<Batch>>,
    thread: JoinHandle<anyhow::Result<Decided>>,
}

/// What came of it.
pub(super) struct Decided {
    pub(super) test: Test,
    /// The traffic, where it is to be replayed again.
    pub(super) kept: Option<Kept>,
}

/// What is written beside deciding.
pub(super) struct Written {
    pub(super) decisions: Option<Decisions>,
    pub(super) kept: Option<Keeping>,
}

impl Deciding {
    /// Starts the threads. `is_divisible` says that applications do not depend on each other.
    pub(super) fn start(sides: Vec<Side>, is_divisible: bool, test: Test, written: Written) -> Self {
        let n_processors = std::thread::available_parallelism().map_or(1, usize::from);
        let n_parts = if is_divisible { n_processors } else { 1 };
        let n_sides = sides.len();
        let n_workers = n_processors.min(n_sides * n_parts).max(1);
        let mut shares: Vec<Vec<Share>> = (0..n_workers).map(|_| Vec::new()).collect();
        for (place, side) in sides.into_iter().enumerate() {
            for part in 0..n_parts {
                // So that one application keeps all busy with several sides, and one side with several
                // applications.
                if let Some(shares) = shares.get_mut((place + part) % n_workers) {
                    shares.push(Share { side: place, part, replay: side.clone() });
                }
            }
        }
        let mut workers = Vec::new();
        let mut replies = Vec::new();
        for shares in shares {
            let (batches, to_decide) = sync_channel::<Arc<Batch>>(WAITING);
            let (said, reply) = sync_channel(WAITING);
            let thread = std::thread::spawn(move || decide(shares, &to_decide, &said));
            workers.push(Worker { batches, thread });
            replies.push(reply);
        }
        let (batches, to_sum) = sync_channel::<Arc<Batch>>(WAITING);
        let thread = std::thread::spawn(move || sum_up(test, written, (n_sides, n_parts), &to_sum, &replies));
        let parts = Parts { of_apps: HashMap::new(), n_parts };
        Self { batch: Batch::default(), parts, workers, summing: Summing { batches, thread } }
    }

    /// Takes the next event.
    pub(super) fn put(&mut self, event: TrafficEvent) -> anyhow::Result<()> {
        self.batch.parts.push(self.parts.of(&event.app));
        self.batch.events.push(event);
        if self.batch.events.len() < BATCH { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> anyhow::Result<()> {
        let batch = Arc::new(std::mem::take(&mut self.batch));
        let receivers = self.workers.iter().map(|worker| &worker.batches).chain([&self.summing.batches]);
        for batches in receivers {
            // It fails only where a thread has ended, which says why itself.
            batches.send(Arc::clone(&batch)).map_err(|_| anyhow!("the backtest was cut off"))?;
        }
        Ok(())
    }

    /// Waits for the last decision.
    ///
    /// # Errors
    /// Where decisions could not be written, or a thread failed.
    pub(super) fn finish(mut self) -> anyhow::Result<Decided> {
        let handed_over = self.hand_over();
        let Self { workers, summing, .. } = self;
        for Worker { batches, thread } in workers {
            drop(batches);
            thread.join().map_err(|_| anyhow!("a thread of the backtest failed"))?;
        }
        drop(summing.batches);
        let decided = summing.thread.join().map_err(|_| anyhow!("a thread of the backtest failed"))??;
        handed_over.map(|()| decided)
    }
}

impl Parts {
    fn of(&mut self, app: &AppKey) -> usize {
        if let Some(part) = self.of_apps.get(app) {
            return *part;
        }
        let part = self.of_apps.len() % self.n_parts;
        self.of_apps.insert(app.clone(), part);
        part
    }
}

/// What a share said to the events of a batch that belong to it, by the places of side and part.
type Reply = Vec<(usize, usize, Vec<Said>)>;

fn decide(mut shares: Vec<Share>, batches: &Receiver<Arc<Batch>>, said: &SyncSender<Reply>) {
    for batch in batches {
        let reply = shares.iter_mut().map(|Share { side, part, replay }| {
            let events = batch.events.iter().zip(&batch.parts).filter(|(_, of)| *of == part);
            (*side, *part, events.map(|(event, _)| replay.handle(event)).collect())
        });
        if said.send(reply.collect()).is_err() {
            return;
        }
    }
}

fn sum_up(
    mut test: Test,
    Written { mut decisions, mut kept }: Written,
    (n_sides, n_parts): (usize, usize),
    batches: &Receiver<Arc<Batch>>,
    replies: &[Receiver<Reply>],
) -> anyhow::Result<Decided> {
    for batch in batches {
        let mut by_side: Vec<Vec<std::vec::IntoIter<Said>>> =
            (0..n_sides).map(|_| (0..n_parts).map(|_| Vec::new().into_iter()).collect()).collect();
        for reply in replies {
            for (side, part, said) in reply.recv().map_err(|_| anyhow!("a thread of the backtest failed"))? {
                if let Some(slot) = by_side.get_mut(side).and_then(|parts| parts.get_mut(part)) {
                    *slot = said.into_iter();
                }
            }
        }
        for (event, part) in batch.events.iter().zip(&batch.parts) {
            let said = by_side.iter_mut().filter_map(|parts| parts.get_mut(*part)?.next());
            let said: Vec<Said> = said.collect();
            let said: Vec<&Said> = said.iter().collect();
            test.take(event, &said);
            if let Some(decisions) = decisions.as_mut().filter(|_| test.counts(event)) {
                decisions.write(event, &said)?;
            }
            if let Some(kept) = &mut kept {
                kept.put(event)?;
            }
        }
        if let Some(kept) = &mut kept {
            kept.put_judged(&mut test)?;
        }
    }
    test.end();
    if let Some(kept) = &mut kept {
        kept.put_judged(&mut test)?;
    }
    if let Some(decisions) = decisions {
        decisions.finish()?;
    }
    Ok(Decided { test, kept: kept.map(Keeping::finish).transpose()? })
}

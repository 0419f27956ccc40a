//! Deciding beside reading: the sides of a backtest on threads of their own.
//!
//! ```text
//! reading ── batches ──> each worker: its sides, batch after batch ── what they said ──> summing up
//! ```
//!
//! A batch is read once and decided by every side; the sides are spread over the processors. What they said
//! is put together again in the order of the batches, so the result does not depend on who was faster.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::anyhow;

use super::decisions::Decisions;
use crate::backtest::{Backtest as Test, Said, Side, TrafficEvent};

/// How many events are handed over at a time.
const BATCH: usize = 1_024;

/// How many batches may wait for a worker.
const WAITING: usize = 8;

type Batch = Arc<Vec<TrafficEvent>>;

/// The sides at work.
pub(super) struct Deciding {
    batch: Vec<TrafficEvent>,
    workers: Vec<Worker>,
    summing: Summing,
}

/// A thread with some of the sides.
struct Worker {
    batches: SyncSender<Batch>,
    thread: JoinHandle<()>,
}

/// The thread that puts together what the sides said.
struct Summing {
    batches: SyncSender<Batch>,
    thread: JoinHandle<anyhow::Result<Decided>>,
}

/// What came of it.
pub(super) struct Decided {
    pub(super) test: Test,
}

impl Deciding {
    /// Starts the threads.
    pub(super) fn start(sides: Vec<Side>, test: Test, decisions: Option<Decisions>) -> Self {
        let n_workers = std::thread::available_parallelism().map_or(1, usize::from).min(sides.len()).max(1);
        let n_sides = sides.len();
        let mut shares: Vec<Vec<(usize, Side)>> = (0..n_workers).map(|_| Vec::new()).collect();
        for (place, side) in sides.into_iter().enumerate() {
            if let Some(share) = shares.get_mut(place % n_workers) {
                share.push((place, side));
            }
        }
        let mut workers = Vec::new();
        let mut replies = Vec::new();
        for share in shares {
            let (batches, to_decide) = sync_channel::<Batch>(WAITING);
            let (said, reply) = sync_channel(WAITING);
            workers.push(Worker {
                batches,
                thread: std::thread::spawn(move || decide(share, &to_decide, &said)),
            });
            replies.push(reply);
        }
        let (batches, to_sum) = sync_channel::<Batch>(WAITING);
        let thread = std::thread::spawn(move || sum_up(test, decisions, n_sides, &to_sum, &replies));
        Self { batch: Vec::with_capacity(BATCH), workers, summing: Summing { batches, thread } }
    }

    /// Takes the next event.
    pub(super) fn put(&mut self, event: TrafficEvent) -> anyhow::Result<()> {
        self.batch.push(event);
        if self.batch.len() < BATCH { Ok(()) } else { self.hand_over() }
    }

    fn hand_over(&mut self) -> anyhow::Result<()> {
        let batch = Arc::new(std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH)));
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

/// What the sides of a worker said to a batch: by side its place, and by event what it said.
type Reply = Vec<(usize, Vec<Said>)>;

fn decide(mut sides: Vec<(usize, Side)>, batches: &Receiver<Batch>, said: &SyncSender<Reply>) {
    for batch in batches {
        let reply = sides
            .iter_mut()
            .map(|(place, side)| (*place, batch.iter().map(|event| side.handle(event)).collect()));
        if said.send(reply.collect()).is_err() {
            return;
        }
    }
}

fn sum_up(
    mut test: Test,
    mut decisions: Option<Decisions>,
    n_sides: usize,
    batches: &Receiver<Batch>,
    replies: &[Receiver<Reply>],
) -> anyhow::Result<Decided> {
    for batch in batches {
        let mut by_side: Vec<Vec<Said>> = vec![Vec::new(); n_sides];
        for reply in replies {
            for (place, said) in reply.recv().map_err(|_| anyhow!("a thread of the backtest failed"))? {
                if let Some(slot) = by_side.get_mut(place) {
                    *slot = said;
                }
            }
        }
        let mut by_side: Vec<_> = by_side.iter().map(|said| said.iter()).collect();
        for event in batch.iter() {
            let said: Vec<&Said> = by_side.iter_mut().filter_map(Iterator::next).collect();
            test.take(event, &said);
            if let Some(decisions) = decisions.as_mut().filter(|_| test.counts(event)) {
                decisions.write(event, &said)?;
            }
        }
    }
    if let Some(decisions) = decisions {
        decisions.finish()?;
    }
    Ok(Decided { test })
}

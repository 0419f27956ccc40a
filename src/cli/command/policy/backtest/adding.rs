//! What each rule adds: the candidate without it, over the traffic that was kept. One replay after the other
//! on each processor, since each holds all that is live; rules that denied nothing need none.

use std::sync::{Arc, Mutex};

use anyhow::anyhow;

use super::kept::{Kept, Reader};
use crate::backtest::{Backtest as Test, Found, Packer, Side, Without};
use crate::cli::progress::Progress;
use crate::policy::{Effect, Policy};
use crate::replay::Lists;
use crate::verdict::Verdict;

/// How many events are decided between two looks at the progress.
const EVENTS_BETWEEN_LOOKS: usize = 1_024;

/// How many replays go on at a time.
pub(super) fn n_at_a_time() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Replays what was kept without each rule that denies, and notes what that comes to.
///
/// # Errors
/// Where what was kept cannot be read.
pub(super) fn compare(
    test: &mut Test,
    candidate: &Policy,
    lists: &Arc<Lists>,
    mut kept: Kept,
) -> anyhow::Result<()> {
    let (busy, idle): (Vec<usize>, Vec<usize>) =
        denying(candidate).into_iter().partition(|place| kept.denied_by.contains(place));
    idle.into_iter().for_each(|place| test.compare_idle(place));
    let progress = Progress::of(kept.n_events * busy.len(), "events decided without a rule");
    let places = Mutex::new(busy.into_iter());
    let (packer, readers) = kept.parts();
    let tried: anyhow::Result<Vec<Vec<Found>>> = std::thread::scope(|scope| {
        let (progress, places) = (&progress, &places);
        let replay = |reader| {
            let without = move |place| {
                let side = Side::new(candidate.without(place), "candidate", Arc::clone(lists));
                Without::new(place, side)
            };
            let next = move || places.lock().ok().and_then(|mut places| places.next());
            scope.spawn(move || try_all(next, without, packer, reader, progress))
        };
        let threads: Vec<_> = readers.iter_mut().map(replay).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .map(|tried| tried.unwrap_or_else(|_| Err(anyhow!("a thread of the backtest failed"))))
            .collect()
    });
    tried?.into_iter().flatten().for_each(|found| test.compare(found));
    Ok(())
}

/// Tries rules as long as any is left.
fn try_all(
    next: impl Fn() -> Option<usize>,
    without: impl Fn(usize) -> Without,
    packer: &Packer,
    reader: &mut Reader,
    progress: &Progress,
) -> anyhow::Result<Vec<Found>> {
    let mut tried = Vec::new();
    while let Some(place) = next() {
        let mut without = without(place);
        let mut n_events = 0_usize;
        reader.pass_on(packer, |event, judged| {
            without.take(event, |stamp| judged.of(stamp));
            n_events += 1;
            if n_events.is_multiple_of(EVENTS_BETWEEN_LOOKS) {
                progress.add(EVENTS_BETWEEN_LOOKS);
            }
        })?;
        tried.push(without.done());
    }
    Ok(tried)
}

/// The rules that deny, by their places.
fn denying(policy: &Policy) -> Vec<usize> {
    let rules = policy.rules().iter().enumerate();
    let denying = rules.filter(|(_, rule)| rule.effect() == Effect::Decide(Verdict::Deny));
    denying.map(|(place, _)| place).collect()
}

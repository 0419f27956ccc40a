//! The connections that are open, and which of them makes room for a new one.
//!
//! A connection is silent while no whole request of it is there: it is idle, or slow to send one. Anybody may
//! open any number of these, so the one that has been silent for the longest time makes room; one whose
//! request is being handled never does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// The clock of the state begins after this.
const HANDLING: u64 = 0;

/// The places of connections.
#[derive(Clone)]
pub(super) struct Connections {
    shared: Arc<Shared>,
}

struct Shared {
    most: usize,
    state: Mutex<State>,
    /// A place is free, or has become silent.
    changed: Notify,
}

#[derive(Default)]
struct State {
    taken: usize,
    /// Rises with each connection that becomes silent.
    clock: u64,
    /// By when they became silent.
    silent: BTreeMap<u64, Arc<Notify>>,
}

/// The place of one connection, until it is dropped.
pub(super) struct Place {
    shared: Arc<Shared>,
    /// Since when it is silent, by the clock of the state; [`HANDLING`] while a request is being handled. It
    /// changes while the state is locked.
    since: AtomicU64,
    /// It is to make room.
    wanted: Arc<Notify>,
}

/// A request is being handled, until this is dropped.
pub(super) struct Handling<'p>(&'p Place);

impl Connections {
    pub(super) fn new(most: usize) -> Self {
        let shared = Shared { most, state: Mutex::default(), changed: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Takes a place, if need be that of the connection that has been silent for the longest time. Where none
    /// is silent, it waits.
    pub(super) async fn take_place(&self) -> Place {
        loop {
            let changed = self.shared.changed.notified();
            if let Some(place) = self.try_take_place() {
                return place;
            }
            changed.await;
        }
    }

    fn try_take_place(&self) -> Option<Place> {
        let mut state = self.shared.state();
        if state.taken >= self.shared.most {
            let (_, longest_silent) = state.silent.pop_first()?;
            longest_silent.notify_one();
        }
        state.taken += 1;
        let wanted = Arc::new(Notify::new());
        let since = AtomicU64::new(state.silence(&wanted));
        Some(Place { shared: Arc::clone(&self.shared), since, wanted })
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn silence(&mut self, wanted: &Arc<Notify>) -> u64 {
        self.clock += 1;
        self.silent.insert(self.clock, Arc::clone(wanted));
        self.clock
    }
}

impl Place {
    /// Resolves when this connection is to make room.
    pub(super) async fn is_wanted(&self) {
        self.wanted.notified().await;
    }

    /// Resolves once no request of it is being handled.
    pub(super) async fn is_silent(&self) {
        loop {
            let changed = self.shared.changed.notified();
            if self.since.load(Ordering::Relaxed) != HANDLING {
                return;
            }
            changed.await;
        }
    }

    /// A whole request is there: from now on this connection makes no room.
    pub(super) fn handling(&self) -> Handling<'_> {
        let mut state = self.shared.state();
        state.silent.remove(&self.since.swap(HANDLING, Ordering::Relaxed));
        Handling(self)
    }
}

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        let Self(Place { shared, since, wanted }) = self;
        since.store(shared.state().silence(wanted), Ordering::Relaxed);
        shared.changed.notify_waiters();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.silent.remove(&self.since.load(Ordering::Relaxed));
        state.taken = state.taken.saturating_sub(1);
        drop(state);
        self.shared.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn take(connections: &Connections) -> Option<Place> {
        connections.take_place().now_or_never()
    }

    fn is_wanted(place: &Place) -> bool {
        place.is_wanted().now_or_never().is_some()
    }

    #[test]
    fn the_one_that_is_silent_for_the_longest_time_makes_room() {
        let connections = Connections::new(3);
        let places = [0, 1, 2].map(|_| take(&connections).unwrap());
        // The first one's request is being handled, and the second one's was.
        let handling = places[0].handling();
        drop(places[1].handling());
        let newer = take(&connections).unwrap();
        assert_eq!(places.each_ref().map(is_wanted), [false, false, true]);
        let newest = take(&connections).unwrap();
        assert_eq!(places.each_ref().map(is_wanted), [false, true, false]);
        drop(handling);
        assert!(take(&connections).is_some() && is_wanted(&newer) && !is_wanted(&places[0]));
        assert!(!is_wanted(&newest));
    }

    #[test]
    fn nobody_makes_room_while_all_requests_are_being_handled() {
        let connections = Connections::new(2);
        let places = [0, 1].map(|_| take(&connections).unwrap());
        let _handled = places.each_ref().map(Place::handling);
        assert!(take(&connections).is_none());
        let [first, _second] = &places;
        assert!(first.is_silent().now_or_never().is_none());
        let mut waiting = Box::pin(connections.take_place());
        assert!(waiting.as_mut().now_or_never().is_none());
        let third = Connections::new(1);
        drop(take(&third));
        assert!(take(&third).is_some(), "a place that was given up is free");
    }
}

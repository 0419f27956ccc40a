//! One tally for everything that measures, and the way from it to the log.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::metrics::{Namespace, Tally, emf};

/// Where store, gate and endpoint count what happens. Copies count in the same tally; one that is off costs
/// nothing.
#[derive(Clone, Default)]
pub struct Meter(Option<Arc<Metered>>);

struct Metered {
    namespace: Namespace,
    tally: Mutex<Tally>,
    write: Box<dyn Fn(&str) + Send + Sync>,
}

impl Meter {
    /// A meter whose lines, each with its line end, go to `write`.
    #[must_use]
    pub fn new(namespace: Namespace, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Metered { namespace, tally: Mutex::default(), write: Box::new(write) })))
    }

    /// A meter that measures nothing.
    #[must_use]
    pub fn off() -> Self {
        Self::default()
    }

    /// Whether anything is measured.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Counts what happened.
    pub fn count(&self, what: impl FnOnce(&mut Tally)) {
        if let Some(metered) = &self.0 {
            what(&mut metered.tally.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Writes what has gathered, and begins anew. Where several callbacks are handled at once, it is theirs
    /// together.
    pub fn flush(&self, now: Timestamp) {
        let Some(metered) = &self.0 else { return };
        let tally = std::mem::take(&mut *metered.tally.lock().unwrap_or_else(PoisonError::into_inner));
        let lines: String =
            emf::render(&tally, &metered.namespace, now).into_iter().map(|line| line + "\n").collect();
        if !lines.is_empty() {
            (metered.write)(&lines);
        }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Meter").field(&self.0.as_ref().map(|metered| &metered.namespace)).finish()
    }
}

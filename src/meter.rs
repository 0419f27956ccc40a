//! One tally for everything that measures, and the way from it to the log.
//!
//! What is counted is a notice (`Notice`): a thing that happens, with its line in the log.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::metrics::{Namespace, Tally, emf};

/// A thing that happens and is worth knowing to those who run the gate. One type says what its line in the
/// log is and what it counts, so that the two cannot disagree.
pub(crate) trait Notice {
    /// Writes its line to the log; nothing, where it is only counted.
    fn log(&self) {}

    /// Counts it; nothing, where it is only logged.
    fn count(&self, _tally: &mut Tally) {}
}

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

    /// Logs and counts what happened.
    pub(crate) fn report(&self, notice: &impl Notice) {
        notice.log();
        if let Some(metered) = &self.0 {
            notice.count(&mut metered.tally.lock().unwrap_or_else(PoisonError::into_inner));
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[derive(Default)]
    struct Unstored {
        n_lines: Cell<usize>,
    }

    impl Notice for Unstored {
        fn log(&self) {
            self.n_lines.update(|n| n + 1);
        }

        fn count(&self, tally: &mut Tally) {
            tally.unstored();
        }
    }

    #[test]
    fn a_notice_is_logged_always_and_counted_where_something_is_measured() {
        let written = Arc::new(Mutex::new(String::new()));
        let meter = {
            let written = Arc::clone(&written);
            Meter::new("test".parse().unwrap(), move |lines| written.lock().unwrap().push_str(lines))
        };
        for meter in [Meter::off(), meter] {
            let unstored = Unstored::default();
            meter.report(&unstored);
            assert_eq!(unstored.n_lines.get(), 1, "{meter:?}");
            meter.flush(Timestamp::UNIX_EPOCH);
        }
        assert_eq!(written.lock().unwrap().matches(r#""Unstored":1"#).count(), 1, "{written:?}");
    }
}

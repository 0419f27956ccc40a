//! The records of a table as traffic.

use jiff::Timestamp;

use super::line::events_of;
use super::{Read, Reading};
use crate::cli::progress::Progress;
use crate::store::Store;

/// Reads the records of a table that were first heard of in the span.
///
/// # Errors
/// Where the store fails, or a record cannot be read and must be.
pub(crate) async fn read_table(
    store: &Store,
    mut reading: Reading<'_>,
    now: Timestamp,
) -> anyhow::Result<Read> {
    let (from, to) = (reading.wanted.from, reading.wanted.to);
    let progress = Progress::of_span(from, to);
    let mut read = store.records().between(from, to);
    while let Some(stories) = read.next(now).await? {
        for (indexed, story) in stories {
            reading.read.lines += 1;
            // Stories come in the order in which they began, and nothing in them is earlier.
            if let Ok(at) = indexed.at.parse() {
                reading.in_order.reach(at);
                progress.reach(at.duration_since(from));
            }
            match events_of(&story) {
                Ok(events) => reading.events(events)?,
                Err(broken) => reading.broken(&broken, &format!("the record of {}", story.subject.id))?,
            }
        }
        reading.pass_on()?;
    }
    reading.finish()
}

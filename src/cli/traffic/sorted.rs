//! Events in the order of time, where files have them in no order at all: as many as fit are sorted in
//! memory, and the rest wait in temporary files, which have no name and vanish with the process.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, Write as _};

use anyhow::Context as _;
use jiff::Timestamp;

use crate::backtest::{Packer, TrafficEvent};
use crate::cli::progress::Progress;

/// How much is sorted in memory at a time, in bytes.
pub(super) const IN_MEMORY: usize = 256 << 20;

/// Events that wait until all were read.
pub(super) struct Sorted {
    in_memory: usize,
    packer: Packer,
    part: Part,
    files: Vec<File>,
    n_events: usize,
}

/// Packed events, and where each of them begins.
#[derive(Default)]
struct Part {
    bytes: Vec<u8>,
    places: Vec<(Timestamp, usize)>,
}

impl Sorted {
    pub(super) fn new(in_memory: usize) -> Self {
        Self { in_memory, packer: Packer::default(), part: Part::default(), files: Vec::new(), n_events: 0 }
    }

    /// Adds an event.
    pub(super) fn put(&mut self, event: &TrafficEvent) -> anyhow::Result<()> {
        self.n_events += 1;
        self.part.places.push((event.at, self.part.bytes.len()));
        self.packer.pack(event, &mut self.part.bytes);
        if self.part.bytes.len() < self.in_memory {
            return Ok(());
        }
        let file = std::mem::take(&mut self.part).into_file().context(
            "cannot write a temporary file\nhint: make room where temporary files are, or set TMPDIR to \
             where there is room for all of the traffic",
        )?;
        self.files.push(file);
        Ok(())
    }

    /// Passes all events on, the earliest first; those of the same time in the order in which they came.
    pub(super) fn pass_on(
        mut self,
        sink: &mut dyn FnMut(TrafficEvent) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let progress = Progress::of(self.n_events, "events decided");
        let mut pass = |bytes: &[u8]| {
            progress.add(1);
            let event = self.packer.unpack(&mut &*bytes).context("a temporary file changed meanwhile")?;
            sink(event)
        };
        if self.files.is_empty() {
            return self.part.sorted().try_for_each(|(_, bytes)| pass(bytes));
        }
        let cannot_read = "cannot read a temporary file";
        self.files.push(std::mem::take(&mut self.part).into_file().context("cannot write a temporary file")?);
        let mut files: Vec<_> = self.files.into_iter().map(BufReader::new).collect();
        // The next event of each file. Of the same time, those in earlier files came first.
        let mut next = BinaryHeap::new();
        for (place, file) in files.iter_mut().enumerate() {
            next.extend(
                read_packed(file).context(cannot_read)?.map(|(at, bytes)| Reverse((at, place, bytes))),
            );
        }
        while let Some(Reverse((_, place, bytes))) = next.pop() {
            pass(&bytes)?;
            if let Some(file) = files.get_mut(place) {
                let read = read_packed(file).context(cannot_read)?;
                next.extend(read.map(|(at, bytes)| Reverse((at, place, bytes))));
            }
        }
        Ok(())
    }
}

impl Part {
    /// Its events, the earliest first.
    fn sorted(&mut self) -> impl Iterator<Item = (Timestamp, &[u8])> {
        let end_of = |place: usize, places: &[(Timestamp, usize)], end: usize| {
            places.get(place + 1).map_or(end, |(_, start)| *start)
        };
        let mut spans: Vec<(Timestamp, usize, usize)> = self
            .places
            .iter()
            .enumerate()
            .map(|(place, (at, start))| (*at, *start, end_of(place, &self.places, self.bytes.len())))
            .collect();
        self.places = Vec::new();
        spans.sort_unstable();
        spans.into_iter().filter_map(|(at, start, end)| Some((at, self.bytes.get(start..end)?)))
    }

    fn into_file(mut self) -> std::io::Result<File> {
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for (at, bytes) in self.sorted() {
            file.write_all(&at.as_nanosecond().to_le_bytes())?;
            file.write_all(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes())?;
            file.write_all(bytes)?;
        }
        let mut file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}

/// Reads the next event of a file as it was written; `None` at its end.
fn read_packed(file: &mut BufReader<File>) -> std::io::Result<Option<(Timestamp, Vec<u8>)>> {
    let mut at = [0; 16];
    match file.read_exact(&mut at) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let at = Timestamp::from_nanosecond(i128::from_le_bytes(at)).map_err(std::io::Error::other)?;
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::try_from(u64::from_le_bytes(length)).map_err(std::io::Error::other)?];
    file.read_exact(&mut bytes)?;
    Ok(Some((at, bytes)))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::backtest::Happens;
    use crate::event::{Method, SmsDelivered, SmsResult, VerificationId};

    fn event(n: usize, at: i64) -> TrafficEvent {
        let delivered = SmsDelivered {
            id: VerificationId::new(&n.to_string()).unwrap(),
            method: Method::Sms,
            number: None,
            reference: None,
            custom: None,
            sms_result: SmsResult::Successful,
            unreadable: Vec::new(),
        };
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(at);
        TrafficEvent { at, app: "app".parse().unwrap(), happens: Happens::Delivery(Box::new(delivered)) }
    }

    #[test]
    fn events_are_sorted_whether_they_fit_into_memory_or_not() {
        let mut dice = fastrand::Rng::with_seed(1);
        // Few times, so that many events share one: those stay in the order in which they came.
        let events: Vec<TrafficEvent> = (0..2_000).map(|n| event(n, dice.i64(0..300))).collect();
        for (in_memory, n_events) in [(1, 50), (1_000, 2_000), (20_000, 2_000), (IN_MEMORY, 2_000)] {
            let mut sorted = Sorted::new(in_memory);
            events[..n_events].iter().for_each(|event| sorted.put(event).unwrap());
            let mut found = Vec::new();
            let mut sink = |event| {
                found.push(event);
                Ok(())
            };
            sorted.pass_on(&mut sink).unwrap();
            let mut expected = events[..n_events].to_vec();
            expected.sort_by_key(|event| event.at);
            assert_eq!(found, expected, "{in_memory} bytes in memory");
        }
    }
}

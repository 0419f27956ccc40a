//! Traffic kept for replays to come: events, and what became of verifications, in temporary files, which have
//! no name and vanish with the process. So it takes no memory, and standard input can be replayed again.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek as _, Write};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use crate::backtest::{Backtest as Test, Judged, Label, Packer, TrafficEvent};
use crate::quota::Stamp;

/// What is said where there is no room.
const CANNOT_WRITE: &str = "cannot write a temporary file\nhint: make room where temporary files are, or set \
                            TMPDIR to where there is room for the traffic, or leave out with --quick what \
                            each rule adds";

/// What is said where a file is not what was written.
const CANNOT_READ: &str = "cannot read a temporary file";

/// Bytes of what is kept of a verification: its stamp, label, whether it counts, and the rule.
const JUDGED: usize = 8 + 1 + 1 + 2;

/// In the place of a rule where none denied.
const NO_RULE: u16 = u16::MAX;

/// Traffic that is being written.
pub(super) struct Keeping {
    packer: Packer,
    packed: Vec<u8>,
    n_events: usize,
    events: BufWriter<File>,
    judged: BufWriter<File>,
    readers: Vec<(File, File)>,
    denied_by: BTreeSet<usize>,
}

/// Traffic that was written.
pub(super) struct Kept {
    packer: Packer,
    pub(super) n_events: usize,
    /// The rules that denied anything, by their places.
    pub(super) denied_by: BTreeSet<usize>,
    /// Who reads it: each file is read from several places at a time.
    pub(super) readers: Vec<Reader>,
}

/// One who reads events and what became of verifications.
pub(super) struct Reader {
    events: File,
    judged: File,
}

/// What became of verifications, one after the other.
pub(super) struct JudgedInTurn {
    file: BufReader<File>,
    next: Option<Judged>,
}

impl Keeping {
    /// Begins, for a number of readers.
    pub(super) fn new(n_readers: usize) -> anyhow::Result<Self> {
        let make = || -> std::io::Result<(File, Vec<File>)> {
            let named = NamedTempFile::new()?;
            let readers = (0..n_readers).map(|_| named.reopen()).collect::<Result<_, _>>()?;
            // Its name goes at once, so that nothing is left whatever happens.
            Ok((named.into_file(), readers))
        };
        let (events, of_events) = make().context(CANNOT_WRITE)?;
        let (judged, of_judged) = make().context(CANNOT_WRITE)?;
        Ok(Self {
            packer: Packer::default(),
            packed: Vec::new(),
            n_events: 0,
            events: BufWriter::new(events),
            judged: BufWriter::new(judged),
            readers: of_events.into_iter().zip(of_judged).collect(),
            denied_by: BTreeSet::new(),
        })
    }

    /// Keeps an event.
    pub(super) fn put(&mut self, event: &TrafficEvent) -> anyhow::Result<()> {
        self.packed.clear();
        self.packer.pack(event, &mut self.packed);
        let length = u32::try_from(self.packed.len())?;
        self.n_events += 1;
        self.events.write_all(&length.to_le_bytes()).context(CANNOT_WRITE)?;
        self.events.write_all(&self.packed).context(CANNOT_WRITE)
    }

    /// Keeps what became of the verifications of which a backtest knows it by now.
    pub(super) fn put_judged(&mut self, test: &mut Test) -> anyhow::Result<()> {
        for Judged { stamp, label, counts, denied_by } in test.judged() {
            self.denied_by.extend(denied_by);
            let rule = denied_by.map_or(Ok(NO_RULE), u16::try_from)?;
            let mut line = Vec::with_capacity(JUDGED);
            line.extend(stamp.to_bytes());
            line.extend([byte_of(label), u8::from(counts)]);
            line.extend(rule.to_le_bytes());
            self.judged.write_all(&line).context(CANNOT_WRITE)?;
        }
        Ok(())
    }

    /// Ends.
    pub(super) fn finish(mut self) -> anyhow::Result<Kept> {
        self.events.flush().and_then(|()| self.judged.flush()).context(CANNOT_WRITE)?;
        let readers = self.readers.into_iter().map(|(events, judged)| Reader { events, judged });
        Ok(Kept {
            packer: self.packer,
            n_events: self.n_events,
            denied_by: self.denied_by,
            readers: readers.collect(),
        })
    }
}

impl Reader {
    /// Hands all events over from the first one on, with what became of verifications.
    pub(super) fn pass_on(
        &mut self,
        packer: &Packer,
        mut sink: impl FnMut(&TrafficEvent, &mut JudgedInTurn),
    ) -> anyhow::Result<()> {
        self.events.rewind().and_then(|()| self.judged.rewind()).context(CANNOT_READ)?;
        let again = |file: &File| file.try_clone().map(BufReader::new).context(CANNOT_READ);
        let mut events = again(&self.events)?;
        let mut judged = JudgedInTurn { file: again(&self.judged)?, next: None };
        let mut packed = Vec::new();
        let mut length = [0; 4];
        while fill(&mut events, &mut length)? {
            packed.resize(usize::try_from(u32::from_le_bytes(length))?, 0);
            events.read_exact(&mut packed).context(CANNOT_READ)?;
            let event =
                packer.unpack(&mut packed.as_slice()).context("a temporary file changed meanwhile")?;
            sink(&event, &mut judged);
        }
        Ok(())
    }
}

impl Kept {
    /// What packed the events, and who reads them.
    pub(super) fn parts(&mut self) -> (&Packer, &mut [Reader]) {
        (&self.packer, &mut self.readers)
    }
}

impl JudgedInTurn {
    /// What became of the next verification, where it is this one.
    pub(super) fn of(&mut self, stamp: Stamp) -> Option<Judged> {
        if self.next.is_none() {
            let mut line = [0; JUDGED];
            self.next =
                fill(&mut self.file, &mut line).ok().filter(|is_there| *is_there).and_then(|_| read(line));
        }
        self.next.take_if(|next| next.stamp == stamp)
    }
}

fn read(line: [u8; JUDGED]) -> Option<Judged> {
    let [a, b, c, d, e, f, g, h, label, counts, low, high] = line;
    let rule = u16::from_le_bytes([low, high]);
    Some(Judged {
        stamp: Stamp::from_bytes([a, b, c, d, e, f, g, h]),
        label: label_of(label)?,
        counts: counts == 1,
        denied_by: (rule != NO_RULE).then_some(rule.into()),
    })
}

/// Reads as much as fits; `false` at the end.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> anyhow::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error).context(CANNOT_READ),
    }
}

/// All labels, by the bytes that stand for them.
const LABELS: [Label; 5] =
    [Label::Unheard, Label::DeniedThen, Label::Unverified, Label::Uncharged, Label::Verified];

fn byte_of(label: Label) -> u8 {
    let place = LABELS.iter().position(|of| *of == label);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX)
}

fn label_of(byte: u8) -> Option<Label> {
    LABELS.get(usize::from(byte)).copied()
}

//! Recorded traffic: files of any kind that it is kept in, or a table, as events in the order of time.
//!
//! | file | what it is |
//! |---|---|
//! | `line` | one line: a callback, a story, or an item of DynamoDB's export |
//! | `files` | files and folders, plain or compressed, and how far they are read |
//! | `in_order` | events in the order of time, as far as they wait for each other |
//! | `sorted` | the same where files are in no order at all |
//! | `table` | the records of a table |
//! | `gathering` | the same for a report, which needs stories rather than order |
//! | `which` | which of it a command is to read |

mod files;
mod gathering;
mod in_order;
pub(crate) mod line;
mod sorted;
mod table;
mod which;

use std::collections::BTreeMap;

use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub(super) use files::read_files;
pub(super) use gathering::gather_files;
pub(super) use table::read_table;
pub(super) use which::Which;

use super::applications::is_same;
use crate::backtest::{Happens, TrafficEvent};
use crate::signature::AppKey;
use in_order::InOrder;
use line::{Broken, Line};
use sorted::{IN_MEMORY, Sorted};

/// How long events wait for earlier ones that stand further down in a file.
pub(super) const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// The most broken lines that are shown.
const MOST_SHOWN: usize = 10;

/// Which events are wanted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) app: Option<AppKey>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Whether a broken line ends it all.
    pub(super) is_strict: bool,
}

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Read {
    /// Lines, or records of a table.
    pub(crate) lines: u64,
    /// Events of the kinds that are replayed.
    pub(crate) events: u64,
    /// Lines that could not be read.
    pub(crate) broken: u64,
    /// The first of them, with what is wrong.
    pub(crate) first_broken: Vec<String>,
    /// Events of a kind that this version does not know, by name.
    pub(crate) unknown_events: BTreeMap<String, u64>,
    /// Events whose number is masked, which cannot be replayed.
    pub(crate) masked: u64,
    /// Events that came after others that are more than an hour later.
    pub(crate) out_of_order: u64,
    /// Events outside of the span or of another application.
    pub(crate) not_wanted: u64,
}

/// Reads traffic into a sink.
pub(super) struct Reading<'s> {
    wanted: Wanted,
    read: Read,
    in_order: InOrder,
    /// What waits for the end, where files are in no order at all.
    sorted: Option<Sorted>,
    sink: &'s mut dyn FnMut(TrafficEvent) -> anyhow::Result<()>,
}

impl<'s> Reading<'s> {
    pub(super) fn new(wanted: Wanted, sink: &'s mut dyn FnMut(TrafficEvent) -> anyhow::Result<()>) -> Self {
        Self { wanted, read: Read::default(), in_order: InOrder::default(), sorted: None, sink }
    }

    /// Takes a line; `place` says where it stands.
    fn line(&mut self, line: &[u8], place: impl FnOnce() -> String) -> anyhow::Result<()> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        self.read.lines += 1;
        match Line::read(line) {
            Ok(Line::Callback(event)) => {
                self.in_order.reach(event.at);
                self.event(*event)?;
            }
            Ok(Line::Story(events)) => {
                if let Some(first) = events.first() {
                    self.in_order.reach(first.at);
                }
                self.events(events)?;
            }
            // A table is exported in no order at all, so nothing can be passed on before the end.
            Ok(Line::Exported(events)) => {
                self.wait_for_all()?;
                self.events(events)?;
            }
            Ok(Line::Nothing) => {}
            Ok(Line::Unknown(name)) => *self.read.unknown_events.entry(name).or_default() += 1,
            Err(broken) => self.broken(&broken, &place())?,
        }
        self.pass_on()
    }

    fn broken(&mut self, broken: &Broken, place: &str) -> anyhow::Result<()> {
        let report = format!("{place}: {broken}");
        if self.wanted.is_strict {
            bail!("{report}\nhint: fix the line, or leave --strict out to pass over such lines");
        }
        self.read.broken += 1;
        if self.read.first_broken.len() < MOST_SHOWN {
            self.read.first_broken.push(report);
        }
        Ok(())
    }

    fn events(&mut self, events: Vec<TrafficEvent>) -> anyhow::Result<()> {
        events.into_iter().try_for_each(|event| self.event(event))
    }

    /// From now on nothing is passed on before the end.
    fn wait_for_all(&mut self) -> anyhow::Result<()> {
        if self.sorted.is_some() {
            return Ok(());
        }
        let sorted = self.sorted.insert(Sorted::new(IN_MEMORY));
        self.in_order.rest().try_for_each(|event| sorted.put(&event))
    }

    fn event(&mut self, event: TrafficEvent) -> anyhow::Result<()> {
        let Wanted { app, from, to, .. } = &self.wanted;
        let is_request = matches!(event.happens, Happens::Request(..));
        // What became of a verification in the span may be heard after it.
        let is_in_span = event.at >= *from && (event.at < *to || !is_request);
        if !is_in_span || app.as_ref().is_some_and(|app| !is_same(app, &event.app)) {
            self.read.not_wanted += 1;
        } else if is_masked(&event) {
            self.read.masked += 1;
        } else {
            self.read.events += 1;
            match &mut self.sorted {
                Some(sorted) => sorted.put(&event)?,
                None => self.read.out_of_order += u64::from(!self.in_order.put(event)),
            }
        }
        Ok(())
    }

    /// Passes on what no earlier event can stand before.
    fn pass_on(&mut self) -> anyhow::Result<()> {
        while let Some(event) = self.in_order.next() {
            (self.sink)(event)?;
        }
        Ok(())
    }

    /// Passes on the rest; gives what was read.
    fn finish(mut self) -> anyhow::Result<Read> {
        for event in self.in_order.rest() {
            (self.sink)(event)?;
        }
        if let Some(sorted) = self.sorted {
            sorted.pass_on(self.sink)?;
        }
        Ok(self.read)
    }
}

/// Whether its number has most of its digits hidden, so that many numbers look like it.
fn is_masked(event: &TrafficEvent) -> bool {
    let number = match &event.happens {
        Happens::Request(request, _) => Some(&request.number),
        Happens::Result(result) => result.number.as_ref(),
        Happens::Delivery(delivered) => delivered.number.as_ref(),
    };
    number.is_some_and(crate::phone::PhoneNumber::is_masked)
}

//! Traffic gathered for a report: verifications with their stories, in any order.
//!
//! Reading a line takes longer than anything that is done with it, so batches of lines are read on threads of
//! their own, and taken in the order of the files.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::anyhow;

use super::MOST_SHOWN;
use super::files::read_lines;
use super::line::Whole;
use crate::cli::app_filter::AppFilter;
use crate::report::Gathered;
use crate::report::model::Intake;

/// How many bytes of lines are handed over at a time.
const BATCH: usize = 256 * 1_024;

/// How many batches may wait for a thread.
const WAITING: usize = 4;

/// The most kinds of unknown events that are counted by name.
const MOST_NAMES: usize = 100;

/// Some lines of a file.
#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The file, and the number of the first line in it.
    place: (String, u64),
}

/// What the lines of a batch hold, or what is wrong with them and which they are.
type Parsed = Vec<Result<Whole, (u64, String)>>;

/// Reads files and folders of traffic of one application, or of all.
///
/// # Errors
/// Where one of them cannot be read.
pub(in crate::cli) fn gather_files(
    paths: &[PathBuf],
    only: &mut AppFilter<'_>,
    gathered: &mut Gathered,
) -> anyhow::Result<Intake> {
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 8);
    let mut taking = Taking { only, gathered, intake: Intake::default() };
    std::thread::scope(|scope| {
        let threads: Vec<Thread> = (0..n_threads)
            .map(|_| {
                let (batches, to_parse) = sync_channel(WAITING);
                let (parsed, replies) = sync_channel(WAITING);
                scope.spawn(move || parse(&to_parse, &parsed));
                Thread { batches, replies }
            })
            .collect();
        let mut handing = Handing { threads, next: 0, places: VecDeque::new() };
        let mut batch = Batch::default();
        read_lines(paths, |line, file, n| {
            if batch.place.0 != file || batch.text.len() >= BATCH {
                handing.hand(std::mem::take(&mut batch), &mut taking)?;
                batch.place = (file.to_owned(), n);
            }
            batch.text.extend_from_slice(line);
            batch.ends.push(batch.text.len());
            Ok(())
        })?;
        handing.hand(batch, &mut taking)?;
        handing.finish(&mut taking)
    })?;
    Ok(taking.intake)
}

/// A thread that parses.
struct Thread {
    batches: SyncSender<Batch>,
    replies: Receiver<Parsed>,
}

/// Batches on their way, handed to one thread after the other.
struct Handing {
    threads: Vec<Thread>,
    next: usize,
    /// The places of the batches that are on their way.
    places: VecDeque<(String, u64)>,
}

impl Handing {
    fn hand(&mut self, batch: Batch, taking: &mut Taking<'_, '_>) -> anyhow::Result<()> {
        while self.places.len() >= self.threads.len() * WAITING {
            self.take_one(taking)?;
        }
        self.places.push_back(batch.place.clone());
        let thread = self.threads.get(self.next % self.threads.len().max(1));
        let sent = thread.and_then(|thread| thread.batches.send(batch).ok());
        self.next += 1;
        sent.ok_or_else(cut_off)
    }

    /// Takes what the batch holds that was handed over first.
    fn take_one(&mut self, taking: &mut Taking<'_, '_>) -> anyhow::Result<()> {
        let Some(place) = self.places.front().cloned() else { return Ok(()) };
        let first = self.next.saturating_sub(self.places.len());
        let thread = self.threads.get(first % self.threads.len().max(1));
        let parsed = thread.and_then(|thread| thread.replies.recv().ok()).ok_or_else(cut_off)?;
        self.places.pop_front();
        parsed.into_iter().for_each(|one| taking.take(one, &place));
        Ok(())
    }

    fn finish(mut self, taking: &mut Taking<'_, '_>) -> anyhow::Result<()> {
        while !self.places.is_empty() {
            self.take_one(taking)?;
        }
        Ok(())
    }
}

fn cut_off() -> anyhow::Error {
    anyhow!("reading was cut off: a thread failed")
}

fn parse(batches: &Receiver<Batch>, parsed: &SyncSender<Parsed>) {
    for Batch { text, ends, .. } in batches {
        let mut begin = 0;
        let mut all = Vec::with_capacity(ends.len());
        for (n, end) in (0..).zip(ends) {
            let line = text.get(begin..end).unwrap_or_default();
            begin = end;
            if !line.iter().all(u8::is_ascii_whitespace) {
                all.push(Whole::read(line).map_err(|broken| (n, broken.to_string())));
            }
        }
        if parsed.send(all).is_err() {
            return;
        }
    }
}

/// What takes what was read.
struct Taking<'g, 'a> {
    only: &'g mut AppFilter<'a>,
    gathered: &'g mut Gathered,
    intake: Intake,
}

impl Taking<'_, '_> {
    fn take(&mut self, one: Result<Whole, (u64, String)>, (file, first): &(String, u64)) {
        self.intake.lines += 1;
        match one {
            Ok(Whole::Callback(event)) if self.only.takes(&event.app) => self.gathered.take_event(&event),
            Ok(Whole::Story(story) | Whole::Exported(story)) if self.only.takes(&story.subject.app) => {
                self.gathered.take_story(&story);
            }
            Ok(Whole::Unknown(name)) => {
                let names = &mut self.intake.unknown_events;
                // Names come from traffic, which may make up any number of them.
                let name = if names.len() < MOST_NAMES { name } else { "others".to_owned() };
                *names.entry(name).or_default() += 1;
            }
            Ok(_) => {}
            Err((n, broken)) => {
                self.intake.broken += 1;
                if self.intake.first_broken.len() < MOST_SHOWN {
                    self.intake.first_broken.push(format!("{file}:{}: {broken}", first + n));
                }
            }
        }
    }
}

//! What is asked and written beside the quotas: the lists, and the record, which its index may hold up.

use super::{Event, FIRST_BACKOFF, ONE_WAY, PATIENCE, SENDS, Simulation};
use crate::partition::Prefix;

/// How long the lists are asked: half of the gate's budget of 1.5 seconds.
const PATIENCE_WITH_LISTS: u64 = 750_000;

/// How often the store asks for what DynamoDB left unprocessed.
const READS: u32 = 8;

/// A request beside the quotas.
pub(super) struct Errand {
    id: u64,
    what: What,
    sends: u32,
}

enum What {
    Record,
    /// What was not read yet.
    Lists(Vec<Prefix>),
}

impl Simulation {
    pub(super) fn ask_lists(&mut self, id: u64, at: u64) {
        let Some(verification) = self.underway.get(&id) else { return };
        let prefixes = Prefix::of(verification.arrival.asks.iter().map(|(key, _)| *key));
        self.send_errand(Errand { id, what: What::Lists(prefixes), sends: 0 }, at);
    }

    pub(super) fn write_record(&mut self, id: u64, at: u64) {
        self.send_errand(Errand { id, what: What::Record, sends: 0 }, at);
    }

    fn send_errand(&mut self, errand: Errand, at: u64) {
        self.schedule.put(at + ONE_WAY, Event::ErrandAtTable(errand));
    }

    pub(super) fn run_errand(&mut self, errand: Errand, at: u64) {
        let Errand { id, what, sends } = errand;
        let (sends, back) = (sends + 1, at + ONE_WAY);
        match what {
            What::Record => self.try_record(id, sends, back),
            What::Lists(prefixes) => self.try_lists(id, prefixes, sends, back),
        }
    }

    fn try_record(&mut self, id: u64, sends: u32, back: u64) {
        let Some(verification) = self.underway.get_mut(&id) else { return };
        if self.index.write(verification.arrival.stamp, back - ONE_WAY) {
            self.report.writes += 1;
        } else if sends < SENDS && back <= verification.arrival.at + PATIENCE {
            let backoff = self.random.u64(0..FIRST_BACKOFF << (sends - 1));
            self.send_errand(Errand { id, what: What::Record, sends }, back + backoff);
            return;
        } else {
            verification.is_recorded = false;
            self.report.unrecorded += 1;
        }
        self.schedule.put(back, Event::Recorded(id));
    }

    fn try_lists(&mut self, id: u64, mut prefixes: Vec<Prefix>, sends: u32, back: u64) {
        let Some(verification) = self.underway.get(&id) else { return };
        prefixes.retain(|prefix| !self.lists.read(*prefix, back - ONE_WAY));
        if !prefixes.is_empty() {
            if sends < READS && back <= verification.arrival.at + PATIENCE_WITH_LISTS {
                let backoff = self.random.u64(0..5_000 << sends.min(4));
                self.send_errand(Errand { id, what: What::Lists(prefixes), sends }, back + backoff);
                return;
            }
            self.report.lists_unread += 1;
        }
        self.schedule.put(back, Event::Asked(id));
    }
}

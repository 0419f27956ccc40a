//! The attempts of numbers in memory, kept as the table keeps them.

use std::time::Duration;

use jiff::Timestamp;

use super::key::Key;
use super::live::LiveMap;
use super::packed::Names;
use super::packed_number::Packed;
use crate::attempt::{Attempt, Attempts, Ending};
use crate::quota::Stamp;
use crate::store::attribute::expiry;
use crate::token::Token;

/// What is remembered of each number.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    numbers: LiveMap<Key, Packed>,
    names: Names,
}

/// What is remembered of a number, and the epoch second of its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Number {
    pub(super) known: Attempts,
    pub(super) expires_at: i64,
}

impl Number {
    /// Adds an attempt, unless it is there already.
    pub(super) fn open(&mut self, stamp: Stamp, attempt: Attempt, kept: Duration) {
        self.expires_at = expiry(attempt.at, kept);
        self.known.attempts.entry(stamp).or_insert(Attempt { at: to_millisecond(attempt.at), ..attempt });
    }

    /// Adds an ending. Nothing takes back that a number was verified, and its times never go back.
    pub(super) fn end(&mut self, stamp: Stamp, ending: Ending, kept: Duration, now: Timestamp) {
        let at = to_millisecond(now);
        match (self.known.endings.get(&stamp), ending) {
            (Some((Ending::Verified, _)), Ending::Verified) => return,
            (Some(_), Ending::Uncharged) => {}
            _ => {
                self.known.endings.insert(stamp, (ending, at));
            }
        }
        self.expires_at = self.expires_at.max(expiry(now, kept));
        if ending == Ending::Verified {
            let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
            self.known.verified_at = self.known.verified_at.max(Some(second));
        }
    }

    /// Marks attempts as released. What they claimed is given back once, so nobody asks for it again.
    pub(super) fn release(&mut self, freed: &[Stamp], token: &Token) {
        for stamp in freed {
            if let Some(attempt) = self.known.attempts.get_mut(stamp) {
                attempt.released_by = Some(token.clone());
                attempt.claims = Vec::new();
            }
        }
    }

    /// Forgets what is too much.
    pub(super) fn forget_surplus(&mut self) {
        for stamp in self.known.surplus() {
            self.known.attempts.remove(&stamp);
            self.known.endings.remove(&stamp);
        }
    }
}

impl Numbers {
    /// What is known of a number, where that has not expired.
    pub(super) fn ask(&self, key: Key, now: Timestamp) -> Option<Attempts> {
        let number = self.numbers.get(&key)?.number(&self.names)?;
        (number.expires_at > now.as_second()).then_some(number.known)
    }

    /// Changes what is remembered of a number, which may be nothing.
    pub(super) fn change<T>(&mut self, key: Key, change: impl FnOnce(&mut Number) -> T) -> T {
        let before = self.numbers.get(&key).and_then(|packed| packed.number(&self.names));
        let mut number = before.unwrap_or_default();
        let changed = change(&mut number);
        self.numbers.put(key, Packed::new(&number, &mut self.names));
        changed
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        self.numbers.bytes(Packed::bytes)
    }

    /// How many numbers are remembered.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Forgets the numbers whose time is over.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.numbers.sweep(now);
    }
}

/// A moment as the table keeps it.
fn to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

//! The gate in event time: the same decisions, in memory, with the time taken from the traffic.
//!
//! A [`Replay`] has two calls: a request comes ([`Replay::request`]), an outcome comes ([`Replay::outcome`]).
//! Everything that decides is the gate's own: plan, inquiry, walk, claims, conclusion and description, and
//! the arithmetic of quotas and attempts. Only what the table does with the writes is done here instead, one
//! after the other: nothing is concurrent, nothing fails, and nothing is late. A property test holds the two
//! against each other.
//!
//! Memory holds what is live: counters until their windows end, numbers as long as the policy or records
//! look back, and verifications as long as records are kept. So it does not grow with the traffic. What is
//! live is packed, and named by hashes.
//!
//! | file | what it is |
//! |---|---|
//! | `calm` | up to when all is over |
//! | `counters` | the quotas' states by key, and what the gate would remember of them |
//! | `numbers` | the attempts of numbers, and what endings free |
//! | `verifications` | the first decisions, for repeats |
//! | `lists` | lists of numbers |
//! | `live` | a map that forgets what is over |
//! | `key` | what stands for the name of an item |
//! | `packed`, `packed_state`, `packed_number` | states and attempts in little memory |

mod calm;
mod counters;
mod decide;
mod key;
mod lists;
mod live;
mod numbers;
mod outcome;
mod packed;
mod packed_number;
mod packed_state;
mod verifications;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use decide::Ruling;
pub use lists::Lists;
pub use outcome::Outcome;

use crate::event::VerificationId;
use crate::gate::Settings;
use crate::policy::Policy;
use crate::quota::{Stamp, State};
use crate::signature::AppKey;
use crate::store::QuotaKey;
use crate::store::attribute::expiry;
use crate::token::Token;
use crate::verdict::Verdict;
pub(crate) use calm::Calm;
use counters::Counters;
use numbers::Numbers;
use verifications::Verifications;

/// How far clocks may jump back before what was forgotten is missed.
const CLOCK_JUMP: SignedDuration = SignedDuration::from_hours(1);

/// The gate of all applications by one policy, in event time.
#[derive(Clone, Debug)]
pub struct Replay {
    policy: Arc<Policy>,
    name: String,
    lists: Arc<Lists>,
    settings: Settings,
    counters: Counters,
    numbers: Numbers,
    verifications: Verifications,
    n_tokens: u128,
    calm: Calm,
}

/// How much a replay remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Keys that quotas count under.
    pub keys: usize,
    /// Numbers.
    pub numbers: usize,
    /// Verifications.
    pub verifications: usize,
}

impl Replay {
    /// A gate that nothing has come to yet. `name` is what decisions call the policy.
    #[must_use]
    pub fn new(policy: Arc<Policy>, name: &str, settings: Settings) -> Self {
        Self {
            policy,
            name: name.to_owned(),
            lists: Arc::default(),
            settings,
            counters: Counters::default(),
            numbers: Numbers::default(),
            verifications: Verifications::default(),
            n_tokens: 0,
            calm: Calm::default(),
        }
    }

    /// The same with these lists.
    #[must_use]
    pub fn with_lists(self, lists: Arc<Lists>) -> Self {
        Self { lists, ..self }
    }

    /// The policy that decides.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The verdict about a verification; `None` where its request has not come, or long ago.
    #[must_use]
    pub fn verdict(&self, app: &AppKey, id: &VerificationId, now: Timestamp) -> Option<Verdict> {
        let stamp = Stamp::new(app.as_str(), id.as_str());
        self.verifications.decided(stamp, now).map(|first| first.verdict)
    }

    /// What is counted under a key; `None` where nothing is.
    #[must_use]
    pub fn counted(&self, key: &QuotaKey) -> Option<State> {
        self.counters.state(key)
    }

    /// How much is remembered at this moment.
    #[must_use]
    pub fn remembered(&self) -> Remembered {
        Remembered {
            keys: self.counters.len(),
            numbers: self.numbers.len(),
            verifications: self.verifications.len(),
        }
    }

    /// How much memory that takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.counters.bytes() + self.numbers.bytes() + self.verifications.bytes()
    }

    /// Notes that an event came, and forgets what is over now and then.
    fn begin(&mut self, now: Timestamp) {
        if let Some(calm) = self.calm.pass(now) {
            let now = calm.saturating_sub(CLOCK_JUMP).unwrap_or(calm);
            self.counters.sweep(now);
            self.numbers.sweep(now);
            self.verifications.sweep(now);
        }
    }

    /// A mark for one handling.
    fn next_token(&mut self) -> Token {
        self.n_tokens += 1;
        Token::new(self.n_tokens)
    }

    /// The epoch second until which a verification is remembered that was first heard of now.
    fn record_until(&self, now: Timestamp) -> i64 {
        expiry(now, self.settings.retention)
    }
}

//! Who is verified when, and the policy that decides.

use std::time::Duration;

use fastrand::Rng;
use rust_decimal::Decimal;
use sinch_gate::quota::{Demand, Stamp};

use crate::item::demand;
use crate::table::{Key, SECOND};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

const PER_NUMBER: u64 = 5;
const PER_BLOCK: u64 = 50;
/// For the attacked country.
pub(crate) const PER_COUNTRY: u64 = 1_000;
/// Practically none, since what is measured here is the writing.
const BIG: u64 = 1_000_000_000;

const HONEST_COUNTRIES: u64 = 20;
const BLOCKS: u64 = 2_000;
const ATTACKED_BLOCKS: u64 = 100;
const NUMBERS: u64 = 1_000;
/// Honest countries are below it.
pub(crate) const ATTACKED: u64 = HONEST_COUNTRIES;

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// Numbers all over 20 countries.
    Honest,
    /// Nine of ten verifications go to 100 blocks of one country, the rest is honest.
    Attack,
}

/// How much, for how long, against how many shards of the shared quotas.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) traffic: Traffic,
    /// Verifications per second.
    pub(crate) rate: u64,
    pub(crate) seconds: u64,
    pub(crate) shards: u64,
}

/// One verification, as the policy sees it.
pub(crate) struct Arrival {
    /// Microseconds after the beginning.
    pub(crate) at: u64,
    pub(crate) stamp: Stamp,
    pub(crate) is_attack: bool,
    /// What it asks of which key.
    pub(crate) asks: Vec<(Key, [Demand; 1])>,
}

/// The verifications of a scenario, in order of time.
pub(crate) struct Arrivals {
    scenario: Scenario,
    random: Rng,
    at: f64,
    count: u64,
}

impl Scenario {
    /// One container for every hundred verifications a second: each takes about ten milliseconds.
    pub(crate) fn containers(self) -> usize {
        usize::try_from((self.rate / 100).max(2)).unwrap_or(usize::MAX)
    }

    pub(crate) fn arrivals(self) -> Arrivals {
        Arrivals { scenario: self, random: Rng::with_seed(7), at: 0.0, count: 0 }
    }
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        // Independent arrivals: the gaps between them are exponential.
        self.at -= (1.0 - self.random.f64()).ln() / self.scenario.rate as f64;
        if self.at >= self.scenario.seconds as f64 {
            return None;
        }
        self.count += 1;
        let stamp = Stamp::new("load", &self.count.to_string());
        let is_attack = self.scenario.traffic == Traffic::Attack && self.random.u8(0..10) > 0;
        let (country, block) = if is_attack {
            (ATTACKED, self.random.u64(0..ATTACKED_BLOCKS))
        } else {
            (self.random.u64(0..HONEST_COUNTRIES), self.random.u64(0..BLOCKS))
        };
        let block = country * BLOCKS + block;
        let number = block * NUMBERS + self.random.u64(0..NUMBERS);
        let shards = self.scenario.shards;
        let shard = u64::from_be_bytes(stamp.to_bytes()) / 16 % shards;
        let per_country = if is_attack { PER_COUNTRY } else { BIG };
        let asks = [
            (Key::Number(number), Decimal::from(PER_NUMBER), DAY),
            (Key::Block(block), Decimal::from(PER_BLOCK), DAY),
            (Key::Country { country, shard }, Decimal::from(per_country) / Decimal::from(shards), HOUR),
            (Key::All { shard }, Decimal::from(BIG) / Decimal::from(shards), HOUR),
        ];
        let asks = asks
            .into_iter()
            .filter_map(|(key, limit, window)| Some((key, [demand(limit, window)?])))
            .collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time of seconds")]
        let at = (self.at * SECOND as f64) as u64;
        Some(Arrival { at, stamp, is_attack, asks })
    }
}

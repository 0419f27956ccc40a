//! Traffic that looks like a day's: most numbers are new, most verify, and some of it is an attack.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use sinch_gate::event::{Method, Reference, Status, VerificationId, VerificationRequest, VerificationResult};
use sinch_gate::phone::PhoneNumber;

/// What happens.
pub(crate) enum Happens {
    Request(VerificationRequest),
    Result(VerificationResult),
}

/// Endless traffic, the same for the same seed, about five events a second.
pub(crate) struct Traffic {
    dice: fastrand::Rng,
    now: Timestamp,
    n_requests: u64,
    /// Results that are still to come.
    open: VecDeque<(Timestamp, VerificationResult)>,
}

/// Where people are.
const MARKETS: [&str; 6] = ["+46701", "+4479001", "+12015", "+33612", "+49151", "+99899"];

impl Traffic {
    pub(crate) fn new(seed: u64) -> Self {
        let now = Timestamp::from_second(1_790_845_200).unwrap_or_default();
        Self { dice: fastrand::Rng::with_seed(seed), now, n_requests: 0, open: VecDeque::new() }
    }

    fn number(&mut self, attacks: bool) -> String {
        if attacks {
            return format!("+99899394{:04}", self.dice.u32(..10_000));
        }
        let market = self.dice.choice(MARKETS).unwrap_or_default();
        format!("{market}{:06}", self.dice.u32(..1_000_000))
    }
}

impl Iterator for Traffic {
    type Item = (Timestamp, Happens);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((at, result)) = self.open.pop_front_if(|(at, _)| *at <= self.now) {
            return Some((at, Happens::Result(result)));
        }
        self.now += SignedDuration::from_millis(self.dice.i64(1..800));
        self.n_requests += 1;
        let attacks = self.n_requests.is_multiple_of(20);
        let number = PhoneNumber::new(&self.number(attacks));
        let id = VerificationId::new(&format!("{:032x}", self.dice.u128(..)))?;
        let method = if self.dice.u8(..10) == 0 { Method::Callout } else { Method::Sms };
        let verifies = !attacks && self.dice.u8(..10) < 8;
        let result = VerificationResult {
            id: id.clone(),
            method: method.clone(),
            number: Some(number.clone()),
            reference: None,
            custom: None,
            status: if verifies { Status::Successful } else { Status::Fail },
            reason: None,
            source: None,
            unreadable: Vec::new(),
        };
        self.open.push_back((self.now + SignedDuration::from_secs(30), result));
        let request = VerificationRequest {
            id,
            method,
            number,
            reference: Reference::new(&format!("order-{}", self.n_requests)),
            custom: None,
            price: "0.0453 EUR".parse().ok(),
            unreadable: Vec::new(),
        };
        Some((self.now, Happens::Request(request)))
    }
}

//! The loop: people and attackers ask, the policy decides, and what it allows has an outcome.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use jiff::{SignedDuration, Timestamp};

use super::attacker::{Attacker, Shot};
use super::dice::{Dice, seconds};
use super::market::euros;
use super::person::{Next, Person, custom_of};
use super::stage::{Cast, Outage};
use super::tally::Tally;
use crate::backtest::{Happens, TrafficEvent};
use crate::event::{
    Custom, Method, Reference, SmsDelivered, SmsResult, Status, VerificationId, VerificationRequest,
    VerificationResult,
};
use crate::money::Money;
use crate::phone::PhoneNumber;
use crate::record::Decided;
use crate::replay::{Outcome, Replay, Ruling};
use crate::signature::AppKey;
use crate::verdict::Verdict;

/// How long Sinch waits for a code.
const EXPIRES_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// Where the traffic of a drill goes, event by event; the first request of a verification comes with the
/// decision as the gate would record it.
pub type Sink<'s> = &'s mut dyn FnMut(TrafficEvent, Option<Decided>) -> std::io::Result<()>;

/// A drill under way.
pub(super) struct World<'w> {
    replay: Replay,
    app: AppKey,
    start: Timestamp,
    people: Vec<Person>,
    attackers: Vec<(Box<dyn Attacker>, Option<Shot>)>,
    outage: Option<Outage>,
    dice: Dice,
    queue: BinaryHeap<Due>,
    n_turns: u64,
    n_ids: u64,
    tally: Tally,
    sink: Option<Sink<'w>>,
    failed: std::io::Result<()>,
}

/// What happens next.
enum Turn {
    Person(usize),
    Attacker(usize),
    Request(Box<VerificationRequest>),
    Result(Box<VerificationResult>),
    Delivery(Box<SmsDelivered>),
}

/// What happens next, when, and its place among what happens at the same time.
struct Due {
    at: SignedDuration,
    place: u64,
    turn: Turn,
}

/// What is asked for.
struct Asked {
    number: PhoneNumber,
    method: Method,
    price: Option<Money>,
    custom: Option<Custom>,
}

impl<'w> World<'w> {
    pub(super) fn new(replay: Replay, app: AppKey, start: Timestamp, cast: Cast) -> Self {
        let mut world = Self {
            replay,
            app,
            start,
            people: Vec::new(),
            attackers: Vec::new(),
            outage: cast.outage,
            dice: cast.dice,
            queue: BinaryHeap::new(),
            n_turns: 0,
            n_ids: 0,
            tally: Tally::default(),
            sink: None,
            failed: Ok(()),
        };
        for (place, (at, person)) in cast.people.into_iter().enumerate() {
            world.people.push(person);
            world.put(at, Turn::Person(place));
        }
        for (place, mut attacker) in cast.attackers.into_iter().enumerate() {
            let first = attacker.next(None);
            if let Some(shot) = &first {
                world.put(shot.at, Turn::Attacker(place));
            }
            world.attackers.push((attacker, first));
        }
        world
    }

    /// The same, with its traffic written down.
    pub(super) fn with_sink(self, sink: Option<Sink<'w>>) -> Self {
        Self { sink, ..self }
    }

    /// Plays to the end; gives what happened, and what became of the people.
    pub(super) fn play(mut self) -> std::io::Result<(Tally, Vec<Person>)> {
        while let Some(Due { at, turn, .. }) = self.queue.pop() {
            match turn {
                Turn::Person(place) => self.person(at, place),
                Turn::Attacker(place) => self.attacker(at, place),
                Turn::Request(request) => {
                    self.decide(at, *request);
                }
                Turn::Result(result) => {
                    let now = self.time(at);
                    self.replay.outcome(&self.app, &Outcome::from(&*result), now);
                    self.note(at, Happens::Result(result), None);
                }
                Turn::Delivery(delivered) => {
                    let now = self.time(at);
                    self.replay.outcome(&self.app, &Outcome::from(&*delivered), now);
                    self.note(at, Happens::Delivery(delivered), None);
                }
            }
        }
        self.failed?;
        Ok((self.tally, self.people))
    }

    fn person(&mut self, at: SignedDuration, place: usize) {
        let Some(person) = self.people.get(place) else { return };
        let asked = Asked {
            number: person.number.clone(),
            method: person.method.clone(),
            price: person.price(),
            custom: person.custom.clone(),
        };
        let request = self.request(asked);
        let ruling = self.decide(at, request.clone());
        let is_hit = self.outage.as_ref().is_some_and(|outage| outage.stops(at, &request));
        let Some(person) = self.people.get_mut(place) else { return };
        if ruling.verdict == Verdict::Deny {
            if let Some(waits) = person.take_denial(ruling.rule) {
                self.put(at + waits, Turn::Person(place));
            }
            return;
        }
        let is_lost = is_hit && person.dice.happens(Outage::SHARE);
        let next = person.take_message(!is_lost);
        self.deliver(at, &request, !is_lost);
        match next {
            Next::Verified(after) => self.end(at + after, &request, Status::Successful, None),
            Next::Again(after) => {
                self.end(at + after, &request, Status::Aborted, None);
                self.put(at + after, Turn::Person(place));
            }
            Next::GivesUp => self.end(at + EXPIRES_AFTER, &request, Status::Fail, Some("Expired")),
        }
    }

    fn attacker(&mut self, at: SignedDuration, place: usize) {
        let Some(shot) = self.attackers.get_mut(place).and_then(|(_, shot)| shot.take()) else { return };
        let request = self.request(Asked {
            number: shot.number,
            method: shot.method,
            price: euros(shot.price),
            custom: shot.address.as_deref().map(custom_of),
        });
        let ruling = self.decide(at, request.clone());
        if !shot.is_bait {
            self.tally.attack(at, shot.price, &ruling);
        }
        let mut late = seconds(2.0);
        for _ in 0..shot.copies {
            self.put(at + late, Turn::Request(Box::new(request.clone())));
            late += self.dice.seconds(1.0, 500.0);
        }
        if ruling.verdict == Verdict::Allow {
            for _ in 0..=shot.copies {
                self.deliver(at, &request, true);
                if shot.is_faked {
                    self.end(at + seconds(4.0), &request, Status::Successful, None);
                } else {
                    self.end(at + EXPIRES_AFTER, &request, Status::Fail, Some("Expired"));
                }
            }
        }
        let Some((attacker, slot)) = self.attackers.get_mut(place) else { return };
        *slot = attacker.next(Some(ruling.verdict));
        if let Some(next) = slot.as_ref().map(|shot| shot.at.max(at)) {
            self.put(next, Turn::Attacker(place));
        }
    }

    /// A new request.
    fn request(&mut self, asked: Asked) -> VerificationRequest {
        self.n_ids += 1;
        VerificationRequest {
            id: VerificationId(format!("{}-{}", self.app.as_str(), self.n_ids)),
            method: asked.method,
            number: asked.number,
            reference: Reference::new(&format!("sign-up-{}", self.n_ids)),
            custom: asked.custom,
            price: asked.price,
            unreadable: Vec::new(),
        }
    }

    fn decide(&mut self, at: SignedDuration, request: VerificationRequest) -> Ruling {
        let now = self.time(at);
        if self.sink.is_none() {
            return self.replay.request(&self.app, &request, now);
        }
        let (ruling, decided) = self.replay.request_in_full(&self.app, &request, now);
        let denial = Some(ruling.verdict).filter(|verdict| *verdict == Verdict::Deny);
        self.note(at, Happens::Request(Box::new(request), denial), decided);
        ruling
    }

    /// A receipt, where it is an SMS.
    fn deliver(&mut self, at: SignedDuration, request: &VerificationRequest, arrives: bool) {
        if request.method == Method::Sms {
            let delivered = SmsDelivered {
                id: request.id.clone(),
                method: request.method.clone(),
                number: Some(request.number.clone()),
                reference: request.reference.clone(),
                custom: None,
                sms_result: if arrives { SmsResult::Successful } else { SmsResult::Failed },
                unreadable: Vec::new(),
            };
            let after = self.dice.seconds(2.0, 8.0);
            self.put(at + after, Turn::Delivery(Box::new(delivered)));
        }
    }

    /// A result at this time.
    fn end(
        &mut self,
        at: SignedDuration,
        request: &VerificationRequest,
        status: Status,
        reason: Option<&str>,
    ) {
        let is_success = status == Status::Successful;
        let result = VerificationResult {
            id: request.id.clone(),
            method: request.method.clone(),
            number: Some(request.number.clone()),
            reference: request.reference.clone(),
            custom: None,
            status,
            reason: reason.map(ToOwned::to_owned),
            source: is_success.then(|| "manual".to_owned()),
            unreadable: Vec::new(),
        };
        self.put(at, Turn::Result(Box::new(result)));
    }

    fn put(&mut self, at: SignedDuration, turn: Turn) {
        self.n_turns += 1;
        self.queue.push(Due { at, place: self.n_turns, turn });
    }

    fn time(&self, at: SignedDuration) -> Timestamp {
        let at = SignedDuration::from_millis(i64::try_from(at.as_millis()).unwrap_or(i64::MAX));
        self.start.checked_add(at).unwrap_or(self.start)
    }

    fn note(&mut self, at: SignedDuration, happens: Happens, decided: Option<Decided>) {
        let event = TrafficEvent { at: self.time(at), app: self.app.clone(), happens };
        if let Some(sink) = &mut self.sink
            && self.failed.is_ok()
        {
            self.failed = sink(event, decided);
        }
    }
}

impl Due {
    fn order(&self) -> (SignedDuration, u64) {
        (self.at, self.place)
    }
}

/// The heap gives the greatest first, which is to be the earliest.
impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        other.order().cmp(&self.order())
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Due {}

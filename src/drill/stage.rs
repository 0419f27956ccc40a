//! What a scenario is made of: the people of a usual day, and whoever comes on top.

use std::collections::{BTreeMap, VecDeque};

use jiff::SignedDuration;

use super::attacker::{Attacker, Planned, Shot};
use super::block::Block;
use super::dice::{Dice, seconds, whole};
use super::market::{ABROAD, HOME, Market};
use super::own_people::OwnPerson;
use super::person::{Person, Tariff};
use crate::event::{Method, VerificationRequest};
use crate::phone::{MobileNumbers, PhoneNumber};

/// The share of people who enter the code, at home and abroad.
const ENTER_AT_HOME: f64 = 0.88;
const ENTER_ABROAD: f64 = 0.78;

/// The share of people of a usual day who verified before.
const RETURN: f64 = 0.1;

/// Countries hand out ranges of ten thousand numbers, and about one in three of those that their plans have.
const RUN: f64 = 10_000.0;
const IN_USE: f64 = 3.0;

/// Numbering plans, each read once.
#[derive(Debug, Default)]
pub(super) struct Plans(BTreeMap<&'static str, Option<MobileNumbers>>);

impl Plans {
    /// A number of a country.
    fn number(&mut self, country: &'static str, dice: &mut Dice) -> PhoneNumber {
        let read = || country.parse().ok().and_then(MobileNumbers::of);
        let numbers = self.0.entry(country).or_insert_with(read);
        numbers.as_ref().map_or_else(
            || PhoneNumber::new(""),
            |numbers| {
                let runs = (numbers.count() / RUN).max(1.0);
                let run = (dice.unit() * runs / IN_USE).floor() * IN_USE;
                numbers.at((run + dice.unit()) / runs)
            },
        )
    }
}

/// Messages that do not arrive.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    pub(super) country: &'static str,
    pub(super) from: SignedDuration,
    pub(super) to: SignedDuration,
}

impl Outage {
    /// The share of messages that it stops.
    pub(super) const SHARE: f64 = 0.9;

    /// Whether it may stop the message of a request at this time.
    pub(super) fn stops(&self, at: SignedDuration, request: &VerificationRequest) -> bool {
        let country = request.number.country().map(crate::phone::Country::code);
        request.method == Method::Sms && country == Some(self.country) && (self.from..self.to).contains(&at)
    }
}

/// Who takes part.
pub(super) struct Cast {
    pub(super) people: Vec<(SignedDuration, Person)>,
    pub(super) attackers: Vec<Box<dyn Attacker>>,
    pub(super) outage: Option<Outage>,
    pub(super) dice: Dice,
}

/// A scenario that is being set up.
pub(super) struct Stage<'s> {
    pub(super) dice: Dice,
    plans: &'s mut Plans,
    scale: f64,
    /// When the part begins that counts.
    pub(super) opens: SignedDuration,
    /// When it ends.
    pub(super) ends: SignedDuration,
    own_people: &'s [OwnPerson],
    cast: Cast,
}

impl<'s> Stage<'s> {
    pub(super) fn new(
        mut dice: Dice,
        scale: f64,
        days: (u16, u16),
        plans: &'s mut Plans,
        own_people: &'s [OwnPerson],
    ) -> Self {
        let cast = Cast { people: Vec::new(), attackers: Vec::new(), outage: None, dice: dice.fork() };
        let (opens, ends) = (day(days.0), day(days.0 + days.1));
        Self { dice, plans, scale, opens, ends, own_people, cast }
    }

    pub(super) fn cast(self) -> Cast {
        self.cast
    }

    /// This many at the scale of the drill, at least one.
    pub(super) fn many(&self, count: u32) -> usize {
        whole(f64::from(count) * self.scale).max(1)
    }

    /// The same of a mean that is not whole.
    pub(super) fn many_of(&self, count: f64) -> usize {
        whole(count * self.scale).max(1)
    }

    /// A number of a country.
    pub(super) fn number(&mut self, country: &'static str) -> PhoneNumber {
        self.plans.number(country, &mut self.dice)
    }

    /// A block of neighbouring numbers of a country, which differ in their last digits.
    pub(super) fn block(&mut self, country: &'static str, digits: u8) -> Block {
        Block::around(&self.number(country), digits)
    }

    /// Somebody of a market.
    pub(super) fn somebody(&mut self, market: Market, enters_code: f64) -> Person {
        let number = self.number(market.country);
        let enters_code = self.dice.happens(enters_code);
        Person::new(number, Tariff::Market(market), enters_code, &mut self.dice)
    }

    /// Lets somebody come at this time.
    pub(super) fn comes(&mut self, at: SignedDuration, person: Person) {
        self.cast.people.push((at, person));
    }

    /// The people of usual days from the beginning to the end, or those whom the user brought.
    pub(super) fn usual_days(&mut self) {
        if !self.own_people.is_empty() {
            return self.own_people();
        }
        let mut known = Vec::new();
        let mut at = SignedDuration::ZERO;
        while at < self.ends {
            for market in HOME {
                self.usual_day(at, market, ENTER_AT_HOME, &mut known);
            }
            for market in ABROAD {
                self.usual_day(at, market, ENTER_ABROAD, &mut known);
            }
            at += day(1);
        }
    }

    fn usual_day(&mut self, begins: SignedDuration, market: Market, enters: f64, known: &mut Vec<Person>) {
        for _ in 0..self.dice.about(market.people * self.scale) {
            let at = begins + self.dice.time_of_day();
            let mut person = self.somebody(market, enters);
            if self.dice.happens(RETURN)
                && let Some(before) = self.dice.one_of(known)
            {
                (person.number, person.tariff) = (before.number.clone(), before.tariff);
            } else if person.enters_code {
                known.push(person.clone());
            }
            self.comes(at, person);
        }
    }

    /// The people of recorded traffic, whose last day is the last day of the drill.
    fn own_people(&mut self) {
        let last = self.own_people.iter().map(|person| person.after).max().unwrap_or_default();
        for person in self.own_people {
            let at = self.ends - (last - person.after);
            if at >= SignedDuration::ZERO {
                let person = person.person(&mut self.dice);
                self.cast.people.push((at, person));
            }
        }
    }

    /// Messages that do not arrive.
    pub(super) fn outage(&mut self, outage: Outage) {
        self.cast.outage = Some(outage);
    }

    /// An attack.
    pub(super) fn attack(&mut self, attacker: impl Attacker + 'static) {
        self.cast.attackers.push(Box::new(attacker));
    }

    /// An attack that goes on as planned.
    pub(super) fn planned(&mut self, shots: Vec<Shot>) {
        self.attack(Planned::new(shots));
    }

    /// A verification that never ends verified.
    pub(super) fn shot(&mut self, at: SignedDuration, number: PhoneNumber, method: Method) -> Shot {
        let country = number.country().map_or("", crate::phone::Country::code);
        let price = Market::of(country).price(&method);
        let address = Some(self.proxy());
        Shot { at, number, method, price, address, is_faked: false, copies: 0, is_bait: false }
    }

    /// One of the 20,000 addresses that attackers hire.
    fn proxy(&mut self) -> String {
        let place = self.dice.below(20_000);
        format!("198.{}.{}.{}", 18 + place / 65_536, place / 256 % 256, place % 256)
    }

    /// Times from one moment to another, in order, as far apart as chance has it.
    pub(super) fn times(
        &mut self,
        n: usize,
        from: SignedDuration,
        length: SignedDuration,
    ) -> VecDeque<SignedDuration> {
        let mut times: Vec<SignedDuration> =
            (0..n).map(|_| from + seconds(self.dice.unit() * length.as_secs_f64())).collect();
        times.sort_unstable();
        times.into()
    }
}

/// This many days.
pub(super) fn day(n: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(n))
}

/// This many hours.
pub(super) fn hours(n: f64) -> SignedDuration {
    seconds(3_600.0 * n)
}

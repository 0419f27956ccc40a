//! People taken from recorded traffic, in the place of made-up ones.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::dice::Dice;
use super::person::{Person, Tariff};
use crate::backtest::{Happens, Label, TrafficEvent};
use crate::event::{Custom, Method};
use crate::money::Money;
use crate::phone::PhoneNumber;

/// How long after a request another one of the same number belongs to the same sign-up.
const SAME_SIGN_UP: SignedDuration = SignedDuration::from_hours(1);

/// Somebody of recorded traffic.
#[derive(Clone, Debug)]
pub struct OwnPerson {
    /// When, since the first event.
    pub(super) after: SignedDuration,
    number: PhoneNumber,
    method: Method,
    price: Option<Money>,
    custom: Option<Custom>,
    is_verified: bool,
}

/// Finds people in recorded traffic, event by event.
#[derive(Debug, Default)]
pub struct OwnPeople {
    people: Vec<OwnPerson>,
    latest: HashMap<PhoneNumber, usize>,
    first: Option<Timestamp>,
}

impl OwnPeople {
    /// Takes an event, in the order of time.
    pub fn take(&mut self, event: &TrafficEvent) {
        let after = event.at.duration_since(*self.first.get_or_insert(event.at));
        match &event.happens {
            Happens::Request(request, _) => {
                let before = self.latest.get(&request.number).and_then(|place| self.people.get(*place));
                if before.is_some_and(|before| after - before.after < SAME_SIGN_UP) {
                    return;
                }
                self.latest.insert(request.number.clone(), self.people.len());
                self.people.push(OwnPerson {
                    after,
                    number: request.number.clone(),
                    method: request.method.clone(),
                    price: request.price,
                    custom: request.custom.clone(),
                    is_verified: false,
                });
            }
            Happens::Result(result) => {
                let place = result.number.as_ref().and_then(|number| self.latest.get(number));
                if let Some(person) = place.and_then(|place| self.people.get_mut(*place)) {
                    person.is_verified |= Label::of(result) == Some(Label::Verified);
                }
            }
            Happens::Delivery(_) => {}
        }
    }

    /// The people that were found.
    #[must_use]
    pub fn finish(self) -> Vec<OwnPerson> {
        self.people
    }
}

impl OwnPerson {
    /// The same person, who asks again; a code that was entered then would be entered now.
    pub(super) fn person(&self, dice: &mut Dice) -> Person {
        let mut person =
            Person::new(self.number.clone(), Tariff::Recorded(self.price), self.is_verified, dice);
        person.method = self.method.clone();
        person.custom.clone_from(&self.custom);
        person
    }
}

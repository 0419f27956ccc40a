//! People: what they ask for, and how they take it when they are denied.

use jiff::SignedDuration;

use super::dice::Dice;
use super::market::{Market, euros};
use crate::event::{Custom, Method};
use crate::money::Money;
use crate::phone::PhoneNumber;

/// How often somebody who was denied tries again.
const TRIES_AFTER_A_DENIAL: u8 = 2;

/// How many messages that do not arrive somebody waits for.
const MOST_LOST_MESSAGES: u8 = 3;

/// What verifications cost somebody's company.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tariff {
    /// As in this market.
    Market(Market),
    /// Always the same, as in the traffic that the person is taken from.
    Recorded(Option<Money>),
}

/// Somebody who wants to sign up, or gives up on the way.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) number: PhoneNumber,
    pub(super) method: Method,
    pub(super) tariff: Tariff,
    pub(super) custom: Option<Custom>,
    /// Whether the person enters a code that arrives.
    pub(super) enters_code: bool,
    /// How many messages it takes.
    pub(super) messages_needed: u8,
    /// The method to fall back to where the first one does not lead anywhere.
    pub(super) falls_back_to: Option<Method>,
    pub(super) dice: Dice,
    messages: u8,
    messages_lost: u8,
    denials: u8,
    pub(super) verified: bool,
    /// The place of the rule that denied last.
    pub(super) denied_by: Option<usize>,
}

/// What happens to a person whose verification was allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    /// Verified after this time.
    Verified(SignedDuration),
    /// Asks for another code after this time.
    Again(SignedDuration),
    /// Nothing more.
    GivesUp,
}

impl Person {
    /// Somebody with usual habits; chance decides on the rest.
    pub(super) fn new(number: PhoneNumber, tariff: Tariff, enters_code: bool, dice: &mut Dice) -> Self {
        let mut dice = dice.fork();
        let method = match dice.unit() {
            ..0.80 => Method::Sms,
            ..0.88 => Method::FlashCall,
            ..0.93 => Method::Seamless,
            ..0.97 => Method::WhatsApp,
            _ => Method::Callout,
        };
        let messages_needed = if dice.happens(0.15) { 2 } else { 1 };
        let falls_back_to = dice.happens(0.2).then_some(Method::Callout);
        let address = format!("100.{}.{}.{}", 64 + dice.below(64), dice.below(256), dice.below(256));
        Self {
            number,
            method,
            tariff,
            custom: Some(custom_of(&address)),
            enters_code,
            messages_needed,
            falls_back_to,
            dice,
            messages: 0,
            messages_lost: 0,
            denials: 0,
            verified: false,
            denied_by: None,
        }
    }

    /// What the verification costs that the person asks for now.
    pub(super) fn price(&self) -> Option<Money> {
        match self.tariff {
            Tariff::Market(market) => euros(market.price(&self.method)),
            Tariff::Recorded(price) => price,
        }
    }

    /// Takes a denial; says after what time the person tries again, if at all.
    pub(super) fn take_denial(&mut self, rule: Option<usize>) -> Option<SignedDuration> {
        self.denied_by = rule;
        self.denials += 1;
        self.fall_back();
        match self.denials {
            1 => Some(self.dice.seconds(15.0, 90.0)),
            denials if denials <= TRIES_AFTER_A_DENIAL => Some(self.dice.seconds(60.0, 600.0)),
            _ => None,
        }
    }

    /// Takes a message that was allowed and arrives, or does not.
    pub(super) fn take_message(&mut self, arrives: bool) -> Next {
        if !arrives {
            self.messages_lost += 1;
            self.fall_back();
            let again = Next::Again(self.dice.seconds(60.0, 180.0));
            return if self.messages_lost < MOST_LOST_MESSAGES { again } else { Next::GivesUp };
        }
        self.messages += 1;
        let waits = self.dice.seconds(8.0, 60.0);
        let sends_again = self.dice.seconds(35.0, 150.0);
        if self.messages < self.messages_needed {
            self.fall_back();
            Next::Again(sends_again)
        } else if self.enters_code {
            self.verified = true;
            Next::Verified(waits)
        } else {
            Next::GivesUp
        }
    }

    fn fall_back(&mut self) {
        if let Some(method) = self.falls_back_to.take() {
            self.method = method;
        }
    }
}

/// What an app says of its user: the address.
pub(super) fn custom_of(address: &str) -> Custom {
    Custom::new(format!(r#"{{"ip":"{address}"}}"#))
}

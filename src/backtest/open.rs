//! Verifications whose results may still come.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use super::event::TrafficEvent;
use super::label::Label;
use super::people::Case;
use super::rules::Rules;
use super::side::Said;
use super::{OPEN_FOR, is_denial};
use crate::event::{Method, Reference, VerificationRequest};
use crate::money::Money;
use crate::phone::Country;
use crate::privacy::NumberPrivacy;
use crate::quota::Stamp;
use crate::verdict::Verdict;

/// How many digits a block of numbers leaves out.
const BLOCK: u8 = 3;

/// A verification, as far as the sums need it.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) stamp: Stamp,
    pub(super) at: Timestamp,
    /// Whether it is of the time that counts.
    pub(super) counts: bool,
    pub(super) label: Label,
    /// Whether the traffic says that it was denied, so that nothing heard of it counts.
    pub(super) was_denied: bool,
    /// The number, in its application.
    pub(super) person: Stamp,
    pub(super) is_hashed: bool,
    /// Whether not even the first digits of the number are known.
    pub(super) is_opaque: bool,
    /// The code, which is a part of the program.
    pub(super) country: &'static str,
    pub(super) method: Method,
    pub(super) block: Option<Box<str>>,
    pub(super) price: Option<Money>,
    pub(super) denied: bool,
    pub(super) denied_by_against: bool,
    /// The deciding rule of the candidate.
    pub(super) rule: Option<u16>,
    /// The rules in monitor mode that would have denied.
    pub(super) would_deny: Box<[usize]>,
    /// How to report it, where it is denied.
    pub(super) named: Option<Box<Named>>,
}

/// How a verification is reported.
#[derive(Debug)]
pub(super) struct Named {
    /// The customer's reference, or Sinch's id where it has none.
    reference: Box<str>,
    /// The number, masked.
    number: Box<str>,
}

impl Open {
    /// The deciding rule of the candidate, by its place.
    pub(super) fn rule(&self) -> Option<usize> {
        self.rule.map(usize::from)
    }

    /// What to report of it, where it is denied.
    pub(super) fn case(&self, rules: &Rules) -> Option<Case> {
        let Named { reference, number } = self.named.as_deref()?;
        Some(Case {
            reference: reference.to_string(),
            at: self.at,
            number: number.to_string(),
            country: self.country.to_owned(),
            method: self.method.to_string(),
            rule: self.rule().and_then(|rule| rules.name(rule)).map(ToOwned::to_owned),
            denied: 1,
            allowed: 0,
        })
    }

    /// Takes what was heard of it. Of what was denied nothing is charged and nobody verified, as in all other
    /// figures.
    fn hear(&mut self, heard: Label) {
        if !self.was_denied {
            self.label = self.label.after(heard);
        }
    }

    /// A verification from its request; `None` for a repeat.
    pub(super) fn new(
        event: &TrafficEvent,
        request: &VerificationRequest,
        then: Option<Verdict>,
        said: &[&Said],
    ) -> Option<Self> {
        let (candidate, against) = said.split_first()?;
        let Said::Decided { verdict, rule, would_deny } = candidate else { return None };
        let denied = *verdict == Verdict::Deny;
        let number = &request.number;
        let is_hashed = NumberPrivacy::is_hash(number.as_str());
        let named = denied.then(|| {
            let reference = request.reference.as_ref().map(Reference::as_str);
            // Its last digits would give the number away beside its block.
            let in_block = number.block(BLOCK).map(|block| format!("{block}{}", "*".repeat(BLOCK.into())));
            Box::new(Named {
                reference: reference.unwrap_or(request.id.as_str()).into(),
                number: in_block.unwrap_or_else(|| number.masked().to_string()).into(),
            })
        });
        Some(Self {
            stamp: Stamp::new(event.app.as_str(), request.id.as_str()),
            at: event.at,
            counts: true,
            label: if then == Some(Verdict::Deny) { Label::DeniedThen } else { Label::Unheard },
            was_denied: then == Some(Verdict::Deny),
            person: Stamp::new(event.app.as_str(), number.as_str()),
            is_hashed,
            is_opaque: is_hashed && number.in_clear().is_none(),
            country: number.country().map_or("none", Country::code),
            method: request.method.clone(),
            block: number.block(BLOCK).map(Into::into),
            price: request.price,
            denied,
            denied_by_against: against.iter().any(|said| is_denial(said)),
            rule: rule.and_then(|place| place.try_into().ok()),
            would_deny: would_deny.as_slice().into(),
            named,
        })
    }
}

/// What was heard of a verification whose request has not come.
#[derive(Clone, Copy, Debug)]
struct Early {
    label: Label,
    at: Timestamp,
    /// Whether that was in the time that counts.
    counts: bool,
}

/// The verifications whose results may still come, by their stamps.
#[derive(Debug, Default)]
pub(super) struct OpenVerifications {
    open: HashMap<Stamp, Open>,
    /// In the order in which they came.
    order: VecDeque<(Timestamp, Stamp)>,
    /// What was heard before the request.
    early: HashMap<Stamp, Early>,
    pub(super) n_without_request: u64,
    pub(super) n_before_request: u64,
}

impl OpenVerifications {
    pub(super) fn begin(&mut self, mut open: Open) {
        let stamp = open.stamp;
        if let Some(early) = self.early.remove(&stamp) {
            self.n_before_request += u64::from(open.counts);
            open.hear(early.label);
        }
        self.order.push_back((open.at, stamp));
        self.open.insert(stamp, open);
    }

    pub(super) fn hear(&mut self, stamp: Stamp, heard: Label, at: Timestamp, counts: bool) {
        match self.open.get_mut(&stamp) {
            Some(open) => open.hear(heard),
            None => {
                let early = self.early.entry(stamp).or_insert(Early { label: heard, at, counts });
                early.label = early.label.after(heard);
            }
        }
    }

    /// Those whose time is over.
    pub(super) fn over(&mut self, now: Timestamp) -> Vec<Open> {
        let mut over = Vec::new();
        while let Some((_, stamp)) = self.order.pop_front_if(|(at, _)| now.duration_since(*at) > OPEN_FOR) {
            over.extend(self.open.remove(&stamp));
        }
        if !over.is_empty() {
            let n_without_request = &mut self.n_without_request;
            self.early.retain(|_, early| {
                let is_open = now.duration_since(early.at) <= OPEN_FOR;
                *n_without_request += u64::from(!is_open && early.counts);
                is_open
            });
        }
        over
    }

    /// All the others.
    pub(super) fn rest(&mut self) -> Vec<Open> {
        let alone = self.early.drain().filter(|(_, early)| early.counts).count();
        self.n_without_request += super::people::to_u64(alone);
        let order = std::mem::take(&mut self.order);
        order.iter().filter_map(|(_, stamp)| self.open.remove(stamp)).collect()
    }
}

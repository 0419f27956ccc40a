//! An attack in words: what it is, where, since when, what it cost, what that rests on, and what to do.

mod evidence;

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::attacks::Attack;
use super::faked::{self, Faked};
use super::part::{LEAST_DENIED, LEAST_PEOPLE, Part};
use super::rises::Stretch;
use super::usual::Usual;
use super::{ended, todo};
use crate::backtest::Share;
use crate::figures::{Counted, Figures, Spend};
use crate::report::gathered::{NO_COUNTRY, UNKNOWN_RULE};
use crate::report::model::{Finding, Kind, Place, Severity};
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::{Block, Verification};
use crate::report::words::counted;
use crate::verdict::Verdict;

/// How long the beginning of a span is: what was under way then shows itself in it.
const BEGINNING: SignedDuration = SignedDuration::from_mins(5);

/// What words are made of.
pub(super) struct Context<'a> {
    pub(super) spanned: &'a Spanned<'a>,
    pub(super) usual: &'a Usual,
    pub(super) faked: &'a Faked<'a>,
    pub(super) question: &'a Question,
}

impl Context<'_> {
    /// The finding of an attack.
    pub(super) fn finding(&self, attack: &Attack) -> Option<Finding> {
        let spanned = self.spanned;
        let first = attack.parts.first()?;
        let (from, to) = attack.stretch();
        let figures = self.figures(attack.places());
        let kind = kind(attack);
        let name = |part: &Part| spanned.gathered.names.text(part.country).to_owned();
        let methods: Vec<_> = attack.methods(spanned).into_iter().collect();
        let method = match &methods[..] {
            [method] => Some(spanned.gathered.names.text(*method).to_owned()),
            _ => None,
        };
        let parts = self.parts(attack);
        let blocks: Vec<String> =
            attack.parts.iter().flat_map(|part| &part.blocks).map(Block::to_string).collect();
        let are_several = attack.parts.len() > 1;
        let denied = Share { count: figures.denied, of: figures.requests };
        let country = (!are_several).then(|| name(first));
        let countries = if are_several { attack.parts.iter().map(name).collect() } else { Vec::new() };
        let act = todo::commands(&blocks, kind, self.question, denied);
        Some(Finding {
            kind,
            severity: Severity::Attack,
            title: self.title(attack, kind, &figures),
            place: Place { country, countries, blocks, method, ..Place::default() },
            from: from.time(),
            to: ended(spanned, to.time()),
            may_be_older: self.may_be_older((from, to), denied.of),
            without_price: self.without_price(attack),
            cost: figures.spend.clone(),
            denied,
            denied_by: self.denied_by(attack),
            not_spent: self.not_spent(attack),
            people: None,
            evidence: self.evidence(attack, kind, &figures, &parts),
            parts,
            rests_on: rests_on(kind, denied.count > 0),
            act,
        })
    }

    fn without_price(&self, attack: &Attack) -> u64 {
        self.spanned.without_price(attack.places().filter_map(|place| self.spanned.at(place)))
    }

    /// Whether it may have begun before the span: its first request is as close to the beginning as two of
    /// its requests are to each other, or comes within a few minutes.
    fn may_be_older(&self, (from, to): Stretch, requests: u64) -> bool {
        let gaps = i32::try_from(requests / self.spanned.scale).unwrap_or(i32::MAX).saturating_sub(1).max(1);
        let gap = to.since(from) / gaps;
        from.time().duration_since(self.spanned.span.from) <= gap.max(BEGINNING)
    }

    fn figures(&self, places: impl Iterator<Item = u32>) -> Figures {
        self.spanned.figures(places.filter_map(|place| self.spanned.at(place)))
    }

    fn denied<'s>(&'s self, attack: &'s Attack) -> impl Iterator<Item = &'s Verification> {
        attack.places().filter_map(|place| self.spanned.at(place)).filter(|one| one.is_denied())
    }

    fn denied_by(&self, attack: &Attack) -> BTreeMap<String, u64> {
        let mut rules: BTreeMap<String, u64> = BTreeMap::new();
        for one in self.denied(attack) {
            let rule = self.spanned.gathered.names.text(one.rule);
            if rule != UNKNOWN_RULE {
                *rules.entry(rule.to_owned()).or_default() += self.spanned.scale;
            }
        }
        rules
    }

    /// What those denied would have cost, had the gate allowed them.
    fn not_spent(&self, attack: &Attack) -> Spend {
        let mut figures = Figures::default();
        for one in self.denied(attack) {
            figures.count(&Counted { verdict: Verdict::Allow, ..self.spanned.counted(one) });
        }
        figures.scale(self.spanned.scale);
        figures.spend
    }

    fn title(&self, attack: &Attack, kind: Kind, figures: &Figures) -> String {
        let scaled = |of: &dyn Fn(&Part) -> u64| attack.sum(of) * self.spanned.scale;
        let place = self.place(attack);
        let numbers = counted(scaled(&|part| part.numbers), "number", "numbers");
        let requests = figures.requests;
        let times = match requests {
            n if n >= 3 * scaled(&|part| part.numbers) => format!(" {n} times"),
            _ => String::new(),
        };
        let subject = format!("{numbers} {place} asked for codes{times}");
        let denied = match figures.denied {
            n if n * 10 < requests => String::new(),
            n => format!(", and the gate denied {n} of {requests}"),
        };
        // Those who made it are not of the attack, and so not among its numbers.
        let made = scaled(&|part| part.people.count);
        match kind {
            Kind::FakedSuccesses => {
                let faked = counted(scaled(&|part| part.faked), "verification", "verifications");
                format!("{faked} {place} look faked, of {requests} requests{denied}")
            }
            _ if figures.denied * 10 >= requests * 8 => format!("{subject}{denied}"),
            Kind::MadeUpNumbers => {
                let lost = scaled(&|part| part.undelivered);
                format!("{subject}, and the messages to {lost} of them did not arrive")
            }
            _ => match (made, denied.as_str()) {
                (0, _) => format!("{subject} in vain{denied}"),
                (_, "") => format!("{subject} in vain, and {made} beside them made it"),
                _ => format!("{subject} in vain, {made} beside them made it{denied}"),
            },
        }
    }

    fn place(&self, attack: &Attack) -> String {
        let text = |part: &Part| self.spanned.gathered.names.text(part.country).to_owned();
        match &attack.parts[..] {
            [part] => match &part.blocks[..] {
                [] if text(part) == NO_COUNTRY => "that belong to no country".to_owned(),
                [] if part.numbers * self.spanned.scale < LEAST_PEOPLE => format!("in {}", text(part)),
                [] => format!("all over {}", text(part)),
                [block] => format!("of {block} in {}", text(part)),
                blocks => format!("of {} blocks in {}", blocks.len(), text(part)),
            },
            parts => format!("in {} countries", parts.len()),
        }
    }
}

fn kind(attack: &Attack) -> Kind {
    let [numbers, faked, undelivered] =
        [attack.sum(|part| part.numbers), attack.sum(|part| part.faked), attack.sum(|part| part.undelivered)];
    if faked >= faked::RUN as u64 && faked * 20 >= numbers {
        Kind::FakedSuccesses
    } else if undelivered * 2 >= numbers {
        Kind::MadeUpNumbers
    } else if attack.parts.len() > 1 {
        Kind::ManyCountries
    } else if attack.parts.iter().any(|part| !part.blocks.is_empty()) {
        Kind::BlockCollapsed
    } else {
        Kind::CountryJumped
    }
}

fn rests_on(kind: Kind, are_denied: bool) -> String {
    let stopped = format!(
        "; or {LEAST_PEOPLE} whom the gate denied, far more than usual, who do not come back as people do"
    );
    let collapsed = format!(
        "at least {LEAST_PEOPLE} people who asked in vain, more than those who verified and far more than \
         usual there, with 95 % certainty{}",
        if are_denied { &stopped } else { "" }
    );
    match kind {
        Kind::FakedSuccesses => format!(
            "at least {} successes of a country, a method and a day, more than half of them faster than a \
             tenth of people are; or {} numbers of a block that verified in sequence",
            faked::LEAST_FAST,
            faked::RUN
        ),
        Kind::MadeUpNumbers => format!(
            "{collapsed}; their messages did not arrive, and those to others of the country did, so it is \
             not an outage"
        ),
        Kind::ManyCountries => format!(
            "{collapsed}; in several countries for most of the same time and by the same method, and there \
             it takes fewer in each"
        ),
        Kind::BlockCollapsed if are_denied => {
            format!(
                "{collapsed}; or {LEAST_DENIED} numbers of a block, of which the gate denied four in five"
            )
        }
        _ => format!("{collapsed}; messages that did not arrive are left out"),
    }
}

//! Traffic gathered: each verification put together from its callbacks, in whatever order they come, or taken
//! from its story.

mod faked;

use std::collections::HashMap;

use jiff::Timestamp;

use super::names::{Name, Names, Prices};
use super::not_understood::NotUnderstood;
use super::verification::{Block, Moment, Number, Verification};
use crate::backtest::{Happens, TrafficEvent};
use crate::event::{SmsResult, VerificationRequest};
use crate::figures::Seen;
use crate::phone::{Country, PhoneNumber};
use crate::privacy::StoredNumber;
use crate::quota::Stamp;
use crate::record::{Happening, MonitorHit, Region, Story};
use crate::verdict::Verdict;

/// How many digits of a number its block leaves out, as everywhere.
const BLOCK: u8 = 3;

/// The most methods that are kept apart: this version knows five, and traffic may make up any number of them.
const MOST_METHODS: usize = 100;

/// What stands for the country of a number that has none.
pub(super) const NO_COUNTRY: &str = "none";

/// What stands for the rule where the traffic does not say which one decided.
pub(super) const UNKNOWN_RULE: &str = "unknown";

/// Verifications, as far as they are known.
#[derive(Debug)]
pub struct Gathered {
    /// The most that are held.
    most: usize,
    /// One number in how many is held, a power of two.
    one_in: u64,
    by_stamp: HashMap<Stamp, u32>,
    pub(super) all: Vec<Verification>,
    pub(super) names: Names,
    n_methods: usize,
    pub(super) prices: Prices,
    /// The sets of what rules in monitor mode would have done, by their names.
    pub(super) monitors: HashMap<String, Vec<MonitorHit>>,
    /// Rules whose limits counted nothing of a price in another currency, and how often.
    pub(super) uncounted: HashMap<(String, String), u64>,
    pub(super) not_understood: NotUnderstood,
    /// Whether any event was from a story, which says what decided.
    pub(super) has_stories: bool,
}

impl Gathered {
    /// Nothing yet. Where there are more verifications than `most`, only every second number is held, or
    /// every fourth, and so on.
    #[must_use]
    pub fn holding(most: usize) -> Self {
        Self {
            most: most.max(1),
            one_in: 1,
            by_stamp: HashMap::new(),
            all: Vec::new(),
            names: Names::default(),
            n_methods: 0,
            prices: Prices::default(),
            monitors: HashMap::new(),
            uncounted: HashMap::new(),
            not_understood: NotUnderstood::default(),
            has_stories: false,
        }
    }

    /// For how many verifications each one stands that is held.
    #[must_use]
    pub fn scale(&self) -> u64 {
        self.one_in
    }

    /// How many are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Takes a callback.
    pub fn take_event(&mut self, event: &TrafficEvent) {
        let at = Moment::of(event.at);
        match &event.happens {
            Happens::Request(request, verdict) => self.request(event, request, *verdict),
            Happens::Result(result) => {
                self.not_understood.status(&result.status);
                self.not_understood.members(&result.unreadable);
                let number = result.number.as_ref();
                if let Some(one) = self.one(event, result.id.as_str(), number) {
                    one.hear(at, &result.status, result.reason.as_deref());
                }
            }
            Happens::Delivery(delivered) => {
                let number = delivered.number.as_ref();
                if let Some(one) = self.one(event, delivered.id.as_str(), number) {
                    one.receive(at, &delivered.sms_result);
                }
            }
        }
    }

    fn request(&mut self, event: &TrafficEvent, request: &VerificationRequest, verdict: Option<Verdict>) {
        let number = &request.number;
        let country = self.names.name(number.country().map_or(NO_COUNTRY, Country::code));
        let method = self.method(request.method.as_str());
        let rule = self.names.name(UNKNOWN_RULE);
        self.not_understood.members(&request.unreadable);
        let price = self.prices.name(self.not_understood.price(request.price));
        let at = Moment::of(event.at);
        let is_masked = number.is_masked();
        let Some(one) = self.one(event, request.id.as_str(), Some(number)) else { return };
        // A repeat asks nothing new.
        if one.at.is_some_and(|known| known <= at) {
            return;
        }
        one.at = Some(at);
        one.heard_at = one.heard_at.min(at);
        (one.country, one.method, one.price, one.is_masked) = (country, method, price, is_masked);
        one.block = Block::of(number.block(BLOCK));
        if one.rule.is_none() {
            one.rule = rule;
            one.verdict = verdict.unwrap_or(Verdict::Allow);
        }
    }

    /// Takes a whole story.
    pub fn take_story(&mut self, story: &Story) {
        let subject = &story.subject;
        let Some(begun) = story.begun() else { return };
        let stamp = Stamp::new(subject.app.as_str(), &subject.id);
        let number = match &subject.number {
            Some(StoredNumber::Plain(number)) => Number::of(number),
            Some(hidden) => Number::hidden(hidden.as_str()),
            None => Number::UNKNOWN,
        };
        let country = self.names.name(subject.country.as_ref().map_or(NO_COUNTRY, Region::as_str));
        let method = subject.method.as_ref().map_or("", |method| method.as_str());
        let method = self.method(method);
        self.has_stories = true;
        let decided = Seen::of(story).map(|seen| {
            let monitors = self.monitors_of(&seen.decided.monitors);
            for (rule, why) in
                seen.decided.notes.iter().filter_map(|note| crate::figures::counted_nothing(note))
            {
                *self.uncounted.entry((rule.to_owned(), why.to_owned())).or_default() += 1;
            }
            let counted = seen.counted();
            let rule = self.names.name(crate::figures::rule_of(seen.decided));
            (
                Moment::of(seen.decided.at),
                counted.verdict,
                rule,
                monitors,
                self.prices.name(self.not_understood.price(counted.price)),
            )
        });
        for heard in &story.heard {
            if let Happening::Result { status, .. } = &heard.happening {
                self.not_understood.status(status);
            }
        }
        let Some(one) = self.entry(stamp, Moment::of(begun), number) else { return };
        (one.number, one.country, one.method) = (number, country, method);
        one.block = Block::of(subject.block(BLOCK).as_deref());
        one.is_masked = matches!(subject.number, Some(StoredNumber::Masked(_)));
        if let Some((at, verdict, rule, monitors, price)) = decided {
            one.at = Some(at);
            (one.verdict, one.rule, one.monitors, one.price) = (verdict, rule, monitors, price);
        }
        for heard in &story.heard {
            let at = Moment::of(heard.at);
            match &heard.happening {
                Happening::Result { status, reason, .. } => one.hear(at, status, reason.as_deref()),
                Happening::Delivery { result } => one.receive(at, result),
            }
        }
    }

    /// The name of a method; one that no event states has a name, too.
    fn method(&mut self, method: &str) -> Name {
        let text = if method.is_empty() { "unknown" } else { method };
        if self.names.find(text).is_none() {
            if self.n_methods >= MOST_METHODS {
                return self.names.name("others");
            }
            self.n_methods += 1;
        }
        self.names.name(text)
    }

    /// The name of a set of what rules in monitor mode would have done.
    fn monitors_of(&mut self, hits: &[MonitorHit]) -> Name {
        if hits.is_empty() {
            return Name::NONE;
        }
        let in_words = |hit: &MonitorHit| format!("{} {}", hit.rule, hit.verdict.name());
        let key = hits.iter().map(in_words).collect::<Vec<_>>().join("\n");
        let name = self.names.name(&key);
        if !name.is_none() && !self.monitors.contains_key(&key) {
            self.monitors.insert(key, hits.to_vec());
        }
        name
    }

    /// The verification that an event is about; `None` where it is not of the sample.
    fn one(
        &mut self,
        event: &TrafficEvent,
        id: &str,
        number: Option<&PhoneNumber>,
    ) -> Option<&mut Verification> {
        let stamp = Stamp::new(event.app.as_str(), id);
        let number = number.map_or(Number::UNKNOWN, Number::of);
        self.entry(stamp, Moment::of(event.at), number)
    }

    fn entry(&mut self, stamp: Stamp, at: Moment, number: Number) -> Option<&mut Verification> {
        let index = match self.by_stamp.get(&stamp) {
            Some(index) => *index,
            // Without its number nobody knows whether it is of the sample, and most are not.
            None if self.one_in > 1 && (number.is_unknown() || !number.is_of_sample(self.one_in)) => {
                return None;
            }
            None => {
                if self.all.len() >= self.most {
                    self.hold_half();
                    return self.entry(stamp, at, number);
                }
                let index = u32::try_from(self.all.len()).ok()?;
                self.all.push(Verification::new(at));
                self.by_stamp.insert(stamp, index);
                index
            }
        };
        let one = self.all.get_mut(usize::try_from(index).ok()?)?;
        if one.number.is_unknown() {
            one.number = number;
        }
        Some(one)
    }

    /// Keeps every second of the numbers that are held.
    fn hold_half(&mut self) {
        self.one_in = self.one_in.saturating_mul(2);
        let mut places = vec![None; self.all.len()];
        let mut kept = 0_u32;
        for (place, one) in places.iter_mut().zip(&self.all) {
            if !one.number.is_unknown() && one.number.is_of_sample(self.one_in) {
                *place = Some(kept);
                kept += 1;
            }
        }
        let mut place = places.iter();
        self.all.retain(|_| place.next().is_some_and(Option::is_some));
        self.by_stamp.retain(|_, index| {
            let new = usize::try_from(*index).ok().and_then(|index| places.get(index).copied().flatten());
            if let Some(new) = new {
                *index = new;
            }
            new.is_some()
        });
    }

    /// The first and the last request.
    #[must_use]
    pub fn reach(&self) -> Option<(Timestamp, Timestamp)> {
        let requests = || self.all.iter().filter_map(|one| one.at);
        Some((requests().min()?.time(), requests().max()?.time()))
    }
}

impl Verification {
    /// Takes a delivery receipt.
    fn receive(&mut self, at: Moment, result: &SmsResult) {
        self.heard_at = self.heard_at.min(at);
        self.has_arrived |= *result == SmsResult::Successful;
        self.has_failed_delivery |= *result == SmsResult::Failed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::sample::{delivered, story};

    fn swede(n: u64, results: &[(&str, Option<&str>)]) -> Story {
        let mut story = story(&format!("+4670{n:07}"), Verdict::Allow, results);
        story.subject.id = n.to_string();
        story
    }

    #[test]
    fn a_story_and_its_callbacks_come_to_the_same() {
        let story =
            delivered(swede(1_740_605, &[("FAIL", Some("Expired")), ("SUCCESSFUL", None)]), &["Failed"]);
        let mut of_story = Gathered::holding(9);
        of_story.take_story(&story);
        let one = of_story.all[0];
        assert!(one.is_verified() && one.has_failed_delivery && !one.has_arrived);
        assert_eq!(one.block.to_string(), "+46701740*");
        assert_eq!(one.number.plain().unwrap().as_str(), "+46701740605");
        assert_eq!(of_story.names.text(one.country), "SE");
        assert_eq!(of_story.names.text(one.rule), "default");
        of_story.take_story(&story);
        assert_eq!(of_story.len(), 1, "a record that stands twice is one");
    }

    #[test]
    fn beyond_what_is_held_a_fair_part_of_the_numbers_is() {
        let mut gathered = Gathered::holding(1_000);
        (0..6_000).for_each(|n| gathered.take_story(&swede(n, &[("SUCCESSFUL", None)])));
        assert_eq!(gathered.scale(), 8);
        let estimated = gathered.len() * 8;
        assert!((5_000..7_000).contains(&estimated), "{estimated}");
        assert_eq!(gathered.by_stamp.len(), gathered.len());
        // What comes of those that are held is still heard.
        let held = gathered.all[0].number.plain().unwrap();
        let n: u64 = held.as_str()[5..].parse().unwrap();
        gathered.take_story(&delivered(swede(n, &[]), &["Failed"]));
        assert!(gathered.all[0].has_failed_delivery);
    }
}

//! What an attack rests on: its figures beside what is usual, and its parts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Context;
use crate::backtest::{Share, percent};
use crate::figures::{Figures, Spend};
use crate::money::Money;
use crate::report::find::attacks::Attack;
use crate::report::find::evidence;
use crate::report::find::part::Part;
use crate::report::model::{self, Evidence, Kind};
use crate::report::verification::Block;
use crate::report::words::{self, counted};

/// The most rules that are named.
const MOST_RULES: usize = 3;

/// The most parts that are shown.
const MOST_PARTS: usize = 100;

/// The fewest requests of a block that is a part of an attack on a whole country.
const LEAST_OF_BLOCK: usize = 5;

impl Context<'_> {
    pub(super) fn evidence(
        &self,
        attack: &Attack,
        kind: Kind,
        figures: &Figures,
        parts: &[model::Part],
    ) -> Vec<Evidence> {
        let scale = self.spanned.scale;
        let people = |of: fn(&Part) -> Share| {
            let sum = |count: fn(Share) -> u64| attack.sum(|part| count(of(part)));
            let share = Share { count: sum(|share| share.count), of: sum(|share| share.of) };
            words::share(self.spanned.scaled(share))
        };
        let mut found = Vec::new();
        if kind == Kind::FakedSuccesses {
            found.extend(attack.parts.iter().take(3).flat_map(|part| self.faked.evidence(part.country)));
        }
        let verified = if kind == Kind::FakedSuccesses {
            let look_faked = people(|part| Share { count: part.faked, of: part.people.of });
            found.push(evidence("verifications that look faked, of those who tried", look_faked, None));
            "people who verified as people do, of those who tried"
        } else {
            "people who verified, of those who tried"
        };
        found.extend([
            evidence(verified, people(|part| part.people), Some(percent(self.usual.made_it))),
            evidence(
                "requests, and numbers that asked",
                format!("{}, {}", figures.requests, attack.sum(|part| part.numbers) * scale),
                None,
            ),
            evidence("spent on it", self.cost(attack, figures), self.usual_spend(attack)),
            evidence("denied by the gate", self.denied_in_words(attack, figures), None),
            evidence(
                "messages that arrived and came to nothing",
                figures.delivered.saturating_sub(figures.verified),
                None,
            ),
            evidence(
                "messages that did not arrive",
                figures.failed_deliveries,
                self.undelivered(kind, attack),
            ),
        ]);
        if let [_, _, ..] = parts {
            let name = |part: &model::Part| {
                let name = part.block.as_ref().unwrap_or(&part.country);
                format!("{name} {}", counted(part.requests, "request", "requests"))
            };
            let worst: Vec<String> = parts.iter().take(5).map(name).collect();
            found.push(evidence("the largest parts of it", worst.join(", "), None));
        }
        found
    }

    fn cost(&self, attack: &Attack, figures: &Figures) -> String {
        let amount = (!figures.spend.is_empty()).then(|| figures.spend.rounded().to_string());
        words::cost(amount, self.without_price(attack))
    }

    /// How many were denied, by which rules, and what they would have cost.
    fn denied_in_words(&self, attack: &Attack, figures: &Figures) -> String {
        let mut text = format!("{} of {}", figures.denied, figures.requests);
        let mut rules: Vec<(String, u64)> = self.denied_by(attack).into_iter().collect();
        rules.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let rules: Vec<String> =
            rules.iter().take(MOST_RULES).map(|(rule, count)| format!("{count} by {rule}")).collect();
        if !rules.is_empty() {
            text = format!("{text}, {}", rules.join(", "));
        }
        let not_spent = self.not_spent(attack);
        if not_spent.is_empty() {
            text
        } else {
            format!("{text}; they would have cost {}", not_spent.rounded())
        }
    }

    /// What a day usually costs where the attack is, on what is not verified, without the attack.
    fn usual_spend(&self, attack: &Attack) -> Option<String> {
        let spanned = self.spanned;
        let is_there = |country| attack.parts.iter().any(|part| part.country == country);
        let days = spanned.known_for().as_hours() / 24;
        if days < 2 {
            return None;
        }
        let there = spanned.with_before().filter(|one| is_there(one.country));
        let mut usual = spanned.figures(there).unverified_spend;
        let of_it = self.figures(attack.places()).unverified_spend;
        let currency = usual.currencies().first().copied()?;
        let rest = (usual.of(currency) - of_it.of(currency)).max(Decimal::ZERO);
        usual = Spend::default();
        usual.add(Money { amount: rest.checked_div(days.into())?.round_dp(2), currency });
        Some(format!("{usual} a day on what is not verified there"))
    }

    /// How many messages did not arrive elsewhere in the country at the time: in an outage most do not, and
    /// where numbers do not exist they do.
    fn undelivered(&self, kind: Kind, attack: &Attack) -> Option<String> {
        if kind != Kind::MadeUpNumbers {
            return None;
        }
        let (from, to) = attack.stretch();
        let mut of_it: Vec<u32> = attack.places().collect();
        of_it.sort_unstable();
        let mut share = Share::default();
        for (place, one) in (0..).zip(self.spanned.all) {
            let is_there = attack.parts.iter().any(|part| part.country == one.country);
            let is_then = one.at.is_some_and(|at| (from..=to).contains(&at));
            let has_receipt = one.has_arrived || one.has_failed_delivery;
            if is_there && is_then && has_receipt && of_it.binary_search(&place).is_err() {
                share.of += 1;
                share.count += u64::from(one.has_failed_delivery && !one.has_arrived);
            }
        }
        Some(format!("{} of other numbers there at that time", words::share(self.spanned.scaled(share))))
    }

    /// The parts: countries where it is on several of them, or else blocks; those of most requests first.
    pub(super) fn parts(&self, attack: &Attack) -> Vec<model::Part> {
        let spanned = self.spanned;
        let text = |part: &Part| spanned.gathered.names.text(part.country).to_owned();
        let of = |part: &Part, block: Option<Block>, places: &[u32]| {
            let figures = self.figures(places.iter().copied());
            let at = |place: &u32| spanned.at(*place).and_then(|one| one.at);
            model::Part {
                country: text(part),
                block: block.map(|block| block.to_string()),
                from: places.iter().filter_map(at).min().unwrap_or(part.from).time(),
                to: places.iter().filter_map(at).max().unwrap_or(part.to).time(),
                requests: figures.requests,
                cost: figures.spend,
            }
        };
        let mut parts: Vec<model::Part> = match &attack.parts[..] {
            [part] => {
                let mut blocks: BTreeMap<Block, Vec<u32>> = BTreeMap::new();
                for place in &part.places {
                    let block = spanned.at(*place).map_or(Block::NONE, |one| one.block);
                    let wide = block.wider();
                    let name = if part.blocks.contains(&block) { block } else { wide };
                    blocks.entry(name).or_default().push(*place);
                }
                let blocks = blocks.into_iter().filter(|(_, places)| places.len() >= LEAST_OF_BLOCK);
                blocks.map(|(block, places)| of(part, Some(block), &places)).collect()
            }
            parts => parts.iter().map(|part| of(part, None, &part.places)).collect(),
        };
        parts.sort_by(|one, other| other.requests.cmp(&one.requests).then(one.block.cmp(&other.block)));
        parts.truncate(MOST_PARTS);
        if parts.len() < 2 { Vec::new() } else { parts }
    }
}

//! The first lines where nothing was found, which does not mean that nobody attacks: there may be too little
//! to say, much may be unverified, or the gate may have denied far more than usual.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::gate;
use crate::backtest::{Share, percent};
use crate::figures::Figures;
use crate::report::model::{Before, State, Summary};
use crate::report::names::Name;
use crate::report::span::Spanned;
use crate::report::verification::{Moment, Verification};
use crate::report::words::{counted, percent_of};

/// The fewest verifications that say anything.
const LEAST: usize = 20;

/// The fewest verifications whose unverified part says something.
const LEAST_OF_SPEND: usize = 30;

/// The fewest denials of a day, or of a short span, that are worth a word.
const LEAST_DENIED: usize = 100;

/// The fewest days that say how many denials are usual.
const LEAST_DAYS: usize = 6;

/// The first lines.
pub(super) fn of(spanned: &Spanned<'_>, totals: &Figures, before: Option<&Before>) -> Summary {
    let n = spanned.all.len();
    let unverified = much_unverified(totals);
    let is_too_little = n < LEAST || (n < LEAST_OF_SPEND && unverified.is_some());
    let denials = Denials::beyond_usual(spanned);
    let conversion = Share { count: totals.verified, of: totals.ended };
    let requests = counted(totals.requests, "request", "requests");
    let figures = format!("{requests}, {conversion} of those that ended verified");
    let beside = before.map_or_else(String::new, |before| {
        let conversion = Share { count: before.totals.verified, of: before.totals.ended };
        let requests = counted(before.totals.requests, "request", "requests");
        format!(", after {requests} and {conversion} verified in the span before")
    });
    let (mut what, mut act) = (Vec::new(), Vec::new());
    if let Some(denials) = &denials {
        let denied = Share { count: totals.denied, of: totals.requests };
        what.push(format!("the gate denied {denied} requests, most of them in {}", denials.country));
        act.push("See whether those denied were people, or an attack that the gate stopped");
    }
    if let Some(unverified) = unverified.filter(|_| !is_too_little) {
        what.push(format!("{unverified} is unverified, though no attack stands out"));
        act.push(
            "Find out why half or more is unverified, by country and block, or whether results are missing",
        );
    }
    let state = match (what.is_empty(), is_too_little) {
        (false, _) => State::Attention,
        (true, true) => State::TooLittle,
        (true, false) => State::Quiet,
    };
    if what.is_empty() && is_too_little {
        what.push("too little to say whether somebody attacks".to_owned());
        act.push("Ask for a longer span, or look again later");
    } else if what.is_empty() {
        what.push("nobody attacks, as far as can be seen".to_owned());
        act.push("Nothing to do");
    }
    Summary {
        state,
        what: format!("{}: {figures}{beside}", what.join("; ")),
        place: denials.map(|denials| denials.place(spanned.scale)),
        since: None,
        cost: Some(format!(
            "{}, {} of it unverified",
            totals.spend.in_short(),
            totals.unverified_spend.in_short()
        )),
        gate: Some(gate(totals, &[])),
        act: act.join("; "),
    }
}

/// The unverified part of the spend where that is half of it or more, or else of the requests that were
/// allowed, where none has a price.
fn much_unverified(totals: &Figures) -> Option<String> {
    let share = match totals.spend.currencies().first() {
        Some(currency) => {
            let (part, all) = (totals.unverified_spend.of(*currency), totals.spend.of(*currency));
            let percent = percent_of(part, all)?;
            return (part * Decimal::TWO >= all).then(|| format!("{percent} of the spend"));
        }
        None => Share { count: totals.unverified, of: totals.allowed },
    };
    (share.of > 0 && 2 * share.count >= share.of)
        .then(|| format!("{} of what was allowed", percent(share.value())))
}

/// Where the gate denied far more than usual.
struct Denials {
    country: String,
    rule: String,
    /// How many of the country were denied, as far as was read.
    count: u64,
}

impl Denials {
    /// On a day with three times as many as on the median day; where few days are known, a fifth of all.
    fn beyond_usual(spanned: &Spanned<'_>) -> Option<Self> {
        let day = |one: &Verification| one.at.map_or(0, Moment::day);
        let first = spanned.with_before().next().map_or(0, day);
        let last = spanned.all.last().map_or(first, day);
        let mut by_day: BTreeMap<i64, usize> = (first..=last).map(|day| (day, 0)).collect();
        for one in spanned.with_before().filter(|one| one.is_denied()) {
            *by_day.entry(day(one)).or_default() += 1;
        }
        let begins = spanned.all.first().map_or(first, day);
        let worst = by_day.range(begins..).map(|(_, count)| *count).max()?;
        let mut counts: Vec<usize> = by_day.into_values().collect();
        counts.sort_unstable();
        let denied = spanned.all.iter().filter(|one| one.is_denied());
        let is_beyond = if counts.len() >= LEAST_DAYS {
            worst >= LEAST_DENIED && worst > 3 * counts.get(counts.len() / 2)?
        } else {
            let n = denied.clone().count();
            n >= LEAST_DENIED && 5 * n >= spanned.all.len()
        };
        if !is_beyond {
            return None;
        }
        let (country, count) = most(denied.clone().map(|one| one.country))?;
        let (rule, _) = most(denied.filter(|one| one.country == country).map(|one| one.rule))?;
        let text = |name| spanned.gathered.names.text(name).to_owned();
        Some(Self { country: text(country), rule: text(rule), count })
    }

    fn place(&self, scale: u64) -> String {
        let Self { country, rule, count } = self;
        format!("{country}, {} of those denied, most by rule {rule}", count * scale)
    }
}

/// The name that is there most often, and how often.
fn most(names: impl Iterator<Item = Name>) -> Option<(Name, u64)> {
    let mut counts: BTreeMap<Name, u64> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    counts.into_iter().max_by_key(|(name, count)| (*count, Reverse(*name)))
}

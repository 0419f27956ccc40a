//! The first lines where nothing was found, which does not mean that nobody attacks: there may be too little
//! to say, or much may be unverified.

use rust_decimal::Decimal;

use super::gate;
use crate::backtest::{Share, percent};
use crate::figures::Figures;
use crate::report::model::{Before, State, Summary};
use crate::report::span::Spanned;
use crate::report::words::{self, counted, percent_of};

/// The fewest verifications that say anything.
const LEAST: usize = 20;

/// The fewest verifications whose unverified part says something.
const LEAST_OF_SPEND: usize = 30;

/// The first lines.
pub(super) fn of(spanned: &Spanned<'_>, totals: &Figures, before: Option<&Before>) -> Summary {
    let n = spanned.all.len();
    let unverified = much_unverified(totals);
    let n_hidden = spanned.all.iter().filter(|one| one.is_masked).count();
    let are_hidden = 2 * n_hidden > n;
    let is_too_little = n < LEAST || (n < LEAST_OF_SPEND && unverified.is_some()) || are_hidden;
    let conversion = Share { count: totals.verified, of: totals.ended };
    let requests = counted(totals.requests, "request", "requests");
    let figures = match conversion.of {
        0 => format!("{requests}, none of which has ended yet"),
        _ => format!("{requests}, {conversion} of those that ended verified"),
    };
    let beside = before.map_or_else(String::new, |before| {
        let conversion = Share { count: before.totals.verified, of: before.totals.ended };
        let requests = counted(before.totals.requests, "request", "requests");
        match conversion.of {
            0 => format!(", after {requests} in the span before"),
            _ => format!(", after {requests} and {conversion} verified in the span before"),
        }
    });
    let (mut what, mut act) = (Vec::new(), Vec::new());
    if let Some(unverified) = unverified.as_ref().filter(|_| n >= LEAST_OF_SPEND && !are_hidden) {
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
    if what.is_empty() && n >= LEAST && are_hidden {
        let numbers = format!("{} of {} numbers", n_hidden as u64 * spanned.scale, n as u64 * spanned.scale);
        what.push(format!("too little to say whether somebody attacks, since {numbers} have hidden digits"));
        what.extend(unverified.map(|unverified| format!("{unverified} is unverified")));
        act.push("Read the table itself, or what `outcome export` writes, where no digits are hidden");
    } else if what.is_empty() && is_too_little {
        what.push("too little to say whether somebody attacks".to_owned());
        act.push("Ask for a longer span, or look again later");
    } else if what.is_empty() {
        what.push("nobody attacks, as far as can be seen".to_owned());
        act.push("Nothing to do");
    }
    Summary {
        state,
        what: format!("{}: {figures}{beside}", what.join("; ")),
        place: None,
        since: None,
        cost: Some(words::cost(amount(totals), spanned.without_price(spanned.all))),
        gate: Some(gate(totals, &[])),
        hurt: None,
        act: act.join("; "),
    }
}

/// What was spent, and how much of it unverified.
fn amount(totals: &Figures) -> Option<String> {
    let (all, unverified) = (&totals.spend, &totals.unverified_spend);
    (!all.is_empty()).then(|| format!("{}, {} of it unverified", all.in_short(), unverified.in_short()))
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

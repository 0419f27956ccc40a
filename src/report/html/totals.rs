//! The figures of the span, below the answer.

use maud::{Markup, html};

use super::text::{count, length, money, percent, share, time};
use crate::figures::{Figures, Spend};
use crate::report::model::Model;

/// A figure of the span, and the same of the span before where there is one.
struct Total {
    name: &'static str,
    now: String,
    before: Option<String>,
    /// How much more it is than before: 0.1 for a tenth.
    change: Option<f64>,
}

/// The figures, each beside that of the span before.
pub(super) fn section(model: &Model) -> Markup {
    let (now, before) = (&model.totals, model.before.as_ref().map(|before| &before.totals));
    let counts = |name, of: fn(&Figures) -> u64| Total {
        name,
        now: count(of(now)),
        before: before.map(|before| count(of(before))),
        change: before.filter(|before| of(before) > 0).map(|before| share(of(now), of(before)) - 1.0),
    };
    let spent = |name, of: fn(&Figures) -> Spend| Total {
        name,
        now: money(&of(now)),
        before: before.map(|before| money(&of(before))),
        change: None,
    };
    let totals = [
        counts("Requests", |figures| figures.requests),
        counts("Denied", |figures| figures.denied),
        counts("Verified", |figures| figures.verified),
        spent("Spent", |figures| figures.spend.clone()),
        spent("Unverified spend", |figures| figures.unverified_spend.clone()),
        spent("Per verified person", Figures::spend_per_verified),
    ];
    let span = length(model.span.to.duration_since(model.span.from).as_secs());
    html! {
        section.totals aria-label="Figures of the span" {
            dl {
                @for total in totals {
                    div {
                        dt { (total.name) }
                        dd.now { (total.now) }
                        @if let Some(before) = total.before {
                            dd.before {
                                (before) " before"
                                @if let Some(change) = total.change { (changed(change)) }
                            }
                        }
                    }
                }
            }
            p.aside {
                "From " (time(model.span.from)) " to " (time(model.span.to)) " UTC. "
                @match &model.before {
                    Some(before) => {
                        "Before: the " (span) " from " (time(before.span.from)) "."
                    }
                    None => { "The traffic does not reach back to the " (span) " before." }
                }
                " Of those that ended, " (percent(now.verified, now.ended)) " were verified"
                @if let Some(before) = before { ", " (percent(before.verified, before.ended)) " before" }
                "."
            }
        }
    }
}

/// How much more or less than before.
fn changed(change: f64) -> Markup {
    let percent = (100.0 * change).round();
    html! {
        @if percent.abs() >= 1.0 {
            ", " span.change { (format!("{percent:+.0} %").replace('-', "−")) }
        }
    }
}

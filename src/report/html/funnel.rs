//! From requests to people who verified: who is lost on the way.

use maud::{Markup, html};

use super::figure::{bar, scrolled};
use super::text::{count, percent, share};
use crate::figures::Figures;
use crate::report::model::Model;

/// A step on the way.
struct Step {
    name: &'static str,
    /// The class of those who do not reach it, by which they are coloured, and what became of them.
    lost: (&'static str, &'static str),
    of: fn(&Figures) -> u64,
}

const STEPS: [Step; 4] = [
    Step { name: "Requests", lost: ("", ""), of: |figures| figures.requests },
    Step { name: "Allowed", lost: ("denied", "denied by the gate"), of: |figures| figures.allowed },
    Step {
        name: "Delivered",
        lost: ("uncharged", "not delivered, as far as receipts say"),
        of: |figures| figures.delivered,
    },
    Step {
        name: "Verified",
        lost: ("unverified", "delivered, but not verified"),
        of: |figures| figures.verified,
    },
];

/// The funnel.
pub(super) fn section(model: &Model) -> Markup {
    let name = "From request to verified person";
    let before = [None].into_iter().chain(STEPS.iter().map(Some));
    let table = html! {
        table.bars #funnel-table {
            caption.unseen { (name) }
            thead { tr {
                th scope="col" { "Step" }
                td.wide {}
                th.n scope="col" { "Verifications" }
                th.n scope="col" { "of requests" }
                th scope="col" { "Lost on the way" }
                @if model.before.is_some() { th.n scope="col" { "Span before" } }
            } }
            tbody { @for (step, before) in STEPS.iter().zip(before) { (row(model, step, before)) } }
        }
    };
    html! {
        section #funnel aria-labelledby="funnel-title" {
            h2 #funnel-title { (name) }
            (scrolled(name, &table))
        }
    }
}

fn row(model: &Model, step: &Step, before: Option<&Step>) -> Markup {
    let now = (step.of)(&model.totals);
    let lost = before.map(|before| (before.of)(&model.totals).saturating_sub(now));
    let part = |count: u64| share(count, model.totals.requests);
    let (class, became) = step.lost;
    html! {
        tr {
            th scope="row" { (step.name) }
            td.wide { (bar(&[("verified", part(now)), (class, part(lost.unwrap_or(0)))])) }
            td.n { strong { (count(now)) } }
            td.n { (percent(now, model.totals.requests)) }
            td.aside { @if let Some(lost) = lost { (count(lost)) " " (became) } }
            @if let Some(before) = &model.before { td.n { (count((step.of)(&before.totals))) } }
        }
    }
}

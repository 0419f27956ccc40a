//! Methods and times to verify, in tables in which a bar stands beside the figure that it shows.

use maud::{Markup, html};

use super::figure::{bar, left_out, scrolled};
use super::text::{count, counted, money, percent, share, shown};
use crate::figures::Figures;
use crate::report::model::Model;

/// The most methods that stand in the table: those of traffic are made up by whoever makes the traffic.
const MOST_METHODS: usize = 20;

/// The columns that figures have in several tables.
pub(super) fn heads() -> Markup {
    html! {
        td.wide {}
        th.n scope="col" { "Unverified spend" }
        @for head in ["Requests", "Denied", "Verified", "Conversion", "Not verified", "Spent"] {
            th.n scope="col" { (head) }
        }
    }
}

/// The cells below [`heads`]. The bar is `most` requests long at most.
pub(super) fn cells(figures: &Figures, most: u64) -> Markup {
    let part = |count: u64| share(count, most);
    let bars = [
        ("verified", part(figures.verified)),
        ("unverified", part(figures.unverified)),
        ("denied", part(figures.denied)),
    ];
    html! {
        td.wide { (bar(&bars)) }
        td.n { strong { (money(&figures.unverified_spend)) } }
        td.n { (count(figures.requests)) }
        td.n { (count(figures.denied)) }
        td.n { (count(figures.verified)) }
        td.n { (percent(figures.verified, figures.ended)) }
        td.n { (count(figures.unverified)) }
        td.n { (money(&figures.spend)) }
    }
}

/// The methods.
pub(super) fn methods(model: &Model) -> Markup {
    let most = model.methods.iter().map(|method| method.figures.requests).max().unwrap_or(0);
    let table = html! {
        table.bars #methods-table {
            caption.unseen { "Figures by method" }
            thead { tr { th scope="col" { "Method" } (heads()) } }
            tbody {
                @for method in model.methods.iter().take(MOST_METHODS) {
                    tr { th scope="row" { bdi { (shown(&method.name)) } } (cells(&method.figures, most)) }
                }
            }
        }
    };
    html! {
        section #methods aria-labelledby="methods-title" {
            h2 #methods-title { "Methods" }
            (scrolled("Methods", &table))
            (left_out(model.methods.len(), MOST_METHODS, "method", "methods"))
        }
    }
}

/// How long people took to verify.
pub(super) fn durations(model: &Model) -> Markup {
    let times = &model.time_to_verify;
    let most = times.buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0);
    let table = html! {
        table.bars.narrow #durations-table {
            caption.unseen { "How long people took to verify" }
            thead { tr {
                th scope="col" { "Seconds" }
                td.wide {}
                th.n scope="col" { "People" }
                th.n scope="col" { "Share" }
            } }
            tbody {
                @for bucket in &times.buckets {
                    tr {
                        th scope="row" {
                            @match bucket.to_seconds {
                                Some(to) => { (bucket.from_seconds) " to " (to) }
                                None => { (bucket.from_seconds) " and more" }
                            }
                        }
                        td.wide { (bar(&[("verified", share(bucket.count, most))])) }
                        td.n { strong { (count(bucket.count)) } }
                        td.n { (percent(bucket.count, times.known)) }
                    }
                }
            }
        }
    };
    html! {
        section #durations aria-labelledby="durations-title" {
            h2 #durations-title { "Time to verify" }
            p.aside { (sayings(model)) }
            (scrolled("Time to verify", &table))
        }
    }
}

fn sayings(model: &Model) -> Markup {
    let times = &model.time_to_verify;
    html! {
        @match (times.tenth_seconds, times.median_seconds, times.ninth_tenth_seconds) {
            (Some(tenth), Some(half), Some(most)) => {
                "Of " (counted(times.known, "verification", "verifications")) ", half took at most "
                strong { (format!("{half:.0} s")) } ", a tenth at most " (format!("{tenth:.0} s"))
                " and nine tenths at most " (format!("{most:.0} s")) "."
            }
            _ => { "It is not known how long anybody took." }
        }
    }
}

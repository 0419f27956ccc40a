//! Countries side by side. Each opens to its blocks, and each block to its numbers.

use maud::{Markup, html};

use super::figure::{legend, scrolled, table_below};
use super::over_time::MEANINGS;
use super::scale::Time;
use super::steps::{Layer, stacked};
use super::text::{count, counted, money, per, percent, region, shown, time};
use crate::report::model::{Block, Country, Model};

/// How high the chart of a country is.
const HEIGHT: u32 = 64;

/// How many countries are seen at once; the others open.
const FIRST: usize = 12;

/// The id of a block, to which other sections lead.
#[must_use]
pub(super) fn block_id(country: usize, block: usize) -> String {
    format!("block-{}-{}", country + 1, block + 1)
}

/// The countries.
pub(super) fn section(model: &Model) -> Markup {
    let countries = || model.countries.iter().enumerate();
    html! {
        section #countries aria-labelledby="countries-title" {
            h2 #countries-title { "Countries" }
            div.above {
                p.aside {
                    "Requests " (per(model.step_seconds)) ", each country on a scale of its own. "
                    "Open a country for its blocks, and a block for its numbers."
                }
                (legend(MEANINGS.into_iter()))
            }
            div.multiples { @for (n, country) in countries().take(FIRST) { (one(model, n, country)) } }
            @if model.countries.len() > FIRST {
                details.more {
                    @let more = (model.countries.len() - FIRST) as u64;
                    summary { (counted(more, "country", "countries")) " more" }
                    div.multiples {
                        @for (n, country) in countries().skip(FIRST) { (one(model, n, country)) }
                    }
                }
            }
        }
    }
}

fn one(model: &Model, n: usize, country: &Country) -> Markup {
    html! {
        details.country id=(format!("country-{}", n + 1)) {
            summary {
                span.name { (region(&country.name)) }
                span.cost { strong { (money(&country.figures.unverified_spend)) } " unverified" }
                (chart(model, country))
                span.aside {
                    (counted(country.figures.requests, "request", "requests")) ", "
                    (percent(country.figures.verified, country.figures.ended)) " verified"
                }
            }
            div.inside id=(format!("country-{}-blocks", n + 1)) { (inside(model, n, country)) }
        }
    }
}

fn chart(model: &Model, country: &Country) -> Markup {
    let series = &country.series;
    let layer =
        |class, counts: &[u64]| Layer { class, heights: counts.iter().map(|count| *count as f64).collect() };
    let layers = [
        layer("verified", &series.verified),
        layer("unverified", &series.unverified),
        layer("denied", &series.denied),
    ];
    let peak = series.requests.iter().max().copied().unwrap_or(0).max(1);
    let scale = Time::of(model);
    let attacks = model.attacks.iter().filter(|attack| attack.country.as_ref() == Some(&country.name));
    html! {
        svg.chart width="100%" height=(HEIGHT + 14) aria-hidden="true" {
            g transform="translate(0 14)" { (stacked(&layers, peak as f64, HEIGHT)) }
            @for attack in attacks {
                @let from = scale.percent(attack.from);
                @let width = format!("{:.2}%", (scale.percent(attack.to) - from).max(1.0));
                g.attack { rect.edge x=(format!("{from:.2}%")) width=(width) y="10" height="4" {} }
            }
            line.base x1="0" x2="100%" y1=(HEIGHT + 14) y2=(HEIGHT + 14) {}
            text.tick x="0" y="9" { "at most " (count(peak)) }
        }
    }
}

fn inside(model: &Model, n: usize, country: &Country) -> Markup {
    let figures = &country.figures;
    html! {
        p {
            (counted(figures.requests, "request", "requests")) ": " (count(figures.verified)) " verified, "
            (count(figures.unverified)) " not verified, " (count(figures.denied)) " denied, "
            (count(figures.failed_deliveries)) " not delivered. Spent " (money(&figures.spend)) ", of it "
            strong { (money(&figures.unverified_spend)) } " on what was not verified."
            @if let Some(before) = &country.before {
                " In the span before, " (counted(before.requests, "request", "requests")) " and "
                (money(&before.unverified_spend)) "."
            }
        }
        h3 { "Blocks" }
        @for (at, block) in country.blocks.iter().enumerate() { (block_of(&block_id(n, at), block)) }
        @if country.blocks_left_out > 0 {
            p.aside { "And " (counted(country.blocks_left_out, "block", "blocks")) " more." }
        }
        (table_below("Every figure of the chart", &steps(model, country)))
    }
}

fn block_of(id: &str, block: &Block) -> Markup {
    let figures = &block.figures;
    html! {
        details.block {
            summary {
                code { bdi { (shown(&block.name)) } }
                span { (counted(figures.requests, "request", "requests")) }
                span { (count(figures.verified)) " verified" }
                span { (count(figures.denied)) " denied" }
                span {
                    (count(figures.unverified)) " not verified"
                    @if !figures.unverified_spend.is_empty() { ", " (money(&figures.unverified_spend)) }
                }
            }
            div.inside id=(id) tabindex="-1" {
                p.aside { "Asked for from " (time(block.first_at)) " to " (time(block.last_at)) " UTC." }
                (scrolled("Numbers of the block", &numbers(block)))
                @if block.numbers_left_out > 0 {
                    p.aside { "And " (counted(block.numbers_left_out, "number", "numbers")) " more." }
                }
            }
        }
    }
}

fn numbers(block: &Block) -> Markup {
    html! {
        table {
            caption.unseen { "Numbers of " (shown(&block.name)) }
            thead { tr {
                th scope="col" { "Number" }
                @for head in ["Requests", "Denied", "Verified", "Not verified", "Last, UTC"] {
                    th.n scope="col" { (head) }
                }
            } }
            tbody {
                @for number in &block.numbers {
                    tr {
                        th scope="row" { code { bdi { (shown(&number.number)) } } }
                        td.n { (count(number.requests)) }
                        td.n { (count(number.denied)) }
                        td.n { (count(number.verified)) }
                        td.n { (count(number.unverified)) }
                        td.n { (time(number.last_at)) }
                    }
                }
            }
        }
    }
}

fn steps(model: &Model, country: &Country) -> Markup {
    let series = &country.series;
    let has_any = |n: usize| series.requests.get(n).is_some_and(|count| *count > 0);
    let counts = [&series.requests, &series.verified, &series.unverified, &series.denied];
    html! {
        table {
            caption {
                "Verifications " (per(model.step_seconds)) ", UTC; what is left out has none"
            }
            thead { tr {
                th scope="col" { "From" }
                @for head in ["Requests", "Verified", "Not verified", "Denied"] {
                    th.n scope="col" { (head) }
                }
            } }
            tbody {
                @for (n, step) in model.steps.iter().enumerate().filter(|(n, _)| has_any(*n)) {
                    tr {
                        th scope="row" { (time(step.from)) }
                        @for counts in counts { td.n { (count(counts.get(n).copied().unwrap_or(0))) } }
                    }
                }
            }
        }
    }
}

//! Countries side by side. Each opens to its blocks, and each block to its numbers.
//!
//! A page is made to be forwarded by mail, so what is drawn has bounds whatever the traffic, and what is left
//! out is counted where it would stand.

use maud::{Markup, html};

use super::figure::{left_out, legend, scrolled, table_below};
use super::findings::marked;
use super::over_time::MEANINGS;
use super::scale::Time;
use super::steps::{Layer, stacked};
use super::tables::{cells, heads};
use super::text::{count, counted, money, per, percent, region, shown, time};
use crate::report::model::{Block, Country, Model};

/// How high the chart of a country is.
const HEIGHT: u32 = 64;

/// How many countries are seen at once; others open.
const FIRST: usize = 12;

/// The most countries that are drawn; the others stand in a table.
pub(super) const MOST: usize = 16;

/// The most countries of that table.
const MOST_IN_TABLE: usize = 100;

/// The most blocks of a country, and the most numbers of a block.
pub(super) const MOST_BLOCKS: usize = 8;
pub(super) const MOST_NUMBERS: usize = 8;

/// The most rows of the table below a chart: neighbouring steps stand together.
const MOST_ROWS: usize = 48;

/// The id of a block, to which other sections lead.
#[must_use]
pub(super) fn block_id(country: usize, block: usize) -> String {
    format!("block-{}-{}", country + 1, block + 1)
}

/// The countries that are drawn, by their place in the model: those that were attacked come first.
#[must_use]
pub(super) fn drawn(model: &Model) -> Vec<usize> {
    let is_attacked =
        |country: &Country| model.attacks.iter().any(|attack| attack.countries.contains(&country.name));
    let mut places: Vec<usize> = (0..model.countries.len()).collect();
    places.sort_by_key(|place| !model.countries.get(*place).is_some_and(is_attacked));
    places.truncate(MOST);
    places
}

/// The countries.
pub(super) fn section(model: &Model) -> Markup {
    let places = drawn(model);
    let countries: Vec<(usize, &Country)> =
        places.iter().filter_map(|place| Some((*place, model.countries.get(*place)?))).collect();
    let first = countries.iter().take(FIRST);
    let further = countries.iter().skip(FIRST);
    let all = model.countries.iter().enumerate();
    let others: Vec<&Country> =
        all.filter(|(n, _)| !places.contains(n)).map(|(_, country)| country).collect();
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
            div.multiples { @for (n, country) in first { (one(model, *n, country)) } }
            @if further.len() > 0 {
                details.more {
                    summary { (counted(further.len() as u64, "country", "countries")) " more" }
                    div.multiples { @for (n, country) in further { (one(model, *n, country)) } }
                }
            }
            @if !others.is_empty() { (in_table(&others)) }
        }
    }
}

/// Countries without a chart of their own.
fn in_table(countries: &[&Country]) -> Markup {
    let most = countries.iter().map(|country| country.figures.requests).max().unwrap_or(0);
    let summary = counted(countries.len() as u64, "country", "countries") + " more, in figures only";
    let table = html! {
        table.bars #other-countries-table {
            caption.unseen { "Other countries" }
            thead { tr { th scope="col" { "Country" } (heads()) } }
            tbody {
                @for country in countries.iter().take(MOST_IN_TABLE) {
                    tr { th scope="row" { (region(&country.name)) } (cells(&country.figures, most)) }
                }
            }
        }
    };
    html! {
        (table_below(&summary, &table))
        (left_out(countries.len(), MOST_IN_TABLE, "country", "countries"))
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
    let attacks = marked(model).filter(|attack| attack.countries.contains(&country.name));
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
        @for (at, block) in country.blocks.iter().enumerate().take(MOST_BLOCKS) {
            (block_of(&block_id(n, at), block))
        }
        @let blocks = country.blocks.len() + usize::try_from(country.blocks_left_out).unwrap_or(0);
        (left_out(blocks, MOST_BLOCKS.min(country.blocks.len()), "block", "blocks"))
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
                @if !block.numbers.is_empty() { (scrolled("Numbers of the block", &numbers(block))) }
                @let numbers = block.numbers.len() + usize::try_from(block.numbers_left_out).unwrap_or(0);
                (left_out(numbers, MOST_NUMBERS.min(block.numbers.len()), "number", "numbers"))
            }
        }
    }
}

fn numbers(block: &Block) -> Markup {
    html! {
        table.figures {
            caption.unseen { "Numbers of " (shown(&block.name)) }
            thead { tr {
                @for head in ["Number", "Requests", "Denied", "Verified", "Not verified", "Last, UTC"] {
                    th scope="col" { (head) }
                }
            } }
            tbody {
                @for number in block.numbers.iter().take(MOST_NUMBERS) {
                    tr {
                        th scope="row" { code { bdi { (shown(&number.number)) } } }
                        @for figure in [number.requests, number.denied, number.verified, number.unverified] {
                            td { (count(figure)) }
                        }
                        td { (time(number.last_at)) }
                    }
                }
            }
        }
    }
}

fn steps(model: &Model, country: &Country) -> Markup {
    let series = &country.series;
    let together = model.steps.len().div_ceil(MOST_ROWS).max(1);
    let seconds = model.step_seconds.saturating_mul(i64::try_from(together).unwrap_or(1));
    let counts = [&series.requests, &series.verified, &series.unverified, &series.denied];
    let sums = counts.map(|counts| counts.chunks(together).map(|some| some.iter().sum()).collect());
    let sum = |counts: &Vec<u64>, n: usize| counts.get(n).copied().unwrap_or(0);
    let [requests, ..] = &sums;
    let rows = model.steps.iter().step_by(together).enumerate();
    html! {
        table.figures {
            caption { "Verifications " (per(seconds)) ", UTC; what is left out has none" }
            thead { tr {
                @for head in ["From", "Requests", "Verified", "Not verified", "Denied"] {
                    th scope="col" { (head) }
                }
            } }
            tbody {
                @for (n, step) in rows.filter(|(n, _)| sum(requests, *n) > 0) {
                    tr {
                        th scope="row" { (step.from.strftime("%-d %b %Y, %H:%M")) }
                        @for counts in &sums { td { (count(sum(counts, n))) } }
                    }
                }
            }
        }
    }
}

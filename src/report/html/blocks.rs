//! The blocks of all countries, ranked by what was spent on them without a verification.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::countries::{MOST_BLOCKS, block_id, drawn};
use super::figure::{left_out, legend, scrolled};
use super::over_time::MEANINGS;
use super::tables::{cells, heads};
use super::text::{region, shown};
use crate::report::model::{Block, Country, Model};

/// The most blocks of the table.
const MOST: usize = 15;

/// A block with its country, and the place at which its numbers stand, where they do.
struct Placed<'a> {
    country: &'a Country,
    block: &'a Block,
    id: Option<String>,
}

/// The blocks.
pub(super) fn section(model: &Model) -> Markup {
    let ranked = ranked(model);
    let most = ranked.iter().map(|placed| placed.block.figures.requests).max().unwrap_or(0);
    let beyond: u64 = model.countries.iter().map(|country| country.blocks_left_out).sum();
    let all = ranked.len() + usize::try_from(beyond).unwrap_or(0);
    let table = html! {
        table.bars #blocks-table {
            caption.unseen { "Blocks by what was spent on them without a verification" }
            thead { tr { th scope="col" { "Block" } th scope="col" { "Country" } (heads()) } }
            tbody {
                @for placed in ranked.iter().take(MOST) {
                    tr {
                        th scope="row" {
                            @let name = html! { code { bdi { (shown(&placed.block.name)) } } };
                            @match &placed.id {
                                Some(id) => { a href=(format!("#{id}")) { (name) } }
                                None => { (name) }
                            }
                        }
                        td { (region(&placed.country.name)) }
                        (cells(&placed.block.figures, most))
                    }
                }
            }
        }
    };
    html! {
        section #blocks aria-labelledby="blocks-title" {
            h2 #blocks-title { "Blocks" }
            div.above {
            p.aside {
                "Numbers that are the same but for their last three digits, those first on which most was "
                "spent without a verification. A block leads to its numbers."
            }
            (legend(MEANINGS.into_iter()))
            }
            (scrolled("Blocks", &table))
            (left_out(all, MOST, "block", "blocks"))
        }
    }
}

fn ranked(model: &Model) -> Vec<Placed<'_>> {
    let currencies = model.totals.unverified_spend.currencies();
    let drawn = drawn(model);
    let mut placed: Vec<Placed<'_>> = Vec::new();
    for (n, country) in model.countries.iter().enumerate() {
        let id = |at| (at < MOST_BLOCKS && drawn.contains(&n)).then(|| block_id(n, at));
        let blocks = country.blocks.iter().enumerate();
        placed.extend(blocks.map(|(at, block)| Placed { country, block, id: id(at) }));
    }
    placed.sort_by(|one, other| {
        let (one, other) = (&one.block.figures, &other.block.figures);
        let by_spend = other.unverified_spend.compare(&one.unverified_spend, &currencies);
        by_spend.then(Reverse(one.unverified).cmp(&Reverse(other.unverified)))
    });
    placed
}

//! The parts that sections share: a figure with its words, a table that opens, and bars in cells.

use maud::{Markup, html};

use super::text::counted;

/// What is said around a chart.
pub(super) struct Words<'a> {
    /// Its id on the page.
    pub(super) id: &'a str,
    /// Its title.
    pub(super) title: &'a str,
    /// What stands beside the title, such as the meaning of the colours.
    pub(super) legend: &'a Markup,
    /// What it shows, for whoever does not see it.
    pub(super) label: &'a str,
}

/// A chart with its words.
#[must_use]
pub(super) fn figure(words: &Words<'_>, chart: &Markup) -> Markup {
    let title = format!("{}-title", words.id);
    html! {
        figure id=(words.id) aria-labelledby=(title) {
            figcaption {
                h3 id=(title) { (words.title) }
                (words.legend)
            }
            div role="img" aria-label=(words.label) { (chart) }
        }
    }
}

/// The meaning of colours.
#[must_use]
pub(super) fn legend<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        ul.legend {
            @for (class, name) in entries {
                li { span.swatch.(class) aria-hidden="true" {} (name) }
            }
        }
    }
}

/// A table that opens below a chart.
#[must_use]
pub(super) fn table_below(summary: &str, table: &Markup) -> Markup {
    html! {
        details.table {
            summary { (summary) }
            (scrolled(summary, table))
        }
    }
}

/// How many of `all` things do not stand on the page, where only the first `most` of them do.
#[must_use]
pub(super) fn left_out(all: usize, most: usize, one: &str, many: &str) -> Markup {
    let more = all.saturating_sub(most) as u64;
    html! { @if more > 0 { p.aside { "And " (counted(more, one, many)) " more." } } }
}

/// A table that may be wider than the screen, which a keyboard can scroll too.
#[must_use]
pub(super) fn scrolled(name: &str, table: &Markup) -> Markup {
    html! { div.scrolled role="group" aria-label=(name) tabindex="0" { (table) } }
}

/// A bar of parts, each of some length from 0 to 1. The figures stand beside it.
#[must_use]
pub(super) fn bar(parts: &[(&str, f64)]) -> Markup {
    let mut placed = Vec::new();
    let mut left = 0.0;
    for (class, share) in parts {
        let width = 100.0 * share.clamp(0.0, 1.0);
        placed.push((class, left, width));
        left += width;
    }
    html! {
        svg.bar width="100%" height="14" aria-hidden="true" {
            @for (class, from, width) in placed.into_iter().filter(|(_, _, width)| *width > 0.0) {
                @let (from, width) = (format!("{from:.2}%"), format!("{:.2}%", width.max(0.4)));
                rect class=(class) x=(from) width=(width) height="14" {}
            }
        }
    }
}

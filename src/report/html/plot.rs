//! A chart over time: its lines, its marks, the attacks, and for each step a place that says its figures.

use maud::{Markup, html};

use super::findings::marked;
use super::scale::{Height, Time, day_format};
use super::steps::coordinate;
use super::text::{count, money, whole};
use crate::report::model::Model;

/// The room below the marks, for the moments.
const BELOW: u32 = 24;

/// The most attacks whose names stand in the chart. All of them stand below it.
const MOST_NAMES: u32 = 3;

/// The most characters of such a name.
const LONGEST_NAME: usize = 32;

/// A chart of marks that are `height` high, with the names of attacks if it is to have them.
pub(super) fn plot(model: &Model, scale: &Height, height: u32, has_names: bool, marks: &Markup) -> Markup {
    let y = |value: f64| format!("{:.1}", f64::from(height) * (1.0 - value / scale.top));
    html! {
        div.plot {
            svg width="100%" height=(height + BELOW) aria-hidden="true" {
                @for line in &scale.ticks {
                    text.tick x="100%" y=(y(*line)) dy="4" text-anchor="end" { (short_number(*line)) }
                }
                text.tick x="100%" y=(height) dy="4" text-anchor="end" { "0" }
            }
            svg.chart width="100%" height=(height + BELOW) aria-hidden="true" {
                @for line in &scale.ticks { line.grid x1="0" x2="100%" y1=(y(*line)) y2=(y(*line)) {} }
                (attacks(model, height))
                (marks)
                line.base x1="0" x2="100%" y1=(height) y2=(height) {}
                (moments(model, height))
                @if has_names { (names(model)) }
                (places(model, height))
            }
        }
    }
}

/// A number that fits beside an axis: `250k`.
fn short_number(value: f64) -> String {
    let units = [(1e9, "G"), (1e6, "M"), (1e4, "k")];
    let unit = units.into_iter().find(|(least, _)| value >= *least);
    let Some((least, name)) = unit else { return coordinate(value) };
    format!("{}{name}", coordinate(value / if name == "k" { 1e3 } else { least }))
}

fn percent(at: f64) -> String {
    format!("{at:.3}%")
}

/// The moments that are marked below a chart.
fn moments(model: &Model, height: u32) -> Markup {
    html! {
        @for (n, tick) in Time::of(model).ticks().into_iter().enumerate() {
            @let at = percent(tick.at);
            // On a phone there is room for every second label.
            @let class = if n % 2 == 1 { "tick between" } else { "tick" };
            line.base x1=(at) x2=(at) y1=(height) y2=(height + 5) {}
            text class=(class) x=(at) y=(height + 20) text-anchor=(anchor(tick.at)) { (tick.label) }
        }
    }
}

/// Where a label stands to its tick, so that it never leaves the picture.
fn anchor(percent: f64) -> &'static str {
    match percent {
        ..4.0 => "start",
        96.0.. => "end",
        _ => "middle",
    }
}

/// The spans in which somebody attacked.
pub(super) fn attacks(model: &Model, height: u32) -> Markup {
    let time = Time::of(model);
    html! {
        @for attack in marked(model) {
            @let from = time.percent(attack.from);
            @let width = percent((time.percent(attack.to) - from).max(0.5));
            g.attack {
                rect x=(percent(from)) width=(width) height=(height) {}
                rect.edge x=(percent(from)) width=(width) height="4" {}
            }
        }
    }
}

/// The names of the first attacks, each beside its span.
fn names(model: &Model) -> Markup {
    let time = Time::of(model);
    html! {
        @for (attack, line) in marked(model).zip(0..MOST_NAMES) {
            @let (from, to) = (time.percent(attack.from), time.percent(attack.to));
            @let (at, anchor, away) = if from > 50.0 { (from, "end", "-8") } else { (to, "start", "8") };
            text.name x=(percent(at)) dx=(away) y=(18 + 18 * line) text-anchor=(anchor) {
                (short(&attack.label))
            }
        }
    }
}

/// A label that fits on a phone.
fn short(label: &str) -> String {
    let shown = whole(label);
    let head: String = shown.chars().take(LONGEST_NAME).collect();
    if head.len() == shown.len() { head } else { format!("{head}…") }
}

/// What is said of a step while a pointer is above it.
fn places(model: &Model, height: u32) -> Markup {
    let width = 100.0 / model.steps.len().max(1) as f64;
    let moment = format!("%a {}, %H:%M UTC", day_format(model));
    html! {
        @for (n, step) in model.steps.iter().enumerate() {
            @let figures = &step.figures;
            rect.place x=(percent(width * n as f64)) width=(percent(width)) height=(height) {
                title {
                    (step.from.strftime(&moment)) "\n"
                    (count(figures.requests)) " requests\n"
                    (count(figures.verified)) " verified\n"
                    (count(figures.unverified)) " not verified: " (money(&figures.unverified_spend)) "\n"
                    (count(figures.denied)) " denied"
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_fit_beside_an_axis() {
        let shown = [0.25, 5_000.0, 20_000.0, 250_000.0, 2_500_000.0, 5e9].map(short_number);
        assert_eq!(shown, ["0.25", "5000", "20k", "250k", "2.5M", "5G"]);
    }
}

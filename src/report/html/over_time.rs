//! The figures over time, with the spans in which somebody attacked.

use maud::{Markup, html};

use super::figure::{self, Words};
use super::findings;
use super::plot::{attacks, plot};
use super::scale::{Height, day_format};
use super::steps::{Layer, stacked};
use super::text::{amount, count, counted, money, per, shown, time};
use crate::figures::Step;
use crate::money::Currency;
use crate::report::model::Model;

/// How high the charts are: counts, money, and the counts on the first screen.
const COUNTS: u32 = 240;
const MONEY: u32 = 110;
const GLANCE: u32 = 150;

/// What the colours of verifications mean, by class.
pub(super) const MEANINGS: [(&str, &str); 3] =
    [("verified", "verified"), ("unverified", "not verified"), ("denied", "denied")];

/// Requests by what became of them and, below, what was spent on those that were not verified.
pub(super) fn section(model: &Model) -> Markup {
    html! {
        section #over-time aria-labelledby="over-time-title" {
            h2 #over-time-title { "Over time" }
            (requests(model))
            @if let Some(currency) = model.totals.unverified_spend.currencies().first() {
                (spend(model, *currency))
            }
            (marked(model))
            (figure::table_below("Every figure over time", &table(model)))
        }
    }
}

/// Verifications of a step that Sinch did not charge: allowed, but neither verified nor paid for.
fn uncharged(step: &Step) -> u64 {
    let figures = &step.figures;
    figures.allowed.saturating_sub(figures.verified + figures.unverified)
}

/// The layers of the counts, with what each is, the lowest first.
fn layers(steps: &[Step]) -> Vec<(&'static str, Layer)> {
    let layer = |name, class, of: fn(&Step) -> u64| {
        let heights = steps.iter().map(|step| of(step) as f64).collect();
        (name, Layer { class, heights })
    };
    let mut layers = vec![
        layer("verified", "verified", |step| step.figures.verified),
        layer("not verified", "unverified", |step| step.figures.unverified),
    ];
    if steps.iter().any(|step| uncharged(step) > 0) {
        layers.push(layer("not charged", "uncharged", uncharged));
    }
    layers.push(layer("denied", "denied", |step| step.figures.denied));
    layers
}

fn requests(model: &Model) -> Markup {
    let (names, drawn): (Vec<&str>, Vec<Layer>) = layers(&model.steps).into_iter().unzip();
    let highest = model.steps.iter().max_by_key(|step| step.figures.requests);
    let scale = Height::of_counts(highest.map_or(0, |step| step.figures.requests));
    let peak = highest.map_or_else(String::new, |step| {
        let at = step.from.strftime("%-d %b %Y, %H:%M");
        format!("The most are {} from {at} UTC on. ", count(step.figures.requests))
    });
    let marked = counted(findings::marked(model).count() as u64, "attack is marked", "attacks are marked");
    let per_step = per(model.step_seconds);
    let label =
        format!("Requests {per_step}, by what became of them. {peak}{marked}. A table has every figure.");
    let legend = drawn.iter().zip(names).map(|(layer, name)| (layer.class, name));
    let words = Words {
        id: "requests",
        title: &format!("Requests {per_step}"),
        legend: &figure::legend(legend),
        label: &label,
    };
    figure::figure(&words, &plot(model, &scale, COUNTS, true, &stacked(&drawn, scale.top, COUNTS)))
}

fn spend(model: &Model, currency: Currency) -> Markup {
    let of = |step: &Step| f64::try_from(step.figures.unverified_spend.of(currency)).unwrap_or(0.0);
    let heights: Vec<f64> = model.steps.iter().map(of).collect();
    let scale = Height::of(heights.iter().copied().fold(0.0, f64::max), 2);
    let layers = [Layer { class: "unverified", heights }];
    let total = amount(model.totals.unverified_spend.of(currency), currency);
    let words = Words {
        id: "spend",
        title: &format!("Unverified spend {}, in {currency}", per(model.step_seconds)),
        legend: &html! { span.aside { (total) " in all" } },
        label: &format!("Unverified spend over time, {total} in all. A table has every figure."),
    };
    figure::figure(&words, &plot(model, &scale, MONEY, false, &stacked(&layers, scale.top, MONEY)))
}

/// The counts at a glance, without a scale, for the first screen.
pub(super) fn glance(model: &Model) -> Markup {
    let drawn: Vec<Layer> = layers(&model.steps).into_iter().map(|(_, layer)| layer).collect();
    let highest = model.steps.iter().map(|step| step.figures.requests).max().unwrap_or(0).max(1);
    html! {
        div.glance aria-hidden="true" {
            p.aside { "Requests " (per(model.step_seconds)) }
            svg.chart width="100%" height=(GLANCE) {
                (attacks(model, GLANCE))
                (stacked(&drawn, 1.1 * highest as f64, GLANCE))
                line.base x1="0" x2="100%" y1=(GLANCE) y2=(GLANCE) {}
            }
            div.aside.ends {
                span { (model.span.from.strftime(day_format(model))) }
                span { (model.span.to.strftime(day_format(model))) }
            }
            @let has_attack = findings::marked(model).next().is_some();
            (figure::legend(MEANINGS.into_iter().chain(has_attack.then_some(("attack", "attack")))))
        }
    }
}

/// The attacks that are marked, each with a way to what was found.
fn marked(model: &Model) -> Markup {
    html! {
        @if !model.attacks.is_empty() {
            ul.marked aria-label="Attacks that are marked" {
                @for attack in findings::marked(model) {
                    li {
                        span.swatch.attack aria-hidden="true" {}
                        a href=(format!("#finding-{}", attack.finding + 1)) { bdi { (shown(&attack.label)) } }
                        span.aside { (time(attack.from)) " to " (time(attack.to)) " UTC" }
                    }
                }
            }
        }
    }
}

fn table(model: &Model) -> Markup {
    html! {
        table.figures #over-time-table {
            caption { "Verifications " (per(model.step_seconds)) ", UTC" }
            thead { tr {
                @for head in
                    ["From", "Requests", "Verified", "Not verified", "Denied", "Spent", "Unverified spend"]
                {
                    th scope="col" { (head) }
                }
            } }
            tbody {
                @for step in &model.steps {
                    @let figures = &step.figures;
                    tr {
                        th scope="row" { (time(step.from)) }
                        td { (count(figures.requests)) }
                        td { (count(figures.verified)) }
                        td { (count(figures.unverified)) }
                        td { (count(figures.denied)) }
                        td { (money(&figures.spend)) }
                        td { (money(&figures.unverified_spend)) }
                    }
                }
            }
        }
    }
}

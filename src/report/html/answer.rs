//! The first screen: what happened, where, since when, what it cost, and what to do.

use maud::{Markup, html};

use super::findings::command;
use super::over_time;
use super::text::{count, from_region, length, money, percent, sentence, share, shown, time};
use crate::report::model::{Model, Note, NoteKind, State};

/// How things stand, in a word or two.
#[must_use]
pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Attacked => "Attack",
        State::Attention => "Needs attention",
        State::Quiet => "All quiet",
        State::Empty => "Nothing to report",
    }
}

/// The class of a state, by which it is coloured.
#[must_use]
pub(super) fn class(state: State) -> &'static str {
    match state {
        State::Attacked => "attacked",
        State::Attention => "attention",
        State::Quiet => "quiet",
        State::Empty => "empty",
    }
}

/// The answer, and below it the figures of the span.
pub(super) fn section(model: &Model) -> Markup {
    let summary = &model.summary;
    let facts = [
        ("Where", &summary.place),
        ("When", &summary.since),
        ("What it cost", &summary.cost),
        ("What the gate did", &summary.gate),
    ];
    html! {
        section.answer.(class(summary.state)) aria-labelledby="what" {
            div.page {
                p.state { span.dot aria-hidden="true" {} (state(summary.state)) }
                h1 #what { (sentence(&summary.what)) }
                @if facts.iter().any(|(_, fact)| fact.is_some()) {
                    dl.facts {
                        @for (name, fact) in facts {
                            @if let Some(fact) = fact {
                                div { dt { (name) } dd { (from_region(fact, model)) } }
                            }
                        }
                    }
                }
                div.below {
                    (act(model))
                    @if !model.is_empty() { (over_time::glance(model)) }
                }
                (warnings(model))
            }
        }
        @if !model.is_empty() { div.page { (totals(model)) } }
    }
}

/// What to do, with the command of the first finding.
fn act(model: &Model) -> Markup {
    let first = model.findings.first().and_then(|finding| finding.act.first());
    let command_of_first = first.and_then(|act| act.command.as_deref());
    // The terminal names the command in the sentence; here it stands below.
    let said = command_of_first.and_then(|command| model.summary.act.strip_suffix(command));
    let said = said.map_or(model.summary.act.as_str(), |said| said.trim_end_matches([':', ' ']));
    html! {
        div.act {
            h2 { "What to do" }
            p { (sentence(said)) }
            @if let Some(text) = command_of_first { (command(text)) }
        }
    }
}

/// What must be known before anything else is read.
fn warnings(model: &Model) -> Markup {
    let weighty = [NoteKind::NothingInSpan, NoteKind::Sampled, NoteKind::BrokenLines, NoteKind::TooShort];
    // A broken line among very many is a detail.
    let are_many = model.traffic.broken * 100 > model.traffic.lines;
    let is_weighty =
        |note: &&Note| weighty.contains(&note.kind) && (note.kind != NoteKind::BrokenLines || are_many);
    html! {
        @if model.reveals_numbers {
            p.warning { strong { "Numbers stand whole in this report." } " Do not forward it: "
                code { "sinch-gate report" } " without " code { "--reveal" } " masks them." }
        }
        @for note in model.notes.iter().filter(is_weighty) {
            p.warning {
                (sentence(&note.text))
                @if let Some(hint) = &note.hint { ". Hint: " (sentence(hint)) }
            }
        }
    }
}

/// A figure of the span, and the same of the span before where there is one.
struct Total {
    name: &'static str,
    now: String,
    before: Option<String>,
    /// How much more it is than before: 0.1 for a tenth.
    change: Option<f64>,
}

fn totals(model: &Model) -> Markup {
    let (now, before) = (&model.totals, model.before.as_ref().map(|before| &before.totals));
    let counted = |name, of: fn(&crate::figures::Figures) -> u64| Total {
        name,
        now: count(of(now)),
        before: before.map(|before| count(of(before))),
        change: before.filter(|before| of(before) > 0).map(|before| share(of(now), of(before)) - 1.0),
    };
    let spent = |name, of: fn(&crate::figures::Figures) -> crate::figures::Spend| Total {
        name,
        now: money(&of(now)),
        before: before.map(|before| money(&of(before))),
        change: None,
    };
    let totals = [
        counted("Requests", |figures| figures.requests),
        counted("Denied", |figures| figures.denied),
        counted("Verified", |figures| figures.verified),
        spent("Spent", |figures| figures.spend.clone()),
        spent("Unverified spend", |figures| figures.unverified_spend.clone()),
        spent("Per verified person", crate::figures::Figures::spend_per_verified),
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

/// Where the traffic is from.
pub(super) fn sources(model: &Model) -> Markup {
    html! {
        @for (n, source) in model.sources.iter().enumerate() {
            @if n > 0 { ", " }
            bdi { (shown(source)) }
        }
        @if let Some(app) = &model.app { " · application " bdi { (shown(app)) } }
    }
}

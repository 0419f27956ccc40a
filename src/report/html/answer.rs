//! The first screen: what happened, where, since when, what it cost, and what to do.

use maud::{Markup, html};

use super::findings::command;
use super::text::{sentence, shown, with_regions};
use super::{over_time, totals};
use crate::report::model::{Finding, Model, Note, NoteKind, Severity, State};

/// What is asked where somebody attacks.
const STOPS: &str = "Does the gate stop it?";

/// The most names of files.
const MOST_SOURCES: usize = 5;

/// How things stand, in a word or two.
#[must_use]
pub(super) fn state(model: &Model) -> &'static str {
    match model.summary.state {
        State::Attacked if was_stopped(model) => "Attack, stopped by the gate",
        State::Attacked if attacks(model).all(|attack| attack.to.is_some()) => "Attack, over by now",
        State::Attacked => "Attack",
        State::Attention => "Needs attention",
        State::Quiet => "All quiet",
        State::TooLittle => "Too little to say",
        State::Empty => "Nothing to report",
    }
}

/// The class of a state, by which it is coloured. An attack that came to nothing is not an alarm.
#[must_use]
pub(super) fn class(model: &Model) -> &'static str {
    match model.summary.state {
        State::Attacked if was_stopped(model) => "attention",
        State::Attacked => "attacked",
        State::Attention => "attention",
        State::Quiet => "quiet",
        State::Empty | State::TooLittle => "empty",
    }
}

/// The attacks among the findings.
fn attacks(model: &Model) -> impl Iterator<Item = &Finding> {
    model.findings.iter().filter(|finding| finding.severity == Severity::Attack)
}

fn was_stopped(model: &Model) -> bool {
    attacks(model).all(Finding::was_stopped)
}

/// The answer, and below it the figures of the span.
pub(super) fn section(model: &Model) -> Markup {
    html! {
        section.answer.(class(model)) aria-labelledby="what" {
            div.page {
                p.state { span.dot aria-hidden="true" {} (state(model)) }
                h1 #what { (with_regions(&model.summary.what)) }
                div.first {
                    div.lead {
                        (cost(model))
                        (act(model))
                    }
                    (facts(model))
                    @if !model.is_empty() { (over_time::glance(model)) }
                }
                (warnings(model))
            }
        }
        @if !model.is_empty() { div.page { (totals::section(model)) } }
    }
}

/// What it cost: the amount in large, and below it what else is said of it.
fn cost(model: &Model) -> Markup {
    let said = model.summary.cost.as_deref();
    html! {
        @if let Some(said) = said {
            @let (amount, rest) = said.split_once([',', ';']).unwrap_or((said, ""));
            dl.cost { div {
                dt { @if model.findings.is_empty() { "Spent" } @else { "What it cost" } }
                dd {
                    strong { (sentence(amount)) }
                    @if !rest.trim().is_empty() { span { (sentence(rest.trim())) } }
                }
            } }
        }
    }
}

/// Where, since when, what the gate did about it, and whom that hurt.
fn facts(model: &Model) -> Markup {
    let summary = &model.summary;
    let gate = if attacks(model).next().is_some() { STOPS } else { "What the gate did" };
    let facts = [("Where", &summary.place), ("Since when", &summary.since), (gate, &summary.gate)];
    let facts = facts.into_iter().filter_map(|(name, fact)| Some((name, fact.as_ref()?)));
    html! {
        dl.facts {
            @for (name, fact) in facts {
                div {
                    dt { (name) }
                    dd { (with_regions(fact)) }
                }
            }
            @if let Some(hurt) = &summary.hurt { div { dt { "Whom it hurts" } dd { (sentence(hurt)) } } }
        }
    }
}

/// What to do, with the command that does it.
fn act(model: &Model) -> Markup {
    // The terminal names the command in the sentence; here it stands below.
    let all = model.summary.act.as_str();
    let commands = model.findings.iter().filter_map(|finding| finding.act.first()?.command.as_deref());
    let mut said_of = commands.filter_map(|command| Some((all.strip_suffix(command)?, command)));
    let (said, command_of_it) = said_of.next().map_or((all, None), |(said, command)| (said, Some(command)));
    let said = said.trim_end_matches([':', ' ']);
    html! {
        div.act {
            h2 { "What to do" }
            p { (sentence(said)) }
            @if let Some(text) = command_of_it { (command(text)) }
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

/// Where the traffic is from.
pub(super) fn sources(model: &Model) -> Markup {
    html! {
        @for (n, source) in model.sources.iter().take(MOST_SOURCES).enumerate() {
            @if n > 0 { ", " }
            bdi { (shown(source)) }
        }
        @if model.sources.len() > MOST_SOURCES { " and " (model.sources.len() - MOST_SOURCES) " more" }
        @if let Some(app) = &model.app { " · application " bdi { (shown(app)) } }
    }
}

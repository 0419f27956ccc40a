//! What rules decided, and what those in monitor mode would have.

use jiff::Timestamp;
use maud::{Markup, html};

use super::figure::{bar, left_out, scrolled};
use super::text::{count, money, percent, sentence, share, shown, time};
use crate::report::model::{Model, MonitoredRule, NoteKind, Rule};

/// The most rules of a table.
const MOST: usize = 60;

/// The rules.
pub(super) fn section(model: &Model) -> Markup {
    html! {
        section #rules aria-labelledby="rules-title" {
            h2 #rules-title { "Rules" }
            p.aside {
                "A number that was denied and verified later is a person's for sure: whom a rule hurts."
            }
            @for note in model.notes.iter().filter(|note| note.kind == NoteKind::RulesUnknown) {
                p.warning {
                    (sentence(&note.text)) "."
                    @if let Some(hint) = &note.hint { " To see them: " (sentence(hint)) "." }
                }
            }
            (scrolled("What rules decided", &decided(&model.rules)))
            (left_out(model.rules.len(), MOST, "rule", "rules"))
            @if !model.monitored.is_empty() {
                h3 { "Rules in monitor mode" }
                p.aside { "What they would have done. They decided nothing." }
                (scrolled("Rules in monitor mode", &monitored(&model.monitored)))
                (left_out(model.monitored.len(), MOST, "rule", "rules"))
            }
        }
    }
}

fn decided(rules: &[Rule]) -> Markup {
    let most = rules.iter().map(|rule| rule.figures.denied).max().unwrap_or(0);
    html! {
        table.bars #rules-table {
            caption.unseen { "What rules decided" }
            thead { tr {
                th scope="col" { "Rule" } td.wide {}
                @for head in ["Denied", "Allowed", "Numbers denied", "Verified later", "Decided last, UTC"] {
                    th.n scope="col" { (head) }
                }
            } }
            tbody {
                @for rule in rules.iter().take(MOST) {
                    tr {
                        th scope="row" { bdi { (shown(&rule.name)) } }
                        td.wide { (bar(&[("denied", share(rule.figures.denied, most))])) }
                        td.n { strong { (count(rule.figures.denied)) } }
                        td.n { (count(rule.figures.allowed)) }
                        td.n { (count(rule.people_denied)) }
                        td.n {
                            (count(rule.people_verified_later))
                            " (" (percent(rule.people_verified_later, rule.people_denied)) ")"
                        }
                        td.n { (last(rule.last_at)) }
                    }
                }
            }
        }
    }
}

fn monitored(rules: &[MonitoredRule]) -> Markup {
    html! {
        table #monitored-table {
            caption.unseen { "What rules in monitor mode would have done" }
            thead { tr {
                th scope="col" { "Rule" }
                @for head in ["Would deny", "of them verified", "denied anyway", "Would save", "Last, UTC"] {
                    th.n scope="col" { (head) }
                }
            } }
            tbody {
                @for rule in rules.iter().take(MOST) {
                    tr {
                        th scope="row" { bdi { (shown(&rule.name)) } }
                        td.n { strong { (count(rule.figures.would_deny)) } }
                        td.n { (count(rule.figures.verified)) }
                        td.n { (count(rule.figures.already_denied)) }
                        td.n { (money(&rule.figures.would_save)) }
                        td.n { (last(rule.last_at)) }
                    }
                }
            }
        }
    }
}

fn last(at: Option<Timestamp>) -> Markup {
    html! { @match at { Some(at) => { (time(at)) }, None => { "not in this span" } } }
}

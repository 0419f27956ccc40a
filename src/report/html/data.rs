//! What the figures rest on, and what the words mean.

use maud::{Markup, html};

use super::answer::sources;
use super::text::{count, counted, sentence, shown};
use super::{countries, findings};
use crate::report::model::Model;

/// What the words of the page mean.
const WORDS: [(&str, &str); 6] = [
    ("Request", "somebody asked for a code or a call, and the gate was asked whether they may have it"),
    ("Denied", "the gate said no, so that nothing was sent and nothing was paid"),
    ("Verified", "the person entered the code, or answered the call"),
    ("Not verified", "allowed and charged, but never completed: what an attack consists of"),
    ("Conversion", "verified, of those that were verified or failed through what the person did"),
    ("Block", "a thousand neighbouring numbers: the same but for the last three digits"),
];

/// The most broken lines, and the most kinds of unknown events, that are shown.
const MOST: usize = 20;

/// The data.
pub(super) fn section(model: &Model) -> Markup {
    let traffic = &model.traffic;
    html! {
        section #data aria-labelledby="data-title" {
            h2 #data-title { "What this rests on" }
            p {
                (counted(traffic.lines, "line or record", "lines or records")) " from " (sources(model))
                @if let Some(sampled) = traffic.sampled {
                    ", of which " (count(sampled.read)) " verifications were kept: every count stands for "
                    (count(sampled.scale)) " times what was read"
                }
                "."
            }
            p {
                "So that it can be forwarded, the page shows at most " (countries::MOST) " countries with "
                "their charts, " (countries::MOST_BLOCKS) " blocks of each, " (countries::MOST_NUMBERS)
                " numbers of a block and " (findings::MOST) " findings with evidence. What is left out is "
                "counted where it would stand, and is in every sum. " code { "--format json" } " shows more."
            }
            @if !model.notes.is_empty() {
                ul.notes {
                    @for note in &model.notes {
                        li {
                            (sentence(&note.text)) "."
                            @if let Some(hint) = &note.hint { span.hint { "Hint: " (sentence(hint)) "." } }
                        }
                    }
                }
            }
            @if !traffic.first_broken.is_empty() {
                details.table {
                    summary { "Lines that could not be read" }
                    ul {
                        @for line in traffic.first_broken.iter().take(MOST) {
                            li { code { bdi { (shown(line)) } } }
                        }
                    }
                }
            }
            @if !traffic.unknown_events.is_empty() {
                p { "Events of unknown kinds: "
                    @for (n, (name, times)) in traffic.unknown_events.iter().take(MOST).enumerate() {
                        @if n > 0 { ", " }
                        code { bdi { (shown(name)) } } " (" (count(*times)) ")"
                    }
                    "."
                }
            }
            h3 { "Words" }
            dl.words { @for (word, meaning) in WORDS { div { dt { (word) } dd { (meaning) } } } }
        }
    }
}

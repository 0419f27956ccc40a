//! The report as a page: one file, which opens from disk and asks the network for nothing.
//!
//! A content security policy inside allows only the style and the script of the page, by their hashes.
//! Whatever came from traffic is escaped by the templates, and characters that cannot be seen are spelt out.
//! The page lacks little without its script, which adds names of countries and buttons that copy commands.
//!
//! | file | what of the page |
//! |---|---|
//! | `answer` | the first screen: what happened, what it cost, what to do, and four questions more |
//! | `findings` | what was found, with evidence and commands |
//! | `over_time` | the figures over time, with the attacks |
//! | `funnel` | from requests to people who verified |
//! | `countries` | countries side by side, down to their blocks and numbers |
//! | `blocks` | the blocks of all countries, ranked |
//! | `hours` | the hours of the week |
//! | `rules` | what rules decided, and those in monitor mode would have |
//! | `totals` | the figures of the span, beside those of the one before |
//! | `tables` | methods, and how long people took |
//! | `data` | what the figures rest on |
//! | `figure`, `plot`, `steps`, `scale`, `text` | what these share, from charts to how a count is said |

mod answer;
mod blocks;
#[cfg(test)]
mod contrast;
mod countries;
mod data;
mod figure;
mod findings;
mod funnel;
mod hours;
mod over_time;
mod plot;
mod rules;
mod scale;
mod steps;
mod tables;
mod text;
mod totals;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::model::Model;

const STYLE: &str =
    concat!(include_str!("html/page.css"), include_str!("html/charts.css"), include_str!("html/paper.css"));
const SCRIPT: &str = include_str!("html/page.js");

/// The sections that the page leads to, by id.
const SECTIONS: [(&str, &str); 9] = [
    ("findings", "Findings"),
    ("over-time", "Over time"),
    ("funnel", "Funnel"),
    ("countries", "Countries"),
    ("blocks", "Blocks"),
    ("hours", "Hours"),
    ("rules", "Rules"),
    ("methods", "Methods"),
    ("data", "Data"),
];

/// The page of a report.
#[must_use]
pub fn page(model: &Model) -> String {
    let body = html! {
        a.skip href="#main" { "Skip to the report" }
        (banner(model))
        main #main {
            (answer::section(model))
            div.page {
                @if !model.is_empty() {
                    (findings::section(model))
                    (over_time::section(model))
                    (funnel::section(model))
                    (countries::section(model))
                    (blocks::section(model))
                    (hours::section(model))
                    (rules::section(model))
                    (tables::methods(model))
                    (tables::durations(model))
                }
                (data::section(model))
            }
        }
        (foot(model))
        script { (PreEscaped(SCRIPT)) }
    };
    html! { (DOCTYPE) html lang="en" { (head(model)) body { (body) } } }.into_string()
}

fn head(model: &Model) -> Markup {
    let state = answer::state(model);
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="referrer" content="no-referrer";
            title {
                (state) " · " (model.span.from.strftime("%-d %b")) " to "
                (model.span.to.strftime("%-d %b %Y")) " · sinch-gate report"
            }
            link rel="icon" href=(icon(model));
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// What the page may load: its own style, its own script, and the icon that it has inside.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// A dot in the colour of the state, so that it is seen among the tabs of a browser.
fn icon(model: &Model) -> String {
    let colour = match answer::class(model) {
        "attacked" => "c3301b",
        "attention" => "b7791f",
        "quiet" => "1f7a4d",
        _ => "6b7480",
    };
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
         %3Ccircle cx='8' cy='8' r='7' fill='%23{colour}'/%3E%3C/svg%3E"
    )
}

fn banner(model: &Model) -> Markup {
    html! {
        header.banner {
            div.page {
                p.brand { strong { "sinch-gate" } " report" }
                p.aside { (answer::sources(model)) }
                @if !model.is_empty() {
                    nav aria-label="Sections" {
                        ul { @for (id, name) in SECTIONS { li { a href=(format!("#{id}")) { (name) } } } }
                    }
                }
            }
        }
    }
}

fn foot(model: &Model) -> Markup {
    html! {
        footer.page {
            p.aside {
                "Made " (text::time(model.made_at)) " UTC by sinch-gate " (env!("CARGO_PKG_VERSION")) ". "
                @if !model.reveals_numbers { "Numbers are masked. " }
                "All times are UTC. The page holds everything that it shows, and loads nothing."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Attack, State};
    use crate::report::sample::sample;

    #[test]
    fn the_page_loads_nothing_and_runs_only_its_own_script() {
        let page = page(&sample());
        for loading in [" src=", "@import", "url(", "http://", "https://", " style=", " onload=", " onclick="]
        {
            // The name of SVG is written as an address, which nothing opens.
            let named = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!named.contains(loading), "{loading}");
        }
        let within = |name: &str| {
            let (_, rest) = page.split_once(&format!("<{name}>")).unwrap();
            rest.split_once(&format!("</{name}>")).unwrap().0
        };
        for element in ["style", "script"] {
            let hash = BASE64_STANDARD.encode(Sha256::digest(within(element)));
            assert!(page.contains(&format!("{element}-src 'sha256-{hash}';")), "{element}");
        }
    }

    #[test]
    fn what_came_from_traffic_is_text_wherever_it_stands() {
        let hostile = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>\u{202e}";
        let mut model = sample();
        model.sources = vec![hostile.to_owned()];
        model.app = Some(hostile.to_owned());
        model.summary.what = hostile.to_owned();
        model.summary.place = Some(hostile.to_owned());
        for finding in &mut model.findings {
            finding.title = hostile.to_owned();
            finding.place.blocks = vec![hostile.to_owned()];
            finding.evidence.iter_mut().for_each(|evidence| evidence.found = hostile.to_owned());
            finding.act.iter_mut().for_each(|act| act.command = Some(hostile.to_owned()));
        }
        model.attacks.iter_mut().for_each(|attack| attack.label = hostile.to_owned());
        for country in &mut model.countries {
            country.name = hostile.to_owned();
            for block in &mut country.blocks {
                block.name = hostile.to_owned();
                block.numbers.iter_mut().for_each(|number| number.number = hostile.to_owned());
            }
        }
        model.methods.iter_mut().for_each(|method| method.name = hostile.to_owned());
        model.rules.iter_mut().for_each(|rule| rule.name = hostile.to_owned());
        model.monitored.iter_mut().for_each(|rule| rule.name = hostile.to_owned());
        model.notes.iter_mut().for_each(|note| note.text = hostile.to_owned());
        model.traffic.first_broken = vec![hostile.to_owned()];
        model.traffic.unknown_events = [(hostile.to_owned(), 1)].into();
        let page = page(&model);
        assert_eq!(page.matches("<script>").count(), 1, "the page has one script, which is its own");
        assert!(!page.contains("<img") && !page.contains('\u{202e}'));
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("\\u{202e}"));
    }

    /// A model that has as much of everything as there can be, and more of what traffic can make up.
    fn huge() -> Model {
        let mut model = sample();
        let step = model.steps.last().unwrap().clone();
        model.steps.resize(240, step);
        let attacked = model.countries.iter_mut().find(|country| country.name == "UZ").unwrap();
        let number = attacked.blocks[0].numbers[0].clone();
        attacked.blocks[0].numbers = vec![number; 20];
        attacked.blocks = vec![attacked.blocks[0].clone(); 25];
        for counts in [&mut attacked.series.requests, &mut attacked.series.unverified] {
            *counts = (0..240).map(|n| 1_000 + n * 7_919 % 997).collect();
        }
        model.countries = vec![attacked.clone(); 240];
        let (finding, attack) = (model.findings[0].clone(), model.attacks[0].clone());
        model.findings = vec![finding; 2_000];
        model.findings.iter_mut().for_each(|one| one.place.blocks = vec!["+998993941*".to_owned(); 1_000]);
        model.attacks = (0..2_000).map(|finding| Attack { finding, ..attack.clone() }).collect();
        model.methods = vec![model.methods[0].clone(); 2_000];
        model.rules = vec![model.rules[0].clone(); 2_000];
        model.monitored = vec![model.monitored[0].clone(); 2_000];
        model.sources = vec!["traffic.jsonl".to_owned(); 2_000];
        model.traffic.unknown_events = (0..2_000).map(|n| (format!("Event{n}"), 1)).collect();
        model.traffic.first_broken = vec!["not JSON".to_owned(); 2_000];
        model
    }

    #[test]
    fn a_page_can_be_forwarded_by_mail_whatever_the_traffic() {
        let page = page(&huge());
        assert!(page.len() < 900_000, "{} bytes", page.len());
        for said in [
            "And 29 blocks more",
            "And 1980 methods more",
            "And 1940 rules more",
            "224 countries more, in figures only",
            "1980 findings more that cost less",
            "at most 16 countries",
        ] {
            assert!(page.contains(said), "{said}");
        }
    }

    #[test]
    fn a_report_about_nothing_says_so_and_draws_nothing() {
        let mut model = sample();
        model.summary.state = State::Empty;
        model.summary.what = "Nothing is in the span".to_owned();
        let page = page(&model);
        assert!(page.contains("<h1 id=\"what\">Nothing is in the span</h1>"), "{page}");
        assert!(
            !page.contains("<figure") && !page.contains("id=\"findings\"") && page.contains("id=\"data\"")
        );
    }
}

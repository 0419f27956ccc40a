//! What came from traffic is text, whatever it looks like.

use super::{Opened, drilled};
use crate::world::browser::Theme;

/// Texts that would do something where they are not taken for text.
const HOSTILE: [&str; 6] = [
    "<script>document.title = 'run'</script>",
    "\"><img src=x onerror=\"document.title = 'run'\">",
    "</style></title></script><svg onload=\"document.title = 'run'\">",
    "' onmouseover='document.title = `run`' x='",
    "javascript:document.title='run'",
    "invoice\u{202e}txt.exe\u{0}\u{200b}\u{2066}",
];

#[test]
fn hostile_text_is_inert() {
    let mut model = drilled();
    let long = "A".repeat(20_000);
    let text = |n: usize| if n % 7 == 6 { long.clone() } else { HOSTILE[n % 7].to_owned() };
    model.sources = (0..7).map(text).collect();
    model.app = Some(text(0));
    model.summary.place = Some(text(1));
    for (n, country) in model.countries.iter_mut().enumerate() {
        country.name = text(n);
        for (at, block) in country.blocks.iter_mut().enumerate() {
            block.name = text(n + at);
            block.numbers.iter_mut().zip(at..).for_each(|(number, n)| number.number = text(n));
        }
    }
    for (n, finding) in model.findings.iter_mut().enumerate() {
        finding.title = text(n);
        finding.place.blocks = (0..7).map(text).collect();
        finding.evidence.iter_mut().for_each(|evidence| evidence.found = text(n + 2));
        finding.act.iter_mut().for_each(|act| act.command = Some(text(n + 3)));
    }
    model.attacks.iter_mut().zip(0..).for_each(|(attack, n)| attack.label = text(n));
    model.methods.iter_mut().zip(2..).for_each(|(method, n)| method.name = text(n));
    model.rules.iter_mut().zip(4..).for_each(|(rule, n)| rule.name = text(n));
    model.traffic.first_broken = (0..7).map(text).collect();
    model.traffic.unknown_events = (0..7).map(|n| (text(n), 1)).collect();
    let Some(opened) = Opened::of(&model) else { return };
    opened.browser.look(360, 780, Theme::Light);
    opened.again();
    opened.browser.run("for (const all of document.querySelectorAll('details')) all.open = true;");
    let run = |script: &str| opened.browser.run(&format!("return {script};"));
    assert_ne!(run("document.title"), "run");
    for (element, times) in
        [("script", 1), ("style", 1), ("img", 0), ("iframe", 0), ("[onload], [onmouseover]", 0)]
    {
        assert_eq!(run(&format!("document.querySelectorAll(`{element}`).length")), times, "{element}");
    }
    let hidden = run(
        "/[\\u0000-\\u0008\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069]/.test(document.body.textContent)",
    );
    assert_eq!(hidden, false);
    for text in HOSTILE.iter().take(5) {
        assert_eq!(
            run(&format!("document.body.textContent.includes({})", serde_json::json!(text))),
            true,
            "{text}"
        );
    }
    opened.fits();
    opened.was_quiet();
}

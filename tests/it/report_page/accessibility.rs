//! The page for everybody: what an accessibility engine finds, and that nothing is wider than the window.

use super::{Opened, drilled};
use crate::world::browser::Theme;
use crate::world::tool::read;

/// Windows of a phone and of a desk.
const WINDOWS: [(u32, u32); 2] = [(360, 780), (1280, 800)];

/// Opens one of each kind of what can be opened.
const OPEN_SOME: &str = "for (const one of ['#over-time details', '#country-1', '#country-1 .block', \
    '#country-1 .inside > details.table']) document.querySelector(one).open = true;";

/// What the engine finds, each with the elements that it is about.
fn violations(opened: &Opened) -> Vec<String> {
    opened.browser.run(&read("tests/axe-core/axe.min.js"));
    let found = opened.browser.run_until_done(
        "axe.run(document, { resultTypes: ['violations'] }).then(result => done(result.violations.map(one =>
            `${one.id}: ${one.help}: ${one.nodes.map(node => node.html).join(' ').slice(0, 500)}`)));",
    );
    serde_json::from_value(found).unwrap()
}

#[test]
fn an_accessibility_engine_finds_nothing() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    for (width, height) in WINDOWS {
        for theme in [Theme::Light, Theme::Dark] {
            opened.browser.look(width, height, theme);
            opened.again();
            opened.browser.run(OPEN_SOME);
            assert_eq!(violations(&opened), Vec::<String>::new(), "{width} {theme:?}");
        }
    }
    opened.browser.run("document.querySelector('main').append(document.createElement('button'));");
    let found = violations(&opened);
    assert!(found.len() == 1 && found[0].starts_with("button-name"), "a planted fault is found: {found:?}");
}

#[test]
fn nothing_is_wider_than_the_window() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    for width in [320, 360, 600, 768, 1024, 1280, 1920] {
        opened.browser.look(width, 800, Theme::Light);
        opened.again();
        opened.browser.run("for (const all of document.querySelectorAll('details')) all.open = true;");
        opened.fits();
    }
}

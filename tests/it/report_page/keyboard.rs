//! Everything that a pointer can do, a keyboard can.

use super::{Opened, drilled};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// Marks what comes into focus, and whether that can be seen.
const WATCH: &str = "
    addEventListener('focusin', event => {
        event.target.dataset.reached = getComputedStyle(event.target).outlineStyle;
    });
";

/// What can be done something with, and was not reached, or was without being seen.
const UNREACHED: &str = "
    const all = [...document.querySelectorAll('a, button, summary, [tabindex=\"0\"]')];
    return all.filter(one => one.checkVisibility() && (one.dataset.reached ?? 'none') === 'none')
        .map(one => one.outerHTML.slice(0, 120));
";

fn press(opened: &Opened, key: &str, times: usize) {
    opened.browser.press(&vec![key; times]);
}

/// Moves on with the tabulator until something is in focus.
fn move_to(opened: &Opened, selector: &str) {
    let is_there = format!("return document.activeElement.matches('{selector}');");
    for _ in 0..400 {
        press(opened, TAB, 1);
        if opened.browser.run(&is_there) == true {
            return;
        }
    }
    panic!("{selector} is never in focus");
}

#[test]
fn a_keyboard_reaches_everything() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    opened.browser.run(WATCH);
    press(&opened, TAB, 1);
    assert_eq!(opened.browser.run("return document.activeElement.textContent;"), "Skip to the report");
    press(&opened, TAB, 250);
    assert_eq!(opened.browser.run(UNREACHED), serde_json::json!([]));
    // Down to the numbers of a block, and what is there.
    move_to(&opened, "#country-1 > summary");
    press(&opened, ENTER, 1);
    move_to(&opened, "#country-1 .block > summary");
    press(&opened, ENTER, 1);
    move_to(&opened, "#block-1-1 .scrolled");
    press(&opened, TAB, 250);
    assert_eq!(opened.browser.run(UNREACHED), serde_json::json!([]));
    // What is out of reach would be found.
    opened
        .browser
        .run("document.querySelector('footer').innerHTML = '<a href=\"#data\" tabindex=\"-1\">data</a>';");
    press(&opened, TAB, 250);
    let found = opened.browser.run(UNREACHED);
    assert_eq!(found, serde_json::json!(["<a href=\"#data\" tabindex=\"-1\">data</a>"]));
}

#[test]
fn a_button_copies_a_command() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    opened.browser.allow_clipboard();
    move_to(&opened, ".answer .command button");
    press(&opened, ENTER, 1);
    let command = opened.browser.run("return document.querySelector('.answer .command code').textContent;");
    let copied = "const wait = () => navigator.clipboard.readText().then(text => text ? done(text) : wait());
        wait();";
    assert_eq!(opened.browser.run_until_done(copied), command);
    assert_eq!(command, opened.json["findings"][0]["act"][0]["command"]);
    let button = opened.browser.run("return document.querySelector('.answer .command button').textContent;");
    assert_eq!(button, "Copied");
    opened.was_quiet();
}

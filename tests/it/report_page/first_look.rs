//! What catches the eye: the cost first, red for attacks alone, and labels that do not collide.

use jiff::SignedDuration;
use serde_json::json;

use super::{Opened, drilled};
use crate::world::browser::Theme;

/// The texts of the first screen with the size of their letters, the largest first.
const SIZES: &str = "
    const all = [...document.querySelectorAll('.answer *, .totals *')];
    const own = one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    const size = one => parseFloat(getComputedStyle(one).fontSize);
    const texts = all.filter(own).sort((one, other) => size(other) - size(one));
    return texts.map(one => [one.textContent.replace(/\\u00a0/g, ' '), size(one)]);
";

/// The labels of an axis that stand on each other.
const COLLISIONS: &str = "
    const found = [];
    for (const chart of document.querySelectorAll('#over-time svg')) {
        const labels = [...chart.querySelectorAll('text.tick')].filter(one => one.checkVisibility());
        const boxes = labels.map(one => [one.textContent, one.getBoundingClientRect()]);
        for (const [n, [one, a]] of boxes.entries())
            for (const [other, b] of boxes.slice(n + 1))
                if (a.left < b.right + 2 && b.left < a.right + 2 && a.top < b.bottom && b.top < a.bottom)
                    found.push(`${one} and ${other}`);
    }
    return found;
";

#[test]
fn what_it_cost_is_the_largest_of_the_first_screen() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    for (width, height) in [(360, 780), (1280, 800)] {
        opened.browser.look(width, height, Theme::Light);
        opened.again();
        let sizes = opened.browser.run(SIZES);
        let amount = opened.json["findings"][0]["cost"]["EUR"].as_str().unwrap();
        let said = sizes[0][0].as_str().unwrap();
        assert!(said.ends_with(" EUR") && said.starts_with(amount.trim_end_matches('0')), "{said}: {sizes}");
        let size = |n: usize| sizes[n][1].as_f64().unwrap();
        assert!(size(0) >= 1.2 * size(1), "{sizes}");
    }
}

#[test]
fn red_is_for_attacks_alone() {
    let Some(opened) = Opened::of(&drilled()) else { return };
    for theme in [Theme::Light, Theme::Dark] {
        opened.browser.look(1280, 800, theme);
        opened.again();
        // Hues in degrees: that of attacks, then those of what becomes of verifications.
        let hues = opened.browser.run(
            "const hue = (selector, what) => {
                const [r, g, b] = getComputedStyle(document.querySelector(selector))[what].match(/\\d+/g);
                return 180 / Math.PI * Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b);
            };
            const mark = name => hue(`.swatch.${name}`, 'backgroundColor');
            const marks = ['verified', 'unverified', 'denied'].map(mark);
            return [hue('.attack rect.edge', 'fill'), ...marks];",
        );
        let hues: Vec<f64> = serde_json::from_value(hues).unwrap();
        let apart = hues[1..].iter().map(|hue| (hue - hues[0]).abs());
        assert!(apart.clone().all(|apart| apart > 18.0), "{theme:?}: {hues:?}");
    }
}

#[test]
fn labels_of_an_axis_never_stand_on_each_other() {
    for (steps, hours) in [(6, 1), (12, 1), (24, 1), (6 * 24, 1), (9 * 24, 1), (60, 24), (365, 24)] {
        let mut model = drilled();
        let first = model.steps[0].clone();
        model.steps.resize(steps, first);
        for (step, n) in model.steps.iter_mut().zip(0..) {
            step.from = "2026-12-20T00:00:00Z".parse().unwrap();
            step.from += SignedDuration::from_hours(n * hours);
        }
        model.step_seconds = hours * 3_600;
        let Some(opened) = Opened::of(&model) else { return };
        for width in [320, 360, 660, 1280] {
            opened.browser.look(width, 800, Theme::Light);
            opened.again();
            assert_eq!(opened.browser.run(COLLISIONS), json!([]), "{steps} times {hours} h at {width}");
        }
    }
}

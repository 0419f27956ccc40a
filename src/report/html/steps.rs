//! Counts over time as steps that stand on each other, drawn in SVG.
//!
//! What is drawn stretches to the width that there is, while texts keep their size: marks have coordinates
//! of their own, in which a step is 1 wide and a unit 1 high, so that a path says the very figures.

use std::fmt::Write as _;

use maud::{Markup, html};

/// The most steps between which there is room for lines.
const MOST_GAPS: usize = 72;

/// One of the layers that stand on each other.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// Its class, by which it is coloured.
    pub(super) class: &'static str,
    /// Its height in each step.
    pub(super) heights: Vec<f64>,
}

impl Layer {
    fn is_flat(&self) -> bool {
        self.heights.iter().all(|height| *height == 0.0)
    }
}

/// A coordinate, as short as it can be written.
#[must_use]
pub(super) fn coordinate(value: f64) -> String {
    let text = format!("{value:.4}");
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short.is_empty() { "0".to_owned() } else { short.to_owned() }
}

/// The layers, the first at the bottom, in a picture that is `top` high.
#[must_use]
pub(super) fn stacked(layers: &[Layer], top: f64, height: u32) -> Markup {
    let steps = layers.iter().map(|layer| layer.heights.len()).max().unwrap_or(0);
    let mut below = vec![0.0; steps];
    let paths: Vec<String> = layers.iter().map(|layer| path(&mut below, &layer.heights, top)).collect();
    html! {
        svg.marks viewBox=(format!("0 0 {} {}", steps.max(1), coordinate(top))) preserveAspectRatio="none"
            width="100%" height=(height) {
            @for (layer, path) in layers.iter().zip(paths).filter(|(layer, _)| !layer.is_flat()) {
                path class=(layer.class) d=(path) {}
            }
            @if steps <= MOST_GAPS { path.gaps d=(gaps(&below, top)) {} }
        }
    }
}

/// The outline of a layer: its upper edge from left to right, and back along what it stands on.
fn path(below: &mut [f64], heights: &[f64], top: f64) -> String {
    let upper: Vec<f64> = below.iter().zip(heights).map(|(below, height)| below + height).collect();
    let forth = edge(&upper, top).map(|(y, _, to)| format!("V{y}H{to}"));
    let back: Vec<String> = edge(below, top).map(|(y, from, _)| format!("V{y}H{from}")).collect();
    let path: String = forth.chain(back.into_iter().rev()).collect();
    for (below, upper) in below.iter_mut().zip(upper) {
        *below = upper;
    }
    format!("M0 {}{path}Z", coordinate(top))
}

/// The parts of an edge that are at one height: that height, from where, and to where.
fn edge(heights: &[f64], top: f64) -> impl Iterator<Item = (String, usize, usize)> {
    let mut from = 0;
    heights.chunk_by(|one, next| one.total_cmp(next).is_eq()).map(move |same| {
        let begin = from;
        from += same.len();
        (coordinate(top - same.first().copied().unwrap_or(0.0)), begin, from)
    })
}

/// Lines between the steps, as high as what stands on either side, so that each step can be seen.
fn gaps(heights: &[f64], top: f64) -> String {
    let beside = heights.iter().zip(heights.iter().skip(1)).zip(1..);
    beside.fold(String::new(), |mut path, ((left, right), n)| {
        let _ = write!(path, "M{n} {}V{}", coordinate(top - left.max(*right)), coordinate(top));
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_the_figures() {
        let layer = |class, heights: &[f64]| Layer { class, heights: heights.to_vec() };
        let svg = stacked(&[layer("one", &[1.0, 3.0]), layer("two", &[2.0, 0.0])], 4.0, 100).into_string();
        assert!(svg.contains("viewBox=\"0 0 2 4\""), "{svg}");
        assert!(svg.contains("<path class=\"one\" d=\"M0 4V3H1V1H2V4H0Z\">"), "{svg}");
        assert!(svg.contains("<path class=\"two\" d=\"M0 4V1H2V1H1V3H0Z\">"), "{svg}");
    }

    #[test]
    fn money_keeps_its_decimals() {
        assert_eq!([coordinate(0.3100), coordinate(0.0), coordinate(20.0)], ["0.31", "0", "20"]);
    }
}

//! Writes the diagrams as Rust arrays.
//!
//! More than half of the states do nothing but count digits: their ten ways on are one. They come last and
//! are stored as one link each, which nearly halves the table.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::diagram::{Diagrams, Node, State};
use super::plan::Plan;

/// The text of `phone_table.rs`.
pub(crate) fn write(
    version: &str,
    countries: &[String],
    plans: &[Plan],
    diagrams: &Diagrams,
) -> Result<String, std::fmt::Error> {
    let (branches, chains) = reachable(plans, diagrams);
    let order = || branches.iter().chain(&chains).copied();
    let numbers: HashMap<State, usize> = order().enumerate().map(|(n, state)| (state, n)).collect();
    let number = |state: State| numbers.get(&state).copied().unwrap_or(usize::MAX);

    let mut text = String::new();
    writeln!(text, "/// Version of libphonenumber's metadata that the numbering plans are taken from.")?;
    writeln!(text, "pub const METADATA_VERSION: &str = {version:?};")?;

    writeln!(text, "pub(super) static COUNTRIES: [&str; {}] = {countries:?};", countries.len())?;

    writeln!(text, "static PLANS: [(u16, u16); {}] = [", plans.len())?;
    for plan in plans {
        writeln!(text, "({}, {}),", plan.calling_code, number(plan.start))?;
    }
    writeln!(text, "];")?;

    writeln!(text, "static BRANCHES: [[u16; 10]; {}] = [", branches.len())?;
    for state in &branches {
        writeln!(text, "{:?},", diagrams.node(*state).next.map(number))?;
    }
    writeln!(text, "];")?;

    writeln!(text, "static CHAINS: [u16; {}] = [", chains.len())?;
    for state in &chains {
        let [next, ..] = diagrams.node(*state).next;
        writeln!(text, "{},", number(next))?;
    }
    writeln!(text, "];")?;

    writeln!(text, "static ANSWERS: [u16; {}] = [", numbers.len())?;
    for state in order() {
        writeln!(text, "{},", diagrams.node(state).answer)?;
    }
    writeln!(text, "];")?;
    Ok(text)
}

/// The states that numbers lead to: those with different ways on, and those with one.
fn reachable(plans: &[Plan], diagrams: &Diagrams) -> (Vec<State>, Vec<State>) {
    let (mut branches, mut chains) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut waiting: Vec<State> = plans.iter().rev().map(|plan| plan.start).collect();
    while let Some(state) = waiting.pop() {
        if !seen.insert(state) {
            continue;
        }
        let Node { next, .. } = diagrams.node(state);
        waiting.extend(next);
        let [first, rest @ ..] = next;
        let is_chain = rest.iter().all(|other| *other == first);
        if is_chain { &mut chains } else { &mut branches }.push(state);
    }
    (branches, chains)
}

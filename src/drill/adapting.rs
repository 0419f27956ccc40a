//! Attackers who adapt: they know what limits look at, or learn it from denials.

mod learning;
mod patient;

use super::scenario::{Kind, Scenario};
use super::stage::Stage;

/// Every scenario of this kind.
pub(super) fn all() -> impl Iterator<Item = &'static Scenario> {
    learning::ALL.iter().chain(patient::ALL)
}

const fn adapting(
    name: &'static str,
    about: &'static str,
    source: &'static str,
    days: (u16, u16),
    set_up: fn(&mut Stage<'_>),
) -> Scenario {
    Scenario { name, kind: Kind::Adapting, about, source, days, set_up }
}

//! Attacks that were published, with the figures that were published.

mod concentrated;
mod faked;
mod slow;
mod spread;

pub(super) use faked::faked;
pub(super) use slow::spread;

use super::scenario::{Kind, Scenario};
use super::stage::Stage;

/// Every scenario of this kind.
pub(super) fn all() -> impl Iterator<Item = &'static Scenario> {
    concentrated::ALL.iter().chain(spread::ALL).chain(faked::ALL).chain(slow::ALL)
}

/// An attack on the first day that counts, after eight usual days.
const fn attack(
    name: &'static str,
    about: &'static str,
    source: &'static str,
    set_up: fn(&mut Stage<'_>),
) -> Scenario {
    Scenario { name, kind: Kind::Attack, about, source, days: (8, 1), set_up }
}

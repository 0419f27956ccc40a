//! Successes that look faked, for whoever learns from traffic.

use std::collections::HashSet;

use super::Gathered;
use crate::quota::Stamp;
use crate::report::find;
use crate::report::question::Question;
use crate::report::span::Spanned;
use crate::report::verification::Verification;

impl Gathered {
    /// The verifications whose success looks faked, as the report finds them.
    #[must_use]
    pub(crate) fn faked_successes(mut self) -> HashSet<Stamp> {
        let mut stamps: Vec<(u32, Stamp)> =
            self.by_stamp.iter().map(|(stamp, place)| (*place, *stamp)).collect();
        stamps.sort_unstable();
        let mut in_order: Vec<(Verification, Stamp)> =
            self.all.drain(..).zip(stamps.into_iter().map(|(_, stamp)| stamp)).collect();
        in_order.sort_by_key(|(one, _)| one.at);
        let stamps: Vec<Stamp>;
        (self.all, stamps) = in_order.into_iter().unzip();
        let spanned = Spanned::of(&self, &Question::of_all());
        let is_first = |one: &Verification| spanned.all.first().is_some_and(|first| std::ptr::eq(first, one));
        let first = self.all.iter().position(is_first).unwrap_or(0);
        let places = find::faked(&spanned).into_iter().filter_map(|place| usize::try_from(place).ok());
        places.filter_map(|place| stamps.get(first + place).copied()).collect()
    }
}

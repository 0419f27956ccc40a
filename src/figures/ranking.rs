//! Figures by country, block, rule or method, and which come first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Figures, Seen};
use crate::money::Currency;

/// The figures of one country, block, rule or method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ranking {
    /// Where most were allowed and not verified; of equals, where they cost most.
    #[default]
    Unverified,
    /// Where the unverified ones cost most.
    Spend,
    /// Where most was asked about.
    Requests,
    /// Where most was denied.
    Denied,
    /// Where most messages did not arrive.
    FailedDeliveries,
}

/// Figures by name.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<String, Figures>);

impl Groups {
    pub(super) fn add(&mut self, name: &str, seen: &Seen<'_>) {
        match self.0.get_mut(name) {
            Some(figures) => figures.add(seen),
            None => self.0.entry(name.to_owned()).or_default().add(seen),
        }
    }

    /// All of them, in order; of equals, in alphabetical order. Each stands for `scale` times as many.
    pub(super) fn ranked(self, ranking: Ranking, currencies: &[Currency], scale: u64) -> Vec<Group> {
        let mut groups: Vec<Group> =
            self.0.into_iter().map(|(name, figures)| Group { name, figures }).collect();
        groups.iter_mut().for_each(|group| group.figures.scale(scale));
        groups.sort_by(|one, other| {
            let (one, other) = (&one.figures, &other.figures);
            let spend = || other.unverified_spend.compare(&one.unverified_spend, currencies);
            let leading = match ranking {
                Ranking::Unverified => other.unverified.cmp(&one.unverified),
                Ranking::Spend => spend(),
                Ranking::Requests => other.requests.cmp(&one.requests),
                Ranking::Denied => other.denied.cmp(&one.denied),
                Ranking::FailedDeliveries => other.failed_deliveries.cmp(&one.failed_deliveries),
            };
            leading
                .then(other.unverified.cmp(&one.unverified))
                .then_with(spend)
                .then(other.requests.cmp(&one.requests))
        });
        groups
    }
}

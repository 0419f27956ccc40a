//! The figures that sum up a drill.

use serde::Serialize;

use super::outcome::Outcome;
use super::scenario::Kind;

/// Shares from 0 to 1; `None` where no scenario of the kind was played.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Goals {
    /// The mean of attack spend stopped, over the published attacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_mean: Option<f64>,
    /// The least that was stopped of a published attack, but the slow ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_worst: Option<f64>,
    /// The least that was stopped of a slow one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_worst: Option<f64>,
    /// The mean over those who adapt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapting_mean: Option<f64>,
    /// The least that was stopped of one who adapts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapting_worst: Option<f64>,
    /// The mean share of people lost on honest days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_on_honest_days: Option<f64>,
    /// The same on days of attacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_on_attack_days: Option<f64>,
}

impl Goals {
    /// Sums up.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Self {
        use Kind::{Adapting, Attack, Honest, Slow};
        let stopped = |kinds: &[Kind]| -> Vec<f64> {
            let wanted = outcomes.iter().filter(|outcome| kinds.contains(&outcome.kind));
            wanted.filter_map(|outcome| outcome.stopped).collect()
        };
        let lost = |kinds: &[Kind]| -> Vec<f64> {
            let wanted = outcomes.iter().filter(|outcome| kinds.contains(&outcome.kind));
            wanted.map(|outcome| outcome.lost.value()).collect()
        };
        Self {
            stopped_mean: mean(&stopped(&[Attack, Slow])),
            stopped_worst: least(&stopped(&[Attack])),
            slow_worst: least(&stopped(&[Slow])),
            adapting_mean: mean(&stopped(&[Adapting])),
            adapting_worst: least(&stopped(&[Adapting])),
            lost_on_honest_days: mean(&lost(&[Honest])),
            lost_on_attack_days: mean(&lost(&[Attack, Slow, Adapting])),
        }
    }
}

fn mean(shares: &[f64]) -> Option<f64> {
    let (sum, n) = shares.iter().fold((0.0, 0.0), |(sum, n), share| (sum + share, n + 1.0));
    (n > 0.0).then(|| sum / n)
}

fn least(shares: &[f64]) -> Option<f64> {
    shares.iter().copied().min_by(f64::total_cmp)
}

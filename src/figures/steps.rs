//! Figures over time: one step after another.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Counted, Figures};

/// The steps that people count in, in seconds: from a minute to a week.
const LENGTHS: [i64; 10] = [60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, WEEK];

const WEEK: i64 = 604_800;

/// The most steps of a span, so that they fit beside each other.
const MOST: i64 = 60;

/// The figures of one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its beginning.
    pub from: Timestamp,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// A span cut into steps, which begin at whole minutes, hours or days.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    first: i64,
    seconds: i64,
    figures: Vec<Figures>,
}

impl Steps {
    /// The steps of a span: minutes where it is an hour at most, and longer ones else.
    #[must_use]
    pub fn of(from: Timestamp, to: Timestamp) -> Self {
        Self::at_most(MOST, from, to)
    }

    /// The shortest steps of which a span has at most `most`.
    #[must_use]
    pub fn at_most(most: i64, from: Timestamp, to: Timestamp) -> Self {
        let length = to.duration_since(from).as_secs();
        let fitting = LENGTHS.into_iter().find(|seconds| length <= most * seconds);
        let seconds = fitting.unwrap_or_else(|| (length / (most * WEEK) + 1) * WEEK);
        let first = from.as_second().div_euclid(seconds);
        // What ends with a step does not begin the next one.
        let last = to.as_second().saturating_sub(1).div_euclid(seconds).max(first);
        let count = usize::try_from(last - first + 1).unwrap_or(1);
        Self { first, seconds, figures: vec![Figures::default(); count] }
    }

    /// How long a step is.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        SignedDuration::from_secs(self.seconds)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.figures.len()
    }

    /// The place of the step in which something happened.
    #[must_use]
    pub fn place(&self, at: Timestamp) -> usize {
        let step = at.as_second().div_euclid(self.seconds.max(1)) - self.first;
        // A request may have been decided before or after it was first heard of, by a moment.
        usize::try_from(step).unwrap_or(0).min(self.figures.len().saturating_sub(1))
    }

    /// Adds what was asked for at a time.
    pub fn add(&mut self, at: Timestamp, one: &Counted) {
        let place = self.place(at);
        if let Some(figures) = self.figures.get_mut(place) {
            figures.count(one);
        }
    }

    /// One after another, where each count stands for `scale` of them.
    #[must_use]
    pub fn finish(self, scale: u64) -> Vec<Step> {
        let Self { first, seconds, figures } = self;
        let steps = figures.into_iter().zip(first..).map(|(mut figures, step)| {
            figures.scale(scale);
            Step { from: Timestamp::from_second(step * seconds).unwrap_or(Timestamp::MIN), figures }
        });
        steps.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Seen;
    use crate::figures::sample::story;
    use crate::verdict::Verdict;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn steps(from: &str, to: &str) -> (i64, usize, String) {
        let steps = Steps::of(at(from), at(to));
        let (seconds, count) = (steps.seconds, steps.figures.len());
        (seconds / 60, count, steps.finish(1)[0].from.to_string())
    }

    #[test]
    fn a_span_has_steps_that_people_count_in_and_that_fit_beside_each_other() {
        let ten = steps("2026-01-15T18:03:20Z", "2026-01-15T18:13:20Z");
        assert_eq!(ten, (1, 11, "2026-01-15T18:03:00Z".to_owned()));
        assert_eq!(steps("2026-01-15T18:00:00Z", "2026-01-15T19:00:00Z").1, 60);
        assert_eq!(steps("2026-01-15T18:00:00Z", "2026-01-15T20:00:00Z").0, 5);
        assert_eq!(steps("2026-01-14T18:00:00Z", "2026-01-15T18:00:00Z").0, 30);
        assert_eq!(steps("2026-01-01T00:00:00Z", "2026-01-31T00:00:00Z").0, 720);
        assert_eq!(steps("2026-01-15T18:00:00Z", "2026-01-15T18:00:10Z").1, 1);
    }

    #[test]
    fn each_verification_is_in_the_step_in_which_it_was_decided() {
        let mut steps = Steps::of(at("2026-01-15T18:00:00Z"), at("2026-01-15T18:03:00Z"));
        for time in ["2026-01-15T18:00:00Z", "2026-01-15T18:01:59.9Z", "2026-01-15T18:01:00Z"] {
            let mut story = story("+46701740605", Verdict::Allow, &[]);
            story.decision.as_mut().unwrap().at = at(time);
            let seen = Seen::of(&story).unwrap();
            steps.add(seen.decided.at, &seen.counted());
        }
        let counts: Vec<u64> = steps.finish(2).iter().map(|step| step.figures.requests).collect();
        assert_eq!(counts, [2, 4, 0]);
    }
}

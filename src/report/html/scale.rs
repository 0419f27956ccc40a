//! The scales of charts: what is how high, and when is where.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::report::model::Model;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;

/// The distances between ticks that people count in, in seconds.
const DISTANCES: [i64; 13] =
    [60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, DAY, 2 * DAY, WEEK, 28 * DAY, 91 * DAY];

/// The most ticks of time, so that their labels fit on a phone.
const MOST: i64 = 6;

/// From nothing up to a round number.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Height {
    /// The number at the top.
    pub(super) top: f64,
    /// The numbers that get a line, without nothing itself.
    pub(super) ticks: Vec<f64>,
}

impl Height {
    /// A scale on which the highest value fits, with at most `most` ticks.
    #[must_use]
    pub(super) fn of(highest: f64, most: u8) -> Self {
        if highest <= 0.0 {
            return Self { top: 1.0, ticks: vec![1.0] };
        }
        let rough = highest / f64::from(most);
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|digit| digit * power);
        let step = step.into_iter().find(|step| *step >= rough).unwrap_or(highest);
        let ticks: Vec<f64> = (1..=most).map(|n| step * f64::from(n)).collect();
        let last = ticks.iter().position(|tick| *tick >= highest).unwrap_or(ticks.len());
        let ticks: Vec<f64> = ticks.into_iter().take(last + 1).collect();
        Self { top: ticks.last().copied().unwrap_or(highest), ticks }
    }

    /// The scale of counts, whose ticks are whole.
    #[must_use]
    pub(super) fn of_counts(highest: u64) -> Self {
        if highest < 5 {
            let top = u8::try_from(highest.max(1)).unwrap_or(5);
            return Self { top: f64::from(top), ticks: (1..=top).map(f64::from).collect() };
        }
        let mut height = Self::of(highest as f64, 5);
        height.ticks.retain(|tick| tick.fract() == 0.0);
        height
    }
}

/// The time that the steps of a report cover.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    from: i64,
    seconds: i64,
    /// How days are written.
    day: &'static str,
}

/// How a page writes days: with their year, unless all that it shows is of the year in which it was made.
#[must_use]
pub(super) fn day_format(model: &Model) -> &'static str {
    let made_in = year_of(model.made_at);
    let is_this_year = year_of(model.span.from) == made_in && year_of(model.span.to) == made_in;
    if is_this_year { "%-d %b" } else { "%-d %b %Y" }
}

fn year_of(at: Timestamp) -> i16 {
    TimeZone::UTC.to_datetime(at).year()
}

/// A moment that is marked on the scale of time.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tick {
    /// Where it is, in percent from the left.
    pub(super) at: f64,
    /// What stands there.
    pub(super) label: String,
}

impl Time {
    /// The scale of a report's steps.
    #[must_use]
    pub(super) fn of(model: &Model) -> Self {
        let from = model.steps.first().map_or(model.span.from, |step| step.from);
        let steps = i64::try_from(model.steps.len()).unwrap_or(1);
        let seconds = (steps * model.step_seconds).max(1);
        Self { from: from.as_second(), seconds, day: day_format(model) }
    }

    /// Where a moment is, in percent from the left.
    #[must_use]
    pub(super) fn percent(&self, at: Timestamp) -> f64 {
        (100.0 * (at.as_second() - self.from) as f64 / self.seconds as f64).clamp(0.0, 100.0)
    }

    /// Moments to mark.
    #[must_use]
    pub(super) fn ticks(&self) -> Vec<Tick> {
        let distance = DISTANCES.into_iter().find(|distance| self.seconds <= MOST * distance);
        let distance = distance.unwrap_or(self.seconds / MOST);
        // Weeks begin on Mondays, and the epoch began on a Thursday.
        let offset = if distance % WEEK == 0 { 4 * DAY } else { 0 };
        let first = (self.from - offset).div_euclid(distance) * distance + offset;
        let moments = (0..=MOST + 1).map(|n| first + n * distance);
        let within = moments.filter(|at| *at >= self.from && *at <= self.from + self.seconds);
        within.filter_map(|at| self.tick(at, distance)).collect()
    }

    fn tick(&self, second: i64, distance: i64) -> Option<Tick> {
        let at = Timestamp::from_second(second).ok()?;
        // Days that stand close have no room for their year, which stands above with the span.
        let format = match (distance, second.rem_euclid(DAY)) {
            (WEEK.., _) => self.day,
            (DAY.., _) | (_, 0) => "%-d %b",
            _ => "%H:%M",
        };
        Some(Tick { at: self.percent(at), label: at.strftime(format).to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_end_at_round_numbers() {
        assert_eq!(Height::of_counts(412).ticks, [100.0, 200.0, 300.0, 400.0, 500.0]);
        assert_eq!(Height::of_counts(3).ticks, [1.0, 2.0, 3.0]);
        assert_eq!(Height::of_counts(0).top, 1.0);
        assert_eq!(Height::of_counts(9).top, 10.0);
        assert_eq!(Height::of(0.31, 2).ticks, [0.2, 0.4]);
    }

    fn ticks(from: &str, seconds: i64) -> Vec<String> {
        let from: Timestamp = from.parse().unwrap();
        let time = Time { from: from.as_second(), seconds, day: "%-d %b" };
        time.ticks().into_iter().map(|tick| format!("{} {:.0}", tick.label, tick.at)).collect()
    }

    #[test]
    fn moments_that_people_count_in_are_marked() {
        assert_eq!(
            ticks("2026-01-12T18:30:00Z", 10_800),
            ["18:30 0", "19:00 17", "19:30 33", "20:00 50", "20:30 67", "21:00 83", "21:30 100"]
        );
        assert_eq!(
            ticks("2026-01-05T00:00:00Z", 8 * DAY),
            ["5 Jan 0", "7 Jan 25", "9 Jan 50", "11 Jan 75", "13 Jan 100"]
        );
        assert_eq!(
            ticks("2026-01-01T00:00:00Z", 30 * DAY),
            ["5 Jan 13", "12 Jan 37", "19 Jan 60", "26 Jan 83"]
        );
    }
}

//! When something rose, and when it was over: the stretch of time that counts most.
//!
//! Each event counts for or against a rise, and time counts against it, so a rise begins with the first event
//! that belongs to it and ends with the last one. Nothing is trimmed, and no step of time is chosen.

use crate::report::verification::Moment;

/// An event, and how much it counts for a rise.
pub(super) type Event = (Moment, f64);

/// From the first event of a rise to its last.
pub(super) type Stretch = (Moment, Moment);

const DAY: f64 = 86_400_000.0;

/// Rises this close are one, in days: whoever attacks pauses.
const PAUSE: f64 = 0.25;

/// What counts as a piece of a rise.
const PIECE: f64 = 4.0;

/// A rise ends where its events become this many times rarer than they usually are in it.
const RARER: f64 = 6.0;

/// The rises among events in the order of time, each of which counts at least `least` when a day of silence
/// counts `idle` against it.
///
/// A rise of a few minutes must not take in the next event by chance, hours later. So it is looked at once
/// more, with time counting as much as its own events make it; what falls apart then was several.
pub(super) fn rises(events: &[Event], idle: f64, least: f64) -> Vec<Stretch> {
    let mut found = Vec::new();
    for events in best_parts(events, idle, least) {
        let mut pieces = stretches(&best_parts(events, drift(events).max(idle), least.min(PIECE)));
        if pieces.is_empty() {
            pieces = stretches(&[events]);
        }
        pieces.sort_unstable();
        found.extend(joined(pieces));
    }
    found.sort_unstable();
    found
}

fn stretches(parts: &[&[Event]]) -> Vec<Stretch> {
    parts.iter().filter_map(|events| Some((events.first()?.0, events.last()?.0))).collect()
}

fn days(from: Moment, to: Moment) -> f64 {
    to.since(from).as_secs_f64() * 1_000.0 / DAY
}

/// What a day of silence counts within a rise: a part of the events that it usually has in that time.
fn drift(events: &[Event]) -> f64 {
    let for_it: Vec<Moment> = events.iter().filter(|(_, counts)| *counts > 0.0).map(|(at, _)| *at).collect();
    let gaps: Vec<f64> = for_it
        .windows(2)
        .filter_map(|two| Some(days(*two.first()?, *two.last()?)))
        .map(|gap| gap.max(1_000.0 / DAY))
        .collect();
    super::stats::median(&gaps).map_or(0.0, |gap| std::f64::consts::LN_2 / gap / RARER)
}

/// Those that are close to each other, put together.
fn joined(pieces: Vec<Stretch>) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for (from, to) in pieces {
        match joined.last_mut() {
            Some(last) if days(last.1, from) <= PAUSE => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// The parts that count most, then those that count most of what is left on either side, and so on.
fn best_parts(events: &[Event], idle: f64, least: f64) -> Vec<&[Event]> {
    let (mut left, mut found) = (vec![events], Vec::new());
    while let Some(events) = left.pop() {
        let Some((from, to)) = best(events, idle, least) else { continue };
        let (before, rest) = events.split_at(from);
        let (part, after) = rest.split_at(to - from);
        found.push(part);
        left.extend([before, after]);
    }
    found
}

/// The part that counts most, as far as it counts at least `least` (Kadane's algorithm).
fn best(events: &[Event], idle: f64, least: f64) -> Option<(usize, usize)> {
    let (mut from, mut sum, mut before) = (0, 0.0, None);
    let mut best: Option<(usize, usize)> = None;
    let mut most = least;
    for (place, (at, counts)) in events.iter().enumerate() {
        sum -= before.map_or(0.0, |before| days(before, *at) * idle);
        before = Some(*at);
        if sum <= 0.0 {
            (from, sum) = (place, 0.0);
        }
        sum += counts;
        if sum >= most {
            (most, best) = (sum, Some((from, place + 1)));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn every(minutes: i64, from: i64, n: i64, counts: f64) -> Vec<Event> {
        (0..n).map(|n| (Moment((from + n * minutes) * MINUTE), counts)).collect()
    }

    fn of(parts: &[Vec<Event>]) -> Vec<(i64, i64)> {
        let mut events = parts.concat();
        events.sort_unstable_by_key(|(at, _)| *at);
        let minutes = |at: Moment| at.0 / MINUTE;
        rises(&events, 1.0, 20.0).into_iter().map(|(from, to)| (minutes(from), minutes(to))).collect()
    }

    #[test]
    fn a_rise_begins_with_its_first_event_and_ends_with_its_last() {
        let burst = every(1, 5_000, 120, 1.0);
        assert_eq!(of(std::slice::from_ref(&burst)), [(5_000, 5_119)]);
        // What happens by chance hours before or after is not of it.
        let chance = every(200, 0, 20, 1.0);
        let others = every(90, 10, 100, -1.0);
        assert_eq!(of(&[burst, chance.clone(), others.clone()]), [(5_000, 5_119)]);
        assert_eq!(of(&[chance, others]), []);
    }

    #[test]
    fn two_rises_a_day_apart_are_two_and_one_that_sleeps_at_night_is_one() {
        let two = [every(1, 0, 120, 1.0), every(1, 1_440, 120, 1.0)];
        assert_eq!(of(&two), [(0, 119), (1_440, 1_559)]);
        let days = [every(10, 0, 72, 1.0), every(10, 1_440, 72, 1.0), every(10, 2_880, 72, 1.0)];
        assert_eq!(of(&days), [(0, 3_590)]);
        let bursts: Vec<Vec<Event>> = (0..12).map(|n| every(0, 20 * n, 30, 1.0)).collect();
        assert_eq!(of(&bursts), [(0, 220)]);
    }
}

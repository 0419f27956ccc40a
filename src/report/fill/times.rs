//! When people ask, and how long they take.

use crate::report::model::{Bucket, HourOfWeek, TimeToVerify};
use crate::report::span::Spanned;
use crate::report::verification::Verification;

const HOURS_OF_WEEK: i64 = 7 * 24;

/// The ends of the buckets of the time to verify, in seconds.
const ENDS: [u32; 12] = [2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600];

/// The fewest verifications of which a tenth, and half, say something.
const LEAST_FOR_TENTHS: usize = 20;
const LEAST_FOR_HALF: usize = 5;

/// The hours of the week, Monday at 00:00 UTC first.
pub(super) fn hours(spanned: &Spanned<'_>) -> Vec<HourOfWeek> {
    let hour =
        |(weekday, hour)| HourOfWeek { weekday, hour, requests: 0, denied: 0, verified: 0, unverified: 0 };
    let places = (1..=7).flat_map(|weekday| (0..24).map(move |hour| (weekday, hour)));
    let mut hours: Vec<HourOfWeek> = places.map(hour).collect();
    for one in spanned.all {
        let Some(at) = one.at else { continue };
        // The epoch was a Thursday.
        let since_monday = at.hour() + 3 * 24;
        let place = usize::try_from(since_monday.rem_euclid(HOURS_OF_WEEK)).unwrap_or(0);
        if let Some(hour) = hours.get_mut(place) {
            let counted = spanned.counted(one);
            hour.requests += spanned.scale;
            hour.denied += if one.is_denied() { spanned.scale } else { 0 };
            hour.verified += if counted.is_verified() { spanned.scale } else { 0 };
            hour.unverified += if counted.is_unverified() { spanned.scale } else { 0 };
        }
    }
    hours
}

/// How long people took from the request to their verification.
pub(super) fn time_to_verify(spanned: &Spanned<'_>) -> TimeToVerify {
    let took = spanned.all.iter().filter_map(Verification::time_to_verify);
    let mut took: Vec<f64> = took.map(|took| took.as_secs_f64()).collect();
    took.sort_unstable_by(f64::total_cmp);
    // The least time within which at least this part of them verified, where there are enough to say.
    let at = |tenths: usize, least: usize| {
        let place = (took.len() * tenths).div_ceil(10).checked_sub(1)?;
        took.get(place).filter(|_| took.len() >= least).map(|took| to_tenths(*took))
    };
    let from = std::iter::once(0).chain(ENDS);
    let to = ENDS.into_iter().map(Some).chain([None]);
    let below = |end: u32| took.partition_point(|took| *took < f64::from(end));
    let buckets = from.zip(to).map(|(from_seconds, to_seconds)| {
        let count = to_seconds.map_or(took.len(), below) - below(from_seconds);
        Bucket { from_seconds, to_seconds, count: count as u64 * spanned.scale }
    });
    TimeToVerify {
        known: took.len() as u64 * spanned.scale,
        tenth_seconds: at(1, LEAST_FOR_TENTHS),
        median_seconds: at(5, LEAST_FOR_HALF),
        ninth_tenth_seconds: at(9, LEAST_FOR_TENTHS),
        buckets: buckets.collect(),
    }
}

fn to_tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

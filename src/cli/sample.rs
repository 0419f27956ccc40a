//! How much of a span is read, so that the answer comes at once whatever the traffic.
//!
//! A few thousand verifications show as much as all of them, so beyond that a sample is read: some of the
//! index's shards, which are a fair part of the records since a record's shard is a hash of its id. Where one
//! shard alone has too many, it is read for a part of each of many slices of the span.

mod by_key;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::record::Story;
use crate::store::{HOUR_SHARDS, Store, StoreError};

/// At how many places of a span is looked to learn how busy it is, at least; at each of its hours, where it
/// has more.
const PROBES: u32 = 24;

/// How many verifications are counted at each of them, at most.
const COUNTED: u16 = 100;

/// Into how many slices a span is cut of which only a part is read.
const SLICES: u32 = 48;

/// The most places at which is looked. Of a longer span, hours between them are taken for what they are.
const MOST_PROBES: usize = 2_048;

/// From how many shards of hours on it is tried to read the index from end to end instead.
const MANY_SHARDS: u64 = 20_000;

/// How many stretches of a span are read side by side.
const IN_FLIGHT: usize = 8;

/// The most stretches that a span is read in.
const STRETCHES: usize = 48;

/// A span of time: from, and before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// How much is read at most, before it is a sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Most {
    /// How many verifications.
    pub(super) verifications: u64,
    /// How many shards of hours are asked, however little is in them; all of them where it is absent.
    pub(super) shards_of_hours: Option<u64>,
}

/// What was read in place of all of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Sampled {
    /// Every number stands for `scale` times what was read.
    pub(super) scale: u64,
    /// How many verifications were read.
    pub(super) read: usize,
}

/// Which part of a span to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Plan {
    shards: u8,
    /// Of each slice of the span one part in this number.
    one_in: u32,
}

impl Span {
    fn length(self) -> SignedDuration {
        self.to.duration_since(self.from)
    }

    /// The span of the same length before it.
    pub(super) fn before(self) -> Self {
        Self { from: self.from.saturating_sub(self.length()).unwrap_or(Timestamp::MIN), to: self.from }
    }

    /// Its hours, as the clock has them; the first and the last may be a part of one.
    fn hours(self) -> Vec<Self> {
        let mut hours = Vec::new();
        let mut from = self.from;
        while from < self.to {
            let next = (from.as_second().div_euclid(3_600) + 1) * 3_600;
            let to = Timestamp::from_second(next).unwrap_or(self.to).min(self.to);
            hours.push(Self { from, to });
            from = to;
        }
        hours
    }

    /// Slices of equal length, of each of which one part is read.
    fn slices(self, slices: u32, one_in: u32) -> Vec<Self> {
        let nanoseconds = self.length().as_nanos();
        let at = |slice: u32| {
            let since = nanoseconds * i128::from(slice) / i128::from(slices.max(1));
            self.from.saturating_add(SignedDuration::from_nanos_i128(since)).unwrap_or(self.to)
        };
        let slice = |index| {
            let (from, next) = (at(index), at(index + 1));
            let part = Self { from, to: next }.length() / i32::try_from(one_in).unwrap_or(i32::MAX);
            Self { from, to: from.saturating_add(part).unwrap_or(next) }
        };
        (0..slices).map(slice).filter(|slice| slice.from < slice.to).collect()
    }
}

impl Plan {
    /// What to read where about this many verifications are in `hours` hours.
    fn for_about(verifications: u64, hours: u64, most: Most) -> Self {
        let Most { verifications: wanted, shards_of_hours } = most;
        let shards = u64::from(HOUR_SHARDS);
        // Powers of two, so that the scale is whole.
        let fits = |n: &u64| {
            let are_few = shards_of_hours.is_none_or(|most| hours.saturating_mul(*n) <= most);
            verifications.saturating_mul(*n) / shards <= wanted && are_few
        };
        if let Some(shards) = [shards, 16, 8, 4, 2, 1].into_iter().find(fits) {
            return Self { shards: u8::try_from(shards).unwrap_or(1), one_in: 1 };
        }
        let one_in = verifications.div_ceil(shards).div_ceil(wanted.max(1));
        Self { shards: 1, one_in: u32::try_from(one_in).unwrap_or(u32::MAX) }
    }

    fn scale(self) -> u64 {
        u64::from(HOUR_SHARDS / self.shards.max(1)) * u64::from(self.one_in)
    }

    fn stretches(self, span: Span) -> Vec<Span> {
        if self.one_in > 1 {
            return span.slices(SLICES, self.one_in);
        }
        // Whole hours, since a stretch asks the shards of every hour that it touches.
        let hours = span.hours();
        let together = hours.len().div_ceil(STRETCHES).max(1);
        let ends = |hours: &[Span]| Some(Span { from: hours.first()?.from, to: hours.last()?.to });
        hours.chunks(together).filter_map(ends).collect()
    }
}

/// Reads a span, as many verifications of it as are wanted or a few more, and says how, where that is not all
/// of it. `reach` hears up to when it was read.
pub(super) async fn read(
    store: &Store,
    span: Span,
    most: Most,
    now: Timestamp,
    mut take: impl FnMut(&Story),
    reach: impl Fn(Timestamp),
) -> Result<Option<Sampled>, StoreError> {
    let hours = u64::try_from(span.hours().len()).unwrap_or(u64::MAX);
    let shards = most.shards_of_hours.unwrap_or(u64::MAX).min(hours.saturating_mul(HOUR_SHARDS.into()));
    if shards >= MANY_SHARDS
        && let Some(keys) = by_key::keys(store, span, most).await?
    {
        by_key::read(store, keys, now, take, reach).await?;
        return Ok(None);
    }
    let plan = Plan::for_about(estimate(store, span).await?, hours, most);
    let read = stream::iter(plan.stretches(span)).map(async |stretch: Span| {
        let mut stories = Vec::new();
        let mut read = store.records().between(stretch.from, stretch.to).of_shards(plan.shards);
        while let Some(some) = read.next(now).await? {
            stories.extend(some.into_iter().map(|(_, story)| story));
        }
        Ok::<(Vec<Story>, Timestamp), StoreError>((stories, stretch.to))
    });
    let mut n_read = 0;
    let mut read = std::pin::pin!(read.buffered(IN_FLIGHT));
    while let Some((stories, to)) = read.try_next().await? {
        n_read += stories.len();
        stories.iter().for_each(&mut take);
        reach(to);
    }
    let scale = plan.scale();
    Ok((scale > 1).then_some(Sampled { scale, read: n_read }))
}

/// About how many verifications a span has, by one shard of the index at some places.
async fn estimate(store: &Store, span: Span) -> Result<u64, StoreError> {
    let hours = span.hours();
    let in_each = PROBES.div_ceil(u32::try_from(hours.len()).unwrap_or(u32::MAX).max(1));
    let one_in = hours.len().div_ceil(MOST_PROBES).max(1);
    let places = hours.into_iter().step_by(one_in).flat_map(|hour| hour.slices(in_each, 1));
    let counts = stream::iter(places).map(async |slice: Span| {
        let (count, until) = store.records().count_in_a_shard(slice.from, slice.to, COUNTED).await?;
        let seen = until.duration_since(slice.from).as_nanos().max(1);
        let all = count as i128 * slice.length().as_nanos() / seen;
        Ok::<u64, StoreError>(u64::try_from(all).unwrap_or(u64::MAX))
    });
    let counts: Vec<u64> = counts.buffer_unordered(2 * IN_FLIGHT).try_collect().await?;
    let in_a_shard = counts.into_iter().fold(0, u64::saturating_add);
    let one_in = u64::try_from(one_in).unwrap_or(u64::MAX);
    Ok(in_a_shard.saturating_mul(one_in).saturating_mul(HOUR_SHARDS.into()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::embedded::Engine;
    use crate::event::SmsResult;
    use crate::record::{self, Happening, Subject};
    use crate::store::RecordKey;
    use crate::store::client::Timeouts;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    fn most(verifications: u64) -> Most {
        Most { verifications, shards_of_hours: Some(6_000) }
    }

    #[test]
    fn what_is_read_is_about_as_much_as_is_wanted_whatever_the_traffic() {
        for (verifications, shards, one_in) in
            [(0, 32, 1), (4_000, 32, 1), (4_001, 16, 1), (100_000, 1, 1), (360_000, 1, 3), (8_640_000, 1, 68)]
        {
            let plan = Plan::for_about(verifications, 24, most(4_000));
            assert_eq!(plan, Plan { shards, one_in }, "{verifications}");
            let read = verifications / plan.scale();
            assert!(read <= 4_000 && (verifications < 8_000 || read > 1_900), "{verifications}: {read}");
        }
        let shards = |days: u64| Plan::for_about(1_000, 24 * days + 1, most(4_000)).shards;
        assert_eq!([7, 14, 31].map(shards), [32, 16, 8]);
        let all = Most { verifications: 4_000, shards_of_hours: None };
        assert_eq!(Plan::for_about(1_000, 24 * 730, all), Plan { shards: 32, one_in: 1 });
        let bounded = Most { verifications: 300_000, shards_of_hours: Some(100_000) };
        assert_eq!(
            [120, 180, 730].map(|days| Plan::for_about(1_000, 24 * days, bounded).shards),
            [32, 16, 4]
        );
    }

    #[test]
    fn the_span_before_is_as_long_and_ends_where_it_begins() {
        let last = span("2026-01-15T18:00:00Z", "2026-01-15T18:10:00Z");
        assert_eq!(last.before(), span("2026-01-15T17:50:00Z", "2026-01-15T18:00:00Z"));
    }

    #[test]
    fn stretches_are_all_of_a_span_or_an_equal_part_of_each_slice() {
        let day = span("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z");
        let odd = span("2026-01-01T00:30:00Z", "2026-01-31T00:10:00Z");
        for (whole, stretches) in [(day, 24), (odd, 46)] {
            let all = Plan { shards: 32, one_in: 1 }.stretches(whole);
            let ends = (all.first().unwrap().from, all.last().unwrap().to);
            assert_eq!((all.len(), ends), (stretches, (whole.from, whole.to)));
            assert!(all.windows(2).all(|pair| pair[0].to == pair[1].from));
            assert!(all.iter().skip(1).all(|stretch| stretch.from.as_second() % 3_600 == 0));
        }
        let parts = Plan { shards: 1, one_in: 10 }.stretches(day);
        assert_eq!(parts.len(), 48);
        assert!(parts.iter().all(|part| part.length().as_secs() == 180));
        assert_eq!(parts[1].from.to_string(), "2026-01-15T00:30:00Z");
        let moment = span("2026-01-15T18:00:00Z", "2026-01-15T18:00:10Z");
        assert_eq!(Plan { shards: 32, one_in: 1 }.stretches(moment), [moment]);
    }

    /// An hour with `count` verifications, one like the other, evenly spread.
    async fn store_of(n: i64) -> (Engine, Store, Span) {
        let timeouts = Timeouts::within(std::time::Duration::from_secs(60));
        let (engine, store) = Engine::with_table(None, "sinch-gate", timeouts).await.unwrap();
        let hour = span("2026-01-15T18:00:00Z", "2026-01-15T19:00:00Z");
        for id in 0..n {
            let since = SignedDuration::from_millis(id * 3_600_000 / n);
            let at = hour.from.checked_add(since).unwrap();
            let subject = Subject { id: format!("id-{id}"), ..record::sample::subject() };
            let key = RecordKey::new(&subject.app, None, &subject.id);
            let receipt = Happening::Delivery { result: SmsResult::Successful };
            let retention = std::time::Duration::from_secs(3_650 * 86_400);
            store.records().add(&key, &subject, &receipt, retention, at).await.unwrap();
        }
        (engine, store, hour)
    }

    #[tokio::test]
    async fn a_sample_stands_for_all_of_it() {
        let (_engine, store, hour) = store_of(600).await;
        for (wanted, scale) in [(1_000, None), (100, Some(8)), (5, Some(128))] {
            let mut ids = BTreeSet::new();
            let take = |story: &Story| assert!(ids.insert(story.subject.id.clone()));
            let read = read(&store, hour, most(wanted), hour.to, take, |_| {});
            let sampled = read.await.unwrap();
            let found = ids.len() as u64 * sampled.map_or(1, |sampled| sampled.scale);
            match scale {
                None => assert_eq!((sampled, found), (None, 600)),
                Some(scale) => {
                    let sampled = sampled.unwrap();
                    assert!(sampled.scale >= scale / 2 && sampled.scale <= scale * 2, "{sampled:?}");
                    assert_eq!(sampled.read, ids.len());
                    assert!(ids.len() as u64 <= 2 * wanted, "{sampled:?}");
                    assert!(wanted < 100 || (300..900).contains(&found), "{found} by {sampled:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn how_busy_a_span_is_is_told_by_a_few_places() {
        let (_engine, store, hour) = store_of(600).await;
        let about = estimate(&store, hour).await.unwrap();
        assert!((300..900).contains(&about), "{about}");
        let nothing = span("2026-01-14T18:00:00Z", "2026-01-15T18:00:00Z");
        assert_eq!(estimate(&store, nothing).await.unwrap(), 0);
    }
}

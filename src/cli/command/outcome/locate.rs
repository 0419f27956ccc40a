//! Where records are: by a name, which may be a reference or Sinch's id; and in a span of time, latest first.

use jiff::{SignedDuration, Timestamp};

use crate::cli::applications::is_same;
use crate::record::Story;
use crate::signature::AppKey;
use crate::store::{Store, StoreError};

/// How far back an id is looked for.
pub(super) const REACH: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How many records a search looks at. They are read a hundred at a time, so this takes seconds.
const MOST_READ: usize = 20_000;

const HOUR: i64 = 3_600;

/// The records under a reference in these applications, or those with this id.
///
/// # Errors
/// Where the store fails.
pub(super) async fn named_or_with_id(
    store: &Store,
    apps: &[AppKey],
    name: &str,
    now: Timestamp,
) -> Result<Vec<Story>, StoreError> {
    let mut stories = Vec::new();
    for app in apps {
        stories.extend(store.records().stories(app, name, now).await?);
    }
    if stories.is_empty() {
        let from = now.checked_sub(REACH).unwrap_or(Timestamp::MIN);
        stories = with_id(store, apps, name, from, now).await?;
    }
    Ok(stories)
}

/// The records with an id of Sinch's that were first heard of in a span of time.
///
/// # Errors
/// Where the store fails.
pub(super) async fn with_id(
    store: &Store,
    apps: &[AppKey],
    id: &str,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Story>, StoreError> {
    let keys = store.records().with_id(id, from, to).await?;
    let mut stories = store.records().of(keys, to).await?;
    stories.retain(|story| apps.iter().any(|app| is_same(app, &story.subject.app)));
    Ok(stories)
}

/// What a search through a span of time has brought.
#[derive(Debug)]
pub(super) struct Looked {
    /// What was looked for, latest first.
    pub(super) found: Vec<Story>,
    /// How many records were looked at.
    pub(super) n_read: usize,
    /// How far back they reach: to the beginning of the span, unless there were too many.
    pub(super) since: Timestamp,
}

/// Looks at the records of a span of time, the latest hours first, and at a bounded number of them.
///
/// # Errors
/// Where the store fails.
pub(super) async fn look_between(
    store: &Store,
    from: Timestamp,
    to: Timestamp,
    read: impl Fn(usize),
    is_wanted: impl Fn(&Story) -> bool,
) -> Result<Looked, StoreError> {
    let mut looked = Looked { found: Vec::new(), n_read: 0, since: to };
    while looked.since > from && looked.n_read < MOST_READ {
        let end = looked.since;
        let hour = (end.as_millisecond() - 1).div_euclid(HOUR * 1_000) * HOUR;
        let begin = Timestamp::from_second(hour).unwrap_or(from).max(from);
        let mut stories = store.records().between(begin, end);
        while let Some(some) = stories.next(to).await? {
            looked.n_read += some.len();
            read(some.len());
            looked.found.extend(some.into_iter().map(|(_, story)| story).filter(&is_wanted));
        }
        looked.since = begin;
    }
    looked.found.sort_by_key(|story| std::cmp::Reverse(story.begun()));
    Ok(looked)
}

//! All of a long and quiet span, by keys from the whole index.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::{IN_FLIGHT, Most, Span};
use crate::record::Story;
use crate::store::{Indexed, Store, StoreError};

/// How many records are fetched at once.
const BATCH: usize = 400;

/// The keys of all verifications of a span; `None` where they are more than are wanted, or the index is not
/// one to be read from end to end.
pub(super) async fn keys(store: &Store, span: Span, most: Most) -> Result<Option<Vec<Indexed>>, StoreError> {
    let keys = store.records().all_between(span.from, span.to).await?;
    Ok(keys.filter(|keys| keys.len() as u64 <= most.verifications))
}

/// Reads these verifications, in their order.
pub(super) async fn read(
    store: &Store,
    keys: Vec<Indexed>,
    now: Timestamp,
    mut take: impl FnMut(&Story),
    reach: impl Fn(Timestamp),
) -> Result<(), StoreError> {
    let read = stream::iter(keys.chunks(BATCH)).map(async |some: &[Indexed]| {
        let stories = store.records().of(some.iter().map(|one| one.key.clone()), now).await?;
        Ok::<_, StoreError>((stories, some.last().and_then(|last| last.at.parse().ok())))
    });
    let mut read = std::pin::pin!(read.buffered(IN_FLIGHT));
    while let Some((stories, to)) = read.try_next().await? {
        stories.iter().for_each(&mut take);
        to.into_iter().for_each(&reach);
    }
    Ok(())
}

//! Who verified in the last hour: customers, whom a change should not deny unasked.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::event::Status;
use crate::record::{Story, Subject};
use crate::store::{Store, StoreError};

/// How far back. Whoever verified in this time is a customer, and may be about to do so again.
const LATELY: SignedDuration = SignedDuration::from_hours(1);

/// The last minutes are read first, since an attack may have filled the hour.
const JUST_NOW: SignedDuration = SignedDuration::from_mins(5);

/// How many verifications are looked at. Somebody waits for the answer.
const MOST: usize = 3_000;

/// The verifications of the last hour that succeeded.
#[derive(Debug, Default)]
pub(super) struct VerifiedLately {
    pub(super) stories: Vec<Story>,
    /// How many verifications were looked at.
    n_read: usize,
    /// Whether there were more.
    is_part: bool,
}

/// Finds them, one for each number.
///
/// # Errors
/// Where the store fails.
pub(super) async fn verified_lately(store: &Store, now: Timestamp) -> Result<VerifiedLately, StoreError> {
    let before = |span| now.checked_sub(span).unwrap_or(now);
    let (mut found, mut seen) = (VerifiedLately::default(), BTreeSet::new());
    for (from, to) in [(before(JUST_NOW), now), (before(LATELY), before(JUST_NOW))] {
        let mut read = store.records().between(from, to);
        while let Some(stories) = read.next(now).await? {
            found.n_read += stories.len();
            for (_, story) in stories {
                let Subject { app, number: Some(number), .. } = &story.subject else { continue };
                let is_verified = story.status() == Some(&Status::Successful);
                if is_verified && seen.insert((app.clone(), number.as_str().to_owned())) {
                    found.stories.push(story);
                }
            }
            if found.n_read >= MOST {
                found.is_part = true;
                return Ok(found);
            }
        }
    }
    Ok(found)
}

impl VerifiedLately {
    /// `, of the 3000 verifications that were looked at`, where these were not all.
    pub(super) fn part(&self) -> String {
        if self.is_part {
            format!(", of the {} verifications that were looked at", self.n_read)
        } else {
            String::new()
        }
    }
}

//! How a table holds numbers, for commands that are asked about one.

use anyhow::bail;

use super::credentials::not_right;
use crate::config::Config;
use crate::privacy::NumberPrivacy;
use crate::store::{Store, StoreError};

/// How numbers are looked for in a table, by the environment of the tool.
///
/// # Errors
/// Where the environment is wrong, or the gate of the table stores numbers otherwise: every number would be a
/// stranger then. Or where the store fails.
pub(super) async fn privacy_for(store: &Store) -> anyhow::Result<NumberPrivacy> {
    let privacy = Config::privacy_from_environment().map_err(|errors| not_right(&errors))?;
    if let Some(why) = hashed_otherwise(store, &privacy).await? {
        bail!("nothing was looked up: {why}");
    }
    let noted = store.served().await?.numbers;
    if noted.is_some_and(|noted| noted != privacy.mark()) {
        bail!(
            "nothing was looked up: the gate stores numbers in clear, so the hash of one would seem to be \
             new\nhint: unset NUMBER_PRIVACY"
        );
    }
    Ok(privacy)
}

/// Why a number is not found in this form although the table may hold it: its gate hashes numbers, and
/// otherwise. `None` where it does not, or where no gate has noted how it stores them.
///
/// # Errors
/// Where the store fails.
pub(super) async fn hashed_otherwise(
    store: &Store,
    privacy: &NumberPrivacy,
) -> Result<Option<&'static str>, StoreError> {
    let Some(noted) = store.served().await?.numbers else { return Ok(None) };
    if noted == privacy.mark() || noted == NumberPrivacy::Plain.mark() {
        return Ok(None);
    }
    Ok(Some(match privacy {
        NumberPrivacy::Plain => {
            "the table holds hashed numbers, so this one would seem to be new\n\
             hint: set NUMBER_PRIVACY=hashed and NUMBER_HASH_KEY as the function has them"
        }
        NumberPrivacy::Hashed(_) => {
            "the gate hashes numbers with another key than this NUMBER_HASH_KEY\n\
             hint: set NUMBER_HASH_KEY as the function has it"
        }
    }))
}

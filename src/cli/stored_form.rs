//! How a table holds numbers, for commands that are asked about one.

use anyhow::bail;

use super::credentials::not_right;
use crate::config::Config;
use crate::privacy::NumberPrivacy;
use crate::store::Store;

/// How numbers are looked for in a table, by the environment of the tool.
///
/// # Errors
/// Where the environment is wrong, or the gate of the table stores numbers otherwise: every number would be a
/// stranger then. Or where the store fails.
pub(super) async fn privacy_for(store: &Store) -> anyhow::Result<NumberPrivacy> {
    let privacy = Config::privacy_from_environment().map_err(|errors| not_right(&errors))?;
    let Some(noted) = store.served().await?.numbers else { return Ok(privacy) };
    if noted == privacy.mark() {
        return Ok(privacy);
    }
    let is_hashed = noted != NumberPrivacy::Plain.mark();
    match (is_hashed, &privacy) {
        (true, NumberPrivacy::Plain) => bail!(
            "nothing was looked up: the table holds hashed numbers, so this one would seem to be new\n\
             hint: set NUMBER_PRIVACY=hashed and NUMBER_HASH_KEY as the function has them"
        ),
        (true, NumberPrivacy::Hashed(_)) => bail!(
            "nothing was looked up: the gate hashes numbers with another key than this NUMBER_HASH_KEY\n\
             hint: set NUMBER_HASH_KEY as the function has it"
        ),
        (false, _) => bail!(
            "nothing was looked up: the gate stores numbers in clear, so the hash of one would seem to be \
             new\nhint: unset NUMBER_PRIVACY"
        ),
    }
}

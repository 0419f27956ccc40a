//! Putting a policy in force, and saying what came of it.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::app::whose;
use crate::cli::output::{self, Format};
use crate::cli::place::{Whereabouts, when_in_force};
use crate::clock;
use crate::store::{NewVersion, PolicyHistory, Store};

/// A change that was made, in JSON.
#[derive(Serialize)]
struct Applied<'a> {
    app: &'a str,
    version: u64,
    applied_at: Timestamp,
    applied_by: &'a str,
    reason: &'a str,
    /// The version that was in force before; 0 for the built-in policy.
    from: u64,
    place: String,
}

/// Stores a policy, puts it in force, and says where and from when on.
///
/// # Errors
/// Where the store fails, or somebody else was faster.
pub(super) async fn put_in_force(
    store: &Store,
    new: &NewVersion<'_>,
    at: &Whereabouts,
    format: Format,
) -> anyhow::Result<()> {
    let now = clock::now();
    let version = store.policies().apply(new, now).await?;
    output::message(&format!(
        "version {version} is in force for {} in {at}\n{}",
        whose(new.app),
        when_in_force()
    ));
    match format {
        Format::Table => Ok(()),
        Format::Json => output::json(&Applied {
            app: new.app.as_str(),
            version,
            // As the table keeps it.
            applied_at: Timestamp::from_second(now.as_second())?,
            applied_by: new.author,
            reason: new.message,
            from: new.replaces.unwrap_or(PolicyHistory::STARTER),
            place: at.to_string(),
        }),
    }
}

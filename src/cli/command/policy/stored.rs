//! Stored policies as the commands name, find and describe them.

use anyhow::{anyhow, bail};
use sha2::{Digest as _, Sha256};

use crate::cli::app::whose;
use crate::cli::output;
use crate::cli::place::{Whereabouts, when_in_force};
use crate::clock;
use crate::hex::hex;
use crate::signature::{AppKey, AppScope};
use crate::store::{ActivePolicy, NewVersion, PolicyHistory, Store};
use crate::suggest::nearest;

/// The digits of a text's hash that are shown: enough to distinguish the versions of a history.
const SHORT_HASH: usize = 12;

/// The history of an application's policies.
///
/// # Errors
/// Where nothing was ever applied for it, with whose policies there are.
pub(super) async fn history_of(store: &Store, app: &AppScope) -> anyhow::Result<PolicyHistory> {
    let history = store.policies().history(app).await?;
    if !history.versions.is_empty() {
        return Ok(history);
    }
    let known = store.policies().applications().await?;
    if known.is_empty() {
        bail!(
            "no policy was applied yet; the built-in one is in force, which `sinch-gate policy init` \
            writes down"
        );
    }
    let own: Vec<&str> = known.iter().filter_map(AppScope::app).map(AppKey::as_str).collect();
    let help = match nearest(app.as_str(), own.iter().copied()) {
        Some(near) => format!("did you mean --app {near}?"),
        None if own.is_empty() => "only the one for all applications has: leave --app out".to_owned(),
        None => {
            let all = if own.len() < known.len() { "; leave --app out for the one for all" } else { "" };
            format!("there are policies for {}{all}", own.join(", "))
        }
    };
    Err(anyhow!("no policy was ever applied for {}; {help}", whose(app)))
}

/// One version of a history.
///
/// # Errors
/// Where there is no such version, with those that there are.
pub(super) fn version_of(history: &PolicyHistory, version: u64) -> anyhow::Result<&ActivePolicy> {
    history.version(version).ok_or_else(|| {
        let numbers = history.versions.iter().map(|stored| stored.version);
        let there_is = match (numbers.clone().min(), numbers.clone().max()) {
            (Some(first), Some(last)) if first < last => {
                let near = numbers.min_by_key(|known| known.abs_diff(version)).unwrap_or(last);
                format!("there are versions {first} to {last}, the nearest is {near}")
            }
            (Some(only), _) => format!("there is only version {only}"),
            (None, _) => "there is none at all".to_owned(),
        };
        anyhow!("there is no version {version}: {there_is}")
    })
}

/// The version in force.
///
/// # Errors
/// Where none is.
pub(super) fn in_force(history: &PolicyHistory) -> anyhow::Result<&ActivePolicy> {
    let found = history.in_force.and_then(|version| history.version(version));
    found.ok_or_else(|| anyhow!("no version is in force, though some were stored: apply one again"))
}

/// Stores a policy, puts it in force and says where and from when on.
///
/// # Errors
/// Where the store fails, or somebody else was faster.
pub(super) async fn put_in_force(
    store: &Store,
    new: &NewVersion<'_>,
    at: &Whereabouts,
) -> anyhow::Result<()> {
    let version = store.policies().apply(new, clock::now()).await?;
    output::message(&format!(
        "version {version} is in force for {} in {at}\n{}",
        whose(new.app),
        when_in_force()
    ));
    Ok(())
}

/// Reads a version's number as people write it: `12` or `v12`.
///
/// # Errors
/// Where it is none.
pub(super) fn version_number(text: &str) -> anyhow::Result<u64> {
    let digits = text.strip_prefix('v').unwrap_or(text);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.ok_or_else(|| {
        anyhow!("a version is a number, such as 12 or v12; `sinch-gate policy history` has them")
    })
}

/// The SHA-256 of a policy's text, in hexadecimal digits: what `sha256sum` says of the file that was applied.
pub(super) fn hash(source: &str) -> String {
    hex(&Sha256::digest(source))
}

/// The beginning of that hash, for people.
pub(super) fn short_hash(source: &str) -> String {
    hash(source).chars().take(SHORT_HASH).collect()
}

/// Who applied a version, when and why.
pub(super) fn provenance(stored: &ActivePolicy) -> String {
    format!("{} by {}: {}", output::time(stored.applied_at), stored.author, stored.message)
}

//! Policies as the commands name, find and describe them.

use anyhow::{anyhow, bail};
use sha2::{Digest as _, Sha256};

use crate::cli::app::whose;
use crate::cli::applications::Applications;
use crate::cli::output;
use crate::hex::hex;
use crate::policy::Policy;
use crate::signature::{AppKey, AppScope};
use crate::store::{ActivePolicy, PolicyHistory, Store};
use crate::suggest::nearest;

/// What the built-in policy is called where a version is named.
pub(super) const STARTER: &str = "starter";

/// A policy that is or was in force.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version<'a> {
    /// The built-in one, which is in force before any other.
    Starter,
    /// A version of the history.
    Stored(&'a ActivePolicy),
}

impl<'a> Version<'a> {
    /// The version in a table, or the built-in one where there is none.
    pub(super) fn or_starter(stored: Option<&'a ActivePolicy>) -> Self {
        stored.map_or(Self::Starter, Self::Stored)
    }

    /// Its number.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Starter => PolicyHistory::STARTER,
            Self::Stored(stored) => stored.version,
        }
    }

    /// Its text.
    pub(super) fn source(self) -> &'a str {
        match self {
            Self::Starter => Policy::starter_source(),
            Self::Stored(stored) => &stored.source,
        }
    }

    /// What it is called.
    pub(super) fn name(self) -> String {
        name(self.number())
    }

    /// What it is called, and who applied it, when and why.
    pub(super) fn about(self) -> String {
        match self {
            Self::Starter => format!("{} (built in)", self.name()),
            Self::Stored(stored) => format!("{} ({})", self.name(), provenance(stored)),
        }
    }
}

/// What a version is called.
pub(super) fn name(version: u64) -> String {
    match version {
        PolicyHistory::STARTER => "the starter policy".to_owned(),
        version => format!("version {version}"),
    }
}

/// The history of an application's policies; an empty one where nothing was ever applied to the table.
///
/// # Errors
/// Where nothing was ever applied for it, but for others, with whose policies there are.
pub(super) async fn history_of(store: &Store, app: &AppScope) -> anyhow::Result<PolicyHistory> {
    let history = store.policies().history(app).await?;
    if !history.versions.is_empty() || *app == AppScope::All {
        return Ok(history);
    }
    if let AppScope::One(app) = app {
        let meant = Applications::of(store).await?.find(app)?;
        if meant != *app {
            bail!("no policy was ever applied for {app}\nhint: did you mean --app {meant}?");
        }
    }
    let known = store.policies().applications().await?;
    if known.is_empty() {
        return Ok(history);
    }
    let own: Vec<&str> = known.iter().filter_map(AppScope::app).map(AppKey::as_str).collect();
    let help = match nearest(app.as_str(), own.iter().copied()) {
        Some(near) => format!("did you mean --app {near}?"),
        None if own.is_empty() => "leave --app out, since only the one for all applications has".to_owned(),
        None => {
            let all = if own.len() < known.len() { "; leave --app out for the one for all" } else { "" };
            format!("there are policies for {}{all}", own.join(", "))
        }
    };
    Err(anyhow!("no policy was ever applied for {}\nhint: {help}", whose(app)))
}

/// One version of a history.
///
/// # Errors
/// Where there is no such version, with those that there are.
pub(super) fn version_of(history: &PolicyHistory, version: u64) -> anyhow::Result<Version<'_>> {
    if version == PolicyHistory::STARTER {
        return Ok(Version::Starter);
    }
    history.version(version).map(Version::Stored).ok_or_else(|| {
        let numbers = history.versions.iter().map(|stored| stored.version);
        let there_is = match (numbers.clone().min(), numbers.clone().max()) {
            (Some(first), Some(last)) if first < last => {
                let near = numbers.min_by_key(|known| known.abs_diff(version)).unwrap_or(last);
                format!("there are versions {first} to {last}, the nearest is {near}")
            }
            (Some(only), _) => format!("there is only version {only}"),
            (None, _) => "there is only the starter policy, since none was applied yet".to_owned(),
        };
        anyhow!("there is no version {version}: {there_is}")
    })
}

/// The version in force: the built-in one, where nothing was ever applied.
///
/// # Errors
/// Where none is, though some were stored.
pub(super) fn in_force(history: &PolicyHistory) -> anyhow::Result<Version<'_>> {
    if history.versions.is_empty() {
        return Ok(Version::Starter);
    }
    let found = history.in_force.and_then(|version| history.version(version));
    let Some(found) = found else {
        bail!("no version is in force, though some were stored\nhint: apply one again");
    };
    Ok(Version::Stored(found))
}

/// Reads a version's number as people write it: `12`, `v12`, or `starter` for the built-in policy.
///
/// # Errors
/// Where it is none.
pub(super) fn version_number(text: &str) -> anyhow::Result<u64> {
    if text == STARTER {
        return Ok(PolicyHistory::STARTER);
    }
    let digits = text.strip_prefix('v').unwrap_or(text);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.ok_or_else(|| {
        anyhow!(
            "a version is a number, such as 12 or v12, or `starter`; `sinch-gate policy history` has them"
        )
    })
}

/// The SHA-256 of a policy's text, in hexadecimal digits: what `sha256sum` says of the file that was applied.
pub(super) fn hash(source: &str) -> String {
    hex(&Sha256::digest(source))
}

/// Who applied a version, when and why.
pub(super) fn provenance(stored: &ActivePolicy) -> String {
    format!("{} by {}: {}", output::time(stored.applied_at), stored.author, stored.message)
}

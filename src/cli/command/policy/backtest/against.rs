//! The policy that a candidate is compared with.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail};

use super::Named;
use crate::cli::command::policy::stored::{history_of, in_force, version_number, version_of};
use crate::cli::command::policy::{compile, read};
use crate::policy::Policy;
use crate::signature::{AppKey, AppScope};
use crate::store::Store;

/// Where it is.
#[derive(Clone, Debug)]
pub(super) enum Against {
    /// In force.
    Active,
    Version(u64),
    File(PathBuf),
}

impl FromStr for Against {
    type Err = std::convert::Infallible;

    /// A version where it reads as one and no file is called so.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match version_number(text) {
            _ if text == "active" => Self::Active,
            Ok(version) if !Path::new(text).exists() => Self::Version(version),
            _ => Self::File(text.into()),
        })
    }
}

impl Against {
    /// Whether it is in the table.
    pub(super) fn needs_table(&self) -> bool {
        !matches!(self, Self::File(_))
    }

    /// Loads it.
    ///
    /// # Errors
    /// Where it cannot be read, or has mistakes.
    pub(super) async fn load(&self, store: Option<&Store>, app: Option<&AppKey>) -> anyhow::Result<Named> {
        if let Self::File(file) = self {
            let name = file.display().to_string();
            let Some(checked) = compile(file, &read(file)?) else {
                bail!("{name} has mistakes\nhint: fix them first");
            };
            return Ok(Named { name, policy: checked.policy });
        }
        let store = store.context("which table? give --data FILE or --table NAME")?;
        let scope = app.map_or(AppScope::All, |app| AppScope::One(app.clone()));
        let history = history_of(store, &scope).await?;
        let stored = match self {
            Self::Version(version) => version_of(&history, *version)?,
            Self::Active | Self::File(_) => in_force(&history)?,
        };
        let name = stored.name();
        match Policy::compile(stored.source()) {
            Ok(compiled) => Ok(Named { name, policy: compiled.policy }),
            Err(problems) => bail!("{name} does not compile any more: {problems}"),
        }
    }
}

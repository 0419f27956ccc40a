//! Files that a command makes: never in the place of one that is there, which may be what it reads.

use std::fs::{File, OpenOptions};
use std::path::Path;

use anyhow::{Context as _, bail};

/// Says early that there is a file of this name, before the work whose result would be lost.
///
/// # Errors
/// Where there is one.
pub(super) fn must_not_exist(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        bail!("{} exists and stays as it is\nhint: name another file, or move it away", path.display());
    }
    Ok(())
}

/// Makes a file.
///
/// # Errors
/// Where there is one of this name, or it cannot be made.
pub(super) fn make(path: &Path) -> anyhow::Result<File> {
    must_not_exist(path)?;
    // Whoever makes it in between keeps it.
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    made.with_context(|| format!("cannot make {}", path.display()))
}

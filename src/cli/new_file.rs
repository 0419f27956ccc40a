//! Files that a command makes: never in the place of one that is there, which may be what it reads.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Makes a file.
///
/// # Errors
/// Where there is one of this name, or it cannot be made.
pub(super) fn make(path: &Path) -> anyhow::Result<File> {
    let name = path.display();
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{name} exists and stays as it is\nhint: name another file, or move it away")
        }
        Err(error) => Err(error).with_context(|| format!("cannot make {name}")),
    }
}

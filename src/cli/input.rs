//! Files that are read, or standard input where a dash stands for one.

use std::borrow::Cow;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;

/// A file's name for messages.
pub(super) fn name(file: &Path) -> Cow<'_, str> {
    if is_stdin(file) { "standard input".into() } else { file.to_string_lossy() }
}

/// Opens a file, or standard input for `-`.
///
/// # Errors
/// Where it cannot be opened.
pub(super) fn open(file: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    if is_stdin(file) {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", name(file)))?;
    Ok(Box::new(BufReader::new(opened)))
}

/// Whether a file can be read more than once. A pipe is there, and is neither a file nor a folder; what is
/// missing is reported where it is read.
pub(super) fn is_lasting(file: &Path) -> bool {
    !is_stdin(file) && (file.is_file() || file.is_dir() || !file.exists())
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

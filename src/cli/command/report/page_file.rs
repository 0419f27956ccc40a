//! The file of the page, which may replace an older page, and nothing else that is there.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// What every page begins with.
const BEGINS: &str = "<!DOCTYPE html";

/// Says early that the page must not be written to this file, before the work whose result would be lost.
/// `read` are the files and folders that the report reads.
///
/// # Errors
/// Where the file is one of those, or is in a folder of them; or holds something that is not a page.
pub(super) fn must_be_free(file: &Path, read: &[&Path]) -> anyhow::Result<()> {
    let resolved = resolved(file);
    for read in read {
        let Ok(read_from) = read.canonicalize() else { continue };
        if read_from == resolved {
            bail!(
                "{} is what the report reads, and stays as it is\nhint: name another file with --html",
                file.display()
            );
        }
        if resolved.starts_with(&read_from) {
            bail!(
                "{} is in {}, of which the report reads every file\nhint: name a file elsewhere with --html",
                file.display(),
                read.display()
            );
        }
    }
    if !is_page_or_empty(file).with_context(|| format!("cannot read {}", file.display()))? {
        bail!(
            "{} is not a page of a report, and stays as it is\nhint: name another file with --html, or move \
             it away",
            file.display()
        );
    }
    Ok(())
}

/// The one path of a file, which need not exist yet, whatever links lead to it.
fn resolved(file: &Path) -> PathBuf {
    if let Ok(path) = file.canonicalize() {
        return path;
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), file.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => file.to_owned(),
    }
}

/// Whether nothing would be lost but an older page. What is not a file, such as `/dev/stdout`, holds nothing.
fn is_page_or_empty(file: &Path) -> std::io::Result<bool> {
    if !file.is_file() {
        return Ok(true);
    }
    let mut begins = Vec::new();
    std::fs::File::open(file)?.take(BEGINS.len() as u64).read_to_end(&mut begins)?;
    Ok(begins.is_empty() || begins.eq_ignore_ascii_case(BEGINS.as_bytes()))
}

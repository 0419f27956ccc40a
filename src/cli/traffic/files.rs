//! Files of recorded traffic: plain, or compressed by gzip or Zstandard, whatever they are called.

use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::line::LONGEST_LINE;
use super::{Read, Reading};
use crate::cli::input;
use crate::cli::progress::Progress;

/// How many lines are read between two looks at the progress.
const LINES_BETWEEN_LOOKS: u64 = 2_048;

/// How much is read of a line: enough to see that it is too long.
const READ_OF_LINE: u64 = LONGEST_LINE + 1 + BYTE_ORDER_MARK.len() as u64;

/// What some editors put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads files and folders of traffic, one after the other.
///
/// # Errors
/// Where one of them cannot be read, or a line is broken and must not be.
pub(crate) fn read_files(paths: &[PathBuf], mut reading: Reading<'_>) -> anyhow::Result<Read> {
    read_lines(paths, |line, file, n| reading.line(line, || format!("{file}:{n}")))?;
    reading.finish()
}

/// Reads the lines of files and folders, each with the name of its file and its number there.
///
/// # Errors
/// Where one of them cannot be read, or a line is not taken.
pub(super) fn read_lines(
    paths: &[PathBuf],
    mut take: impl FnMut(&[u8], &str, u64) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let files = files_in(paths)?;
    let n_bytes = files.iter().map(|file| std::fs::metadata(file).map_or(0, |file| file.len())).sum();
    let progress = if files.iter().any(|file| file.as_os_str() == "-") {
        Progress::unknown("lines")
    } else {
        Progress::of_bytes(n_bytes)
    };
    for file in &files {
        let counted = Arc::new(AtomicU64::new(0));
        let name = input::name(file);
        let mut lines = open(file, &counted)?;
        let mut line = Vec::new();
        let mut n_lines = 0_u64;
        loop {
            line.clear();
            let length = lines
                .by_ref()
                .take(READ_OF_LINE)
                .read_until(b'\n', &mut line)
                .with_context(|| format!("cannot read {name} after line {n_lines}"))?;
            if length == 0 {
                break;
            }
            n_lines += 1;
            if !line.ends_with(b"\n") {
                // What is left of a line that is too long for any record is a part of it, not a line.
                lines
                    .skip_until(b'\n')
                    .with_context(|| format!("cannot read {name} after line {n_lines}"))?;
            }
            let text = if n_lines == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line) } else { &line };
            take(text, &name, n_lines)?;
            if n_lines.is_multiple_of(LINES_BETWEEN_LOOKS) {
                progress.add_bytes(counted.swap(0, Ordering::Relaxed));
            }
        }
        progress.add_bytes(counted.swap(0, Ordering::Relaxed));
    }
    Ok(())
}

/// The files that are meant: those that are named, and those in folders that are.
fn files_in(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            add_folder(path, &mut files)?;
            if files.len() == before {
                bail!(
                    "there is no traffic in {}\nhint: name the folder with the .json.gz files",
                    path.display()
                );
            }
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// Adds the files of a folder and of those in it, but for what describes an export of DynamoDB.
fn add_folder(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let cannot_read = || format!("cannot read {}", folder.display());
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(cannot_read)?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if entry.is_dir() {
            add_folder(&entry, files)?;
        } else if !name.starts_with("manifest-") && !name.starts_with(['_', '.']) {
            files.push(entry);
        }
    }
    Ok(())
}

/// Opens a file; its first bytes say how it is compressed.
fn open(file: &Path, counted: &Arc<AtomicU64>) -> anyhow::Result<Box<dyn BufRead>> {
    let counted = Counted { inner: input::open(file)?, n_bytes: Arc::clone(counted) };
    let mut bytes = BufReader::new(counted);
    let begins = bytes.fill_buf().with_context(|| format!("cannot read {}", input::name(file)))?;
    Ok(match begins {
        [0x1f, 0x8b, ..] => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(bytes))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Box::new(BufReader::new(Zstandard { frame: Some(StreamingDecoder::new(bytes)?) }))
        }
        _ => Box::new(bytes),
    })
}

/// A file compressed by Zstandard, of one frame or several.
struct Zstandard<R: BufRead> {
    /// The frame that is read; none after the last one.
    frame: Option<StreamingDecoder<R, FrameDecoder>>,
}

impl<R: BufRead> std::io::Read for Zstandard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some(frame) = &mut self.frame {
            let n_bytes = frame.read(buffer)?;
            if n_bytes > 0 || buffer.is_empty() {
                return Ok(n_bytes);
            }
            let mut rest = match self.frame.take() {
                Some(frame) => frame.into_inner(),
                None => break,
            };
            if !rest.fill_buf()?.is_empty() {
                self.frame = Some(StreamingDecoder::new(rest).map_err(std::io::Error::other)?);
            }
        }
        Ok(0)
    }
}

/// A file, and how much of it was read.
struct Counted {
    inner: Box<dyn BufRead>,
    n_bytes: Arc<AtomicU64>,
}

impl std::io::Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        self.n_bytes.fetch_add(u64::try_from(n_bytes).unwrap_or(0), Ordering::Relaxed);
        Ok(n_bytes)
    }
}

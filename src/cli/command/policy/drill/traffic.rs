//! The traffic of a drill, written to a file.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::backtest::{Happens, TrafficEvent};
use crate::cli::new_file;
use crate::record::Traffic;
use crate::verdict::Verdict;

/// A file of traffic.
pub(super) struct TrafficFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl TrafficFile {
    /// Makes the file.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = new_file::make(path)?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// Writes an event.
    pub(super) fn write(&mut self, event: TrafficEvent) -> std::io::Result<()> {
        let TrafficEvent { at, app, happens } = event;
        let line = match happens {
            Happens::Request(request, verdict) => {
                Traffic::of_request(at, app, &request, verdict.unwrap_or(Verdict::Allow))
            }
            Happens::Result(result) => Traffic::of_result(at, app, &result),
            Happens::Delivery(delivered) => Traffic::of_delivery(at, app, &delivered),
        };
        writeln!(self.file, "{}", serde_json::to_string(&line)?)
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.file.flush().with_context(|| format!("cannot write {}", self.path.display()))
    }
}

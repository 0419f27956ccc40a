//! The traffic of a drill, written to a file.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::stories::Stories;
use crate::backtest::{Happens, TrafficEvent};
use crate::cli::new_file;
use crate::record::{Decided, Traffic};
use crate::verdict::Verdict;

/// A file of traffic.
pub(super) struct TrafficFile {
    path: PathBuf,
    file: BufWriter<File>,
    /// The stories of the scenario under way, where stories are written rather than callbacks.
    stories: Option<Stories>,
}

impl TrafficFile {
    /// Makes the file, for stories or for callbacks.
    pub(super) fn create(path: &Path, is_of_stories: bool) -> anyhow::Result<Self> {
        let file = new_file::make(path)?;
        let stories = is_of_stories.then(Stories::default);
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), stories })
    }

    /// Writes an event, or adds it to its story.
    pub(super) fn write(&mut self, event: TrafficEvent, decided: Option<Decided>) -> std::io::Result<()> {
        if let Some(stories) = &mut self.stories {
            stories.take(event, decided);
            return Ok(());
        }
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

    /// Writes the stories of a scenario that is over.
    pub(super) fn end_scenario(&mut self) -> anyhow::Result<()> {
        for story in self.stories.as_mut().map(Stories::take_all).unwrap_or_default() {
            let line = serde_json::to_string(&story)?;
            writeln!(self.file, "{line}").with_context(|| cannot_write(&self.path))?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.file.flush().with_context(|| cannot_write(&self.path))
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

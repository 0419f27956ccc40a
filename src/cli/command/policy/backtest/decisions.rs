//! Each decision of the candidate as a line of JSON.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use crate::backtest::{Happens, Said, TrafficEvent};
use crate::cli::new_file;
use crate::event::Reference;
use crate::policy::Policy;
use crate::signature::AppKey;
use crate::verdict::Verdict;

/// The file that decisions are written to.
pub(super) struct Decisions {
    path: PathBuf,
    file: BufWriter<File>,
    rules: Vec<String>,
}

/// A decision.
#[derive(Serialize)]
struct Line<'a> {
    at: Timestamp,
    app: &'a AppKey,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    would_deny: Vec<&'a str>,
    /// What the policy of that time said, where that was to deny.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict_then: Option<Verdict>,
}

impl Decisions {
    /// Makes the file.
    pub(super) fn create(path: &Path, policy: &Policy) -> anyhow::Result<Self> {
        let file = new_file::make(path)?;
        let rules = policy.rules().iter().map(|rule| rule.id.to_string()).collect();
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file), rules })
    }

    /// Writes what the first side, the candidate, said to an event.
    pub(super) fn write(&mut self, event: &TrafficEvent, said: &[&Said]) -> anyhow::Result<()> {
        let (Happens::Request(request, then), Some(Said::Decided { verdict, rule, would_deny })) =
            (&event.happens, said.first())
        else {
            return Ok(());
        };
        let name = |rule: &usize| self.rules.get(*rule).map(String::as_str);
        let line = Line {
            at: event.at,
            app: &event.app,
            id: request.id.as_str(),
            reference: request.reference.as_ref().map(Reference::as_str),
            verdict: *verdict,
            rule: rule.as_ref().and_then(name),
            would_deny: would_deny.iter().filter_map(name).collect(),
            verdict_then: *then,
        };
        let line = serde_json::to_string(&line)?;
        writeln!(self.file, "{line}").with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Writes what is left.
    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        self.file.flush().with_context(|| format!("cannot write {}", self.path.display()))
    }
}

//! Lists of numbers in files, for commands that replay traffic.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::command::list::{list_name, read_text};
use crate::cli::output;
use crate::clock;
use crate::list::{Defaults, ListEntry, Remark, read_file};
use crate::policy::{Policy, Question};
use crate::suggest::nearest;

/// The most mistakes of a file that are shown.
const MOST_SHOWN: usize = 10;

/// The lists that are given.
#[derive(Clone, Debug, Args)]
pub(super) struct GivenLists {
    /// A list as a file, such as blocklist=blocklist.csv, in the form of `list export`; it takes the place of
    /// the table's
    #[arg(long, value_name = "LIST=FILE", num_args = 1.., value_parser = given)]
    lists: Vec<(String, PathBuf)>,
}

impl GivenLists {
    /// Their entries.
    ///
    /// # Errors
    /// Where a file cannot be read, or has mistakes.
    pub(super) fn read(&self) -> anyhow::Result<Vec<ListEntry>> {
        let mut entries = Vec::new();
        for (list, file) in &self.lists {
            let name = file.display();
            let defaults =
                Defaults { list, reason: Some("given"), author: "given", expires_at: None, country: None };
            let read = read_file(&read_text(file)?, &defaults, clock::now());
            let said =
                |remark: &Remark| format!("{name}:{}:{}: {}", remark.line, remark.column, remark.message);
            read.notes.iter().for_each(|note| output::message(&format!("note: {}", said(note))));
            if !read.mistakes.is_empty() {
                let mistakes: Vec<String> = read.mistakes.iter().take(MOST_SHOWN).map(said).collect();
                bail!("{}\nhint: `sinch-gate list export {list}` writes such a file", mistakes.join("\n"));
            }
            entries.extend(read.entries);
        }
        Ok(entries)
    }

    /// These lists, and those of a table that are not given.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn and(&self, of_table: Vec<ListEntry>) -> anyhow::Result<Vec<ListEntry>> {
        let names = self.names();
        let mut entries = self.read()?;
        entries.extend(of_table.into_iter().filter(|entry| !names.contains(entry.list.as_str())));
        Ok(entries)
    }

    fn names(&self) -> BTreeSet<&str> {
        self.lists.iter().map(|(list, _)| list.as_str()).collect()
    }

    /// Says which of these lists no rule looks at.
    ///
    /// # Errors
    /// Where the name of one is written like that of a list that rules do look at.
    pub(super) fn check(&self, policies: &[&Policy]) -> anyhow::Result<()> {
        let rules = policies.iter().flat_map(|policy| policy.rules());
        let asked: BTreeSet<&str> = rules
            .filter_map(|rule| match &rule.question {
                Question::List(list) => Some(list.as_str()),
                _ => None,
            })
            .collect();
        for list in self.names().into_iter().filter(|list| !asked.contains(list)) {
            if let Some(meant) = nearest(list, asked.iter().copied()) {
                bail!("no rule looks at a list `{list}`\nhint: write --lists {meant}=FILE");
            }
            output::message(&format!(
                "note: no rule looks at a list `{list}`, so what is on it has no effect"
            ));
        }
        Ok(())
    }

    /// Says which rules look at lists that are not known, where no table has them.
    pub(super) fn warn(&self, policy: &Policy, has_table: bool) {
        let names = self.names();
        let is_unknown = |question: &Question| match question {
            Question::List(list) => !has_table && !names.contains(list.as_str()),
            _ => false,
        };
        let rules = policy.rules().iter().filter(|rule| is_unknown(&rule.question));
        let rules: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
        if !rules.is_empty() {
            output::message(&format!(
                "note: no list is known to {}, so these rules never match\nhint: give the lists with --lists \
                 LIST=FILE, or the table that has them",
                rules.join(", ")
            ));
        }
    }
}

/// Reads `blocklist=blocklist.csv`.
fn given(text: &str) -> anyhow::Result<(String, PathBuf)> {
    let (list, file) = text.split_once('=').context("write LIST=FILE, such as blocklist=blocklist.csv")?;
    Ok((list_name(list)?, file.into()))
}

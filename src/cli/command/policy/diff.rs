//! `policy diff`: what changes from one policy to another.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use similar::TextDiff;

use super::changes::changes;
use super::stored::{Version, history_of, in_force, version_number, version_of};
use super::{For, base_version, compile, read};
use crate::cli::Exit;
use crate::cli::output::{self, Format, colour};
use crate::cli::place::Place;
use crate::store::PolicyHistory;

/// Show what changes from one policy to another, rule by rule and as text.
///
/// With one file or version, what would change if it came into force; with two, what changes from the first
/// to the second; with none, what the last change was. Exit code 2 means that they differ.
///
/// A line of JSON is a change: `change` (added, removed, moved or changed), the `rule` and the `key` where it
/// has them, `from` and `to` in TOML or as places from 1, and the same in words as `text`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate policy diff policy.toml --data gate.db")]
pub(in crate::cli) struct Diff {
    /// Files, or versions of the history such as 3, v3 or starter
    #[arg(value_name = "FILE|VERSION", num_args = 0..=2)]
    sides: Vec<String>,
    #[command(flatten)]
    whose: For,
    #[command(flatten)]
    place: Place,
    /// The form of the output; JSON has the changes rule by rule
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// One of the two policies.
enum Side {
    InForce,
    /// The one that was in force before the one that is.
    BeforeThat,
    Version(u64),
    File(PathBuf),
}

/// A policy's text, and what it is called.
struct Text {
    name: String,
    about: String,
    source: String,
}

impl Diff {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let sides = match self.sides.as_slice() {
            [] => [Side::BeforeThat, Side::InForce],
            [new] => [Side::InForce, Side::of(new)],
            [old, new, ..] => [Side::of(old), Side::of(new)],
        };
        // Two files need no table.
        let history = if sides.iter().any(|side| !matches!(side, Side::File(_))) {
            self.place.with_existing_store(async |store| history_of(store, &self.whose.app).await).await?
        } else {
            PolicyHistory::default()
        };
        let [old, new] = sides.map(|side| side.text(&history));
        compare(&old?, &new?, self.format)
    }
}

impl Side {
    /// A version where it reads as one and no file is called so.
    fn of(written: &str) -> Self {
        match version_number(written) {
            Ok(version) if !Path::new(written).exists() => Self::Version(version),
            _ => Self::File(written.into()),
        }
    }

    fn text(self, history: &PolicyHistory) -> anyhow::Result<Text> {
        let version = match self {
            Self::File(file) => {
                let source = read(&file)?;
                let name = file.display().to_string();
                if compile(&file, &source).is_none() {
                    bail!("{name} has mistakes\nhint: fix them first");
                }
                let source = base_version::split(&source).1.to_owned();
                return Ok(Text { about: name.clone(), name, source });
            }
            Self::InForce => in_force(history)?,
            Self::BeforeThat => {
                let Version::Stored(stored) = in_force(history)? else {
                    bail!("no policy was applied yet\nhint: give a FILE to compare with the starter policy");
                };
                version_of(history, stored.replaces.unwrap_or(PolicyHistory::STARTER))?
            }
            Self::Version(version) => version_of(history, version)?,
        };
        let is_in_force = in_force(history).is_ok_and(|active| active.number() == version.number());
        let state = if is_in_force { ", in force" } else { "" };
        let about = format!("{}{state}", version.about());
        Ok(Text { name: version.name(), about, source: version.source().to_owned() })
    }
}

fn compare(old: &Text, new: &Text, format: Format) -> anyhow::Result<Exit> {
    output::message(&format!("from {}\nto {}", old.about, new.about));
    if old.source == new.source {
        output::message("there is no difference");
        return Ok(Exit::Done);
    }
    let changes = changes(&old.source, &new.source);
    if changes.is_empty() {
        output::message("the rules are the same; only comments, layout or spelling differ");
    }
    match format {
        Format::Json => changes.iter().try_for_each(output::json)?,
        Format::Table => {
            changes.iter().for_each(|change| output::line(&change.to_string()));
            if !changes.is_empty() {
                output::line("");
            }
            let diff = TextDiff::from_lines(&old.source, &new.source);
            let text = diff.unified_diff().header(&old.name, &new.name).to_string();
            text.lines().for_each(|line| output::line(&coloured(line)));
        }
    }
    Ok(Exit::Found)
}

/// Green for what is new, red for what is gone; the signs in front say the same.
fn coloured(line: &str) -> String {
    match line.chars().next() {
        Some('+') => colour::good(line),
        Some('-') => colour::bad(line),
        _ => line.to_owned(),
    }
}

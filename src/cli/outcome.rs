//! `sinch-gate outcome`: the story behind a reference.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::Exit;
use super::credentials::SAMPLE_KEY;
use super::output::{self, Format};
use super::place::Place;
use crate::clock;
use crate::record::{Happening, Story};

/// How long the tool waits for the table.
const TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, Subcommand)]
pub(super) enum Outcome {
    /// Tell the story of one verification
    Show(Show),
}

/// Tell the story of one verification: what was asked, what was decided and why, how it went.
///
/// Exit code 2 means that nothing is recorded under that reference.
///
/// Example:
///   sinch-gate outcome show order-1001 --data gate.db
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Show {
    /// The reference that was given at the start; Sinch's id where none was given
    reference: String,
    /// The application key; the samples' if not given
    #[arg(long, value_name = "KEY", env = "SINCH_APPLICATION_KEY", default_value = SAMPLE_KEY)]
    app: String,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Outcome {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Show(show) => show.run().await,
        }
    }
}

impl Show {
    async fn run(self) -> anyhow::Result<Exit> {
        let opened = self.place.open(TIMEOUT).await?;
        let stories = opened.store.stories(&self.app, &self.reference, clock::now()).await?;
        opened.close().await;
        if stories.is_empty() {
            output::message(&format!(
                "nothing is recorded under `{}` for application {}; where the start gave no reference, ask for Sinch's id",
                self.reference, self.app
            ));
            return Ok(Exit::Found);
        }
        for story in &stories {
            match self.format {
                Format::Json => output::json(story)?,
                Format::Table => tell(story),
            }
        }
        Ok(Exit::Done)
    }
}

/// Prints a story as lines of time and event.
pub(super) fn tell(story: &Story) {
    let subject = &story.subject;
    let unknown = || "unknown".to_owned();
    output::line(&format!(
        "{}  {} {}  id {}",
        subject.reference.as_deref().unwrap_or("(no reference)"),
        subject.number.clone().unwrap_or_else(unknown),
        subject.method.clone().unwrap_or_else(unknown),
        subject.id,
    ));
    for line in lines(story) {
        output::line(&format!("  {line}"));
    }
}

/// The story's lines, in the order of time.
fn lines(story: &Story) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(decided) = &story.decision {
        let rule = decided.rule.as_deref().map(|rule| format!(" by rule {rule}")).unwrap_or_default();
        lines.push(format!(
            "{:.3}  {}{rule}: {} (policy {})",
            decided.at, decided.verdict, decided.reason, decided.policy
        ));
        for quota in &decided.quotas {
            lines.push(format!("{:24}  quota {}: {} of {}", "", quota.rule, quota.total, quota.limit));
        }
        for monitor in &decided.monitors {
            lines.push(format!("{:24}  monitor rule {} would {}", "", monitor.rule, monitor.verdict));
        }
        lines.extend(decided.notes.iter().map(|note| format!("{:24}  note: {note}", "")));
    } else {
        lines.push("no request was seen".to_owned());
    }
    for heard in &story.heard {
        let what = match &heard.happening {
            Happening::Result { status, reason, source } => {
                let reason = reason.as_deref().map(|reason| format!(", {reason}")).unwrap_or_default();
                let source = source.as_deref().map(|source| format!(", {source}")).unwrap_or_default();
                format!("result {status}{reason}{source}")
            }
            Happening::Delivery { result } => format!("SMS delivery {result}"),
        };
        lines.push(format!("{:.3}  {what}", heard.at));
    }
    lines
}

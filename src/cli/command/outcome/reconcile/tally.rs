//! What came of a run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::output::{self, Format};
use crate::signature::AppKey;

/// The verifications of a span, counted by what became of them.
#[derive(Debug, Default, Serialize)]
pub(super) struct Tally {
    /// Questions to Sinch.
    pub(super) asked: usize,
    /// By status: how those ended that Sinch was asked about.
    pub(super) settled: BTreeMap<String, usize>,
    /// Failed by a wrong code, and Sinch says that this was the end.
    pub(super) confirmed: usize,
    /// Settled earlier, and their price became known now.
    pub(super) priced: usize,
    /// Not over yet.
    pub(super) pending: usize,
    /// Sinch does not know them, though they have lived their time.
    pub(super) not_found: usize,
    /// The answer was about something else, and was not used.
    pub(super) mismatched: usize,
    /// Sinch said one thing when it was asked, and another by callback or later.
    pub(super) contradicted: usize,
    /// No answer, or none that makes sense.
    pub(super) failed: usize,
    /// Left for the next run, since questions before theirs failed.
    pub(super) postponed: usize,
    /// Asked about in an earlier run, and not due again.
    pub(super) waiting: usize,
    /// Denied here, so that there is nothing to ask.
    pub(super) denied: usize,
    /// By application key: not asked about, since its secret is not known.
    pub(super) without_secret: BTreeMap<AppKey, usize>,
    /// Not asked about, since their number is hashed and the key of the hashes is not known.
    pub(super) without_hash_key: usize,
    /// Not asked about, since their id cannot be sent.
    pub(super) unaskable: usize,
}

/// The tally of a span.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) dry_run: bool,
    #[serde(flatten)]
    pub(super) tally: &'a Tally,
}

impl Tally {
    /// Whether there is something that somebody must look at.
    pub(super) fn has_findings(&self) -> bool {
        let found =
            [self.not_found, self.mismatched, self.contradicted, self.without_hash_key, self.unaskable];
        found.into_iter().any(|n| n > 0) || !self.without_secret.is_empty()
    }

    /// What to do about what was found, beyond the lines that report each.
    fn advice(&self) -> Vec<String> {
        let mut advice: Vec<String> = self
            .without_secret
            .iter()
            .map(|(app, n)| {
                format!(
                    "{n} of application {app} not asked about, since its secret is not known; name it in \
                     SINCH_APPLICATIONS, or give --key and --secret"
                )
            })
            .collect();
        if self.without_hash_key > 0 {
            advice.push(format!(
                "{} not asked about, since their numbers are hashed and an answer could not be compared; set \
                 NUMBER_PRIVACY and NUMBER_HASH_KEY as for the function",
                self.without_hash_key
            ));
        }
        advice
    }
}

impl Summary<'_> {
    /// Prints the summary, and what to do.
    ///
    /// # Errors
    /// Where it has no JSON form.
    pub(super) fn print(&self, format: Format) -> anyhow::Result<()> {
        match format {
            Format::Json => output::json(self)?,
            Format::Table => self.print_table(),
        }
        self.tally.advice().iter().for_each(|line| output::message(line));
        Ok(())
    }

    fn print_table(&self) {
        let tally = self.tally;
        let dry = if self.dry_run { ", a dry run: nothing is recorded" } else { "" };
        output::line(&format!("{} to {}{dry}", output::time(self.from), output::time(self.to)));
        let settled: Vec<String> = tally.settled.iter().map(|(status, n)| format!("{status} {n}")).collect();
        let n_settled: usize = tally.settled.values().sum();
        let settled =
            if settled.is_empty() { "0".to_owned() } else { format!("{n_settled}: {}", settled.join(", ")) };
        let without_secret = tally.without_secret.values().sum();
        let mut table = output::columns();
        table.add_row(["  asked", &tally.asked.to_string()]);
        table.add_row(["  settled", &settled]);
        let counts = [
            ("confirmed", tally.confirmed),
            ("priced", tally.priced),
            ("still open", tally.pending),
            ("not found", tally.not_found),
            ("mismatched", tally.mismatched),
            ("contradicted", tally.contradicted),
            ("failed", tally.failed),
            ("left for the next run", tally.postponed),
            ("not due again", tally.waiting),
            ("denied here", tally.denied),
            ("without secret", without_secret),
            ("without hash key", tally.without_hash_key),
            ("not askable", tally.unaskable),
        ];
        for (name, n) in counts.into_iter().filter(|(_, n)| *n > 0) {
            table.add_row([format!("  {name}"), n.to_string()]);
        }
        output::print(table);
    }
}

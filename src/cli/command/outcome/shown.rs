//! A story with what stands around it and what it comes down to, as it is shown.

use jiff::Timestamp;
use serde::Serialize;

use super::background::{Background, RuleThen, whose};
use super::conclusion::{Conclusion, conclude};
use super::story::tell;
use crate::cli::local_time::Times;
use crate::cli::output::{self, colour};
use crate::event::Status;
use crate::list::ListEntry;
use crate::record::{Decided, Story};
use crate::store::{Store, StoreError};
use crate::verdict::Verdict;

/// How many other attempts are shown to people; JSON has all.
const MOST_OTHERS: usize = 8;

/// A story, what stands around it, and what nobody should overlook in it.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    #[serde(flatten)]
    story: &'a Story,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contradiction: Vec<&'a Status>,
    #[serde(flatten)]
    conclusion: Conclusion,
    #[serde(rename = "rule_then", skip_serializing_if = "Option::is_none")]
    rule: Option<RuleThen>,
    #[serde(rename = "list_entry", skip_serializing_if = "Option::is_none")]
    entry: Option<ListEntry>,
    others: Vec<Other>,
}

/// Another verification of the same number.
#[derive(Serialize)]
pub(super) struct Other {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

impl<'a> Shown<'a> {
    /// Asks a table for what stands around a story.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn of(store: &Store, story: &'a Story, now: Timestamp) -> Result<Self, StoreError> {
        let background = Background::of(store, story, now).await?;
        let conclusion = conclude(story, &background, now);
        let others = background.others.iter().map(Other::of).collect();
        let Background { rule, entry, .. } = background;
        Ok(Self { story, contradiction: story.contradiction(), conclusion, rule, entry, others })
    }

    pub(super) fn print(&self, times: &Times) {
        output::line(&format!("application {}", self.story.subject.app));
        let id = self.story.decision.as_ref().and_then(|decided| decided.rule.as_deref()).unwrap_or_default();
        let rule = self.rule.as_ref().map(|rule| format!("rule {id}, in {}: {}", whose(rule), rule.text));
        tell(self.story, rule.into_iter().collect(), times);
        output::line("");
        output::prose(&times.within(&self.conclusion.text));
        self.conclusion.hints.iter().for_each(|hint| output::prose(&times.within(&format!("hint: {hint}"))));
        if self.others.is_empty() {
            return;
        }
        output::line("\nother attempts of the number:");
        let mut table = output::columns();
        for other in self.others.iter().take(MOST_OTHERS) {
            let name = other.reference.as_ref().unwrap_or(&other.id);
            let at = other.at.map(output::time).unwrap_or_default();
            table.add_row([format!("  {}", times.within(&at)), output::one_line(name), other.in_words()]);
        }
        output::print(table);
    }
}

impl Other {
    pub(super) fn of(story: &Story) -> Self {
        let decided = story.decision.as_ref();
        Self {
            at: story.begun(),
            id: story.subject.id.clone(),
            reference: story.subject.reference.clone(),
            verdict: decided.map(|decided| decided.verdict),
            rule: decided.and_then(|decided: &Decided| decided.rule.clone()),
            status: story.status().cloned(),
        }
    }

    /// `deny by cooldown`, `allow, SUCCESSFUL`
    pub(super) fn in_words(&self) -> String {
        let verdict = self.verdict.map_or_else(|| "not asked".to_owned(), colour::verdict);
        let rule = self.rule.as_ref().map(|rule| format!(" by {rule}")).unwrap_or_default();
        let status = self.status.as_ref().map(|status| format!(", {status}")).unwrap_or_default();
        format!("{verdict}{rule}{status}")
    }
}

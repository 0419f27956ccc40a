//! An explanation, and how it is shown.

use serde::Serialize;

use crate::cli::built_in::BUILT_IN;
use crate::cli::output::{self, colour};
use crate::record::Decided;
use crate::signature::{AppKey, AppScope};
use crate::verdict::Verdict;

/// The explanation in JSON.
#[derive(Serialize)]
pub(super) struct Explained {
    /// Whose numbers these are; absent where no table was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<AppKey>,
    /// Whose policy of the table decides: that application's, or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_app: Option<String>,
    pub(super) policy: String,
    pub(super) verdict: Verdict,
    /// The rule that decided; nothing where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    reason: String,
    /// The body of the reply to Sinch.
    answer: serde_json::Value,
    rules: Vec<ExplainedRule>,
    notes: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct ExplainedRule {
    pub(super) rule: String,
    /// What became of it: `decided`, `monitors`, `responds`, `quiet`, `skipped` or `not_reached`.
    pub(super) course: &'static str,
    pub(super) text: String,
}

impl Explained {
    /// An explanation of what was decided, with the body of the reply.
    ///
    /// # Errors
    /// Where the reply is not JSON.
    pub(super) fn new(
        app: Option<AppKey>,
        policy_scope: Option<AppScope>,
        decided: Decided,
        answer: String,
        rules: Vec<ExplainedRule>,
    ) -> anyhow::Result<Self> {
        let Decided { verdict, rule, reason, notes, policy, .. } = decided;
        Ok(Self {
            app,
            policy_app: policy_scope.map(|scope| scope.to_string()),
            policy,
            verdict,
            rule,
            reason,
            answer: serde_json::from_str(&answer)?,
            rules,
            notes,
        })
    }

    pub(super) fn print(&self) {
        if let Some(app) = &self.app {
            output::line(&format!("application {app}, decided by {}\n", self.whose_policy()));
        }
        let mut table = output::table(["", "rule", "what became of it"]);
        for (place, rule) in (1..).zip(&self.rules) {
            table.add_row([&format!("{place}"), &rule.rule, &rule.text]);
        }
        output::print(table);
        let by = self.rule.as_ref().map(|rule| format!(" by rule {rule}")).unwrap_or_default();
        output::line(&format!("\n{}{by}: {}", colour::verdict(self.verdict), self.reason));
        output::line(&format!("answer: {}", self.answer));
        self.notes.iter().for_each(|note| output::line(&format!("note: {note}")));
    }

    /// `version 3 for all applications`
    fn whose_policy(&self) -> String {
        let version = self.policy.trim_start_matches('v');
        match self.policy_app.as_deref() {
            Some("*") => format!("version {version} for all applications"),
            Some(_) => format!("version {version} of its own policy"),
            None if self.policy == "starter" => format!("{BUILT_IN}, since none was applied"),
            None => format!("{}, with the lists and counters of this table", self.policy),
        }
    }
}

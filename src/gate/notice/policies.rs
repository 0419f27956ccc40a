//! Policies come into force, or cannot. None of it is counted: how old the policy in force is shows in its
//! metric.

use std::fmt::Display;

use crate::signature::AppScope;

/// What became of a policy of the table.
pub(in crate::gate) enum PolicyNews<'a> {
    /// It is compiled, and comes into force.
    InForce { policy: &'a str },
    /// Its item or its text cannot be read; the version is named where it is known.
    Unreadable { app: &'a AppScope, policy: Option<&'a str>, problem: Option<&'a str> },
    /// The table no longer has it.
    Gone { app: &'a AppScope, policy: &'a str },
    /// The thread that was to compile it failed.
    NotCompiled { error: &'a dyn Display },
}

impl PolicyNews<'_> {
    /// Writes the line.
    pub(in crate::gate) fn log(&self) {
        match *self {
            Self::InForce { policy } => tracing::info!(policy, "policy in force"),
            Self::Unreadable { app, policy, problem } => tracing::error!(
                app = app.as_str(),
                policy,
                problem,
                "stored policy cannot be read; the one before it stays in force"
            ),
            Self::Gone { app, policy } => tracing::error!(
                app = app.as_str(),
                policy,
                "stored policy is gone; the last known one stays in force here, but not where a process \
                 starts anew: apply it again"
            ),
            Self::NotCompiled { error } => {
                tracing::error!(%error, "stored policy cannot be compiled; the one before it stays in force");
            }
        }
    }
}

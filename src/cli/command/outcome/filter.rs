//! Which decisions to show.

use clap::Args;

use crate::cli::app_filter::AppFilter;
use crate::cli::applications::warn_of_unknown;
use crate::cli::{app, country};
use crate::phone::Country;
use crate::record::{Decided, Story};
use crate::signature::AppKey;
use crate::store::{Store, StoreError};
use crate::verdict::Verdict;

/// Which decisions to show; all that are given must match.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Filter {
    /// Only numbers of this country, such as SE
    #[arg(long, value_name = "CODE", value_parser = country::parse)]
    country: Option<Country>,
    /// Only this verdict: allow or deny
    #[arg(long, value_name = "VERDICT")]
    verdict: Option<Verdict>,
    /// Only what this rule decided, or would have decided where it is in monitor mode
    #[arg(long, value_name = "ID")]
    rule: Option<String>,
    /// Only this application; all if not given
    #[arg(long, value_name = "KEY", value_parser = app::key())]
    app: Option<AppKey>,
}

impl Filter {
    /// The application that is asked for, which `matches` leaves to it.
    pub(super) fn of_app(&self) -> AppFilter<'_> {
        AppFilter::new(self.app.as_ref())
    }

    /// Says so where the application that is asked for is not known.
    ///
    /// # Errors
    /// Where the store fails.
    pub(super) async fn warn_of_unknown(&self, store: &Store) -> Result<(), StoreError> {
        warn_of_unknown(store, self.app.as_ref()).await
    }

    /// The rule that is asked for.
    pub(super) fn rule(&self) -> Option<&str> {
        self.rule.as_deref()
    }

    pub(super) fn matches(&self, story: &Story, decided: &Decided) -> bool {
        self.country.is_none_or(|wanted| story.subject.country == Some(wanted.into()))
            && self.verdict.is_none_or(|wanted| decided.verdict == wanted)
            && self.rule.as_ref().is_none_or(|wanted| concerns(decided, wanted))
    }
}

/// Whether a rule decided, or would have where it only monitors.
fn concerns(decided: &Decided, rule: &str) -> bool {
    decided.rule.as_deref() == Some(rule) || decided.monitors.iter().any(|hit| hit.rule == rule)
}

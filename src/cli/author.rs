//! Who makes a change, for those who read the history later.

use anyhow::bail;
use clap::Args;

use super::place::Place;

/// Names of users that many people share, so that they do not say who it was.
const SHARED: [&str; 8] =
    ["root", "admin", "ubuntu", "ec2-user", "ssm-user", "cloudshell-user", "runner", "nobody"];

/// Who makes a change.
#[derive(Clone, Debug, Args)]
pub(super) struct Author {
    /// Who makes the change; the user or, where that says nothing, the AWS identity if not given
    #[arg(long, value_name = "NAME", env = "SINCH_GATE_AUTHOR", hide_env_values = true)]
    author: Option<String>,
}

impl Author {
    /// The name that was given; or else the user's; or else, as in a container, a scheduled job or a shared
    /// account, the AWS identity whose credentials change the table. A change by nobody is refused.
    ///
    /// # Errors
    /// Where nothing says who it is.
    pub(super) async fn name(&self, place: &Place) -> anyhow::Result<String> {
        if let Some(given) = self.author.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            return Ok(given.to_owned());
        }
        let user = user();
        if let Some(user) = user.as_deref().filter(|user| !SHARED.contains(user)) {
            return Ok(user.to_owned());
        }
        let problem = match (place.caller().await, user) {
            (Ok(Some(identity)), _) => return Ok(identity),
            // Better than nothing.
            (_, Some(shared)) => return Ok(shared),
            (Ok(None), None) => String::new(),
            (Err(error), None) => format!(", and AWS STS does not say it either: {error:#}"),
        };
        bail!(
            "nothing changed: who makes the change? USER is not set{problem}\n\
             hint: give --author NAME, or set SINCH_GATE_AUTHOR"
        )
    }
}

/// The name of the user of this computer.
#[expect(clippy::disallowed_methods, reason = "the user's name stands only in the environment")]
fn user() -> Option<String> {
    let named = |name| std::env::var(name).ok().filter(|user| !user.trim().is_empty());
    ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(named)
}

//! The gate's configuration, as this environment has it.

use super::check::Check;
use crate::cli::hint;
use crate::config::{ConfigErrors, GateConfig};
use crate::endpoint::SignedPath;

const NAME: &str = "configuration";

/// Reports the configuration; `samples` where no application is set and those of the samples stand in.
pub(super) fn check(config: &Result<(GateConfig, bool), ConfigErrors>) -> Check {
    match config {
        Err(errors) => {
            let problems: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
            Check::found(
                NAME,
                hint::join(&problems, "; "),
                "set it here as it is set for the function, then run this again",
            )
        }
        Ok((config, samples)) => {
            let apps: Vec<String> = config.apps().iter().map(ToString::to_string).collect();
            let apps = apps.join(", ");
            let path = match &config.recognition.signed_path {
                SignedPath::Received => "signed as received".to_owned(),
                SignedPath::Served(path) => format!("{path}, from CALLBACK_PATH"),
                SignedPath::Rewritten(path) => format!("{path}, from CALLBACK_URL"),
            };
            if *samples {
                Check::ok(NAME, format!("application {apps}, that of the samples; path {path}"))
                    .advise("for your own, set the function's variables here")
            } else {
                let noun = if config.apps().len() == 1 { "application" } else { "applications" };
                Check::ok(NAME, format!("{noun} {apps}; path {path}"))
            }
        }
    }
}

//! The applications and their secrets: `SINCH_APPLICATION_KEY` and `SINCH_APPLICATION_SECRET` for one, or
//! `SINCH_APPLICATIONS` for several, or for two secrets while one replaces the other.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ConfigProblem;
use crate::signature::{AppKey, AppSecret, Keyring};

const ONE_KEY: &str = "SINCH_APPLICATION_KEY";
const ONE_SECRET: &str = "SINCH_APPLICATION_SECRET";
const SEVERAL: &str = "SINCH_APPLICATIONS";

/// One secret, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Secrets {
    One(String),
    Several(Vec<String>),
}

/// The keyring, and what is wrong with the variables it comes from.
pub(super) fn read(
    key: Option<String>,
    secret: Option<String>,
    several: Option<String>,
) -> (Keyring, Vec<ConfigProblem>) {
    let mut problems = Vec::new();
    let mut pairs: Vec<(&'static str, &'static str, String, String)> = Vec::new();
    match (key, secret) {
        (Some(key), Some(secret)) => pairs.push((ONE_KEY, ONE_SECRET, key, secret)),
        (Some(_), None) => problems.push(problem(
            ONE_SECRET,
            "is not set\nhint: copy it from the Sinch dashboard, \
            or use SINCH_APPLICATIONS",
        )),
        (None, Some(_)) => problems.push(problem(
            ONE_KEY,
            "is not set\nhint: copy it from the Sinch dashboard, or \
            use SINCH_APPLICATIONS",
        )),
        (None, None) if several.is_none() => problems.push(problem(
            ONE_KEY,
            "is not set\nhint: copy key and secret of the application from the Sinch dashboard into \
             SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET",
        )),
        (None, None) => {}
    }
    if let Some(several) = several {
        match serde_json::from_str::<BTreeMap<String, Secrets>>(&several) {
            Ok(applications) if applications.is_empty() => {
                problems.push(problem(SEVERAL, "names no application"));
            }
            Ok(applications) => pairs.extend(applications.into_iter().flat_map(|(key, secrets)| {
                let secrets = match secrets {
                    Secrets::One(secret) => vec![secret],
                    Secrets::Several(secrets) => secrets,
                };
                secrets.into_iter().map(move |secret| (SEVERAL, SEVERAL, key.clone(), secret))
            })),
            Err(_) => problems.push(problem(
                SEVERAL,
                r#"is not JSON of the form {"<application key>": ["<secret>", …], …}"#,
            )),
        }
    }
    let mut usable = Vec::new();
    for (key_variable, secret_variable, key, secret) in pairs {
        let key = key
            .parse::<AppKey>()
            .map_err(|error| problems.push(problem(key_variable, format!("is not usable: {error}"))));
        let secret = secret
            .parse::<AppSecret>()
            .map_err(|error| problems.push(problem(secret_variable, format!("is not usable: {error}"))));
        if let (Ok(key), Ok(secret)) = (key, secret) {
            usable.push((key, secret));
        }
    }
    (Keyring::from_iter(usable), problems)
}

fn problem(variable: &'static str, problem: impl Into<String>) -> ConfigProblem {
    ConfigProblem { variable, problem: problem.into() }
}

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

/// A key and a secret as they were written, and the variables that they stand in.
struct Pair {
    key: (&'static str, String),
    secret: (&'static str, String),
}

/// The keyring, and what is wrong with the variables it comes from.
pub(super) fn read(
    key: Option<String>,
    secret: Option<String>,
    several: Option<String>,
) -> (Keyring, Vec<ConfigProblem>) {
    let mut problems = Vec::new();
    let is_alone = several.is_none();
    let mut pairs: Vec<Pair> = read_one(key, secret, is_alone, &mut problems).into_iter().collect();
    if let Some(several) = several {
        pairs.extend(read_several(&several, &mut problems));
    }
    let usable = pairs.into_iter().filter_map(|pair| usable(&pair, &mut problems)).collect();
    (usable, problems)
}

/// The application of the two variables for one, which must be set where those for several are not.
fn read_one(
    key: Option<String>,
    secret: Option<String>,
    is_alone: bool,
    problems: &mut Vec<ConfigProblem>,
) -> Option<Pair> {
    let (variable, missing) = match (key, secret) {
        (Some(key), Some(secret)) => {
            return Some(Pair { key: (ONE_KEY, key), secret: (ONE_SECRET, secret) });
        }
        (None, None) if !is_alone => return None,
        (None, None) => (
            ONE_KEY,
            "is not set\nhint: copy key and secret of the application from the Sinch dashboard into \
             SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET",
        ),
        (key, _) => (
            if key.is_some() { ONE_SECRET } else { ONE_KEY },
            "is not set\nhint: copy it from the Sinch dashboard, or use SINCH_APPLICATIONS",
        ),
    };
    problems.push(problem(variable, missing));
    None
}

/// The applications of the variable for several.
fn read_several(text: &str, problems: &mut Vec<ConfigProblem>) -> Vec<Pair> {
    let applications: BTreeMap<String, Secrets> = match serde_json::from_str(text) {
        Ok(applications) => applications,
        Err(_) => {
            let form = r#"is not JSON of the form {"<application key>": ["<secret>", …], …}"#;
            problems.push(problem(SEVERAL, form));
            return Vec::new();
        }
    };
    if applications.is_empty() {
        problems.push(problem(SEVERAL, "names no application"));
    }
    let pairs = applications.into_iter().flat_map(|(key, secrets)| {
        let secrets = match secrets {
            Secrets::One(secret) => vec![secret],
            Secrets::Several(secrets) => secrets,
        };
        let pair = move |secret| Pair { key: (SEVERAL, key.clone()), secret: (SEVERAL, secret) };
        secrets.into_iter().map(pair)
    });
    pairs.collect()
}

/// A pair that callbacks can be checked with.
fn usable(pair: &Pair, problems: &mut Vec<ConfigProblem>) -> Option<(AppKey, AppSecret)> {
    let (variable, text) = &pair.key;
    let key = text.parse::<AppKey>();
    let key = key.map_err(|error| problems.push(problem(variable, format!("is not usable: {error}"))));
    let (variable, text) = &pair.secret;
    let secret = text.parse::<AppSecret>();
    let secret = secret.map_err(|error| problems.push(problem(variable, format!("is not usable: {error}"))));
    key.ok().zip(secret.ok())
}

fn problem(variable: &'static str, problem: impl Into<String>) -> ConfigProblem {
    ConfigProblem { variable, problem: problem.into() }
}

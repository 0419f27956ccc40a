//! Configuration: environment variables, parsed once, all problems reported together.
//!
//! The table in the README and `template.yaml` name the same variables; a test compares the three.

mod applications;
mod problem;

use std::time::Duration;

use aws_sdk_dynamodb::config::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tracing::level_filters::LevelFilter;

pub use problem::{ConfigErrors, ConfigProblem};

use crate::endpoint::{Endpoint, Recognition};
use crate::gate::{Gate, Policies, Settings};
use crate::privacy::{HashKey, NumberPrivacy};
use crate::signature::Keyring;
use crate::store::Store;
use crate::store::client::{AwsConnection, Timeouts, connect};

/// The variables that configure the gate.
pub const VARIABLES: [&str; 13] = [
    "SINCH_APPLICATION_KEY",
    "SINCH_APPLICATION_SECRET",
    "SINCH_APPLICATIONS",
    "CALLBACK_URL",
    "CALLBACK_PATH",
    "SIGNATURE_TOLERANCE",
    "TABLE_NAME",
    "DYNAMODB_ENDPOINT",
    "POLICY_TTL",
    "DECISION_BUDGET",
    "RECORD_RETENTION_DAYS",
    "NUMBER_PRIVACY",
    "NUMBER_HASH_KEY",
];

/// What configures a gate, wherever it runs.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// How callbacks are recognised.
    pub recognition: Recognition,
    /// How long a policy may be out of date.
    pub policy_ttl: Duration,
    /// How the gate behaves.
    pub settings: Settings,
}

/// What configures the Lambda function.
#[derive(Clone, Debug)]
pub struct Config {
    /// The gate's part.
    pub gate: GateConfig,
    /// The table.
    pub table: String,
    /// Where the table is.
    pub connection: AwsConnection,
    /// What is logged (`LOG_LEVEL`).
    pub log_level: LevelFilter,
}

impl GateConfig {
    /// Reads the gate's variables through `lookup`; an empty value counts as absent.
    ///
    /// # Errors
    /// Every problem there is, each with its variable and what to do.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(&lookup);
        let config = reader.gate();
        reader.finish(config)
    }

    /// The application keys that callbacks may name.
    #[must_use]
    pub fn apps(&self) -> Vec<String> {
        self.recognition.keyring.keys().map(|key| key.as_str().to_owned()).collect()
    }

    /// The endpoint over a store, with policies from its table.
    #[must_use]
    pub fn into_endpoint(self, store: Store) -> Endpoint {
        let policies = Policies::from_table(self.apps(), self.policy_ttl);
        self.into_endpoint_with(store, policies)
    }

    /// The endpoint over a store, with policies of another origin.
    #[must_use]
    pub fn into_endpoint_with(self, store: Store, policies: Policies) -> Endpoint {
        Endpoint::new(Gate::new(store, policies, self.settings), self.recognition)
    }
}

impl Config {
    /// Reads the environment of a Lambda function.
    ///
    /// # Errors
    /// Every problem there is.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the function's environment")]
    pub fn from_lambda_environment() -> Result<Self, ConfigErrors> {
        Self::parse(|name| std::env::var(name).ok())
    }

    /// Reads the function's variables through `lookup`; an empty value counts as absent.
    ///
    /// # Errors
    /// Every problem there is, each with its variable and what to do.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(&lookup);
        let config = Self {
            gate: reader.gate(),
            table: reader.required("TABLE_NAME", "the name of the DynamoDB table").unwrap_or_default(),
            connection: reader.connection(),
            log_level: reader.log_level(),
        };
        reader.finish(config)
    }

    /// The endpoint over the table.
    #[must_use]
    pub fn into_endpoint(self) -> Endpoint {
        let timeouts = Timeouts::within(self.gate.settings.budget);
        self.gate.into_endpoint(Store::new(connect(self.connection, timeouts), self.table))
    }
}

/// Reads variables and collects what is wrong with them. A value that cannot be read is replaced by a
/// harmless one, which never leaves this module since the problem is reported.
struct Reader<'l> {
    lookup: &'l dyn Fn(&str) -> Option<String>,
    problems: Vec<ConfigProblem>,
}

impl<'l> Reader<'l> {
    fn new(lookup: &'l dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    fn finish<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.problems.is_empty() { Ok(value) } else { Err(ConfigErrors(self.problems)) }
    }

    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &'static str, what: &str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.problem(name, format!("is not set; it is {what}"));
        }
        value
    }

    fn problem(&mut self, variable: &'static str, problem: impl Into<String>) {
        self.problems.push(ConfigProblem { variable, problem: problem.into() });
    }

    fn gate(&mut self) -> GateConfig {
        GateConfig {
            recognition: Recognition {
                keyring: self.keyring(),
                signed_path: self.signed_path(),
                tolerance: self.seconds("SIGNATURE_TOLERANCE", 300.0, 1.0, 10.0 * 365.0 * 86_400.0),
            },
            policy_ttl: self.seconds("POLICY_TTL", 15.0, 0.0, 86_400.0),
            settings: Settings {
                budget: self.seconds("DECISION_BUDGET", 1.5, 0.05, 25.0),
                retention: self.seconds_of_days("RECORD_RETENTION_DAYS", 90, 3_650),
                privacy: self.privacy(),
            },
        }
    }

    fn keyring(&mut self) -> Keyring {
        let (keyring, problems) = applications::read(
            self.optional("SINCH_APPLICATION_KEY"),
            self.optional("SINCH_APPLICATION_SECRET"),
            self.optional("SINCH_APPLICATIONS"),
        );
        self.problems.extend(problems);
        keyring
    }

    /// The path of `CALLBACK_URL`, or `CALLBACK_PATH`.
    fn signed_path(&mut self) -> Option<String> {
        let (url, path) = (self.optional("CALLBACK_URL"), self.optional("CALLBACK_PATH"));
        if url.is_some() && path.is_some() {
            self.problem("CALLBACK_PATH", "is set beside CALLBACK_URL; set one of them");
        }
        if let Some(url) = url {
            let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let Some(after_scheme) = after_scheme else {
                self.problem(
                    "CALLBACK_URL",
                    "does not begin with https://; give the URL as it stands in the Sinch dashboard",
                );
                return None;
            };
            let path = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/");
            return self.path("CALLBACK_URL", path);
        }
        path.and_then(|path| self.path("CALLBACK_PATH", &path))
    }

    fn path(&mut self, variable: &'static str, path: &str) -> Option<String> {
        if !path.starts_with('/') {
            self.problem(
                variable,
                "does not begin with a slash; give the path of the callback URL, such as /sinch",
            );
        } else if path.contains(['?', '#']) {
            self.problem(
                variable,
                "has a query or fragment, which Sinch does not sign; leave it out here and in the dashboard",
            );
        } else if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte)) {
            self.problem(variable, "has characters that may be signed percent-encoded or not; use letters, digits and /-._~ only");
        } else {
            return Some(path.to_owned());
        }
        None
    }

    fn seconds(&mut self, name: &'static str, default: f64, least: f64, most: f64) -> Duration {
        let Some(text) = self.optional(name) else { return Duration::from_secs_f64(default) };
        match text.parse::<f64>() {
            Ok(seconds) if (least..=most).contains(&seconds) => Duration::from_secs_f64(seconds),
            _ => {
                self.problem(name, format!("is not a number of seconds from {least} to {most}"));
                Duration::from_secs_f64(default)
            }
        }
    }

    fn seconds_of_days(&mut self, name: &'static str, default: u32, most: u32) -> Duration {
        let day = Duration::from_secs(86_400);
        let Some(text) = self.optional(name) else { return day * default };
        match text.parse::<u32>() {
            Ok(days) if (1..=most).contains(&days) => day * days,
            _ => {
                self.problem(name, format!("is not a whole number of days from 1 to {most}"));
                day * default
            }
        }
    }

    fn log_level(&mut self) -> LevelFilter {
        match self.optional("LOG_LEVEL").as_deref() {
            None | Some("info") => LevelFilter::INFO,
            Some("error") => LevelFilter::ERROR,
            Some("warn") => LevelFilter::WARN,
            Some("debug") => LevelFilter::DEBUG,
            Some("trace") => LevelFilter::TRACE,
            Some(_) => {
                self.problem("LOG_LEVEL", "is none of error, warn, info, debug and trace");
                LevelFilter::INFO
            }
        }
    }

    fn privacy(&mut self) -> NumberPrivacy {
        let key = self.optional("NUMBER_HASH_KEY");
        match self.optional("NUMBER_PRIVACY").as_deref() {
            None | Some("plain") => NumberPrivacy::Plain,
            Some("hashed") => {
                let key = key.and_then(|text| STANDARD.decode(text).ok()).and_then(HashKey::new);
                if key.is_none() {
                    self.problem(
                        "NUMBER_HASH_KEY",
                        format!(
                            "is needed with NUMBER_PRIVACY=hashed: base64 of at least {} random bytes, such as \
                             `openssl rand -base64 32` prints",
                            HashKey::SHORTEST
                        ),
                    );
                }
                key.map_or(NumberPrivacy::Plain, NumberPrivacy::Hashed)
            }
            Some(_) => {
                self.problem("NUMBER_PRIVACY", "is neither `plain` nor `hashed`");
                NumberPrivacy::Plain
            }
        }
    }

    /// The region and credentials that Lambda puts into the environment.
    fn connection(&mut self) -> AwsConnection {
        const WHAT: &str = "what Lambda sets for every function; outside Lambda, set it for a local endpoint";
        let endpoint = self.optional("DYNAMODB_ENDPOINT");
        if endpoint.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            self.problem(
                "DYNAMODB_ENDPOINT",
                "is no URL; leave it empty for AWS, or give one such as http://127.0.0.1:8000",
            );
        }
        AwsConnection {
            region: self.required("AWS_REGION", WHAT).unwrap_or_default(),
            credentials: Credentials::new(
                self.required("AWS_ACCESS_KEY_ID", WHAT).unwrap_or_default(),
                self.required("AWS_SECRET_ACCESS_KEY", WHAT).unwrap_or_default(),
                self.optional("AWS_SESSION_TOKEN"),
                None,
                "lambda",
            ),
            endpoint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: (&str, &str) = ("SINCH_APPLICATION_KEY", "669E367E-6BBA-48AB-AF15-266871C28135");
    const SECRET: (&str, &str) = ("SINCH_APPLICATION_SECRET", "BeIukql3pTKJ8RGL5zo0DA==");

    fn parse(variables: &[(&str, &str)]) -> Result<GateConfig, String> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        GateConfig::parse(lookup).map_err(|errors| errors.to_string())
    }

    #[test]
    fn the_defaults_are_those_of_the_readme() {
        let config = parse(&[KEY, SECRET]).unwrap();
        assert_eq!(config.recognition.tolerance, Duration::from_secs(300));
        assert_eq!(config.recognition.signed_path, None);
        assert_eq!(config.policy_ttl, Duration::from_secs(15));
        assert_eq!(config.settings.budget, Duration::from_millis(1_500));
        assert_eq!(config.settings.retention, Duration::from_secs(90 * 86_400));
    }

    #[test]
    fn the_path_of_the_callback_url_is_signed() {
        let path = |variable| parse(&[KEY, SECRET, variable]).map(|config| config.recognition.signed_path);
        let url = |url| path(("CALLBACK_URL", url));
        assert_eq!(url("https://example.com/sinch/gate").unwrap().as_deref(), Some("/sinch/gate"));
        assert_eq!(url("https://example.com").unwrap().as_deref(), Some("/"));
        assert_eq!(path(("CALLBACK_PATH", "/x")).unwrap().as_deref(), Some("/x"));
        assert_eq!(path(("CALLBACK_URL", "")).unwrap(), None);
        for wrong in ["example.com/x", "https://example.com/x?y=1", "https://example.com/x%20y"] {
            assert!(url(wrong).unwrap_err().starts_with("CALLBACK_URL "), "{wrong}");
        }
    }

    #[test]
    fn every_problem_is_reported_at_once_and_no_secret_is_repeated() {
        let errors = parse(&[
            ("SINCH_APPLICATION_KEY", "key"),
            ("SINCH_APPLICATION_SECRET", "not base64!"),
            ("CALLBACK_PATH", "sinch"),
            ("SIGNATURE_TOLERANCE", "soon"),
            ("DECISION_BUDGET", "0"),
            ("RECORD_RETENTION_DAYS", "0"),
            ("NUMBER_PRIVACY", "hashed"),
        ])
        .unwrap_err();
        for variable in [
            "SINCH_APPLICATION_SECRET",
            "CALLBACK_PATH",
            "SIGNATURE_TOLERANCE",
            "DECISION_BUDGET",
            "RECORD_RETENTION_DAYS",
            "NUMBER_HASH_KEY",
        ] {
            assert!(errors.contains(variable), "{variable} in {errors}");
        }
        assert!(!errors.contains("not base64!"));
    }

    #[test]
    fn a_function_without_anything_is_told_everything_it_needs() {
        let errors = Config::parse(|_| None).unwrap_err().to_string();
        for variable in ["SINCH_APPLICATION_KEY", "TABLE_NAME", "AWS_REGION", "AWS_ACCESS_KEY_ID"] {
            assert!(errors.contains(variable), "{variable} in {errors}");
        }
    }
}

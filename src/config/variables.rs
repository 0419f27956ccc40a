//! Reading the variables one by one: the default of each, its bounds, and what is said of a wrong value.

use std::time::Duration;

use aws_sdk_dynamodb::config::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ConfigErrors, ConfigProblem, GateConfig, applications};
use crate::endpoint::{Recognition, SignedPath};
use crate::gate::Settings;
use crate::metrics::{Namespace, NamespaceError};
use crate::privacy::{HashKey, NumberPrivacy};
use crate::signature::Keyring;
use crate::store::client::AwsConnection;
use crate::telemetry::LevelFilter;
use crate::verdict::Verdict;

/// The longest decision budget, in seconds. `gate::decide` relies on no handling lasting a minute, and no
/// front door waits longer than half of one.
const LONGEST_BUDGET: f64 = 25.0;

/// How long a gate follows the policies that it knows before it looks again, where nothing else is set.
pub const POLICY_TTL: Duration = Duration::from_secs(15);

/// Reads variables and collects what is wrong with them. A value that cannot be read is replaced by a
/// harmless one, which never leaves this module since the problem is reported.
pub(super) struct Variables<'l> {
    lookup: &'l dyn Fn(&str) -> Option<String>,
    problems: Vec<ConfigProblem>,
}

impl<'l> Variables<'l> {
    pub(super) fn new(lookup: &'l dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.problems.is_empty() { Ok(value) } else { Err(ConfigErrors(self.problems)) }
    }

    pub(super) fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&mut self, name: &'static str, what: &str) -> Option<String> {
        let value = self.optional(name);
        if value.is_none() {
            self.problem(name, format!("is not set\nhint: set it to {what}"));
        }
        value
    }

    fn problem(&mut self, variable: &'static str, problem: impl Into<String>) {
        self.problems.push(ConfigProblem { variable, problem: problem.into() });
    }

    pub(super) fn gate(&mut self) -> GateConfig {
        let retention = self.seconds_of_days("RECORD_RETENTION_DAYS", Settings::RETENTION_DAYS, 3_650);
        GateConfig {
            recognition: Recognition {
                keyring: self.keyring(),
                signed_path: self.signed_path(),
                tolerance: self.seconds("SIGNATURE_TOLERANCE", 300.0, 1.0, 10.0 * 365.0 * 86_400.0),
                outcome_tolerance: self.outcome_tolerance(retention),
            },
            policy_ttl: self.seconds("POLICY_TTL", POLICY_TTL.as_secs_f64(), 0.0, 86_400.0),
            fallback: self.fallback(),
            settings: Settings {
                budget: self.seconds("DECISION_BUDGET", Settings::BUDGET.as_secs_f64(), 0.05, LONGEST_BUDGET),
                retention,
                privacy: self.privacy(),
            },
            metrics: self.metrics(),
        }
    }

    fn fallback(&mut self) -> Option<Verdict> {
        match self.optional("FALLBACK_POLICY").as_deref() {
            None | Some("starter") => None,
            Some("deny") => Some(Verdict::Deny),
            Some("allow") => Some(Verdict::Allow),
            Some(_) => {
                self.problem(
                    "FALLBACK_POLICY",
                    "is none of starter, deny and allow\n\
                     hint: choose what decides until a policy of yours was loaded",
                );
                None
            }
        }
    }

    /// At most as long as records are kept: what was recorded is how an outcome that comes again is known.
    fn outcome_tolerance(&mut self, retention: Duration) -> Duration {
        const NAME: &str = "OUTCOME_TOLERANCE";
        let tolerance = self.seconds(NAME, 86_400.0, 0.0, 3_650.0 * 86_400.0);
        if tolerance > retention {
            self.problem(
                NAME,
                "is longer than RECORD_RETENTION_DAYS\nhint: make it shorter, or keep records longer",
            );
        }
        tolerance
    }

    fn metrics(&mut self) -> Option<Namespace> {
        let namespace = self.optional("METRICS_NAMESPACE")?.parse();
        namespace.map_err(|error: NamespaceError| self.problem("METRICS_NAMESPACE", error.to_string())).ok()
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
    fn signed_path(&mut self) -> SignedPath {
        let (url, path) = (self.optional("CALLBACK_URL"), self.optional("CALLBACK_PATH"));
        if url.is_some() && path.is_some() {
            self.problem("CALLBACK_PATH", "is set beside CALLBACK_URL\nhint: set one of them");
        }
        if let Some(url) = url {
            let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let Some(after_scheme) = after_scheme else {
                self.problem(
                    "CALLBACK_URL",
                    "does not begin with https://\nhint: give the URL as it stands in the Sinch dashboard",
                );
                return SignedPath::Received;
            };
            let path = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/");
            return self.path("CALLBACK_URL", path).map_or(SignedPath::Received, SignedPath::Rewritten);
        }
        let path = path.and_then(|path| self.path("CALLBACK_PATH", &path));
        path.map_or(SignedPath::Received, SignedPath::Served)
    }

    fn path(&mut self, variable: &'static str, path: &str) -> Option<String> {
        if !path.starts_with('/') {
            self.problem(
                variable,
                "does not begin with a slash\nhint: give the path of the callback URL, such as /sinch",
            );
        } else if path.contains(['?', '#']) {
            self.problem(
                variable,
                "has a query or fragment, which Sinch does not sign\n\
                hint: leave it out here and in the dashboard",
            );
        } else if !path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte)) {
            self.problem(
                variable,
                "has characters that may be signed percent-encoded or not\nhint: use letters, \
                digits and /-._~ only",
            );
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

    pub(super) fn log_level(&mut self) -> LevelFilter {
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

    pub(super) fn privacy(&mut self) -> NumberPrivacy {
        let key = self.optional("NUMBER_HASH_KEY");
        match self.optional("NUMBER_PRIVACY").as_deref() {
            None | Some("plain") => NumberPrivacy::Plain,
            Some("hashed") => {
                let key = key.and_then(|text| STANDARD.decode(text).ok()).and_then(HashKey::new);
                if key.is_none() {
                    self.problem(
                        "NUMBER_HASH_KEY",
                        format!(
                            "is needed with NUMBER_PRIVACY=hashed\nhint: set base64 of at least {} random \
                             bytes, such as `openssl rand -base64 32` prints",
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
    pub(super) fn connection(&mut self) -> AwsConnection {
        const WHAT: &str = "anything for a local endpoint; Lambda itself sets it for every function";
        let endpoint = self.optional("DYNAMODB_ENDPOINT");
        if endpoint.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            self.problem(
                "DYNAMODB_ENDPOINT",
                "is not a URL\nhint: leave it empty for AWS, or give one such as http://127.0.0.1:8000",
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

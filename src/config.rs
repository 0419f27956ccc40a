//! Configuration: environment variables, parsed once, all problems reported together.
//!
//! The table in `docs/configuration.md` and `template.yaml` name the same variables; a test compares the
//! three.

mod applications;
mod problem;
mod variables;

use std::time::Duration;

pub use problem::{ConfigErrors, ConfigProblem};
pub use variables::POLICY_TTL;

use variables::Variables;

use crate::endpoint::Recognition;
use crate::gate::Settings;
use crate::metrics::Namespace;
use crate::privacy::NumberPrivacy;
use crate::signature::AppKey;
use crate::store::client::AwsConnection;
use crate::telemetry::LevelFilter;
use crate::verdict::Verdict;

/// What configures a gate, wherever it runs.
#[derive(Clone, Debug)]
pub struct GateConfig {
    /// How callbacks are recognised.
    pub recognition: Recognition,
    /// How long a policy may be out of date.
    pub policy_ttl: Duration,
    /// The verdict for everything where no policy was loaded (`FALLBACK_POLICY`); `None` leaves that to the
    /// starter policy.
    pub fallback: Option<Verdict>,
    /// How the gate behaves.
    pub settings: Settings,
    /// Under which name CloudWatch keeps what is measured (`METRICS_NAMESPACE`); `None` where nothing is.
    pub metrics: Option<Namespace>,
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
        let mut variables = Variables::new(&lookup);
        let config = variables.gate();
        variables.finish(config)
    }

    /// The application keys that callbacks may name.
    #[must_use]
    pub fn apps(&self) -> Vec<AppKey> {
        self.recognition.keyring.keys().cloned().collect()
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

    /// How the function stores numbers, for a tool that looks for what it stored.
    ///
    /// # Errors
    /// Every problem with these variables.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the function's environment")]
    pub fn privacy_from_environment() -> Result<NumberPrivacy, ConfigErrors> {
        let lookup = |name: &str| std::env::var(name).ok();
        let mut variables = Variables::new(&lookup);
        let privacy = variables.privacy();
        variables.finish(privacy)
    }

    /// Reads the function's variables through `lookup`; an empty value counts as absent.
    ///
    /// # Errors
    /// Every problem there is, each with its variable and what to do.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigErrors> {
        let mut variables = Variables::new(&lookup);
        let config = Self {
            gate: variables.gate(),
            table: variables.required("TABLE_NAME", "the name of the DynamoDB table").unwrap_or_default(),
            connection: variables.connection(),
            log_level: variables.log_level(),
        };
        variables.finish(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::SignedPath;

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
        assert_eq!(config.recognition.outcome_tolerance, Duration::from_secs(86_400));
        assert_eq!(config.recognition.signed_path, SignedPath::Received);
        assert_eq!(config.policy_ttl, Duration::from_secs(15));
        assert_eq!(config.settings.budget, Duration::from_millis(1_500));
        assert_eq!(config.settings.retention, Duration::from_secs(90 * 86_400));
    }

    #[test]
    fn the_path_of_the_callback_url_is_signed() {
        let path = |variable| parse(&[KEY, SECRET, variable]).map(|config| config.recognition.signed_path);
        let url = |url| path(("CALLBACK_URL", url));
        let rewritten = |path: &str| SignedPath::Rewritten(path.to_owned());
        assert_eq!(url("https://example.com/sinch/gate").unwrap(), rewritten("/sinch/gate"));
        assert_eq!(url("https://example.com").unwrap(), rewritten("/"));
        assert_eq!(path(("CALLBACK_PATH", "/x")).unwrap(), SignedPath::Served("/x".to_owned()));
        assert_eq!(path(("CALLBACK_URL", "")).unwrap(), SignedPath::Received);
        for wrong in ["example.com/x", "https://example.com/x?y=1", "https://example.com/x%20y"] {
            assert!(url(wrong).unwrap_err().starts_with("CALLBACK_URL "), "{wrong}");
        }
    }

    #[test]
    fn what_decides_before_a_policy_was_loaded_is_one_of_three() {
        let fallback = |text| parse(&[KEY, SECRET, ("FALLBACK_POLICY", text)]).map(|config| config.fallback);
        assert_eq!(fallback(""), Ok(None));
        assert_eq!(fallback("starter"), Ok(None));
        assert_eq!(fallback("deny"), Ok(Some(Verdict::Deny)));
        assert_eq!(fallback("allow"), Ok(Some(Verdict::Allow)));
        assert_eq!(
            fallback("Deny").unwrap_err(),
            "FALLBACK_POLICY is none of starter, deny and allow\n  \
             hint: choose what decides until a policy of yours was loaded"
        );
    }

    #[test]
    fn an_outcome_may_not_come_after_its_record_was_forgotten() {
        let parse = |tolerance, days| {
            let variables = [("OUTCOME_TOLERANCE", tolerance), ("RECORD_RETENTION_DAYS", days)];
            parse(&[&[KEY, SECRET], &variables[..]].concat())
                .map(|config| config.recognition.outcome_tolerance)
        };
        assert_eq!(parse("172800", "2"), Ok(Duration::from_secs(172_800)));
        assert_eq!(parse("0", "2"), Ok(Duration::ZERO));
        assert_eq!(
            parse("172801", "2").unwrap_err(),
            "OUTCOME_TOLERANCE is longer than RECORD_RETENTION_DAYS\n  \
             hint: make it shorter, or keep records longer"
        );
        assert!(parse("later", "2").unwrap_err().starts_with("OUTCOME_TOLERANCE is not a number of seconds"));
    }

    #[test]
    fn nothing_is_measured_unless_metrics_have_a_namespace() {
        let metrics = |text| parse(&[KEY, SECRET, ("METRICS_NAMESPACE", text)]).map(|config| config.metrics);
        assert_eq!(metrics(""), Ok(None));
        assert_eq!(metrics("sinch-gate"), Ok(Some("sinch-gate".parse().unwrap())));
        assert_eq!(
            metrics("sinch gate").unwrap_err(),
            "METRICS_NAMESPACE is not 1 to 255 letters, digits and `.-_/#:`\n  \
             hint: choose a name such as sinch-gate"
        );
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
            ("METRICS_NAMESPACE", "AWS/Lambda"),
        ])
        .unwrap_err();
        for variable in [
            "SINCH_APPLICATION_SECRET",
            "CALLBACK_PATH",
            "SIGNATURE_TOLERANCE",
            "DECISION_BUDGET",
            "RECORD_RETENTION_DAYS",
            "NUMBER_HASH_KEY",
            "METRICS_NAMESPACE",
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

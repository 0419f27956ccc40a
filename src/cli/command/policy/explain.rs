//! `policy explain`: what a policy says to one verification, rule by rule.

mod evidence;
mod explained;
mod words;

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use jiff::Timestamp;

use self::evidence::{Evidences, gather};
use self::explained::{Explained, ExplainedRule};
use self::words::{course, in_words};
use super::{compile, read};
use crate::answer::Answer;
use crate::cli::Exit;
use crate::cli::app::OneApp;
use crate::cli::credentials::not_right;
use crate::cli::number_meant::hint_for;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::cli::stored_form::privacy_for;
use crate::clock;
use crate::config::Config;
use crate::decision::{conclude, describe};
use crate::event::{Custom, Method, VerificationId, VerificationRequest};
use crate::money::Money;
use crate::phone::{NumberType, PhoneNumber};
use crate::policy::{Facts, Policy, trace};
use crate::privacy::NumberPrivacy;
use crate::signature::{AppKey, AppScope};
use crate::store::{AttemptsKey, PrefixLengths, Store, StoredPolicies};
use crate::verdict::Verdict;

/// Show what a policy says to one verification, rule by rule.
///
/// With a FILE alone no table is needed: the number is taken to be new and on no list, and quotas to have
/// room. With a table the policy in force is asked, or FILE, with the entries and counters as they stand;
/// nothing is counted. Where the function runs with NUMBER_PRIVACY=hashed, set it and NUMBER_HASH_KEY here
/// too. Exit code 2 means denied.
///
/// The first line says whose numbers these are and whose policy decides. Without --app it is the application
/// that the table knows; where it knows several, one must be named.
///
/// JSON is one object: `policy`, `verdict`, `rule`, `reason`, `answer`, `notes`, and `rules`, each with
/// `rule`, `text` and `course` (decided, monitors, responds, quiet, skipped or not_reached). With a table
/// also `app`, and `policy_app` where a policy of the table decides: that application, or * for all.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  sinch-gate policy explain policy.toml --number +46701740605 \
    --method callout --price "0.05 EUR""#)]
pub(in crate::cli) struct Explain {
    /// The policy, TOML; the one in force if not given
    file: Option<PathBuf>,
    /// The number to verify
    #[arg(long)]
    number: String,
    /// How: sms, flashcall, callout, seamless or whatsapp
    #[arg(long, default_value = "sms", value_parser = str::parse::<Method>)]
    method: Method,
    /// What it will cost, such as "0.05 EUR"
    #[arg(long)]
    price: Option<Money>,
    /// The event's custom text, such as '{"plan": "trial"}'
    #[arg(long, value_name = "JSON")]
    custom: Option<String>,
    /// When, such as 2026-11-27T00:00:00+01:00; now if not given
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Sinch's id of the verification, by which rules with a sample choose
    #[arg(long, default_value = "explain")]
    id: String,
    #[command(flatten)]
    of: OneApp,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A policy, what it is called, and whose it is.
struct Named {
    name: String,
    policy: Policy,
    /// Whose policy of the table it is; `None` for the starter policy, and for a file.
    scope: Option<AppScope>,
}

/// For whom is asked, and in which form the number is stored.
struct Asked<'a> {
    app: AppKey,
    privacy: NumberPrivacy,
    table: Option<(&'a Store, &'a PrefixLengths)>,
}

impl Explain {
    pub(in crate::cli) async fn run(self) -> anyhow::Result<Exit> {
        let of_file = match &self.file {
            None => None,
            Some(file) => {
                let Some(compiled) = compile(file, &read(file)?) else {
                    output::message("nothing to explain\nhint: fix the mistakes first");
                    return Ok(Exit::Found);
                };
                Some(Named { name: file.display().to_string(), policy: compiled.policy, scope: None })
            }
        };
        let explained = match of_file {
            Some(named) if self.place.is_memory() => {
                let privacy = Config::privacy_from_environment().map_err(|errors| not_right(&errors))?;
                let app = self.of.without_table()?;
                self.explain(&named, &Asked { app, privacy, table: None }).await?
            }
            of_file => {
                let explain = async |store: &Store| self.explain_with(store, of_file).await;
                self.place.with_existing_store(explain).await?
            }
        };
        self.introduce(&explained);
        match self.format {
            Format::Json => output::json(&explained)?,
            Format::Table => explained.print(),
        }
        Ok(if explained.verdict == Verdict::Deny { Exit::Found } else { Exit::Done })
    }

    /// Explains what the function would say, which follows the application's own policy, or the one for all.
    async fn explain_with(&self, store: &Store, of_file: Option<Named>) -> anyhow::Result<Explained> {
        let app = self.of.of(store, &self.place).await?;
        let privacy = privacy_for(store).await?;
        let stored = store.policies().load(std::slice::from_ref(&app)).await?;
        let named = match of_file {
            Some(named) => named,
            None => in_force(&stored, &app)?,
        };
        self.explain(&named, &Asked { app, privacy, table: Some((store, &stored.lengths)) }).await
    }

    /// The event that is asked about.
    fn request(&self) -> VerificationRequest {
        VerificationRequest {
            id: VerificationId(self.id.clone()),
            method: self.method.clone(),
            number: PhoneNumber::new(&self.number),
            reference: None,
            custom: self.custom.clone().map(Custom::new),
            price: self.price,
            unreadable: Vec::new(),
        }
    }

    async fn explain(&self, named: &Named, asked: &Asked<'_>) -> anyhow::Result<Explained> {
        let now = self.at.unwrap_or_else(clock::now);
        let request = self.request();
        let number_key = asked.privacy.key(&request.number);
        let facts =
            Facts { app: asked.app.as_str(), request: &request, stored_number: number_key.as_str(), now };
        let plan = named.policy.plan(&facts);
        let evidence = match asked.table {
            None => Evidences::unasked(&plan, now),
            Some((store, lengths)) => {
                let attempts_key = AttemptsKey::new(&asked.app, &number_key);
                let gathered = gather(&plan, store, lengths, &facts, &attempts_key).await;
                gathered.context("the table did not answer")?
            }
        };
        let conclusion = conclude(&plan, &evidence.by_step);
        let decided = describe(&plan, &conclusion, &evidence.by_step, &request, &named.name, now);
        let answer = match conclusion.verdict {
            Verdict::Allow => Answer::allow(&conclusion.options, &request.method),
            Verdict::Deny => Answer::Deny,
        };
        let traced = trace(&named.policy, &facts, &plan, |step| evidence.outcome(step));
        let rules = traced.iter().map(|traced| ExplainedRule {
            rule: traced.rule.id.to_string(),
            course: course(&traced.course),
            text: in_words(traced, &plan, &evidence, &facts),
        });
        let app = asked.table.map(|_| asked.app.clone());
        Explained::new(app, named.scope.clone(), decided, answer.to_json(), rules.collect())
    }

    /// What is explained, as a message.
    fn introduce(&self, explained: &Explained) {
        let number = PhoneNumber::new(&self.number);
        let country = number.country().map_or_else(|| "no country".to_owned(), |country| country.to_string());
        let number_type = number.number_type();
        output::message(&format!(
            "{} ({country}, {number_type}) by {}, policy {}",
            self.number, self.method, explained.policy
        ));
        if number_type == NumberType::Invalid {
            output::message(&format!(
                "  this is not E.164, as +46701740605 is; the function would be asked about it all the \
                 same{}",
                hint_for(&self.number)
            ));
        }
    }
}

/// The policy that an application follows.
///
/// # Errors
/// Where it cannot be read or compiled.
fn in_force(stored: &StoredPolicies, app: &AppKey) -> anyhow::Result<Named> {
    let own = AppScope::One(app.clone());
    let scope = if stored.active.contains_key(&own) { own } else { AppScope::All };
    let active = stored.for_app(app);
    let Some(active) = active.map_err(|problem| anyhow!("the policy in force cannot be read: {problem}"))?
    else {
        return Ok(Named { name: "starter".to_owned(), policy: Policy::starter(), scope: None });
    };
    let name = format!("v{}", active.version);
    match Policy::compile(&active.source) {
        Ok(compiled) => Ok(Named { name, policy: compiled.policy, scope: Some(scope) }),
        Err(problems) => bail!("{name} is not a policy for this version of the tool:\n{problems}"),
    }
}

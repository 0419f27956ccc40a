//! `policy explain`: what a policy says to one verification, rule by rule.

mod evidence;

use std::path::PathBuf;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use self::evidence::{Evidences, gather};
use super::{compile, read};
use crate::answer::Answer;
use crate::cli::Exit;
use crate::cli::app::OneApp;
use crate::cli::credentials::not_right;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::clock;
use crate::config::Config;
use crate::decision::{Evidence, conclude, describe};
use crate::event::{Custom, Method, VerificationId, VerificationRequest};
use crate::money::Money;
use crate::phone::{NumberType, PhoneNumber};
use crate::policy::{Course, Facts, Plan, Policy, Quota, StepQuestion, Traced, trace};
use crate::quota::Reading;
use crate::record::Decided;
use crate::signature::AppKey;
use crate::store::{AttemptsKey, PrefixLengths, Store, StoredPolicies};
use crate::verdict::Verdict;

/// Show what a policy says to one verification, rule by rule.
///
/// With a FILE alone no table is needed: the number is taken to be new and on no list, and quotas to have
/// room. With a table the policy in force is asked, or FILE, with the entries and counters as they stand;
/// nothing is counted. Where the function runs with NUMBER_PRIVACY=hashed, set it and NUMBER_HASH_KEY here
/// too. Exit code 2 means denied.
///
/// JSON is one object: `policy`, `verdict`, `rule`, `reason`, `answer`, `notes`, and `rules`, each with
/// `rule`, `text` and `course` (decided, monitors, responds, quiet, skipped or not_reached).
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

/// The explanation in JSON.
#[derive(Serialize)]
struct Explained {
    policy: String,
    verdict: Verdict,
    /// The rule that decided; nothing where none did.
    rule: Option<String>,
    reason: String,
    /// The body of the reply to Sinch.
    answer: serde_json::Value,
    rules: Vec<ExplainedRule>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ExplainedRule {
    rule: String,
    /// What became of it: `decided`, `monitors`, `responds`, `quiet`, `skipped` or `not_reached`.
    course: &'static str,
    text: String,
}

/// A policy and what it is called.
struct Named {
    name: String,
    policy: Policy,
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
                Some(Named { name: file.display().to_string(), policy: compiled.policy })
            }
        };
        let explained = match of_file {
            Some(named) if self.place.is_memory() => self.explain(&named, None).await?,
            of_file => {
                let explain = async |store: &Store| self.explain_with(store, of_file).await;
                self.place.with_existing_store(explain).await?
            }
        };
        self.print(&explained)?;
        Ok(if explained.verdict == Verdict::Deny { Exit::Found } else { Exit::Done })
    }

    /// Explains what the function would say, which follows the application's own policy, or the one for all.
    async fn explain_with(&self, store: &Store, of_file: Option<Named>) -> anyhow::Result<Explained> {
        let stored = store.policies().load(std::slice::from_ref(&self.of.app)).await?;
        let named = match of_file {
            Some(named) => named,
            None => in_force(&stored, &self.of.app)?,
        };
        self.explain(&named, Some((store, &stored.lengths))).await
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

    async fn explain(
        &self,
        named: &Named,
        table: Option<(&Store, &PrefixLengths)>,
    ) -> anyhow::Result<Explained> {
        let now = self.at.unwrap_or_else(clock::now);
        let request = self.request();
        let privacy = Config::privacy_from_environment().map_err(|errors| not_right(&errors))?;
        let number_key = privacy.key(&request.number);
        let facts =
            Facts { app: self.of.app.as_str(), request: &request, stored_number: number_key.as_str(), now };
        let attempts_key = AttemptsKey::new(&self.of.app, &number_key);
        let plan = named.policy.plan(&facts);
        let evidence = match table {
            None => Evidences::unasked(&plan, now),
            Some((store, lengths)) => gather(&plan, store, lengths, &facts, &attempts_key)
                .await
                .context("the table did not answer")?,
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
        let Decided { verdict, rule, reason, notes, policy, .. } = decided;
        let rules = rules.collect();
        Ok(Explained {
            policy,
            verdict,
            rule,
            reason,
            answer: serde_json::from_str(&answer.to_json())?,
            rules,
            notes,
        })
    }

    fn print(&self, explained: &Explained) -> anyhow::Result<()> {
        let number = PhoneNumber::new(&self.number);
        let country = number.country().map_or_else(|| "no country".to_owned(), |country| country.to_string());
        let number_type = number.number_type();
        output::message(&format!(
            "{} ({country}, {number_type}) by {}, policy {}",
            self.number, self.method, explained.policy
        ));
        if number_type == NumberType::Invalid {
            output::message(
                "  this is not E.164, as +46701740605 is; the function would be asked about it all the same",
            );
        }
        if self.format == Format::Json {
            return output::json(explained);
        }
        let mut table = output::table(["", "rule", "what became of it"]);
        for (place, rule) in (1..).zip(&explained.rules) {
            table.add_row([&format!("{place}"), &rule.rule, &rule.text]);
        }
        output::print(table);
        let by = explained.rule.as_ref().map(|rule| format!(" by rule {rule}")).unwrap_or_default();
        output::line(&format!("\n{}{by}: {}", explained.verdict, explained.reason));
        output::line(&format!("answer: {}", explained.answer));
        explained.notes.iter().for_each(|note| output::line(&format!("note: {note}")));
        Ok(())
    }
}

/// The policy that an application follows.
///
/// # Errors
/// Where it cannot be read or compiled.
fn in_force(stored: &StoredPolicies, app: &AppKey) -> anyhow::Result<Named> {
    let active = stored.for_app(app);
    let Some(active) = active.map_err(|problem| anyhow!("the policy in force cannot be read: {problem}"))?
    else {
        return Ok(Named { name: "starter".to_owned(), policy: Policy::starter() });
    };
    let name = format!("v{}", active.version);
    match Policy::compile(&active.source) {
        Ok(compiled) => Ok(Named { name, policy: compiled.policy }),
        Err(problems) => bail!("{name} is not a policy for this version of the tool:\n{problems}"),
    }
}

/// The kinds of what may become of a rule, for programs.
fn course(course: &Course<'_>) -> &'static str {
    match course {
        Course::NotReached => "not_reached",
        Course::NotActive
        | Course::NotSampled
        | Course::WhenDiffers(_)
        | Course::Excepted
        | Course::Lacks(_) => "skipped",
        Course::NotFired | Course::Unknown => "quiet",
        Course::WouldDecide(_) => "monitors",
        Course::Responded => "responds",
        Course::Decided(_) => "decided",
    }
}

/// What became of a rule, with what its list or quota said.
fn in_words(traced: &Traced<'_>, plan: &Plan<'_>, evidence: &Evidences, facts: &Facts<'_>) -> String {
    let words = traced.in_words(facts).to_string();
    let is_told = evidence.is_told;
    let asked = traced.step.filter(|_| traced.course != Course::NotReached);
    let Some((step, evidence)) =
        asked.and_then(|step| Some((plan.steps.get(step)?, evidence.by_step.get(step)?)))
    else {
        return words;
    };
    let said = match (&step.question, evidence) {
        (StepQuestion::List(list), Evidence::NotListed) => format!("not on {list}"),
        (_, Evidence::Listed(entry)) => {
            let until = entry.expires_at.map(|at| format!(" until {}", output::time(at))).unwrap_or_default();
            format!("{} is on {}{until}: {}", entry.entry, entry.list, entry.reason)
        }
        (_, Evidence::Excluded | Evidence::PastFits(_)) if !is_told => {
            "needs the table: assumed never verified".to_owned()
        }
        (_, Evidence::Excluded) => "the number's past is not as `verified_within` asks".to_owned(),
        (_, Evidence::PastFits(Some(at))) => format!("the number verified at {}", output::time(*at)),
        (_, Evidence::PastFits(None)) => "the number never verified".to_owned(),
        (StepQuestion::Quota { quota, .. }, Evidence::Room(reading)) => {
            format!("has room: {} with this one", stand(quota, reading))
        }
        (StepQuestion::Quota { quota, .. }, Evidence::Full(reading)) => {
            let retry = reading.retry_at.map(|at| format!(", room again at {}", output::time(at)));
            format!("no room: {}{}", stand(quota, reading), retry.unwrap_or_default())
        }
        (StepQuestion::List(list), _) => format!("needs the table: assumed not on {list}"),
        (StepQuestion::Quota { quota, .. }, _) => format!("needs counters: assumed to have room of {quota}"),
        (StepQuestion::Past, _) => "needs the table: assumed never verified".to_owned(),
    };
    if traced.course == Course::NotFired { said } else { format!("{words}; {said}") }
}

/// How much of a quota is used. A shard, or a limit that has grown, has another limit than the rule says.
fn stand(quota: &Quota, reading: &Reading) -> String {
    let here = Some(reading.limit).filter(|limit| *limit != quota.limit.amount());
    let here = here.map(|limit| format!(" ({} here and now)", limit.normalize()));
    format!("{} of {quota}{}", reading.total.normalize(), here.unwrap_or_default())
}

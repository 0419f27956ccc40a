//! `sinch-gate doctor`: what is wrong with a deployment, from its configuration to its callback URL.

mod check;
mod clock;
mod configuration;
mod lists;
mod money;
mod policy;
mod reply;
mod table;
mod url;

use anyhow::bail;
use clap::Args;

use self::check::{Check, State};
use self::clock::Reading;
use self::reply::Hints;
use self::url::Target;
use crate::cli::credentials::{self, Credentials, SAMPLE_KEY};
use crate::cli::http_client::path_of;
use crate::cli::output::{self, Format};
use crate::cli::place::Place;
use crate::cli::{Exit, hint};
use crate::config::{ConfigErrors, GateConfig};

/// Check a deployment: configuration, table, policy, clock and callback URL.
///
/// Each line is one check: ok, a note, found with what to do, or not known. The function's variables are read
/// from this environment, but for the table, which is named here. With --url the callback URL gets signed
/// events of a kind that no gate knows, of which nothing is stored. Exit code 2 means that something was
/// found. A line of JSON is a check: `check`, `state`, `what`, and `advice` where there is some.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate doctor --data gate.db")]
pub(in crate::cli) struct Doctor {
    /// The callback URL, as the Sinch dashboard has it
    #[arg(long, value_name = "URL", value_parser = callback_url)]
    url: Option<String>,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The gate's configuration, and whether it is that of the samples.
type Configured = Result<(GateConfig, bool), ConfigErrors>;

impl Doctor {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        if self.url.is_none() && self.place.is_memory() {
            bail!("nothing to check\nhint: give --table NAME or --data FILE, --url URL, or both");
        }
        let configured = credentials::local_config();
        let mut checks = vec![configuration::check(&configured)];
        checks.push(numbering());
        let (of_table, reading) = self.check_table(&configured).await;
        checks.extend(of_table);
        checks.extend(self.url.as_deref().and_then(query));
        match self.url.as_deref().map(|url| self.target(url, &configured)) {
            None => checks.push(clock::check(reading.as_ref())),
            Some(Err(error)) => {
                checks.push(clock::check(reading.as_ref()));
                checks.push(Check::found(
                    reply::PROBE,
                    format!("nothing to sign with: {}", hint::chained(&error)),
                    "give the function's key and secret",
                ));
            }
            Some(Ok(target)) => checks.extend(probe(&target, &configured, reading).await?),
        }
        print(&checks, self.format)?;
        let is_found = checks.iter().any(|check| check.state == State::Found);
        Ok(if is_found { Exit::Found } else { Exit::Done })
    }

    /// Credentials, table and policy, and the table's clock where it has one of its own.
    async fn check_table(&self, configured: &Configured) -> (Vec<Check>, Option<Reading>) {
        const NAMES: [&str; 3] = ["credentials", "table", "policy"];
        if self.place.is_memory() {
            let unknown =
                |name| Check::not_known(name, "no table was named").advise("give --table or --data");
            return (NAMES.map(unknown).to_vec(), None);
        }
        let opened = match self.place.open_existing().await {
            Ok(opened) => opened,
            Err(error) => {
                let name = if self.place.is_file() { "table" } else { "credentials" };
                // The message says what to do already.
                let failed = Check::new(name, State::Found, &hint::chained(&error));
                let unknown = NAMES.into_iter().skip_while(|other| *other != name).skip(1);
                let unknown = unknown.map(|name| Check::not_known(name, "the table cannot be read"));
                return (std::iter::once(failed).chain(unknown).collect(), None);
            }
        };
        let is_embedded = opened.is_embedded();
        let mut checks = vec![Check::ok(
            "credentials",
            if is_embedded { "none needed for a file" } else { "the AWS configuration has some" },
        )];
        let (of_table, described) = table::check(&opened.store, is_embedded).await;
        checks.extend(of_table);
        let now = crate::clock::now();
        let date = described.as_ref().and_then(|described| described.date.clone());
        // An engine in this process has this machine's clock.
        let reading = date.filter(|_| !is_embedded).map(|date| Reading {
            whose: "DynamoDB".to_owned(),
            date,
            read_at: now,
        });
        if described.is_some() {
            let apps = configured.as_ref().map(|(config, _)| config.apps()).unwrap_or_default();
            checks.extend(policy::check(&opened.store, &apps, now).await);
            checks.extend(lists::check(&opened.store, now).await);
            checks.extend(money::check(&opened.store, now).await);
        } else {
            checks.push(Check::not_known("policy", "the table cannot be read"));
        }
        opened.close().await;
        (checks, reading)
    }

    /// Where to probe, signing as `send` does; or as the first of several applications, where only those are
    /// set.
    fn target(&self, url: &str, configured: &Configured) -> anyhow::Result<Target> {
        let (mut key, mut secret) = self.credentials.parse()?;
        if let (true, Ok((config, false))) = (key.as_str() == SAMPLE_KEY, configured) {
            let keyring = &config.recognition.keyring;
            let first = keyring.keys().next();
            if let Some((first, own)) = first.and_then(|key| Some((key, keyring.secrets(key).ok()?.first()?)))
            {
                (key, secret) = (first.clone(), own.clone());
            }
        }
        Ok(Target { url: url.to_owned(), path: path_of(url)?.to_owned(), key, secret })
    }
}

/// Probes the URL; its clock is the one that signatures are checked by, so it is compared before the table's.
async fn probe(
    target: &Target,
    configured: &Configured,
    reading: Option<Reading>,
) -> anyhow::Result<Vec<Check>> {
    let probed = target.clone().probe().await?;
    let reading = probed.reading.clone().or(reading);
    let config = configured.as_ref().ok().map(|(config, _)| config);
    let mut checks = vec![clock::check(reading.as_ref())];
    checks.extend(probed.checks(Hints {
        path: &target.path,
        configured: config.and_then(|config| config.recognition.signed_path.configured()),
        is_clock_wrong: reading.is_some_and(|reading| reading.is_wrong()),
        is_samples: target.key.as_str() == SAMPLE_KEY,
    }));
    Ok(checks)
}

fn print(checks: &[Check], format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => checks.iter().try_for_each(output::json),
        Format::Table => {
            let mut table = output::table(["check", "state", "what"]);
            for check in checks {
                table.add_row([check.check, check.state.name(), &check.in_words()]);
            }
            output::print(table);
            Ok(())
        }
    }
}

/// The numbering plans, which are those of the build: ranges that were handed out later count as invalid.
fn numbering() -> Check {
    let version = crate::phone::METADATA_VERSION;
    Check::ok("numbering", format!("the plans of all countries are those of libphonenumber {version}"))
}

/// A query or fragment of the callback URL. Sinch signs the path alone, and not everything on the way keeps
/// the rest.
fn query(url: &str) -> Option<Check> {
    url.contains(['?', '#']).then(|| {
        Check::note(
            "callback URL",
            "it has a query or a fragment, which Sinch does not sign",
            "leave it out in the Sinch dashboard: the gate does not read it",
        )
    })
}

fn callback_url(text: &str) -> anyhow::Result<String> {
    path_of(text).map(|_| text.to_owned())
}

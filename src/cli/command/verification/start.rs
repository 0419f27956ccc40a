//! `sinch-gate verification start`: set a verification off, and see the whole loop.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use super::account::Account;
use super::follow::{self, Follow};
use super::options::Options;
use super::{end, shown};
use crate::api::{ApiError, Call, Start as Starting, StatusBy};
use crate::cli::Exit;
use crate::cli::moment::lasting;
use crate::cli::number_meant::hint_for;
use crate::cli::output::{self, Format};
use crate::cli::place::{Opened, Place};
use crate::event::{Custom, Reference};
use crate::phone::PhoneNumber;

/// Start a verification, as a product does.
///
/// It costs what a verification costs, and the phone gets its SMS or call. With --wait it is followed to its
/// end, and what the gate recorded of its callbacks is shown beside what Sinch says: a check of a deployment
/// from end to end. Exit code 2 means that it was denied or did not succeed, or that record and status
/// differ.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  sinch-gate verification start --number +46731234567 --method sms \\
    --reference try-2")]
pub(in crate::cli) struct Start {
    /// The number to verify, in E.164 form
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    number: String,
    #[command(flatten)]
    options: Options,
    /// Your reference, never used before; a random one if not given
    #[arg(long, value_name = "REFERENCE")]
    reference: Option<String>,
    /// Free text for the callbacks, up to 4096 characters
    #[arg(long, value_name = "TEXT")]
    custom: Option<String>,
    /// Follow it to its end
    #[arg(long)]
    wait: bool,
    /// How long to follow it
    #[arg(
        long = "for",
        id = "lasting",
        value_name = "TIME",
        value_parser = lasting,
        default_value = "6m",
        requires = "wait"
    )]
    lasting: Duration,
    #[command(flatten)]
    account: Account,
    #[command(flatten)]
    place: Place,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Start {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let how = self.options.how()?;
        let (client, app) = self.account.client()?;
        let reference = match &self.reference {
            Some(given) => Reference::new(given).context("--reference is empty")?,
            None => random_reference()?,
        };
        let start = Starting {
            number: PhoneNumber::new(&self.number),
            how,
            reference: Some(reference.clone()),
            custom: self.custom.clone().map(Custom::new),
        };
        if start.number.digits().is_none() {
            bail!("--number is not in E.164 form, such as +46700000001{}", hint_for(&self.number));
        }
        Call::start(&start)?;
        if self.options.any() && !self.account.is_signed() {
            output::message("Sinch means options for signed starts only, and may pass over them in this one");
        }
        // Opened before the start, so that a table that cannot be had costs no verification.
        let opened = self.open().await?;
        if self.reference.is_none() {
            output::message(&format!("starting it with the reference {reference}"));
        }
        let by = match client.start(&start).await {
            Ok(started) => {
                if !self.wait || self.format == Format::Table {
                    shown::started(&started, reference.as_str(), self.format)?;
                }
                output::message(&shown::next_step(&started.method, reference.as_str()));
                StatusBy::Id(started.id)
            }
            // A denied verification has a status too, and one that may have started shall be looked for.
            Err(error) if self.wait && (is_denied(&error) || error.is_in_doubt()) => {
                output::message(&error.to_string());
                StatusBy::Reference(reference.clone())
            }
            Err(error) => return end(error),
        };
        if !self.wait {
            return Ok(Exit::Done);
        }
        let store = opened.as_ref().map(|opened| &opened.store);
        let follow = Follow { client: &client, store, app: &app, reference: &reference, by };
        let followed = follow.run(self.lasting).await?;
        if let Some(opened) = opened {
            opened.close().await;
        }
        follow::show(&followed, self.lasting, self.format)
    }

    /// Opens the table that the gate records in, where one is named and it matters.
    async fn open(&self) -> anyhow::Result<Option<Opened>> {
        if !self.wait {
            return Ok(None);
        }
        if self.place.is_memory() {
            output::message(
                "no table is named, so only Sinch's side will be shown\nhint: name it with --data or --table",
            );
            return Ok(None);
        }
        self.place.open_existing().await.map(Some)
    }
}

/// Whether a callback, or Sinch itself, did not let it start.
fn is_denied(error: &ApiError) -> bool {
    error.refusal().and_then(|refusal| refusal.code) == Some(40303)
}

/// A reference that nobody has used before.
fn random_reference() -> anyhow::Result<Reference> {
    Reference::new(&format!("try-{:032x}", fastrand::u128(..))).context("a reference is never empty")
}

//! Which verification is meant.

use anyhow::{Context as _, bail};
use clap::Args;

use crate::api::{ReportBy, StatusBy};
use crate::event::{Method, Reference, VerificationId};
use crate::phone::PhoneNumber;

/// One verification, by one of its names.
#[derive(Clone, Debug, Args)]
pub(super) struct Target {
    #[command(flatten)]
    name: Name,
    /// Its method
    #[arg(long, value_name = "METHOD", value_parser = str::parse::<Method>)]
    method: Option<Method>,
}

#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
struct Name {
    /// The reference that was given at its start
    #[arg(long, value_name = "REFERENCE")]
    reference: Option<String>,
    /// Sinch's id of it
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Its number; of several, Sinch chooses. It needs --method
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    number: Option<String>,
}

impl Target {
    /// What to ask the status by.
    ///
    /// # Errors
    /// Where a number comes without method, or a name is empty.
    pub(super) fn status_by(&self) -> anyhow::Result<StatusBy> {
        let name = &self.name;
        if let Some(reference) = &name.reference {
            return Ok(StatusBy::Reference(Reference::new(reference).context("--reference is empty")?));
        }
        if let Some(id) = &name.id {
            return Ok(StatusBy::Id(VerificationId::new(id).context("--id is empty")?));
        }
        let number = PhoneNumber::new(name.number.as_deref().unwrap_or_default());
        match &self.method {
            Some(method) => Ok(StatusBy::Number { method: method.clone(), number }),
            None => bail!("--number needs --method, since Sinch keeps the methods of a number apart"),
        }
    }

    /// What a report can go by without a question before; none where only Sinch knows it.
    pub(super) fn report_by(&self) -> Option<(ReportBy, Method)> {
        let method = self.method.clone()?;
        if let Some(id) = &self.name.id {
            return Some((ReportBy::Id(VerificationId::new(id)?), method));
        }
        let number = self.name.number.as_deref()?;
        Some((ReportBy::Number(PhoneNumber::new(number)), method))
    }
}

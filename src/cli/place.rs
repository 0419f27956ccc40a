//! Where the table is: a file of the embedded engine, or a DynamoDB table.

mod caller;
mod whereabouts;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::ProvideCredentials as _;
use clap::Args;

pub(super) use whereabouts::{Whereabouts, when_in_force};

use super::{output, shell};
use crate::embedded::Engine;
use crate::store::client::{Access, Connection, Timeouts, http_client};
use crate::store::{self, Store};

/// The table's name where the embedded engine is used.
pub(super) const LOCAL_TABLE: &str = "sinch-gate";

/// How long the operator's commands wait for the table.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

/// Where the table is.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Place {
    /// The file of the embedded engine
    #[arg(long, value_name = "FILE", conflicts_with_all = ["table", "region", "profile", "endpoint_url"])]
    data: Option<PathBuf>,
    /// The DynamoDB table; SINCH_GATE_TABLE if neither this nor --data is given
    // Read by hand: clap takes a variable for an argument, and would find it in conflict with --data.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The table's AWS region, where the AWS configuration does not name it
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Another DynamoDB endpoint, such as that of `sinch-gate local-table`
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    endpoint_url: Option<String>,
}

/// An open table, and the engine behind it where that is embedded.
pub(super) struct Opened {
    pub(super) store: Store,
    engine: Option<Engine>,
}

impl Opened {
    /// Whether the table is that of an engine in this process.
    pub(super) fn is_embedded(&self) -> bool {
        self.engine.is_some()
    }

    /// The table, and the engine that must outlive it.
    pub(super) fn into_parts(self) -> (Store, Option<Engine>) {
        (self.store, self.engine)
    }

    async fn work<T>(self, work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let done = work(&self.store).await;
        self.close().await;
        done
    }

    /// Lets go of the table; an embedded engine closes its file.
    pub(super) async fn close(self) {
        drop(self.store);
        if let Some(engine) = self.engine {
            engine.stop().await;
        }
    }
}

impl Place {
    /// Does some work with the table that was named, which must exist, and closes it in any case.
    ///
    /// # Errors
    /// Where the table cannot be opened, or the work fails.
    pub(super) async fn with_existing_store<T>(
        &self,
        work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.open_existing().await?.work(work).await
    }

    /// Does some work with the table that was named, whose file is made where it does not exist, and closes
    /// it in any case.
    ///
    /// # Errors
    /// Where the table cannot be opened, or the work fails.
    pub(super) async fn with_store<T>(
        &self,
        work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.open().await?.work(work).await
    }

    /// Opens the table that was named, to read from it or to take from it what is there.
    ///
    /// # Errors
    /// Where none was named, its file does not exist, or it cannot be opened.
    pub(super) async fn open_existing(&self) -> anyhow::Result<Opened> {
        if let Some(file) = self.missing_file() {
            bail!("there is no file {0}; `sinch-gate serve --data {0}` would make it", file.display());
        }
        self.open().await
    }

    /// Opens the table that was named; a file that does not exist is made.
    ///
    /// # Errors
    /// Where none was named, or it cannot be opened.
    pub(super) async fn open(&self) -> anyhow::Result<Opened> {
        if self.is_memory() {
            bail!("which table? give --data FILE for the embedded engine, or --table NAME for DynamoDB");
        }
        self.open_or_memory(TIMEOUT).await
    }

    /// Opens the table that was named, or one in memory.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(super) async fn open_or_memory(&self, timeout: Duration) -> anyhow::Result<Opened> {
        let timeouts = Timeouts::within(timeout);
        if let Some(table) = self.table() {
            return Ok(Opened { store: self.connect(&table, timeouts).await?, engine: None });
        }
        if [&self.region, &self.profile, &self.endpoint_url].into_iter().any(Option::is_some) {
            bail!("which table? --region, --profile and --endpoint-url need --table NAME");
        }
        if let Some(file) = self.missing_file() {
            output::message(&format!("making {}", file.display()));
        }
        let (engine, store) = Engine::with_table(self.data.as_deref(), LOCAL_TABLE, timeouts).await?;
        Ok(Opened { store, engine: Some(engine) })
    }

    /// Whether nothing outlives the process.
    pub(super) fn is_memory(&self) -> bool {
        self.data.is_none() && self.table().is_none()
    }

    /// The file of the embedded engine, where it does not exist.
    pub(super) fn missing_file(&self) -> Option<&Path> {
        self.data.as_deref().filter(|file| !file.exists())
    }

    /// Whether it is a file of the embedded engine.
    pub(super) fn is_file(&self) -> bool {
        self.data.is_some()
    }

    /// The file of the embedded engine, where one was named.
    pub(super) fn file(&self) -> Option<&Path> {
        self.data.as_deref()
    }

    /// The arguments that name it again in another command, as a shell takes them.
    pub(super) fn as_arguments(&self) -> String {
        let data = self.data.as_ref().map(|file| file.to_string_lossy());
        let table = self.table();
        let arguments = [
            ("--data", data.as_deref()),
            ("--table", table.as_deref()),
            ("--region", self.region.as_deref()),
            ("--profile", self.profile.as_deref()),
            ("--endpoint-url", self.endpoint_url.as_deref()),
        ];
        let given = arguments.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.map(|(name, value)| format!("{name} {}", shell::word(value))).collect::<Vec<_>>().join(" ")
    }

    /// The DynamoDB table; `--data` wins over one that only the environment names.
    #[expect(clippy::disallowed_methods, reason = "clap's own reading would conflict with --data")]
    fn table(&self) -> Option<String> {
        let named = || std::env::var("SINCH_GATE_TABLE").ok().filter(|name| !name.is_empty());
        if self.data.is_some() { None } else { self.table.clone().or_else(named) }
    }

    /// Connects with the AWS configuration.
    async fn connect(&self, table: &str, timeouts: Timeouts) -> anyhow::Result<Store> {
        let shared = self.shared_config().await?;
        let access = Access {
            region: shared.region().cloned(),
            credentials: shared.credentials_provider(),
            endpoint: self.endpoint_url.clone(),
            retries: None,
        };
        Ok(Store::new(Connection::new(access, timeouts), table))
    }

    /// The AWS configuration, as every AWS tool finds it; region and credentials are there.
    async fn shared_config(&self) -> anyhow::Result<SdkConfig> {
        let client = http_client(self.endpoint_url.as_deref(), Timeouts::within(TIMEOUT));
        let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(client);
        if let Some(region) = &self.region {
            loader = loader.region(aws_config::Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let shared = loader.load().await;
        shared.region().context("which AWS region? give --region, or set AWS_REGION")?;
        let credentials =
            shared.credentials_provider().ok_or_else(|| no_credentials("none are configured"))?;
        // Asked for here, where the answer can be more helpful than that of the first request.
        if let Err(error) = credentials.provide_credentials().await {
            return Err(no_credentials(&store::deepest_cause(&error)));
        }
        Ok(shared)
    }
}

fn no_credentials(cause: &str) -> anyhow::Error {
    anyhow!(
        "no AWS credentials ({cause}); sign in with the AWS CLI, give --profile, or set AWS_ACCESS_KEY_ID \
         and AWS_SECRET_ACCESS_KEY, which may be anything for `sinch-gate local-table`"
    )
}

fn endpoint_url(text: &str) -> anyhow::Result<String> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        bail!("an endpoint begins with http:// or https://, as http://127.0.0.1:8000 does");
    }
    Ok(text.to_owned())
}

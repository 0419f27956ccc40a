//! Where the table is: a file of the embedded engine, or a DynamoDB table.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::embedded::Engine;
use crate::store::Store;
use crate::store::client::{Timeouts, builder};

/// The table's name where the embedded engine is used.
pub(super) const LOCAL_TABLE: &str = "sinch-gate";

/// Where the table is.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Place {
    /// The file of the embedded engine
    #[arg(long, value_name = "FILE", conflicts_with_all = ["table", "region", "profile", "endpoint_url"])]
    data: Option<PathBuf>,
    /// The DynamoDB table
    #[arg(long, value_name = "NAME", env = "SINCH_GATE_TABLE")]
    table: Option<String>,
    /// The table's AWS region
    #[arg(long, value_name = "REGION", requires = "table")]
    region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long, value_name = "PROFILE", requires = "table")]
    profile: Option<String>,
    /// Another DynamoDB endpoint, such as that of `sinch-gate local-table`
    #[arg(long, value_name = "URL", requires = "table")]
    endpoint_url: Option<String>,
}

/// An open table, and the engine behind it where that is embedded.
pub(super) struct Opened {
    pub(super) store: Store,
    engine: Option<Engine>,
}

impl Opened {
    /// The table, and the engine that must outlive it.
    pub(super) fn into_parts(self) -> (Store, Option<Engine>) {
        (self.store, self.engine)
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
    /// Opens the table that was named.
    ///
    /// # Errors
    /// Where none was named, or it cannot be opened.
    pub(super) async fn open(&self, timeout: Duration) -> anyhow::Result<Opened> {
        if self.data.is_none() && self.table.is_none() {
            bail!("which table? give --data FILE for the embedded engine, or --table NAME for DynamoDB");
        }
        self.open_or_memory(timeout).await
    }

    /// Opens the table that was named, or one in memory.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub(super) async fn open_or_memory(&self, timeout: Duration) -> anyhow::Result<Opened> {
        let timeouts = Timeouts::within(timeout);
        // `--data` wins over a table that only the environment names.
        if let (Some(table), None) = (&self.table, &self.data) {
            return Ok(Opened { store: self.connect(table, timeouts).await, engine: None });
        }
        let (engine, store) = Engine::with_table(self.data.as_deref(), LOCAL_TABLE, timeouts)
            .await
            .context("the embedded engine did not start")?;
        Ok(Opened { store, engine: Some(engine) })
    }

    /// Whether nothing outlives the process.
    pub(super) fn is_memory(&self) -> bool {
        self.data.is_none() && self.table.is_none()
    }

    /// Connects with credentials as every AWS tool finds them.
    async fn connect(&self, table: &str, timeouts: Timeouts) -> Store {
        let ours = builder(self.endpoint_url.as_deref(), timeouts).build();
        let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest());
        if let Some(client) = ours.http_client() {
            loader = loader.http_client(client);
        }
        if let Some(region) = &self.region {
            loader = loader.region(aws_config::Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        let shared = loader.load().await;
        let mut config = ours.to_builder();
        config.set_region(shared.region().cloned());
        config.set_credentials_provider(shared.credentials_provider());
        Store::new(aws_sdk_dynamodb::Client::from_conf(config.build()), table)
    }
}

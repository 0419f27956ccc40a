//! `sinch-gate local-table`: the embedded engine as a DynamoDB endpoint.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::place::LOCAL_TABLE;
use crate::cli::{Exit, http_server, output};
use crate::embedded::Engine;
use crate::store::client::Timeouts;

/// Run the embedded engine as a DynamoDB endpoint, table made.
///
/// For anything that speaks DynamoDB: `sam local invoke`, the AWS CLI, this tool with --table and
/// --endpoint-url. Any region and any credentials are accepted, so listen on loopback unless a container must
/// reach it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate local-table --listen 127.0.0.1:8000")]
pub(in crate::cli) struct LocalTable {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
    /// Keep the table in this file; without it, in memory
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The table's name
    #[arg(long, value_name = "NAME", default_value = LOCAL_TABLE)]
    table: String,
}

impl LocalTable {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let engine = Engine::start(self.data.as_deref(), self.listen).await?;
        engine.store(&self.table, Timeouts::within(Duration::from_secs(30))).table().create().await?;
        let stop = http_server::stop_signal();
        output::line(&format!("table {} at http://{}", self.table, engine.address()));
        stop.await;
        engine.stop().await;
        Ok(Exit::Done)
    }
}

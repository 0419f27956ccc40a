//! `sinch-gate serve`: the gate on a local port.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::policy;
use crate::cli::place::Place;
use crate::cli::{Exit, credentials, http_server, output};
use crate::clock;
use crate::gate::Policies;
use crate::telemetry::{self, LevelFilter};

/// Run the gate on a local port.
///
/// Without --data or --table everything is kept in memory. Configuration comes from the same environment
/// variables as the Lambda function's, but for the table; without SINCH_APPLICATION_KEY the samples'
/// published key is used. Decisions are logged on standard error, one JSON object per line, and with
/// METRICS_NAMESPACE metrics too.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sinch-gate serve --listen 127.0.0.1:8080 --data gate.db")]
pub(in crate::cli) struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A policy in force for this process only, whatever the table holds
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What is logged: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", env = "LOG_LEVEL", default_value = "info")]
    log: LevelFilter,
    #[command(flatten)]
    place: Place,
}

impl Serve {
    pub(super) async fn run(self) -> anyhow::Result<Exit> {
        let (config, samples) =
            credentials::local_config().map_err(|errors| credentials::not_right(&errors))?;
        let policies = match &self.policy {
            None => config.policies(),
            Some(file) => match policy::compile_file(file)? {
                Some(compiled) => {
                    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
                    Policies::pinned(compiled, &name, config.policy_ttl)
                }
                None => {
                    output::message("not listening\nhint: fix the mistakes first");
                    return Ok(Exit::Found);
                }
            },
        };
        telemetry::start_on(self.log, std::io::stderr);
        let opened = self.place.open_or_memory(config.settings.budget).await?;
        let listener = TcpListener::bind(self.listen).await.with_context(|| {
            format!("cannot listen on {}\nhint: choose another address with --listen", self.listen)
        })?;
        let address = listener.local_addr()?;
        let path = config.recognition.signed_path.configured().unwrap_or("/").to_owned();
        let (store, engine) = opened.into_parts();
        let meter = config.meter(telemetry::lines_to(std::io::stderr));
        let endpoint = Arc::new(config.into_endpoint_with(store, policies).measured(meter));
        endpoint.gate().warm_up(clock::now()).await;

        if samples {
            output::message(
                "using the published key and secret of the samples\n\
                 hint: for your own, set SINCH_APPLICATION_KEY and SINCH_APPLICATION_SECRET",
            );
        }
        if self.place.is_memory() {
            output::message(
                "keeping everything in memory\nhint: give --data FILE or --table NAME to keep it",
            );
        }
        let stop = http_server::stop_signal();
        // Last, so that whoever waits for this line has read everything else.
        output::line(&format!("listening on http://{address}{path}"));
        http_server::run(Arc::clone(&endpoint), listener, stop).await;
        drop(endpoint);
        if let Some(engine) = engine {
            engine.stop().await;
        }
        Ok(Exit::Done)
    }
}

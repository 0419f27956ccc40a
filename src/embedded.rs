//! The embedded DynamoDB engine: the same conditional writes on a laptop, in tests and in a demo.
//!
//! It speaks DynamoDB's own protocol, to others over loopback and to the process that it is in directly, so
//! the store's code runs unchanged and nothing is mocked. It keeps its tables in memory or in one `SQLite`
//! file. It does not replace DynamoDB in production: one process, one disk, no replication.

mod direct;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::{Credentials, SharedHttpClient};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::direct::Direct;
use crate::store::client::{AwsConnection, Timeouts, connect};
use crate::store::{Store, StoreError};

/// The region and keys that every local engine accepts; they open nothing.
const LOCAL_REGION: &str = "eu-west-1";
const LOCAL_KEY: &str = "local";

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The data file is not the engine's, or cannot be opened.
    #[error(
        "cannot open `{}` as a table: {problem}\nhint: name another file, or move this one away",
        .path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// The engine's own words.
        problem: String,
    },
    /// The engine could not make a database in memory.
    #[error("cannot make a table in memory: {0}")]
    Memory(String),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {problem}\nhint: choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's own words.
        problem: std::io::Error,
    },
    /// The table could not be made.
    #[error("cannot make the table")]
    Table(#[from] StoreError),
}

/// A running engine. It stops when it is dropped; [`Engine::stop`] also waits for it.
pub struct Engine {
    /// For requests of this process; held here alone, so that a store learns that the engine has stopped.
    database: Arc<Database>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<Result<(), String>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts an engine on `address` (port 0 for any), in memory or on `data`.
    ///
    /// # Errors
    /// If the file cannot be opened, or the address cannot be listened on.
    pub async fn start(data: Option<&Path>, address: SocketAddr) -> Result<Self, EmbeddedError> {
        let database = match data {
            Some(path) => open(path).map_err(|error| EmbeddedError::Open {
                path: path.to_owned(),
                problem: first_sentence(&error.to_string()),
            })?,
            None => Database::memory().map_err(|error| EmbeddedError::Memory(error.to_string()))?,
        };
        let listen = |problem| EmbeddedError::Listen { address, problem };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let until_stopped = async {
            // A dropped sender stops the engine too.
            let _ = stopped.await;
        };
        let served = database.clone();
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, served, until_stopped));
        Ok(Self { database: Arc::new(database), address, stop: Some(stop), server })
    }

    /// Starts an engine on loopback with the table made, for use by this process.
    ///
    /// # Errors
    /// As [`Self::start`], or where the table cannot be made.
    pub async fn with_table(
        data: Option<&Path>,
        table: &str,
        timeouts: Timeouts,
    ) -> Result<(Self, Store), EmbeddedError> {
        let engine = Self::start(data, SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let store = engine.store(table, timeouts);
        store.table().create().await?;
        Ok((engine, store))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A store on one of the engine's tables, for use by this process.
    #[must_use]
    pub fn store(&self, table: &str, timeouts: Timeouts) -> Store {
        let network = connect(local_connection(&format!("http://{}", self.address)), timeouts);
        let database = Arc::downgrade(&self.database);
        let direct = network.with_http_client(|network| SharedHttpClient::new(Direct { database, network }));
        Store::new(direct, table)
    }

    /// Stops the engine and waits until it has let go of its file.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        drop(self.database);
        // Idle connections of this process's own clients end with them, and must not delay the stop.
        let _ = tokio::time::timeout(Duration::from_secs(2), &mut self.server).await;
    }
}

/// Opens a file. Writes do not wait for the disk: whatever happens to this process, what was acknowledged is
/// kept, and after a power cut the file is whole, without its last moments.
fn open(file: &Path) -> dynoxide::Result<Database> {
    let database = Database::new(&file.to_string_lossy())?;
    // The engine's only name for it: `PRAGMA synchronous = NORMAL`, with the cache that SQLite has anyway.
    database.disable_bulk_loading()?;
    Ok(database)
}

/// The engine's message continues with advice about encrypted files, which ours never are.
fn first_sentence(text: &str) -> String {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.').to_owned()
}

/// How to reach a local engine: any region and key will do.
#[must_use]
pub fn local_connection(endpoint: &str) -> AwsConnection {
    AwsConnection {
        region: LOCAL_REGION.to_owned(),
        credentials: Credentials::new(LOCAL_KEY, LOCAL_KEY, None, None, "local"),
        endpoint: Some(endpoint.to_owned()),
    }
}

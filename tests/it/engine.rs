//! The DynamoDB engine that the store's tests run on: embedded, or the one that
//! `SINCH_GATE_TEST_ENDPOINT` names.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sinch_gate::embedded::{Engine, local_connection};
use sinch_gate::store::Store;
use sinch_gate::store::client::{Timeouts, connect};

static TABLES: AtomicU32 = AtomicU32::new(0);

/// An engine with a table of the test's own.
pub(crate) struct TestTable {
    endpoint: String,
    table: String,
    _engine: Option<Engine>,
}

impl TestTable {
    /// Starts an engine, or uses the one named in the environment, and makes a table.
    pub(crate) async fn new() -> Self {
        let table = format!("test-{}-{}", std::process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
        let named = std::env::vars().find(|(name, _)| name == "SINCH_GATE_TEST_ENDPOINT");
        let (endpoint, engine) = match named {
            Some((_, endpoint)) => (endpoint, None),
            None => {
                let engine = Engine::start(None, "127.0.0.1:0".parse().unwrap()).await.unwrap();
                (format!("http://{}", engine.address()), Some(engine))
            }
        };
        let table = Self { endpoint, table, _engine: engine };
        table.store().create_table().await.unwrap();
        table
    }

    /// A store with connections and a memory of its own, as a Lambda container has.
    pub(crate) fn store(&self) -> Store {
        // Generous, since a busy machine must not turn a test of counting into one of speed.
        let timeouts = Timeouts::within(Duration::from_secs(60));
        Store::new(connect(local_connection(&self.endpoint), timeouts), &self.table)
    }
}

//! The DynamoDB engine that the store's tests run on: embedded, or the one that
//! `SINCH_GATE_TEST_ENDPOINT` names.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ProvisionedThroughput, ScalarAttributeType,
};
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
        table.store().table().create().await.unwrap();
        table
    }

    /// A store with connections and a memory of its own, as a Lambda container has.
    pub(crate) fn store(&self) -> Store {
        // Generous, since a busy machine must not turn a test of counting into one of speed.
        self.store_through(&self.endpoint, Duration::from_secs(60))
    }

    /// Such a store that waits no longer than `budget`, and that reaches the engine by way of `endpoint`.
    pub(crate) fn store_through(&self, endpoint: &str, budget: Duration) -> Store {
        Store::new(connect(local_connection(endpoint), Timeouts::within(budget)), &self.table)
    }

    /// Where the engine listens.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The table's name.
    pub(crate) fn name(&self) -> &str {
        &self.table
    }

    /// What a rule counts for a key, such as `country#SE`, as text; `0` where it counts nothing.
    pub(crate) async fn admitted(&self, key: &str, rule: &str) -> String {
        self.counted(key, rule, "t").await
    }

    /// What a rule knows to be verified for a key.
    pub(crate) async fn verified(&self, key: &str, rule: &str) -> String {
        self.counted(key, rule, "vt").await
    }

    async fn counted(&self, key: &str, rule: &str, what: &str) -> String {
        let text = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        let reply = self
            .client()
            .get_item()
            .table_name(&self.table)
            .key("pk", text(format!("QUOTA#{}#{key}", crate::world::sinch::KEY)))
            .key("sk", text("STATE".to_owned()))
            .consistent_read(true)
            .send()
            .await
            .unwrap();
        let counted = reply.item.as_ref().and_then(|item| {
            item.get("w")?.as_m().ok()?.get(rule)?.as_m().ok()?.get(what)?.as_n().ok().cloned()
        });
        counted.unwrap_or_else(|| "0".to_owned())
    }

    /// The table without the store, to write what the store would not.
    pub(crate) fn client(&self) -> Client {
        connect(local_connection(&self.endpoint), Timeouts::within(Duration::from_secs(600))).client().clone()
    }

    /// Makes a table beside it that no gate can use; gives its name.
    pub(crate) async fn make_one_of_another_shape(&self) -> String {
        let name = format!("{}-other", self.table);
        let attribute = AttributeDefinition::builder()
            .attribute_name("number")
            .attribute_type(ScalarAttributeType::N)
            .build()
            .unwrap();
        let key =
            KeySchemaElement::builder().attribute_name("number").key_type(KeyType::Hash).build().unwrap();
        let capacity =
            ProvisionedThroughput::builder().read_capacity_units(1).write_capacity_units(1).build().unwrap();
        self.client()
            .create_table()
            .table_name(&name)
            .attribute_definitions(attribute)
            .key_schema(key)
            .billing_mode(BillingMode::Provisioned)
            .provisioned_throughput(capacity)
            .send()
            .await
            .unwrap();
        name
    }
}

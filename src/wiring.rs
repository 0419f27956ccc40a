//! The gate put together: from its configuration to an endpoint over a table, for the function and the tool.

use crate::config::{Config, GateConfig};
use crate::endpoint::Endpoint;
use crate::gate::{Gate, Policies};
use crate::meter::Meter;
use crate::store::Store;
use crate::store::client::{Timeouts, connect};

impl GateConfig {
    /// A meter whose lines go to `write`, where anything is to be measured.
    #[must_use]
    pub fn meter(&self, write: impl Fn(&str) + Send + Sync + 'static) -> Meter {
        self.metrics.clone().map_or_else(Meter::off, |namespace| Meter::new(namespace, write))
    }

    /// Policies from the table.
    #[must_use]
    pub fn policies(&self) -> Policies {
        Policies::from_table(self.apps(), self.policy_ttl).until_loaded(self.fallback)
    }

    /// The endpoint over a store, with policies from its table.
    #[must_use]
    pub fn into_endpoint(self, store: Store) -> Endpoint {
        let policies = self.policies();
        self.into_endpoint_with(store, policies)
    }

    /// The endpoint over a store, with policies of another origin.
    #[must_use]
    pub fn into_endpoint_with(self, store: Store, policies: Policies) -> Endpoint {
        let serves = self.apps();
        let gate = Gate::new(store, policies, self.settings).serving(serves);
        Endpoint::new(gate, self.recognition)
    }
}

impl Config {
    /// The endpoint over the table.
    #[must_use]
    pub fn into_endpoint(self) -> Endpoint {
        let timeouts = Timeouts::within(self.gate.settings.budget);
        self.gate.into_endpoint(Store::new(connect(self.connection, timeouts), self.table))
    }
}

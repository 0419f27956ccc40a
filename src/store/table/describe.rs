//! What the table looks like, and how that differs from the one that [`create`](super::create) makes.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoveryStatus, TimeToLiveStatus,
};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;

use super::Table;
use super::create::HOUR_INDEX;
use crate::store::StoreError;
use crate::store::attribute::EXPIRY;

/// A table as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Described {
    /// Its name all over AWS, which has its region and account.
    pub arn: Option<String>,
    /// `ACTIVE` where it can be used.
    pub status: String,
    /// Its keys, in words: `pk (S), sk (S)`.
    pub keys: String,
    /// Its global secondary indexes.
    pub indexes: Vec<DescribedIndex>,
    /// Whether requests are paid one by one, so that there is no capacity to run out of.
    pub is_on_demand: bool,
    /// Whether it cannot be deleted by mistake; `None` where the engine does not say.
    pub is_protected: Option<bool>,
    /// How many items it has, as last counted: DynamoDB counts every six hours.
    pub n_items: usize,
    /// DynamoDB's clock, as the `Date` header of its reply says it.
    pub date: Option<String>,
}

/// A global secondary index as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescribedIndex {
    /// Its name.
    pub name: String,
    /// Its keys, in words: `hour (S), at (S)`.
    pub keys: String,
    /// What it holds, such as `KEYS_ONLY`.
    pub projection: String,
}

/// Which items the table deletes by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expiry {
    /// Those whose time in the gate's attribute has passed.
    Enabled,
    /// None.
    Disabled,
    /// Those whose time in this other attribute has passed.
    By(String),
}

impl Described {
    /// What differs from the table that the gate needs, in words; nothing where it is that table.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        const KEYS: &str = "pk (S), sk (S)";

        let mut differences = Vec::new();
        if self.status != "ACTIVE" {
            differences.push(format!("its status is {}, not ACTIVE", self.status));
        }
        if self.keys != KEYS {
            differences.push(format!("its keys are {}, not {KEYS}", self.keys));
        }
        match self.indexes.iter().find(|index| index.name == HOUR_INDEX) {
            None => differences.push(format!("the index {HOUR_INDEX} is missing")),
            Some(index) => differences.extend(index.differences()),
        }
        if !self.is_on_demand {
            differences.push("it has provisioned capacity, not on demand".to_owned());
        }
        differences
    }
}

impl DescribedIndex {
    /// What differs from the index by hour that the gate needs.
    fn differences(&self) -> Vec<String> {
        const KEYS: &str = "hour (S), at (S)";
        const PROJECTION: &str = "KEYS_ONLY";

        let mut differences = Vec::new();
        if self.keys != KEYS {
            differences.push(format!("the keys of index {HOUR_INDEX} are {}, not {KEYS}", self.keys));
        }
        if self.projection != PROJECTION {
            differences.push(format!("index {HOUR_INDEX} holds {}, not {PROJECTION}", self.projection));
        }
        differences
    }
}

impl Table {
    /// The AWS region that is asked.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        self.client().config().region().map(ToString::to_string)
    }

    /// Describes the table.
    ///
    /// # Errors
    /// Where it does not exist, may not be described, or DynamoDB cannot be reached.
    pub async fn describe(&self) -> Result<Described, StoreError> {
        let dates = DateReader::default();
        let request = self.client().describe_table().table_name(&self.name);
        let reply = request.customize().interceptor(dates.clone()).send().await?;
        let Some(table) = reply.table() else { return Ok(Described::default()) };
        let attributes = table.attribute_definitions();
        let indexes = table.global_secondary_indexes().iter().map(|index| DescribedIndex {
            name: index.index_name().unwrap_or_default().to_owned(),
            keys: in_words(index.key_schema(), attributes),
            projection: index
                .projection()
                .and_then(|projection| projection.projection_type())
                .map_or("nothing", |kind| kind.as_str())
                .to_owned(),
        });
        let billing = table.billing_mode_summary().and_then(|billing| billing.billing_mode());
        Ok(Described {
            arn: table.table_arn().map(str::to_owned),
            status: table.table_status().map_or("unknown", |status| status.as_str()).to_owned(),
            keys: in_words(table.key_schema(), attributes),
            indexes: indexes.collect(),
            is_on_demand: billing == Some(&BillingMode::PayPerRequest),
            is_protected: table.deletion_protection_enabled(),
            n_items: table.item_count().and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
            date: dates.take(),
        })
    }

    /// Which items the table deletes by itself.
    ///
    /// # Errors
    /// As for [`Self::describe`].
    pub async fn expiry(&self) -> Result<Expiry, StoreError> {
        let reply = self.client().describe_time_to_live().table_name(&self.name).send().await?;
        let description = reply.time_to_live_description();
        let status = description.and_then(|description| description.time_to_live_status());
        let attribute = description.and_then(|description| description.attribute_name());
        Ok(match (status, attribute) {
            (Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling), Some(EXPIRY)) => Expiry::Enabled,
            (Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling), Some(other)) => {
                Expiry::By(other.to_owned())
            }
            _ => Expiry::Disabled,
        })
    }

    /// Whether the table can be restored to any moment of the last weeks.
    ///
    /// # Errors
    /// As for [`Self::describe`], or where the engine has no such thing.
    pub async fn is_recoverable(&self) -> Result<bool, StoreError> {
        let reply = self.client().describe_continuous_backups().table_name(&self.name).send().await?;
        let recovery = reply
            .continuous_backups_description()
            .and_then(|backups| backups.point_in_time_recovery_description())
            .and_then(|recovery| recovery.point_in_time_recovery_status());
        Ok(recovery == Some(&PointInTimeRecoveryStatus::Enabled))
    }
}

/// Keys with their types, the partition key first.
fn in_words(schema: &[KeySchemaElement], attributes: &[AttributeDefinition]) -> String {
    let mut keys: Vec<&KeySchemaElement> = schema.iter().collect();
    keys.sort_by_key(|key| *key.key_type() != KeyType::Hash);
    let words = keys.into_iter().map(|key| {
        let name = key.attribute_name();
        let attribute = attributes.iter().find(|attribute| attribute.attribute_name() == name);
        let kind = attribute.map_or("?", |attribute| attribute.attribute_type().as_str());
        format!("{name} ({kind})")
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Reads the `Date` header of a reply, which the SDK keeps to itself.
#[derive(Clone, Default)]
struct DateReader(Arc<Mutex<Option<String>>>);

impl DateReader {
    fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for DateReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DateReader")
    }
}

#[dyn_dispatch_hint]
impl Intercept for DateReader {
    fn name(&self) -> &'static str {
        "DateReader"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Described {
        Described {
            status: "ACTIVE".to_owned(),
            keys: "pk (S), sk (S)".to_owned(),
            indexes: vec![DescribedIndex {
                name: "by_hour".to_owned(),
                keys: "hour (S), at (S)".to_owned(),
                projection: "KEYS_ONLY".to_owned(),
            }],
            is_on_demand: true,
            ..Described::default()
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Described), expected: &[&str]) {
        let mut table = good();
        change(&mut table);
        assert_eq!(table.differences(), expected);
    }

    #[test]
    fn every_difference_is_named() {
        check(|_| {}, &[]);
        check(|table| table.status = "CREATING".to_owned(), &["its status is CREATING, not ACTIVE"]);
        check(|table| table.keys = "id (N)".to_owned(), &["its keys are id (N), not pk (S), sk (S)"]);
        check(|table| table.indexes.clear(), &["the index by_hour is missing"]);
        check(
            |table| {
                table.indexes[0].keys = "hour (S)".to_owned();
                table.indexes[0].projection = "ALL".to_owned();
            },
            &[
                "the keys of index by_hour are hour (S), not hour (S), at (S)",
                "index by_hour holds ALL, not KEYS_ONLY",
            ],
        );
        check(|table| table.is_on_demand = false, &["it has provisioned capacity, not on demand"]);
    }

    #[test]
    fn an_index_of_somebody_elses_does_not_matter() {
        let other = DescribedIndex {
            name: "mine".to_owned(),
            keys: "x (S)".to_owned(),
            projection: "ALL".to_owned(),
        };
        check(|table| table.indexes.push(other), &[]);
    }

    #[test]
    fn the_partition_key_comes_first() {
        let key = |name: &str, kind| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
        };
        let schema = [key("b", KeyType::Range), key("a", KeyType::Hash)];
        assert_eq!(in_words(&schema, &[]), "a (?), b (?)");
    }
}

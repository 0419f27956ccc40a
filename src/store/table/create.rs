//! Making the table where `template.yaml` did not: on the embedded engine and on other local ones.

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use super::Table;
use crate::store::StoreError;

/// The sparse index of records by hour, for reports; keys only, so that it is written once per record.
pub(in crate::store) const HOUR_INDEX: &str = "by_hour";

/// The attribute that holds when DynamoDB may delete an item.
pub(super) const EXPIRY: &str = "expires_at";

impl Table {
    /// Makes the table as `template.yaml` describes it; one that is there is left as it is.
    ///
    /// # Errors
    /// Where the engine refuses.
    pub async fn create(&self) -> Result<(), StoreError> {
        let built = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Unreachable(error.to_string());
        let attribute = |name: &str| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
                .map_err(built)
        };
        let key = |name: &str, kind| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(built)
        };
        let index = GlobalSecondaryIndex::builder()
            .index_name(HOUR_INDEX)
            .key_schema(key("hour", KeyType::Hash)?)
            .key_schema(key("at", KeyType::Range)?)
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
            .build()
            .map_err(built)?;
        let created = self
            .client
            .create_table()
            .table_name(&self.name)
            .attribute_definitions(attribute("pk")?)
            .attribute_definitions(attribute("sk")?)
            .attribute_definitions(attribute("hour")?)
            .attribute_definitions(attribute("at")?)
            .key_schema(key("pk", KeyType::Hash)?)
            .key_schema(key("sk", KeyType::Range)?)
            .global_secondary_indexes(index)
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await;
        match created {
            Ok(_) => {}
            Err(error)
                if matches!(error.as_service_error(), Some(CreateTableError::ResourceInUseException(_))) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        let ttl =
            TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRY).build().map_err(built)?;
        self.client
            .update_time_to_live()
            .table_name(&self.name)
            .time_to_live_specification(ttl)
            .send()
            .await?;
        Ok(())
    }
}

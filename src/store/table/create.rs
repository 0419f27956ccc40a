//! Making the table where `template.yaml` did not: on the embedded engine and on other local ones.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use super::Table;
use crate::store::StoreError;
use crate::store::attribute::EXPIRY;

/// The sparse index of records by hour, for reports; keys only, so that it is written once per record.
pub(in crate::store) const HOUR_INDEX: &str = "by_hour";

impl Table {
    /// Makes the table as `template.yaml` describes it; one that is there is left as it is.
    ///
    /// # Errors
    /// Where the engine refuses.
    pub async fn create(&self) -> Result<(), StoreError> {
        let name = |name: &str| {
            let attribute = AttributeDefinition::builder().attribute_name(name);
            attribute.attribute_type(ScalarAttributeType::S).build().map_err(unbuilt)
        };
        let created = self
            .client()
            .create_table()
            .table_name(&self.name)
            .attribute_definitions(name("pk")?)
            .attribute_definitions(name("sk")?)
            .attribute_definitions(name("hour")?)
            .attribute_definitions(name("at")?)
            .key_schema(key("pk", KeyType::Hash)?)
            .key_schema(key("sk", KeyType::Range)?)
            .global_secondary_indexes(hour_index()?)
            .billing_mode(BillingMode::PayPerRequest)
            .send()
            .await;
        match created {
            Ok(_) => self.enable_expiry().await,
            Err(error) => match error.as_service_error() {
                Some(CreateTableError::ResourceInUseException(_)) => Ok(()),
                _ => Err(error.into()),
            },
        }
    }

    async fn enable_expiry(&self) -> Result<(), StoreError> {
        let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRY);
        let expiry = expiry.build().map_err(unbuilt)?;
        let request = self.client().update_time_to_live().table_name(&self.name);
        request.time_to_live_specification(expiry).send().await?;
        Ok(())
    }
}

fn hour_index() -> Result<GlobalSecondaryIndex, StoreError> {
    GlobalSecondaryIndex::builder()
        .index_name(HOUR_INDEX)
        .key_schema(key("hour", KeyType::Hash)?)
        .key_schema(key("at", KeyType::Range)?)
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(unbuilt)
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, StoreError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(unbuilt)
}

fn unbuilt(error: BuildError) -> StoreError {
    StoreError::Unreachable(error.to_string())
}

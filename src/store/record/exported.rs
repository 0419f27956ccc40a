//! Records in an export of the table to S3: items in DynamoDB's JSON.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::item::story_of;
use crate::record::Story;
use crate::store::attribute::{Item, text_of};
use crate::store::key::is_of_records;

/// The story in an exported item; `None` where the item is not a record.
///
/// # Errors
/// What is wrong with it, in words.
pub fn exported_story(item: &Value) -> Result<Option<Story>, String> {
    let members = item.as_object().ok_or("the item is not an object")?;
    let item: Item = members
        .iter()
        .map(|(name, value)| {
            Ok((name.clone(), attribute(value).map_err(|fault| format!("`{name}`: {fault}"))?))
        })
        .collect::<Result<_, String>>()?;
    if !text_of(&item, "pk").is_ok_and(is_of_records) {
        return Ok(None);
    }
    story_of(&item).map(Some)
}

/// Reads `{"S": "text"}`.
fn attribute(value: &Value) -> Result<AttributeValue, String> {
    let members = value.as_object().filter(|members| members.len() == 1);
    let (kind, value) = members.and_then(|members| members.iter().next()).ok_or("is not an attribute")?;
    let text = || value.as_str().map(ToOwned::to_owned).ok_or("is not text");
    Ok(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "BOOL" => AttributeValue::Bool(value.as_bool().ok_or("is not true or false")?),
        "NULL" => AttributeValue::Null(true),
        "B" => AttributeValue::B(Blob::new(STANDARD.decode(text()?).map_err(|_| "is not base64")?)),
        "L" => {
            let values = value.as_array().ok_or("is not a list")?;
            AttributeValue::L(values.iter().map(attribute).collect::<Result<_, _>>()?)
        }
        "M" => {
            let members = value.as_object().ok_or("is not a map")?;
            let members = members.iter().map(|(name, value)| Ok((name.clone(), attribute(value)?)));
            AttributeValue::M(members.collect::<Result<_, String>>()?)
        }
        "SS" | "NS" | "BS" => AttributeValue::Null(true),
        kind => return Err(format!("is of the unknown kind {kind}")),
    })
}

//! A DynamoDB request on its way, as IAM sees it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::iam::Request;
use crate::world::proxy::Seen;

impl Request {
    /// What a request asks for; one of a kind that is not known here fails the test.
    #[track_caller]
    pub(super) fn of(seen: &Seen, table: &str) -> Self {
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        let is_batch = seen.operation.starts_with("Batch");
        let named =
            if is_batch { only_member(&body["RequestItems"]).0 } else { body["TableName"].as_str().unwrap() };
        assert_eq!(named, table, "another table in {seen:?}");
        let index = body["IndexName"].as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
        Self {
            action: format!("dynamodb:{}", seen.operation),
            resource: format!("${{Table.Arn}}{index}"),
            leading_keys: leading_keys(&seen.operation, &body),
        }
    }
}

#[track_caller]
fn leading_keys(operation: &str, body: &Value) -> BTreeSet<String> {
    let keys: Vec<&Value> = match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => vec![&body["Key"]["pk"]],
        "PutItem" => vec![&body["Item"]["pk"]],
        "BatchGetItem" => {
            items(&only_member(&body["RequestItems"]).1["Keys"]).map(|key| &key["pk"]).collect()
        }
        "BatchWriteItem" => {
            let writes = items(only_member(&body["RequestItems"]).1);
            writes.map(key_of_write).collect()
        }
        "Query" => vec![key_of_query(body)],
        "Scan" | "DescribeTable" | "DescribeTimeToLive" | "DescribeContinuousBackups" => Vec::new(),
        other => panic!("which items does {other} name?"),
    };
    keys.into_iter().map(|key| key["S"].as_str().unwrap().to_owned()).collect()
}

fn key_of_write(write: &Value) -> &Value {
    match only_member(write) {
        ("PutRequest", put) => &put["Item"]["pk"],
        ("DeleteRequest", delete) => &delete["Key"]["pk"],
        other => panic!("no write: {other:?}"),
    }
}

/// The value that the partition key must equal, which every query names first.
fn key_of_query(body: &Value) -> &Value {
    let expression = body["KeyConditionExpression"].as_str().unwrap();
    let mut words = expression.split_whitespace();
    let (key, is, value) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    assert!(matches!((key, is), ("pk" | "#hour", "=")), "{expression}");
    &body["ExpressionAttributeValues"][value]
}

fn items(array: &Value) -> impl Iterator<Item = &Value> {
    array.as_array().unwrap().iter()
}

#[track_caller]
fn only_member(object: &Value) -> (&str, &Value) {
    let members = object.as_object().unwrap();
    assert_eq!(members.len(), 1, "{object}");
    members.iter().map(|(name, value)| (name.as_str(), value)).next().unwrap()
}

//! What the requests of one caller cost, noticed by an HTTP client around the SDK's, so that the store under
//! test and its alternatives are measured in the same way.
//!
//! Units are those the engine reports (`ReturnConsumedCapacity`): one write unit for each started KB of the
//! larger of the item before and after, all of it twice in a transaction. A failed condition reports none
//! although DynamoDB charges it; it is counted here by the size of the item that comes back with it, or as
//! one unit where none does. For a transaction that is cancelled, only the preparing half is counted: one
//! unit for each of its small items.

use std::ops::Sub;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};

/// What was spent so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// HTTP requests, the SDK's own repeats included.
    pub(crate) requests: u64,
    /// Writes and transactions whose condition failed.
    pub(crate) failed_writes: u64,
    /// Write request units.
    pub(crate) write_units: f64,
    /// Read request units.
    pub(crate) read_units: f64,
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            failed_writes: self.failed_writes - earlier.failed_writes,
            write_units: self.write_units - earlier.write_units,
            read_units: self.read_units - earlier.read_units,
        }
    }
}

impl std::iter::Sum for Spent {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            requests: sum.requests + one.requests,
            failed_writes: sum.failed_writes + one.failed_writes,
            write_units: sum.write_units + one.write_units,
            read_units: sum.read_units + one.read_units,
        })
    }
}

/// Counts what goes through the client it is given to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    spent: Arc<Mutex<Spent>>,
}

impl Meter {
    pub(crate) fn spent(&self) -> Spent {
        self.spent.lock().map_or_else(|poisoned| *poisoned.into_inner(), |spent| *spent)
    }

    fn count(&self, change: impl FnOnce(&mut Spent)) {
        match self.spent.lock() {
            Ok(mut spent) => change(&mut spent),
            Err(poisoned) => change(&mut poisoned.into_inner()),
        }
    }

    /// A client around another one that counts what goes through it.
    pub(crate) fn around(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Metered { client, meter: self.clone() })
    }

    /// Counts what a reply says of its request.
    fn read(&self, operation: &str, reply: &Value) {
        let units = |capacity: &Value| capacity["CapacityUnits"].as_f64().unwrap_or(0.0);
        let capacity = &reply["ConsumedCapacity"];
        let kind = reply["__type"].as_str().unwrap_or_default();
        if kind.ends_with("ConditionalCheckFailedException") {
            self.failed(reply["Item"].as_object().map_or(1.0, write_units));
        } else if kind.ends_with("TransactionCanceledException") {
            self.failed(reply["CancellationReasons"].as_array().map_or(0, Vec::len) as f64);
        } else if operation == "GetItem" {
            self.count(|spent| spent.read_units += units(capacity));
        } else {
            let all = capacity.as_array().map_or(std::slice::from_ref(capacity), Vec::as_slice);
            self.count(|spent| spent.write_units += all.iter().map(units).sum::<f64>());
        }
    }

    fn failed(&self, units: f64) {
        self.count(|spent| {
            spent.failed_writes += 1;
            spent.write_units += units;
        });
    }
}

#[derive(Debug)]
struct Metered {
    client: SharedHttpClient,
    meter: Meter,
}

impl HttpClient for Metered {
    fn http_connector(&self, with: &HttpConnectorSettings, of: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(with, of);
        SharedHttpConnector::new(MeteredConnector { connector, meter: self.meter.clone() })
    }
}

#[derive(Debug)]
struct MeteredConnector {
    connector: SharedHttpConnector,
    meter: Meter,
}

impl HttpConnector for MeteredConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        self.meter.count(|spent| spent.requests += 1);
        if ["UpdateItem", "PutItem", "GetItem", "TransactWriteItems"].contains(&operation.as_str()) {
            ask_for_capacity(&mut request);
        }
        let (reply, meter) = (self.connector.call(request), self.meter.clone());
        HttpConnectorFuture::new(async move {
            let mut reply = reply.await?;
            let body = std::mem::replace(reply.body_mut(), "".into());
            let body = body.collect().await;
            let body = body.map_err(|error| ConnectorError::other(error, None))?.to_bytes();
            meter.read(&operation, &serde_json::from_slice(&body).unwrap_or_default());
            *reply.body_mut() = body.into();
            Ok(reply)
        })
    }
}

/// The engine looks at no signature, so the body may still be changed.
fn ask_for_capacity(request: &mut HttpRequest) {
    let body = request.body().bytes().and_then(|body| serde_json::from_slice::<Map<_, _>>(body).ok());
    let Some(mut body) = body else { return };
    body.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
    let body = Value::Object(body).to_string();
    if request.headers().get("content-length").is_some() {
        request.headers_mut().insert("content-length", body.len().to_string());
    }
    *request.body_mut() = body.into();
}

/// What a write of an item of this size costs.
fn write_units(item: &Map<String, Value>) -> f64 {
    size_of_members(item).div_ceil(1_024).max(1) as f64
}

fn size_of_members(members: &Map<String, Value>) -> usize {
    members.iter().map(|(name, value)| name.len() + size_of(value)).sum()
}

/// The bytes DynamoDB charges a value with; a number about one for every two digits.
fn size_of(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 1 };
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("B", Value::String(base64)) => base64.len() * 3 / 4,
        ("M", Value::Object(members)) => 3 + members.len() + size_of_members(members),
        ("L", Value::Array(values)) => 3 + values.iter().map(|value| 1 + size_of(value)).sum::<usize>(),
        _ => 1,
    }
}

//! The keys of the table's items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};

use super::attribute::text;
use crate::dimension_key::DimensionKey;

/// Partition keys may be 2,048 bytes; a longer reference than this is replaced by its hash.
const LONGEST_REFERENCE: usize = 512;

/// What such a hash begins with. A reference that begins so is hashed, too.
const HASH_MARK: &str = "sha256:";

/// The item that holds all counters of one key of one dimension.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct QuotaKey {
    pk: String,
    often_new: bool,
}

impl QuotaKey {
    /// The item of a key, whose value is already encoded and bounded. What is counted over all is counted over
    /// all applications too. Shards have partitions of their own, since they are there to spread the load.
    #[must_use]
    pub fn new(app: &str, key: &DimensionKey) -> Self {
        let DimensionKey { dimension, value, shard } = key;
        let app = if dimension == "all" { "*" } else { app };
        let shard = shard.map(|shard| format!("#{}/{}", shard.index, shard.of)).unwrap_or_default();
        Self::named(format!("QUOTA#{app}#{dimension}#{value}{shard}"))
    }

    /// The item of this name, as [`Self::name`] gave it.
    #[must_use]
    pub fn named(pk: String) -> Self {
        let often_new = pk
            .split('#')
            .nth(2)
            .unwrap_or_default()
            .split('+')
            .any(|part| part == "number" || part.starts_with("block:") || part.starts_with("custom."));
        Self { pk, often_new }
    }

    /// Its partition key, by which it is remembered elsewhere.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.pk
    }

    /// Whether a key that this process never saw is more likely new than in use: numbers and blocks come
    /// and go, while countries, methods and applications are asked about all the time.
    pub(super) fn is_often_new(&self) -> bool {
        self.often_new
    }

    pub(super) fn attributes(&self) -> HashMap<String, AttributeValue> {
        pair(&self.pk, "STATE")
    }
}

/// Without the value, which may be a phone number.
impl std::fmt::Debug for QuotaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.pk.splitn(4, '#').take(3).collect::<Vec<_>>().join("#"))
    }
}

/// The attempts of one number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AttemptsKey {
    pk: String,
}

impl AttemptsKey {
    /// The attempts of a number, as it is stored. They stand beside the quotas of the number.
    #[must_use]
    pub fn new(app: &str, stored_number: &str) -> Self {
        Self { pk: QuotaKey::new(app, &DimensionKey::of_number(stored_number)).pk }
    }

    pub(super) fn attributes(&self) -> HashMap<String, AttributeValue> {
        let (pk, sk) = self.to_pair();
        pair(&pk, &sk)
    }

    /// Partition and sort key.
    pub(super) fn to_pair(&self) -> (String, String) {
        (self.pk.clone(), "ATTEMPTS".to_owned())
    }
}

/// Without the number.
impl std::fmt::Debug for AttemptsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttemptsKey")
    }
}

/// The record of one verification.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RecordKey {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl RecordKey {
    /// Records are kept under the customer's reference, or under Sinch's id where none was given.
    #[must_use]
    pub fn new(app: &str, reference: Option<&str>, verification_id: &str) -> Self {
        let name = reference.filter(|reference| !reference.is_empty()).unwrap_or(verification_id);
        Self { pk: partition_of(app, name), sk: bounded(verification_id) }
    }
}

/// The partition that holds the records of a reference or id.
pub(super) fn partition_of(app: &str, name: &str) -> String {
    format!("REF#{app}#{}", bounded(name))
}

/// A name of bounded length; different names stay different, even where one looks like the hash of another.
pub(super) fn bounded(name: &str) -> String {
    if name.len() <= LONGEST_REFERENCE && !name.starts_with(HASH_MARK) {
        return name.to_owned();
    }
    let digest = Sha256::digest(name);
    digest.iter().fold(HASH_MARK.to_owned(), |hex, byte| format!("{hex}{byte:02x}"))
}

pub(super) fn pair(pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reference_names_the_partition_of_a_longer_one() {
        let long = "x".repeat(LONGEST_REFERENCE + 1);
        let hashed = bounded(&long);
        assert!(hashed.len() <= LONGEST_REFERENCE);
        assert_ne!(bounded(&hashed), hashed);
        assert_eq!(bounded("order-1"), "order-1");
    }
}

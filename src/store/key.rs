//! The keys of the table's items: each text that stands in a key is written and read here.
//!
//! | partition key | sort key | item |
//! |---|---|---|
//! | `POLICY#<app>` | `ACTIVE` | the policy in force for an application, or for all (`*`) |
//! | `POLICY#<app>` | `V#<version>` | a version of it |
//! | `POLICY#*` | `APPS` | the applications that have a policy of their own |
//! | `POLICY#*` | `LISTS` | the names of the lists, and the lengths of the prefixes on them |
//! | `LIST#<list>` | `<entry>` | a number or a prefix on a list |
//! | `LIST#<list>#CHANGES` | `C#<change>` | a change of a list |
//! | `LIST#<list>#CHANGES` | `E#<change>#<entry>` | how an entry stood before that change |
//! | `QUOTA#<app>#<dimension>#<value>` | `STATE` | the counters of one value of one dimension |
//! | `QUOTA#<app>#number#<number>` | `ATTEMPTS` | the attempts of one number |
//! | `REF#<app>#<reference>` | `<verification id>` | the record of one verification |
//! | `REF#*#gates` | `SERVED` | the applications that the gates serve, and how these store numbers |

mod kind;

use std::fmt;

use sha2::{Digest, Sha256};

pub(super) use kind::ItemKind;

use super::attribute::{Item, text, text_of};
use crate::dimension_key::DimensionKey;
use crate::hex::hex;
use crate::privacy::NumberKey;
use crate::signature::AppKey;

/// Partition keys may be 2,048 bytes; a longer reference than this is replaced by its hash.
const LONGEST_REFERENCE: usize = 512;

/// What such a hash begins with. A reference that begins like that is hashed, too.
const HASH_MARK: &str = "sha256:";

const POLICY: &str = "POLICY";
const LIST: &str = "LIST";
const QUOTA: &str = "QUOTA";
const REF: &str = "REF";
const ACTIVE: &str = "ACTIVE";
const ATTEMPTS: &str = "ATTEMPTS";

/// What the partition of a list's changes has behind the list's name, which never has a `#` itself.
const CHANGES: &str = "#CHANGES";

/// What the sort key of every change of a list begins with.
#[cfg(feature = "cli")]
pub(super) const OF_CHANGE: &str = "C#";

/// What the sort key of every version of a policy begins with.
pub(super) const VERSIONS: &str = "V#";

/// Partition key and sort key of an item.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ItemKey {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl ItemKey {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The key of an item; empty texts where it lacks them.
    pub(super) fn of(item: &Item) -> Self {
        let part = |name| text_of(item, name).unwrap_or_default();
        Self::new(part("pk"), part("sk"))
    }

    /// Whether it is the key of this item.
    pub(super) fn is_of(&self, item: &Item) -> bool {
        text_of(item, "pk") == Ok(&self.pk) && text_of(item, "sk") == Ok(&self.sk)
    }

    /// The attributes that make it.
    pub(super) fn attributes(&self) -> Item {
        Item::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }

    /// The policy in force for an application, or for all (`*`).
    pub(super) fn of_active_policy(app: &str) -> Self {
        Self::new(partition_of_policies(app), ACTIVE)
    }

    /// A version of a policy; its digits keep the history in order.
    pub(super) fn of_policy_version(app: &str, version: u64) -> Self {
        Self::new(partition_of_policies(app), format!("{VERSIONS}{version:08}"))
    }

    /// The names of all applications that have a history of policies.
    pub(super) fn of_applications() -> Self {
        Self::new(partition_of_policies("*"), "APPS")
    }

    /// The names of all lists, and the lengths of the prefixes on them. It stands beside the policies, with
    /// which it is loaded.
    pub(super) fn of_lists() -> Self {
        Self::new(partition_of_policies("*"), "LISTS")
    }

    /// What the gates serve. It stands where a gate may write; no application has the key `*`.
    pub(super) fn of_served() -> Self {
        Self::new(format!("{REF}#*#gates"), "SERVED")
    }

    /// An entry of a list, by what it matches.
    pub(super) fn of_list_entry(list: &str, entry: &str) -> Self {
        Self::new(partition_of_list(list), entry)
    }

    /// A change of a list.
    #[cfg(feature = "cli")]
    pub(super) fn of_list_change(list: &str, change: &str) -> Self {
        Self::new(partition_of_changes(list), format!("{OF_CHANGE}{change}"))
    }

    /// How an entry stood before a change of its list.
    #[cfg(feature = "cli")]
    pub(super) fn of_entry_before(list: &str, change: &str, entry: &str) -> Self {
        Self::new(partition_of_changes(list), format!("{}{entry}", of_entries_before(change)))
    }
}

/// Without what may be a number or a reference of a customer.
impl fmt::Debug for ItemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pk, sk) = self.masked();
        write!(f, "{pk} / {sk}")
    }
}

/// The partition of an application's policies, or of those for all (`*`).
pub(super) fn partition_of_policies(app: &str) -> String {
    format!("{POLICY}#{app}")
}

/// The application whose policies have this partition key.
pub(super) fn app_of_policies(pk: &str) -> Option<&str> {
    pk.strip_prefix(POLICY)?.strip_prefix('#')
}

/// The partition of a list.
pub(super) fn partition_of_list(list: &str) -> String {
    format!("{LIST}#{list}")
}

/// The list that has this partition key.
pub(super) fn list_of_partition(pk: &str) -> Option<&str> {
    pk.strip_prefix(LIST)?.strip_prefix('#').filter(|list| !list.contains('#'))
}

/// The partition of the changes of a list.
#[cfg(feature = "cli")]
pub(super) fn partition_of_changes(list: &str) -> String {
    format!("{LIST}#{list}{CHANGES}")
}

/// What the sort keys of the entries begin with that a change has changed.
#[cfg(feature = "cli")]
pub(super) fn of_entries_before(change: &str) -> String {
    format!("E#{change}#")
}

/// The partition that holds the records of a reference or id.
pub(super) fn partition_of_records(app: &AppKey, name: &str) -> String {
    partition_of_named(app, &bounded(name))
}

fn partition_of_named(app: &AppKey, name: &str) -> String {
    format!("{REF}#{app}#{name}")
}

/// Whether a partition holds records. What the gates serve stands beside them, under the application `*`.
#[cfg(feature = "cli")]
pub(super) fn is_of_records(pk: &str) -> bool {
    pk.strip_prefix(REF).is_some_and(|rest| rest.starts_with('#') && !rest.starts_with("#*#"))
}

/// A name of bounded length; different names stay different, even where one looks like the hash of another.
pub(super) fn bounded(name: &str) -> String {
    if name.len() <= LONGEST_REFERENCE && !name.starts_with(HASH_MARK) {
        return name.to_owned();
    }
    format!("{HASH_MARK}{}", hex(&Sha256::digest(name)))
}

/// The item that holds all counters of one key of one dimension.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct QuotaKey {
    pk: String,
    often_new: bool,
}

impl QuotaKey {
    /// The item of a key, whose value is already encoded and bounded. What is counted over all is counted
    /// over all applications too. Shards have partitions of their own, since they are there to spread the
    /// load.
    #[must_use]
    pub fn new(app: &str, key: &DimensionKey) -> Self {
        let DimensionKey { dimension, value, shard } = key;
        let app = if dimension == "all" { "*" } else { app };
        let shard = shard.map(|shard| format!("#{}/{}", shard.index, shard.of)).unwrap_or_default();
        Self::named(format!("{QUOTA}#{app}#{dimension}#{value}{shard}"))
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

    pub(super) fn item(&self) -> ItemKey {
        ItemKey::new(&self.pk, "STATE")
    }
}

/// Without the value, which may be a phone number.
impl fmt::Debug for QuotaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.item().masked().0)
    }
}

/// The attempts of one number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AttemptsKey(ItemKey);

impl AttemptsKey {
    /// The attempts of a number. They stand beside the quotas of the number.
    #[must_use]
    pub fn new(app: &AppKey, number: &NumberKey) -> Self {
        let quota = QuotaKey::new(app.as_str(), &DimensionKey::of_number(number.as_str()));
        Self(ItemKey::new(quota.pk, ATTEMPTS))
    }

    pub(super) fn item(&self) -> &ItemKey {
        &self.0
    }
}

/// Without the number.
impl fmt::Debug for AttemptsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptsKey")
    }
}

/// The record of one verification.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RecordKey(ItemKey);

impl RecordKey {
    /// Records are kept under the customer's reference, or under Sinch's id where none was given.
    #[must_use]
    pub fn new(app: &AppKey, reference: Option<&str>, verification_id: &str) -> Self {
        let name = reference.filter(|reference| !reference.is_empty()).unwrap_or(verification_id);
        Self(ItemKey::new(partition_of_records(app, name), bounded(verification_id)))
    }

    /// The record under a name, as [`Self::name`] gave it.
    #[cfg(feature = "cli")]
    pub(super) fn named(app: &AppKey, name: &str, id: &str) -> Self {
        Self(ItemKey::new(partition_of_named(app, name), id))
    }

    /// What its partition is named after, without the application: the reference or the id, bounded.
    pub(super) fn name(&self) -> &str {
        match self.0.kind() {
            Some(ItemKind::Record { name, .. }) => name,
            _ => "",
        }
    }

    /// The key of an item that is a record.
    #[cfg(feature = "cli")]
    pub(super) fn of(item: &Item) -> Self {
        Self(ItemKey::of(item))
    }

    pub(super) fn item(&self) -> &ItemKey {
        &self.0
    }

    /// The id of the verification, bounded; what its partition of the index by hour is chosen by.
    pub(super) fn id(&self) -> &str {
        &self.0.sk
    }
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

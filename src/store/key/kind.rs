//! What the key of an item says that the item is.

use super::{ATTEMPTS, CHANGES, ItemKey, LIST, POLICY, QUOTA, REF};

/// What an item is, by its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) enum ItemKind<'k> {
    /// Whatever stands beside the policies of an application.
    Policy { app: &'k str },
    /// A number or a prefix on a list.
    ListEntry { list: &'k str, entry: &'k str },
    /// A change of a list, or how an entry stood before it.
    ListChange { list: &'k str },
    /// The counters of one value of a dimension.
    Quota { app: &'k str, dimension: &'k str, value: &'k str },
    /// The attempts of one number.
    Attempts { app: &'k str, dimension: &'k str, value: &'k str },
    /// The record of one verification, under a reference or an id.
    Record { app: &'k str, name: &'k str, id: &'k str },
}

impl ItemKey {
    /// What the item is; `None` where the gate wrote no such key.
    pub(in crate::store) fn kind(&self) -> Option<ItemKind<'_>> {
        let (kind, rest) = self.pk.split_once('#')?;
        match kind {
            POLICY => Some(ItemKind::Policy { app: rest }),
            LIST => Some(match rest.strip_suffix(CHANGES) {
                Some(list) => ItemKind::ListChange { list },
                None => ItemKind::ListEntry { list: rest, entry: &self.sk },
            }),
            REF => {
                let (app, name) = rest.split_once('#')?;
                Some(ItemKind::Record { app, name, id: &self.sk })
            }
            QUOTA => {
                let (app, rest) = rest.split_once('#')?;
                let (dimension, value) = rest.split_once('#')?;
                // Behind it may stand a shard.
                let value = value.split('#').next()?;
                Some(match self.sk.as_str() {
                    ATTEMPTS => ItemKind::Attempts { app, dimension, value },
                    _ => ItemKind::Quota { app, dimension, value },
                })
            }
            _ => None,
        }
    }

    /// Partition and sort key for messages and logs: without phone numbers, values of `custom` and
    /// references.
    pub(in crate::store) fn masked(&self) -> (String, String) {
        match self.kind() {
            Some(ItemKind::Policy { .. }) => (self.pk.clone(), self.sk.clone()),
            Some(ItemKind::ListEntry { .. }) => (self.pk.clone(), "(entry)".to_owned()),
            Some(ItemKind::ListChange { .. }) => (self.pk.clone(), "(change)".to_owned()),
            Some(ItemKind::Record { app, id, .. }) => (format!("{REF}#{app}"), id.to_owned()),
            Some(ItemKind::Quota { app, dimension, .. } | ItemKind::Attempts { app, dimension, .. }) => {
                (format!("{QUOTA}#{app}#{dimension}"), self.sk.clone())
            }
            None => ("(unknown)".to_owned(), "(unknown)".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimension_key::DimensionKey;
    use crate::phone::PhoneNumber;
    use crate::privacy::NumberPrivacy;
    use crate::store::{AttemptsKey, QuotaKey, RecordKey};

    const NUMBER: &str = "+46701740605";

    #[test]
    fn no_message_about_an_item_names_a_number_or_a_reference() {
        let app = "app".parse().unwrap();
        let number = DimensionKey::of_number(NUMBER);
        let cases = [
            (ItemKey::of_active_policy("app"), "POLICY#app / ACTIVE"),
            (ItemKey::of_policy_version("*", 7), "POLICY#* / V#00000007"),
            (ItemKey::of_lists(), "POLICY#* / LISTS"),
            (ItemKey::of_list_entry("blocklist", NUMBER), "LIST#blocklist / (entry)"),
            #[cfg(feature = "cli")]
            (ItemKey::of_entry_before("blocklist", "1", NUMBER), "LIST#blocklist#CHANGES / (change)"),
            (QuotaKey::new("app", &number).item(), "QUOTA#app#number / STATE"),
            (
                AttemptsKey::new(&app, &NumberPrivacy::Plain.key(&PhoneNumber::new(NUMBER))).item().clone(),
                "QUOTA#app#number / ATTEMPTS",
            ),
            (RecordKey::new(&app, Some(NUMBER), "id-1").item().clone(), "REF#app / id-1"),
            (ItemKey::new(format!("OTHER#{NUMBER}"), NUMBER), "(unknown) / (unknown)"),
        ];
        for (key, expected) in cases {
            assert_eq!(format!("{key:?}"), expected);
        }
    }

    #[test]
    fn a_shard_is_not_part_of_the_value() {
        let key = QuotaKey::named("QUOTA#app#country#SE#3/8".to_owned()).item();
        let expected = ItemKind::Quota { app: "app", dimension: "country", value: "SE" };
        assert_eq!(key.kind(), Some(expected));
    }
}

//! The values that a condition lists.

use std::sync::Arc;

use super::value::Value;
use crate::phone::{PhoneNumber, Prefix};

/// The values of a condition, each part sorted. The values of a set are shared by all conditions that name
/// it, so that a policy is as small in memory as it is in text, however often it names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Values<T>(Vec<Arc<[T]>>);

impl<T> Values<T> {
    pub(in crate::policy) fn new(parts: Vec<Arc<[T]>>) -> Self {
        Self(parts)
    }

    /// The values that the condition lists itself, and those of each set that it names.
    pub(in crate::policy) fn parts(&self) -> &[Arc<[T]>] {
        &self.0
    }

    /// All values, those that are in several parts several times.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|part| part.iter())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Whether a value is among these.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool
    where
        T: Ord,
    {
        self.0.iter().any(|part| part.binary_search(value).is_ok())
    }
}

impl Values<Prefix> {
    /// Whether a number begins with one of these.
    ///
    /// Of the prefixes that are sorted no later than the number, only the last can be one of its own: between
    /// a prefix and a number that begins with it stand only longer prefixes that begin with it too, and those
    /// are left out.
    #[must_use]
    pub fn match_number(&self, number: &PhoneNumber) -> bool {
        let Some(in_clear) = number.in_clear() else { return false };
        self.0.iter().any(|part| {
            let end = part.partition_point(|prefix| prefix.as_str() <= in_clear);
            part.get(..end).and_then(<[Prefix]>::last).is_some_and(|prefix| prefix.matches(number))
        })
    }
}

/// Sorts values, and leaves out those that match nothing which another does not match too.
pub(in crate::policy) fn sorted<T: Value>(mut values: Vec<T>) -> Arc<[T]> {
    values.sort_unstable();
    values.dedup_by(|later, earlier| later.is_within(earlier));
    values.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_is_found_by_any_of_its_prefixes(
            prefixes in prop::collection::vec("[+][12]{1,5}", 0..12),
            number in "[+][12]{1,7}|[+][12]{1,3} [12]{1,3}|[12]{1,3}",
        ) {
            let prefixes: Vec<Prefix> =
                prefixes.iter().map(|prefix| Prefix::with_optional_star(prefix).unwrap()).collect();
            let number = PhoneNumber::new(&number);
            let expected = prefixes.iter().any(|prefix| prefix.matches(&number));
            prop_assert_eq!(Values::new(vec![sorted(prefixes)]).match_number(&number), expected);
        }
    }
}

//! Which keys of counters name a phone number.

use crate::dimension_key::{NUMBER, encode, number_value};
use crate::phone::PhoneNumber;

/// A number as the values of keys name it.
#[derive(Clone)]
pub(super) struct NumberInKeys {
    /// As the dimension `number` has it, in each form that the table may hold.
    as_number: Vec<String>,
    /// As a member of `custom` has it, where the customer sends the number there too.
    as_custom: String,
}

impl NumberInKeys {
    /// A number, and the forms in which it may be stored.
    pub(super) fn new(number: &PhoneNumber, stored: &[String]) -> Self {
        let as_number = stored.iter().map(|stored| number_value(stored)).collect();
        Self { as_number, as_custom: encode(number.as_str()) }
    }

    /// Texts of which every key that names the number has one.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.as_number.iter().chain([&self.as_custom]).map(String::as_str)
    }

    /// Whether the key of a counter names the number: alone or among others, and whole. A block does not,
    /// even where its digits are those of a short number.
    pub(super) fn is_named_by(&self, dimension: &str, value: &str) -> bool {
        dimension.split('+').zip(value.split('|')).any(|(dimension, value)| match dimension {
            NUMBER => self.as_number.iter().any(|number| number == value),
            _ => dimension.starts_with("custom.") && value == self.as_custom,
        })
    }
}

/// Without the number.
impl std::fmt::Debug for NumberInKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NumberInKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: &str, dimension: &str, value: &str, is_named: bool) {
        let stored = [number.to_owned(), "hmac:00ff".to_owned()];
        let number = NumberInKeys::new(&PhoneNumber::new(number), &stored);
        assert_eq!(number.is_named_by(dimension, value), is_named, "{dimension}#{value}");
        if is_named {
            assert!(number.texts().any(|text| value.contains(text)), "{dimension}#{value}");
        }
    }

    #[test]
    fn a_key_names_a_number_whole_alone_or_among_others() {
        const NUMBER: &str = "+46701740605";
        check(NUMBER, "number", NUMBER, true);
        check(NUMBER, "number", "hmac:00ff", true);
        check(NUMBER, "number+method", "+46701740605|sms", true);
        check(NUMBER, "country+number", "SE|+46701740605", true);
        check(NUMBER, "custom.phone", "%2B46701740605", true);
        check(NUMBER, "number", "+467017406050", false);
        check(NUMBER, "number", "+4670174060", false);
        check(NUMBER, "country+custom.ip", "SE|198.51.100.7", false);
        check("+46701740", "block:3", "+46701740", false);
        check("SE", "country", "SE", false);
        check("070-174 06 05", "number", "070-174 06 05", true);
    }
}

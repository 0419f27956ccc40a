//! The key of a verification under a quota, as people read it.

use serde::Serialize;

use crate::event::Method;
use crate::figures::Seen;
use crate::privacy::StoredNumber;
use crate::record::Region;

/// The key of a verification in what a quota counts by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Key {
    /// The key as records have it, with whole numbers, so that different ones never fall together.
    pub key: String,
    /// The key as people may see it: numbers are masked.
    #[serde(skip)]
    pub shown: String,
}

impl Key {
    /// The key by a quota's `per` in its one form, such as `country+method`.
    pub(in crate::figures) fn of(per: &str, seen: &Seen<'_>) -> Self {
        let parts: Vec<Self> = per.split('+').map(|dimension| Self::part(dimension, seen)).collect();
        let joined = |part: fn(&Self) -> &str| parts.iter().map(part).collect::<Vec<_>>().join(", ");
        Self { key: joined(|part| &part.key), shown: joined(|part| &part.shown) }
    }

    fn part(dimension: &str, seen: &Seen<'_>) -> Self {
        let subject = &seen.story.subject;
        let value = match dimension {
            "number" => {
                let shown = subject.shown_number();
                return Self::known(subject.number.as_ref().map(StoredNumber::as_str), shown, dimension);
            }
            "country" => subject.country.as_ref().map(Region::to_string),
            "calling_code" => subject.calling_code().map(|code| format!("+{code}")),
            "method" => subject.method.as_ref().map(Method::to_string),
            "app" => Some(subject.app.to_string()),
            "all" => Some("all".to_owned()),
            other => match other.strip_prefix("block:") {
                Some(digits) => {
                    let digits = digits.parse().ok();
                    digits.and_then(|digits| subject.block(digits)).map(|block| format!("{block}*"))
                }
                None => other.strip_prefix("custom.").and_then(|name| custom(seen, name)),
            },
        };
        let shown = value.as_ref().map(|value| value.escape_debug().to_string());
        Self::known(value.as_deref(), shown, dimension)
    }

    /// What a record does not hold is named by the dimension.
    fn known(key: Option<&str>, shown: Option<String>, dimension: &str) -> Self {
        Self {
            key: key.unwrap_or(dimension).to_owned(),
            shown: shown.unwrap_or_else(|| dimension.to_owned()),
        }
    }
}

/// A member of the request's `custom`.
fn custom(seen: &Seen<'_>, name: &str) -> Option<String> {
    let custom: serde_json::Value = serde_json::from_str(seen.decided.custom.as_deref()?).ok()?;
    match custom.get(name)? {
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::sample::story;
    use crate::phone::PhoneNumber;
    use crate::privacy::Block;
    use crate::record::Story;
    use crate::verdict::Verdict;

    fn key(story: &Story, per: &str) -> (String, String) {
        let key = Key::of(per, &Seen::of(story).unwrap());
        (key.key, key.shown)
    }

    #[test]
    fn a_key_is_named_by_what_the_quota_counts_by() {
        let mut story = story("+46701740605", Verdict::Deny, &[]);
        story.decision.as_mut().unwrap().custom = Some(r#"{"ip":"198.51.100.7","n":7}"#.to_owned());
        for (per, whole, shown) in [
            ("number", "+46701740605", "+4670*****05"),
            ("block:4", "+4670174*", "+4670174*"),
            ("country+method", "SE, sms", "SE, sms"),
            ("calling_code", "+46", "+46"),
            ("app", "app", "app"),
            ("all", "all", "all"),
            ("custom.ip", "198.51.100.7", "198.51.100.7"),
            ("custom.n", "7", "7"),
            ("custom.user", "custom.user", "custom.user"),
        ] {
            assert_eq!(key(&story, per), (whole.to_owned(), shown.to_owned()), "{per}");
        }
    }

    #[test]
    fn what_an_end_user_wrote_cannot_steer_a_terminal() {
        let mut story = story("+46701740605", Verdict::Deny, &[]);
        story.decision.as_mut().unwrap().custom = Some("{\"ip\":\"\\u001b[2Jx\"}".to_owned());
        assert_eq!(key(&story, "custom.ip").1, "\\u{1b}[2Jx");
    }

    #[test]
    fn a_hashed_number_has_the_keys_that_its_block_tells() {
        let mut story = story("hmac:0011", Verdict::Deny, &[]);
        story.subject.block = Block::of(&PhoneNumber::new("+46701740605"));
        assert_eq!(key(&story, "number"), ("hmac:0011".to_owned(), "+46701740***".to_owned()));
        assert_eq!(key(&story, "block:4").0, "+4670174*");
        assert_eq!(key(&story, "calling_code").0, "+46");
        assert_eq!(key(&story, "block:2").0, "block:2", "a record does not hold it");
    }
}

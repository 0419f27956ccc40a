//! The item of a number's attempts, which stands beside the quotas of the number.
//!
//! | attribute | type | meaning |
//! |---|---|---|
//! | `a#<stamp>` | M | an attempt |
//! | `e#<stamp>` | M | an ending |
//! | `d#<slot>` | M | a verification whose attempt was withdrawn, since it was denied after all |
//! | `verified_at` | N | epoch seconds of the last ending that was verified |
//! | `expires_at` | N | epoch seconds after which it is forgotten |
//!
//! | in an attempt | type | meaning |
//! |---|---|---|
//! | `t` | N | when it began, epoch milliseconds |
//! | `k` | S | the token of the handling that wrote it |
//! | `q` | L | its claims |
//! | `r` | S | the token of the handling that released it; missing while nobody has |
//!
//! Attempts, endings and denials say whose record they belong to, by which support finds it; what an earlier
//! version wrote does not.
//!
//! | in each of them | type | meaning |
//! |---|---|---|
//! | `n` | S | the name that the record is kept under: the reference, or the id where none was given |
//! | `v` | S | the id of the verification, where that is not the name |
//!
//! | in a claim | type | meaning |
//! |---|---|---|
//! | `i` | S | the quota item's partition key |
//! | `r` | S | the name of the counter, which is the rule and what it counts unless that is verifications |
//! | `l` | N | the counter's window in ms |
//! | `c` | N | what was taken, or would have been |
//! | `h` | BOOL | whether it was taken: a full quota in monitor mode lets a verification through without |
//! | `g` | BOOL | whether the limit grows with what is verified |
//!
//! | in an ending | type | meaning |
//! |---|---|---|
//! | `s` | BOOL | whether the verification succeeded |
//! | `t` | N | when it was heard of, epoch milliseconds |

use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;

#[cfg(feature = "cli")]
use super::Trail;
use crate::attempt::{Attempt, Attempts, Claim, Ending};
use crate::quota::{Stamp, Window};
#[cfg(feature = "cli")]
use crate::signature::AppKey;
use crate::store::RecordKey;
use crate::store::attribute::{Item, number_of, text_of};
use crate::store::form::{self, Digits, Form, flag, list, number, text};
use crate::token::Token;

/// The attribute of an attempt.
pub(super) fn attempt_name(stamp: Stamp) -> String {
    format!("a#{stamp}")
}

/// The attribute of an ending.
pub(super) fn ending_name(stamp: Stamp) -> String {
    format!("e#{stamp}")
}

/// How many denials are remembered at most, so that they need not be counted.
const DENIAL_SLOTS: usize = 8;

/// The attribute of a denial.
pub(super) fn denial_name(stamp: Stamp) -> String {
    format!("d#{}", stamp.slot() % DENIAL_SLOTS)
}

/// What an attempt, an ending and a denial have in common.
#[derive(Serialize)]
struct About<'a> {
    t: Form<Digits<i64>>,
    n: Form<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<Form<&'a str>>,
}

impl<'a> About<'a> {
    fn new(record: &'a RecordKey, at: Timestamp) -> Self {
        let id = Some(record.id()).filter(|id| *id != record.name());
        Self { t: number(at.as_millisecond()), n: text(record.name()), v: id.map(text) }
    }
}

/// An attempt as an attribute; nobody has released it yet.
pub(super) fn from_attempt<'a>(
    attempt: &'a Attempt,
    record: &'a RecordKey,
) -> Form<impl Serialize + use<'a>> {
    #[derive(Serialize)]
    struct Members<'a, C> {
        #[serde(flatten)]
        about: About<'a>,
        k: Form<&'a str>,
        q: C,
    }
    form::members(Members {
        about: About::new(record, attempt.at),
        k: text(attempt.token.as_str()),
        q: from_claims(&attempt.claims),
    })
}

/// An ending as an attribute.
pub(super) fn from_ending(ending: Ending, record: &RecordKey, at: Timestamp) -> Form<impl Serialize> {
    #[derive(Serialize)]
    struct Members<'a> {
        #[serde(flatten)]
        about: About<'a>,
        s: Form<bool>,
    }
    form::members(Members { about: About::new(record, at), s: flag(ending == Ending::Verified) })
}

/// A denial as an attribute.
pub(super) fn from_denial(record: &RecordKey, at: Timestamp) -> Form<impl Serialize> {
    form::members(About::new(record, at))
}

/// Claims as an attribute.
pub(super) fn from_claims(claims: &[Claim]) -> Form<impl Serialize> {
    #[derive(Serialize)]
    struct Members<'a, C: Display> {
        i: Form<&'a str>,
        r: Form<&'a str>,
        l: Form<Digits<u64>>,
        c: Form<Digits<C>>,
        h: Form<bool>,
        g: Form<bool>,
    }
    list(claims.iter().map(|claim| {
        form::members(Members {
            i: text(&claim.key),
            r: text(&claim.rule),
            l: number(claim.window.as_millis()),
            c: number(claim.cost.normalize()),
            h: flag(claim.is_held),
            g: flag(claim.grows),
        })
    }))
}

/// The records that the item leads to.
#[cfg(feature = "cli")]
pub(super) fn to_trail(app: &AppKey, item: &Item) -> Trail {
    let mut trail = Trail::default();
    for (name, value) in item {
        let is_one = ["a#", "e#", "d#"].iter().any(|mark| name.starts_with(mark));
        let (true, AttributeValue::M(map)) = (is_one, value) else { continue };
        let Ok(at) = moment_of(map) else { continue };
        trail.since = Some(trail.since.map_or(at, |since| since.min(at)));
        if let Ok(name) = text_of(map, "n") {
            let record = RecordKey::named(app, name, text_of(map, "v").unwrap_or(name));
            let known = trail.records.entry(record).or_insert(at);
            *known = at.min(*known);
        }
    }
    trail
}

/// Reads the item.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn to_attempts(item: &Item) -> Result<Attempts, String> {
    let mut attempts = Attempts::default();
    if item.contains_key("verified_at") {
        attempts.verified_at = Timestamp::from_second(number_of(item, "verified_at")?).ok();
    }
    for (name, value) in item {
        let AttributeValue::M(map) = value else { continue };
        let in_attribute = |problem| format!("`{name}`: {problem}");
        if let Some(stamp) = name.strip_prefix("a#").and_then(Stamp::parse) {
            attempts.attempts.insert(stamp, to_attempt(map).map_err(in_attribute)?);
        } else if let Some(stamp) = name.strip_prefix("e#").and_then(Stamp::parse) {
            let ending = if flag_of(map, "s") { Ending::Verified } else { Ending::Uncharged };
            attempts.endings.insert(stamp, (ending, moment_of(map).map_err(in_attribute)?));
        }
    }
    Ok(attempts)
}

fn to_attempt(map: &Item) -> Result<Attempt, String> {
    let Some(AttributeValue::L(claims)) = map.get("q") else { return Err("`q` is not a list".to_owned()) };
    let claims =
        claims.iter().map(|claim| to_claim(claim.as_m().map_err(|_| "a claim is not a map".to_owned())?));
    Ok(Attempt {
        at: moment_of(map)?,
        claims: claims.collect::<Result<_, String>>()?,
        token: text_of(map, "k")?.into(),
        released_by: text_of(map, "r").ok().map(Token::from),
    })
}

fn to_claim(map: &Item) -> Result<Claim, String> {
    Ok(Claim {
        key: text_of(map, "i")?.to_owned(),
        rule: text_of(map, "r")?.to_owned(),
        window: Window::from_millis(number_of(map, "l")?).ok_or("`l` is not a window")?,
        cost: number_of(map, "c")?,
        is_held: flag_of(map, "h"),
        grows: flag_of(map, "g"),
    })
}

fn moment_of(map: &Item) -> Result<Timestamp, String> {
    Timestamp::from_millisecond(number_of(map, "t")?).map_err(|_| "`t` is out of range".to_owned())
}

fn flag_of(map: &Item, name: &str) -> bool {
    matches!(map.get(name), Some(AttributeValue::Bool(true)))
}

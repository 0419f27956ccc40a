//! What a record says of a decision: what decided, why in words, and how the quotas stood that were asked.

use jiff::Timestamp;

use super::tests::priced;
use super::{Evidence, conclude, describe};
use crate::list::ListEntry;
use crate::policy::{Facts, Policy};
use crate::quota::Reading;
use crate::record::Decided;
use crate::verdict::Verdict;

/// A step of each kind, in this order: two lists, a count, an amount, the past.
const RULES: &str = r#"
    schema = 1
    default = "allow"
    on_store_failure = "allow"
    rules = [
      { id = "one", verdict = "deny", list = "numbers" },
      { id = "range", verdict = "deny", list = "ranges" },
      { id = "count", verdict = "deny", quota = { per = "number", limit = 3, window = "1d" } },
      { id = "spend", verdict = "deny", quota = { per = "country", limit = "9.00 EUR", window = "1d" } },
      { id = "known", verdict = "deny", when.verified_within = "30d" },
    ]
"#;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// What is recorded where the steps found this, in the order of the rules; later steps were not asked.
fn decided(evidence: &[Evidence]) -> Decided {
    decided_by(RULES, evidence)
}

fn decided_by(rules: &str, evidence: &[Evidence]) -> Decided {
    let policy = Policy::compile(rules).unwrap_or_else(|problems| panic!("{problems}")).policy;
    let request = priced("0.12 EUR");
    let now = at(86_400);
    let facts = Facts { app: "app", request: &request, stored_number: "+46701740605", now };
    let plan = policy.plan(&facts);
    describe(&plan, &conclude(&plan, evidence), evidence, &request, "v1", now)
}

fn listed(list: &str, entry: &str, expires_at: Option<Timestamp>) -> Evidence {
    Evidence::Listed(ListEntry {
        list: list.to_owned(),
        entry: entry.to_owned(),
        reason: "case 7".to_owned(),
        author: "ann".to_owned(),
        added_at: at(0),
        expires_at,
    })
}

fn reading(rule: &str, total: &str, limit: &str, retry_at: Option<Timestamp>) -> Reading {
    let [total, limit] = [total, limit].map(|number| number.parse().unwrap());
    Reading { rule: rule.to_owned(), total, limit, retry_at, over: false }
}

#[test]
fn an_entry_of_a_list_is_given_with_its_reason_and_its_end() {
    let of_number = decided(&[listed("numbers", "+46701740605", None)]);
    assert_eq!((of_number.rule.as_deref(), of_number.verdict), (Some("one"), Verdict::Deny));
    assert_eq!(of_number.reason, "listed on numbers: case 7");
    let of_range = decided(&[Evidence::NotListed, listed("ranges", "+4670174*", Some(at(90_000)))]);
    assert_eq!(of_range.rule.as_deref(), Some("range"));
    assert_eq!(of_range.reason, "listed as +4670174* on ranges until 1970-01-02T01:00:00Z: case 7");
}

#[test]
fn a_limit_is_given_with_what_was_counted_and_when_there_is_room_again() {
    let not_listed = [Evidence::NotListed, Evidence::NotListed];
    let full = Evidence::Full(reading("count", "3", "3", Some(at(90_000))));
    let count = decided(&[&not_listed[..], &[full]].concat());
    assert_eq!(count.rule.as_deref(), Some("count"));
    assert_eq!(count.reason, "3 of 3 per number in 1d, room again at 1970-01-02T01:00:00Z");
    let room = Evidence::Room(reading("count", "2", "3", None));
    let full = Evidence::Full(reading("spend", "8.90", "9.00", None));
    let spend = decided(&[&not_listed[..], &[room, full]].concat());
    assert_eq!(spend.reason, "8.9 and 0.12 for this one of 9.00 EUR per country in 1d");
    let read: Vec<_> = spend.quotas.iter().map(|one| (one.rule.as_str(), one.currency.as_deref())).collect();
    assert_eq!(read, [("count", None), ("spend", Some("EUR"))]);
    assert_eq!(spend.quotas[1].total, "8.9".parse().unwrap());
}

#[test]
fn a_limit_that_has_grown_is_given_beside_the_one_it_grew_from() {
    let not_listed = [Evidence::NotListed, Evidence::NotListed];
    let full = Evidence::Full(reading("count", "5", "5", None));
    let grown = decided(&[&not_listed[..], &[full]].concat());
    assert_eq!(grown.reason, "5 of 5 per number in 1d, where the limit has grown from 3");
}

#[test]
fn a_past_is_given_by_when_the_number_verified() {
    let room = |rule| Evidence::Room(reading(rule, "1", "3", None));
    let before = [Evidence::NotListed, Evidence::NotListed, room("count"), room("spend")];
    let known = decided(&[&before[..], &[Evidence::PastFits(Some(at(80_000)))]].concat());
    assert_eq!(known.rule.as_deref(), Some("known"));
    assert_eq!(known.reason, "the number verified at 1970-01-01T22:13:20Z");
    let never = decided(&[&before[..], &[Evidence::PastFits(None)]].concat());
    assert_eq!(never.reason, "the number never verified");
}

#[test]
fn an_allow_rests_on_what_is_said_for_a_table_that_does_not_answer() {
    let asked = decided(&[Evidence::NotListed, Evidence::NotListed]);
    assert_eq!((asked.verdict, asked.on_store_failure), (Verdict::Allow, false));
    assert_eq!(asked.reason, "no rule decided");
    let unanswered = decided(&[Evidence::Unreachable]);
    assert_eq!((unanswered.verdict, unanswered.on_store_failure), (Verdict::Allow, true));
    let denied = decided(&[Evidence::Unreachable, listed("ranges", "+4670174*", None)]);
    assert_eq!((denied.verdict, denied.on_store_failure), (Verdict::Deny, false));
    let closed = RULES.replace(r#"on_store_failure = "allow""#, r#"on_store_failure = "deny""#);
    let denied = decided_by(&closed, &[Evidence::Unreachable]);
    assert_eq!((denied.verdict, denied.on_store_failure), (Verdict::Deny, true));
    assert_eq!(denied.reason, "the table did not answer, which rule one needs");
}

//! What has happened since the last line.

use std::borrow::Cow;
use std::time::Duration;

use rust_decimal::Decimal;

use super::{Dimension, Metric, Unit};
use crate::event::Status;
use crate::money::Money;
use crate::phone::Country;
use crate::policy::RuleId;
use crate::record::Decided;
use crate::signature::AppScope;
use crate::verdict::Verdict;

/// The value of a dimension.
pub(super) type Label = (Dimension, Cow<'static, str>);

/// What has happened. There is one way in for each kind of happening, and each takes only values of which
/// there are few: see the [module](super).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Few, so that looking through them is the fastest.
    pub(super) entries: Vec<Entry>,
}

/// A metric under the values of its dimensions, and its values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) metric: Metric,
    pub(super) labels: Vec<Label>,
    pub(super) values: Vec<Decimal>,
}

/// What a decision rests on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ground {
    /// A rule of the policy.
    Rule(RuleId),
    /// The policy's `default`.
    Default,
    /// The policy's `on_store_failure`.
    StoreFailure,
}

impl From<&Decided> for Ground {
    /// What a record says. Whoever wrote it has checked the rule's name.
    fn from(decided: &Decided) -> Self {
        let rule = decided.rule.as_ref().and_then(|rule| rule.parse().ok());
        if decided.on_store_failure { Self::StoreFailure } else { rule.map_or(Self::Default, Self::Rule) }
    }
}

impl Ground {
    fn label(&self) -> Cow<'static, str> {
        match self {
            Self::Rule(id) => id.to_string().into(),
            Self::Default => "default".into(),
            // No rule can have this name.
            Self::StoreFailure => "on_store_failure".into(),
        }
    }
}

impl Tally {
    /// Whether nothing has happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// A request event was decided for the first time.
    pub fn decided(
        &mut self,
        verdict: Verdict,
        ground: &Ground,
        country: Option<Country>,
        price: Option<Money>,
    ) {
        let labels = vec![
            (Dimension::Verdict, verdict.name().into()),
            (Dimension::Rule, ground.label()),
            (Dimension::Country, country.map_or("none", Country::code).into()),
        ];
        self.add(Metric::Decisions, labels, Decimal::ONE);
        let price = price.filter(|price| verdict == Verdict::Allow && price.currency.is_listed());
        if let Some(Money { amount, currency }) = price {
            self.add(Metric::Spend, vec![(Dimension::Currency, currency.to_string().into())], amount);
        }
    }

    /// A request event was answered after this time, whether or not for the first time.
    pub fn answered(&mut self, after: Duration) {
        self.add(Metric::DecisionLatency, Vec::new(), milliseconds(after));
    }

    /// A decision was made under the policy of `app`, or of all (`*`), in this version, which the table
    /// confirmed this long before.
    pub fn policy(&mut self, app: &AppScope, version: u64, age: Duration) {
        let labels = || vec![(Dimension::Policy, app.to_string().into())];
        self.add(Metric::PolicyVersion, labels(), version.into());
        self.add(Metric::PolicyAge, labels(), seconds(age));
    }

    /// A callback was refused.
    pub fn refused(&mut self, cause: &'static str) {
        self.add(Metric::Refusals, vec![(Dimension::Cause, cause.into())], Decimal::ONE);
    }

    /// A result event was recorded for the first time.
    pub fn ended(&mut self, status: &Status) {
        let status = match status {
            Status::Other(_) => "OTHER".into(),
            known => known.to_string().into(),
        };
        self.add(Metric::Results, vec![(Dimension::Status, status)], Decimal::ONE);
    }

    /// An event of an unknown kind was answered.
    pub fn unknown_event(&mut self) {
        self.add(Metric::UnknownEvents, Vec::new(), Decimal::ONE);
    }

    /// The function was invoked with something other than an HTTP request.
    pub fn other_invocation(&mut self) {
        self.add(Metric::OtherInvocations, Vec::new(), Decimal::ONE);
    }

    /// A request to DynamoDB took this time.
    pub fn store_asked(&mut self, took: Duration) {
        self.add(Metric::StoreLatency, Vec::new(), milliseconds(took));
    }

    /// An operation of the store failed.
    pub fn store_failed(&mut self, cause: &'static str) {
        self.add(Metric::StoreFailures, vec![(Dimension::Cause, cause.into())], Decimal::ONE);
    }

    /// Something stands in the log and not in the table.
    pub fn unstored(&mut self) {
        self.add(Metric::Unstored, Vec::new(), Decimal::ONE);
    }

    /// A panic was caught.
    pub fn bug(&mut self) {
        self.add(Metric::Bugs, Vec::new(), Decimal::ONE);
    }

    /// Counts are added up, as CloudWatch would; of all else each value is kept.
    fn add(&mut self, metric: Metric, labels: Vec<Label>, value: Decimal) {
        let known = self.entries.iter_mut().find(|entry| entry.metric == metric && entry.labels == labels);
        let Some(entry) = known else {
            self.entries.push(Entry { metric, labels, values: vec![value] });
            return;
        };
        match entry.values.first_mut() {
            Some(count) if metric.unit() == Unit::Count => *count += value,
            _ => entry.values.push(value),
        }
    }
}

/// Milliseconds to the microsecond.
fn milliseconds(duration: Duration) -> Decimal {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Decimal::new(micros, 3).normalize()
}

/// Seconds to the millisecond.
fn seconds(duration: Duration) -> Decimal {
    let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    Decimal::new(millis, 3).normalize()
}

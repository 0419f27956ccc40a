//! What the gate measures: the metrics and their dimensions, a tally of what happened, and its form in the
//! log.
//!
//! Lines are in CloudWatch's embedded metric format ([`emf`]), from which CloudWatch Logs makes metrics. A
//! callback makes one line; more only where one line cannot say it, such as failures of two causes.
//!
//! # How many series there can be
//!
//! CloudWatch keeps, and charges, each metric with each combination of its dimensions' values. So a value is
//! never free text:
//!
//! | dimension | values |
//! |---|---|
//! | `Verdict` | 2 |
//! | `Rule` | the rules of the policies in force, `default`, `on_store_failure` |
//! | `Country` | the regions that have numbers, and `none` |
//! | `Cause` | names in this code: of refusals, or of failures of the store |
//! | `Status` | the six of Sinch, and `OTHER` |
//! | `Currency` | those that ISO 4217 lists; a price in another is not measured |
//! | `Policy` | the applications in the configuration, and `*` |
//!
//! Whoever calls the URL without a secret chooses among the causes of refusals and nothing else. Who signs
//! with a secret chooses countries, statuses and currencies, each from its list. `custom`, references, ids
//! and numbers are never a value: [`Tally`] has no way in for them.
//!
//! # What is zero
//!
//! [`Metric::StoreFailures`] and [`Metric::Unstored`] are written as 0 with every callback that asked the
//! store, in the same line. So their series exist before the first failure, and an alarm on them ends by
//! data. The others are written when they happen; their alarms treat missing data as healthy.

pub mod emf;
mod namespace;
mod tally;

pub use namespace::{Namespace, NamespaceError};
pub use tally::{Ground, Tally};

/// Something that is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Metric {
    /// Decisions about request events. A repeated request, which gets its first answer, is not counted again,
    /// unless the store failed one of the two.
    Decisions,
    /// From the verified request event to its answer. Repeats that are answered from memory are left out.
    DecisionLatency,
    /// Callbacks that were refused, by what was wrong with them.
    Refusals,
    /// Result events that changed their record; a repeat does not.
    Results,
    /// Events of kinds that this version does not know.
    UnknownEvents,
    /// Invocations of the function that carry no HTTP request, such as the ping of a schedule.
    OtherInvocations,
    /// The price of each allowed request event that has one.
    Spend,
    /// Each request to DynamoDB, from its sending until the head of its reply, or until it was given up. A
    /// retry is a request of its own.
    StoreLatency,
    /// Operations of the store that failed, retries included.
    StoreFailures,
    /// Decisions, deliveries and results that only a log line holds; `outcome recover` records them.
    Unstored,
    /// Panics below the endpoint.
    Bugs,
    /// The version of the policy that decided; 0 where none of the table's is in force.
    PolicyVersion,
    /// How long ago the table confirmed the policy that decided.
    PolicyAge,
}

/// What a metric is split by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Dimension {
    /// `allow` or `deny`.
    Verdict,
    /// The rule that decided.
    Rule,
    /// The country of the number.
    Country,
    /// Why something was refused or failed.
    Cause,
    /// How a verification ended.
    Status,
    /// The currency of a price.
    Currency,
    /// The application whose policy decided, or `*`.
    Policy,
}

/// What a value counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Things that happened.
    Count,
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// None that CloudWatch knows.
    None,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 13] = [
        Self::Decisions,
        Self::DecisionLatency,
        Self::Refusals,
        Self::Results,
        Self::UnknownEvents,
        Self::OtherInvocations,
        Self::Spend,
        Self::StoreLatency,
        Self::StoreFailures,
        Self::Unstored,
        Self::Bugs,
        Self::PolicyVersion,
        Self::PolicyAge,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Decisions => "Decisions",
            Self::DecisionLatency => "DecisionLatency",
            Self::Refusals => "Refusals",
            Self::Results => "Results",
            Self::UnknownEvents => "UnknownEvents",
            Self::OtherInvocations => "OtherInvocations",
            Self::Spend => "Spend",
            Self::StoreLatency => "StoreLatency",
            Self::StoreFailures => "StoreFailures",
            Self::Unstored => "Unstored",
            Self::Bugs => "Bugs",
            Self::PolicyVersion => "PolicyVersion",
            Self::PolicyAge => "PolicyAge",
        }
    }

    /// What its values count.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Decisions
            | Self::Refusals
            | Self::Results
            | Self::UnknownEvents
            | Self::OtherInvocations
            | Self::StoreFailures
            | Self::Unstored
            | Self::Bugs => Unit::Count,
            Self::DecisionLatency | Self::StoreLatency => Unit::Milliseconds,
            Self::PolicyAge => Unit::Seconds,
            Self::Spend | Self::PolicyVersion => Unit::None,
        }
    }

    /// The combinations of dimensions that CloudWatch keeps it by; the empty one is the metric as a whole.
    #[must_use]
    pub fn dimension_sets(self) -> &'static [&'static [Dimension]] {
        use Dimension::{Cause, Country, Currency, Policy, Rule, Status, Verdict};
        match self {
            Self::Decisions => &[&[], &[Verdict], &[Verdict, Rule], &[Verdict, Country]],
            Self::Refusals | Self::StoreFailures => &[&[], &[Cause]],
            Self::Results => &[&[Status]],
            Self::Spend => &[&[Currency]],
            Self::PolicyVersion | Self::PolicyAge => &[&[Policy]],
            Self::DecisionLatency
            | Self::UnknownEvents
            | Self::OtherInvocations
            | Self::StoreLatency
            | Self::Unstored
            | Self::Bugs => &[&[]],
        }
    }

    /// Whether it is written as 0 with a callback that asked the store and did not meet it.
    fn has_zero(self) -> bool {
        matches!(self, Self::StoreFailures | Self::Unstored)
    }
}

impl Dimension {
    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Verdict => "Verdict",
            Self::Rule => "Rule",
            Self::Country => "Country",
            Self::Cause => "Cause",
            Self::Status => "Status",
            Self::Currency => "Currency",
            Self::Policy => "Policy",
        }
    }
}

impl Unit {
    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
            Self::None => "None",
        }
    }
}

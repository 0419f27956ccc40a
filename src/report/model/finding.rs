//! What was found, each finding with its evidence and the command to act.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::backtest::Share;
use crate::figures::Spend;
use crate::report::words;

/// One thing that a person should know of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in a sentence.
    pub title: String,
    /// Where it is.
    pub place: Place,
    /// The parts of an attack that has several, those of most requests first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Since when.
    pub from: Timestamp,
    /// To when; absent where it goes on at the end of the span.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Whether it may have begun before the span, since its first request is at the beginning of that.
    pub may_be_older: bool,
    /// What it cost in the span, as far as prices are known.
    pub cost: Spend,
    /// How many of its messages and calls were charged and have no price, so that the cost is higher.
    pub without_price: u64,
    /// Of the requests that an attack consists of, those that the gate denied; none where nobody attacks.
    #[serde(skip_serializing_if = "is_of_nothing")]
    pub denied: Share,
    /// The rules that denied requests of an attack, and how many each; empty where the traffic does not say.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub denied_by: BTreeMap<String, u64>,
    /// What the denied requests of an attack would have cost, at the prices that they came with.
    #[serde(skip_serializing_if = "Spend::is_empty")]
    pub not_spent: Spend,
    /// How many people it turned away who are people; absent where it turns nobody away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<u64>,
    /// The figures that it rests on, each beside what is usual where that is known.
    pub evidence: Vec<Evidence>,
    /// What it takes for a finding of this kind, with its numbers.
    pub rests_on: String,
    /// What to do about it, the best first.
    pub act: Vec<Command>,
}

fn is_of_nothing(share: &Share) -> bool {
    share.of == 0
}

impl Finding {
    /// What it cost.
    pub(crate) fn cost_in_words(&self) -> String {
        let amount = (!self.cost.is_empty()).then(|| self.cost.rounded().to_string());
        words::cost(amount, self.without_price)
    }

    /// Whether the gate denied nearly all of an attack.
    #[must_use]
    pub(crate) fn was_stopped(&self) -> bool {
        was_stopped(self.denied)
    }
}

/// Whether nine tenths of an attack were denied, so that it came to nothing.
pub(crate) fn was_stopped(denied: Share) -> bool {
    denied.of > 0 && denied.count.saturating_mul(10) >= denied.of.saturating_mul(9)
}

/// What kind of finding it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers of a block ask for codes and hardly any of them verifies.
    BlockCollapsed,
    /// Numbers all over a country ask for codes, far beyond its usual day, and hardly any of them verifies.
    CountryJumped,
    /// The same in several countries at the same time.
    ManyCountries,
    /// Numbers ask for codes to which no message arrives, while those to other numbers do.
    MadeUpNumbers,
    /// Verifications succeed as no people's do.
    FakedSuccesses,
    /// Messages do not arrive, which is a fault of a carrier and not an attack.
    CarrierOutage,
    /// The gate denied far more than usual, and those denied do not look like an attack.
    DenialsRose,
    /// The gate denies very many requests, or nearly all of a country, as it did before.
    DenialsMany,
    /// Far more numbers than usual asked in the last minutes, and it is not known yet whether they verify.
    TooEarly,
    /// A rule turns people away who verify later.
    RuleHurtsPeople,
    /// A rule has not fired for a month.
    RuleIdle,
    /// Money is spent in a currency that no limit counts.
    CurrencyUncounted,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody takes money.
    Attack,
    /// People are turned away, or get no code.
    Harm,
    /// Nothing bad has come of it yet.
    Gap,
}

/// Where something is, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// A region of numbers, such as `UZ`; absent where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Several regions of numbers, that of most requests first; empty where there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Blocks, written as prefixes that a list takes, such as `+99899394*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<String>,
    /// A method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// A currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// A part of an attack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The region of its numbers.
    pub country: String,
    /// The block, as a prefix that a list takes; absent where the part is a whole country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// Its first request.
    pub from: Timestamp,
    /// Its last request.
    pub to: Timestamp,
    /// Its requests.
    pub requests: u64,
    /// What it cost.
    pub cost: Spend,
}

/// One figure that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What was measured, such as `verified of ended`.
    pub what: String,
    /// What it is, such as `0 of 412`.
    pub found: String,
    /// What it usually is; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual: Option<String>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What it does, in words.
    pub does: String,
    /// The command, ready to be copied; absent where it takes more than a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// A span of time to mark, in which somebody attacked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attack {
    /// From when.
    pub from: Timestamp,
    /// To when; the end of the span where it goes on.
    pub to: Timestamp,
    /// What it was, in a few words, such as `pumping of +99899394* (UZ)`.
    pub label: String,
    /// The regions of its numbers.
    pub countries: Vec<String>,
    /// Which of the findings it is, counted from 0.
    pub finding: usize,
}

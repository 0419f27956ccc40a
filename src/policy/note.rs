//! What an event lacked for a rule to apply.

use std::fmt;

use rust_decimal::Decimal;

use super::name::{CustomKey, RuleId};
use crate::money::Currency;

/// A rule that could not apply as it is written, and why. Records keep it, so that nobody has to guess later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note<'p> {
    /// The rule.
    pub rule: &'p RuleId,
    /// How many steps of the plan stand above the rule; where something was assumed, it is the next step.
    pub above: usize,
    /// What the event lacked.
    pub lack: Lack,
    /// What was taken as the price instead; `None` where the rule did not apply at all.
    pub assumed: Option<Decimal>,
}

/// What an event lacked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lack {
    /// `custom` is not a JSON object, or has no such member of a simple kind, or a blank one.
    Custom(CustomKey),
    /// Sinch sent no price.
    Price,
    /// The price is in another currency than the rule's, and amounts of different currencies cannot be
    /// compared.
    Currency {
        /// The currency of the event's price.
        event: Currency,
        /// The currency of the rule.
        rule: Currency,
    },
    /// The number is not E.164, or too short for a block of this size.
    Block,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(key) => write!(f, "the event has no `custom.{key}`"),
            Self::Price => f.write_str("the event has no price"),
            Self::Currency { event, rule } => {
                write!(f, "the event's price is in {event}, the rule's in {rule}")
            }
            Self::Block => f.write_str("the number belongs to no block of this size"),
        }
    }
}

impl fmt::Display for Note<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.assumed {
            None => write!(f, "`{}` did not apply: {}", self.rule, self.lack),
            Some(amount) => write!(f, "`{}` counted {}: {}", self.rule, amount.normalize(), self.lack),
        }
    }
}

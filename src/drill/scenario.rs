//! A scenario: what it is called, what it is, where it was published, and how it is set up.

use super::stage::Stage;

/// The kinds of scenarios.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nobody attacks.
    Honest,
    /// A published attack.
    Attack,
    /// A published attack that is low and slow.
    Slow,
    /// An attack by somebody who adapts.
    Adapting,
}

/// One scenario.
#[derive(Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What happens, in a sentence.
    pub about: &'static str,
    /// Where it was published, or why it is here.
    pub source: &'static str,
    /// How many usual days come first, and how many count.
    pub(super) days: (u16, u16),
    /// Sets it up.
    pub(super) set_up: fn(&mut Stage<'_>),
}

impl Kind {
    /// As people read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Attack => "attack",
            Self::Slow => "slow",
            Self::Adapting => "adapting",
        }
    }
}

//! A rule with the limits that were tried, and the one that was taken.

use super::RuleOfSuggestion;
use super::shape::Shape;
use crate::backtest::{Report, RuleLine};

/// A rule with its limit.
#[derive(Clone, Debug)]
pub(super) struct SuggestedRule {
    pub(super) shape: &'static Shape,
    /// What was tried, from tight to wide.
    pub(super) tried: Vec<Tried>,
    /// The place of the limit that was taken.
    taken: usize,
    /// Why it only watches, where it does.
    pub(super) watches: Option<String>,
}

/// A limit, and what it would have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tried {
    pub(super) limit: String,
    pub(super) denied: u64,
    pub(super) verified: u64,
}

/// What the rule of a limit is called while it is tried.
pub(super) fn trial_id(shape: &Shape, place: usize) -> String {
    format!("{}-{place}", shape.id)
}

impl SuggestedRule {
    /// A rule of which no limit was tried yet, or that has none.
    pub(super) fn new(shape: &'static Shape) -> Self {
        Self { shape, tried: Vec::new(), taken: 0, watches: None }
    }

    /// Adds limits, wider than those before, and what a trial says of them.
    pub(super) fn try_out(&mut self, limits: &[String], report: &Report) {
        let line = |place| report.rules.iter().find(|line| line.rule == trial_id(self.shape, place));
        let tried: Vec<Tried> = limits
            .iter()
            .enumerate()
            .map(|(place, limit)| {
                let (denied, verified) = line(place).map(denied_by).unwrap_or_default();
                Tried { limit: limit.clone(), denied, verified }
            })
            .collect();
        self.tried.extend(tried);
    }

    /// Takes the tightest limit that turns away no more than `most`, or for a volume the one above it; says
    /// whether that was among those that were tried.
    pub(super) fn takes(&mut self, most: u64) -> bool {
        let room = usize::from(self.shape.counts.as_ref().is_some_and(|counts| counts.is_volume));
        let fits = self.tried.iter().position(|tried| tried.verified <= most);
        let wanted = fits.map(|place| place + room);
        let widest = self.tried.len().saturating_sub(1);
        self.taken = wanted.map_or(widest, |place| place.min(widest));
        self.watches = fits.is_none().then(|| "even its widest limit would turn away too many".to_owned());
        wanted.is_some_and(|place| place <= widest)
    }

    /// The same, only watching where there is a reason to.
    pub(super) fn watching(self, why: Option<String>) -> Self {
        Self { watches: self.watches.or(why), ..self }
    }

    /// The limit that was taken, and what it would have done below the rules above.
    pub(super) fn chosen(&self) -> Option<&Tried> {
        self.tried.get(self.taken)
    }

    /// How many that verified it turns away.
    pub(super) fn turned_away(&self) -> u64 {
        self.chosen().filter(|_| self.watches.is_none()).map_or(0, |tried| tried.verified)
    }

    /// The limit one step tighter.
    pub(super) fn tighter(&self) -> Option<&Tried> {
        self.taken.checked_sub(1).and_then(|place| self.tried.get(place))
    }

    /// The tightest limit within which all stayed who verified.
    pub(super) fn enough_for_all(&self) -> Option<&Tried> {
        self.tried.iter().find(|tried| tried.verified == 0)
    }

    /// The rule, for those who do not read the policy; `report` is what the whole policy does.
    pub(super) fn summary(&self, report: &Report) -> RuleOfSuggestion {
        let line = report.rules.iter().find(|line| line.rule == self.shape.id);
        let fixed = line.map(denied_by).unwrap_or_default();
        let (denied, verified_denied) =
            self.chosen().map_or(fixed, |chosen| (chosen.denied, chosen.verified));
        RuleOfSuggestion {
            rule: self.shape.id,
            limit: self.chosen().map(|chosen| chosen.limit.trim_matches('"').to_owned()),
            denied,
            verified_denied,
            watches: self.watches.clone(),
        }
    }

    fn widen(&mut self) {
        if self.taken + 1 < self.tried.len() {
            self.taken += 1;
        } else {
            self.watches = Some("it turns away more people than the bound allows".to_owned());
        }
    }
}

/// Requests that a rule denied or would have denied, and those of them that verified.
pub(super) fn denied_by(line: &RuleLine) -> (u64, u64) {
    (line.hits.requests, line.hits.verified)
}

/// Widens the rule that denies most of those who verified; says whether there is one.
pub(super) fn widen(rules: &mut [SuggestedRule], report: &Report) -> bool {
    let harm = |rule: &SuggestedRule| {
        let line = report.rules.iter().find(|line| line.rule == rule.shape.id && line.does == "deny");
        line.map_or(0, |line| denied_by(line).1)
    };
    let worst = rules.iter_mut().max_by_key(|rule| harm(rule)).filter(|rule| harm(rule) > 0);
    worst.map(SuggestedRule::widen).is_some()
}

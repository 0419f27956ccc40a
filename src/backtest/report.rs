//! What follows from a backtest.

use jiff::Timestamp;
use serde::Serialize;

use super::counts::{Amounts, Counts};
use super::groups::{Groups, Tally};
use super::people::{Case, to_u64};
use super::rules::RuleTally;
use super::share::Share;
use super::{Backtest, percent};

/// The most cases and blocks that are reported.
const MOST_REPORTED: usize = 10;

/// What a candidate would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// When the first event came, but for those that lie far from all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// When the last event came, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// What the candidate would have stopped of the unverified spend.
    pub unverified_spend_stopped: Amounts,
    /// Those whom the candidate would have turned away, of all people who verified. A number is a person.
    pub turned_away: Figure,
    /// The same of the policy that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turned_away_by_against: Option<Figure>,
    /// All requests.
    pub all: Counts,
    /// Those that the candidate denies.
    pub denied: Counts,
    /// Those that the policy denies that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_by_against: Option<Counts>,
    /// What a verification that ended verified costs: as it happened, or by the policy that the candidate is
    /// compared with.
    pub cost_per_verified_before: Amounts,
    /// The same by the candidate.
    pub cost_per_verified_after: Amounts,
    /// By country of the number.
    pub by_country: Vec<Group>,
    /// By method.
    pub by_method: Vec<Group>,
    /// The blocks of a thousand numbers of which most is denied.
    pub by_block: Vec<BlockLine>,
    /// The rules, from top to bottom; below them `default`, where that denies.
    pub rules: Vec<RuleLine>,
    /// People who verified and would have been turned away, the worst cases first.
    pub worst: Vec<Case>,
    /// What must be known to judge all this.
    pub caveats: Caveats,
}

/// A share with the interval that holds the true one in 95 of 100 cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// How many of how many.
    #[serde(flatten)]
    pub share: Share,
    /// The share, from 0 to 1.
    pub value: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// The sums of a country or method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// All requests, those that the candidate denies, and those that the other policy does.
    #[serde(flatten)]
    pub figures: Figures,
}

/// All requests, and those that are denied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// All requests.
    pub all: Counts,
    /// Those that the candidate denies.
    pub denied: Counts,
    /// Those that the policy denies that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_by_against: Option<Counts>,
}

/// A block of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockLine {
    /// The numbers without their last three digits.
    pub block: String,
    /// All requests.
    pub requests: u64,
    /// Those that ended verified.
    pub verified: u64,
    /// Those that the candidate denies.
    pub denied: u64,
    /// Those of them that ended verified.
    pub denied_verified: u64,
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleLine {
    /// Its id.
    pub rule: String,
    /// What it decides: `deny`, `allow`, `would deny` or `would allow` in monitor mode, or `respond`.
    pub does: &'static str,
    /// What it decided, or would have decided.
    pub hits: Counts,
    /// How many of these the policy denies without it, too; `None` where that was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caught_otherwise: Option<u64>,
    /// What the policy stops of the unverified spend only because of it; it may be less than nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adds_spend_stopped: Option<Amounts>,
    /// How many verifications that ended verified the policy denies only because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adds_verified_denied: Option<i64>,
}

/// What must be known to judge a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Caveats {
    /// Requests before the time that counts, which only fill the counters.
    pub warm_up: u64,
    /// Requests that the policy of that time denied: nobody knows what would have become of them.
    pub denied_then: u64,
    /// Those of them that the candidate would let through.
    pub denied_then_and_allowed: u64,
    /// What these would have cost at most.
    pub spend_of_these: Amounts,
    /// Requests of which nothing was heard.
    pub unheard: u64,
    /// Copies of requests, which count once.
    pub repeats: u64,
    /// Results that came before their request.
    pub results_before_request: u64,
    /// Verifications of which there are results and no request.
    pub results_without_request: u64,
    /// Requests whose number is hashed, so that only its block may be known.
    pub hashed: u64,
    /// Those of them of which not even the block is known.
    pub hashed_without_block: u64,
    /// Requests without a price.
    pub without_price: u64,
    /// Events that lie far from all others in time, so that they are left out of the span.
    pub far_in_time: u64,
    /// When one of them came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub far_such_as: Option<Timestamp>,
    /// Blocks that were not counted to the end, since there are more than are kept.
    pub blocks_forgotten: u64,
}

impl Report {
    pub(super) fn of(test: &Backtest) -> Self {
        let Tally { all, denied, denied_by_against } = test.total.clone();
        let against = test.has_against.then_some(denied_by_against);
        let most = test.days.most(test.asked);
        let cost = |denied: &Counts| {
            all.spend.without(&denied.spend).per(all.verified.saturating_sub(denied.verified))
        };
        Self {
            from: most.map(|most| most.first),
            to: most.map(|most| most.last),
            unverified_spend_stopped: denied.unverified_spend.clone(),
            turned_away: Figure::of(test.people.turned_away()),
            turned_away_by_against: test
                .has_against
                .then(|| Figure::of(test.people.turned_away_by_against())),
            cost_per_verified_before: cost(against.as_ref().unwrap_or(&Counts::default())),
            cost_per_verified_after: cost(&denied),
            by_country: groups(&test.by_country, test.has_against),
            by_method: groups(&test.by_method, test.has_against),
            by_block: blocks(test),
            rules: test.rules.iter().map(|rule| RuleLine::of(rule, &denied)).collect(),
            worst: test.people.worst(MOST_REPORTED),
            caveats: Caveats {
                far_in_time: most.map_or(0, |most| most.n_far),
                far_such_as: most.and_then(|most| most.far),
                ..Caveats::of(test, &all, &denied)
            },
            all,
            denied,
            denied_by_against: against,
        }
    }

    /// The two sentences that decide.
    #[must_use]
    pub fn sentences(&self, name: &str) -> [String; 2] {
        let of = &self.all.unverified_spend;
        let shares: Vec<String> = of
            .currencies()
            .filter_map(|currency| self.unverified_spend_stopped.of(currency).checked_div(of.of(currency)))
            .filter_map(|share| share.try_into().ok().map(percent))
            .collect();
        let shares = if shares.is_empty() { String::new() } else { format!(" ({})", shares.join(" and ")) };
        let Figure { share, low, high, .. } = self.turned_away;
        [
            format!(
                "{name} would have stopped {} of {of} of unverified spend{shares}.",
                self.unverified_spend_stopped
            ),
            format!(
                "It would have turned away {} of {} people who verified ({}; 95 % interval {} to {}).",
                share.count,
                share.of,
                percent(share.value()),
                percent(low),
                percent(high)
            ),
        ]
    }
}

impl Figure {
    fn of(share: Share) -> Self {
        let (low, high) = share.interval();
        Self { share, value: share.value(), low, high }
    }
}

fn groups(groups: &Groups, has_against: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = groups
        .iter()
        .map(|(name, Tally { all, denied, denied_by_against })| Group {
            name: name.clone(),
            figures: Figures {
                all: all.clone(),
                denied: denied.clone(),
                denied_by_against: has_against.then(|| denied_by_against.clone()),
            },
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.figures.all.requests));
    groups
}

fn blocks(test: &Backtest) -> Vec<BlockLine> {
    let blocks = test.by_block.most_denied(MOST_REPORTED).into_iter();
    blocks
        .map(|(block, tally)| BlockLine {
            block: format!("{block}*"),
            requests: tally.requests,
            verified: tally.verified,
            denied: tally.denied,
            denied_verified: tally.denied_verified,
        })
        .collect()
}

impl RuleLine {
    fn of(rule: &RuleTally, denied: &Counts) -> Self {
        let RuleTally { name, does, hits, caught_otherwise, denied_without } = rule;
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let adds = denied_without.as_ref();
        Self {
            rule: name.clone(),
            does,
            hits: hits.clone(),
            caught_otherwise: *caught_otherwise,
            adds_spend_stopped: adds
                .map(|without| denied.unverified_spend.without(&without.unverified_spend)),
            adds_verified_denied: adds.map(|without| signed(denied.verified) - signed(without.verified)),
        }
    }
}

impl Caveats {
    fn of(test: &Backtest, all: &Counts, denied: &Counts) -> Self {
        Self {
            warm_up: test.n_warm_up,
            denied_then: all.denied_then,
            denied_then_and_allowed: all.denied_then.saturating_sub(denied.denied_then),
            spend_of_these: all.spend_denied_then.without(&denied.spend_denied_then),
            unheard: all.unheard,
            repeats: test.n_repeats,
            results_before_request: test.open.n_before_request,
            results_without_request: test.open.n_without_request,
            hashed: test.n_hashed,
            hashed_without_block: test.n_opaque,
            without_price: test.n_without_price,
            far_in_time: 0,
            far_such_as: None,
            blocks_forgotten: to_u64(test.by_block.n_forgotten),
        }
    }
}

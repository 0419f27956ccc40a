//! The rules that are suggested, without their limits.

use rust_decimal::Decimal;

use super::survey::Survey;

/// Whom a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Among {
    All,
    Home,
    Abroad,
    Calls,
    /// Numbers that verified before.
    Known,
}

/// A rule without its limit.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) id: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    pub(super) verdict: &'static str,
    /// Its conditions, line by line.
    pub(super) conditions: &'static [&'static str],
    pub(super) among: Among,
    pub(super) counts: Option<Counts>,
}

/// What a rule counts.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) per: &'static str,
    pub(super) window: &'static str,
    pub(super) hours: i64,
    /// What follows the window.
    pub(super) options: &'static str,
    /// The tightest limit that is tried: people are less tidy than a small sample of them.
    pub(super) floor: Floor,
    /// Whether the limit is of a volume, which grows with the business, and so gets a step of room.
    pub(super) is_volume: bool,
}

/// The tightest limit that is tried.
#[derive(Clone, Copy, Debug)]
pub(super) enum Floor {
    Requests(u64),
    /// What this many verifications cost.
    PricesOf(u64),
}

/// The limits that are tried, in halves of the floor.
const STEPS: [u64; 14] = [2, 3, 4, 6, 8, 12, 16, 24, 40, 60, 100, 200, 400, 1_000];

const fn rule(
    id: &'static str,
    about: &'static str,
    conditions: &'static [&'static str],
    among: Among,
    counts: Option<Counts>,
) -> Shape {
    Shape { id, about, verdict: "deny", conditions, among, counts }
}

const fn allowing(id: &'static str, about: &'static str, conditions: &'static [&'static str]) -> Shape {
    Shape { id, about, verdict: "allow", conditions, among: Among::All, counts: None }
}

const fn requests(
    per: &'static str,
    (window, hours): (&'static str, i64),
    options: &'static str,
    floor: u64,
) -> Counts {
    Counts { per, window, hours, options, floor: Floor::Requests(floor), is_volume: false }
}

const fn volume(counts: Counts) -> Option<Counts> {
    Some(Counts { is_volume: true, ..counts })
}

const DAY: (&str, i64) = ("1d", 24);
const WEEK: (&str, i64) = ("7d", 7 * 24);
const ABROAD: &str = "unless.country = [\"@home\"]";
const KNOWN: &str = "when.verified_within = \"90d\"";

/// The rules, from top to bottom.
pub(super) const SHAPES: [Shape; 17] = [
    rule(
        "not-e164",
        "Text that is not a number is on no list, in no block and in no country.",
        &["when.number_type = [\"invalid\"]"],
        Among::All,
        None,
    ),
    allowing("safelist", "Numbers that people have looked at.", &["list = \"safelist\""]),
    rule("blocklist", "Numbers and ranges under attack.", &["list = \"blocklist\""], Among::All, None),
    rule(
        "never-verify",
        "Nobody signs up with these, and whoever owns one earns by each call or message.",
        &["when.number_type = [\"premium_rate\", \"shared_cost\", \"toll_free\", \"personal_number\", \
           \"pager\", \"uan\", \"voicemail\"]"],
        Among::All,
        None,
    ),
    rule(
        "cooldown",
        "A double tap on \"send again\".",
        &["quota = { per = [\"number\", \"method\"], limit = 1, window = \"30s\", release = \"verified\" }"],
        Among::All,
        None,
    ),
    rule("per-number", "Resend loops.", &[], Among::All, Some(requests("number", DAY, "", 3))),
    rule(
        "known-unverified",
        "A number that verified once is not good for ever.",
        &[KNOWN],
        Among::Known,
        Some(requests("number", WEEK, ", release = \"verified\"", 3)),
    ),
    allowing("known", "Whoever verified here before is a customer: nothing below applies.", &[KNOWN]),
    rule(
        "spend-abroad",
        "What one country abroad may cost a day, verified or not: price jumps and faked successes.",
        &[ABROAD],
        Among::Abroad,
        Some(Counts {
            per: "country",
            window: "1d",
            hours: 24,
            options: "",
            floor: Floor::PricesOf(40),
            is_volume: true,
        }),
    ),
    rule(
        "thousand-block",
        "Rented ranges: the numbers of an attack are neighbours, those of people are spread.",
        &[],
        Among::All,
        Some(requests("block:3", DAY, ", release = \"verified\", grow = 0.5", 3)),
    ),
    rule(
        "ten-thousand-block",
        "The same over wider ranges, but for countries with few numbers in all.",
        &["unless.country = [\"@small\"]"],
        Among::All,
        Some(requests("block:4", DAY, ", release = \"verified\", grow = 0.5", 3)),
    ),
    rule(
        "ten-thousand-block-week",
        "Abroad people are thinly spread, so a block may be watched for a week.",
        &["unless.country = [\"@home\", \"@small\"]"],
        Among::Abroad,
        Some(requests("block:4", WEEK, ", release = \"verified\", grow = 0.5", 3)),
    ),
    rule(
        "address",
        "One source. Carriers share addresses among many, so only what stays unverified counts.",
        &[],
        Among::All,
        Some(requests("custom.ip", DAY, ", release = \"verified\", grow = 1.5", 10)),
    ),
    rule(
        "calls",
        "Toll fraud by phone call.",
        &["when.method = [\"callout\"]"],
        Among::Calls,
        volume(requests("country", DAY, ", release = \"verified\", grow = 1.5", 5)),
    ),
    rule(
        "home-burst",
        "An attack in full swing on a market.",
        &["when.country = [\"@home\"]"],
        Among::Home,
        volume(requests("country", ("3h", 3), ", release = \"verified\", grow = 1.5", 20)),
    ),
    rule(
        "country-burst",
        "An attack in full swing abroad.",
        &[ABROAD],
        Among::Abroad,
        volume(requests("country", ("3h", 3), ", release = \"verified\", grow = 2.5", 10)),
    ),
    rule(
        "country-week",
        "An attack abroad that takes its time.",
        &[ABROAD],
        Among::Abroad,
        volume(requests("country", WEEK, ", release = \"verified\", grow = 1.2", 20)),
    ),
];

impl Shape {
    pub(super) fn has_limit(&self) -> bool {
        self.counts.is_some()
    }

    pub(super) fn per(&self) -> Option<&'static str> {
        self.counts.as_ref().map(|counts| counts.per)
    }

    pub(super) fn is_money(&self) -> bool {
        self.counts.as_ref().is_some_and(|counts| matches!(counts.floor, Floor::PricesOf(_)))
    }

    /// The limits to try, from tight to wide, as a policy writes them.
    pub(super) fn limits(&self, survey: &Survey) -> Vec<String> {
        let Some(counts) = &self.counts else { return Vec::new() };
        let mut limits: Vec<String> = match (counts.floor, survey.price) {
            (Floor::Requests(floor), _) => STEPS.iter().map(|step| (floor * step / 2).to_string()).collect(),
            (Floor::PricesOf(_), None) => Vec::new(),
            (Floor::PricesOf(many), Some((currency, price))) => {
                let floor = price.saturating_mul(many.into());
                let each = |step: &u64| floor.saturating_mul(Decimal::from(*step)) / Decimal::TWO;
                STEPS.iter().map(|step| format!("\"{} {currency}\"", rounded(each(step)))).collect()
            }
        };
        limits.dedup();
        limits
    }

    /// The rule as a policy writes it, under a limit where it has one.
    pub(super) fn written(&self, id: &str, limit: Option<&str>, is_monitor: bool, survey: &Survey) -> String {
        let mut lines = vec!["[[rules]]".to_owned(), format!("id = \"{id}\"")];
        lines.push(format!("verdict = \"{}\"", self.verdict));
        if is_monitor {
            lines.push("mode = \"monitor\"".to_owned());
        }
        lines.extend(self.conditions.iter().map(|line| (*line).to_owned()));
        if let Some((Counts { per, window, options, .. }, limit)) = self.counts.as_ref().zip(limit) {
            // What has no price in the currency counts as a usual one.
            let assume = survey.price.filter(|_| self.is_money()).map(|(currency, price)| {
                format!(", assume = \"{} {currency}\"", price.round_dp(4).normalize())
            });
            let assume = assume.unwrap_or_default();
            lines.push(format!(
                "quota = {{ per = \"{per}\", limit = {limit}, window = \"{window}\"{options}{assume} }}"
            ));
        }
        lines.join("\n") + "\n"
    }
}

/// An amount rounded up to two digits that count, as people set limits, and written with two decimals.
fn rounded(amount: Decimal) -> Decimal {
    let up = rust_decimal::RoundingStrategy::AwayFromZero;
    let mut rounded = amount.round_sf_with_strategy(2, up).unwrap_or(amount).normalize();
    if rounded.scale() < 2 {
        rounded.rescale(2);
    }
    rounded
}
